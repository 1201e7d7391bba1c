"""Arrays from files: ``.npy`` and ``.npz``; nothing is unpickled."""

from __future__ import annotations

import math
import os
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import SourceError, did_you_mean
from wcheck.measures.rows import Rows, Selection, check_memory, rows_of, unreadable

HEADER_BYTES = 10_000
"""How long the header of an array may be, as in numpy."""

_HEADERS = {
    (1, 0): (2, np.lib.format.read_array_header_1_0),
    (2, 0): (4, np.lib.format.read_array_header_2_0),
    (3, 0): (4, np.lib.format.read_array_header_2_0),  # differs in the encoding of the names of fields alone
}
"""By the version of the format, in how many bytes a header's length is written, and what reads it."""


def open_npy(path: Path) -> Rows:
    """Open an array file, memory-mapped.

    Raises
    ------
    SourceError
        If the file is damaged, truncated, or holds Python objects or records.
    """
    return array_rows(mapped_npy(path), None, str(path), mapped=True)


def mapped_npy(path: Path) -> NDArray[Any]:
    """Return the array of a file, memory-mapped.

    Raises
    ------
    SourceError
        As :func:`open_npy`.
    """
    try:
        with path.open("rb") as file:
            return _mapped(path, file, os.path.getsize(path))
    except (OSError, ValueError, OverflowError) as error:
        raise unreadable(path, error, "give a .npy file of numbers as numpy.save writes it") from error


def mapped_npz(path: Path, key: str | None, default: str) -> NDArray[Any]:
    """Return the array ``key`` of an archive, memory-mapped where it is not compressed.

    Parameters
    ----------
    path : Path
        The archive.
    key : str or None
        Which array; without a key the one called ``default``, or the only one there is.
    default : str
        What the array is called.

    Raises
    ------
    SourceError
        As :func:`open_npz`.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = {name.removesuffix(".npy"): name for name in _members(archive)}
            only = next(iter(members)) if len(members) == 1 else default
            wanted = key or (default if default in members else only)
            if wanted not in members:
                raise _missing(path, list(members), wanted)
            info = archive.getinfo(members[wanted])
            if info.compress_type != zipfile.ZIP_STORED:
                return _member(archive, path, members[wanted])
            with archive.open(info) as member, path.open("rb") as file:
                member.read(1)  # the local header has been looked at, and is sound
                file.seek(info.header_offset + 26)
                names = int.from_bytes(file.read(2), "little") + int.from_bytes(file.read(2), "little")
                file.seek(names, os.SEEK_CUR)
                return _mapped(path, file, file.tell() + info.file_size)
    except SourceError:
        raise
    except Exception as error:  # zipfile and zlib raise many kinds for damaged files
        raise unreadable(path, error, "give a .npz file of numbers as numpy.savez writes it") from error


def open_npz(path: Path, key: str | None) -> Rows:
    """Open the array ``key`` of an archive, or without a key what :func:`choose` takes.

    The array's header is read first, so that an archive that unpacks to more than the free memory is refused.

    Raises
    ------
    SourceError
        If the archive is damaged, lacks the key, holds Python objects or records, or would not fit into
        memory.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = {name.removesuffix(".npy"): name for name in _members(archive)}
            points, weights = choose(path, list(members), key)
            array = _member(archive, path, members[points])
            masses = None if weights is None else _member(archive, path, members[weights])
    except SourceError:
        raise
    except Exception as error:  # zipfile and zlib raise many kinds for damaged files
        raise unreadable(path, error, "give a .npz file of numbers as numpy.savez writes it") from error
    return array_rows(array, masses, str(path))


def choose(path: Path, names: Sequence[str], key: str | None) -> tuple[str, str | None]:
    """Return which array of a file holds the points, and which the weights, if any.

    The points are the array ``key``, without weights. Without a key they are ``points``, or ``centroids`` (so
    `wcheck kmedians --save` calls them), or the only array there is; ``weights``, if there are any, are theirs.

    Raises
    ------
    SourceError
        If the key is not there, or without one several arrays could be meant.
    """
    others = [name for name in names if name != "weights"]
    known = [name for name in ("points", "centroids") if name in names]
    wanted = key or (known or (others if len(others) == 1 else ["points"]))[0]
    if wanted not in names:
        raise _missing(path, names, wanted)
    return wanted, "weights" if key is None and "weights" in names else None


