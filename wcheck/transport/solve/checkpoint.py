"""A long solve that can be gone on with: its potentials and arcs on disk, bound to the data by a content hash."""

from __future__ import annotations

import math
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

from wcheck.errors import OutputError
from wcheck.rows.csvfile import check_writable
from wcheck.rows.replace import replacing

SECONDS = 5.0
"""The least number of seconds between two checkpoints, so that writing does not slow the solve."""
REACH = 4.0
"""Artificial arcs of the network simplex cost ``(n + m) (1 + c)``, c being the largest cost."""
KEYS = ("digest", "u", "v", "arcs")


@dataclass(frozen=True, slots=True)
class State:
    """What a solve goes on from.

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
        self.path, self._digest, self._largest = path, digest, largest
        self._saved = -math.inf
        self.state = self._load(shape) if path.exists() else None
        if self.state is None:
            check_writable(path)

    def save(self, state: State) -> None:
        """Write the state, unless the last one is recent."""
        if time.monotonic() - self._saved < SECONDS:
            return
        with replacing(self.path) as file:
            np.savez(file, digest=np.array(self._digest), u=state.u, v=state.v, arcs=state.arcs)
        self._saved = time.monotonic()

    def _load(self, shape: tuple[int, int]) -> State:
        try:
            digest, u, v, arcs = self._arrays(*shape)
        except Exception as error:  # a damaged file can make its readers raise anything
            raise OutputError(
                f"{self.path} is not a checkpoint that can be read ({' '.join(str(error).split())}); "
                "give another file, or remove it."
            ) from error
        if str(digest) != self._digest:
            raise OutputError(
                f"{self.path} is the checkpoint of other data or another p; give another file, or remove it."
            )
        n, m = shape
        sound = u.shape == (n,) and v.shape == (m,) and arcs.ndim == 1 and arcs.dtype == np.int64
        sound = sound and u.dtype == v.dtype == np.float64
        most = REACH * (n + m) * (1.0 + self._largest)
        sound = sound and all(bool((np.abs(potential) <= most).all()) for potential in (u, v))
        if not sound or not len(arcs) or arcs.min() < 0 or arcs.max() >= n * m or (np.diff(arcs) <= 0).any():
            raise OutputError(f"{self.path} is a damaged checkpoint; remove it.")
        return State(u, v, arcs)

    def _arrays(self, n: int, m: int) -> list[NDArray[Any]]:
        """Return the arrays of the file, whose sizes are checked by their headers before they are read."""
        if not self.path.is_file():
            raise ValueError("it is not a regular file")
        most = 8 * (n + m + n * m) + (1 << 16)
        with zipfile.ZipFile(self.path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
            if size > min(most, psutil.virtual_memory().available // 2):
                raise ValueError(
                    f"it unpacks to {size:,} bytes, more than such a checkpoint holds or memory has"
                )
            if sorted(archive.namelist()) != sorted(f"{key}.npy" for key in KEYS):
                raise ValueError("it holds other arrays")
            return [_array(archive, f"{key}.npy") for key in KEYS]


def _array(archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    with archive.open(name) as file:
        version = np.lib.format.read_magic(file)
        if version != (1, 0):
            raise ValueError(f"{name} has format {version}")
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        if math.prod(shape) * dtype.itemsize > archive.getinfo(name).file_size:
            raise ValueError(f"{name} claims shape {shape}, which is more than it holds")
    with archive.open(name) as file:
        return np.asarray(np.lib.format.read_array(file, allow_pickle=False))
