r"""Norms of linear layers as operators: upper bounds from float64 Gram matrices, rounded upward.

A convolution with stride s reads its input in s^2 phases, each with every s-th pixel; over the phases it has stride 1.
Padded by zeros it is a piece of a convolution on a torus large enough that nothing wraps around, and there it
is one matrix for each frequency: its norm is at most the largest of theirs (Sedghi, Gupta, Long 2019, The
Singular Values of Convolutional Layers, for tori). It is also at most the norm of the reshaped kernel times the
square root of how many patches share a pixel.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

U64 = 2.0**-53
MOST_WORK = 4e9
"""Frequencies times the cube of the smaller number of channels; beyond this (seconds) the kernel's bound stands."""
GRAM_ENTRIES = 1 << 21
"""Entries of the Gram matrices held at a time."""


@dataclass(frozen=True, slots=True)
class Convolution:
    """A two-dimensional convolution and the input it reads.

    Attributes
    ----------
    kernel : Tensor, shape (out, in / groups, kh, kw)
        As the forward pass uses it.
    height, width : int
        The size of the input.
    stride, dilation : (int, int)
    padding : (int, int, int, int)
        Pixels above, below, on the left, on the right.
    groups : int
    circular : bool
        Whether padding wraps around; zeros otherwise.
    """

    kernel: Tensor
    height: int
    width: int
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    dilation: tuple[int, int] = (1, 1)
    groups: int = 1
    circular: bool = False

    def norm(self) -> float:
        """Return an upper bound of the spectral norm."""
        kernel = self.kernel.detach().double()
        grouped = kernel.reshape(self.groups, len(kernel) // self.groups, *kernel.shape[1:])
        axes = self._axes()
        shared = math.prod(axis.shared for axis in axes)
        bound = matrix_norm(grouped.flatten(2)) * math.sqrt(shared) * (1.0 + 4.0 * U64)
        if any(axis.torus is None for axis in axes):
            return bound
        count = math.prod(axis.torus or 1 for axis in axes)
        smaller = min(grouped.shape[1], grouped.shape[2] * math.prod(self.stride))
        if count / 2 * self.groups * smaller**3 > MOST_WORK:
            return bound
        return min(bound, max(_norm(gram, slack) for gram, slack in self._grams(grouped, axes)))

    def residual(self) -> float | None:
        """Return ``max |A A^H - I|`` over the matrices A of all frequencies; None without a torus."""
        kernel = self.kernel.detach().double()
        grouped = kernel.reshape(self.groups, len(kernel) // self.groups, *kernel.shape[1:])
        axes = self._axes()
        if any(axis.torus is None for axis in axes):
            return None
        return max(_off_identity(gram) for gram, _ in self._grams(grouped, axes))

    def _axes(self) -> tuple[_Axis, _Axis]:
        (kh, kw), (top, bottom, left, right) = self.kernel.shape[2:], self.padding
        return (
            _Axis(self.height, kh, self.stride[0], top, bottom, self.dilation[0], self.circular),
            _Axis(self.width, kw, self.stride[1], left, right, self.dilation[1], self.circular),
        )

    def _grams(self, grouped: Tensor, axes: tuple[_Axis, _Axis]) -> Iterator[tuple[Tensor, float]]:
        """Yield Gram matrices, a block of frequencies at a time, with a bound on their rounding."""
        phases = grouped.new_zeros(
            *grouped.shape[:3], *(axis.stride for axis in axes), *(axis.torus or 1 for axis in axes)
        )
        for i, (row_phase, row) in enumerate(axes[0].taps()):
            for j, (column_phase, column) in enumerate(axes[1].taps()):
                phases[:, :, :, row_phase, column_phase, row, column] += grouped[..., i, j]
        spectra = torch.fft.rfft2(phases.flatten(2, 4)).flatten(3).permute(0, 3, 1, 2).flatten(0, 1)
        for block in spectra.split(max(1, GRAM_ENTRIES // spectra[0].numel())):
            yield _gram(block)


@dataclass(frozen=True, slots=True)
class _Axis:
    """One of the two dimensions of a convolution."""

    length: int
    kernel: int
    stride: int
    before: int
    after: int
    dilation: int
    circular: bool

    @property
    def outputs(self) -> int:
        span = self.dilation * (self.kernel - 1) + 1
        return (self.length + self.before + self.after - span) // self.stride + 1

    @property
    def torus(self) -> int | None:
        """The outputs of a torus that holds the convolution; None where circular padding has another period."""
        if not self.circular or self.before == self.after == 0:
            return self.outputs + self.dilation * (self.kernel - 1) // self.stride
        return self.outputs if self.outputs * self.stride == self.length else None

    def taps(self) -> list[tuple[int, int]]:
        """Return the phase and the place on the torus of each tap."""
        places = [divmod(tap * self.dilation, self.stride) for tap in range(self.kernel)]
        return [(phase, place % (self.torus or 1)) for place, phase in places]

    @property
    def shared(self) -> int:
        """The largest number of taps, over all outputs, that read one pixel."""
        return _most_read(
            self.length,
            self.kernel,
            self.stride,
            self.before,
            self.dilation,
            self.outputs,
            circular=self.circular,
        )


def most_shared(length: int, window: int, stride: int, padding: int, dilation: int, outputs: int) -> int:
    """Return how many of the windows of a pooling layer, on one axis, share a pixel at most."""
    return _most_read(length, window, stride, padding, dilation, outputs, circular=False)


def _most_read(
    length: int, taps: int, stride: int, before: int, dilation: int, outputs: int, *, circular: bool
) -> int:
    read: NDArray[np.int64] = (
        np.arange(outputs)[:, None] * stride + np.arange(taps) * dilation - before
    ).ravel()
    read = read % length if circular else read[(read >= 0) & (read < length)]
    return int(np.bincount(read, minlength=1).max())


def matrix_norm(matrices: Tensor) -> float:
    """Return an upper bound of the largest singular value among matrices ``(..., m, n)``."""
    return _norm(*_gram(matrices.detach().double()))


def matrix_residual(matrix: Tensor) -> float:
    """Return ``max |W W^T - I|`` over the entries, or of ``W^T W - I`` where W has more rows than columns."""
    return _off_identity(_gram(matrix.detach().double())[0])


def _gram(matrices: Tensor) -> tuple[Tensor, float]:
    """Return the smaller Gram matrices and a bound of their error, that of their eigenvalues included, in norm."""
    wide = matrices if matrices.shape[-2] <= matrices.shape[-1] else matrices.mH
    squares = float(matrices.abs().square().sum(dim=(-2, -1)).max())
    # the products round by (n + 2) u, a Fourier transform by far less, LAPACK's eigenvalues by a modest multiple of m u
    return wide @ wide.mH, 16.0 * (sum(matrices.shape[-2:]) + 64) * U64 * squares


def _norm(gram: Tensor, slack: float) -> float:
    if not bool(torch.isfinite(gram).all()):
        return math.inf
    return math.sqrt(max(0.0, float(torch.linalg.eigvalsh(gram).max())) + slack) * (1.0 + 4.0 * U64)


def _off_identity(gram: Tensor) -> float:
    return float((gram - torch.eye(gram.shape[-1], dtype=gram.dtype, device=gram.device)).abs().max())