def array_rows(array: NDArray[Any], weights: NDArray[Any] | None, name: str, *, mapped: bool = False) -> Rows:
    """Open an array, one point along its first axis; one that is memory-mapped is read when it is wanted.

    Raises
    ------
    SourceError
        If the array has no axis.
    """
    if array.ndim == 0:
        raise SourceError(f"{name} is a single number: give an array with one row per point.")
    if not mapped:
        return rows_of(_native(array), weights)

    def read(wanted: Selection) -> NDArray[Any]:
        return _native(array[wanted])

    return Rows(len(array), read, weights)


def _missing(path: Path, names: Sequence[str], wanted: str) -> SourceError:
    listed = ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
    return SourceError(
        f"{path} holds {listed or 'no array'}, but not {wanted!r}"
        + did_you_mean(wanted, names, f"name one array, {path}:KEY.")
    )


def _mapped(path: Path, file: IO[bytes], end: int) -> NDArray[Any]:
    """Map the array whose header the file stands at, and which may reach up to ``end``."""
    shape, column_major, dtype = _array_header(file)
    start = file.tell()
    if math.prod(shape) * dtype.itemsize > end - start:
        raise ValueError(f"its header claims shape {shape}, which is more than it holds")
    if math.prod(shape) == 0:
        return np.empty(shape, dtype)
    return np.memmap(path, dtype, "r", start, shape, "F" if column_major else "C")


def _native(array: NDArray[Any]) -> NDArray[Any]:
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def _members(archive: zipfile.ZipFile) -> list[str]:
    infos = archive.infolist()
    twice = [name for name, times in Counter(info.filename for info in infos).items() if times > 1]
    if twice:
        raise ValueError(f"it holds {twice[0]} twice")
    other = [info for info in infos if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)]
    if other:  # bz2 and lzma take memory by their own headers
        raise ValueError(f"{other[0].filename} is compressed in a way that numpy does not use")
    return [info.filename for info in infos]


def _member(archive: zipfile.ZipFile, path: Path, name: str) -> NDArray[Any]:
    info = archive.getinfo(name)
    with archive.open(info) as file:
        shape, _, dtype = _array_header(file)
        size = math.prod(shape) * dtype.itemsize
        if info.file_size - file.tell() != size:
            raise ValueError(f"{name} is damaged: its header and its size disagree")
    check_memory(size, f"{name.removesuffix('.npy')} of {path}", "save it as .npy, which is read in blocks")
    with archive.open(info) as file:
        return np.asarray(np.lib.format.read_array(file, allow_pickle=False))


def _array_header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Read the shape, whether columns come first, and the type of the numbers; the file then stands at them.

    Raises
    ------
    ValueError
        If the header is damaged, longer than numpy's may be, or of an array that is not of plain numbers.
    """
    version = np.lib.format.read_magic(file)
    if version not in _HEADERS:
        raise ValueError(f"an array of format {version} is not known")
    width, reader = _HEADERS[version]
    length = int.from_bytes(file.read(width), "little")
    if length > HEADER_BYTES:
        raise ValueError(f"its header of {length} bytes is longer than {HEADER_BYTES}")
    file.seek(-width, os.SEEK_CUR)
    try:
        shape, column_major, dtype = reader(file)
    except Exception as error:  # the header is Python source: a hostile one exhausts the parser in many ways
        raise ValueError(f"its header is damaged ({type(error).__name__})") from error
    if dtype.hasobject:
        raise ValueError("it holds Python objects, which are never unpickled")
    if dtype.names is not None or dtype.subdtype is not None:
        raise ValueError(
            f"it holds records of type {dtype} instead of numbers; numpy.lib.recfunctions.structured_to_unstructured "
            "turns them into numbers"
        )
    if any(length < 0 for length in shape):
        raise ValueError(f"its header claims shape {shape}")
    return shape, column_major, dtype
