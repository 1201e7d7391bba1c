"""A2: the same question by the protocols of three papers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wcheck.studies.statistics import over_runs
from wcheck.studies.study import Claim, Finding, Rows, Run, Study

if TYPE_CHECKING:
    import pandas as pd

NAMES = ("stanczuk", "pinetz", "mallasto")
NEAR = 0.9
"""The share of the exact distance from which on a value is called an approximation of it."""
SEEDS = 3
"""Critics of a protocol, below which nothing is settled."""
ERRORS = 4.0
"""Standard errors by which two distances must differ."""

PROTOCOLS = Run(
    name="protocols",
    command="oracle",
    quick={
        "data": "{data}",
        "protocol": NAMES,
        "width": (128,),
        "steps": (500,),
        "every": 500,
        "seed": (0, 1, 2),
        "grad_points": 2000,
    },
    full={"n": 2000, "width": (256,), "steps": (4000,), "every": 4000, "grad_points": 10_000},
    paper={
        "n": 10_000,
        "scale": "-1,1",
        "image_size": 64,
        "arch": ("dcgan",),
        "width": None,
        "steps": (300_000,),
        "every": 30_000,
        "grad_points": 10_000,
        "device": "cuda",
    },
    seconds={"quick": 15, "full": 1500, "paper": 36_000},
    figures={
        "oracle": "The claims of critics against their steps, beside the exact distance with which each protocol "
        "compares them. All claims stay far below it."
    },
)


def no_protocol_approximates(rows: Rows) -> Finding:
    """Compare V / L with the distance of each protocol, over seeds."""
    found = _last(rows[PROTOCOLS.name])
    ratios = {name: over_runs(found.loc[found["protocol"] == name, "normalised_ratio"]) for name in NAMES}
    if min(ratio.n for ratio in ratios.values()) < SEEDS:
        return Finding("not settled", "too few finished critics", more=f"{SEEDS} critics of each protocol")
    said = "; ".join(f"{name} {ratio}" for name, ratio in ratios.items())
    worst = max(ratios.values(), key=lambda ratio: ratio.upper)
    said = f"V / L as a share of W1, as means over seeds: {said}"
    if worst.upper < NEAR:
        return Finding("reproduced", said, worst.mean, worst.lower, worst.upper)
    if any(ratio.lower >= NEAR for ratio in ratios.values()):
        why = f"the critics of one protocol reach {NEAR:.0%} of the distance at this size"
        return Finding("not reproduced", said, worst.mean, worst.lower, worst.upper, why=why)
    more = "more seeds, because an interval contains the threshold"
    return Finding("not settled", said, worst.mean, worst.lower, worst.upper, more=more)


def batches_are_another_target(rows: Rows) -> Finding:
    """Compare the exact distance of fresh mini-batches with that of the whole sets."""
    found = _last(rows[PROTOCOLS.name])
    fresh, whole = (found[found["protocol"] == name] for name in ("mallasto", "stanczuk"))
    if fresh.empty or whole.empty or not fresh["exact_standard_error"].notna().all():
        return Finding("not settled", "too few finished critics", more="one critic of each protocol")
    lower, upper = fresh["exact_lower"].mean(), fresh["exact_upper"].mean()
    error = fresh["exact_standard_error"].max()
    rises = lower - ERRORS * error, upper + ERRORS * error
    base = whole["exact_lower"].max(), whole["exact_upper"].min()
    said = (
        f"W1 between mini-batches is {lower:.5f} to {upper:.5f} on average (standard error {error:.2g}), and W1 "
        f"between the whole sets is {base[0]:.5f} to {base[1]:.5f}"
    )
    numbers = lower / base[1], rises[0] / base[1], rises[1] / base[0]
    if rises[0] > base[1]:
        return Finding("reproduced", said, *numbers)
    why = (
        "the distance between mini-batches does not exceed that between the whole sets by more than its error"
    )
    return Finding("not reproduced", said, *numbers, why=why)


def _last(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the last look at each critic that was trained to its end."""
    fine = frame[frame["status"] == "ok"]
    return fine[fine["step"] == fine["steps"]]


STUDY = Study(
    name="A2",
    title="The protocols of three papers",
    question="Three papers differ in the number of points, in the use of full or mini-batches, and in the distance "
    "that they compare with. Does this protocol decide whether a WGAN-GP critic approximates the Wasserstein distance?",
    runs=(PROTOCOLS,),
    claims=(
        Claim(
            name="no-protocol-approximates",
            source="Stanczuk et al. 2021, Section 4.1 and Appendix B, Algorithms 4 to 6",
            says="Under the paper's own protocol and under those of Pinetz et al. and Mallasto et al., the value of a "
            "WGAN-GP critic, divided by its Lipschitz constant, does not approximate the distance that it is compared "
            "with.",
            rule="At the last step, the mean over seeds of normalised_ratio with its 95 % interval of Student's t, "
            f"for each protocol. Reproduced if all upper ends are below {NEAR}; not reproduced if a lower end is at "
            f"least {NEAR}; not settled otherwise, or with fewer than {SEEDS} critics of a protocol.",
            judge=no_protocol_approximates,
            original=("cifar10",),
        ),
        Claim(
            name="batches-are-another-target",
            source="Stanczuk et al. 2021, Appendix B, on Mallasto et al. 2019",
            says="The protocol of Mallasto et al. checks how well the distance between mini-batches is approximated, "
            "which differs from the distance between the sets that they are drawn from.",
            rule="Reproduced if the mean exact distance of fresh mini-batches (exact_lower of protocol mallasto), less "
            f"{ERRORS:.0f} of its standard errors, is above exact_upper of the whole sets (protocol stanczuk); "
            "otherwise not reproduced. Not settled if rows of either are missing.",
            judge=batches_are_another_target,
            original=("cifar10",),
        ),
    ),
    means="Critics of this size are far from the distance under every protocol. This does not show what much longer "
    "training would reach; see A1 for that.",
)
