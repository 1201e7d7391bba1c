"""Three generators: E5, under WGAN and GAN, and E6b, whether convolutions matter under the batch's own distance."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from wcheck.studies.games import (
    Condition,
    above,
    below,
    chosen,
    decide,
    differences,
    ends,
    failures,
)
from wcheck.studies.study import Claim, Finding, Rows, Run, Study
from wcheck.studies.training_runs import (
    BATCH_GENERATORS,
    DIGITS_BATCH,
    DIGITS_GAN,
    DIGITS_WGAN,
    GAN_GENERATORS,
    RING,
    RING_GAMES,
    RING_GAN,
    WGAN_GENERATORS,
)

if TYPE_CHECKING:
    from pandas import DataFrame

GENERATORS = ("dcgan", "dcgan-flat", "mlp")
"""The generators of Figures 5 to 7."""
WGAN, GAN = (DIGITS_WGAN, WGAN_GENERATORS), (DIGITS_GAN, GAN_GENERATORS)
"""Where their games under WGAN and under GAN are."""
BATCH = (DIGITS_BATCH, BATCH_GENERATORS)
"""Where those on the distance of batches are."""
WIDE = 0.5
"""The share of the spread of real points below which modes are missing."""
HALF = 0.5
"""The modes by which one of two is ahead: half of one, in the mean."""
ALIKE = 0.05
"""The share of the distance by which two generators may differ that are called alike."""


def does_not_collapse(rows: Rows) -> Finding:
    """Look at the ends of all games of WGAN: how many failed, and how widely their points are spread."""
    played = {name: _games(rows, WGAN, name) for name in GENERATORS}
    failed = {name: sum(failures(games).values()) for name, games in played.items()}
    conditions = [
        above(f"spread under WGAN with {name}", ends(games, "spread"), WIDE) for name, games in played.items()
    ]
    found = decide(conditions, played.values())
    said = f"{sum(failed.values()):.0f} games diverged or collapsed; {found.found}"
    if sum(failed.values()):
        return Finding("not reproduced", said, value=sum(failed.values()), why="a game of WGAN failed")
    return Finding(found.verdict, said, found.value, found.lower, found.upper, found.more, found.why)


def gan_is_worse(rows: Rows, *, generator: str, columns: tuple[str, ...]) -> Finding:
    """Compare, seed by seed, the points of GAN with those of WGAN for one generator."""
    wgan, gan = (_games(rows, runs, generator) for runs in (WGAN, GAN))
    conditions: list[Condition] = []
    for name in columns:
        more = differences(ends(gan, name), ends(wgan, name))
        side = below if name == "spread" else above
        conditions.append(side(f"{name.replace('_', ' ')} of GAN minus that of WGAN, with {generator}", more))
    return decide(
        conditions,
        [wgan, gan],
        why="in games as short as these, with a clip of 0.01, WGAN learns more slowly",
    )


def more_modes(rows: Rows) -> Finding:
    """Compare, seed by seed, how many modes of the ring have points under WGAN-GP and under GAN, both of MLPs."""
    return _keeps_more(
        "modes", rows[RING_GAMES.name], rows[RING_GAN.name], "modes under WGAN-GP minus those under GAN"
    )


def more_classes(rows: Rows) -> Finding:
    """Compare, seed by seed, of how many classes there are digits under WGAN and under GAN, generators being MLPs."""
    wgan, gan = (_games(rows, runs, "mlp") for runs in (WGAN, GAN))
    return _keeps_more("classes", wgan, gan, "classes under WGAN minus those under GAN")


def _keeps_more(column: str, wgan: DataFrame, gan: DataFrame, says: str) -> Finding:
    more = differences(ends(wgan, column), ends(gan, column))
    return decide([above(says, more, HALF)], [wgan, gan])


def wgan_is_robust(rows: Rows) -> Finding:
    """Compare, seed by seed, how far the three generators are apart in quality under GAN and under WGAN."""
    wgan, gan = ([_games(rows, runs, name) for name in GENERATORS] for runs in (WGAN, GAN))
    more = differences(_ranges(gan), _ranges(wgan))
    said = "the range of the energy distance over generators under GAN minus that under WGAN"
    return decide([above(said, more)], [*wgan, *gan])


def architecture_does_not_matter(rows: Rows) -> Finding:
    """Compare, seed by seed, convolutional generators with a fully connected one under the batch's own distance."""
    mlp, conv = (chosen(_games(rows, BATCH, name), objective="exact") for name in ("mlp", "dcgan"))
    own, other = ends(mlp, "exact"), ends(conv, "exact")
    shares = {seed: gap / own[seed] for seed, gap in differences(other, own).items()}
    said = "exact W1 of the convolutional generator minus that of the fully connected one, as a share of the latter"
    conditions = [above(said, shares, -ALIKE), below(f"the same, to be below {ALIKE:g}", shares, ALIKE)]
    return decide(
        conditions,
        [mlp, conv],
        why="the generators learn at different speeds, and these games end before both have converged",
    )


def _ranges(played: Sequence[DataFrame]) -> dict[int, float]:
    """Return, for each seed that all generators have, the largest less the smallest energy distance at the end."""
    found = [ends(games, "energy_distance") for games in played]
    shared = set.intersection(*map(set, found))
    return {seed: max(own[seed] for own in found) - min(own[seed] for own in found) for seed in shared}


