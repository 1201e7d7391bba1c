"""Where the rows of a watch go: a file that is resumed, or memory."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from wcheck.errors import OutputError, counted_are
from wcheck.experiments.gan import Gan
from wcheck.progress import remark
from wcheck.rows.growing import GrowingFile
from wcheck.rows.table import Row

HELD = ("step", "seconds", "batch_seconds", "spread")
"""What of rows from before is needed to continue."""


class WatchLog:
    """The rows of a watch, by the columns of ``wcheck gan``.

    Parameters
    ----------
    output : path, optional
        The file; memory if left out.
    config : mapping
        What rows depend on: a file of another configuration is refused.
    overwrite : bool
        Whether a file that is there is replaced.
    shared : mapping
        The columns that are the same in all rows.

    Attributes
    ----------
    widest : float
        The largest spread of the rows so far, those that were resumed included; 0 before the first.

    Raises
    ------
    OutputError
        If the file cannot be written, or belongs to another run.
    """

    def __init__(
        self,
        output: str | os.PathLike[str] | None,
        config: Mapping[str, object],
        overwrite: bool,
        shared: Row,
    ) -> None:
        self._sink: GrowingFile | _Memory = _Memory()
        self._held: list[dict[str, Any]] = []
        self._waiting: list[Row] = []
        self._shared = shared
        self.widest = 0.0
        if output is not None:
            try:
                file = GrowingFile(output, Gan.columns, Gan.fine, overwrite=overwrite)
                held = file.open(Gan.name, lambda: config)
            except OutputError as error:
                raise OutputError(error.line.replace("another -o", "another output")) from error
            self._sink = file
            self._held = [{name: row[name] for name in HELD} for row in held]

    def go_on(self, step: int) -> tuple[float, float]:
        """Continue with a step, after the rows of those before it; others are dropped.

        Returns
        -------
        tuple of float
            ``seconds`` and ``batch_seconds`` of the last row that is kept.

        Raises
        ------
        OutputError
            If there are rows, and none of a step before.
        """
        kept = [row for row in self._held if row["step"] < step]
        dropped, last = len(self._held) - len(kept), self._held[-1]["step"] if self._held else 0
        if dropped and not kept:
            raise OutputError(
                f"{self._sink.path} holds a run up to step {last}, and step {step} would start it again: "
                "give another output, or overwrite=True."
            )
        if dropped:
            remark(f"{self._sink.path}: {counted_are(dropped, 'row')} computed again, from step {step} on.")
            self._sink.cut(len(kept))
        self._held = []
        self._note(kept)
        return (kept[-1]["seconds"] or 0.0, kept[-1]["batch_seconds"] or 0.0) if kept else (0.0, 0.0)

    def read(self) -> list[Row]:
        """Return all rows that are written, as plain Python values."""
        return self._sink.read()

    def write(self, rows: Iterable[Row]) -> None:
        """Add rows; those that cannot be written wait, for a training is worth more than its watch."""
        try:
            self._append(rows)
        except OutputError as error:
            warnings.warn(f"{error} The rows wait in memory until then.", RuntimeWarning, stacklevel=4)

    def finish(self, rows: Iterable[Row]) -> None:
        """Add the last rows, and record that the run is complete.

        Raises
        ------
        OutputError
            If they cannot be written.
        """
        self._append(rows)
        self._sink.finish()

    def close(self) -> None:
        """Close the file; a run that is not finished can be resumed."""
        self._sink.__exit__(None, None, None)

    def _append(self, rows: Iterable[Row]) -> None:
        new = [self._shared | row for row in rows]
        self._note(new)
        self._waiting += new
        if self._waiting:
            self._sink.append(self._waiting)
            self._waiting = []

    def _note(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self.widest = max(self.widest, cast("float | None", row.get("spread")) or 0.0)


@dataclass(slots=True)
class Clock:
    """When the first call was, how long the rows before it took, and the time spent in calls."""

    first: float
    before: float
    batches_before: float
    own: float = 0.0

    def training(self, now: float) -> float:
        """Return the seconds that the training itself took until now."""
        return self.before + now - self.first - self.own

    def whole(self) -> float:
        """Return the seconds since the first call."""
        return time.perf_counter() - self.first


class _Memory:
    """Rows in memory, in the place of a file."""

    path = None

    def __init__(self) -> None:
        self._rows: list[Row] = []

    def append(self, rows: Iterable[Row]) -> None:
        self._rows += [{column: row.get(column) for column in Gan.columns} for row in rows]

    def read(self) -> list[Row]:
        return list(self._rows)

    def cut(self, count: int) -> None:
        del self._rows[count:]

    def finish(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass
