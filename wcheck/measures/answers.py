"""Plans, permutations and potentials of other solvers from files, ``.npy`` or ``.npz``."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import SourceError
from wcheck.measures.arrays import mapped_npy, mapped_npz
from wcheck.measures.rows import unreadable

REPAIR = "give a .npy or .npz file of numbers as numpy writes it"
MASSES = ("mass", "data")
"""What the masses of sparse entries are called: by wcheck, and by SciPy."""


def read_plan(path: Path) -> Any:
    """Read a plan: a dense matrix, memory-mapped where it is not compressed, or a sparse one.

    Parameters
    ----------
    path : Path
        A ``.npy`` file, or a ``.npz`` file with ``row``, ``col`` and ``mass`` (as ``wcheck exact --save-plan`` writes
        it), a sparse matrix as ``scipy.sparse.save_npz`` writes it, or one array, which is called ``plan`` if there are
        others. ``FILE.npz:KEY`` names one.

    Returns
    -------
    array or sparse matrix
        As :func:`wcheck.certify` takes it.

    Raises
    ------
    SourceError
        If the file cannot be read, or holds nothing of that kind.
    """
    file, key = _split(path)
    if file.suffix == ".npy":
        return mapped_npy(file)
    if key is None:
        arrays = read_arrays(path)
        try:
            if {"row", "col", "shape"} <= arrays.keys() and (masses := set(MASSES) & arrays.keys()):
                return _sparse(arrays, masses.pop())
            if {"indices", "indptr", "data", "shape", "format"} <= arrays.keys():
                return _compressed(arrays)
        except (ValueError, TypeError, IndexError, OverflowError) as error:
            raise unreadable(
                path, error, "give a sparse matrix as scipy.sparse.save_npz writes it"
            ) from error
    return mapped_npz(file, key, "plan")


def read_permutation(path: Path) -> Any:
    """Read a permutation: an index vector (n,), or its rows and columns (2, k), as SciPy returns them.

    Raises
    ------
    SourceError
        If the file cannot be read, or holds nothing of that kind.
    """
    file, key = _split(path)
    array = mapped_npy(file) if file.suffix == ".npy" else mapped_npz(file, key, "permutation")
    if array.ndim == 2 and len(array) == 2:
        return np.array(array[0]), np.array(array[1])
    if array.ndim != 1:
        raise SourceError(
            f"{path} has shape {array.shape}: a permutation is a vector with the column of each row, or an array (2, "
            "k) of rows and columns; give one of these."
        )
    return np.array(array)


def read_arrays(path: Path) -> Mapping[str, NDArray[Any]]:
    """Read all arrays of a ``.npz`` file by their names, such as potentials ``u`` and ``v``.

    Raises
    ------
    SourceError
        If the file cannot be read, or is of another kind.
    """
    file, _ = _split(path)
    if file.suffix != ".npz":
        raise SourceError(
            f"{path} is not a .npz file, whose arrays have names: save the arrays with numpy.savez(file, u=u, v=v)."
        )
    try:
        with zipfile.ZipFile(file) as archive:
            names = [name.removesuffix(".npy") for name in archive.namelist()]
    except (OSError, zipfile.BadZipFile, ValueError) as error:
        raise unreadable(path, error, REPAIR) from error
    return {name: mapped_npz(file, name, name) for name in names}


def _split(path: Path) -> tuple[Path, str | None]:
    """Return the file and the key of ``FILE.npz:KEY``; the file is there, and of a kind that is read."""
    name, _, key = str(path).rpartition(":")
    file, inner = (Path(name), key) if name.endswith(".npz") and key else (Path(path), None)
    if not file.exists():
        raise SourceError(f"{path} does not exist: {REPAIR}.")
    if file.suffix not in (".npy", ".npz"):
        raise SourceError(f"{path} is neither .npy nor .npz: {REPAIR}.")
    return file, inner


def _sparse(arrays: Mapping[str, NDArray[Any]], masses: str) -> Any:
    import scipy.sparse

    places: Any = np.array(arrays["row"]), np.array(arrays["col"])
    return scipy.sparse.coo_array((np.array(arrays[masses]), places), shape=_shape(arrays))


def _compressed(arrays: Mapping[str, NDArray[Any]]) -> Any:
    import scipy.sparse

    kinds: Mapping[bytes, Any] = {b"csr": scipy.sparse.csr_array, b"csc": scipy.sparse.csc_array}
    kind = bytes(arrays["format"].item())
    if kind not in kinds:
        raise ValueError(f"sparse matrices of format {kind.decode(errors='replace')} are not read")
    parts = tuple(np.array(arrays[name]) for name in ("data", "indices", "indptr"))
    matrix = kinds[kind](parts, shape=_shape(arrays))
    matrix.check_format(full_check=True)
    return matrix


def _shape(arrays: Mapping[str, NDArray[Any]]) -> tuple[int, int]:
    n, m = (int(size) for size in arrays["shape"].tolist())
    return n, m