def _games(rows: Rows, runs: Sequence[Run], generator: str) -> DataFrame:
    import pandas as pd

    return pd.concat([chosen(rows[run.name], generator=generator) for run in runs])


_ROOMS = ("lsun",)
_DECIDED = " Reproduced if the 95 % {}, not reproduced if {}, otherwise not settled."
_SIDES = _DECIDED.format("interval of every mean lies on that side of 0", "one lies on the other")

E5 = Study(
    name="E5",
    title="Three generators under WGAN and GAN",
    question="Does a WGAN work with a badly chosen generator with which a GAN fails?",
    runs=(DIGITS_WGAN, DIGITS_GAN, WGAN_GENERATORS, GAN_GENERATORS, RING_GAMES, RING_GAN),
    claims=(
        Claim(
            name="no-collapse-under-wgan",
            source="Arjovsky et al. 2017, Section 4.3",
            says="In no experiment was there evidence of mode collapse under WGAN.",
            rule="Over dcgan, dcgan-flat and mlp: not reproduced if a game ends diverged or collapsed; else spread at "
            "the last look: reproduced if for each generator the 95 % interval of its mean over seeds lies above "
            f"{WIDE}, not reproduced if one lies below, otherwise not settled.",
            judge=does_not_collapse,
            original=_ROOMS,
        ),
        Claim(
            name="gan-mlp-collapses",
            source="Arjovsky et al. 2017, Section 4.3, Figure 7",
            says="With an MLP as the generator, a GAN makes worse samples than a WGAN, and loses modes.",
            rule="At the last looks, seed by seed, GAN less WGAN with mlp: energy_distance is to be above 0 and "
            "spread below." + _SIDES,
            judge=partial(gan_is_worse, generator="mlp", columns=("energy_distance", "spread")),
            original=_ROOMS,
        ),
        Claim(
            name="wgan-keeps-modes",
            source="Arjovsky et al. 2017, Section 4.3",
            says="With MLPs, a GAN loses a significant number of modes and a WGAN loses none; here the modes are a "
            "ring of eight.",
            rule="At the last looks on the ring, seed by seed, modes under WGAN-GP less those under the "
            "non-saturating GAN." + _DECIDED.format(f"interval of the mean lies above {HALF}", "below"),
            judge=more_modes,
            original=_ROOMS,
            data=RING,
        ),
        Claim(
            name="gan-mlp-loses-classes",
            source="Arjovsky et al. 2017, Section 4.3, Figure 7",
            says="With MLPs, a GAN loses a significant number of modes and a WGAN loses none; here the modes are the "
            "classes of images.",
            rule="At the last looks, seed by seed, classes under WGAN less those under GAN with mlp."
            + _DECIDED.format(f"interval of the mean lies above {HALF}", "below"),
            judge=more_classes,
            original=_ROOMS,
            settles=("quick",),
        ),
        Claim(
            name="gan-fails-without-normalisation",
            source="Arjovsky et al. 2017, Section 4.3, Figure 6",
            says="With a DCGAN of constant width and without batch normalisation, the GAN fails to learn, but the "
            "WGAN learns.",
            rule="At the last looks, seed by seed, GAN less WGAN with dcgan-flat: energy_distance is to be above 0."
            + _SIDES,
            judge=partial(gan_is_worse, generator="dcgan-flat", columns=("energy_distance",)),
            original=_ROOMS,
        ),
        Claim(
            name="wgan-is-robust",
            source="Arjovsky et al. 2017, Section 4.3, Figures 5 to 7",
            says="WGANs are much more robust than GANs to changes of the generator's architecture.",
            rule="Seed by seed, the range of energy_distance over the three generators at the last looks, under GAN "
            "less under "
            "WGAN." + _DECIDED.format("interval of its mean lies above 0", "below"),
            judge=wgan_is_robust,
            original=_ROOMS,
        ),
    ),
    means="Here, robust means that the worst of three generators is not much worse than the best. The critics are "
    "DCGANs, as in the paper. Classes are recognised by a small classifier of the data, only in the preset quick. It "
    "assigns a class to every image, so a class can be present with poor images.",
)
"""The study of generators under WGAN and GAN."""

E6B = Study(
    name="E6b",
    title="Convolutions and the distance of batches",
    question="Is the advantage of a convolutional generator lost if the loss is a distance between batches of pixels?",
    runs=(DIGITS_BATCH, BATCH_GENERATORS),
    claims=(
        Claim(
            name="architecture-does-not-matter",
            source="Stanczuk et al. 2021, Section 6.3",
            says="Methods that approximate the distance of batches perform similarly with fully connected and "
            "convolutional generators.",
            rule="At the last looks of games on the exact distance of batches, seed by seed, exact with dcgan less "
            "exact with mlp, as a share of the latter. Reproduced if the 95 % interval of its mean lies within "
            f"{ALIKE:.0%} of 0, not reproduced if wholly outside, otherwise not settled.",
            judge=architecture_does_not_matter,
            original=("celeba",),
        ),
    ),
    means="Generators with the same distance can differ in other ways: a distance between pixels does not measure the "
    "structure that convolutions preserve.",
)
"""The study of generators under the batch's distance."""
