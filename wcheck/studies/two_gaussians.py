"""The slope that a generator receives between two Gaussians (F3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wcheck.studies.games import Condition, above, below, decide
from wcheck.studies.study import Claim, Finding, Rows, Run, Study
from wcheck.studies.thresholds import FEWEST

if TYPE_CHECKING:
    from pandas import DataFrame

GONE, STEADY = 0.01, 0.5
"""The share of a model's steepest slope that is left, or kept, in the middle of the generated points."""

BENT = "a clipped critic keeps a slope everywhere, where the discriminator has none, but it is bent and not a line"
"""Why a critic may keep less of its slope."""

TRAINED = Run(
    name="two-gaussians",
    command="two-gaussians",
    quick={"lipschitz": ("clip", "lp"), "n": 2000, "width": 32, "steps": 1000, "seed": (0, 1, 2)},
    full={"n": 10_000, "width": 64, "steps": 3000, "seed": tuple(range(12))},
    paper={"n": 10_000, "width": 64, "steps": 3000, "seed": tuple(range(12))},
    seconds={"quick": 12, "full": 450, "paper": 360},
    figures={
        "two-gaussians": "Left: the discriminator is a step between two bell curves, and the critics are nearly "
        "straight lines. Right, on a logarithmic axis: on the generator's side, the slope of the discriminator falls "
        "by many powers of ten, and the slope of the critics does not."
    },
)


def left_at_the_generator(frame: DataFrame, model: str) -> dict[int, float]:
    """Return, by seed, the slope that a generator receives at the middle of its points over the steepest one."""
    own = frame[(frame["model"] == model) & frame["generator_gradient"].notna()]
    found = {}
    for seed, rows in own.astype({"seed": int}).groupby("seed"):
        slopes = rows["generator_gradient"].abs()
        there = slopes.iloc[int((rows["z"] + rows["mean"]).abs().argmin())]
        if slopes.max() > 0:
            found[int(str(seed))] = float(there / slopes.max())
    return found


def discriminator_saturates(rows: Rows) -> Finding:
    """See whether the discriminator's slope vanishes at the generated points."""
    frame = rows[TRAINED.name]
    shares = left_at_the_generator(frame, "discriminator")
    return decide([below("the share of its steepest slope that remains there", shares, GONE)], ())


def critics_stay_linear(rows: Rows) -> Finding:
    """See whether the critics keep their slope at the generated points."""
    frame = rows[TRAINED.name]
    critics = sorted(set(frame["model"]) - {"discriminator"})
    conditions: list[Condition] = [
        above(f"the share that the critic {model} keeps there", left_at_the_generator(frame, model), STEADY)
        for model in critics
    ]
    if not conditions:
        return Finding("not settled", "no critics", more=f"{FEWEST} seeds of each critic")
    return decide(conditions, (), why=BENT)


F3 = Study(
    name="F3",
    title="Two Gaussians",
    question="What does a generator learn from a fully trained discriminator, and from a fully trained critic?",
    runs=(TRAINED,),
    claims=(
        Claim(
            name="discriminator-saturates",
            source="Arjovsky, Chintala and Bottou 2017, Section 3, Figure 2",
            says="The discriminator of a minimax GAN learns to distinguish two Gaussians and provides no gradient.",
            rule="The generator_gradient of the discriminator at the z next to -mean over its greatest: reproduced if "
            f"the 95 % interval over seeds lies below {GONE}, not reproduced if above, otherwise not settled.",
            judge=discriminator_saturates,
        ),
        Claim(
            name="critics-stay-linear",
            source="Arjovsky, Chintala and Bottou 2017, Section 3, Figure 2",
            says="A WGAN's critic cannot saturate: it converges to a linear function with clean gradients everywhere.",
            rule="The generator_gradient of each critic at the z next to -mean over its greatest: reproduced if the "
            "95 % intervals "
            f"over seeds all lie above {STEADY}, not reproduced if one lies below, otherwise not settled.",
            judge=critics_stay_linear,
        ),
    ),
    means="The slope of log(1 - D) vanishes where the generator needs it, and the slope of a critic does not. In "
    "practice, generators minimise -log D instead, whose slope does not vanish there.",
)
