"""What functions of each number alone may do to a slope: the largest size of their derivative.

Each rule has the parameters of the function that it is about: what it is not told of has no bound. A jump has none
either.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from torch import Tensor

from wcheck.critics.values import Call, UnboundedError, Value, numbers

Rule = Callable[..., float]
"""Maps a call and the function's own arguments to the slope of what it returned."""

SOFTPLUS_THRESHOLD = 16.0
"""From here on softplus is the identity to float32: what it leaves out, below e^-16, is lost in the rounding of 16."""


def _at_most(derivative: float) -> Rule:
    def rule(call: Call, input: Value, inplace: bool = False) -> float:
        return derivative * call.alone(input).slope

    return rule


def _or_1(slope: float) -> float:
    return max(abs(float(slope)), 1.0)  # in this order NaN stays NaN


def _cast(call: Call, input: Value, *options: object, **named: object) -> float:
    """Bound a copy in another place or of another precision; what is not float32 or float64 is refused later."""
    return call.alone(input).slope


def _gelu(call: Call, input: Value, approximate: str = "none") -> float:
    return 1.13 * call.alone(input).slope


def _leaky_relu(call: Call, input: Value, negative_slope: float = 0.01, inplace: bool = False) -> float:
    return _or_1(negative_slope) * call.alone(input).slope


def _prelu(call: Call, input: Value, weight: Tensor) -> float:
    return _or_1(float(numbers(weight).abs().max())) * call.alone(input).slope


def _rrelu(
    call: Call,
    input: Value,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    training: bool = False,
    inplace: bool = False,
) -> float:
    if training:
        raise UnboundedError("rrelu in training, which draws at random")
    return _or_1((lower + upper) / 2) * call.alone(input).slope


def _elu(call: Call, input: Value, alpha: float = 1.0, inplace: bool = False) -> float:
    return _or_1(alpha) * call.alone(input).slope


def _celu(call: Call, input: Value, alpha: float = 1.0, inplace: bool = False) -> float:
    if not alpha > 0:
        raise UnboundedError("celu with an alpha of at most 0")
    return call.alone(input).slope


def _softplus(call: Call, input: Value, beta: float = 1.0, threshold: float = 20.0) -> float:
    if not threshold >= SOFTPLUS_THRESHOLD or beta == 0:
        raise UnboundedError(f"softplus, which jumps at a threshold below {SOFTPLUS_THRESHOLD:g}")
    return call.alone(input).slope


def _threshold(call: Call, input: Value, threshold: float, value: float, inplace: bool = False) -> float:
    if threshold != value:
        raise UnboundedError("threshold, which jumps to a value that is not the threshold")
    return call.alone(input).slope


def _hardtanh(
    call: Call, input: Value, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False
) -> float:
    return call.alone(input).slope


def _softshrink(call: Call, input: Value, lambd: float = 0.5) -> float:
    return call.alone(input).slope


def _dropout(call: Call, input: Value, p: float = 0.5, training: bool = True, inplace: bool = False) -> float:
    if training and p != 0:
        raise UnboundedError("dropout in training, which draws at random")
    return call.alone(input).slope


def _alpha_dropout(
    call: Call, input: Value, p: float = 0.5, training: bool = False, inplace: bool = False
) -> float:
    return _dropout(call, input, p, training)


POINTWISE: Mapping[str, Rule] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                "relu", "relu6", "abs", "absolute", "neg", "negative", "positive", "tanh", "sin", "cos", "atan",
                "arctan", "asinh", "arcsinh", "nn.functional.logsigmoid", "softsign", "tanhshrink",
            ),
            _at_most(1.0),
        ),
        "sigmoid": _at_most(0.25),
        "hardsigmoid": _at_most(1.0 / 6.0),
        "hardswish": _at_most(1.5),
        "silu": _at_most(1.1),
        "mish": _at_most(1.09),
        "selu": _at_most(1.0507009873554805 * 1.6732632423543772),
        "erf": _at_most(2.0 / math.sqrt(math.pi)),
        "gelu": _gelu,
        "leaky_relu": _leaky_relu,
        "prelu": _prelu,
        "rrelu": _rrelu,
        "nn.functional.elu": _elu,
        "celu": _celu,
        "softplus": _softplus,
        "threshold": _threshold,
        "hardtanh": _hardtanh,
        "softshrink": _softshrink,
        **dict.fromkeys(("dropout", "dropout1d", "dropout2d", "dropout3d"), _dropout),
        **dict.fromkeys(("alpha_dropout", "feature_alpha_dropout"), _alpha_dropout),
        **dict.fromkeys(
            (
                "float", "double", "to", "type", "cpu", "cuda", "clone", "contiguous", "detach", "requires_grad_",
                "data.__get__",
            ),
            _cast,
        ),
    }
)  # fmt: skip
"""Name -> rule; the name is that in torch, torch.Tensor and torch.nn.functional alike unless it says more."""


def elementwise(name: str, rule: Rule) -> Rule:
    """Return a rule that also sees to it that the result has the shape of the value."""

    def checked(call: Call, *args: Any, **kwargs: Any) -> float:
        slope = rule(call, *args, **kwargs)
        if not isinstance(call.result, Tensor) or call.result.shape != call.values[0].tensor.shape:
            raise UnboundedError(f"{name} to another shape")
        return slope

    return checked
