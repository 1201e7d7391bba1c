"""Verdicts of intervals compared with a threshold, and the last looks at critics that rows hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wcheck.errors import counted
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
    verdict: Verdict,
    said: str,
    found: Interval,
    threshold: float,
    *,
    why: str = "",
    what: str = "seeds",
    minutes: float = 0.0,
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
        The reason, for a claim that is not reproduced.
    what, minutes : str, float
        What a run is called, and what one takes at this size.
    """
    number = None if found.n == 0 else found.mean
    wanted = more(found, threshold, what=what, minutes=minutes) if verdict == "not settled" else ""
    lower, upper = (found.lower, found.upper) if found.n > 1 else (None, None)
    return Finding(verdict, said, number, lower, upper, wanted, why if verdict == "not reproduced" else "")


def more(found: Interval, *thresholds: float, what: str = "seeds", minutes: float = 0.0) -> str:
    """Say how many runs it would take to part an interval from all the thresholds that it holds.

    Parameters
    ----------
    found : Interval
        The interval, which shrinks as one over the root of the number of runs while its mean stays.
    thresholds : float
        The thresholds.
    what : str
        What a run is called.
    minutes : float
        What one run takes at this size, where that is known.
    """
    held = [threshold for threshold in thresholds if found.lower <= threshold <= found.upper]
    needed = [runs_needed(found, threshold) for threshold in held or thresholds]
    if found.n >= FEWEST and None in needed:
        return f"{what} whose mean is farther from the threshold"
    runs = (
        max((number for number in needed if number is not None), default=0) if found.n >= FEWEST else FEWEST
    )
    if not minutes:
        return f"about {runs:,} {what}"
    return f"about {runs:,} {what}, {counted(max(1, round(runs * minutes)), 'minute')} on one core"


def last_looks(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of critics after their last step, of those that came so far."""
    return frame[(frame["status"] == "ok") & (frame["step"] == frame["steps"])]
