r"""How far floating-point sums, products and conversions can be off.

Notation: ``u = 2^-24`` (float32) or ``2^-53`` (float64) and ``gamma_k = k u / (1 - k u)``: a sum of k products in
any order is off by at most ``gamma_k`` times the sum of the absolute products (Higham, Accuracy and Stability of
Numerical Algorithms, 2002, Section 3.1).
"""

from __future__ import annotations

import functools
import math
import threading
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from wcheck.lazily import torch

U32 = 2.0**-24
U64 = 2.0**-53
UNDERFLOW = 2.0**-148
"""More than a float32 product or sum can lose to underflow."""
HALF_DIM = 256
"""The least dimension in which products are taken in bfloat16, where the processor has instructions for them: in fewer,
they save less than pairs cost that their bounds leave in doubt."""


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


def bfloat16_speed(dim: int) -> int:
    """Return about how many times as fast as in float32 products of so many coordinates are in bfloat16, as they sum.

    1 in less than :data:`HALF_DIM` dimensions, and where the processor has no instructions for them.
    """
    return _bfloat16_speed() if dim >= HALF_DIM else 1


@functools.cache
def _bfloat16_speed() -> int:
    """Return 2 with AVX-512 (it is that and more), 16 with tiles, 1 without either."""
    if not hasattr(torch.cpu, "get_capabilities") or not torch.backends.mkldnn.is_available():
        return 1
    has = torch.cpu.get_capabilities()
    return 16 if has.get("amx_bf16", False) else 2 if has.get("avx512_bf16", False) else 1


class full_float32:
    """Within it, float32 products and convolutions are computed in float32: no TF32, no bfloat16.

    By torch's own default convolutions on a GPU are not: their results are off by a thousandth and more. Torch's
    settings are those of the whole process, so that the last of several threads to leave restores them.
    """

    _lock = threading.Lock()
    _within = 0
    _former: ClassVar[list[tuple[Any, str]]] = []
    _flags: ClassVar[tuple[str | None, bool | None]] = None, None

    def __enter__(self) -> None:
        """Set the precision where it is another, and remember that."""
        with self._lock:
            if self._within == 0:
                self._set()
            full_float32._within += 1

    def __exit__(self, *_: object) -> None:
        """Restore the former precision."""
        with self._lock:
            full_float32._within -= 1
            if self._within == 0:
                self._restore()

    @classmethod
    def _set(cls) -> None:
        on_processor, on_gpu = _kinds()
        used = (*on_processor, *on_gpu) if torch.backends.cuda.is_built() else on_processor
        cls._former = []
        if all(kind.fp32_precision in FULL for kind in used):
            return
        cls._former = [(kind, kind.fp32_precision) for kind in (*on_processor, *on_gpu)]
        cls._flags = (
            _flag(torch.get_float32_matmul_precision),
            _flag(lambda: torch.backends.cudnn.allow_tf32),
        )
        torch.set_float32_matmul_precision("highest")
        torch.backends.cudnn.allow_tf32 = False
        for kind, _ in cls._former:
            if kind.fp32_precision not in FULL:  # no flag reaches it
                kind.fp32_precision = "ieee"

    @classmethod
    def _restore(cls) -> None:
        if not cls._former:
            return
        products, convolutions = cls._flags
        if products is not None:
            torch.set_float32_matmul_precision(products)
        if convolutions is not None:
            torch.backends.cudnn.allow_tf32 = convolutions
        for kind, former in cls._former:
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
