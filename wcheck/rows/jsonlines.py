"""Rows as JSON, one object per line: numbers stay numbers, what is blank is null, what is not finite is a text."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence
from typing import TextIO

from wcheck.rows.table import Table


class JsonStream(Table):
    """A table written to a text stream as JSON, each row flushed; its keys are the columns, in their order."""

    def __init__(self, stream: TextIO, columns: Sequence[str], fine: Collection[str] = ()) -> None:
        super().__init__(columns, fine)
        self._stream = stream

    def write(self, row: Mapping[str, object]) -> None:
        """Take one row and write it."""
        super().write(row)
        self._stream.write(json_line(self.rows[-1]))
        self._stream.flush()


def json_line(row: Mapping[str, object]) -> str:
    """Return a row as one line of JSON: ``inf`` and ``nan``, which JSON does not have, are texts."""
    values = {column: _finite(value) for column, value in row.items()}
    return json.dumps(values, ensure_ascii=False, allow_nan=False) + "\n"


def _finite(value: object) -> object:
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
