"""What each operation may do to a slope: functions and methods of tensors, for :mod:`wcheck.critics.certified`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

from wcheck.critics.module_rules import UnboundedError
from wcheck.critics.operators import matrix_norm


@dataclass(frozen=True, slots=True)
class Value:
    """A tensor that depends on the input, its first axis the points, and its slope with respect to the input."""

    tensor: Tensor
    slope: float


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
    if not isinstance(args[0], Value) or kwargs or bool((constant == 0).any()):
        raise UnboundedError("a division by what depends on the point, or by 0")
    return _repeated(value, result) * value.slope / float(constant.abs().min())


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
    value = _per_point(args, kwargs)
    return math.sqrt(result.numel() / value.tensor.numel()) * value.slope


def _total(args: tuple[Any, ...], kwargs: Mapping[str, Any], result: Tensor) -> float:
    value = _per_point(args, kwargs)
    return math.sqrt(value.tensor.numel() / result.numel()) * value.slope


def _part(args: tuple[Any, ...], kwargs: Mapping[str, Any], result: Tensor) -> float:
    index = args[1] if isinstance(args[1], tuple) else (args[1],)
    whole = index[0] is Ellipsis or index[0] == slice(None)
    if not whole or not all(one is None or one is Ellipsis or isinstance(one, int | slice) for one in index):
        raise UnboundedError("no rule for indices that may repeat, or for some of the points")
    return _only(args, kwargs).slope


def _per_point(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Value:
    """Return the one value, of which other axes than that of the points are summed."""
    value, axes = _only(args, kwargs), kwargs.get("dim", args[1] if len(args) > 1 else None)
    summed = axes if isinstance(axes, tuple | list) else (axes,)
    if any(axis is None or axis % value.tensor.ndim == 0 for axis in summed):
        raise UnboundedError("a sum mixes the points of a batch")
    return value


def _only(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Value:
    """Return the one value that depends on the point."""
    values = [one for one in flat((args, kwargs)) if isinstance(one, Value)]
    first = args[0]
    if len(values) != 1 or not isinstance(first, Value):
        raise UnboundedError("no rule for an operation on several values that depend on the point")
    return first


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
