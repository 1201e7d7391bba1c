"""What unfinished tasks keep beside a table's file, so that a run killed in mid-task continues in mid-task.

The folder carries the name of the run: what another configuration left is not taken, and a process that sees another
folder under the same name, on another machine, does without.
"""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from wcheck.errors import OutputError
from wcheck.rows.replace import as_output_error, replacing

RUN = "run"
"""The file in the folder that names the run, and says on how many threads its tasks were begun."""

SECONDS = 5.0
"""The least number of seconds between two writings."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one task keeps what it needs to continue.

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
        with as_output_error(self.folder):
            if self.folder.exists() and any(self.folder.iterdir()) and not (self.folder / RUN).is_file():
                raise OutputError(
                    f"{self.folder} exists and was not made by wcheck, but unfinished tasks would be kept there; "
                    "give another -o, or move it away."
                )
            run, begun = self._named()
            if run == self.run and begun:
                return begun
            if self.folder.exists():
                shutil.rmtree(self.folder)
            self.folder.mkdir()
            with replacing(self.folder / RUN) as file:
                file.write(f"{self.run} {threads}".encode())
            return threads

    def place(self, task: int) -> Place | None:
        """Return where a task keeps what it needs; None in a process that does not see the folder."""
        if self._named()[0] != self.run:
            return None
        return Place(self.folder / f"{task}.checkpoint", f"{self.run} {task}", self.seconds)

    @property
    def holds_tasks(self) -> bool:
        """Whether a task has left something to continue from."""
        return self._named()[0] == self.run and any(self.folder.glob("*.checkpoint"))

    def forget(self, task: int) -> None:
        """Remove what a task kept: its rows are written."""
        with contextlib.suppress(OSError):
            (self.folder / f"{task}.checkpoint").unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove the folder, if it is this run's."""
        if self._named()[0] == self.run:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _named(self) -> tuple[str, int]:
        """Return the run that the folder is of, and the threads of its tasks; 0 where it does not say."""
        try:
            run, _, threads = (self.folder / RUN).read_text(encoding="utf-8").partition(" ")
        except (OSError, ValueError):
            return "", 0
        known = threads.isascii() and threads.isdigit() and len(threads) < 5
        return run, int(threads) if known else 0
