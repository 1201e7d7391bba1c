"""Vectors that are kept between runs, by the content of the points and of the map that made them."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck import cache
from wcheck.errors import OutputError
from wcheck.rows.replace import replacing

ROOM = 1 << 31
"""Bytes of vectors that are kept; the longest unused go first."""
SEAL = hashlib.sha256().digest_size


def key(*parts: object) -> str:
    """Return the name under which vectors are kept: a hash of all that decides them."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def read(name: str, count: int) -> NDArray[Any] | None:
    """Return as many vectors as were kept under a name; None if there are none, or the file is damaged."""
    path = _path(name)
    if path is None:
        return None
    try:
        content = path.read_bytes()
        if hashlib.sha256(content[SEAL:]).digest() != content[:SEAL]:
            return None
        vectors: NDArray[Any] = np.load(io.BytesIO(content[SEAL:]), allow_pickle=False)
        os.utime(path)
    except (OSError, ValueError, EOFError):
        return None
    return vectors if vectors.ndim == 2 and len(vectors) == count else None


def write(name: str, vectors: NDArray[Any]) -> None:
    """Keep vectors under a name, where there is room."""
    path = _path(name)
    if path is None or vectors.nbytes > ROOM // 2:
        return
    held = io.BytesIO()
    np.save(held, vectors, allow_pickle=False)
    content = held.getvalue()
    with contextlib.suppress(OutputError):
        _make_room(path.parent, len(content))
        with replacing(path) as file:
            file.write(hashlib.sha256(content).digest() + content)


def _path(name: str) -> Path | None:
    folder = cache.usable("embeddings")
    return None if folder is None else folder / name


def _make_room(folder: Path, needed: int) -> None:
    with contextlib.suppress(OSError):  # another process may have been faster
        found = sorted((path.stat().st_mtime, path.stat().st_size, path) for path in folder.iterdir())
        total = sum(size for _, size, _ in found)
        for _, size, path in found:
            if total + needed <= ROOM:
                return
            path.unlink(missing_ok=True)
            total -= size
