"""Rows of ``wcheck gan`` as judges read them: games by their settings, numbers by seed, and what these decide."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wcheck.errors import counted
from wcheck.studies import thresholds
from wcheck.studies.statistics import Interval, over_runs, runs_needed
from wcheck.studies.study import FAILURES, Finding, Verdict
from wcheck.studies.thresholds import FEWEST

if TYPE_CHECKING:
    from pandas import DataFrame

TOLD = 4
"""The most conditions of a finding that are told one by one."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A number of each run, and the side of a threshold on which its expectation is to lie.

    Attributes
    ----------
    says : str
        What the number is.
    found : Interval
        Its mean over runs.
    threshold : float
        What it is compared with.
    above : bool
        Whether it is to lie above the threshold.
    """

    says: str
    found: Interval
    threshold: float = 0.0
    above: bool = True

    @property
    def verdict(self) -> Verdict:
        """``reproduced`` where the whole interval lies on that side, ``not reproduced`` where it lies on the other."""
        side = thresholds.above if self.above else thresholds.below
        return side(self.found, self.threshold)


def above(says: str, values: Mapping[int, float], threshold: float = 0.0) -> Condition:
    """Say that the numbers of runs are above a threshold, in expectation."""
    return Condition(says, over_runs(values.values()), threshold)


def below(says: str, values: Mapping[int, float], threshold: float = 0.0) -> Condition:
    """Say that the numbers of runs are below a threshold, in expectation."""
    return Condition(says, over_runs(values.values()), threshold, above=False)


def decide(
    conditions: Sequence[Condition], frames: Iterable[DataFrame], *, least: int = FEWEST, why: str = ""
) -> Finding:
    """Return ``reproduced`` where all conditions hold, ``not reproduced`` where one fails, else ``not settled``.

    Parameters
    ----------
    conditions : sequence of Condition
        The first gives the finding its value and interval.
    frames : iterable of DataFrame
        The rows of the games that they are about, which tell what more seeds would take.
    least : int
        The fewest runs that settle anything.
    why : str
        Why one may fail.
    """
    first = conditions[0].found
    said = _said(conditions)
    value, lower, upper = (
        number if math.isfinite(number) else None for number in (first.mean, first.lower, first.upper)
    )
    open_yet = Finding("not settled", said, value, lower, upper)
    fewest = min(condition.found.n for condition in conditions)
    if fewest < least:
        return replace(open_yet, more=_taking(least, frames))
    verdict = thresholds.together([condition.verdict for condition in conditions])
    if verdict == "reproduced":
        return replace(open_yet, verdict=verdict)
    if failed := [condition for condition in conditions if condition.verdict == "not reproduced"]:
        side = "below" if failed[0].above else "above"
        reason = f"{failed[0].says} is {side} {failed[0].threshold:g}"
        return replace(open_yet, verdict=verdict, why=f"{reason}: {why}" if why else reason)
    needed = [runs_needed(each.found, each.threshold) for each in conditions if each.verdict == "not settled"]
    most = max((number for number in needed if number is not None), default=10 * fewest)
    return replace(open_yet, more=_taking(most, frames))


def _said(conditions: Sequence[Condition]) -> str:
    """Say each number with its interval; of many, those alone that are not where they are to be."""
    told, few = list(conditions), len(conditions) <= TOLD
    if not few:
        told = [condition for condition in conditions if condition.verdict != "reproduced"]
    said = [f"{condition.says}: {condition.found}" for condition in told]
    if not few:
        said.insert(
            0, f"{len(conditions) - len(told)} of {len(conditions)} intervals are where the rule expects them"
        )
    return "; ".join(said)


def unsettled(found: str, more: str) -> Finding:
    """Return that these rows decide nothing."""
    return Finding("not settled", found, more=more)


def chosen(frame: DataFrame, **settings: str | float) -> DataFrame:
    """Return the rows of the games with these settings."""
    kept = frame
    for name, value in settings.items():
        column = kept[name]
        kept = kept[column.astype(str) == value if isinstance(value, str) else column == value]
    return kept


def looks(frame: DataFrame) -> DataFrame:
    """Return the looks after the first, in the order of steps: rows on which generated points were measured."""
    return frame[frame["exact"].notna() & (frame["step"] > 0)].sort_values("step")


def of_seeds(frame: DataFrame, number: Callable[[DataFrame], float]) -> dict[int, float]:
    """Return a number of the rows of each seed's game, those that are not finite left out."""
    found = {
        int(str(seed)): float(number(rows)) for seed, rows in frame.astype({"seed": int}).groupby("seed")
    }
    return {seed: value for seed, value in found.items() if math.isfinite(value)}


def ends(frame: DataFrame, column: str) -> dict[int, float]:
    """Return, for each seed, what a column holds at the last look of a game that was played to its end."""
    return of_seeds(looks(frame), lambda rows: _end(rows, column))


def differences(first: Mapping[int, float], second: Mapping[int, float]) -> dict[int, float]:
    """Return the first numbers less the second ones, for the seeds that both have."""
    return {seed: first[seed] - second[seed] for seed in first if seed in second}


def failures(frame: DataFrame) -> dict[int, float]:
    """Return, for each seed, whether its game ended diverged or collapsed."""
    return of_seeds(frame, lambda rows: float(rows.sort_values("step")["status"].iloc[-1] in FAILURES))


def _end(rows: DataFrame, column: str) -> float:
    last = rows.iloc[-1]
    return float(last[column]) if last["step"] == last["steps"] else math.nan


def _taking(runs: int, frames: Iterable[DataFrame]) -> str:
    """Say how many seeds there would have to be, and how long the games of these would take, if there are any."""
    seconds, frames = 0.0, list(frames)
    if not frames:
        return f"about {runs} seeds"
    for frame in frames:
        if len(frame):
            games = frame.groupby((frame["step"] == 0).cumsum())["seconds"].max()
            seconds += float(games.sum()) / frame["seed"].nunique()
    minutes = math.ceil(runs * seconds / 60)
    return f"about {runs} seeds, {counted(minutes, 'minute')} of training on one core"
