"""The three standard streams, including closed ones, full ones, and pipes without a reader."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

from wcheck.errors import OutputError

REPAIR = "send the rows elsewhere, or to a file with -o FILE.csv"


class _Rows(io.TextIOWrapper):
    """Standard output: what cannot be written is the user's to mend; a reader that has gone is not an error."""

    def write(self, text: str) -> int:
        if text == "":  # from a library that finds out what kind of stream this is
            return 0
        with self._writing():
            return super().write(text)

    def flush(self) -> None:
        with self._writing():
            super().flush()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            _silence(self.fileno())  # Python would complain once more when it flushes the rest at exit
            if isinstance(error, BrokenPipeError):
                raise
            raise OutputError(
                f"cannot write to standard output: {error.strerror or error}; {REPAIR}."
            ) from error


class _Words(io.TextIOWrapper):
    """Standard error: rows do not depend on whether anyone can be told of them."""

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            return super().write(text)
        _silence(self.fileno())
        return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError:
            _silence(self.fileno())


class _Closed(io.StringIO):
    """Standard output that the shell closed: a command whose rows go to a file does without it."""

    def write(self, text: str) -> int:
        raise OutputError(f"standard output is closed: {REPAIR}.")


def guard() -> None:
    """Replace the standard streams by ones that say what is wrong with them in one line, or keep it to themselves.

    A closed one is given the null device's place, so that the next file that is opened does not become standard output.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            _silence(descriptor)
    sys.stdout = _wrapped(_Rows, sys.stdout) if sys.stdout is not None else _Closed()
    sys.stderr = _wrapped(_Words, sys.stderr) if sys.stderr is not None else open(os.devnull, "w")  # noqa: SIM115


def _wrapped(kind: type[io.TextIOWrapper], stream: TextIO) -> TextIO:
    """Return a stream of a kind on the same buffer; one that is no longer the interpreter's own stays as it is."""
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    settings: dict[str, Any] = {
        "encoding": stream.encoding,
        "errors": stream.errors,
        "line_buffering": stream.line_buffering,
        "write_through": stream.write_through,
    }
    return cast("TextIO", kind(stream.detach(), **settings))


def _silence(descriptor: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    if null != descriptor:
        os.dup2(null, descriptor)
        os.close(null)
