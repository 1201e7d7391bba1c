"""Tasks that finished before their turn, kept beside the table to which they belong.

A line is appended for each task, so that a run killed at any moment loses none that it had finished. The first line
names the run: what another configuration left is not taken.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from wcheck.errors import OutputError
from wcheck.rows.replace import replacing
from wcheck.rows.sidecar import SEAL, seal
from wcheck.rows.table import Row


class Journal:
    """A file of finished tasks.

    Parameters
    ----------
    path : Path
        The path of the file.
    run : str
        Names the run; the same only for the same rows.
    columns : sequence of str
        The columns of the rows.
    """

    def __init__(self, path: Path, run: str, columns: Sequence[str]) -> None:
        self.path = path
        self._columns = columns
        self._head = json.dumps({"run": run, "columns": list(columns), "lines": "sealed"}) + "\n"

    def read(self, tasks: int) -> dict[int, list[Row]]:
        """Return the rows of each kept task, of ``tasks`` in all; a torn last line is dropped.

        Raises
        ------
        OSError
            If the file cannot be read.
        OutputError
            If it was changed since it was written.
        """
        if not self.path.exists():
            return {}
        if not self.path.is_file():
            raise self._damaged()
        whole = self.path.read_bytes()
        kept = whole[: whole.rfind(b"\n") + 1]
        head, *lines = kept.split(b"\n")[:-1] or [b""]
        if head + b"\n" != self._head.encode():
            return {}
        try:
            found = dict(self._task(line, tasks) for line in lines)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise self._damaged() from error
        with self.path.open("r+b") as file:
            file.truncate(len(kept))
        return found

    def start(self) -> None:
        """Begin again.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        with replacing(self.path) as file:
            file.write(self._head.encode())

    def append(self, task: int, rows: Sequence[Mapping[str, object]]) -> None:
        """Keep the rows of a task.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        values = [[row[column] for column in self._columns] for row in rows]
        with self.path.open("a", encoding="utf-8") as file:
            file.write(
                json.dumps({"task": task, SEAL: seal({"task": task, "rows": values}), "rows": values}) + "\n"
            )

    def remove(self) -> None:
        """Remove the file, if it is there."""
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)

    def _task(self, line: bytes, tasks: int) -> tuple[int, list[Row]]:
        record = json.loads(line)
        task, rows = record["task"], record["rows"]
        if record[SEAL] != seal(record) or type(task) is not int or not 0 <= task < tasks:
            raise ValueError(f"task {task}")
        for row in rows:
            if not all(value is None or isinstance(value, str | int | float) for value in row):
                raise ValueError(f"a row of task {task}")
        return task, [dict(zip(self._columns, row, strict=True)) for row in rows]

    def _damaged(self) -> OutputError:
        return OutputError(
            f"{self.path} was changed after wcheck wrote it: remove it, and the tasks that it holds are run again, or "
            "give another -o."
        )
