"""A table in a file that grows with a run of another program, and is cut where that run goes back."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from itertools import accumulate
from typing import ClassVar

from wcheck.errors import OutputError
from wcheck.rows.csvfile import CsvFile
from wcheck.rows.replace import as_output_error
from wcheck.rows.table import Row, parse_rows


class GrowingFile(CsvFile):
    """A table whose end is not known before: each row is a task, and a finished file may be resumed.

    Attributes
    ----------
    count : int
        How many rows there are; they are in the file alone.
    """

    grows: ClassVar[bool] = True

    def open(self, name: str, config: Callable[[], Mapping[str, object]]) -> list[Row]:
        """Start, or continue after the rows that are in the file, which are returned.

        Raises
        ------
        OutputError
            As :meth:`CsvFile.begin`.
        """
        try:
            self.begin(name, config, 0)
        except Exception:
            if self._file is not None:
                self._file.close()
            raise
        rows, self.rows = self.rows, []
        self.count = len(rows)
        return rows

    def append(self, rows: Iterable[Mapping[str, object]]) -> None:
        """Add rows, all of them or, where they cannot be written, none.

        Raises
        ------
        OutputError
            If they cannot be written.
        """
        before, sha, started = self.count, self._sha.copy(), self._started
        try:
            for row in rows:
                self.write(row)
                self.rows.clear()
                self.count += 1
            with as_output_error(self.path):
                os.fsync(self._handle.fileno())
                self._mark(self._handle.tell())
        except OutputError:
            self.rows.clear()
            self.count, self._sha, self._started = before, sha, started and before > 0
            if self._file is not None:
                with suppress(OSError):  # what is left there is beyond the bytes of the record
                    self._file.seek(self._record["bytes"])
                    self._file.truncate()
            raise

    def cut(self, count: int) -> None:
        """Keep the first rows alone, as if the others had never been written.

        Parameters
        ----------
        count : int
            How many.

        Raises
        ------
        OutputError
            If the file cannot be read or written.
        """
        if count >= self.count:
            return
        with as_output_error(self.path):
            whole = self.path.read_bytes()[: self._record["bytes"]]
        kept = whole[: _ends(whole)[count] if count else 0]
        self.count, self._sha, self._started = count, hashlib.sha256(kept), count > 0
        self._mark(len(kept))  # first: what lies beyond its bytes is not a row
        with as_output_error(self.path):
            self._handle.seek(len(kept))
            self._handle.truncate()

    def read(self) -> list[Row]:
        """Return all rows, as plain Python values."""
        with as_output_error(self.path):
            whole = self.path.read_bytes() if self.count else b""
        return list(parse_rows(whole[: self._record["bytes"]].decode()))

    def finish(self) -> None:
        """Record that the table is complete, for now."""
        if self.count:
            super().finish()

    def _mark(self, size: int) -> None:
        """Record that so many bytes hold all rows."""
        counted = dict.fromkeys(("tasks", "tasks_finished", "rows"), self.count)
        self._record.update(counted, bytes=size, sha256=self._sha.hexdigest())
        self._save()

    def _check_same(self, known: Mapping[str, object]) -> None:
        self._record["tasks"] = known["tasks"]
        super()._check_same(known)


def _ends(text: bytes) -> list[int]:
    """Return where each line of CSV ends, the header's first; those within quotes continue."""
    lines = [line + b"\n" for line in text.split(b"\n")[:-1]]
    quotes = accumulate(line.count(b'"') for line in lines)
    ends = accumulate(map(len, lines))
    return [end for end, marks in zip(ends, quotes, strict=True) if marks % 2 == 0]
