"""What keeps a critic's slope near 1, and how much of the distance it then sees: A5."""

from __future__ import annotations

from wcheck.studies.statistics import over_runs
from wcheck.studies.study import Claim, Finding, Rows, Run, Study, Verdict
from wcheck.studies.thresholds import above, below, finding, last_looks

TENTH = 0.2
"""A share of the distance, below which a value is about an order of magnitude smaller."""
HALF = 0.5
"""A slope below which it is much smaller than 1."""

MECHANISMS = Run(
    name="oracle-mechanisms",
    command="oracle",
    quick={
        "data": "{data}", "lipschitz": ("gp", "lp", "ct", "clip", "spectral", "orthonormal"), "width": (64,),
        "steps": (1000,), "every": 250, "grad_points": 1000, "seed": (0, 1, 2),
    },
    full={"n": 2000, "width": (256,)},
    paper={
        "n": 10_000, "image_size": 64, "scale": "-1,1", "width": (256,), "steps": (50_000,), "every": 10_000,
        "grad_points": 10_000, "device": "cuda",
    },
    seconds={"quick": 32, "full": 700, "paper": 60_000},
    figures={
        "oracle": "For each mechanism, against the steps: the claims of its critics, their claims divided by their "
        "steepest gradients, and their certified lower bounds, beside the band of the exact distance. Orthonormal "
        "layers certify the most, and no critic reaches the band.",
    },
)  # fmt: skip


def provable_layers_are_as_far(rows: Rows) -> Finding:
    """Hold what orthonormal critics certify by their Lipschitz bound against a fifth of the distance."""
    last = last_looks(rows[MECHANISMS.name])
    shares = {name: over_runs(own["normalised_pairs_ratio"]) for name, own in last.groupby("lipschitz")}
    found = over_runs(last[last["lipschitz"] == "orthonormal"]["normalised_upper_ratio"])
    others = ", ".join(f"{name!s} {100 * each.mean:.0f} %" for name, each in shares.items())
    said = (
        f"orthonormal critics certify {100 * found.mean:.0f} % of the distance ({100 * found.lower:.0f} to "
        f"{100 * found.upper:.0f}) by V / L_upper; by V / L_pairs: {others}"
        if found.n > 1
        else "too few orthonormal critics"
    )
    why = (
        "layers with norms of exactly 1 keep a slope of 1 all the way between the sets, which penalties and clipping "
        "do not; the paper had no such critic on a frozen pair. The value is still only a part of the distance"
    )
    return finding(below(found, TENTH), said, found, TENTH, why=why, minutes=0.5)


def clipped_slope_is_small(rows: Rows) -> Finding:
    """Hold the certified Lipschitz bound of clipped critics, and the steepest gradient met, against a half."""
    last = last_looks(rows[MECHANISMS.name])
    clipped = last[last["lipschitz"] == "clip"]
    bound, met = over_runs(clipped["lipschitz_upper"]), over_runs(clipped["grad_ascent"])
    verdict: Verdict = below(bound, HALF)
    if verdict != "reproduced":
        verdict = "not reproduced" if above(met, HALF) == "reproduced" else "not settled"
    said = (
        f"the Lipschitz constant is at most {bound} by the layers, and at least {met} by the gradients found"
    )
    why = "a slope of more than a half was found: weights that have accumulated at the clip act in one direction"
    return finding(verdict, said, bound, HALF, why=why, minutes=0.2)


STUDY = Study(
    name="A5",
    title="Mechanisms that bound the slope",
    question="Does the mechanism that keeps a critic's slope close to 1 decide how much of the distance the critic "
    "finds?",
    runs=(MECHANISMS,),
    claims=(
        Claim(
            name="provable-layers-are-as-far",
            source="Stanczuk et al. 2021, Section 4.1.1, whose critics had a gradient penalty",
            says="The normalised value is an order of magnitude smaller than the distance; here this is tested for "
            "every critic, including one with layers of provable slope.",
            rule="The interval over seeds of normalised_upper_ratio of lipschitz orthonormal at the last look. "
            f"Reproduced if it lies below {TENTH}, not reproduced if above; else, or with fewer than three seeds, not "
            "settled.",
            judge=provable_layers_are_as_far,
            original=("cifar10",),
        ),
        Claim(
            name="clipped-slope-is-small",
            source="Encyclopedia article on WGAN, on weight clipping",
            says="With weight clipping, the actual Lipschitz constant is usually much smaller than 1.",
            rule="The intervals over seeds of lipschitz_upper and grad_ascent of lipschitz clip (c = 0.01) at the last "
            f"look. Reproduced if the first lies below {HALF}; not reproduced if the second lies above it; else, or "
            "with fewer than three seeds, not settled.",
            judge=clipped_slope_is_small,
        ),
    ),
    means="Mechanisms differ by more than the weights of a penalty do: layers with a provable slope certify the "
    "largest share. No mechanism certifies the whole distance after these steps, and the study does not show which "
    "one leads to a better generator.",
)
