"""Progress on stderr: bars on a terminal, and a line at intervals elsewhere."""

from __future__ import annotations

import os
import sys
import time
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

BAR_SECONDS = 0.1
"""How often a bar may change: a report in between costs a look at the clock."""

LINE_SECONDS = 15.0
"""How often a level may write a line where no bars are drawn."""

OUTER = "tasks"
"""The label of the outer level of a command; all others, of which one is under way at a time, are the inner one."""


class ProgressDisplay:
    """A :class:`wcheck.progress.Report` that draws; a context manager, so that a terminal is left clean.

    A level, that of the tasks or that of what is being done for them, is one line: its label, a bar, the time spent,
    the time left, and a note. The time left is extrapolated from the work done since the level's first report, so that
    work done before a resume does not count. Where stderr is not a terminal (a log file, a batch job), or one that
    draws nothing (``TERM=dumb``) or is asked for no decoration (``NO_COLOR``), a level writes a plain line every 15
    seconds instead.

    Parameters
    ----------
    outer : str
        The label of the outer level.
    """

    def __init__(self, outer: str = OUTER) -> None:
        self._outer = outer
        self._draws = (
            sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("NO_COLOR")
        )
        self._due: dict[bool, float] = {}
        self._labels: dict[bool, str] = {}
        self._began: dict[bool, tuple[float, float]] = {}
        self._done: dict[bool, float] = {}
        self._bars: dict[bool, TaskID] = {}
        self._progress: Progress | None = None

    def __call__(self, label: str, done: float, total: float, note: str = "") -> None:
        """Take one report; see :class:`wcheck.progress.Report`."""
        clock, level = time.monotonic(), label == self._outer
        another = self._labels.get(level) != label
        ended = 0 < total <= done
        if clock < self._due.get(level, 0.0) and not (self._draws and (ended or another)):
            return
        fresh = another or done < self._done.get(
            level, 0.0
        )  # the same work once more, such as the next solve
        self._labels[level], self._done[level] = label, done
        if fresh:
            self._began[level] = clock, done
        begun, first = self._began[level]
        left = (clock - begun) * (total - done) / (done - first) if first < done < total else None
        if self._draws:
            self._due[level] = clock + BAR_SECONDS
            self._draw(label, done, total, note, fresh, left)
            return
        self._due[level] = clock + LINE_SECONDS
        if seconds := clock - begun:
            sys.stderr.write(_line(label, done, total, note, seconds, left))
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

    def _draw(
        self, label: str, done: float, total: float, note: str, fresh: bool, left: float | None
    ) -> None:
        if self._progress is None:
            self._progress = _bars()
            self._progress.start()
        known, level = total if total > 0 else None, label == self._outer
        about = "" if left is None else f"{timedelta(seconds=round(left))} left"
        if level not in self._bars:
            self._bars[level] = self._progress.add_task(label, total=known, note=note, left=about)
        bar = self._bars[level]
        if fresh:
            self._progress.reset(bar, total=known)
        self._progress.update(bar, description=label, completed=done, total=known, note=note, left=about)


def _bars() -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}", markup=False, style="progress.remaining"),
        TextColumn("{task.fields[note]}", markup=False),
        console=Console(stderr=True),
        transient=True,
    )


def _line(label: str, done: float, total: float, note: str, seconds: float, left: float | None) -> str:
    parts = [label]
    if total > 0:
        parts.append(f"{done / total:.0%}")
    parts.append(f"{seconds:.0f} s")
    if left is not None:
        parts.append(f"about {left:.0f} s left")
    return ", ".join([*parts, note] if note else parts) + "\n"
