"""Rows as figures get them: CSV files joined into one frame, numbers that are numbers, series by what differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TextIO

from wcheck.errors import TableError

if TYPE_CHECKING:
    from pandas import DataFrame

SYMBOLS: Mapping[str, str] = MappingProxyType(
    {
        "penalty": "λ",
        "clip": "c",
        "batch_size": "batch",
        "dim": "d",
        "epsilon": "ε",
        "theta_star": "θ*",
        "image_size": "pixels",
    }
)
"""How columns are called in legends, where it is not by their name."""

OPTIONS = ("epsilon", "scaling", "batch_size", "batches", "projections", "kernel")
"""Columns of what an estimator was told."""

BARE = frozenset(
    ("arch", "candidate", "estimator", "kernel", "lipschitz", "method", "optimizer", "peer", "protocol", "setting")
)  # fmt: skip
"""Columns whose values speak for themselves."""


def read(source: Path | TextIO) -> DataFrame:
    """Read a CSV file or stream.

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
        raise TableError(f"{name} is no CSV: {error}; give a CSV file that wcheck wrote.") from None
    except OSError as error:
        raise TableError(
            f"cannot read {name}: {error.strerror or error}; give a file that can be read."
        ) from error
    if frame.empty:
        raise TableError(f"{name} holds a header and no rows: there is nothing to draw.")
    return frame


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


def differing(frame: DataFrame, columns: Sequence[str]) -> list[str]:
    """Return those of the columns that are there and hold more than one value, blank being one."""
    return [column for column in columns if column in frame and frame[column].nunique(dropna=False) > 1]


def telling(frame: DataFrame, columns: Sequence[str]) -> list[str]:
    """Return those of the columns that tell rows apart: those of words, and others that the words do not imply."""
    told = differing(frame, columns)
    words: list[str] = []
    for column in sorted(told, key=lambda column: column not in BARE):
        known = frame.drop_duplicates(words) if words else frame[:1]
        if column in BARE and len(frame.drop_duplicates([*words, column])) > len(known):
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


def _told(column: str, value: object) -> str:
    shown = f"{value:,.6g}" if isinstance(value, float) else plain(value)
    return shown if column in BARE else f"{SYMBOLS.get(column, column)} = {shown}"
