"""What unfinished tasks keep beside a table's file, so that a run killed in mid-task goes on in mid-task.

The folder carries the name of the run: what another configuration left is not taken, and a process that sees another
folder under the same name, on another machine, does without.
"""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from wcheck.errors import OutputError

RUN = "run"
"""The file in the folder that names the run."""

THREADS = "threads"
"""The file that says on how many threads its tasks were begun."""

SECONDS = 5.0
"""The least number of seconds between two writings."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one task keeps what it needs to go on.

    Attributes
    ----------
    path : Path
        A file, which may not be there yet.
    name : str
        The name of the run and the task: a file with another name belongs to another one.
    seconds : float
        The least number of seconds between two writings.
    """

    path: Path
    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Scratch:
    """A folder for the tasks of a run; small, so that it travels to other processes.

    Attributes
    ----------
    folder : Path
        Absolute; made by :meth:`start`.
    run : str
        Names the run; the same only for the same rows.
    seconds : float
        See :class:`Place`.
    """

    folder: Path
    run: str
    seconds: float

    @staticmethod
    def beside(path: Path, run: str) -> Scratch:
        """Return the folder that lies beside a table's file."""
        return Scratch(path.absolute().with_name(path.name + ".unfinished"), run, SECONDS)

    def start(self, threads: int) -> int:
        """Make the folder; what another run left there goes.

        Returns
        -------
        int
            The threads of each task that this run began with, which are ``threads`` if it begins now: sums by another
            number of threads round differently.

        Raises
        ------
        OutputError
            If it cannot be written, or is there and not wcheck's.
        """
        try:
            if self.folder.exists() and not (self.folder / RUN).is_file():
                raise OutputError(
                    f"{self.folder} is there and not wcheck's, and what unfinished tasks keep would go there; "
                    "give another -o, or move it away."
                )
            if self.folder.exists() and self._named() != self.run:
                shutil.rmtree(self.folder)
            self.folder.mkdir(exist_ok=True)
            (self.folder / RUN).write_text(self.run, encoding="utf-8")
            kept = self.folder / THREADS
            text = kept.read_text(encoding="utf-8") if kept.is_file() else ""
            if text.isascii() and text.isdigit() and 0 < int(text) < 10_000:
                return int(text)
            kept.write_text(str(threads), encoding="utf-8")
            return threads
        except OSError as error:
            raise OutputError(
                f"cannot write {self.folder}: {error.strerror or error}; give a place that can be written."
            ) from error

    def place(self, task: int) -> Place | None:
        """Return where a task keeps what it needs; None in a process that does not see the folder."""
        if self._named() != self.run:
            return None
        return Place(self.folder / f"{task}.pt", f"{self.run} {task}", self.seconds)

    @property
    def holds_tasks(self) -> bool:
        """Whether a task has left something to go on from."""
        return self._named() == self.run and any(self.folder.glob("*.pt"))

    def forget(self, task: int) -> None:
        """Remove what a task kept: its rows are written."""
        with contextlib.suppress(OSError):
            (self.folder / f"{task}.pt").unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove the folder, if it is this run's."""
        if self._named() == self.run:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _named(self) -> str | None:
        try:
            return (self.folder / RUN).read_text(encoding="utf-8")
        except (OSError, ValueError):
            return None
