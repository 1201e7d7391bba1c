"""Arrays that a run saves beside its rows, as ``.npz``: written in one step, and over nothing of another kind."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wcheck.errors import OutputError
from wcheck.rows.csvfile import check_writable
from wcheck.rows.replace import replacing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wcheck.transport.solve.result import TransportResult

PLAN = frozenset({"row", "col", "mass", "shape", "u", "v"})
"""What :func:`save_plan` saves."""


def check(path: Path, keys: Collection[str], what: str) -> None:
    """Find out whether arrays can be saved to a file, before the work that makes them.

    Parameters
    ----------
    path : Path
        The path of the file.
    keys : collection of str
        The names of the arrays: a file that is there is replaced only by one of the same keys, so that no points that
        were given by mistake are lost.
    what : str
        What they are, for the error.

    Raises
    ------
    OutputError
        If the file cannot be written, or holds something else.
    """
    check_writable(path)
    if not path.exists():
        return
    try:
        with zipfile.ZipFile(path) as file:
            names = {Path(name).stem for name in file.namelist()}
    except (OSError, zipfile.BadZipFile):
        names = set()
    if names != set(keys):
        raise OutputError(
            f"{path} exists and does not hold a {what} that wcheck saved, so it is not replaced; give another file."
        )


def save(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Save arrays of numbers, in one step.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    import numpy as np

    with replacing(path) as file:
        np.savez(file, **dict[str, Any](arrays))


def save_plan(path: Path, result: TransportResult) -> None:
    """Save the plan and the potentials of a result as ``.npz``, in one step and without pickles.

    The arrays are ``row``, ``col``, ``mass`` (the plan's entries), ``shape`` (n, m), and the potentials
    ``u`` (n,) and ``v`` (m,).

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    import numpy as np

    u, v = result.potentials
    plan = result.plan
    shape = np.array(plan.shape)
    save(path, {"row": plan.row, "col": plan.col, "mass": plan.data, "shape": shape, "u": u, "v": v})
