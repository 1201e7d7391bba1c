"""Does the loss track quality: E3, one rank correlation for each run of WGAN, WGAN-GP and GAN."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from wcheck.studies.games import above, below, chosen, decide, differences, looks, of_seeds
from wcheck.studies.statistics import median_filter, rank_correlation, sign_test
from wcheck.studies.study import Claim, Finding, Rows, Run, Study
from wcheck.studies.training_runs import (
    DIGITS_GAMES,
    DIGITS_GAN,
    DIGITS_WGAN,
    RING,
    RING_GAMES,
    RING_GAN,
    WGAN_GENERATORS,
)

if TYPE_CHECKING:
    from pandas import DataFrame

CLEAR = 0.5
"""The mean rank correlation that is called clear."""
RUNS = 10
"""The fewest runs of which it is taken."""
WINDOW = 9
"""Measured steps in the window of the median filter."""


def tracks(
    rows: Rows, *, run: Run, loss: str, quality: str, is_clear: bool, why: str = "", **game: str
) -> Finding:
    """Correlate a loss with the quality of the points in each run, and compare the mean with :data:`CLEAR`."""
    games = chosen(rows[run.name], **game)
    found = correlations(games, loss, quality)
    said = f"rank correlation of {loss} with {quality}" + (" (worse first)" if quality == "quality" else "")
    return decide([(above if is_clear else below)(said, found, CLEAR)], [games], least=RUNS, why=why)


def tracks_better(rows: Rows) -> Finding:
    """Compare, seed by seed, the correlation of WGAN's loss with that of GAN's divergence."""
    wgan, gan = rows[DIGITS_WGAN.name], rows[DIGITS_GAN.name]
    more = differences(
        correlations(wgan, "loss", "energy_distance"), correlations(gan, "js_estimate", "energy_distance")
    )
    chance = f"sign test p = {sign_test(more.values()):.2g}"
    said = f"the correlation of WGAN's loss minus that of GAN's js_estimate ({chance})"
    return decide([above(said, more)], [wgan, gan], least=RUNS)


def correlations(games: DataFrame, loss: str, quality: str) -> dict[int, float]:
    """Return, for each seed, Spearman's correlation over looks of the median-filtered loss with a measure of quality.

    Parameters
    ----------
    games : DataFrame
        Rows of games that differ in their seed alone.
    loss : str
        The column of what the game says of itself, on looks and on the steps between.
    quality : str
        The column of what its points are; ``quality``, which rises as points get better, is turned round, so that a
        correlation above 0 is always that of a loss that falls as points get better.
    """
    return of_seeds(games, lambda rows: _correlation(rows, loss, quality))


def _correlation(rows: DataFrame, loss: str, quality: str) -> float:
    measured = rows[rows[loss].notna()].sort_values("step")
    filtered = dict(zip(measured["step"], median_filter(list(measured[loss]), WINDOW), strict=True))
    seen = looks(rows)
    seen = seen[seen["step"].isin(list(filtered))]
    sign = -1.0 if quality == "quality" else 1.0
    return rank_correlation([filtered[step] for step in seen["step"]], list(sign * seen[quality]))


_CLIPPED = (
    "the claim of a clipped critic is about a thousandth of the distance, and changes with the critic's slope, which "
    "varies from step to step"
)
_WGAN, _GAN = "Arjovsky et al. 2017, Section 4.2, Figure 3", "Arjovsky et al. 2017, Section 4.2, Figure 4"
_ROOMS = ("lsun",)
_FOLLOWED = (
    "One Spearman correlation a run, over looks, of {} (its running median over "
    f"{WINDOW} measured steps) with {{}}. "
)
_CLEAR = (
    f"Reproduced if the 95 % interval of the mean over runs lies above {CLEAR}, not reproduced if below, otherwise not "
    f"settled; not settled with fewer than {RUNS} runs."
)
_POOR = _CLEAR.replace("lies above", "lies below").replace("if below", "if above")
_ENERGY = "energy_distance to held-out data in a feature space"

E3 = Study(
    name="E3",
    title="Does the loss track quality",
    question="Does the loss fall while a generator gets better and rise while it gets worse, so that it shows how the "
    "training is going?",
    runs=(DIGITS_WGAN, WGAN_GENERATORS, DIGITS_GAMES, DIGITS_GAN, RING_GAMES, RING_GAN),
    claims=(
        Claim(
            name="wgan-loss-tracks-quality",
            source=_WGAN,
            says="The loss of a WGAN correlates well with the quality of its samples.",
            rule=_FOLLOWED.format("WGAN's loss", _ENERGY) + _CLEAR,
            judge=partial(
                tracks, run=DIGITS_WGAN, loss="loss", quality="energy_distance", is_clear=True, why=_CLIPPED
            ),
            original=_ROOMS,
        ),
        Claim(
            name="wgan-loss-tracks-quality-of-convolutions",
            source=_WGAN,
            says="The loss of a WGAN correlates well with the quality of its samples if the generator is a DCGAN.",
            rule=_FOLLOWED.format("WGAN's loss with dcgan as generator", _ENERGY) + _CLEAR,
            judge=partial(
                tracks, run=WGAN_GENERATORS, loss="loss", quality="energy_distance", is_clear=True, why=_CLIPPED,
                generator="dcgan",
            ),
            original=_ROOMS,
        ),
        Claim(
            name="wgan-loss-tracks-distance",
            source=_WGAN,
            says="The loss of a WGAN follows the distance to the data, up to a constant factor.",
            rule=_FOLLOWED.format("WGAN's loss", "the exact W1 to held-out data") + _CLEAR,
            judge=partial(
                tracks, run=DIGITS_WGAN, loss="loss", quality="exact", is_clear=True, why=_CLIPPED
            ),
            original=_ROOMS,
        ),
        Claim(
            name="penalty-loss-tracks-quality",
            source="An encyclopedia's article on WGAN",
            says="The critic's loss correlates with sample quality in a way that a discriminator's does not.",
            rule=_FOLLOWED.format("WGAN-GP's loss", _ENERGY) + _CLEAR,
            judge=partial(
                tracks, run=DIGITS_GAMES, loss="loss", quality="energy_distance", is_clear=True,
                objective="wasserstein", lipschitz="gp",
            ),
            original=_ROOMS,
        ),
        Claim(
            name="penalty-loss-tracks-mixture-quality",
            source="An encyclopedia's article on WGAN",
            says="The critic's loss correlates with sample quality; on a mixture, quality is the share of samples at "
            "a mode.",
            rule=_FOLLOWED.format("WGAN-GP's loss on the ring", "the negative of quality") + _CLEAR,
            judge=partial(tracks, run=RING_GAMES, loss="loss", quality="quality", is_clear=True),
            original=_ROOMS,
            data=RING,
        ),
        Claim(
            name="js-does-not-track-quality",
            source=_GAN,
            says="The divergence that a discriminator estimates correlates poorly with the quality of samples.",
            rule=_FOLLOWED.format("js_estimate", _ENERGY) + _POOR,
            judge=partial(tracks, run=DIGITS_GAN, loss="js_estimate", quality="energy_distance", is_clear=False),
            original=_ROOMS,
        ),
        Claim(
            name="generator-cost-does-not-track-quality",
            source="Arjovsky et al. 2017, Appendix E, Figure 8",
            says="The generator's own cost in a GAN correlates no better with the quality of samples.",
            rule=_FOLLOWED.format("generator_loss of the GAN", _ENERGY) + _POOR,
            judge=partial(
                tracks, run=DIGITS_GAN, loss="generator_loss", quality="energy_distance", is_clear=False
            ),
            original=_ROOMS,
        ),
        Claim(
            name="js-does-not-track-mixture-quality",
            source=_GAN,
            says="The divergence that a discriminator estimates correlates poorly with the quality of samples; on a "
            "mixture, quality is the share of samples at a mode.",
            rule=_FOLLOWED.format("js_estimate on the ring", "the negative of quality") + _POOR,
            judge=partial(tracks, run=RING_GAN, loss="js_estimate", quality="quality", is_clear=False),
            original=_ROOMS,
            data=RING,
        ),
        Claim(
            name="wgan-loss-tracks-better-than-js",
            source="Arjovsky et al. 2017, Section 4.2, Figures 3 and 4",
            says="Unlike the divergence of a GAN, the loss of a WGAN shows how good its samples are.",
            rule="Seed by seed, the correlation of wgan-loss-tracks-quality less that of js-does-not-track-quality. "
            "Reproduced if the 95 % interval of the mean lies above 0, not reproduced if below, otherwise not settled; "
            f"not settled with fewer than {RUNS} pairs.",
            judge=tracks_better,
            original=_ROOMS,
        ),
    ),
    means="A correlation is computed within one run. Even if the loss falls while samples get better, the losses of "
    "different runs are not comparable. The evaluations of one run depend on each other, so the interval is over "
    "runs, not over evaluations.",
)  # fmt: skip
"""The study of losses as signs of quality."""
