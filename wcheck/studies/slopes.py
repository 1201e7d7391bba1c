"""Choices about a critic: the side of its penalty, what it is normalised over, and what is left for its generator."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from wcheck.studies.critics import PENALTIES
from wcheck.studies.statistics import over_runs
from wcheck.studies.study import Claim, Finding, Rows, Run, Study
from wcheck.studies.thresholds import FEWEST, above, below, finding, last_looks, together

if TYPE_CHECKING:
    import pandas as pd

LOW, HIGH = 0.1, 100.0
"""The weights of penalties that are compared."""
DEPENDS, ALONE = 0.01, 1e-4
"""How much a value depends on the rest of its batch, in standard deviations, where it does, and where it does not."""
FALLEN, KEPT = 0.1, 0.5
"""The share of its first size to which a gradient has fallen, and at which it is still there."""

NORMS = Run(
    name="oracle-norms",
    command="oracle",
    quick={
        "data": "{data}", "lipschitz": ("gp",), "norm": ("none", "layer", "batch"), "width": (128,),
        "steps": (1000,), "every": 250, "grad_points": 1000, "seed": (0, 1, 2, 3, 4),
    },
    full={"n": 2000, "width": (256,)},
    paper={
        "n": 10_000, "image_size": 64, "scale": "-1,1", "arch": ("dcgan",), "width": None, "steps": (50_000,),
        "every": 10_000, "device": "cuda",
    },
    seconds={"quick": 30, "full": 400, "paper": 60_000},
    figures={
        "oracle": "For critics without normalisation, with layer normalisation and with batch normalisation, against "
        "the steps: their claims, their claims divided by their steepest gradients, and their certified lower bounds, "
        "beside the band of the exact distance."
    },
)  # fmt: skip
FROZEN = Run(
    name="oracle-frozen",
    command="oracle",
    quick={
        "source": "gaussian:dim=64,n=500", "target": "gaussian:dim=64,n=500,mean=1",
        "objective": ("minimax", "wasserstein"), "width": (128,), "lr": (1e-3,), "steps": (1000,), "every": 50,
        "grad_points": 100, "seed": (0, 1, 2, 3, 4),
    },
    full={"seed": (0, 1, 2, 3, 4, 5, 6, 7, 8, 9)},
    paper={"seed": (0, 1, 2, 3, 4, 5, 6, 7, 8, 9)},
    seconds={"quick": 20, "full": 80, "paper": 40},
    figures={
        "vanishing": "The norm of the gradient for a fixed generator against the steps of its critic, on a logarithmic "
        "axis: the gradient of the minimax loss decreases, and that of the Wasserstein loss increases and then stays "
        "constant."
    },
)  # fmt: skip


def one_side_varies_less(rows: Rows) -> Finding:
    """Compare, seed by seed, the range over penalties of what critics certify by either penalty."""
    last = last_looks(rows[PENALTIES.name])
    last = last[(last["penalty"] >= LOW) & (last["penalty"] <= HIGH)]
    ranges = {name: _relative_range(own) for name, own in last.groupby("lipschitz")}
    if not {"gp", "lp"} <= set(ranges):
        return Finding("not settled", "too few critics", more=f"{FEWEST} seeds of either penalty")
    seeds = ranges["gp"].index.intersection(ranges["lp"].index)
    found = over_runs(ranges["lp"][seeds] - ranges["gp"][seeds])
    said = (
        f"V / L_pairs varies over penalties by {100 * over_runs(ranges['lp']).mean:.0f} % of its mean with the "
        f"one-sided penalty and by {100 * over_runs(ranges['gp']).mean:.0f} % with the two-sided one"
    )
    why = "the certified bound depends on the weight of the one-sided penalty as much as on that of the two-sided one"
    return finding(below(found, 0.0), said, found, 0.0, why=why, minutes=0.5)


def batches_couple(rows: Rows) -> Finding:
    """Measure what replacing the rest of a batch does to a value, by what hidden layers are normalised over."""
    last = last_looks(rows[NORMS.name])
    found = {name: over_runs(own["batch_dependence"]) for name, own in last.groupby("norm")}
    if not {"none", "layer", "batch"} <= set(found):
        return Finding("not settled", "too few critics", more=f"{FEWEST} seeds of each normalisation")
    verdict = together(
        [above(found["batch"], DEPENDS), *(below(found[name], ALONE) for name in ("none", "layer"))]
    )
    said = "; ".join(
        f"{name}: {found[name].mean:.2g} standard deviations" for name in ("batch", "layer", "none")
    )
    why = "values depend on their batch where they should not, or do not depend on it where they should"
    return finding(verdict, said, found["batch"], DEPENDS, why=why, minutes=0.1)


def layers_serve_better(rows: Rows) -> Finding:
    """Compare, seed by seed, what critics with layer and with batch normalisation certify, and the time they take."""
    last = last_looks(rows[NORMS.name])
    shares = last.pivot_table(index="seed", columns="norm", values="normalised_pairs_ratio")
    if not {"layer", "batch"} <= set(shares.columns):
        return Finding("not settled", "too few critics", more=f"{FEWEST} seeds of either normalisation")
    found = over_runs(shares["layer"] - shares["batch"])
    seconds = last.groupby("norm")["seconds"].median()
    said = "; ".join(
        f"{name}: {100 * shares[name].mean():.1f} % of the distance, {seconds[name]:.2g} s"
        for name in shares.columns
    )
    why = "with its running averages, a critic with batch normalisation certifies as much under the gradient penalty"
    return finding(above(found, 0.0), said, found, 0.0, why=why, minutes=0.2)


def minimax_gradient_falls(rows: Rows) -> Finding:
    """Take the share of its first size that is left of the minimax generator's gradient after the last step."""
    found = over_runs(_left(rows[FROZEN.name], "minimax"))
    shares = over_runs(10.0**each for each in _left(rows[FROZEN.name], "minimax"))
    said = (
        f"after the last step the gradient is 10^{found.mean:.1f} of its size at the first evaluation"
        if found.n
        else "no critic"
    )
    verdict = below(found, math.log10(FALLEN))
    why = f"{100 * shares.mean:.0f} % of the gradient is left"
    return finding(verdict, said, found, math.log10(FALLEN), why=why, minutes=0.1)


