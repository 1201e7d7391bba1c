"""What operations on several numbers at a time may do to a slope: sums, products, sorting, joining."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from torch import Tensor

from wcheck.critics.pointwise_rules import Rule
from wcheck.critics.values import MIXES, Call, UnboundedError, Value, numbers

PRODUCT = "a product of two values that depend on the point"
QUOTIENT = "a division by what depends on the point, or by 0"


def _sum(call: Call, input: object, other: object, *, alpha: float = 1.0) -> float:
    return _spread(call, input) + abs(alpha) * _spread(call, other)


def _reversed_sum(call: Call, input: object, other: object, *, alpha: float = 1.0) -> float:
    return _sum(call, other, input, alpha=alpha)


def _product(call: Call, input: object, other: object) -> float:
    value, constant = (input, other) if isinstance(input, Value) else (other, input)
    if isinstance(constant, Value):
        raise UnboundedError(PRODUCT)
    return float(numbers(constant).abs().max()) * (_spread(call, value) + _spread(call, constant))


def _quotient(call: Call, input: object, other: object, *, rounding_mode: str | None = None) -> float:
    if isinstance(other, Value) or rounding_mode is not None:
        raise UnboundedError(QUOTIENT if rounding_mode is None else f"a division rounded by {rounding_mode}")
    least = float(numbers(other).abs().min())
    if least == 0:
        raise UnboundedError(QUOTIENT)
    return (_spread(call, input) + _spread(call, other)) / least


def _lerp(call: Call, input: object, end: object, weight: object) -> float:
    if isinstance(weight, Value):
        raise UnboundedError(PRODUCT)
    share = numbers(weight)
    slopes = (
        float((1.0 - share).abs().max()) * _spread(call, input),
        float(share.abs().max()) * _spread(call, end),
    )
    return sum(slopes) + _spread(call, weight)


def _any_of(call: Call, *among: object) -> float:
    """Bound what takes each of its numbers from one of several: it changes by no more than they do together."""
    return math.hypot(*(_spread(call, one) for one in among))


def _clamp(call: Call, input: object, min: object = None, max: object = None) -> float:
    return _any_of(call, input, *(limit for limit in (min, max) if limit is not None))


def _clamp_one(call: Call, input: object, limit: object) -> float:
    return _any_of(call, input, limit)


def _where(call: Call, condition: object, input: object, other: object) -> float:
    if isinstance(condition, Value):
        raise UnboundedError("a choice that depends on the point, which may jump")
    return _any_of(call, condition, input, other)


def _method_where(call: Call, input: object, condition: object, other: object) -> float:
    return _where(call, condition, input, other)


def _masked_fill(call: Call, input: object, mask: object, value: object) -> float:
    return _where(call, mask, value, input)


def _largest(call: Call, input: Value, *args: Any, **kwargs: Any) -> float:
    """Bound the largest or smallest, of two or along an axis."""
    if kwargs.keys() <= {"other"} and len(args) + len(kwargs) == 1:
        other = next(iter((*args, *kwargs.values())))
        if isinstance(other, Value | Tensor):
            return _any_of(call, input, other)
    return _of_axis(call, input, *args, **kwargs)


def _of_axis(call: Call, input: Value, dim: object, keepdim: bool = False) -> float:
    """Bound one number, or one mean weighted by shares, of each axis: it changes by no more than the axis."""
    call.axes(call.alone(input), dim)
    return input.slope


def _sort(
    call: Call, input: Value, dim: int = -1, descending: bool = False, *, stable: bool | None = False
) -> float:
    call.axes(call.alone(input), dim)
    return input.slope


def _topk(
    call: Call, input: Value, k: int, dim: int = -1, largest: bool = True, sorted: bool = True
) -> float:
    if not sorted and k > 1:
        raise UnboundedError("topk in an order that may jump")
    call.axes(call.alone(input), dim)
    return input.slope


def _kth(call: Call, input: Value, k: int, dim: int = -1, keepdim: bool = False) -> float:
    call.axes(call.alone(input), dim)
    return input.slope


def _softmax(call: Call, input: Value, dim: int, _stacklevel: int = 3, dtype: object = None) -> float:
    call.axes(call.alone(input), dim)
    return 0.5 * input.slope


def _log_softmax(call: Call, input: Value, dim: int, _stacklevel: int = 3, dtype: object = None) -> float:
    """Bound ``z - logsumexp z``: its derivative is a mean of ``I - 1 e_i^T``, whose norm is the root of the length."""
    (axis,) = call.axes(call.alone(input), dim)
    return math.sqrt(input.tensor.shape[axis]) * input.slope


def _vector_norm(
    call: Call,
    input: Value,
    ord: object = 2,
    dim: object = None,
    keepdim: bool = False,
    *,
    dtype: object = None,
) -> float:
    if ord not in (2, "fro", math.inf):
        raise UnboundedError(f"the norm of order {ord}")
    call.axes(call.alone(input), dim)
    return input.slope


def _norm(
    call: Call,
    input: Value,
    p: object = "fro",
    dim: object = None,
    keepdim: bool = False,
    dtype: object = None,
) -> float:
    return _vector_norm(call, input, p, dim)


def _batch_norm(
    call: Call, input: Value, running_mean: object, running_var: object, weight: object = None, bias: object = None,
    training: bool = False, momentum: float = 0.1, eps: float = 1e-5,
) -> float:  # fmt: skip
    if training or running_var is None:
        raise UnboundedError("batch normalisation without running statistics mixes the points of a batch")
    scale = (numbers(running_var) + eps).rsqrt()
    return float((scale if weight is None else scale * numbers(weight)).abs().max()) * call.alone(input).slope


def _joined(call: Call, tensors: Any, dim: int = 0) -> float:
    call.axes(call.values[0], dim, call.result.ndim)
    for one in tensors:
        if isinstance(one, Tensor) and one.numel():
            call.same_for_all(one)
    return math.hypot(*(one.slope for one in tensors if isinstance(one, Value)))


def _spread(call: Call, one: object) -> float:
    """Return the slope of a value repeated over the shape of the result; 0 for a constant, the same for all points."""
    result = call.result
    if isinstance(one, Value):
        if one.tensor.ndim != result.ndim or len(one.tensor) != len(result):
            raise UnboundedError(MIXES)
        return math.sqrt(result.numel() / one.tensor.numel()) * one.slope
    if isinstance(one, Tensor) and one.ndim == result.ndim and len(one) > 1:
        call.same_for_all(one)
    elif isinstance(one, Tensor) and one.ndim > result.ndim:
        raise UnboundedError(MIXES)
    return 0.0


JOINT: Mapping[str, Rule] = MappingProxyType(
    {
        **dict.fromkeys(("add", "sub", "subtract"), _sum),
        **dict.fromkeys(("rsub", "__rsub__"), _reversed_sum),
        **dict.fromkeys(("mul", "multiply"), _product),
        **dict.fromkeys(("div", "divide", "true_divide"), _quotient),
        "lerp": _lerp,
        **dict.fromkeys(("maximum", "minimum", "fmax", "fmin"), _any_of),
        **dict.fromkeys(("max", "min"), _largest),
        **dict.fromkeys(("clamp", "clip"), _clamp),
        **dict.fromkeys(("clamp_min", "clamp_max"), _clamp_one),
        "torch.where": _where,
        "Tensor.where": _method_where,
        "masked_fill": _masked_fill,
        **dict.fromkeys(("amax", "amin", "logsumexp", "median"), _of_axis),
        "sort": _sort,
        "topk": _topk,
        "kthvalue": _kth,
        "softmax": _softmax,
        "log_softmax": _log_softmax,
        "linalg.vector_norm": _vector_norm,
        "norm": _norm,
        "nn.functional.batch_norm": _batch_norm,
        **dict.fromkeys(("cat", "concat", "concatenate", "stack"), _joined),
    }
)
"""Name -> rule, as in :data:`wcheck.critics.pointwise_rules.POINTWISE`."""
