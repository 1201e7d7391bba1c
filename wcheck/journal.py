"""What was finished before its turn, kept beside the table that it will stand in.

A line is appended for each task, so that a run killed at any moment loses none that it had finished. The first line
names the run: what another configuration left is not taken.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from wcheck.table import Row


class Journal:
    """A file of finished tasks.

    Parameters
    ----------
    path : Path
        Of the file.
    run : str
        Names the run; the same only for the same rows.
    columns : sequence of str
        Of the rows.
    """

    def __init__(self, path: Path, run: str, columns: Sequence[str]) -> None:
        self.path = path
        self._columns = columns
        self._head = json.dumps({"run": run, "columns": list(columns)}) + "\n"

    def read(self) -> dict[int, list[Row]]:
        """Return the rows of each task that is kept; a torn last line is dropped.

        Raises
        ------
        OSError
            If the file cannot be read.
        """
        text = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        lines = text[: text.rfind("\n") + 1].splitlines(keepends=True)
        if not lines or lines[0] != self._head:
            return {}
        with self.path.open("r+", encoding="utf-8") as file:
            file.truncate(len("".join(lines).encode()))
        tasks = (json.loads(line) for line in lines[1:])
        return {
            task["task"]: [dict(zip(self._columns, row, strict=True)) for row in task["rows"]]
            for task in tasks
        }

    def start(self) -> None:
        """Begin anew.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        self.path.write_text(self._head, encoding="utf-8")

    def append(self, task: int, rows: Sequence[Mapping[str, object]]) -> None:
        """Keep the rows of a task.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        values = [[row[column] for column in self._columns] for row in rows]
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"task": task, "rows": values}) + "\n")

    def remove(self) -> None:
        """Remove the file, if it is there."""
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)
