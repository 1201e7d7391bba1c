"""A training on disk, from which it goes on: written in one step, and read without running any code in it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Any

import torch

from wcheck.errors import OutputError
from wcheck.scratch import Place

SHARE = 0.01
"""Of the time, that may be spent in writing."""


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

    def read(self) -> dict[str, Any] | None:
        """Return what was kept last, on the processor; None if nothing was.

        Raises
        ------
        OutputError
            If the file cannot be read, or is of another task.
        """
        if self._place is None or not self._place.path.exists():
            return None
        path = self._place.path
        try:
            kept = torch.load(path, weights_only=True, map_location="cpu")
            name, state = kept["name"], kept["state"]
        except Exception as error:  # a damaged file can make its readers raise anything
            raise OutputError(
                f"{path} is no checkpoint that can be read ({type(error).__name__}): "
                "remove it, and its task starts anew."
            ) from error
        if name != self._place.name:
            raise OutputError(
                f"{path} is the checkpoint of other critics or other data: remove it, and its task starts anew."
            )
        return dict(state)

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
        try:
            with open(part, "wb") as file:
                torch.save({"name": self._place.name, "state": state()}, file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        except OSError as error:
            raise OutputError(
                f"cannot write the checkpoint {path}: {error.strerror or error}; give another -o."
            ) from error
        now = time.monotonic()
        self._due = now + max(self._place.seconds, (now - begin) / SHARE)
