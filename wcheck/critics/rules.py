"""What each module and each operation may do to a slope: the rules behind :mod:`wcheck.critics.certified`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

from wcheck.critics.operators import Convolution, matrix_norm, most_shared


class UnboundedError(Exception):
    """Something has no Lipschitz bound.

    Attributes
    ----------
    reason : str
        What. (torch.fx writes into the message on its way.)
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Value:
    """A tensor that depends on the input, its first axis the points, and its slope with respect to the input."""

    tensor: Tensor
    slope: float


Rule = Callable[[Any, Tensor], float]
"""Maps a module and what it is called on to its norm."""


def module_rule(module: nn.Module) -> Rule | None:
    """Return the rule of a module that is taken as a whole: of its class, or of one whose forward it inherits.

    Raises
    ------
    UnboundedError
        If the module is known to have no bound.
    """
    for kind in type(module).__mro__:
        rule = MODULES.get(kind) or OTHERS.get(f"{kind.__module__}.{kind.__qualname__}")
        if rule is not None and type(module).forward is kind.forward:
            _check_unhooked(module)
            return rule
    if isinstance(module, NORMALISATIONS):
        raise UnboundedError(
            f"{type(module).__name__} divides by a standard deviation that only its eps keeps above 0"
        )
    return None


def _check_unhooked(module: nn.Module) -> None:
    """Refuse a module that computes something else than its class says."""
    known = (SpectralNorm, WeightNorm)  # they set the weight, which is measured
    before = [hook for hook in module._forward_pre_hooks.values() if not isinstance(hook, known)]
    if before or module._forward_hooks or "forward" in module.__dict__:
        raise UnboundedError(f"{type(module).__name__} has hooks, which may change anything")


def module_norm(module: nn.Module, points: Tensor) -> float:
    """Return an upper bound of the Lipschitz constant of a module that has a rule."""
    rule = module_rule(module)
    if rule is None:
        raise UnboundedError(f"no rule for the module {type(module).__name__}")
    return rule(module, points)


