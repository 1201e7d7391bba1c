r"""A pair cut into blocks of rows, which any process can read again for itself and scan.

The cut depends on n alone, and one thread scans a block, so what is found does not depend on how many processes share
the work nor on which of them does what. (Across kinds of processors the float32 products may round differently. That
moves which hopeless pairs are listed, never the truth of a bound: each process bounds the error of its own features.)

What a process reads must be what the certificate is about: every block is compared with its hash first.
"""

from __future__ import annotations

import copy
import hashlib
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import SourceError
from wcheck.measures.measure import Measure
from wcheck.threads import spans
from wcheck.transport.cost.frame import Frame
from wcheck.transport.scans.cells import Cells, scanner
from wcheck.transport.scans.contraction import Features
from wcheck.transport.scans.pricing import Screen

BLOCK_ROWS = 2048
"""Rows of a block: enough to make a scan long beside a message, few enough to keep many cores busy."""

Load = Callable[[], tuple[Measure, Measure]]
"""Reads the two measures again, with all their points."""


@dataclass(frozen=True, slots=True)
class BlockedPair:
    """What a process needs to know of a pair in order to scan its blocks.

    Attributes
    ----------
    load : callable
        Reads the pair; points without weight are dropped afterwards. It travels between processes.
    frame, basis, p, device
        As for :class:`Features` and :func:`scanner`.
    size : int
        n, the number of rows.
    step : int
        Rows of a block.
    hashes : tuple of str
        The hashes of each block's points, and at the end that of all columns' points.
    key : str
        The same only for the same scans.
    """

    load: Load
    frame: Frame
    basis: NDArray[np.float64] | None
    p: int
    device: str
    size: int
    step: int
    hashes: tuple[str, ...]
    key: str

    @staticmethod
    def of(
        x: Measure,
        y: Measure,
        load: Load,
        frame: Frame,
        basis: NDArray[np.float64] | None,
        p: int,
        device: str,
    ) -> BlockedPair:
        """Cut a pair, all of whose points have weight, and hash it."""
        step = BLOCK_ROWS
        parts = (x.take(np.arange(rows.start, rows.stop)) for rows in spans(len(x), step))
        hashes = (*map(_hash, parts), _hash(y))
        key = hashlib.sha256(
            repr((step, hashes, p, device)).encode() + (b"" if basis is None else basis.tobytes())
        )
        return BlockedPair(load, frame, basis, p, device, len(x), step, hashes, key.hexdigest())

    def __len__(self) -> int:
        """Return the number of blocks."""
        return len(self.hashes) - 1

    def rows(self, block: int) -> NDArray[np.int64]:
        """Return the rows of a block."""
        return np.arange(block * self.step, min((block + 1) * self.step, self.size))


class Desk:
    """What one process holds: features of some blocks and of all columns, of one pair at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._key = ""
        self._blocks: dict[int, Features] = {}
        self._columns: Screen | Cells | None = None

    def scanner(self, pair: BlockedPair, block: int, share: Collection[int]) -> Screen | Cells:
        """Return a scanner between a block and all columns, which no other thread uses.

        Parameters
        ----------
        share : collection of int
            The blocks that this process is to hold: they are read at once with the first, and others let go.

        Raises
        ------
        SourceError
            If this process cannot read the points, or reads others.
        """
        wanted = {block, *share}
        with self._lock:
            if self._key != pair.key:
                self._key, self._blocks, self._columns = pair.key, {}, None
            self._blocks = {held: self._blocks[held] for held in self._blocks.keys() & wanted}
            columns = self._columns
            if block not in self._blocks or columns is None:
                columns = self._read(pair, sorted(wanted - self._blocks.keys()))
            features = self._blocks[block]
        return columns.of_rows(features)

    def _read(self, pair: BlockedPair, missing: list[int]) -> Screen | Cells:
        """Read the missing blocks, and the columns if they are; return these."""
        x, y = (_with_weight(measure) for measure in pair.load())
        if len(x) != pair.size:
            raise _other_points(x)
        for block in missing:
            part = x.take(pair.rows(block))
            if _hash(part) != pair.hashes[block]:
                raise _other_points(x)
            self._blocks[block] = Features(part, pair.frame, pair.basis)
        if self._columns is not None:
            return self._columns
        if _hash(y) != pair.hashes[-1]:
            raise _other_points(y)
        # A scanner may take the values out of the features it is given; this block's are still needed.
        some = copy.copy(next(iter(self._blocks.values())))
        self._columns = scanner(some, Features(y, pair.frame, pair.basis), pair.p, pair.device)
        return self._columns


def _hash(measure: Measure) -> str:
    """Hash the points alone: weights do not matter to a scan."""
    return replace(measure, weights=measure.weights[:0]).digest()


def _with_weight(measure: Measure) -> Measure:
    return measure if measure.weights.all() else measure.take(np.flatnonzero(measure.weights))


def _other_points(measure: Measure) -> SourceError:
    return SourceError(
        f"{measure.name} has different points there than here: "
        "put the same data and the same versions on every machine."
    )
