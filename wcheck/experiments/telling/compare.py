"""Sentences about candidates that are compared with real data, one for every finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from wcheck.columns.rounding import rounded
from wcheck.errors import counted
from wcheck.experiments.gauges import UNBIASED
from wcheck.experiments.paired import LEVEL
from wcheck.experiments.telling.words import groups, percent
from wcheck.rows.table import Row

PAIRS = 30
"""The pairs of candidates up to which every one that is told apart has its sentence."""


def told(rows: Sequence[Row]) -> str:
    """Say what each embedding and estimator finds, by the rows of the largest n: the nearest candidate first."""
    sentences: list[str] = []
    settings = list(groups(rows, "embed", "estimator", "p"))
    for _, same in settings:
        largest = max(_number(row, "n") for row in same)
        full = [row for row in same if row["n"] == largest]
        alone = sorted(
            (row for row in full if row["against"] is None), key=lambda row: _number(row, "excess")
        )
        pairs = [row for row in full if row["against"] is not None]
        leading = {row["candidate"] for row in alone[:2]}
        ahead = [row for row in pairs if {row["candidate"], row["against"]} == leading]
        found = [
            *(_nearest(row, alone[0]["candidate"]) for row in ahead),
            *(_against_real(row) for row in alone),
            _baseline(full[0]),
            *_pairs([row for row in pairs if row not in ahead]),
            *_larger(same, largest),
        ]
        if len(settings) > 1:
            found[0] = f"{_distance(full[0])}: {found[0]}"
        sentences += found
    first = rows[0]
    sentences += [
        f"Claims have p-values of at most {LEVEL:g} after Holm's correction over {_candidates(rows)}.",
        f"Intervals are for single rows, at {percent(_number(first, 'confidence'))} %.",
        "Claims and intervals assume that the rows of each set are in random order, and take a candidate's points as "
        "fixed: another training run is another candidate.",
    ]
    return "\n".join(sentences)


def _distance(row: Row) -> str:
    estimand = str(row["estimand"])
    embed = f", in the coordinates of {row['embed']}" if row["embed"] is not None else ""
    return f"{estimand[0].upper()}{estimand[1:]}{embed}"


def _baseline(row: Row) -> str:
    embed = f"In the coordinates of {row['embed']}, " if row["embed"] is not None else ""
    return (
        f"{embed}{'r' if embed else 'R'}eal data are {rounded(_number(row, 'baseline'), 5)} from {row['reference']} "
        f"({row['estimand']}, n = {row['n']:,}, {row['blocks']} blocks): the baseline with which candidates are "
        "compared."
    )


def _against_real(row: Row) -> str:
    name, reference = row["candidate"], row["reference"]
    certain = _number(row, "excess_p_corrected") <= LEVEL
    excess, interval = rounded(_number(row, "excess"), 3), _interval(row)
    if certain and _number(row, "excess") > 0:
        found = f"{name} is farther from {reference} than real data are, by {excess} ({interval})"
    elif certain:
        likeness = [
            f"{column} {rounded(_number(row, column), 2)}" for column in ("spread", "nearest") if row[column]
        ]
        beside = f" (see {' and '.join(likeness)})" if likeness else ""
        found = (
            f"{name} is nearer to {reference} than real data are (excess {excess}, {interval}), as blurred or "
            f"copied samples are{beside}: this is a warning, not an achievement"
        )
    else:
        found = f"{name} cannot be told from real data by its distance (excess {excess}, {interval})"
    p_value = f"p = {rounded(_number(row, 'p_corrected'), 2)}"
    if _number(row, "p_corrected") <= LEVEL:
        return (
            f"{found}. Its distribution differs from that of the reference ({row['statistic']}, {p_value})."
        )
    return (
        f"{found}. The permutation test cannot tell its distribution from that of the reference ({p_value})."
    )


def _pairs(rows: Sequence[Row]) -> Iterator[str]:
    apart = [row for row in rows if _apart(row)]
    for row in apart[:PAIRS]:
        one, other = row["candidate"], row["against"]
        if _number(row, "excess") > 0:
            one, other = other, one
        yield f"{one} is nearer to {row['reference']} than {other} by {_by(row, one)}."
    if len(apart) > PAIRS:
        yield f"{counted(len(apart) - PAIRS, 'more pair')} can be told apart: see the rows."
    if tied := [row for row in rows if row not in apart]:
        names = "; ".join(f"{row['candidate']} and {row['against']}" for row in tied[:PAIRS])
        yield f"These cannot be told apart: {names}{'; and others' if len(tied) > PAIRS else ''}."


def _nearest(row: Row, name: object) -> str:
    """Say how far the nearest candidate is before the second, by the row of the two."""
    second = row["against"] if row["candidate"] == name else row["candidate"]
    if _apart(row):
        return f"{name} is the nearest to {row['reference']}: it is nearer than {second} by {_by(row, name)}."
    return (
        f"{name} is the nearest to {row['reference']}, but cannot be told from {second}: it is nearer by "
        f"{_by(row, name)}."
    )


def _apart(row: Row) -> bool:
    return _number(row, "excess_p_corrected") <= LEVEL


def _by(row: Row, nearer: object) -> str:
    """Write by how much one of a pair is nearer than the other, with the interval."""
    turned = row["candidate"] == nearer
    excess = _number(row, "excess")
    return f"{rounded(-excess if turned else excess, 3)} ({_interval(row, turned=turned)})"


def _larger(rows: Sequence[Row], largest: float) -> Iterator[str]:
    """Say how the baseline and the excesses moved from half of the points to all of them."""
    if rows[0]["estimator"] in UNBIASED:
        return  # their expectation is the same at every n
    moved = []
    for row in rows:
        if row["n"] != largest or row["against"] is not None:
            continue
        half = [
            other
            for other in rows
            if other["n"] == int(largest) // 2
            and other["candidate"] == row["candidate"]
            and other["against"] is None
        ]
        moved += [
            f"{row['candidate']} from {rounded(_number(half[0], 'excess'), 3)} to "
            f"{rounded(_number(row, 'excess'), 3)}"
        ] if half else []  # fmt: skip
    if moved:
        yield (
            f"From {int(largest) // 2:,} to {int(largest):,} points per block the excess moved: {', '.join(moved)}; a "
            "larger n would move it further."
        )


def _interval(row: Row, *, turned: bool = False) -> str:
    low, high = _number(row, "interval_low"), _number(row, "interval_high")
    if turned:
        low, high = -high, -low
    return f"{rounded(low, 3)} to {rounded(high, 3)} at {percent(_number(row, 'confidence'))} %"


def _candidates(rows: Sequence[Row]) -> str:
    count = len({row["candidate"] for row in rows})
    return "one candidate" if count == 1 else f"{count} candidates, or over all pairs of them"


def _number(row: Row, column: str) -> float:
    return cast("float", row[column])
