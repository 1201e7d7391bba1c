"""Arrays from files: ``.npy`` and ``.npz``; nothing is unpickled."""

from __future__ import annotations

import math
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import SourceError
from wcheck.measures.rows import Rows, Selection, check_memory, rows_of, unreadable


def open_npy(path: Path) -> Rows:
    """Open an array file, memory-mapped.

    A uint8 array with four axes of which the second or the last has length 1 or 3 is images (channels first
    is tried first; channels last are brought to the front); every other array is vectors, whose axes after
    the first are flattened in C order.

    Raises
    ------
    SourceError
        If the file is damaged, truncated, or holds Python objects.
    """
    try:
        array = np.lib.format.open_memmap(path, mode="r")
    except (OSError, ValueError, EOFError) as error:
        raise unreadable(path, error, "give a .npy file of numbers as numpy.save writes it") from error
    return _array_rows(array, None, str(path))


def open_npz(path: Path, key: str | None) -> Rows:
    """Open the array ``key`` of an archive, or without a key its ``points`` with optional ``weights``.

    Where there are no ``points``, ``centroids`` are as good: `wcheck kmedians --save` calls them so.

    The array's header is read first, so that an archive that unpacks to more than the free memory is refused.

    Raises
    ------
    SourceError
        If the archive is damaged, lacks the key, holds Python objects, or would not fit into memory.
    """
    repair = "give a .npz file of numbers as numpy.savez writes it"
    try:
        with zipfile.ZipFile(path) as archive:
            keys = [name.removesuffix(".npy") for name in archive.namelist()]
            wanted = key or ("centroids" if "centroids" in keys and "points" not in keys else "points")
            if wanted not in keys:
                raise SourceError(
                    f"{path} holds {', '.join(keys) or 'nothing'}, but not {wanted!r}: name one, {path}:KEY."
                )
            points = _member(archive, path, wanted)
            weights = _member(archive, path, "weights") if key is None and "weights" in keys else None
    except (OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise unreadable(path, error, repair) from error
    return _array_rows(points, weights, str(path))


def _array_rows(array: NDArray[Any], weights: NDArray[Any] | None, name: str) -> Rows:
    if array.ndim == 0:
        raise SourceError(f"{name} is a single number: give an array with one row a point.")
    white = None
    if array.dtype == np.uint8 and array.ndim == 4:
        if array.shape[1] in (1, 3):
            white = 255.0
        elif array.shape[3] in (1, 3):
            array, white = np.moveaxis(array, 3, 1), 255.0
    if not isinstance(array, np.memmap):
        return rows_of(_native(array), weights, white)

    def read(wanted: Selection) -> NDArray[Any]:
        return _native(array[wanted])

    return Rows(len(array), read, weights, white)


def _native(array: NDArray[Any]) -> NDArray[Any]:
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def _member(archive: zipfile.ZipFile, path: Path, key: str) -> NDArray[Any]:
    names = archive.namelist()
    info = archive.getinfo(f"{key}.npy" if f"{key}.npy" in names else key)
    with archive.open(info) as file:
        shape, dtype = _array_header(file)
        size = math.prod(shape) * dtype.itemsize
        if info.file_size - file.tell() != size:
            raise ValueError(f"{key} is damaged: its header and its size disagree")
    check_memory(size, f"{key} of {path}", "save it as .npy, which is read by block")
    with archive.open(info) as file:
        return np.asarray(np.lib.format.read_array(file, allow_pickle=False))


def _array_header(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in readers:
        raise ValueError(f"an array of format {version} does not hold plain numbers")
    shape, _, dtype = readers[version](file)
    if dtype.hasobject:
        raise ValueError("it holds Python objects, which are never unpickled")
    return shape, dtype
