"""What convolutions and the largest of a window may do to a slope."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from torch import Tensor, nn

from wcheck.critics.operators import Convolution, most_shared
from wcheck.critics.pointwise_rules import Rule
from wcheck.critics.values import MIXES, Call, UnboundedError, Value

Pair = tuple[int, int]


def convolution_of(module: nn.Conv2d, height: int, width: int) -> Convolution | None:
    """Return the operator of a convolution on an input of this size; None where its padding reflects or replicates."""
    if module.padding_mode not in ("zeros", "circular"):
        return None
    stride, dilation = _pair(module.stride), _pair(module.dilation)
    return Convolution(
        module.weight,
        height,
        width,
        stride,
        _around(module.padding, dilation, module.weight),
        dilation,
        module.groups,
        module.padding_mode == "circular",
    )


def _conv2d(
    call: Call, input: Value, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> float:  # fmt: skip
    value = call.alone(input)
    if value.tensor.ndim != 4:
        raise UnboundedError(MIXES)
    steps, gaps = _pair(stride), _pair(dilation)
    around = _around(padding, gaps, weight)
    slope = _norm(call, weight, _size(value), steps, around, gaps, groups, False) * value.slope
    if value.padded and around == (0, 0, 0, 0):
        inner, around = value.padded
        slope = min(slope, _norm(call, weight, _size(inner), steps, around, gaps, groups, True) * inner.slope)
    return slope


def _conv1d(
    call: Call, input: Value, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> float:  # fmt: skip
    value = call.alone(input)
    if value.tensor.ndim != 3:
        raise UnboundedError(MIXES)
    kernel, gaps = weight.unsqueeze(2), (1, _one(dilation))
    around = _around(padding if isinstance(padding, str) else (0, _one(padding)), gaps, kernel)
    size = (1, value.tensor.shape[-1])
    return _norm(call, kernel, size, (1, _one(stride)), around, gaps, groups, False) * value.slope


def _conv_transpose2d(
    call: Call, input: Value, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
    output_padding: Any = 0, groups: int = 1, dilation: Any = 1,
) -> float:  # fmt: skip
    """Bound the transpose of the convolution that reads what this one returns."""
    value = call.alone(input)
    if value.tensor.ndim != 4:
        raise UnboundedError(MIXES)
    gaps, size = _pair(dilation), tuple(call.result.shape[-2:])
    around = _around(padding, gaps, weight)
    return _norm(call, weight, size, _pair(stride), around, gaps, groups, False) * value.slope


def _conv_transpose1d(
    call: Call, input: Value, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
    output_padding: Any = 0, groups: int = 1, dilation: Any = 1,
) -> float:  # fmt: skip
    value = call.alone(input)
    if value.tensor.ndim != 3:
        raise UnboundedError(MIXES)
    kernel, gaps, size = weight.unsqueeze(2), (1, _one(dilation)), (1, call.result.shape[-1])
    around = _around((0, _one(padding)), gaps, kernel)
    return _norm(call, kernel, size, (1, _one(stride)), around, gaps, groups, False) * value.slope


def _max_pool(axes: int) -> Rule:
    """Bound the largest of each window: a number that stands in k of them may change k outputs."""

    def rule(
        call: Call, input: Value, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
        ceil_mode: bool = False, return_indices: bool = False,
    ) -> float:  # fmt: skip
        value = call.alone(input)
        result = call.result[0] if isinstance(call.result, tuple) else call.result
        if value.tensor.ndim <= axes:
            raise UnboundedError(MIXES)
        windows, steps, pads, gaps = (
            _many(one, axes)
            for one in (kernel_size, kernel_size if stride in (None, []) else stride, padding, dilation)
        )
        sizes, outputs = value.tensor.shape[-axes:], result.shape[-axes:]
        shared = map(most_shared, sizes, windows, steps, pads, gaps, outputs)
        return math.sqrt(math.prod(shared)) * value.slope

    return rule


def _adaptive_max_pool(axes: int) -> Rule:
    def rule(call: Call, input: Value, output_size: Any, return_indices: bool = False) -> float:
        value = call.alone(input)
        result = call.result[0] if isinstance(call.result, tuple) else call.result
        if value.tensor.ndim <= axes:
            raise UnboundedError(MIXES)
        sizes, outputs = value.tensor.shape[-axes:], result.shape[-axes:]
        return math.sqrt(math.prod(map(_most_adaptive, sizes, outputs))) * value.slope

    return rule


def _most_adaptive(length: int, outputs: int) -> int:
    """Return how many windows of an adaptive pooling share a pixel at most."""
    windows = [(i * length // outputs, -(-(i + 1) * length // outputs)) for i in range(outputs)]
    return max(sum(begin <= pixel < end for begin, end in windows) for pixel in range(length))


def _norm(
    call: Call, kernel: Tensor, size: Pair, stride: Pair, around: tuple[int, int, int, int], dilation: Pair,
    groups: int, circular: bool,
) -> float:  # fmt: skip
    operator = Convolution(kernel, size[0], size[1], stride, around, dilation, groups, circular)
    return call.norm(kernel, operator.norm, size, stride, around, dilation, groups, circular)


def _around(padding: Any, dilation: Pair, kernel: Tensor) -> tuple[int, int, int, int]:
    """Return the pixels that are put above, below, on the left and on the right."""
    if padding == "valid":
        return (0, 0, 0, 0)
    if padding == "same":
        (top, bottom), (left, right) = (
            (span // 2, span - span // 2)
            for span in (gap * (size - 1) for gap, size in zip(dilation, kernel.shape[2:], strict=True))
        )
        return top, bottom, left, right
    rows, columns = _pair(padding)
    return rows, rows, columns, columns


def _size(value: Value) -> Pair:
    return int(value.tensor.shape[-2]), int(value.tensor.shape[-1])


def _many(given: Any, axes: int) -> tuple[int, ...]:
    many = given if isinstance(given, tuple | list) else (given,)
    return tuple(int(one) for one in (many if len(many) == axes else many * axes))


def _pair(given: Any) -> Pair:
    first, second = _many(given, 2)
    return first, second


def _one(given: Any) -> int:
    return _many(given, 1)[0]


CONVOLUTIONS: Mapping[str, Rule] = MappingProxyType(
    {
        "conv1d": _conv1d,
        "conv2d": _conv2d,
        "conv_transpose1d": _conv_transpose1d,
        "conv_transpose2d": _conv_transpose2d,
        **{f"nn.functional.max_pool{axes}d": _max_pool(axes) for axes in (1, 2, 3)},
        **{f"nn.functional.adaptive_max_pool{axes}d": _adaptive_max_pool(axes) for axes in (1, 2, 3)},
    }
)
"""Name -> rule, as in :data:`wcheck.critics.pointwise_rules.POINTWISE`."""
