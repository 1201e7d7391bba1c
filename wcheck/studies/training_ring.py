"""Games on a ring of eight modes: A3, the loss beside the distance, and E2, provably 1-Lipschitz critics."""

from __future__ import annotations

from functools import partial

from wcheck.studies.games import below, chosen, decide, differences, ends, of_seeds, unsettled
from wcheck.studies.study import Claim, Finding, Rows, Run, Study
from wcheck.studies.training_runs import RING_GAMES, RING_GAN, RING_LIPSCHITZ, RING_UNCONSTRAINED

APART = 2 / 3
"""The share of the distance below which a normalised loss is not the distance."""
AT_THE_END = 2 / 6.92
"""Twice the share of the distance that the paper's normalised loss ended at."""
LONG = 20_000
"""The generator's steps of a training that has an end to speak of."""


def loss_is_not_the_distance(rows: Rows) -> Finding:
    """Compare the critic's claim over its steepest slope with the exact distance at the last look."""
    games = rows[RING_GAMES.name]
    return decide([below("V / L at the end as a share of the exact W1", _shares(rows), APART)], [games])


def seven_times(rows: Rows) -> Finding:
    """Compare the same share with the paper's, after a long training."""
    games, shares = rows[RING_GAMES.name], _shares(rows)
    steps = float(games["steps"].max())
    found = decide([below("V / L at the end as a share of the exact W1", shares, AT_THE_END)], [games])
    if steps >= LONG:
        return found
    minutes = LONG / steps * sum(of_seeds(games, lambda own: own["seconds"].max()).values()) / 60
    return unsettled(
        f"after {steps:,.0f} steps {found.found}",
        f"games of at least {LONG:,} steps, about {minutes:,.0f} minutes of training on one core for as many seeds",
    )


def _shares(rows: Rows) -> dict[int, float]:
    claims, exact = (ends(rows[RING_GAMES.name], column) for column in ("normalised", "exact"))
    return {seed: claims[seed] / exact[seed] for seed in claims if seed in exact}


def constrained_is_nearer(rows: Rows, *, objective: str, other: Run, lipschitz: str) -> Finding:
    """Compare, seed by seed, the points under a provably 1-Lipschitz critic with those under another."""
    constrained = chosen(rows[RING_LIPSCHITZ.name], objective=objective)
    against = chosen(rows[other.name], objective=objective, lipschitz=lipschitz)
    less = differences(ends(constrained, "exact"), ends(against, "exact"))
    said = f"the exact W1 under the 1-Lipschitz critic minus that under {_NAMES[lipschitz]}"
    return decide([below(said, less)], [constrained, against])


_NAMES = {"none": "an unconstrained critic", "gp": "the gradient penalty"}
_RULE = (
    "At the last looks, seed by seed, the exact W1 to held-out points under an orthonormal critic less that under {}. "
    "Reproduced if the 95 % interval of the mean lies below 0, not reproduced if above, otherwise not settled."
)
_MODES = "eight Gaussian modes on a ring"

A3 = Study(
    name="A3",
    title="The loss in training, in the plane",
    question="In the plane, the distance itself can be computed while a generator is trained. Is the loss of WGAN-GP, "
    "divided by the steepest slope of its critic, equal to that distance?",
    runs=(RING_GAMES,),
    claims=(
        Claim(
            name="ring-loss-is-not-the-distance",
            source="Stanczuk et al. 2021, Section 4.1.2, Figure 5",
            says="Even in two dimensions the normalised loss of WGAN-GP is far below the Wasserstein distance.",
            rule="For each seed normalised / exact at the last look. Reproduced if the 95 % interval of its mean over "
            f"seeds lies below {APART:.3f}, not reproduced if above, otherwise not settled.",
            judge=loss_is_not_the_distance,
        ),
        Claim(
            name="ring-ends-seven-times-apart",
            source="Stanczuk et al. 2021, Section 4.1.2, Figure 5",
            says="At the end of the training the distance is 6.92 times the normalised loss.",
            number="6.92",
            rule="For each seed normalised / exact at the last look, which is 1 / 6.92 in the paper. Reproduced if the "
            f"95 % interval of its mean lies below {AT_THE_END:.3f}, twice that, not reproduced if above, otherwise "
            f"not settled; not settled in games of fewer than {LONG:,} steps.",
            judge=seven_times,
            settles=("full", "paper"),
        ),
    ),
    means="V / L does not estimate the distance even in two dimensions. L is only the steepest slope that was found, "
    "so V / L need not be below the distance either.",
)
"""The study of the loss on the ring."""

E2 = Study(
    name="E2",
    title="Provably 1-Lipschitz critics",
    question="Does a critic whose slope cannot exceed 1 lead to better generators, for the Wasserstein objective and "
    "for an objective that does not need such a bound?",
    runs=(RING_UNCONSTRAINED, RING_GAMES, RING_GAN, RING_LIPSCHITZ),
    claims=(
        Claim(
            name="lipschitz-critic-helps-wgan",
            source="Stanczuk et al. 2021, Section 7.1, Figure 17",
            says=f"A WGAN learns {_MODES} better with a provably 1-Lipschitz critic than with an ordinary one.",
            rule=_RULE.format("a critic without constraint"),
            judge=partial(
                constrained_is_nearer, objective="wasserstein", other=RING_UNCONSTRAINED, lipschitz="none"
            ),
        ),
        Claim(
            name="lipschitz-critic-beats-penalty",
            source="Stanczuk et al. 2021, Section 7.1, Figure 17",
            says=f"A WGAN with a provably 1-Lipschitz critic learns {_MODES} better than WGAN-GP does.",
            rule=_RULE.format("a critic with gradient penalty"),
            judge=partial(constrained_is_nearer, objective="wasserstein", other=RING_GAMES, lipschitz="gp"),
        ),
        Claim(
            name="lipschitz-critic-helps-gan",
            source="Stanczuk et al. 2021, Section 7.1, Figure 18",
            says=f"A non-saturating GAN learns {_MODES} better if its discriminator is provably 1-Lipschitz.",
            rule=_RULE.format("a discriminator without constraint"),
            judge=partial(
                constrained_is_nearer, objective="non-saturating", other=RING_GAN, lipschitz="none"
            ),
        ),
    ),
    means="The slope of the critic matters for every objective, which is an argument for regularisation rather than "
    "for the Wasserstein distance. All games have the same steps and learning rates, which were not tuned for any of "
    "them.",
)
"""The study of Lipschitz critics on the ring."""
