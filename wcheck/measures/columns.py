"""The columns of a table: which are coordinates, which are weights, and how two tables are brought into one order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import ParameterError, SourceError, WcheckError, did_you_mean
from wcheck.progress import remark

if TYPE_CHECKING:
    from wcheck.measures.measure import Measure

WEIGHTS = ("weight", "weights")
"""A column that is called so, in any case, holds weights, not a coordinate."""
SAID = 12
"""How many names a sentence lists."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns of a table hold, by position.

    Attributes
    ----------
    names : tuple of str
        The names of all columns; the positions, from 0, where there is no header.
    coordinates : tuple of int
        Those of the points, in the table's order.
    weights : int, optional
        That of the weights.
    absent : tuple of (str, str)
        Options and columns that they name, which are not there; another table may have them, see :func:`check_there`.
    named : bool
        Whether the coordinates have names, by which two tables are compared.
    group : int, optional
        The column that names the group of each point.
    """

    names: tuple[str, ...]
    coordinates: tuple[int, ...]
    weights: int | None
    absent: tuple[tuple[str, str], ...] = ()
    named: bool = True
    group: int | None = None

    @property
    def coordinate_names(self) -> tuple[str, ...]:
        """The names of the coordinates, in the table's order."""
        return tuple(self.names[column] for column in self.coordinates)

    @property
    def read(self) -> tuple[int, ...]:
        """The columns that are read: coordinates, then weights."""
        return self.coordinates if self.weights is None else (*self.coordinates, self.weights)


def assign(
    table: str,
    names: Sequence[str],
    *,
    weights: str | None = None,
    columns: Collection[str] | None = None,
    drop: Collection[str] | None = None,
    by: str | None = None,
    wrong: type[WcheckError] = SourceError,
) -> Columns:
    """Say what each column of a table holds.

    Parameters
    ----------
    table : str
        How the table is called.
    names : sequence of str
        The names of its columns; "" for one that has none, which is called ``Unnamed: 0``, by its position, as in
        pandas.
    weights : str, optional
        The column of weights; if left out, the one called as in :data:`WEIGHTS`, if there is one.
    columns : collection of str, optional
        The columns that are coordinates; all but the weights if left out.
    drop : collection of str, optional
        Columns that are left out.
    by : str, optional
        The column that names the group of each point.
    wrong : type
        What is raised where the table itself is to blame.

    Raises
    ------
    ParameterError
        If an option names a column that is not there.
    WcheckError
        An error of the type ``wrong``: if there are several columns of weights, no coordinates, or a column without a
        name that is neither chosen nor dropped.
    """
    called = tuple(name.strip() or f"Unnamed: {column}" for column, name in enumerate(names))
    asked = [("--weights", weights)] if weights else []
    asked += [("--columns", name) for name in columns or ()] + [("--drop", name) for name in drop or ()]
    absent = tuple((option, name) for option, name in asked if name not in called)
    for option, name in asked:
        if called.count(name) > 1:
            raise ParameterError(
                f"{option} names the column {name!r}, which {table} has {called.count(name)} times: give each its own "
                "name."
            )
    if weights and columns and weights in columns:
        raise ParameterError(
            f"--columns and --weights both name {weights!r}: it is a coordinate or the weights."
        )
    group = _group(
        table, called, by, {"--weights": [weights], "--columns": columns or (), "--drop": drop or ()}
    )
    left = [column for column, name in enumerate(called) if name not in (drop or ()) and column != group]
    found = [column for column in left if _holds_weights(called[column], weights, columns)]
    chosen = [
        column for column in left if column not in found and (columns is None or called[column] in columns)
    ]
    unnamed = [called[column] for column in chosen if re.fullmatch(r"Unnamed: \d+", called[column])]
    if unnamed and columns is None:
        raise wrong(
            f"{table} has no name for one of its columns, which looks like an index and not a coordinate: name it, or "
            f"leave it out (--drop '{unnamed[0]}'; pandas: index=False)."
        )
    check_there([(table, Columns(called, (), None, tuple(a for a in absent if a[0] == "--columns")))])
    if len(found) > 1:
        raise wrong(
            f"{table} has {len(found)} columns of weights, {listed([called[column] for column in found])}: keep one "
            "(--drop NAME), or list the other in --columns."
        )
    if not chosen:
        raise wrong(f"{table} has no column of coordinates: give at least one besides the weights.")
    return Columns(called, tuple(chosen), found[0] if found else None, absent, group=group)


