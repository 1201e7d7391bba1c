"""Tensors from files: what ``torch.save`` writes, and ``.safetensors``; memory-mapped, and nothing is unpickled."""

from __future__ import annotations

import math
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import SourceError
from wcheck.measures.arrays import array_rows, choose
from wcheck.measures.outline import StoredTensor, Unread, outline
from wcheck.measures.rows import Rows, Selection, check_memory, unreadable


def open_pt(path: Path, key: str | None) -> Rows:
    """Open a tensor that ``torch.save`` wrote, alone or in a dict, list or tuple.

    In a dict it is the tensor ``key``, or without a key the one that :func:`wcheck.measures.arrays.choose` takes; in a
    list or tuple the key is the index. Where the tensor was (on a GPU, say) does not matter. bfloat16 and float16
    become float32, exactly.

    Raises
    ------
    SourceError
        If the file is damaged, a TorchScript archive or older than torch 1.6, lacks the key, or the tensor is not
        dense and real or claims more numbers than the file holds.
    """
    with _as_source_error(path):
        found, read = _stored(path)
        return _chosen(path, _tensors(found), read, key)


def read_pt(path: Path) -> dict[str, NDArray[Any]]:
    """Return all tensors of a dict that ``torch.save`` wrote, memory-mapped, by their names.

    Raises
    ------
    SourceError
        As :func:`open_pt`.
    """
    with _as_source_error(path):
        stored, read = _stored(path)
        found = {name: read(tensor, name) for name, tensor in _tensors(stored).items()}
    if narrow := [name for name, (_, is_bfloat16) in found.items() if is_bfloat16]:
        raise _unsupported(f"{narrow[0]!r} of {path}", "of type bfloat16")
    return {name: array for name, (array, _) in found.items()}


def read_state(text: str) -> dict[str, NDArray[Any]]:
    """Return the tensors of a state dict by their names; bfloat16 becomes float32, exactly.

    Parameters
    ----------
    text : str
        ``FILE`` or ``FILE:KEY``, as ``torch.save`` or safetensors write it; the key names one of the dicts that a
        checkpoint holds.

    Raises
    ------
    SourceError
        If there is no such file, it is damaged or holds no such dict, or an object that code would have to make.
    """
    path, key = Path(text), None
    if not path.exists() and ":" in text:
        path, key = Path(text.rpartition(":")[0]), text.rpartition(":")[2]
    if not path.is_file():
        raise SourceError(f"{path} is not a file: give the state dict of a network, as torch.save writes it.")
    if path.suffix == ".safetensors":
        return _safe_state(path)
    with _as_source_error(path):
        stored, read = _stored(path)
        tensors = _tensors(_state_of(path, stored, key))
        found = {name: read(tensor, name) for name, tensor in tensors.items()}
    return {name: _widened(array) if is_bfloat16 else array for name, (array, is_bfloat16) in found.items()}


def _state_of(path: Path, stored: object, key: str | None) -> object:
    """Return the state dict in what a file holds, or say which ones there are."""
    if isinstance(stored, Unread):
        raise SourceError(
            f"{path} holds a pickled {stored.by}, which only code could rebuild, and code in a file is never run: "
            "save the network's state_dict()."
        )
    parts = stored if isinstance(stored, dict) else {}
    named = [name for name, part in parts.items() if isinstance(part, dict) and _has_tensors(part)]
    if key is not None and key not in named:
        raise SourceError(
            f"{path} holds no state dict {key!r}: it has {', '.join(map(str, named)) or 'none'}."
        )
    if key is None and not _has_tensors(parts):
        hint = f"name one, {path}:{named[0]}" if named else "save the network's state_dict()"
        raise SourceError(
            f"{path} holds no tensors by name ({', '.join(map(str, parts)) or 'nothing'}): {hint}."
        )
    return parts if key is None else parts[key]


def _has_tensors(part: Mapping[Any, object]) -> bool:
    return any(isinstance(value, StoredTensor) for value in part.values())


