"""What an unfinished task keeps on disk, from which it resumes: written in one step, sealed by its hash, without code.

A file is the SHA-256 of what follows it: a line of JSON, which holds the state with a mark in the place of each array,
and the bytes of the arrays.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wcheck.errors import OutputError
from wcheck.rows.replace import replacing
from wcheck.rows.scratch import Place

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHARE = 0.01
"""The share of the time that may be spent in writing."""

FIRST = 1.0
"""The seconds after which the first state is written."""

FORMAT = 2
DIGEST = hashlib.sha256().digest_size
NUMBERS = "biuf"
"""Kinds of dtypes that an array may have."""


class Checkpoint:
    """The file of one work: of a task of a run, or of a solve.

    Parameters
    ----------
    place : Place, optional
        Where; nothing is kept without one.
    largest : int, optional
        The bytes of the largest file that is read.
    begun : bool
        Whether the first state is written at once, or when a second has passed.
    """

    def __init__(self, place: Place | None, *, largest: int | None = None, begun: bool = False) -> None:
        self._place, self._largest = place, largest
        self._due = time.monotonic() + (min(place.seconds, FIRST) if place and not begun else 0.0)

    def restore(self, use: Callable[[Mapping[str, Any]], None]) -> None:
        """Hand what was kept last, if anything was, to a function that continues from it; tensors have become arrays.

        Raises
        ------
        OutputError
            If the file cannot be read, was changed since it was written, or is of another work.
        """
        if self._place is None or not self._place.path.exists():
            return
        path = self._place.path
        try:
            name, state = _decoded(path, self._largest)
        except Exception as error:  # a damaged file can make its readers raise anything
            raise _unreadable(path, error) from error
        if name != self._place.name:
            raise OutputError(
                f"{path} is the checkpoint of other data or other settings: give another file, or remove it."
            )
        try:
            use(state)
        except Exception as error:
            raise _unreadable(path, error) from error

    def keep(self, state: Callable[[], Mapping[str, Any]]) -> None:
        """Write a state, unless the last writing was a moment ago.

        Parameters
        ----------
        state : callable
            Returns mappings and lists of plain values, arrays and tensors.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        if self._place is None or time.monotonic() < self._due:
            return
        begin = time.monotonic()
        content = _encoded(self._place.name, state())
        with replacing(self._place.path, "give another -o") as file:
            file.write(hashlib.sha256(content).digest() + content)
        now = time.monotonic()
        self._due = now + max(self._place.seconds, (now - begin) / SHARE)


def _encoded(name: str, state: Mapping[str, Any]) -> bytes:
    import numpy as np

    parts: list[bytes] = []

    def tree(value: Any) -> object:
        if value is None or isinstance(value, str | int | float):
            return value
        if isinstance(value, Mapping):
            return {"map": [[key, tree(inner)] for key, inner in value.items()]}
        if isinstance(value, list | tuple):
            return [tree(inner) for inner in value]
        array = np.asarray(value.cpu() if hasattr(value, "cpu") else value)
        if array.dtype.kind not in NUMBERS:
            raise TypeError(f"a checkpoint holds no {type(value).__name__}")
        parts.append(array.tobytes())
        return {"array": [array.dtype.str, array.shape]}

    head = json.dumps({"format": FORMAT, "name": name, "state": tree(state)})
    return b"".join((head.encode(), b"\n", *parts))


def _decoded(path: Path, largest: int | None) -> tuple[str, Mapping[str, Any]]:
    """Return the name and the state that a file holds.

    Raises
    ------
    ValueError
        If it is damaged; other errors where it is something else.
    """
    import numpy as np

    if not path.is_file():
        raise ValueError("it is not a regular file")
    if largest is not None and path.stat().st_size > largest:
        raise ValueError(f"it has more than {largest:,} bytes")
    whole = path.read_bytes()
    if whole[:DIGEST] != hashlib.sha256(memoryview(whole)[DIGEST:]).digest():
        raise ValueError("it is damaged, was changed, or is of an earlier wcheck")
    at = whole.index(b"\n", DIGEST) + 1
    record = json.loads(whole[DIGEST:at])

    def array(dtype: str, shape: list[int]) -> NDArray[Any]:
        nonlocal at
        kind = np.dtype(dtype)
        if kind.kind not in NUMBERS or min(shape, default=0) < 0:
            raise ValueError(f"an array of {dtype}")
        begin, count = at, math.prod(shape)
        at += count * kind.itemsize
        return np.frombuffer(whole[begin:at], kind, count).reshape(shape).copy()

    def value(tree: Any) -> Any:
        if isinstance(tree, list):
            return [value(inner) for inner in tree]
        if not isinstance(tree, dict):
            return tree
        return {key: value(inner) for key, inner in tree["map"]} if "map" in tree else array(*tree["array"])

    if record["format"] != FORMAT:
        raise ValueError(f"format {record['format']}")
    return record["name"], value(record["state"])


def _unreadable(path: Path, error: Exception) -> OutputError:
    why = " ".join(str(error).split()) if isinstance(error, ValueError) else type(error).__name__
    return OutputError(
        f"{path} is not a checkpoint that can be read ({why}): give another file, or remove it to start again."
    )
