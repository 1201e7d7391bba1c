"""Sentences about the bracket that another solver's answer proves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import ROUND_CEILING
from typing import cast

from wcheck.columns.rounding import between, rounded
from wcheck.experiments.telling.words import and_counted
from wcheck.rows.table import Row


def told(rows: Sequence[Row]) -> str:
    """Say what is certified, what it comes from, and what the answer itself claims."""
    return "\n".join(sentence for row in rows for sentence in _sentences(row))


def _sentences(row: Row) -> Iterator[str]:
    lower, upper = cast("float", row["lower"]), cast("float", row["upper"])
    points = and_counted(cast("int", row["n"]), cast("int", row["m"]), "point")
    what = (
        f"least cost of this matrix ({row['n']} by {row['m']})"
        if row["p"] is None
        else f"Wasserstein-{row['p']} distance between these two empirical measures ({points})"
    )
    yield f"The {what} lies {between(lower, upper)}: certified, rounding included."
    begins = "is" if row["polish"] is None else "began as"
    if row["transport_cost"] is None:
        yield f"The upper bound {begins} that of {row['plan_read_as']}."
    else:
        off = cast("float", row["marginal_violation"])
        marginals = (
            f"off by {rounded(off, 2)} of the mass, which the upper bound accounts for" if off else "exact"
        )
        yield (
            f"The plan was read as {row['plan_read_as']}; it costs {_number(row['transport_cost'])}, and its marginals "
            f"are {marginals}."
        )
    if row["estimate"] is None:
        yield f"The lower bound {begins} that of {row['potentials_read_as']}."
    else:
        over = rounded(cast("float", row["infeasibility"]), 2, ROUND_CEILING)
        yield (
            f"The potentials were read as {row['potentials_read_as']}; as given they claim "
            f"{_number(row['estimate'])}, and exceed the cost of a pair by up to {over}, which the lower bound "
            "accounts for."
        )
        if row["epsilon"] is None and cast("float", row["infeasibility"]) > upper:
            yield "If they are scalings of a Sinkhorn iteration, --epsilon EPS reads them as such."
    if row["status"] == "certified":
        width = rounded(upper - lower, 3, ROUND_CEILING)
        yield f"The bracket is {width} wide: --polish SECONDS narrows it."


def _number(value: object) -> str:
    return rounded(cast("float", value), 5)
