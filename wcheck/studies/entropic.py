"""The Sinkhorn divergence of samples (B3): few points are enough, and not for W1."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from wcheck.studies.statistics import Interval, over_runs
from wcheck.studies.study import Claim, Finding, Rows, Run, Study
from wcheck.studies.thresholds import FEWEST, below, finding

if TYPE_CHECKING:
    from pandas import DataFrame

NEAR_ZERO = 0.01
"""The share of W1 between the same samples below which a divergence is near 0."""
N = 500
"""The points at which the paper looks."""
ENDS = 0.05
"""How near, relative to it, the divergence comes to W1 and to the energy distance at the ends of the sweep."""

NULL = Run(
    name="sinkhorn-complexity",
    command="sample-complexity",
    quick={
        "dim": (20,),
        "n": (10, 50, 100, N),
        "reps": 10,
        "estimator": ("exact", "sinkhorn"),
        "epsilon": (100.0,),
    },
    full={"n": (10, 25, 50, 75, N, 1000), "reps": 50},
    paper={"n": (10, 25, 50, 75, N, 1000, 10_000), "reps": 300},
    seconds={"quick": 4, "full": 200, "paper": 9000},
    figures={
        "sinkhorn": "Between samples of one Gaussian, the exact distance stays close to 4, while the Sinkhorn "
        "divergence with epsilon 100 falls to about 0 at 500 points."
    },
)
SWEEP = Run(
    name="sinkhorn-sweep",
    command="sample-complexity",
    quick={
        "source": "gaussian:dim=2",
        "target": "gaussian:dim=2,mean=1",
        "n": (100,),
        "reps": 6,
        "estimator": ("exact", "sinkhorn", "energy"),
        "epsilon": (0.02, 0.1, 1.0, 10.0, 100.0),
    },
    full={"n": (500,), "reps": 20, "epsilon": (0.005, 0.02, 0.1, 1.0, 10.0, 100.0)},
    paper={"n": (1000,), "reps": 20, "epsilon": (0.002, 0.02, 0.1, 1.0, 10.0, 100.0)},
    seconds={"quick": 4, "full": 200, "paper": 1800},
    figures={
        "sinkhorn": "Against epsilon, the Sinkhorn divergence of two shifted Gaussians falls from the exact distance "
        "to the energy distance below it."
    },
)


def near_zero_at_once(rows: Rows) -> Finding:
    """Compare the divergence at 500 points with the exact distance of the same samples."""
    frame = rows[NULL.name]
    share = over_runs(_shares(frame[frame["n"] == N], "sinkhorn", "exact"))
    said = f"at n = {N} the divergence is {100 * share.mean:.2f} % of the exact distance of the same samples"
    return _below(share, NEAR_ZERO, said, "the divergence is farther from 0")


def falls_at_least_as_a_mean(rows: Rows) -> Finding:
    """Compare the decay between the smallest and the largest samples with that of a mean."""
    frame = rows[NULL.name]
    own = frame[(frame["estimator"] == "sinkhorn") & frame["value"].notna()]
    sizes = sorted(own["n"].unique())
    if len(sizes) < 2:
        return Finding("not settled", "too few finished rows", more="two sizes, seconds")
    first, last = (over_runs(own[own["n"] == n]["value"]) for n in (sizes[0], sizes[-1]))
    decades = math.log10(sizes[-1] / sizes[0])
    if min(first.lower, last.lower) <= 0 or min(first.n, last.n) < FEWEST:
        return Finding("not settled", "too few repetitions", more="ten repetitions, seconds")
    slope = Interval(
        math.log10(last.mean / first.mean) / decades,
        math.log10(last.lower / first.upper) / decades,
        math.log10(last.upper / first.lower) / decades,
        first.n,
    )
    said = f"from n = {sizes[0]:.0f} to {sizes[-1]:.0f} it decreases as n^({slope.mean:.2f})"
    return _below(slope, -0.5, said, "it decreases more slowly")


def sweep_ends_at_both(rows: Rows) -> Finding:
    """Compare the ends of a sweep over epsilon with the exact and with the energy distance of the same samples."""
    frame = rows[SWEEP.name]
    of_sinkhorn = frame[(frame["estimator"] == "sinkhorn") & frame["value"].notna()]
    if of_sinkhorn["epsilon"].nunique() < 2:
        return Finding("not settled", "too few finished rows", more="two values of epsilon, seconds")
    ends = {}
    for other, epsilon in (("exact", of_sinkhorn["epsilon"].min()), ("energy", of_sinkhorn["epsilon"].max())):
        kept = frame[(frame["estimator"] == other) | (frame["epsilon"] == epsilon)]
        ends[other] = epsilon, over_runs(abs(share - 1) for share in _shares(kept, "sinkhorn", other))
    (low, to_exact), (high, to_energy) = ends["exact"], ends["energy"]
    apart = over_runs(_shares(frame, "energy", "exact"))
    said = (
        f"{100 * to_exact.mean:.2f} % from W1 at epsilon = {low:g}, and {100 * to_energy.mean:.2f} % from the energy "
        f"distance at epsilon = {high:g}; the energy distance is {100 * apart.mean:.0f} % of W1"
    )
    worst = max((to_exact, to_energy), key=lambda found: found.upper)
    return _below(worst, ENDS, said, "an end of the sweep is farther from its limit")


def _shares(frame: DataFrame, one: str, other: str) -> list[float]:
    """Return, repetition by repetition, the value of one estimator over that of another."""
    values = {
        name: frame[(frame["estimator"] == name) & frame["value"].notna()].set_index("rep")["value"]
        for name in (one, other)
    }
    both = (values[one] / values[other]).dropna()
    return [float(value) for value in both]


def _below(found: Interval, threshold: float, said: str, why: str) -> Finding:
    return finding(below(found, threshold), said, found, threshold, why=why, what="repetitions")


B3 = Study(
    name="B3",
    title="The Sinkhorn divergence of samples",
    question="With entropic regularisation, does the distance between samples approach the true distance with fewer "
    "points?",
    runs=(NULL, SWEEP),
    claims=(
        Claim(
            name="sinkhorn-is-near-zero-at-500",
            source="Stanczuk et al. 2021, Section 6.1, Figure 13",
            says="Between samples of one Gaussian in 20 dimensions, the Sinkhorn divergence with epsilon = 100 is "
            "already close to 0 at n = 500.",
            rule=f"The value of sinkhorn over that of exact on the same samples, n = {N}: reproduced if its 95 % "
            f"interval over repetitions lies below {NEAR_ZERO}, not reproduced if above, otherwise not settled.",
            judge=near_zero_at_once,
        ),
        Claim(
            name="sinkhorn-falls-at-least-as-a-mean",
            source="Stanczuk et al. 2021, Section 6.1, after Genevay et al. 2019",
            says="For large epsilon, the error of the Sinkhorn divergence is O(n^(-1/2)).",
            number="-0.5",
            rule="The slope of the mean of sinkhorn from the smallest to the largest n, in logarithms: reproduced "
            "if it is below "
            "-0.5 at both ends of the 95 % intervals, not reproduced if above at both, otherwise not settled.",
            judge=falls_at_least_as_a_mean,
        ),
        Claim(
            name="sinkhorn-tends-to-both",
            source="Stanczuk et al. 2021, Section 6.1, after Feydy et al. 2018",
            says="The Sinkhorn divergence tends to W1 as epsilon tends to 0, and to a maximum mean discrepancy as "
            "epsilon grows.",
            rule="The relative distance of sinkhorn from exact at the least epsilon, and from energy at the greatest: "
            f"reproduced if the 95 % intervals of both over repetitions lie below {ENDS}, not reproduced if one lies "
            "above, otherwise not settled.",
            judge=sweep_ends_at_both,
        ),
    ),
    means="With a large epsilon the divergence is close to 0 because it is a different distance, which is easy to "
    "estimate from samples. It says as little about W1 as an energy distance does.",
)
