"""A long solve that can be resumed: its potentials and arcs on disk, bound to the data by a content hash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

from wcheck.rows import checkpoint
from wcheck.rows.csvfile import check_writable
from wcheck.rows.scratch import Place

SECONDS = 5.0
"""The least number of seconds between two checkpoints, so that writing does not slow the solve."""
REACH = 4.0
"""Artificial arcs of the network simplex cost ``(n + m) (1 + c)``, c being the largest cost."""


@dataclass(frozen=True, slots=True)
class State:
    """What a solve continues from.

    Attributes
    ----------
    u, v : ndarray, shapes (n,) and (m,), float64
        Potentials, in frame units.
    arcs : ndarray, shape (k,), int64
        The restricted program's arcs as keys ``i m + j``, ascending.
    """

    u: NDArray[np.float64]
    v: NDArray[np.float64]
    arcs: NDArray[np.int64]


class Checkpoint:
    """The file that holds the state of one solve.

    Parameters
    ----------
    path : Path
        Where; written in one step, by replacement.
    digest : str
        The digest of everything the state depends on: both measures and the exponent.
    shape : tuple of int
        The numbers of points (n, m).
    largest : float
        An upper bound of every cost. Potentials of a solve are at most :data:`REACH` ``(n + m)`` times 1 plus this; of
        larger ones the costs would lose their digits.

    Raises
    ------
    OutputError
        If the file cannot be read or written, is not a checkpoint, or belongs to other data.
    """

    def __init__(self, path: Path, digest: str, shape: tuple[int, int], largest: float) -> None:
        self._shape, self._largest = shape, largest
        self.state: State | None = None
        n, m = shape
        most = min(8 * (n + m + n * m) + (1 << 16), psutil.virtual_memory().available // 2)
        self._kept = checkpoint.Checkpoint(Place(path, digest, SECONDS), largest=most, begun=True)
        self._kept.restore(self._take)
        if self.state is None:
            check_writable(path)

    def save(self, state: State) -> None:
        """Write the state, unless the last one is recent."""
        self._kept.keep(lambda: {"u": state.u, "v": state.v, "arcs": state.arcs})

    def _take(self, kept: Mapping[str, Any]) -> None:
        (n, m), (u, v, arcs) = self._shape, (kept[name] for name in ("u", "v", "arcs"))
        sound = u.shape == (n,) and v.shape == (m,) and arcs.ndim == 1 and arcs.dtype == np.int64
        sound = sound and u.dtype == v.dtype == np.float64
        most = REACH * (n + m) * (1.0 + self._largest)
        sound = sound and all(bool((np.abs(potential) <= most).all()) for potential in (u, v))
        if not sound or not len(arcs) or arcs.min() < 0 or arcs.max() >= n * m or (np.diff(arcs) <= 0).any():
            raise ValueError("it is damaged")
        self.state = State(u, v, arcs)
