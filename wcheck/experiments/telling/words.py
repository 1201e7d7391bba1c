"""How sentences write numbers: bounds rounded outwards, shares of a whole, and means with what they vary by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from statistics import fmean, stdev
from typing import cast

from wcheck.columns.rounding import rounded
from wcheck.errors import counted
from wcheck.rows.table import Row

PLACES = 6
"""Decimal places of a number beside its error at most."""


def numbers(rows: Sequence[Row], column: str) -> list[float]:
    """Return the numbers of a column, ascending; blanks are left out."""
    return sorted(cast("float", row[column]) for row in rows if row.get(column) is not None)


def groups(rows: Sequence[Row], *columns: str) -> Iterator[tuple[tuple[object, ...], list[Row]]]:
    """Yield the values of some columns that occur together, in order of appearance, each with its rows."""
    found: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(row.get(column) for column in columns), []).append(row)
    yield from found.items()


def ground(metric: object) -> str:
    """Name the cost of a pair, whose name is a metric's or that of a function of the user's."""
    return f"ground {'function' if ':' in str(metric) else 'metric'} {metric}"


def span(texts: Sequence[str]) -> str:
    """Write the first and the last of ascending numbers that are texts already."""
    return " to ".join(dict.fromkeys([*texts[:1], *texts[-1:]]))


def percent(share: float, direction: str = ROUND_HALF_EVEN) -> str:
    """Write a share of at least 0 in percent, without the sign of percent; one that is tiny is not written as 0."""
    if 0 < share < 1e-3:
        return "less than 0.1"
    digits = 2 if share < 0.95 else max(3, len(str(int(100 * share))))  # 3520 %, not 3.52e+03 %
    return rounded(100 * share, digits, direction)


def among(count: int, whole: int, noun: str) -> str:
    """Write how many of several: ``none of the 14 rows``, ``all 14 rows``; of one, ``no row`` or ``the only row``."""
    if whole == 1:
        return f"the only {noun}" if count else f"no {noun}"
    if count == whole:
        return f"all {whole} {noun}s"
    return f"{count or 'none'} of the {whole} {noun}s"


def do(verb: str, count: int, whole: int) -> str:
    """Write a regular verb, or "are", after :func:`among`: ``agree`` or ``agrees``, ``are`` or ``is``."""
    if 1 not in (count, whole):
        return verb
    return "is" if verb == "are" else f"{verb}s"


def and_counted(n: int, m: int, noun: str, several: str = "") -> str:
    """Write the sizes of two sides: ``60 and 40 points``, or ``60 points and 1 point``."""
    first = counted(n, noun, several) if m == 1 else n
    return f"{first} and {counted(m, noun, several)}"


def uncertain(mean: float, error: float | None, digits: int = 2) -> str:
    """Write a number and the standard error of it, which says how many decimal places both have."""
    if error is None:
        return rounded(mean, 5)
    text = rounded(error, digits)
    return f"{_to_the_place_of(text, mean)} +- {text}"


def averaged(values: Sequence[float], one: str, several: str) -> str:
    """Write the mean of repetitions, which have a name, and their standard deviation."""
    if len(values) == 1:
        return f"{rounded(values[0], 5)} on one {one}"
    text = rounded(stdev(values), 2)
    mean = _to_the_place_of(text, fmean(values))
    return f"{mean} on average over {len(values)} {several} (standard deviation {text})"


def _to_the_place_of(error: str, value: float) -> str:
    """Write a value with as many decimal places as its error has, except for errors of 0, tiny and huge ones."""
    exponent = Decimal(error).normalize().as_tuple().exponent
    if not isinstance(exponent, int) or not -PLACES <= exponent <= 0 or not float(error):
        return rounded(value, 5)
    return f"{round(value, -exponent) + 0.0:.{-exponent}f}"  # never -0.0
