"""What a scan over all pairs answers, whoever makes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from wcheck.lazily import torch


@dataclass(frozen=True, slots=True)
class Listing:
    """The pairs that a scan found, row by row.

    Attributes
    ----------
    counts : ndarray, shape (rows,), int64
        How many pairs each row has; also those beyond ``limit``, which are not listed.
    columns : ndarray, shape (k,), int32
        Each once within a row.
    bound : ndarray, shape (k,), float32
        A lower bound of the pair's cost in frame units; an estimate of it, if the scan was told to estimate.
    full : ndarray, shape (rows,), bool
        Rows with more pairs than ``limit``: none of theirs are listed.
    """

    counts: NDArray[np.int64]
    columns: NDArray[np.int32]
    bound: NDArray[np.float32]
    full: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class FirstScan:
    """A scan of all rows by bounds, with what it asked for.

    Attributes
    ----------
    listing : Listing
        What it found.
    v : ndarray, shape (m,), float64
        Its potentials.
    threshold, least : ndarray, shape (n,), float64
        Its thresholds, and about the least ``c_ij - v_j``.
    """

    listing: Listing
    v: NDArray[np.float64]
    threshold: NDArray[np.float64]
    least: NDArray[np.float64]


class Scanner(Protocol):
    """What answers for all pairs: :class:`Screen`, or cells in few dimensions."""

    @property
    def projected(self) -> bool:
        """Whether bounds come through a projection, so that estimates differ from them."""

    def scan(
        self,
        v: NDArray[np.float64],
        threshold: NDArray[np.float64],
        rows: NDArray[np.int64] | None = None,
        *,
        limit: int = ...,
        estimate: bool = False,
    ) -> Listing:
        """List every pair of the given rows whose cost may be below ``threshold_i + v_j``.

        Parameters
        ----------
        v : ndarray, shape (m,)
            Potentials of the columns.
        threshold : ndarray, shape (rows,)
            t, of the rows that are scanned.
        rows : ndarray of int64, optional
            Which rows; all if left out.
        limit : int
            Rows with more pairs than this are only counted.
        estimate : bool
            Rank by ``|Qx - Qy|^2 + r(x)^2 + r(y)^2``, the expected distance, instead of the bound.
        """

    def sample(
        self, columns: NDArray[np.int64], rows: NDArray[np.int64] | None = None, *, estimate: bool = False
    ) -> torch.Tensor:
        """Return the costs' bounds, or estimates, for some columns: float32 on the device, not safely rounded.

        The tensor may be written to, and is overwritten by the next call.
        """

    def extend(self, u: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return ``min_i (c_ij - u_i)`` over some rows, whose potentials u are, for all columns, from estimates."""


@runtime_checkable
class ColumnScanner(Scanner, Protocol):
    """A scanner that can also look at some of the columns alone."""

    def among(self, columns: NDArray[np.int64]) -> Scanner:
        """Return a scanner of all rows and some columns, counted from 0; the potentials it takes are theirs."""


@runtime_checkable
class PartsScanner(Scanner, Protocol):
    """A scanner that samples several parts at once: where each is small, that takes far less time."""

    def samples(self, columns: NDArray[np.int64], rows: NDArray[np.int64]) -> torch.Tensor:
        """Return what ``sample`` estimates of k parts, each with s columns and r rows of its own.

        Shapes (k, s) and (k, r); the answer's is (k, r, s).
        """
