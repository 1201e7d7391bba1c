"""An opened source: its number of rows, and how to read some of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import SourceError
from wcheck.measures.columns import Columns

Selection = slice | NDArray[np.intp]
"""Rows that are wanted: a slice, or sorted indices."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of an opened source; opening counts them, :attr:`read` takes the memory.

    Attributes
    ----------
    n : int
        How many rows there are.
    read : callable
        Returns the rows of a :data:`Selection`, shape ``(k, ...)``; images as ``(k, channels, height,
        width)``.
    weights : array, shape (n,), optional
        As the source gives them, unchecked; None for uniform ones.
    counts : bool
        Whether the total of the weights says nothing, as of a histogram's, so that they are always normalised.
    white, black : float
        For images, the pixel values of white and of black; white is None for vectors.
    labels : callable, optional
        Returns the class of every row, as text, shape ``(n,)``; None where classes are not known.
    table : Columns, optional
        What the columns of a table hold.
    names : tuple of str, optional
        The names of the coordinates, where there are such but no table.
    obeys : frozenset of str
        The options that only some kinds of sources know, this one among them.
    """

    n: int
    read: Callable[[Selection], NDArray[Any]]
    weights: Any = None
    white: float | None = None
    labels: Callable[[], NDArray[np.str_]] | None = None
    table: Columns | None = None
    obeys: frozenset[str] = frozenset()
    black: float = 0.0
    names: tuple[str, ...] | None = None
    counts: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether these are a file's numbers, of which the user may say how they lie."""
        return "pixel_range" in self.obeys

    @property
    def columns(self) -> tuple[str, ...] | None:
        """The names of the coordinates; None where they have none."""
        return self.table.coordinate_names if self.table is not None and self.table.named else self.names


def rows_of(
    array: NDArray[Any],
    weights: Any = None,
    white: float | None = None,
    labels: Callable[[], NDArray[np.str_]] | None = None,
    table: Columns | None = None,
) -> Rows:
    """Open an array in memory; a part that is read is copied, so that it does not keep the whole alive."""

    def read(wanted: Selection) -> NDArray[Any]:
        part = array[wanted]
        return part if len(part) == len(array) else part.copy()

    return Rows(len(array), read, weights, white, labels, table=table)


def check_memory(needed: int, what: str, repair: str) -> None:
    """Raise a SourceError if ``needed`` bytes are more than the memory that is free."""
    free = _free_memory()
    if needed > free:
        raise SourceError(
            f"{what} takes {needed / 2**30:,.1f} GiB of memory, of which {free / 2**30:,.1f} GiB are free: "
            f"{repair}."
        )


def unreadable(path: object, error: Exception, repair: str) -> SourceError:
    """Return the one-line error for a file that another library could not read."""
    reason = " ".join(str(error).split()) or type(error).__name__
    return SourceError(f"{path} cannot be read ({reason}): {repair}.")


def _free_memory() -> int:
    """Return how many bytes this process may still take: of the machine's, and of its own limit (``ulimit -v``)."""
    import resource

    import psutil

    free = int(psutil.virtual_memory().available)
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY:
        free = min(free, limit - int(psutil.Process().memory_info().vms))
    return free
