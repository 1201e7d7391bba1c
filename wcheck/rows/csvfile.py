"""A table in a file that says where it came from and can be resumed.

Beside ``FILE.csv`` lies ``FILE.csv.json``, the sidecar: what was run, on what, with which versions, and up to
which byte the file holds finished tasks. It is replaced in one step after each task, so that a run killed at
any moment resumes from its last finished task. Tasks that are finished before their turn wait in
``FILE.csv.journal``, and tasks that can continue from the middle keep what they need for it in ``FILE.csv.unfinished``;
both go with the last of them.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar

from wcheck.errors import OutputError
from wcheck.rows import sidecar
from wcheck.rows.journal import Journal
from wcheck.rows.replace import as_output_error
from wcheck.rows.scratch import Scratch
from wcheck.rows.table import Table, checked_rows, csv_line

TOLD = 4
"""How many differences a refusal names."""


class CsvFile(Table):
    """A table in a file, with its sidecar; the file appears, or is replaced, with the first row.

    Parameters
    ----------
    path : path
        The path of the CSV. The sidecar's name is the same with ``.json`` added.
    columns, fine
        As for :class:`Table`.
    overwrite : bool
        Whether a file that is there is replaced instead of resumed.
    neutral : collection of str
        Dotted names in the configuration that change no row, so that a resumed run may differ in them.
    notify : callable, optional
        Called with one sentence where a file is resumed or found finished.

    Raises
    ------
    OutputError
        If the file cannot be written, is being written by another run, or was not written by wcheck.
    """

    grows: ClassVar[bool] = False  # whether a finished file is resumed

    def __init__(
        self,
        path: str | os.PathLike[str],
        columns: Sequence[str],
        fine: Collection[str] = (),
        *,
        overwrite: bool = False,
        neutral: Collection[str] = (),
        notify: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(columns, fine)
        self.path = Path(path)
        self.record_path = self.path.with_name(self.path.name + ".json")
        self.complete = False
        self._overwrite = overwrite
        self._neutral = frozenset(neutral)
        self._notify = notify or (lambda sentence: None)
        self._record: dict[str, Any] = {}
        self._sha = hashlib.sha256()
        self._began = time.monotonic()
        self._started = False
        check_writable(self.path)
        self._file: FileIO | None = None
        if self.record_path.exists() and not overwrite:
            sidecar.read(self.record_path)  # a file that is not a record is not ours to replace
        if self.path.exists():
            if not overwrite and not self.record_path.exists():
                raise OutputError(
                    f"{self.path} exists without {self.record_path.name}, so wcheck did not write it; "
                    "give another -o, or --overwrite to replace it."
                )
            self._file = _locked(self.path, "r+")

    def begin(
        self, name: str, config: Callable[[], Mapping[str, object]], tasks: int, threads: int = 1
    ) -> None:
        """Start a run, or resume the one whose rows are in the file.

        Raises
        ------
        OutputError
            If the file holds the rows of another configuration, or was changed since.
        """
        super().begin(name, config, tasks, threads)
        self._record = {
            "schema": sidecar.SCHEMA,
            "experiment": name,
            "config": sidecar.jsonable(config()),
            "columns": list(self.columns),
            "tasks": tasks,
            "tasks_finished": 0,
            "rows": 0,
            "bytes": 0,
            "sha256": self._sha.hexdigest(),
            "status": "running",
            "threads": threads,
            **sidecar.provenance(),
        }
        run = sidecar.fingerprint(self._record["config"], self._neutral)
        self._journal = Journal(self.path.with_name(self.path.name + ".journal"), run, self.columns)
        self.scratch = Scratch.beside(self.path, run)
        if self._overwrite:
            self.scratch.remove()
        if self._file is not None and not self._overwrite:
            self._resume(self._file)

    def write(self, row: Mapping[str, object]) -> None:
        """Take one row and append it to the file."""
        super().write(row)
        fresh = self._ensure_started()
        self._put(self._lines(first=fresh))

    def finish_task(self) -> None:
        """Record that the task and its rows are complete: a resumed run starts after them."""
        super().finish_task()
        if self._ensure_started():
            self._put(csv_line(self.columns))
        with as_output_error(self.path):
            os.fsync(self._handle.fileno())
            self._record.update(
                tasks_finished=self.finished,
                rows=len(self.rows),
                bytes=self._handle.tell(),
                sha256=self._sha.hexdigest(),
            )
        self._save()

    def take(self, task: int, rows: Iterable[Mapping[str, object]]) -> None:
        """Take all rows of a finished task; those of one that is early are kept in the journal at once."""
        completed = [self._completed(row) for row in rows]
        if task != self.finished and not self.complete:
            fresh = self._ensure_started()
            if fresh:
                self._put(csv_line(self.columns))
            with as_output_error(self._journal.path):
                if not self.early:
                    self._journal.start()
                self._journal.append(task, completed)
        super().take(task, completed)

    def finish(self) -> None:
        """Record that the table is complete."""
        if not self.complete:
            if self._ensure_started():
                self._put(csv_line(self.columns))
            self._record["status"] = "finished"
            self._save()
            self.complete = True
            self._journal.remove()
            if self.scratch is not None:
                self.scratch.remove()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file; a run that is not finished is recorded as interrupted, its rows kept."""
        try:
            if self._started and not self.complete:
                self._record["status"] = "interrupted"
                self._save()
        finally:
            if self._file is not None:
                self._file.close()

    @property
    def _handle(self) -> FileIO:
        if self._file is None:
            raise RuntimeError("the table is not started")
        return self._file

    def _ensure_started(self) -> bool:
        """Create or empty the file unless that is done; return whether the header is still to be written."""
        if self._started:
            return False
        self._started = True
        if self._file is None:
            self._file = _locked(self.path, "x")
        # The sidecar goes first: a file without one would not be known as ours after a kill between the two.
        self._save()
        with as_output_error(self.path):
            self._file.seek(0)
            self._file.truncate()
        return True

    def _put(self, text: str) -> None:
        data = text.encode()
        self._sha.update(data)
        with as_output_error(self.path):
            while data:  # a disk that is nearly full takes a part, and refuses the rest
                data = data[self._handle.write(data) :]

    def _resume(self, file: FileIO) -> None:
        known = sidecar.read(self.record_path)
        self._check_same(known)
        with as_output_error(self.path):
            whole = self.path.read_bytes()
        kept = whole[: known["bytes"]]
        finished = known["status"] == "finished"
        if hashlib.sha256(kept).hexdigest() != known["sha256"] or (finished and kept and kept != whole):
            raise self._changed()
        self.threads = self._record["threads"] = known.get("threads", self.threads)
        if not kept:  # killed before the first task was finished: nothing to keep, but the file is ours
            self._take_early()
            return
        self._sha.update(kept)
        try:
            self.rows = checked_rows(kept.decode(), self.columns)
        except ValueError as error:
            raise self._changed() from error
        if len(self.rows) != known["rows"]:
            raise self._changed()
        self.finished = known["tasks_finished"]
        self.complete = finished and not self.grows
        self._started = True
        if self.complete:
            self._notify(f"{self.path} is finished: it is left as it is (--overwrite starts again).")
            return
        with as_output_error(self.path):
            file.seek(len(kept))
            file.truncate()
        earlier = sidecar.session(known)
        self._record.update(
            {key: known[key] for key in ("tasks_finished", "rows", "bytes", "sha256")},
            earlier=[*known.get("earlier", ()), earlier],
        )
        self._save()
        self._take_early()
        be = "is" if (finished := self.finished + len(self.early)) == 1 else "are"
        self._notify(f"{self.path}: {finished} of {known['tasks']} tasks {be} finished; resuming there.")

    def _take_early(self) -> None:
        with as_output_error(self._journal.path):
            kept = self._journal.read(self._record["tasks"])
        self.early = {task: rows for task, rows in kept.items() if task >= self.finished}
        self.write_due()

    def _check_same(self, known: Mapping[str, Any]) -> None:
        then, new = (
            {name: record[name] for name in ("experiment", "columns", "tasks")} | record["config"]
            for record in (known, self._record)
        )
        if different := sidecar.differences(then, new, self._neutral):
            if known.get("schema", 1) < sidecar.SCHEMA:
                raise OutputError(
                    f"{self.path} holds rows of another configuration, or of an earlier wcheck, which recorded "
                    "configurations in another way: give another -o, or --overwrite to start again."
                )
            told = "; ".join(different[:TOLD]) + (
                f"; and {more} more" if (more := len(different) - TOLD) > 0 else ""
            )
            raise OutputError(
                f"{self.path} holds rows of another configuration: {told}; "
                "give another -o, or --overwrite to start again."
            )

    def _changed(self) -> OutputError:
        return OutputError(
            f"{self.path} was changed after wcheck wrote it, so it cannot be resumed; "
            "give another -o, or --overwrite to start again."
        )

    def _save(self) -> None:
        self._record |= {"ended": sidecar.now(), "seconds": round(time.monotonic() - self._began, 3)}
        sidecar.save(self.record_path, self._record)


def check_writable(path: Path) -> None:
    """Find out whether a file can be written, before the work that would fill it; nothing is left behind.

    Raises
    ------
    OutputError
        If the path is a folder or a device, its folder is missing, or permission is.
    """
    if path.exists() and not path.is_file():
        raise OutputError(f"{path} is not a regular file: rows go to a file; give a file's name.")
    if not path.parent.is_dir():
        raise OutputError(f"cannot write {path}: the folder {path.parent} does not exist; make it first.")
    with as_output_error(path), tempfile.TemporaryFile(dir=path.parent):
        if path.exists():
            path.open("r+b").close()


def _locked(path: Path, mode: str) -> FileIO:
    """Open a file for one writer at a time; the lock goes with the process, however it ends."""
    with as_output_error(path):
        try:
            file = FileIO(path, mode)
        except FileExistsError as error:
            raise OutputError(
                f"{path} appeared while wcheck was working; give another -o, or --overwrite to replace it."
            ) from error
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:
        pass  # Windows has no such lock
    except BlockingIOError as error:
        file.close()
        raise OutputError(
            f"{path} is being written by another run; wait for it, or give another -o."
        ) from error
    return file