def wgan_gradient_stays(rows: Rows) -> Finding:
    """Do the same for the generator of a WGAN."""
    found = over_runs(_left(rows[FROZEN.name], "wasserstein"))
    said = (
        f"after the last step the gradient is {10**found.mean:.2g} times its size at the first evaluation"
        if found.n
        else "no critic"
    )
    return finding(
        above(found, math.log10(KEPT)),
        said,
        found,
        math.log10(KEPT),
        why="less than half of the gradient is left",
        minutes=0.1,
    )


def _relative_range(own: pd.DataFrame) -> pd.Series:
    """Return the range over penalties, as a share of the mean, for each seed that has all penalties."""
    values = own.pivot_table(index="seed", columns="penalty", values="normalised_pairs").dropna()
    if len(values.columns) < 2:
        return values.mean(axis=1)[:0]
    return (values.max(axis=1) - values.min(axis=1)) / values.mean(axis=1)


def _left(frame: pd.DataFrame, objective: str) -> Sequence[float]:
    """Return, for each seed, the decimal logarithm of the gradient after the last step over that at the first look."""
    own = frame[(frame["objective"] == objective) & (frame["status"] == "ok")]
    first = own[own["step"] == 0].set_index("seed")["generator_gradient"]
    last = last_looks(own).set_index("seed")["generator_gradient"]
    both = (last / first).dropna()
    # a gradient of 0 in float32 has fallen below what it can hold
    return [math.log10(max(float(share), 1e-45)) for share in both]


