"""Geometric k-medians: C1, what Lloyd's iteration finds, and C2, what the centroids are the nearest measure to."""

from __future__ import annotations

import math

from wcheck.studies.statistics import over_runs
from wcheck.studies.study import Claim, Finding, Rows, Run, Study
from wcheck.studies.thresholds import FEWEST, more
from wcheck.studies.toy_rows import CLOSE, curve, decided, toys

GAIN = 0.02
"""The share of the loss of k-means that k-medians may save where the medians lie near the means."""

STARTS = Run(
    name="kmedians",
    command="kmedians",
    quick={"source": "{data}", "k": (16,), "starts": 10},
    full={"source": "{data}[0:10000]", "k": (64,)},
    paper={"source": "{data}[0:10000]", "k": (64,), "starts": 100},
    seconds={"quick": 3, "full": 180, "paper": 3000},
    figures={
        "kmedians": "The losses of each start: those of k-medians lie just below those of k-means, those of random "
        "points of the data far above both."
    },
)
OPTIMUM = toys(
    "medians",
    ("cells", "medians"),
    "Two panels against the number of points. W1 to points weighted by their cells equals the mean distance to the "
    "nearest point; W1 to the best medians equals the optimum, and that to other measures is above it.",
)


def medians_lie_near_means(rows: Rows) -> Finding:
    """Compare, start by start, the loss of k-medians with that of the k-means that it begins with."""
    frame = rows[STARTS.name].query("status == 'converged' or status == 'max_iter'")
    found = over_runs(1 - frame["kmedians_loss"] / frame["kmeans_loss"])
    said = f"k-medians save {100 * found.mean:.2f} % of the loss of k-means, over {len(frame)} starts"
    if found.n < FEWEST or (found.lower <= GAIN <= found.upper) or (found.lower <= 0 <= found.upper):
        return Finding("not settled", said, more=more(found, 0.0, GAIN, what="starts"))
    holds = found.lower > 0 and found.upper < GAIN
    if holds:
        return Finding("reproduced", said, found.mean, found.lower, found.upper)
    why = "k-medians save more than that, or nothing"
    return Finding("not reproduced", said, found.mean, found.lower, found.upper, why=why)


def cells_make_the_distance(rows: Rows) -> Finding:
    """Compare certified W1 with the mean distance to the nearest of any points."""
    frame = rows[OPTIMUM.name].query("toy == 'cells' and quantity == 'w1'")
    off = (frame["computed"] - frame["closed_form"]).abs().max()
    inside = bool(
        (
            (frame["lower"] - CLOSE <= frame["closed_form"])
            & (frame["closed_form"] <= frame["upper"] + CLOSE)
        ).all()
    )
    return decided(
        [(inside and bool(off <= CLOSE), "W1 is not the mean distance to the nearest point")],
        f"for {len(frame)} numbers of random points, the certified bracket contains the mean distance; the value is "
        f"off by at most {off:.1e}",
        float(off),
        len(frame) > 2,
    )


def optimum_is_nearest(rows: Rows) -> Finding:
    """Compare the optimum with W1 to it, with all subsets and with other measures."""
    frame = rows[OPTIMUM.name]
    best = curve(frame, "medians", "w1", "closed_form")
    w1, every, others = (curve(frame, "medians", name) for name in ("w1", "loss_enumerated", "w1_others"))
    complete = len(best) > 2 and w1.keys() == every.keys() == others.keys()
    closest = min((others[x] / best[x] for x in best), default=math.nan) if complete else math.nan
    return decided(
        [
            (
                complete and all(abs(w1[x] - best[x]) <= CLOSE for x in best),
                "W1 to the optimum is not its loss",
            ),
            (
                complete and all(abs(every[x] - best[x]) <= CLOSE for x in best),
                "a subset of the places is better",
            ),
            (
                complete and all(others[x] >= best[x] - CLOSE for x in best),
                "another measure on k points is nearer",
            ),
        ],
        f"for k from {min(best, default=0):.0f} to {max(best, default=0):.0f} the optimum equals W1; the closest of "
        f"100 other measures on k points is at {closest:.4f} times the optimum",
        closest,
        complete,
    )


C1 = Study(
    name="C1",
    title="Geometric k-medians",
    question="Does it matter whether centroids are means or geometric medians?",
    runs=(STARTS,),
    claims=(
        Claim(
            name="medians-lie-near-means",
            source="Stanczuk et al. 2021, Section 5.4",
            says="In practice, geometric medians are quite close to arithmetic means, so Lloyd's iteration with "
            "Weiszfeld's algorithm is started from k-means.",
            rule="The share of kmeans_loss that kmedians_loss saves, over starts: reproduced if its 95 % interval lies "
            f"above 0 and below {GAIN}; not reproduced if it lies above that or below 0; otherwise not settled.",
            judge=medians_lie_near_means,
            original=("celeba",),
        ),
    ),
    means="Images that look blurred with k-medians look blurred with k-means, too. Both are local optima, and their "
    "distance from the global optimum is not known.",
)
C2 = Study(
    name="C2",
    title="The measure on k points that is nearest to the data",
    question="Are the k-medians, weighted by their cells, the closest of all measures on k points to the data in W1?",
    runs=(OPTIMUM,),
    claims=(
        Claim(
            name="cells-make-the-distance",
            source="Stanczuk et al. 2021, Lemma A.1.1, after Canas and Rosasco 2012",
            says="For any k points, weighted by the sizes of their cells, W1 to the data is the mean distance from "
            "the data to the nearest of these points.",
            rule=f"Reproduced if at every x of cells closed_form lies within lower to upper of w1 and computed is "
            f"within {CLOSE:g} "
            "of it; otherwise not reproduced; not settled with fewer than three x.",
            judge=cells_make_the_distance,
        ),
        Claim(
            name="optimum-is-nearest",
            source="Stanczuk et al. 2021, Theorem A.1.3",
            says="The optimal k-medians, weighted by their cells, are the measure on k points that is closest to the "
            "data in W1.",
            rule="In the toy medians, where closed_form is the optimum by dynamic programming: reproduced if at every "
            f"x w1 and loss_enumerated are within {CLOSE:g} of it and w1_others, certified from below, is no less; "
            "otherwise not reproduced; not settled with fewer than three x.",
            judge=optimum_is_nearest,
        ),
    ),
    means="A perfect minimiser of W1 with k points produces k-medians, not samples. The theorem is about the global "
    "optimum, which is known here for a few points on a line; for images, only local optima are known.",
)
