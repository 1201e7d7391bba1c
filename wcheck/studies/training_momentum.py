"""Momentum with clipped weights: E4, whether the loss becomes unstable, and whether steps turn from gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wcheck.studies.games import above, chosen, decide, differences, ends, looks, of_seeds, unsettled
from wcheck.studies.statistics import median
from wcheck.studies.study import Claim, Finding, Rows, Study
from wcheck.studies.thresholds import FEWEST
from wcheck.studies.training_runs import MOMENTUM

if TYPE_CHECKING:
    from pandas import DataFrame


def loss_is_unstable(rows: Rows) -> Finding:
    """Compare, seed by seed, by how much the loss jumps with momentum and with RMSProp, and the quality at the end."""
    momentum, calm = _with_momentum(rows), _without(rows)
    conditions = [
        above(
            "the loss's median jump, divided by its median size, with momentum minus that with RMSProp",
            differences(of_seeds(momentum, _jump), of_seeds(calm, _jump)),
        ),
        above(
            "the energy distance at the end with momentum minus that with RMSProp",
            differences(ends(momentum, "energy_distance"), ends(calm, "energy_distance")),
        ),
    ]
    return decide(conditions, [momentum, calm])


def cosine_turns_negative(rows: Rows) -> Finding:
    """Count the looks at which the critic's step and its gradient point apart."""
    momentum, calm = _with_momentum(rows), _without(rows)
    shares, others = of_seeds(looks(momentum), _negative), of_seeds(looks(calm), _negative)
    if min(len(shares), len(others)) < FEWEST:
        return unsettled("too few games", f"{FEWEST} seeds with each optimiser")
    share, other = (sum(found.values()) / len(found) for found in (shares, others))
    least = float(looks(momentum)["cosine"].min())
    said = (
        f"negative on {share:.1%} of looks with momentum (the least cosine is {least:.2f}) and on {other:.1%} with "
        f"RMSProp, over {len(shares)} seeds each"
    )
    if share > 0 and not other:
        return Finding("reproduced", said, value=share)
    why = (
        "clipped weights move back and forth at their bounds, and at this step size the averaged gradient stays within "
        "a right angle of the gradient"
        if not share
        else "the cosine is negative without momentum, too"
    )
    return Finding("not reproduced", said, value=share, why=why)


def _with_momentum(rows: Rows) -> DataFrame:
    games = chosen(rows[MOMENTUM.name], optimizer="adam")
    first = games["betas"].map(lambda betas: float(str(betas).split(",")[0]))
    return games[first.astype(float) > 0]


def _without(rows: Rows) -> DataFrame:
    return chosen(rows[MOMENTUM.name], optimizer="rmsprop")


def _jump(rows: DataFrame) -> float:
    """Return the median change of the loss between two measured steps over its median size."""
    losses = rows[rows["loss"].notna()].sort_values("step")["loss"]
    return median(losses.diff().abs()) / median(losses.abs())


def _negative(rows: DataFrame) -> float:
    return float((rows["cosine"] < 0).mean())


SOURCE = "Arjovsky et al. 2017, Section 4.2"
E4 = Study(
    name="E4",
    title="Momentum and clipped weights",
    question="Does a critic with clipped weights become unstable under an optimiser with momentum, and does its step "
    "then point away from its gradient?",
    runs=(MOMENTUM,),
    claims=(
        Claim(
            name="momentum-destabilises",
            source=SOURCE,
            says="With momentum on the critic or high learning rates, WGAN training sometimes becomes unstable: the "
            "loss blows up and samples get worse.",
            rule="Seed by seed, for Adam with a first decay rate of 0.9 less for RMSProp: the median of |loss - loss "
            "before| over the median of |loss|, over measured steps, and energy_distance at the last look. Reproduced "
            "if the 95 % intervals of both means lie above 0, not reproduced if one lies below, otherwise not settled.",
            judge=loss_is_unstable,
            original=("lsun",),
        ),
        Claim(
            name="cosine-turns-negative",
            source=SOURCE,
            says="If momentum makes a training unstable, the cosine between the critic's step and its gradient "
            "usually turns negative, and it does so only then.",
            rule="The share of looks with a cosine below 0. Reproduced if it is above 0 for Adam with a first decay "
            f"rate of 0.9 and 0 for RMSProp, otherwise not reproduced; not settled with fewer than {FEWEST} seeds of "
            "either.",
            judge=cosine_turns_negative,
            original=("lsun",),
        ),
    ),
    means="Whether clipping works depends on the optimiser. All critics have a step size of twenty times the "
    "published one, so that instability shows within few steps. The generator uses RMSProp in all games.",
)
"""The study of momentum."""
