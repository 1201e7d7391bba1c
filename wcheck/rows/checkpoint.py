"""A training on disk, from which it goes on: written in one step, and read without running any code in it."""

from __future__ import annotations

import hashlib
import io
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from wcheck.errors import OutputError
from wcheck.rows.scratch import Place

SHARE = 0.01
"""The share of the time that may be spent in writing."""


class Checkpoint:
    """The file of one task.

    Parameters
    ----------
    place : Place, optional
        Where; nothing is kept without one.
    """

    def __init__(self, place: Place | None) -> None:
        self._place = place
        self._due = time.monotonic() + (place.seconds if place else 0.0)

    def restore(self, use: Callable[[Mapping[str, Any]], None]) -> None:
        """Hand what was kept last, on the processor, to a function that goes on from it, if anything was.

        Raises
        ------
        OutputError
            If the file cannot be read, was changed since it was written, or is of another task.
        """
        if self._place is None or not self._place.path.exists():
            return
        path = self._place.path
        try:
            kept = torch.load(io.BytesIO(_unsealed(path)), weights_only=True, map_location="cpu")
            name, state = kept["name"], kept["state"]
        except Exception as error:  # a damaged file can make its readers raise anything
            raise _unreadable(path, error) from error
        if name != self._place.name:
            raise OutputError(
                f"{path} is the checkpoint of other critics or other data: remove it, and its task starts anew."
            )
        try:
            use(state)
        except Exception as error:
            raise _unreadable(path, error) from error

    def keep(self, state: Callable[[], Mapping[str, Any]]) -> None:
        """Write a state, plain values and tensors, unless the last writing was a moment ago.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        if self._place is None or time.monotonic() < self._due:
            return
        begin, path = time.monotonic(), self._place.path
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        whole = io.BytesIO()
        torch.save({"name": self._place.name, "state": state()}, whole)
        try:
            with open(part, "wb") as file:
                file.write(_digest(whole.getbuffer()) + whole.getbuffer())
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        except OSError as error:
            raise OutputError(
                f"cannot write the checkpoint {path}: {error.strerror or error}; give another -o."
            ) from error
        now = time.monotonic()
        self._due = now + max(self._place.seconds, (now - begin) / SHARE)


def _digest(content: bytes | memoryview) -> bytes:
    return hashlib.sha256(content).digest()


def _unsealed(path: Path) -> memoryview:
    """Return what follows the hash at the start of a file.

    Raises
    ------
    ValueError
        If it has another hash.
    """
    if not path.is_file():
        raise ValueError("not a file")
    whole = memoryview(path.read_bytes())
    size = len(_digest(b""))
    if whole[:size] != _digest(whole[size:]):
        raise ValueError("it was changed after wcheck wrote it")
    return whole[size:]


def _unreadable(path: Path, error: Exception) -> OutputError:
    return OutputError(
        f"{path} is not a checkpoint that can be read ({type(error).__name__}): remove it, and its task starts anew."
    )