PENALISED = Study(
    name="sides",
    title="The side of the penalty",
    question="Does a penalty only on slopes above 1 depend less on its weight than a penalty on all slopes other than "
    "1?",
    runs=(PENALTIES,),
    claims=(
        Claim(
            name="one-side-varies-less",
            source="Encyclopedia article on WGAN, on variants of the penalty, after Petzka et al. 2018",
            says="The one-sided penalty is less sensitive to its weight than the two-sided one.",
            rule=f"For each seed the range of normalised_pairs at the last look over penalties from {LOW:g} to "
            f"{HIGH:g}, over its mean: that of lipschitz lp less that of gp. Reproduced if the interval over seeds "
            "lies below 0, not reproduced if above; else, or with fewer than three seeds, not settled.",
            judge=one_side_varies_less,
        ),
    ),
    means="The study compares what critics certify on a frozen pair. The effect on generators is another question.",
)
NORMALISED = Study(
    name="normalisation",
    title="Normalisation in a critic with a gradient penalty",
    question="Is a critic with batch normalisation still a function of points, and what is the cost of normalising "
    "each point instead?",
    runs=(NORMS,),
    claims=(
        Claim(
            name="batches-couple-points",
            source="Encyclopedia article on WGAN, after Gulrajani et al. 2017, Section 4",
            says="Batch normalisation couples the samples of a batch, so that a penalty at single points is not well "
            "defined; layer normalisation does not couple them.",
            rule="The intervals over seeds of batch_dependence at the last look. Reproduced if that of norm batch lies "
            f"above {DEPENDS:g} and those of norm layer and none below {ALONE:g}; not reproduced if one lies on the "
            "other side; else, or with fewer than three seeds, not settled.",
            judge=batches_couple,
        ),
        Claim(
            name="layer-normalisation-serves-better",
            source="Encyclopedia article on WGAN, after Gulrajani et al. 2017, Section 4",
            says="Under a gradient penalty, layer normalisation should replace batch normalisation, which interferes "
            "with the penalty.",
            rule="normalised_pairs_ratio at the last look with norm layer less that with norm batch, paired by seed. "
            "Reproduced if the interval lies above 0, not reproduced if below; else, or with fewer than three seeds, "
            "not settled.",
            judge=layers_serve_better,
        ),
    ),
    means="A critic with batch normalisation is trained as a function of batches, but certified as the function of "
    "points that is given by its running averages. So its certified bound and its penalty are about different "
    "functions.",
)
VANISHING = Study(
    name="vanishing",
    title="The better the critic, the flatter the loss",
    question="How large is the gradient of a generator once its critic has been trained for a long time?",
    runs=(FROZEN,),
    claims=(
        Claim(
            name="minimax-gradient-falls",
            source="Arjovsky et al. 2017, Sections 1 and 4.3, after Arjovsky and Bottou 2017, Figure 2",
            says="With a fixed generator, the gradient of the minimax loss vanishes as the discriminator gets better.",
            rule="log10 of generator_gradient after the last step over that at step 0, objective minimax. Reproduced "
            f"if the interval over seeds lies below log10 {FALLEN}, not reproduced if above; else, or with fewer than "
            "three seeds, not settled.",
            judge=minimax_gradient_falls,
        ),
        Claim(
            name="wgan-gradient-stays",
            source="Arjovsky et al. 2017, Section 3 and Figure 2",
            says="The gradient of the Wasserstein loss does not vanish; the longer the critic is trained, the better "
            "the gradient.",
            rule="The same for objective wasserstein. Reproduced if the interval over seeds lies above log10 "
            f"{KEPT}, not reproduced if below; else, or with fewer than three seeds, not settled.",
            judge=wgan_gradient_stays,
        ),
    ),
    means="The gradient is with respect to the generated points, for two normal distributions in 64 dimensions that "
    "hardly overlap. The gradient with respect to a generator's weights is this gradient times the derivative of the "
    "generator.",
)