Read = Callable[[Any, str], tuple[NDArray[Any], bool]]
"""Maps a tensor as a file describes it, and its name, to its numbers and whether they are the bits of bfloat16."""


def _stored(path: Path) -> tuple[object, Read]:
    """Return what a file of ``torch.save`` holds, and what reads one of its tensors."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if any(name.endswith("/constants.pkl") for name in names):
            raise SourceError(
                f"{path} is a TorchScript archive, which is a program rather than data: save the tensor itself with "
                "torch.save."
            )
        folders = [name.removesuffix("data.pkl") for name in names if name.endswith("/data.pkl")]
        if len(folders) != 1:
            raise ValueError(f"it has {len(folders)} records data.pkl, and torch.save writes one")
        folder = folders[0]
        _place(archive, path, f"{folder}data.pkl")
        found = outline(archive.read(f"{folder}data.pkl"))
        order = ">" if _byte_order(archive, path, folder) == b"big" else "<"

    def read(tensor: StoredTensor | Unread, name: str) -> tuple[NDArray[Any], bool]:
        if not isinstance(tensor, StoredTensor):
            raise _unread(path, name, tensor.by)
        with zipfile.ZipFile(path) as archive:
            start, size = _place(archive, path, f"{folder}data/{tensor.key}")
        return _mapped(path, start, size, tensor, order), tensor.dtype == "bfloat16"

    return found, read


@contextmanager
def _as_source_error(path: Path) -> Iterator[None]:
    try:
        yield
    except SourceError:
        raise
    except Exception as error:  # damaged archives and pickles end in many ways
        raise unreadable(path, error, "give a tensor as torch.save writes it since torch 1.6") from error


def open_safetensors(path: Path, key: str | None) -> Rows:
    """Open the tensor ``key`` of a file, or without a key what :func:`wcheck.measures.arrays.choose` takes.

    The library checks the header: that it is no longer than the file, and that shapes, types and the places of the
    numbers agree with each other and with the length of the file.

    Raises
    ------
    SourceError
        If the file is damaged, lacks the key, or the tensor is of no type of real numbers that is common.
    """
    with _safe(path) as (kinds, read):
        return _chosen(path, kinds, read, key)


def _safe_state(path: Path) -> dict[str, NDArray[Any]]:
    with _safe(path) as (kinds, read):
        found = {name: read(kind, name) for name, kind in kinds.items()}
    return {name: _widened(array) if is_bfloat16 else array for name, (array, is_bfloat16) in found.items()}


@contextmanager
def _safe(path: Path) -> Iterator[tuple[dict[str, str], Read]]:
    """Open a file of safetensors: the types of its tensors by their names, and what reads one."""
    from safetensors import SafetensorError, safe_open

    def read(kind: str, name: str) -> tuple[NDArray[Any], bool]:
        if kind not in _SAFE:
            raise _unsupported(f"{name!r} of {path}", f"of type {kind}")
        import torch

        tensor = file.get_tensor(name)
        if kind == "BF16":
            return tensor.view(torch.uint16).numpy(), True
        return tensor.numpy(), False

    try:
        with safe_open(path, framework="pt") as file:
            yield {name: file.get_slice(name).get_dtype() for name in file.keys()}, read  # noqa: SIM118
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise unreadable(path, error, "give a file as safetensors.torch.save_file writes it") from error


_SAFE = ("F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8", "BOOL")


def _chosen(
    path: Path,
    tensors: Mapping[str, Any],
    read: Read,
    key: str | None,
) -> Rows:
    points, weights = choose(path, list(tensors), key)
    masses = None
    if weights is not None:
        given = _tensor_rows(*read(tensors[weights], weights), None, weights)
        masses = given.read(slice(0, given.n))
    return _tensor_rows(*read(tensors[points], points), masses, str(path))


def _tensor_rows(array: NDArray[Any], is_bfloat16: bool, weights: NDArray[Any] | None, name: str) -> Rows:
    rows = array_rows(array, weights, name, mapped=True)
    if not is_bfloat16:
        return rows

    def read(wanted: Selection) -> NDArray[Any]:
        part = rows.read(wanted)
        check_memory(8 * part.size, f"{name} as float32", "take a slice or --subset")
        return _widened(part)

    return replace(rows, read=read)


def _widened(bits: NDArray[Any]) -> NDArray[np.float32]:
    """Return the numbers whose bits are given as bfloat16, which is the upper half of a float32."""
    return (bits.astype(np.uint32) << np.uint32(16)).view(np.float32)


def _tensors(found: object) -> dict[str, StoredTensor | Unread]:
    """Return the dense tensors at the top of what a file holds, by name; if there is none, what is not read."""
    items = (
        found.items()
        if isinstance(found, dict)
        else enumerate(found if isinstance(found, (list, tuple)) else [found])
    )
    all_named = {str(name): value for name, value in items if isinstance(value, (StoredTensor, Unread))}
    dense = {name: value for name, value in all_named.items() if isinstance(value, StoredTensor)}
    return {**dense} or all_named


def _unread(path: Path, name: str, by: str) -> SourceError:
    """Return what to say of an object that is not a dense tensor: another kind of tensor, or what only code makes."""
    if by.startswith("torch._"):
        return _unsupported(f"{name!r} of {path}", f"made by {by}")
    return SourceError(
        f"{path} holds a pickled {by}, which only code could make, and no code of a file is run: save points as a "
        "tensor, or a dictionary of tensors."
    )


def _unsupported(name: str, what: str) -> SourceError:
    return SourceError(
        f"{name} is {what}: points are a dense tensor of real numbers; save it as one (by to_dense(), dequantize(), "
        "resolve_neg() or float())."
    )


def _place(archive: zipfile.ZipFile, path: Path, name: str) -> tuple[int, int]:
    """Return where in the file a record starts and how many bytes it has, once both are known to be true."""
    info = archive.getinfo(name)
    if info.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{name} is compressed, which torch.save never does")
    with (
        archive.open(info),
        path.open("rb") as file,
    ):  # opening checks that the record is what the directory says
        file.seek(info.header_offset + 26)
        lengths = np.frombuffer(file.read(4), "<u2")
    start = info.header_offset + 30 + int(lengths.sum())
    if not 0 <= info.file_size <= os.path.getsize(path) - start or info.file_size != info.compress_size:
        raise ValueError(f"{name} claims {info.file_size} bytes, which is more than the file has")
    return start, info.file_size


def _byte_order(archive: zipfile.ZipFile, path: Path, folder: str) -> bytes:
    name = f"{folder}byteorder"
    if name not in archive.namelist():
        return b"little"
    _place(archive, path, name)
    return archive.read(name)


def _mapped(path: Path, start: int, size: int, tensor: StoredTensor, order: str) -> NDArray[Any]:
    """Map the numbers of a tensor, which lie in ``size`` bytes of the file from ``start`` on."""
    dtype = np.dtype(order + ("u2" if tensor.dtype == "bfloat16" else tensor.dtype))
    held, count = size // dtype.itemsize, math.prod(tensor.shape)
    if len(tensor.strides) != len(tensor.shape):
        raise ValueError(f"its shape {tensor.shape} and strides {tensor.strides} disagree")
    last = tensor.offset + sum((n - 1) * step for n, step in zip(tensor.shape, tensor.strides, strict=True))
    if count > held or (count and last >= held):
        raise ValueError(
            f"its shape {tensor.shape} claims more than the {held} numbers that are there; an expanded tensor is saved "
            "by contiguous()"
        )
    if not count:
        return np.empty(tensor.shape, dtype)
    numbers = np.memmap(path, dtype, "r", start, (held,))
    strides = [step * dtype.itemsize for step in tensor.strides]
    return np.lib.stride_tricks.as_strided(numbers[tensor.offset :], tensor.shape, strides, writeable=False)