def operation_slope(
    name: str, call: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Apply a function or a method, and return its result: with a slope, where it depends on the input.

    Raises
    ------
    UnboundedError
        If the operation has no rule, or its rule does not cover these arguments.
    """
    name = ALIASES.get(name, name)
    if name in IN_PLACE or name.endswith("_"):
        raise UnboundedError(f"{name} changes a value in place: write it without")
    if name == "getitem" and isinstance(args[0], tuple | list):
        return args[0][args[1]]
    result = call(*_plain(args), **_plain(kwargs))
    values = [one for one in flat((args, kwargs)) if isinstance(one, Value)]
    if not values or name in SHAPES or (name == "getattr" and args[1] in SHAPES):
        return result
    if name in PIECES:
        return tuple(Value(piece, values[0].slope) for piece in result)
    if name not in OPERATIONS or not isinstance(result, Tensor):
        raise UnboundedError(f"no rule for the operation {name}")
    return Value(result, OPERATIONS[name](args, kwargs, result))


def flat(nested: Any) -> Iterator[Any]:
    """Yield what stands in tuples, lists and mappings."""
    if isinstance(nested, Mapping):
        nested = list(nested.values())
    if isinstance(nested, tuple | list):
        for one in nested:
            yield from flat(one)
    else:
        yield nested


def _plain(nested: Any) -> Any:
    if isinstance(nested, Value):
        return nested.tensor
    if isinstance(nested, dict):
        return {key: _plain(one) for key, one in nested.items()}
    if isinstance(nested, tuple | list):
        return type(nested)(_plain(one) for one in nested)
    return nested


def _at_most(norm: float) -> Rule:
    return lambda module, points: norm


def _dense(module: nn.Linear, points: Tensor) -> float:
    return matrix_norm(module.weight)


def convolution_of(module: nn.Conv2d, height: int, width: int) -> Convolution | None:
    """Return the operator of a convolution on an input of this size; None where its padding has no bound."""
    if module.padding_mode not in ("zeros", "circular"):
        return None
    spans = [step * (size - 1) for step, size in zip(module.dilation, module.weight.shape[2:], strict=True)]
    if module.padding == "same":
        (top, bottom), (left, right) = ((span // 2, span - span // 2) for span in spans)
    elif module.padding == "valid":
        top = bottom = left = right = 0
    else:
        top = bottom = int(module.padding[0])
        left = right = int(module.padding[1])
    return Convolution(
        module.weight,
        height,
        width,
        (module.stride[0], module.stride[1]),
        (top, bottom, left, right),
        (module.dilation[0], module.dilation[1]),
        module.groups,
        module.padding_mode == "circular",
    )


def _convolution(module: nn.Conv2d, points: Tensor) -> float:
    operator = convolution_of(module, points.shape[-2], points.shape[-1])
    if operator is None:
        raise UnboundedError(f"no rule for the padding {module.padding_mode}")
    return operator.norm()


def _batch_norm(module: nn.BatchNorm2d, points: Tensor) -> float:
    if module.running_var is None:
        raise UnboundedError(
            f"{type(module).__name__} without running statistics mixes the points of a batch"
        )
    scale = (module.running_var.double() + module.eps).rsqrt()
    return float((scale if module.weight is None else scale * module.weight.double()).abs().max())


def _leaky(module: nn.LeakyReLU, points: Tensor) -> float:
    return max(1.0, abs(module.negative_slope))


def _elu(module: nn.ELU, points: Tensor) -> float:
    return max(1.0, abs(module.alpha))


def _average_pool(module: nn.AvgPool2d, points: Tensor) -> float:
    if module.ceil_mode or module.divisor_override or not module.count_include_pad:
        raise UnboundedError("no rule for this form of AvgPool2d")
    kernel = _both(module.kernel_size)
    return math.sqrt(_pooled(kernel, module.stride, module.padding, points) / math.prod(kernel))


def _max_pool(module: nn.MaxPool2d, points: Tensor) -> float:
    if module.ceil_mode or module.return_indices or module.dilation != 1:
        raise UnboundedError("no rule for this form of MaxPool2d")
    return math.sqrt(_pooled(_both(module.kernel_size), module.stride, module.padding, points))


def _whole_pool(module: nn.AdaptiveAvgPool2d, points: Tensor) -> float:
    if _both(module.output_size) != (1, 1):
        raise UnboundedError("no rule for AdaptiveAvgPool2d to more than 1x1")
    return 1.0 / math.sqrt(points.shape[-1] * points.shape[-2])


def _upsample(module: nn.Upsample, points: Tensor) -> float:
    if module.mode != "nearest":
        raise UnboundedError(f"no rule for the upsampling {module.mode}")
    return math.sqrt(module(points).numel() / points.numel())


def _pooled(kernel: tuple[int, int], stride: Any, padding: Any, points: Tensor) -> int:
    steps, pads = _both(stride), _both(padding)
    return math.prod(
        most_shared(length, size, step, pad, pad)
        for length, size, step, pad in zip(points.shape[-2:], kernel, steps, pads, strict=True)
    )


def _both(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (int(value[0]), int(value[1]))


def _same(args: tuple[Any, ...], kwargs: Mapping[str, Any], result: Tensor) -> float:
    """Return the slope of the argument: an operation of norm 1."""
    return _only(args, kwargs).slope


def _times(factor: float) -> Operation:
    return lambda args, kwargs, result: factor * _only(args, kwargs).slope


def _leaky_relu(args: tuple[Any, ...], kwargs: Mapping[str, Any], result: Tensor) -> float:
    slope = kwargs.get("negative_slope", args[1] if len(args) > 1 else 0.01)
    return max(1.0, abs(float(slope))) * _only(args, kwargs).slope


def _sum(args: tuple[Any, ...], kwargs: Mapping[str, Any], result: Tensor) -> float:
    if kwargs:
        raise UnboundedError("no rule for a sum with options")
    return sum(_repeated(value, result) * value.slope for value in args if isinstance(value, Value))


def _product(args: tuple[Any, ...], kwargs: Mapping[str, Any], result: Tensor) -> float:
    value, constant = _with_constant(args)
    return _repeated(value, result) * float(constant.abs().max()) * value.slope


def _quotient(args: tuple[Any, ...], kwargs: Mapping[str, Any], result: Tensor) -> float:
    value, constant = _with_constant(args)
    if value is not args[0] or kwargs or bool((constant == 0).any()):
        raise UnboundedError("a division by what depends on the point, or by 0")
    return _repeated(value, result) / float(constant.abs().min()) * value.slope


def _linear(args: tuple[Any, ...], kwargs: Mapping[str, Any], result: Tensor) -> float:
    value, weight = args[0], args[1] if len(args) > 1 else kwargs.get("weight")
    if not isinstance(value, Value) or not isinstance(weight, Tensor) or weight.ndim != 2:
        raise UnboundedError("no rule for a product of two values that depend on the point")
    return matrix_norm(weight) * value.slope


def _either(args: tuple[Any, ...], kwargs: Mapping[str, Any], result: Tensor) -> float:
    """Bound the larger or smaller of two, which changes by no more than the pair does."""
    if kwargs or len(args) != 2:
        raise UnboundedError("no rule for the largest of an axis")
    return math.hypot(*(_repeated(one, result) * one.slope for one in args if isinstance(one, Value)))


def _together(args: tuple[Any, ...], kwargs: Mapping[str, Any], result: Tensor) -> float:
    return math.hypot(*(one.slope for one in args[0] if isinstance(one, Value)))


def _mean(args: tuple[Any, ...], kwargs: Mapping[str, Any], result: Tensor) -> float:
    value = _only(args, kwargs)
    return math.sqrt(result.numel() / value.tensor.numel()) * value.slope


def _total(args: tuple[Any, ...], kwargs: Mapping[str, Any], result: Tensor) -> float:
    value = _only(args, kwargs)
    return math.sqrt(value.tensor.numel() / result.numel()) * value.slope


def _part(args: tuple[Any, ...], kwargs: Mapping[str, Any], result: Tensor) -> float:
    index = args[1] if isinstance(args[1], tuple) else (args[1],)
    if not all(one is None or one is Ellipsis or isinstance(one, int | slice) for one in index):
        raise UnboundedError("no rule for indices that may repeat")
    return _only(args, kwargs).slope


def _only(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Value:
    """Return the one value that depends on the point."""
    values = [one for one in flat((args, kwargs)) if isinstance(one, Value)]
    if len(values) != 1 or values[0] is not args[0]:
        raise UnboundedError("no rule for an operation on several values that depend on the point")
    return values[0]


def _with_constant(args: tuple[Any, ...]) -> tuple[Value, Tensor]:
    values = [one for one in args if isinstance(one, Value)]
    constants = [one for one in args if not isinstance(one, Value)]
    if len(values) != 1 or len(constants) != 1:
        raise UnboundedError("a product of two values that depend on the point")
    return values[0], torch.as_tensor(constants[0]).double()


def _repeated(value: Value, result: Tensor) -> float:
    """Return the norm of spreading a value over the shape of a result."""
    return math.sqrt(result.numel() / value.tensor.numel())


Operation = Callable[[tuple[Any, ...], Mapping[str, Any], Tensor], float]
"""Maps an operation's arguments and result to the slope of the result."""

NORMALISATIONS = (nn.LayerNorm, nn.GroupNorm, nn.modules.instancenorm._InstanceNorm, nn.LocalResponseNorm)

MODULES: Mapping[type[nn.Module], Rule] = MappingProxyType(
    {
        nn.Linear: _dense,
        nn.Conv2d: _convolution,
        nn.BatchNorm1d: _batch_norm,
        nn.BatchNorm2d: _batch_norm,
        nn.LeakyReLU: _leaky,
        nn.ELU: _elu,
        nn.AvgPool2d: _average_pool,
        nn.MaxPool2d: _max_pool,
        nn.AdaptiveAvgPool2d: _whole_pool,
        nn.Upsample: _upsample,
        nn.Sigmoid: _at_most(0.25),
        nn.GELU: _at_most(1.13),
        nn.SiLU: _at_most(1.1),
        **dict.fromkeys(
            (
                nn.ReLU, nn.Tanh, nn.Softplus, nn.Identity, nn.Flatten, nn.Unflatten, nn.Dropout, nn.Dropout2d,
                nn.PixelUnshuffle, nn.PixelShuffle,
            ),
            _at_most(1.0),
        ),
    }
)  # fmt: skip
"""Class -> rule, for it and for what inherits its forward, such as a parametrised layer."""

OTHERS: Mapping[str, Rule] = MappingProxyType(
    {
        "wcheck.critics.activations.GroupSort": _at_most(1.0),
        "deel.torchlip.modules.activation.MaxMin": lambda module, points: abs(module._coefficient_lip),
        "deel.torchlip.modules.activation.GroupSort": lambda module, points: abs(module._coefficient_lip),
        "orthogonium.layers.custom_activations.MaxMin": _at_most(1.0),
        "orthogonium.layers.custom_activations.Abs": _at_most(1.0),
    }
)
"""The same by qualified name, for activations, which have no weights, of libraries that are not imported here."""

OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                "relu", "abs", "neg", "tanh", "softplus", "sin", "cos", "flatten", "unflatten", "reshape", "view",
                "squeeze", "unsqueeze", "contiguous", "float", "pixel_unshuffle",
            ),
            _same,
        ),
        "sigmoid": _times(0.25),
        "gelu": _times(1.13),
        "silu": _times(1.1),
        "leaky_relu": _leaky_relu,
        "add": _sum,
        "sub": _sum,
        "mul": _product,
        "truediv": _quotient,
        "linear": _linear,
        "matmul": _linear,
        "maximum": _either,
        "minimum": _either,
        "max": _either,
        "min": _either,
        "cat": _together,
        "stack": _together,
        "mean": _mean,
        "sum": _total,
        "getitem": _part,
    }
)  # fmt: skip
"""Name of a function or method -> rule."""

PIECES = frozenset({"split", "chunk", "unbind"})
"""Operations that cut a value into pieces, each with its slope."""
SHAPES = frozenset({"shape", "size", "dim", "ndim", "numel", "len", "device", "dtype"})
"""Operations that return nothing of what depends on the point."""
ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "relu_": "relu",
        "div": "truediv",
        "absolute": "abs",
        "concat": "cat",
        "subtract": "sub",
        "multiply": "mul",
    }
)
IN_PLACE = frozenset({"iadd", "isub", "imul", "itruediv", "setitem"})
"""Operations after which another name of the same value is not what it was."""
