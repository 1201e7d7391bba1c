"""All columns by their names."""

from __future__ import annotations

from wcheck.columns import (
    audits,
    benchmarks,
    closed_forms,
    comparisons,
    distances,
    fits,
    games,
    generators,
    methods,
    minima,
    points,
    runs,
)
from wcheck.columns.column import Column, Setting
from wcheck.errors import ParameterError, did_you_mean

VOCABULARY: dict[str, Column] = {}
"""Name -> column; :func:`register` adds to it."""


def find(name: str) -> Column | None:
    """Return what is known of a column, or None of one that no command writes."""
    return VOCABULARY.get(name)


def named(name: str) -> Column:
    """Return a column by its name.

    Raises
    ------
    ParameterError
        If there is no such column.
    """
    if name not in VOCABULARY:
        raise ParameterError(
            f"column is {name!r}{did_you_mean(name, VOCABULARY, 'there is no column of this name.')}"
        )
    return VOCABULARY[name]


def settings(*groups: str) -> tuple[Setting, ...]:
    """Return the settings of some groups, such as ``critic`` or ``estimator``, in the order of columns."""
    return tuple(
        column
        for column in VOCABULARY.values()
        if isinstance(column, Setting) and not set(groups).isdisjoint(column.groups)
    )


def names(*groups: str) -> tuple[str, ...]:
    """Return the names of the settings of some groups, in the order of columns."""
    return tuple(setting.name for setting in settings(*groups))


def register(*columns: Column) -> None:
    """Add columns to the vocabulary.

    Raises
    ------
    ParameterError
        If there is one of this name.
    """
    for column in columns:
        if column.name in VOCABULARY:
            raise ParameterError(f"column {column.name!r} already exists: give another name.")
        VOCABULARY[column.name] = column


for subject in (
    points,
    methods,
    games,
    runs,
    distances,
    audits,
    minima,
    closed_forms,
    fits,
    comparisons,
    generators,
    benchmarks,
):
    register(*subject.COLUMNS)
