r"""Scans on a cluster: a map over blocks of rows, whose results are put together in the order of the rows.

Calls say what to read; the points never travel. Each block has a home, the worker that has read it. If that is killed,
its calls run elsewhere, where the block is read once more, and nothing else changes.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import ParameterError, SourceError
from wcheck.measures.measure import Measure
from wcheck.parallel import on_threads
from wcheck.transport.cluster.blocks import BlockedPair, Desk, Load
from wcheck.transport.cluster.connection import Call, Connection
from wcheck.transport.cost.frame import Frame
from wcheck.transport.scans.listing import Listing, Scanner
from wcheck.transport.scans.pricing import Screen

if TYPE_CHECKING:
    import torch

Homes = dict[str, list[int]]
"""The blocks that are at home on each worker."""


def elsewhere(
    connection: Connection,
    x: Measure,
    y: Measure,
    frame: Frame,
    basis: NDArray[np.float64] | None,
    p: int,
    device: str,
    check: Callable[[], None],
) -> Callable[[Scanner], RemoteScanner]:
    """Return what makes of a pair's scanner one that scans on a cluster.

    Parameters
    ----------
    connection : Connection
        To the cluster.
    x, y : Measure
        Measures of positive weights.
    frame, basis, p, device
        As for :class:`BlockedPair`.
    check : callable
        Called while a scan waits; what it raises ends the scan.

    Raises
    ------
    ParameterError
        If the points cannot be written where the workers are to read them.
    """
    load = connection.cluster.load or _write(connection.files, x, y)
    pair = BlockedPair.of(x, y, load, frame, basis, p, device)
    return lambda local: (RemoteScreen if isinstance(local, Screen) else RemoteScanner)(
        connection, pair, local, check
    )


class RemoteScanner:
    """A ``Scanner`` whose passes run on a cluster.

    Samples are taken here, by the scanner it was made of: they are small parts of a pass, and longer to send than to
    compute.
    """

    def __init__(
        self, connection: Connection, pair: BlockedPair, local: Scanner, check: Callable[[], None]
    ) -> None:
        self._connection, self._pair, self._local, self._check = connection, pair, local, check
        self._home: dict[int, str] = {}
        self._columns: NDArray[np.int64] | None = None
        self._told = connection.tell(pair)

    @property
    def projected(self) -> bool:
        """Whether bounds come through a projection."""
        return self._local.projected

    def scan(
        self,
        v: NDArray[np.float64],
        threshold: NDArray[np.float64],
        rows: NDArray[np.int64] | None = None,
        *,
        limit: int = 1 << 40,
        estimate: bool = False,
    ) -> Listing:
        """List pairs; see ``Scanner.scan``."""
        every = np.arange(self._pair.size) if rows is None else rows
        potentials = self._connection.tell(v)
        parts = self._map(_scan, every, threshold, potentials, self._columns, limit, estimate)
        return Listing(
            *(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Listing))
        )

    def sample(
        self, columns: NDArray[np.int64], rows: NDArray[np.int64] | None = None, *, estimate: bool = False
    ) -> torch.Tensor:
        """Return the costs of some columns; see ``Scanner.sample``."""
        return self._local.sample(columns, rows, estimate=estimate)

    def extend(self, u: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return least estimates; see ``Scanner.extend``."""
        least: NDArray[np.float64] = np.minimum.reduce(self._map(_extend, rows, u))
        return least

    def _map(
        self,
        function: Callable[..., Any],
        rows: NDArray[np.int64],
        values: NDArray[np.float64],
        *others: object,
    ) -> list[Any]:
        """Call a function for each run of rows within one block, with the rows' values, at the block's home."""
        self._settle()
        homes: Homes = {}
        for block, home in self._home.items():
            homes.setdefault(home, []).append(block)
        blocks = rows // self._pair.step
        cuts = [0, *(np.flatnonzero(np.diff(blocks)) + 1).tolist(), len(rows)]
        calls = []
        for begin, end in itertools.pairwise(cuts):
            block = int(blocks[begin])
            run = rows[begin:end] - block * self._pair.step, values[begin:end]
            calls.append(Call(function, (self._told, homes, block, *run, *others), self._home.get(block)))
        return self._connection.run(calls, self._check)

    def _settle(self) -> None:
        """Give every block a home: the former one if that is there and holds no more than its share."""
        threads = self._connection.workers()
        room = {home: -(-len(self._pair) * own // sum(threads.values())) for home, own in threads.items()}
        former, self._home = self._home, {}
        for block in sorted(range(len(self._pair)), key=lambda block: former.get(block) not in room):
            home = former.get(block, "")
            if room.get(home, 0) <= 0:
                home = max(room, key=lambda address: room[address], default="")
            if home:
                self._home[block] = home
                room[home] -= 1


class RemoteScreen(RemoteScanner):
    """A ``ColumnScanner`` whose passes run on a cluster."""

    def among(self, columns: NDArray[np.int64]) -> RemoteScreen:
        """Return a scanner of some columns; see ``ColumnScanner.among``."""
        other = copy.copy(self)
        other._columns = columns
        return other


_desk = Desk()
"""The desk of this process, where it is a worker's."""


def _scan(
    worker: str,
    pair: BlockedPair,
    homes: Homes,
    block: int,
    rows: NDArray[np.int64],
    threshold: NDArray[np.float64],
    v: NDArray[np.float64],
    columns: NDArray[np.int64] | None,
    limit: int,
    estimate: bool,
) -> Listing:
    with on_threads(1):
        scanner = _desk.scanner(pair, block, homes.get(worker, ()))
        if columns is not None:
            scanner = cast(Screen, scanner).among(columns)
        return scanner.scan(v, threshold, rows, limit=limit, estimate=estimate)


def _extend(
    worker: str,
    pair: BlockedPair,
    homes: Homes,
    block: int,
    rows: NDArray[np.int64],
    u: NDArray[np.float64],
) -> NDArray[np.float64]:
    with on_threads(1):
        return _desk.scanner(pair, block, homes.get(worker, ())).extend(u, rows)


def _write(folder: Path, *measures: Measure) -> Load:
    """Write points to files; return what reads them."""
    paths = [folder / f"{side}.npy" for side in ("x", "y")]
    try:
        for path, measure in zip(paths, measures, strict=True):
            shape = (len(measure), measure.dim)
            header = {"descr": measure.dtype.str, "fortran_order": False, "shape": shape}
            with path.open("wb") as file:
                np.lib.format.write_array_header_1_0(file, header)
                for _, block in measure.blocks():
                    file.write(block.data)
    except OSError as error:
        raise ParameterError(
            f"folder is {str(folder.parent)!r}: {error.strerror}; give one with room for all points."
        ) from error
    return partial(_read, *paths)


def _read(x: Path, y: Path) -> tuple[Measure, Measure]:
    return _mapped(x), _mapped(y)


def _mapped(path: Path) -> Measure:
    """Map a file that :func:`_write` wrote; that it holds the right points is checked by their hashes."""
    try:
        points = np.load(path, mmap_mode="r")
    except (OSError, ValueError) as error:
        raise SourceError(
            f"{path} cannot be read there ({getattr(error, 'strerror', None) or error}): "
            "give a folder that all machines see under one name."
        ) from error
    return Measure(points, np.full(len(points), 1.0 / len(points)), path.stem, points.shape[1:])
