"""HDF5 files through h5py: nothing outside the file is followed, and what data unpack to is checked in advance."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import SourceError
from wcheck.measures.rows import Selection, check_memory, unreadable

if TYPE_CHECKING:
    import h5py

BLOCK = 1 << 26
"""Bytes that are read at a time."""

ATTRIBUTE = 1 << 12
"""Bytes that an attribute may have."""

SHUFFLE, DEFLATE, FLETCHER32, LZF = 2, 1, 3, 32000
_FILTERS = {SHUFFLE: 0, DEFLATE: 1, LZF: 1, FLETCHER32: 2}
"""The filters that h5py brings along, and in which order they may follow each other; all others are plug-ins."""


@contextmanager
def opened(path: Path) -> Iterator[h5py.File]:
    """Open a file for reading.

    Raises
    ------
    SourceError
        If h5py is missing, or the file is damaged; also for whatever h5py raises while it is open.
    """
    try:
        import h5py
    except ImportError as error:
        raise SourceError(
            f"{path} needs h5py, which is not installed: run pip install 'wcheck[h5ad]'."
        ) from error
    try:
        with h5py.File(path, "r") as file:
            yield file
    except SourceError:
        raise
    except Exception as error:  # h5py raises many kinds for damaged files
        raise unreadable(path, error, "give a file as h5py or anndata writes it") from error


def member(group: h5py.Group, place: str) -> h5py.Group | h5py.Dataset:
    """Return what lies at a place such as ``obsm/X_pca``; links are not followed, out of the file or inside.

    Raises
    ------
    SourceError
        If there is nothing, or a link, on the way.
    """
    import h5py

    found = group
    for name in filter(None, place.split("/")):
        file = Path(found.file.filename)
        if not isinstance(found, h5py.Group) or not has(found, name):
            held = ", ".join(list(found)[:20]) if isinstance(found, h5py.Group) else ""
            raise SourceError(
                f"{file} holds no {place}: {found.name} has {held or 'nothing'}; name what is there."
            )
        # group.get(name, getlink=True) would look first whether the other end is there.
        if found.id.links.get_info(name.encode()).type != h5py.h5l.TYPE_HARD:
            raise SourceError(
                f"{file} has a link at {place}, which is not followed: copy the data into the file."
            )
        found = found[name]
    return found


def has(group: h5py.Group, name: str) -> bool:
    """Return whether a group has a member of this name, which may be a link to nowhere."""
    return bool(group.id.links.exists(name.encode()))


def attribute(owner: h5py.Group | h5py.Dataset, name: str) -> Any:
    """Return a short attribute, or None if there is none.

    Raises
    ------
    ValueError
        If it is long.
    """
    import h5py

    if not h5py.h5a.exists(owner.id, name.encode()):
        return None
    if h5py.h5a.open(owner.id, name.encode()).get_storage_size() > ATTRIBUTE:
        raise ValueError(f"the attribute {name} of {owner.name} is longer than {ATTRIBUTE} bytes")
    return owner.attrs[name]


def dataset(found: h5py.Group | h5py.Dataset) -> h5py.Dataset:
    """Return the same if it is a data set that lies in the file and needs no plug-in to be read.

    Raises
    ------
    SourceError
        If it is not.
    """
    import h5py

    if not isinstance(found, h5py.Dataset):
        raise SourceError(f"{found.file.filename} has no array at {found.name}: name one.")
    plan = found.id.get_create_plist()
    problem = ""
    if plan.get_layout() == h5py.h5d.VIRTUAL:
        problem = "is put together from other files"
    elif plan.get_external_count():
        problem = "is kept in another file"
    elif not _are_known([plan.get_filter(index)[0] for index in range(plan.get_nfilters())]):
        names = [plan.get_filter(index)[3].decode("ascii", "replace") for index in range(plan.get_nfilters())]
        problem = f"is stored by filters that are not read here ({', '.join(names)})"
    if problem:
        raise SourceError(
            f"{found.name} of {found.file.filename} {problem}: write it into one file, with gzip, lzf or no "
            "compression."
        )
    if found.shape is None:
        raise SourceError(f"{found.name} of {found.file.filename} is empty: name another array.")
    return found


def read(array: h5py.Dataset, rows: Selection) -> NDArray[Any]:
    """Read rows of what :func:`dataset` returned, of numbers.

    Raises
    ------
    SourceError
        If they are not numbers, or more than the memory holds.
    ValueError
        If a part of them unpacks to another size than its own.
    """
    name = f"{array.name} of {array.file.filename}"
    if array.dtype.kind not in "fiub":
        raise SourceError(f"{name} holds {array.dtype} instead of numbers: name another array.")
    n, row = len(array), math.prod(array.shape[1:]) * array.dtype.itemsize
    first, last = (rows.start, rows.stop) if isinstance(rows, slice) else (int(rows[0]), int(rows[-1]) + 1)
    count = last - first if isinstance(rows, slice) else len(rows)
    tall = array.chunks[0] if array.chunks else 1
    step = max(1, min(n, max(1, BLOCK // max(1, row * tall)) * tall))
    check_memory(
        count * row + step * row + 2 * _chunk_bytes(array),
        f"{count} rows of {name}",
        "take a slice or --subset",
    )
    check_chunks(array, first, last)
    out = np.empty((count, *array.shape[1:]), array.dtype.newbyteorder("="))
    for start in range(first, last, step):
        stop = min(start + step, last)
        if isinstance(rows, slice):
            out[start - first : stop - first] = array[start:stop]
        else:
            low, high = np.searchsorted(rows, (start, stop))
            if low < high:
                out[low:high] = array[start:stop][rows[low:high] - start]
    return out


def check_chunks(array: h5py.Dataset, first: int, last: int) -> None:
    """Check that every compressed part of these rows unpacks to its own size, before HDF5 unpacks it.

    HDF5 allocates whatever a compressed part unpacks to.

    Raises
    ------
    ValueError
        If a part unpacks to another size than its own.
    """
    plan = array.id.get_create_plist()
    filters = [plan.get_filter(index) for index in range(plan.get_nfilters())]
    expected = _chunk_bytes(array)
    if not filters or not expected:
        return
    for code, _, parameters, _ in filters:
        if code == LZF and max(parameters, default=0) > max(
            expected, 1 << 16
        ):  # how much it allocates at first
            raise ValueError(f"the filter of {array.name} claims {max(parameters)} bytes")
    wanted = []

    def note(part: Any) -> None:
        if part.chunk_offset[0] < last and part.chunk_offset[0] + array.chunks[0] > first:
            wanted.append((part.chunk_offset, part.size))

    array.id.chunk_iter(note)
    held = Path(array.file.filename).stat().st_size
    for offset, size in wanted:
        if size > held:
            raise ValueError(f"a part of {array.name} claims {size} bytes, which is more than the file has")
        skipped, data = array.id.read_direct_chunk(offset)
        codes = [part[0] for index, part in enumerate(filters) if not skipped >> index & 1]
        packed = memoryview(data)[: len(data) - 4 * (FLETCHER32 in codes)]
        if _unpacked(packed, codes, expected) != expected:
            raise ValueError(f"a part of {array.name} does not unpack to the {expected} bytes that it has")


def _are_known(codes: list[int]) -> bool:
    """Return whether these are filters of h5py, each at most once and in the order in which h5py applies them."""
    places = [_FILTERS.get(code, -1) for code in codes]
    return -1 not in places and places == sorted(set(places))


def _chunk_bytes(array: h5py.Dataset) -> int:
    """Return how many bytes each of the parts of a data set has, unpacked; 0 where it is in one piece."""
    import h5py

    if not array.chunks:
        return 0
    kind = array.id.get_type()
    size: int = kind.get_size()
    if isinstance(kind, h5py.h5t.TypeStringID) and kind.is_variable_str():
        addresses, _ = array.file.id.get_create_plist().get_sizes()
        size = 4 + addresses + 4  # a length, a place in the file, an index
    return int(math.prod(array.chunks) * size)


def _unpacked(data: memoryview, codes: list[int], limit: int) -> int:
    """Return how many bytes a part unpacks to by its filters, or some number above the limit if it is more."""
    if DEFLATE in codes:
        return _inflated(data, limit)
    if LZF in codes:
        from wcheck.measures.lzf import unpacked_size

        return int(unpacked_size(np.frombuffer(data, np.uint8)))
    return len(data)


def _inflated(data: memoryview, limit: int) -> int:
    """Return how many bytes data unpack to, or some number above the limit; no more than 1 MiB is held."""
    unpacker, size = zlib.decompressobj(), 0
    while not unpacker.eof and size <= limit:
        part = unpacker.decompress(data, 1 << 20)
        data = memoryview(unpacker.unconsumed_tail)
        size += len(part)
        if not part and not data:
            return -1
    return size
