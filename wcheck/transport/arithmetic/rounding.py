r"""How far floating-point sums, products and conversions can be off.

Notation: ``u = 2^-24`` (float32) or ``2^-53`` (float64) and ``gamma_k = k u / (1 - k u)``: a sum of k products in
any order is off by at most ``gamma_k`` times the sum of the absolute products (Higham, Accuracy and Stability of
Numerical Algorithms, 2002, Section 3.1).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.lazily import torch

U32 = 2.0**-24
U64 = 2.0**-53
UNDERFLOW = 2.0**-148
"""More than a float32 product or sum can lose to underflow."""


FULL = "none", "ieee"
"""What torch calls the precision of float32 where no product of factors is rounded."""


def gamma(terms: int, unit: float) -> float:
    """Return ``gamma_k = k u / (1 - k u)``, the relative rounding of a sum of k products."""
    return terms * unit / (1.0 - terms * unit)


def rounding_norm(norms: NDArray[np.float64], dim: int) -> NDArray[np.float64]:
    """Bound how far points of squared ``norms`` moved when they were rounded to float32, underflow included."""
    moved: NDArray[np.float64] = 1.01 * U32 * np.sqrt(norms) + math.sqrt(dim) * 2.0**-149
    return moved


def as_float32(values: NDArray[np.float64]) -> torch.Tensor:
    """Round float64 values to a float32 tensor."""
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))


@functools.cache
def bfloat16_speed() -> int:
    """Return about how many times as fast as float32 the processor multiplies bfloat16 matrices, summed in float32.

    1 where it has no instructions for them: 2 and more with AVX-512, many times with tiles.
    """
    if not hasattr(torch.cpu, "get_capabilities") or not torch.backends.mkldnn.is_available():
        return 1
    has = torch.cpu.get_capabilities()
    return 16 if has.get("amx_bf16", False) else 2 if has.get("avx512_bf16", False) else 1


class full_float32:
    """Within it, float32 products and convolutions are computed in float32: no TF32, no bfloat16.

    By torch's own default convolutions on a GPU are not: their results are off by a thousandth and more.
    """

    def __enter__(self) -> None:
        """Set the precision where it is another, and remember that."""
        on_processor, on_gpu = _kinds()
        used = (*on_processor, *on_gpu) if torch.backends.cuda.is_built() else on_processor
        self._former = []
        if all(kind.fp32_precision in FULL for kind in used):
            return
        self._former = [(kind, kind.fp32_precision) for kind in (*on_processor, *on_gpu)]
        self._products = _flag(torch.get_float32_matmul_precision)
        self._convolutions = _flag(lambda: torch.backends.cudnn.allow_tf32)
        torch.set_float32_matmul_precision("highest")
        torch.backends.cudnn.allow_tf32 = False
        for kind, _ in self._former:
            if kind.fp32_precision not in FULL:  # no flag reaches it
                kind.fp32_precision = "ieee"

    def __exit__(self, *_: object) -> None:
        """Restore the former precision."""
        if not self._former:
            return
        if self._products is not None:
            torch.set_float32_matmul_precision(self._products)
        if self._convolutions is not None:
            torch.backends.cudnn.allow_tf32 = self._convolutions
        for kind, former in self._former:
            if kind.fp32_precision != former:
                kind.fp32_precision = former


@functools.cache
def _kinds() -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Return what computes with float32, each with a precision of its own: on the processor, and on a GPU."""
    there: Any = torch.backends
    on_processor = there.mkldnn.matmul, there.mkldnn.conv, there.mkldnn.rnn
    return on_processor, (there.cuda.matmul, there.cudnn.conv, there.cudnn.rnn)


def _flag(asked: Callable[[], Any]) -> Any:
    """Return one of torch's older flags for several kinds, at which compilers look; None if they were set apart."""
    try:
        return asked()
    except RuntimeError:
        return None
