"""The only way to replace a file: at any moment, either the old or the new file is there as a whole."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from wcheck.errors import OutputError


@contextmanager
def replacing(path: Path, repair: str = "give a place that can be written") -> Iterator[BinaryIO]:
    """Write a file beside a path, which takes its place when the block ends; after an error the old file stays.

    Parameters
    ----------
    path : Path
        The path of the file, which need not be there yet.
    repair : str
        See :func:`as_output_error`.

    Yields
    ------
    file
        Takes bytes.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with as_output_error(path, repair):
        try:
            with open(part, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)


def check_place(folder: Path) -> None:
    """Refuse a folder that is not there and cannot be made; nothing is made here.

    Raises
    ------
    OSError
        If what is nearest to it is not a folder that can be written.
    """
    place = folder.absolute()
    while not os.path.lexists(place):
        place = place.parent
    if not place.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(place))
    if not os.access(place, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(place))


@contextmanager
def as_output_error(path: Path, repair: str = "give a place that can be written") -> Iterator[None]:
    """Turn an OSError of the block into an OutputError that names the path and says what to do.

    Raises
    ------
    OutputError
        If the block raises an OSError.
    """
    try:
        yield
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}; {repair}.") from error
