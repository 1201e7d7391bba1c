"""Progress on stderr: bars on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

BAR_SECONDS = 0.1
"""How often a bar may change: a report in between costs a look at the clock."""

LINE_SECONDS = 15.0
"""How often a label may write a line where stderr is not a terminal."""


class ProgressDisplay:
    """A :class:`wcheck.progress.Report` that draws; a context manager, so that a terminal is left clean.

    One label is one bar with its note, the time spent and the time left. Where stderr is not a terminal (a log
    file, a batch job) a label writes a plain line every 15 seconds instead.
    """

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._due: dict[str, float] = {}
        self._began: dict[str, float] = {}
        self._bars: dict[str, TaskID] = {}
        self._done: dict[str, float] = {}
        self._progress: Progress | None = None

    def __call__(self, label: str, done: float, total: float, note: str = "") -> None:
        """Take one report; see :class:`wcheck.progress.Report`."""
        clock = time.monotonic()
        ended = 0 < total <= done
        if clock < self._due.get(label, 0.0) and not (ended and self._terminal):
            return
        again = done < self._done.get(label, 0.0)  # the same work once more, such as the next solve
        self._done[label] = done
        if again or label not in self._began:
            self._began[label] = clock
        if self._terminal:
            self._due[label] = clock + BAR_SECONDS
            self._draw(label, done, total, note, again)
        else:
            self._due[label] = clock + LINE_SECONDS
            if seconds := clock - self._began[label]:
                sys.stderr.write(_line(label, done, total, note, seconds))
                sys.stderr.flush()

    def __enter__(self) -> Self:
        """Start: nothing is drawn before the first report."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bars away."""
        if self._progress is not None:
            self._progress.stop()

    def _draw(self, label: str, done: float, total: float, note: str, again: bool) -> None:
        if self._progress is None:
            self._progress = _bars()
            self._progress.start()
        known = total if total > 0 else None
        if label not in self._bars:
            self._bars[label] = self._progress.add_task(label, total=known, note=note)
        bar = self._bars[label]
        if again:
            self._progress.reset(bar)
        self._progress.update(bar, completed=done, total=known, note=note)


def _bars() -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", markup=False),
        console=Console(stderr=True),
        transient=True,
    )


def _line(label: str, done: float, total: float, note: str, seconds: float) -> str:
    parts = [label]
    if total > 0:
        parts.append(f"{done / total:.0%}")
    parts.append(f"{seconds:.0f} s")
    if 0 < done < total:
        parts.append(f"about {seconds * (total - done) / done:.0f} s left")
    return ", ".join([*parts, note] if note else parts) + "\n"
