"""What the studies of closed forms share: runs of ``wcheck toys``, their curves, and what conditions decide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from wcheck.studies.study import Claim, Finding, Rows, Run, Study

if TYPE_CHECKING:
    from pandas import DataFrame

CLOSE = 1e-9
"""How far apart, relative to the smaller of both but at least to 1, a computed value and its closed form may be."""
ARJOVSKY, FLEURET = "Arjovsky, Chintala and Bottou 2017", "Fleuret, Deep learning, 11.2"
ALWAYS = "otherwise not reproduced; not settled if rows are missing."


def toys(name: str, toys: tuple[str, ...], alt: str) -> Run:
    """Return the run of some toys, whose figure shows what the text says."""
    return Run(
        f"toys-{name}", "toys", {"toy": toys}, {"quick": 2, "full": 2, "paper": 2}, figures={"toys": alt}
    )


def curve(frame: DataFrame, toy: str, quantity: str, column: str = "computed") -> dict[float, float]:
    """Return a quantity of a toy by x, ascending."""
    own = frame[(frame["toy"] == toy) & (frame["quantity"] == quantity)].sort_values("x")
    return dict(zip(own["x"].astype(float), own[column].astype(float), strict=True))


def same(one: float, other: float) -> bool:
    """Whether two values are equal up to rounding."""
    return one == other or abs(one - other) <= CLOSE * max(1.0, min(abs(one), abs(other)))


def decided(conditions: Sequence[tuple[bool, str]], found: str, value: float, settled: bool) -> Finding:
    """Return what some conditions decide, of which each says what is the case where it does not hold."""
    if not settled:
        return Finding("not settled", "too few finished rows", more="all rows of wcheck toys, some seconds")
    failed = [why for holds, why in conditions if not holds]
    return Finding("not reproduced" if failed else "reproduced", found, value=value, why="; ".join(failed))


def study(
    name: str,
    title: str,
    question: str,
    run: Run,
    means: str,
    *claims: tuple[str, str, str, str, str, Callable[[Rows], Finding]],
) -> Study:
    """Return a study of one run; each claim is its name, source, saying, number, rule and judge."""
    made = [Claim(each[0], each[1], each[2], each[4], each[5], number=each[3]) for each in claims]
    return Study(name, title, question, (run,), made, means)
