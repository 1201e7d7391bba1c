"""Verdicts of intervals compared with a threshold, and the last looks at critics that rows hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wcheck.studies.statistics import Interval, runs_needed
from wcheck.studies.study import Finding, Verdict

if TYPE_CHECKING:
    import pandas as pd

FEWEST = 3
"""Runs of different seeds without which there is no interval worth the name."""


def below(found: Interval, threshold: float) -> Verdict:
    """Return whether an interval lies below a threshold: reproduced, above it: not reproduced, or around it."""
    if found.n < FEWEST:
        return "not settled"
    if found.upper < threshold:
        return "reproduced"
    return "not reproduced" if found.lower > threshold else "not settled"


def above(found: Interval, threshold: float) -> Verdict:
    """Return the same for an interval that should lie above a threshold."""
    turned = Interval(-found.mean, -found.upper, -found.lower, found.n)
    return below(turned, -threshold)


def together(verdicts: list[Verdict]) -> Verdict:
    """Return what several verdicts, all of which should hold, come to; without any nothing is settled."""
    if "not reproduced" in verdicts:
        return "not reproduced"
    return "reproduced" if verdicts and set(verdicts) == {"reproduced"} else "not settled"


def finding(
    verdict: Verdict, said: str, found: Interval, threshold: float, *, why: str = "", minutes: float = 0.0
) -> Finding:
    """Return what an interval says of a claim, with what it would take where it settles nothing.

    Parameters
    ----------
    verdict : str
        The verdict.
    said : str
        Our number in words.
    found : Interval
        The interval that the rule compares.
    threshold : float
        What with.
    why : str
        The reason, for what came out otherwise than in the paper.
    minutes : float
        What one seed takes at this size.
    """
    number = None if found.n == 0 else found.mean
    more = ""
    if verdict == "not settled":
        seeds = runs_needed(found, threshold) if found.n >= FEWEST else FEWEST
        more = "runs that are farther from the threshold" if seeds is None else _amount(seeds, minutes)
    lower, upper = (found.lower, found.upper) if found.n > 1 else (None, None)
    return Finding(verdict, said, number, lower, upper, more, why if verdict == "not reproduced" else "")


def last_looks(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of critics after their last step, of those that came so far."""
    return frame[(frame["status"] == "ok") & (frame["step"] == frame["steps"])]


def _amount(seeds: int, minutes: float) -> str:
    if not minutes:
        return f"about {seeds} seeds"
    return f"about {seeds} seeds, {max(1, round(seeds * minutes))} minutes on one core"
