"""Hashes of the points on which a critic was trained, in a file beside its weights."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wcheck.rows.replace import replacing

Hashes = NDArray[np.uint64]

FILE = "points.npy"


def hashes(points: NDArray[np.float32]) -> Hashes:
    """Return 64 bits of a hash of each point ``(n,)``, equal for equal points and no others but by chance.

    Parameters
    ----------
    points : ndarray, shape (n, d), float32
        As a critic reads them.
    """
    rows = np.ascontiguousarray(points, np.float32) + np.float32(0)  # -0 is 0
    found = [hashlib.blake2b(row.tobytes(), digest_size=8).digest() for row in rows]
    return np.frombuffer(b"".join(found), "<u8").astype(np.uint64)


def write(folder: Path, sets: Iterable[NDArray[np.float32]]) -> dict[str, object]:
    """Write the hashes of all points of some sets, and return what the critic's description says of the file."""
    seen = np.unique(np.concatenate([hashes(points) for points in sets]))
    with replacing(folder / FILE) as file:
        np.save(file, seen, allow_pickle=False)
    return {"points": len(seen), "sha256": _digest(folder)}


def read(folder: Path, described: object) -> Hashes | None:
    """Return the hashes that :func:`write` wrote; None where there are none, or they are not those described."""
    try:
        if not isinstance(described, dict) or described["sha256"] != _digest(folder):
            return None
        seen = np.load(folder / FILE, allow_pickle=False)
    except (OSError, ValueError, KeyError):
        return None
    return seen if seen.dtype == np.uint64 and seen.ndim == 1 else None


def _digest(folder: Path) -> str:
    return hashlib.sha256((folder / FILE).read_bytes()).hexdigest()
