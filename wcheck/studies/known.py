"""Critics on pairs whose distance and optimal gradient are known: A6."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wcheck.studies.statistics import over_runs
from wcheck.studies.study import Claim, Finding, Rows, Run, Study, Verdict
from wcheck.studies.thresholds import FEWEST, more

if TYPE_CHECKING:
    import pandas as pd

FAITHFUL = 0.05
"""By how much an estimate over the truth may miss 1."""
MEANINGFUL = 0.5
"""The cosine from which on a gradient points more along the true one than across it."""
SEVERAL = 2

TRUTH = Run(
    name="known",
    command="known",
    quick={
        "dim": (2, 16), "funnels": (4,), "n": (500,), "lipschitz": ("gp", "lp", "clip", "spectral", "orthonormal"),
        "estimator": ("exact",), "width": (64,), "lr": (1e-3,), "steps": (800,), "seed": (0, 1, 2, 3, 4),
    },
    full={"dim": (2, 16, 64), "funnels": (4, 64), "n": (1000,), "width": (128,), "steps": (2000,)},
    paper={"dim": (2, 16, 64, 128), "funnels": (4, 64, 256), "n": (10_000,), "width": (256,), "steps": (10_000,)},
    seconds={"quick": 45, "full": 600, "paper": 40_000},
    figures={
        "known": "One row for each method: its estimate divided by the true distance, the same on held-out points, and "
        "the agreement of its gradients with the optimal ones, for each dimension."
    },
)  # fmt: skip


def none_is_faithful(rows: Rows) -> Finding:
    """Count the mechanisms whose estimate is within a margin of the truth in the highest dimension."""
    own = _highest(rows)
    found = {method: over_runs(of["ratio"]) for method, of in own.groupby("method")}
    if not found or min(each.n for each in found.values()) < FEWEST:
        return _too_few()
    within = [name for name, each in found.items() if abs(each.mean - 1) <= FAITHFUL]
    off = [name for name, each in found.items() if each.lower > 1 + FAITHFUL or each.upper < 1 - FAITHFUL]
    verdict: Verdict = (
        "not reproduced" if within else "reproduced" if len(off) == len(found) else "not settled"
    )
    said = "estimate over truth, " + _listed(own, {str(name): each.mean for name, each in found.items()})
    nearest = min(found.values(), key=lambda each: abs(each.mean - 1))
    close = [each for name, each in found.items() if name not in off]
    widest = max(close, key=lambda each: each.upper - each.lower, default=nearest)
    return Finding(
        verdict, said, nearest.mean, nearest.lower, nearest.upper,
        more=more(widest, 1 - FAITHFUL, 1 + FAITHFUL) if verdict == "not settled" else "",
        why=f"{' and '.join(map(str, within))} comes within {100 * FAITHFUL:.0f} % of the truth" if within else "",
    )  # fmt: skip


def gradients_are_meaningful(rows: Rows) -> Finding:
    """Count the mechanisms whose gradient has a cosine above a half with the true one in the highest dimension."""
    own = _highest(rows)
    found = {str(method): over_runs(of["cosine"]) for method, of in own.groupby("method")}
    if not found or min(each.n for each in found.values()) < FEWEST:
        return _too_few()
    good = [name for name, each in found.items() if each.lower > MEANINGFUL]
    poor = [name for name, each in found.items() if each.upper < MEANINGFUL]
    verdict: Verdict = "not settled"
    if len(good) >= SEVERAL:
        verdict = "reproduced"
    elif len(found) - len(poor) < SEVERAL:
        verdict = "not reproduced"
    said = "cosine with the true gradient, " + _listed(own, {name: each.mean for name, each in found.items()})
    best = max(found.values(), key=lambda each: each.mean)
    doubtful = max(
        (each for name, each in found.items() if name not in (*good, *poor)),
        key=lambda each: each.mean,
        default=best,
    )
    return Finding(
        verdict, said, best.mean, best.lower, best.upper,
        more=more(doubtful, MEANINGFUL) if verdict == "not settled" else "",
        why="fewer than two mechanisms point along the true gradient" if verdict == "not reproduced" else "",
    )  # fmt: skip


def _highest(rows: Rows) -> pd.DataFrame:
    """Return the finished rows of critics in the highest dimension, with the most funnels."""
    found = rows[TRUTH.name]
    found = found[(found["kind"] == "critic") & (found["status"] == "ok")]
    found = found[found["dim"] == found["dim"].max()]
    most: pd.DataFrame = found[found["funnels"] == found["funnels"].max()]
    return most


def _listed(own: pd.DataFrame, means: dict[str, float]) -> str:
    dim, funnels = own["dim"].iloc[0], own["funnels"].iloc[0]
    listed = ", ".join(
        f"{name} {mean:.2f}" for name, mean in sorted(means.items(), key=lambda item: -item[1])
    )
    return f"{dim:.0f} dimensions, {funnels:.0f} funnels, mean over pairs: {listed}"


def _too_few() -> Finding:
    return Finding(
        "not settled", "too few finished critics", more=f"{FEWEST} seeds of each mechanism, a minute"
    )


STUDY = Study(
    name="A6",
    title="Known truth",
    question="If the distance and the best critic are known in closed form, which mechanism estimates the distance, "
    "and which one finds the direction in which a generator should move?",
    runs=(TRUTH,),
    claims=(
        Claim(
            name="no-critic-is-faithful",
            source="Korotin et al. 2022, Kantorovich Strikes Back, abstract",
            says="None of the popular critics computes the Wasserstein-1 distance faithfully in high dimensions.",
            rule="In the rows of the highest dimension and the most funnels, the interval of ratio over pairs for each "
            f"mechanism. Reproduced if all lie outside of 1 +- {FAITHFUL}; not reproduced if the mean of one lies "
            "within; else, or with fewer than three pairs, not settled.",
            judge=none_is_faithful,
        ),
        Claim(
            name="gradients-are-meaningful",
            source="Korotin et al. 2022, Kantorovich Strikes Back, abstract",
            says="Many of them nevertheless approximate the gradient of the best critic meaningfully.",
            rule="In the same rows, the interval of cosine over pairs for each mechanism. Reproduced if those of at "
            f"least {SEVERAL} lie above {MEANINGFUL}; not reproduced if those of all but at most {SEVERAL - 1} lie "
            "below it; else, or with fewer than three pairs, not settled.",
            judge=gradients_are_meaningful,
        ),
    ),
    means="A critic that is wrong about the distance can be right about the direction, and a generator uses only the "
    "direction. The estimates come from samples, whose distance is larger than that of the distributions; the row "
    "exact shows by how much.",
)
