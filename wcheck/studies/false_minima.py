"""Batches that are nearer to the data than real ones (B4)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from wcheck.studies.statistics import Interval
from wcheck.studies.study import Claim, Finding, Rows, Run, Study
from wcheck.studies.thresholds import more

if TYPE_CHECKING:
    from pandas import DataFrame

Z = 1.96
"""Standard errors on either side of a 95 % interval."""
PAPER = 15.0
AROUND = 2.0
"""The paper's dimension, and how far from it ours may be: it does not say how large its batches are."""

CANDIDATES = Run(
    name="false-minima",
    command="false-minima",
    quick={"source": "{data}", "n": (16,), "reps": 27, "starts": 5, "minimiser_starts": 1},
    full={"source": "{data}:train", "n": (64,), "reps": 100, "fit_points": 10_000, "starts": 10},
    paper={"source": "{data}:train", "n": (64,), "reps": 100, "fit_points": 10_000, "starts": 100},
    seconds={"quick": 4, "full": 250, "paper": 6000},
    figures={
        "false-minima": "One bar for each candidate: batches of data are farther from other batches of data than from "
        "the mean, and much farther than from k-medians."
    },
)
GAUSSIANS = Run(
    name="crossover",
    command="crossover",
    quick={"n": (64,), "dim": (8, 10, 12, 13, 14, 15, 16, 17, 18, 19, 20, 22, 24, 28), "reps": 60},
    full={"n": (64, 250), "dim": tuple(range(4, 41)), "reps": 100},
    paper={"n": (64, 250), "dim": tuple(range(1, 101)), "reps": 100},
    seconds={"quick": 3, "full": 120, "paper": 400},
    figures={
        "crossover": "Against the dimension: the distance between batches of Gaussian points and their distance to the "
        "single point at the mean; the curves cross between 15 and 20."
    },
)


def mean_is_nearer(rows: Rows) -> Finding:
    """Compare the repeated mean with real batches."""
    return _nearer(rows[CANDIDATES.name], "mean", "the repeated mean")


def medians_are_nearer(rows: Rows) -> Finding:
    """Compare k-medians with real batches."""
    return _nearer(rows[CANDIDATES.name], "kmedians", "the k-medians")


def _nearer(frame: DataFrame, candidate: str, named: str) -> Finding:
    """See whether a fixed candidate with uniform weights is nearer to batches than other real batches are."""
    own = frame[(frame["weights"] == "uniform") & frame["w1"].notna()]
    real = own[(own["candidate"] == "real") & (own["draw"] == "sampled")]
    other = own[(own["candidate"] == candidate) & (own["draw"] == "fixed")]
    if real.empty or other.empty:
        return Finding("not settled", "too few finished rows", more="all candidates, a minute")
    row = other.iloc[0]
    half = Z * float(row["difference_error"])
    found = Interval(
        float(row["difference"]), float(row["difference"]) - half, float(row["difference"]) + half, 1
    )
    said = (
        f"real batches are at {real.iloc[0]['w1']:.3f}, {named} at {row['w1']:.3f}: a difference of {found.mean:.3f} "
        f"({found.lower:.3f} to {found.upper:.3f}), n = {row['n']:.0f}"
    )
    numbers = found.mean, found.lower, found.upper
    if found.upper < 0:
        return Finding("reproduced", said, *numbers)
    if found.lower > 0:
        why = (
            f"at this n no false minimum of these data: batches are farther from {named} than from each other"
        )
        return Finding("not reproduced", said, *numbers, why=why)
    needed = math.ceil(float(row["reps"]) * (half / max(abs(found.mean), 1e-300)) ** 2)
    return Finding("not settled", said, *numbers, more=f"about {needed:,} batches")


def dirac_wins_above_fifteen(rows: Rows) -> Finding:
    """Compare the dimension from which the mean is nearer with the paper's."""
    from wcheck.experiments.crossing import crossing

    frame = rows[GAUSSIANS.name].dropna(subset=["difference", "difference_error"])
    own = frame[frame["n"] == frame["n"].min()]
    found = crossing([{str(name): value for name, value in row.items()} for row in own.to_dict("records")])
    if found is None or not (found.low > 0 and math.isfinite(found.high)):
        return Finding(
            "not settled", "the curves do not cross in these dimensions", more="more dimensions, a minute"
        )
    said = f"batches of {own['n'].iloc[0]:.0f} from dimension {found.dim:.2f} on ({found.low:.2f} to {found.high:.2f})"
    numbers = found.dim, found.low, found.high
    if found.low >= PAPER - AROUND and found.high <= PAPER + AROUND:
        return Finding("reproduced", said, *numbers)
    if found.high < PAPER - AROUND or found.low > PAPER + AROUND:
        return Finding(
            "not reproduced",
            said,
            *numbers,
            why="the crossing moves to higher dimensions as the batches grow",
        )
    around = Interval(*numbers, int(own["reps"].min()))
    wanted = more(around, PAPER - AROUND, PAPER + AROUND, what="repetitions")
    return Finding("not settled", said, *numbers, more=wanted)


B4 = Study(
    name="B4",
    title="False minima",
    question="Are there batches that look nothing like the data, but are closer to the data in W1 than real batches?",
    runs=(CANDIDATES, GAUSSIANS),
    claims=(
        Claim(
            name="mean-is-nearer-than-real",
            source="Stanczuk et al. 2021, Section 5.3, Figure 10",
            says="The mean image, repeated, is closer to batches of images than other real batches are.",
            number="47.91 below 50.67",
            rule="The difference of the candidate mean (fixed, uniform) to real sampled batches: reproduced if "
            "difference plus 1.96 difference_error is below 0, not reproduced if difference less 1.96 difference_error "
            "is above 0, otherwise not settled.",
            judge=mean_is_nearer,
            original=("celeba",),
        ),
        Claim(
            name="medians-are-nearer-than-real",
            source="Stanczuk et al. 2021, Section 5.3, Figure 10",
            says="The centroids of geometric k-medians, with k = n, are closer to batches of images than other real "
            "batches are.",
            number="39.44 below 50.67",
            rule="The difference of the candidate kmedians (fixed, uniform) to real sampled batches: reproduced if "
            "difference plus 1.96 difference_error is below 0, not reproduced if difference less 1.96 difference_error "
            "is above 0, otherwise not settled.",
            judge=medians_are_nearer,
            original=("celeba",),
        ),
        Claim(
            name="dirac-wins-in-high-dimension",
            source="Stanczuk et al. 2021, Section 5.3, Figure 11",
            says="In dimensions d > 15, batches of standard Gaussian points are closer to a single point at the mean "
            "than to each other; the paper does not say how large the batches are.",
            number="15",
            rule="Where difference of the smallest n becomes positive, with its 95 % interval: reproduced if the "
            f"interval lies within {PAPER:g} +- {AROUND:g}, not reproduced if outside, otherwise not settled.",
            judge=dirac_wins_above_fifteen,
        ),
    ),
    means="A generator that makes only the mean image can have a smaller batch loss than one that makes real data. "
    "Whether this happens depends on n: the larger the batches, the closer real batches are to each other.",
)
