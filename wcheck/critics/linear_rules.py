"""What linear operations may do to a slope: their norms, from the operation itself where it has no weights below 0."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

from wcheck.critics.operators import U64, matrix_norm
from wcheck.critics.pointwise_rules import Rule
from wcheck.critics.values import MIXES, Call, UnboundedError, Value, flat

ROUNDING = 1.0 + 64.0 * U64
"""The rounding of sums of weights of at least 0, which torch adds up by halves."""
SMOOTH = ("nearest", "nearest-exact", "area", "linear", "bilinear", "trilinear")
"""Ways of resizing that take means."""


def _measured(call: Call, *args: Any, **kwargs: Any) -> float:
    """Measure a linear operation that adds up numbers with weights of at least 0, such as a copy, a sum or a mean.

    Its norm is at most ``sqrt(a b)``, for a the largest sum of weights that make one output, and b the largest sum of
    weights by which one input is read (Schur's test): for a copy, that is the square root of how often a number is
    copied. Both are found by calling the operation on ones and following the gradient of the sum back. The gradient of
    a sum that gives each point another weight shows whether points are mixed, and equal points whether they are
    treated alike.
    """
    value = call.alone(call.values[0])
    reweighted = torch.arange(call.points, dtype=torch.float64, device=value.tensor.device).add(2.0).sqrt()
    with torch.enable_grad():
        ones = torch.ones(value.tensor.shape, dtype=torch.float64, device=value.tensor.device)
        ones.requires_grad_()
        made = _tensors(call.on(ones.clone()))
        if not all(piece.ndim and len(piece) % call.points == 0 for piece in made):
            raise UnboundedError(MIXES)
        totals = _total(made), _total([_by_point(piece, reweighted) for piece in made])
        reads, weighted = (torch.autograd.grad(total, ones, retain_graph=True)[0] for total in totals)
    if not torch.allclose(weighted, _by_point(reads, reweighted), rtol=1e-9, atol=0.0):
        raise UnboundedError(MIXES)
    _check_alike(call, value)
    constants, actual = _tensors(call.on(0.0 * ones.detach())), _tensors(call.on(value.tensor.double()))
    if not all(map(_alike, actual, _tensors(call.result))):
        raise UnboundedError("an operation that differs from its float64 form")
    largest = max(float((piece - constant).max()) for piece, constant in zip(made, constants, strict=True))
    return math.sqrt(largest * float(reads.max())) * ROUNDING * value.slope


def _check_alike(call: Call, value: Value) -> None:
    shape = value.tensor[: len(value.tensor) // call.points].shape
    # roots of whole numbers: no two ways of copying and adding them up agree by chance
    one = torch.arange(1, shape.numel() + 1, dtype=torch.float64, device=value.tensor.device).sqrt()
    for made in _tensors(call.on(torch.cat([one.reshape(shape)] * call.points))):
        call.same_for_all(made)


def _tensors(made: object) -> list[Tensor]:
    return [one for one in flat(made) if isinstance(one, Tensor)]


def _total(pieces: list[Tensor]) -> Tensor:
    return torch.cat([piece.flatten() for piece in pieces]).sum()


def _by_point(rows: Tensor, weights: Tensor) -> Tensor:
    """Multiply the rows of each point by its weight."""
    weighted: Tensor = rows.unflatten(0, (len(weights), -1)) * weights.reshape(-1, *[1] * rows.ndim)
    return weighted.flatten(0, 1)


def _alike(wide: Tensor, result: Tensor) -> bool:
    return wide.shape == result.shape and torch.allclose(
        wide,
        result.double(),
        rtol=1e-4,
        atol=1e-4 * float(wide.nan_to_num(0.0, 0.0, 0.0).abs().max()),
        equal_nan=True,
    )


def _interpolate(
    call: Call, input: Value, size: object = None, scale_factor: object = None, mode: str = "nearest", *options: Any,
    **named: Any,
) -> float:  # fmt: skip
    if mode not in SMOOTH:
        raise UnboundedError(f"the upsampling {mode}, which has weights below 0")
    return _measured(call)


def _pad(
    call: Call, input: Value, pad: tuple[int, ...], mode: str = "constant", value: float | None = None
) -> float:
    if mode == "circular" and input.tensor.ndim == 4 and len(pad) == 4 and min(pad) >= 0:
        left, right, top, bottom = (int(size) for size in pad)
        call.padded = input, (top, bottom, left, right)
    return _measured(call)


def _view(call: Call, input: Value, *shape: Any) -> float:
    if any(isinstance(size, torch.dtype) for size in shape):
        raise UnboundedError("a view of the bits as another number type")
    return _measured(call)


def _linear(call: Call, input: Value, weight: Tensor, bias: Tensor | None = None) -> float:
    return _matrix(call, call.alone(input), weight)


def _matmul(call: Call, input: object, other: object) -> float:
    if isinstance(input, Value) and isinstance(other, Tensor):
        return _matrix(call, call.alone(input), other.unsqueeze(-1) if other.ndim == 1 else other)
    if isinstance(other, Value) and isinstance(input, Tensor) and other.tensor.ndim >= 3:
        return _matrix(call, call.alone(other), input)
    raise UnboundedError("a product of two values that depend on the point")


def _addmm(
    call: Call, input: Tensor, mat1: Value, mat2: Tensor, *, beta: float = 1.0, alpha: float = 1.0
) -> float:
    if isinstance(input, Tensor) and input.ndim == 2 and len(input) > 1:
        call.same_for_all(input)
    return abs(alpha) * _matrix(call, call.alone(mat1), mat2)


def _matrix(call: Call, value: Value, weight: Tensor) -> float:
    """Return the slope of a product with a matrix along an axis that is not that of the points."""
    if value.tensor.ndim < 2:
        raise UnboundedError(MIXES)
    if weight.ndim != 2:
        raise UnboundedError("a product with more than one matrix")
    return call.norm(weight, lambda: matrix_norm(weight), "matrix") * value.slope


LINEAR: Mapping[str, Rule] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                "flatten", "unflatten", "reshape", "squeeze", "unsqueeze", "ravel", "permute", "transpose", "t",
                "T.__get__", "mT.__get__", "movedim", "moveaxis", "swapaxes", "swapdims", "narrow", "select",
                "__getitem__", "index_select", "expand", "broadcast_to", "repeat", "repeat_interleave", "tile", "flip",
                "roll", "rot90", "split", "chunk", "unbind", "tensor_split", "pixel_shuffle", "pixel_unshuffle",
                "channel_shuffle", "unfold", "nn.functional.fold", "diagonal", "tril", "triu", "sum", "mean", "cumsum",
                "avg_pool1d", "nn.functional.avg_pool2d", "nn.functional.avg_pool3d", "adaptive_avg_pool1d",
                "nn.functional.adaptive_avg_pool2d", "nn.functional.adaptive_avg_pool3d",
            ),
            _measured,
        ),
        "nn.functional.interpolate": _interpolate,
        "nn.functional.upsample": _interpolate,
        "nn.functional.pad": _pad,
        "view": _view,
        "linear": _linear,
        **dict.fromkeys(("matmul", "mm", "mv"), _matmul),
        "addmm": _addmm,
    }
)  # fmt: skip
"""Name -> rule, as in :data:`wcheck.critics.pointwise_rules.POINTWISE`."""
