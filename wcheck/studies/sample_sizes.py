"""How many points W1 takes: B1 and B2, samples of one Gaussian, and the estimator that knows the potential."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from wcheck.studies.statistics import Interval, over_runs
from wcheck.studies.study import Claim, Finding, Rows, Run, Study
from wcheck.studies.thresholds import more

if TYPE_CHECKING:
    from pandas import DataFrame

DIM = 20
KEPT = 0.5
"""The share of the mean error of the smallest samples that the largest ones keep at least, if it falls slowly."""
LARGE = 1000
"""Points from which on samples are large."""
WANTED = {0.1: 20.0, 0.01: 40.0}
"""Errors, and the exponents of ten of the points that the paper says they need more than."""

SAMPLES = Run(
    name="complexity",
    command="sample-complexity",
    quick={
        "dim": (DIM,),
        "n": (10, 25, 50, 75, 1000, 2500),
        "reps": 16,
        "estimator": ("exact",),
        "fit": True,
    },
    full={"n": (10, 25, 50, 75, 1000, 10_000), "reps": 30},
    paper={"n": (10, 25, 50, 75, 1000, 10_000), "reps": 300},
    seconds={"quick": 10, "full": 60, "paper": 9000},
    figures={
        "sample-complexity": "The mean distance between two samples of one Gaussian in 20 dimensions against their "
        "size, on linear and on logarithmic axes: it decreases slowly, although the true distance is 0.",
        "extrapolation": "On logarithmic axes, a straight line through the mean distances, with a widening band, "
        "reaches 0.1 only beyond 10 to the 20 points, and 0.01 only beyond 10 to the 40 points.",
    },
)
ORACLE = Run(
    name="oracle-estimator",
    command="sample-complexity",
    quick={
        "source": f"gaussian:dim={DIM}",
        "target": f"gaussian:dim={DIM},mean=0.2",
        "n": (4, 40, 400),
        "reps": 400,
        "estimator": ("exact", "oracle"),
        "fit": True,
    },
    full={"n": (10, 100, 1000)},
    paper={"n": (10, 100, 1000), "reps": 1000},
    seconds={"quick": 4, "full": 15, "paper": 300},
    figures={
        "sample-complexity": "The errors of two estimators of the distance between two shifted Gaussians against the "
        "size of the samples: the error of the batch estimator decreases slowly, that of the known potential ten "
        "times as fast.",
    },
)


def distance_falls_slowly(rows: Rows) -> Finding:
    """Compare the mean distance of the largest samples with that of the smallest."""
    values = _exact(rows[SAMPLES.name])
    sizes = sorted(values)
    if not sizes or sizes[-1] < LARGE or min(len(values[sizes[0]]), len(values[sizes[-1]])) < 3:
        return _few(f"samples of {LARGE:,} points, three of each size")
    least, most = over_runs(values[sizes[-1]]), over_runs(values[sizes[0]])
    share = Interval(
        least.mean / most.mean, least.lower / most.upper, least.upper / max(most.lower, 1e-300), least.n
    )
    said = (
        f"W1 is {most.mean:.3f} between samples of {sizes[0]:,} points and {least.mean:.3f} between samples of "
        f"{sizes[-1]:,} points, which is {100 * share.mean:.0f} % "
        "of the former; the true value is 0"
    )
    return _sided(share, KEPT, said, "the error decreases faster")


def rate_is_that_of_the_dimension(rows: Rows) -> Finding:
    """Compare the slope of the errors with the rate in theory."""
    return _slope(rows, SAMPLES, "exact", (-2.0 / DIM, -0.5 / DIM))


def oracle_falls_as_a_mean(rows: Rows) -> Finding:
    """Compare the slope of the errors of the oracle estimator with that of a mean."""
    return _slope(rows, ORACLE, "oracle", (-0.6, -0.4))


def batch_falls_slower_than_the_oracle(rows: Rows) -> Finding:
    """Compare the slopes of both estimators on the same samples."""
    batch, oracle = _line(rows, ORACLE, "exact"), _line(rows, ORACLE, "oracle")
    if batch is None or oracle is None:
        return _few("two sizes with two repetitions of each")
    said = (
        f"the error of the batch estimator decreases as n^({batch.mean:.3f}), that of the oracle as "
        f"n^({oracle.mean:.3f})"
    )
    ratio = Interval(
        batch.mean / oracle.mean, batch.upper / oracle.lower, batch.lower / oracle.upper, batch.n
    )
    if max(oracle.upper, batch.upper) >= 0 or ratio.lower <= 0.5 <= ratio.upper:
        return Finding("not settled", said, ratio.mean, more=more(ratio, 0.5, what="repetitions"))
    if ratio.upper < 0.5:
        return Finding("reproduced", said, ratio.mean, ratio.lower, ratio.upper)
    why = "the error of the batch estimator decreases more than half as fast"
    return Finding("not reproduced", said, ratio.mean, ratio.lower, ratio.upper, why=why)


def error_needs(error: float) -> Callable[[Rows], Finding]:
    """Return the judge of how many points an error needs."""

    def judge(rows: Rows) -> Finding:
        fit = rows.get(f"{SAMPLES.name}.fit")
        own = None if fit is None else fit[(fit["estimator"] == "exact") & (fit["wanted_error"] == error)]
        if own is None or own.empty or not (own["n_lower"] > 0).all():
            return _few("two sizes with two repetitions of each")
        row = own.iloc[0]
        line, low, high, theory = (_exponent(row[name]) for name in ("n", "n_lower", "n_upper", "n_theory"))
        bound = "at least " if str(row.get("bound")) == "at least" else ""
        said = (
            f"10^{line:.1f} points by the line, {bound}10^{low:.1f} by all models (up to 10^{high:.1f}), "
            f"and 10^{theory:.1f} by the theoretical rate"
        )
        return _sided(
            Interval(line, low, high, _repetitions(rows, SAMPLES)),
            WANTED[error],
            said,
            "fewer points are needed",
        )

    return judge


def _exponent(value: float) -> float:
    return math.log10(value) if value > 0 else math.inf


def _exact(frame: DataFrame) -> dict[int, list[float]]:
    own = frame[(frame["estimator"] == "exact") & frame["value"].notna()]
    return {int(str(n)): found["value"].tolist() for n, found in own.astype({"n": int}).groupby("n")}


def _repetitions(rows: Rows, run: Run) -> int:
    return int(rows[run.name]["rep"].nunique()) if run.name in rows else 0


def _line(rows: Rows, run: Run, estimator: str) -> Interval | None:
    fit = rows.get(f"{run.name}.fit")
    if fit is None or "slope" not in fit:
        return None
    own = fit[(fit["estimator"] == estimator) & fit["slope"].notna()]
    if own.empty:
        return None
    slope, low, high = (float(own.iloc[0][name]) for name in ("slope", "slope_lower", "slope_upper"))
    return Interval(slope, low, high, _repetitions(rows, run))


def _slope(rows: Rows, run: Run, estimator: str, within: tuple[float, float]) -> Finding:
    line = _line(rows, run, estimator)
    if line is None:
        return _few("two sizes with two repetitions of each")
    low, high = within
    said = (
        f"the error decreases as n^({line.mean:.4f}) (95 % interval of the exponent: {line.lower:.4f} to "
        f"{line.upper:.4f})"
    )
    if low <= line.lower and line.upper <= high:
        return Finding("reproduced", said, line.mean, line.lower, line.upper)
    numbers = line.mean, line.lower, line.upper
    if line.upper < low or line.lower > high:
        why = f"the exponent is not within {low:g} to {high:g}"
        return Finding("not reproduced", said, *numbers, why=why)
    return Finding("not settled", said, *numbers, more=more(line, *within, what="repetitions"))


def _sided(found: Interval, threshold: float, said: str, why: str) -> Finding:
    """Return ``reproduced`` above a threshold, and ``not reproduced`` below."""
    if found.lower > threshold:
        return Finding("reproduced", said, found.mean, found.lower, found.upper)
    if found.upper < threshold:
        return Finding("not reproduced", said, found.mean, found.lower, found.upper, why=why)
    wanted = more(found, threshold, what="repetitions")
    return Finding("not settled", said, found.mean, found.lower, found.upper, more=wanted)


def _few(wanted: str) -> Finding:
    return Finding("not settled", "too few finished rows", more=f"{wanted}, a minute")


B1 = Study(
    name="B1",
    title="Sample complexity",
    question="The distance between a distribution and itself is 0. How does the distance between two of its samples "
    "decrease with their size?",
    runs=(SAMPLES, ORACLE),
    claims=(
        Claim(
            name="sample-distance-falls-slowly",
            source="Stanczuk et al. 2021, Section 5.2, Figure 8",
            says="Between samples of a standard Gaussian in 20 dimensions, W1 is far from the true value 0, even for "
            "very large batches.",
            rule=f"The mean of value (exact) at the largest n, at least {LARGE}, over that at the smallest: "
            f"reproduced if its "
            f"95 % interval lies above {KEPT}, not reproduced if it lies below, otherwise not settled.",
            judge=distance_falls_slowly,
        ),
        Claim(
            name="sample-distance-has-the-rate-of-the-dimension",
            source="Stanczuk et al. 2021, Section 5.1, after Weed and Bach 2017",
            says="The error of the batch estimator decreases as n^(-1/d).",
            number="-0.05",
            rule="Reproduced if the 95 % interval of the slope of the fit, slope_lower to slope_upper, lies within "
            f"{-2 / DIM:g} to {-0.5 / DIM:g}, a factor of two about -1/{DIM}; not reproduced if it lies outside; "
            "otherwise not settled.",
            judge=rate_is_that_of_the_dimension,
        ),
        Claim(
            name="oracle-error-falls-as-a-mean",
            source="Stanczuk et al. 2021, Section 5.1",
            says="The oracle estimator, which knows the potential, has an error of n^(-1/2).",
            number="-0.5",
            rule="Reproduced if the 95 % interval of the slope of oracle in the fit lies within -0.6 to -0.4, not "
            "reproduced if it lies outside, otherwise not settled.",
            judge=oracle_falls_as_a_mean,
        ),
        Claim(
            name="batch-falls-slower-than-the-oracle",
            source="Stanczuk et al. 2021, Section 5.1",
            says="The error of the batch estimator decreases far more slowly than that of the oracle estimator.",
            rule="The slope of exact over that of oracle in the fit: reproduced if the quotient of their 95 % "
            "intervals lies "
            "below 0.5, not reproduced if above, otherwise not settled.",
            judge=batch_falls_slower_than_the_oracle,
        ),
    ),
    means="Two samples of the same distribution are far apart, so the distance between samples says little about the "
    "distance between distributions. The oracle is only a reference: finding its potential would take as many points.",
)
B2 = Study(
    name="B2",
    title="Extrapolation",
    question="How many points would it take until two samples of one distribution are only 0.1, or 0.01, apart?",
    runs=(SAMPLES,),
    claims=tuple(
        Claim(
            name=f"error-of-{name}-needs-too-many-points",
            source="Stanczuk et al. 2021, Section 5.2, Figure 9",
            says=f"An error of {error:g} would take over 10^{exponent:g} points.",
            number=f"over 10^{exponent:g}",
            rule=f"Reproduced if n_lower of the fit at wanted_error {error:g}, the least number of points by any of "
            f"its models, is "
            f"above 10^{exponent:g}; not reproduced if n_upper is below; otherwise not settled.",
            judge=error_needs(error),
        )
        for name, (error, exponent) in zip(("a-tenth", "a-hundredth"), WANTED.items(), strict=True)
    ),
    means="No data set is that large. The number is an extrapolation over dozens of powers of ten. The decrease "
    "becomes slower with n, so a straight line gives too few points, and the theoretical rate gives more.",
)
