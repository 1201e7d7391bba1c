r"""How far floating-point sums, products and conversions can be off.

Notation: ``u = 2^-24`` (float32) or ``2^-53`` (float64) and ``gamma_k = k u / (1 - k u)``: a sum of k products in
any order is off by at most ``gamma_k`` times the sum of the absolute products (Higham, Accuracy and Stability of
Numerical Algorithms, 2002, Section 3.1).
"""

from __future__ import annotations

import functools
import math

import numpy as np
from numpy.typing import NDArray

from wcheck.lazily import torch

U32 = 2.0**-24
U64 = 2.0**-53
UNDERFLOW = 2.0**-148
"""More than a float32 product or sum can lose to underflow."""


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
    """Within it, float32 products are computed in float32: no TF32, no bfloat16."""

    def __enter__(self) -> None:
        """Set the precision and remember the former one."""
        self._precision = torch.get_float32_matmul_precision()
        torch.set_float32_matmul_precision("highest")

    def __exit__(self, *_: object) -> None:
        """Restore the former precision."""
        torch.set_float32_matmul_precision(self._precision)
