"""Rows as figures get them: CSV files joined into one frame, numbers that are numbers, series by what differs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from wcheck.columns import Role, find, former
from wcheck.errors import TableError
from wcheck.progress import remark

if TYPE_CHECKING:
    from pandas import DataFrame

FACTS = ("n", "m", "dim", "dtype")
"""Settings that follow from the sources, where the sources are columns."""

REPLICATES = ("seed", "rep", "start")
"""Settings that figures average over."""

NAMED_DATA = 2
"""Data that a caption names; of more it says how many they are."""


def read(source: Path | TextIO) -> DataFrame:
    """Read a CSV file or stream; columns of before have their names of now.

    Raises
    ------
    TableError
        If it cannot be read, or holds no rows.
    """
    import pandas as pd

    name = called(source)
    try:
        frame = pd.read_csv(source, low_memory=False)
    except pd.errors.EmptyDataError:
        raise TableError(f"{name} is empty: give a CSV file that wcheck wrote.") from None
    except (pd.errors.ParserError, UnicodeError) as error:
        raise TableError(f"{name} is not a CSV file: {error}; give a CSV file that wcheck wrote.") from None
    except OSError as error:
        raise TableError(
            f"cannot read {name}: {error.strerror or error}; give a file that can be read."
        ) from error
    if frame.empty:
        raise TableError(f"{name} holds a header and no rows: there is nothing to draw.")
    names = former.renamed(frame.columns)
    for old, now in names.items():
        remark(f"{name}: the column {former.told(old, now)}")
    return frame.rename(columns=names)


def called(source: Path | TextIO) -> str:
    """Return what a source is called in messages."""
    return str(source) if isinstance(source, Path) else "standard input"


def with_numbers(frame: DataFrame, columns: Sequence[str]) -> DataFrame:
    """Return the frame with these columns as floats, blank as nan.

    Raises
    ------
    TableError
        If one holds something else.
    """
    import pandas as pd

    frame = frame.copy()
    for column in columns:
        numbers = pd.to_numeric(frame[column], errors="coerce")
        wrong = frame[column].notna() & numbers.isna()
        if wrong.any():
            found = frame[column][wrong].iloc[0]
            raise TableError(f"column {column} holds {str(found)!r}: give a CSV whose {column} are numbers.")
        frame[column] = numbers.astype(float)
    return frame


def finite(frame: DataFrame, *columns: str) -> DataFrame:
    """Return the rows that have a finite number in all these columns.

    Raises
    ------
    TableError
        If there is none.
    """
    import numpy as np

    kept: DataFrame = frame[np.isfinite(frame[list(columns)].to_numpy(float)).all(axis=1)]
    if kept.empty:
        raise TableError(f"no row has a number in {', '.join(columns)}: there is nothing to draw.")
    return kept


def settings(frame: DataFrame, *but: str) -> list[str]:
    """Return the columns that tell rows apart, by their role in the vocabulary, in order, and without some."""
    known = {column: find(column) for column in frame.columns if column not in but}
    return [name for name, column in known.items() if column is not None and column.role is Role.SETTING]


def of_estimators(frame: DataFrame, *but: str) -> list[str]:
    """Return the columns that tell estimators apart: of what critics alone have, those that tell critics apart."""
    told = settings(frame, *but)
    critics = frame["estimator"] == "critic"
    of_critics = telling(frame[critics], told)
    return [name for name in told if frame[~critics][name].notna().any() or name in of_critics]


def differing(frame: DataFrame, columns: Sequence[str]) -> list[str]:
    """Return those of the columns that are there and hold more than one value, blank being one."""
    return [column for column in columns if column in frame and frame[column].nunique(dropna=False) > 1]


def telling(frame: DataFrame, columns: Sequence[str]) -> list[str]:
    """Return those of the columns that tell rows apart: those of words, and others that the words do not imply."""
    told = differing(frame, columns)
    words: list[str] = []
    for column in sorted(told, key=lambda column: not _is_bare(column)):
        known = frame.drop_duplicates(words) if words else frame[:1]
        if _is_bare(column) and len(frame.drop_duplicates([*words, column])) > len(known):
            words.append(column)
        elif len(frame.drop_duplicates([*words, column])) == len(known):
            told.remove(column)
    return told


def groups(frame: DataFrame, columns: Sequence[str]) -> Iterator[tuple[str, DataFrame]]:
    """Yield the rows that agree in all these columns, in order of appearance, with a name made of what differs.

    Columns that are not there are left out; where nothing differs the name is empty.
    """
    named = differing(frame, columns)
    if not named:
        yield "", frame
        return
    for _, group in frame.groupby(named, sort=False, dropna=False):
        yield label(group, named), group


def data_of(frame: DataFrame, *columns: str) -> str:
    """Return the sentence that names the data of rows: up to two of them by their names, more by their number.

    Parameters
    ----------
    frame : DataFrame
        The rows that are drawn.
    *columns
        The columns that name the data; ``source`` and ``target``, or ``data``, if left out.
    """
    named = columns or (("source", "target") if "source" in frame else ("data",))
    there = [column for column in named if column in frame]
    found = frame[there].drop_duplicates().dropna(how="all")
    if not there or found.empty:
        return ""
    if len(found) > NAMED_DATA:
        return f"Data: {len(found)} {'pairs of sources' if len(there) > 1 else 'sources'}."
    names = [" against ".join(plain(name) for name in row.dropna()) for _, row in found.iterrows()]
    return f"Data: {'; '.join(names)}."


def records(frame: DataFrame) -> Iterator[Any]:
    """Yield the rows as named tuples; what a column holds is known to who reads it, not to pandas."""
    yield from frame.itertuples()


def parts(frame: DataFrame, column: str) -> Iterator[tuple[Any, DataFrame]]:
    """Yield the values of a column, ascending, each with its rows."""
    yield from frame.groupby(column)


def label(group: DataFrame, columns: Sequence[str]) -> str:
    """Write the values of the first row in these columns, blank ones left out."""
    first = group.iloc[0]
    return ", ".join(_told(column, first[column]) for column in columns if first.notna()[column])


def plain(text: object) -> str:
    """Return text that matplotlib shows as it is, dollars included."""
    return str(text).replace("$", r"\$")


def called_in_legends(column: str) -> str:
    """Return what the vocabulary calls a column in legends and on axes."""
    known = find(column)
    return column if known is None else known.label


def _is_bare(column: str) -> bool:
    known = find(column)
    return known is not None and known.bare


def _told(column: str, value: object) -> str:
    shown = f"{value:,.6g}" if isinstance(value, float) else plain(value)
    return shown if _is_bare(column) else f"{called_in_legends(column)} = {shown}"