def _group(
    table: str, names: Sequence[str], by: str | None, others: Mapping[str, Collection[str | None]]
) -> int | None:
    """Return the column of groups, which every table must have and no other option may name."""
    if by is None:
        return None
    if names.count(by) != 1:
        times = f"{names.count(by)} times" if by in names else "not"
        raise ParameterError(
            f"--by names the column {by!r}, which is {times} in {table}"
            + did_you_mean(by, () if by in names else names, f"name one of {listed(names)}.")
        )
    for option, named in others.items():
        if by in named:
            raise ParameterError(
                f"--by and {option} both name {by!r}: a column holds the groups or something else."
            )
    return names.index(by)


def check_there(tables: Sequence[tuple[str, Columns]]) -> None:
    """Refuse an option that names a column which none of the tables that are read together has.

    Of a table that alone lacks the column of weights it is said what that means.

    Raises
    ------
    ParameterError
        If there is one.
    """
    everywhere = set.intersection(*(set(columns.absent) for _, columns in tables)) if tables else set()
    for option, name in sorted(everywhere):
        whose = " and ".join(dict.fromkeys(table for table, _ in tables))
        raise ParameterError(
            f"{option} names the column {name!r}, which is not in {whose}"
            + did_you_mean(name, tables[0][1].names, f"name one of {listed(tables[0][1].names)}.")
        )
    for table, columns in tables:
        for option, name in columns.absent:
            if option == "--weights":
                remark(f"{table}: there is no column {name}, so all points have the same weight.")


def told(table: str, columns: Columns) -> None:
    """Say which columns of a table are taken as what."""
    weights = "" if columns.weights is None else f"; its weights are {columns.names[columns.weights]}"
    if columns.named:
        remark(f"{table}: the coordinates are {listed(columns.coordinate_names)}{weights}.")


def stacked(
    table: str, vectors: Sequence[NDArray[Any]], names: Sequence[str], wrong: type[WcheckError] = SourceError
) -> NDArray[Any]:
    """Return columns of numbers as an array ``(n, d)`` of their common type.

    Raises
    ------
    WcheckError
        An error of the type ``wrong``: if whole numbers are too large for that type.
    """
    array = np.stack(vectors, axis=1)
    for vector, name in zip(vectors, names, strict=True):
        long = array.dtype.kind == "f" and vector.dtype.kind in "iu" and vector.dtype.itemsize == 8
        if long and len(vector) and (vector.max() >= 2**53 or vector.min() <= -(2**53)):
            raise wrong(
                f"{table} holds integers of 2^53 and more in column {name!r}, which float64 cannot hold exactly; "
                "rescale them first."
            )
    return array


def aligned(x: Measure, y: Measure) -> Measure:
    """Return y with its coordinates in the order of x's, by their names; see :func:`order`."""
    found = order(x.name, x.columns, y.name, y.columns)
    return y if found is None else y.reordered(found)


def order(
    name: str, columns: Sequence[str] | None, other_name: str, other: Sequence[str] | None
) -> list[int] | None:
    """Return the order in which the columns of a second table are those of a first, or None where they are already.

    Where one of the two has no names, or the names are only the numbers 0 to d - 1 that pandas gives, position counts.

    Raises
    ------
    ParameterError
        If the names are others.
    """
    if columns is None or other is None or list(columns) == list(other):
        return None
    if Counter(columns) == Counter(other) and len(set(columns)) == len(columns):
        return [list(other).index(column) for column in columns]
    if len(columns) == len(other) and (is_count(columns) or is_count(other)):
        return None
    only = [
        f"only {table} has {listed([column for column in own if column not in others])}"
        for table, own, others in ((name, columns, other), (other_name, other, columns))
        if set(own) - set(others)
    ]
    raise ParameterError(
        f"{name} and {other_name} do not have the same columns ({'; '.join(only) or 'a name occurs more than once'}): "
        "rename them, or choose columns that both have (--columns, --drop)."
    )


def is_count(names: Sequence[str]) -> bool:
    """Whether names are only the numbers 0, 1, ..., which say no more than the position does."""
    return list(names) == [str(column) for column in range(len(names))]


def listed(names: Sequence[str]) -> str:
    """Return names for a sentence, not too many of them."""
    if len(names) <= SAID:
        return ", ".join(map(_quoted, names))
    return f"{', '.join(map(_quoted, names[:3]))}, ..., {_quoted(names[-1])} ({len(names)} columns)"


def _holds_weights(name: str, weights: str | None, columns: Collection[str] | None) -> bool:
    """Whether a column holds weights; one that is listed as a coordinate does not, whatever it is called."""
    if name == weights:
        return True
    return name.casefold() in WEIGHTS and (columns is None or name not in columns)


def _quoted(name: str) -> str:
    """Return a name as it is written in a list, quoted where it would not be told from its neighbours."""
    return name if re.fullmatch(r"[\w.+:/-]+", name) else repr(name)
