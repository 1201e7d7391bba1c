"""What approximates the batch's distance blurs: E1, c-transforms and Sinkhorn generators, and C3, centroids."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from wcheck.studies.games import above, below, chosen, decide, differences, ends
from wcheck.studies.study import Claim, Finding, Rows, Run, Study
from wcheck.studies.training_runs import DIGITS_BATCH, DIGITS_ENTROPIC, DIGITS_GAMES, DIGITS_SAMPLES

if TYPE_CHECKING:
    from pandas import DataFrame

BLUR = ("spread", "sharpness", "centroid_distance")
"""What is small for blurred points like centroids."""
EPSILONS = (0.01, 1.0, 10.0, 100.0)
"""The regularisations of Figure 15."""


def blurs(rows: Rows, *, run: Run, objective: str, epsilons: Sequence[float] = (), why: str = "") -> Finding:
    """Compare, seed by seed, points of an objective with those of WGAN-GP: spread, sharpness, nearness to centroids."""
    games, penalty = chosen(rows[run.name], objective=objective), _penalty(rows)
    played = {f" at eps {epsilon:g}": chosen(games, epsilon=epsilon) for epsilon in epsilons} or {"": games}
    conditions = []
    for at, own in played.items():
        for name in BLUR:
            less = differences(ends(own, name), ends(penalty, name))
            conditions.append(below(f"{name.replace('_', ' ')}{at} minus that of WGAN-GP", less))
    return decide(conditions, [*played.values(), penalty], why=why)


def like_centroids(rows: Rows) -> Finding:
    """Compare how far the c-transform's points are from centroids with how far real ones and WGAN-GP's are."""
    transform, penalty = chosen(rows[DIGITS_GAMES.name], objective="c-transform"), _penalty(rows)
    near = ends(transform, "centroid_distance")
    further = differences(ends(penalty, "centroid_distance"), near)
    return decide(
        [
            below(
                "distance of the c-transform's points to the nearest centroid, divided by that of real points",
                near,
                1,
            ),
            above("that of WGAN-GP's points minus it", further),
        ],
        [transform, penalty],
        why="after a short training the points are as blurred as the centroids, but not yet close to them",
    )


def _penalty(rows: Rows) -> DataFrame:
    return chosen(rows[DIGITS_GAMES.name], objective="wasserstein", lipschitz="gp")


_RULE = (
    "At the last looks, seed by seed, spread, sharpness and centroid_distance less those of WGAN-GP{}. Reproduced if "
    "the 95 % intervals of all means lie below 0, not reproduced if one lies above, otherwise not settled."
)
_FACES = ("celeba",)
_SCALE = (
    "whether a regularisation is large depends on the cost, which is about 5 between digits and 50 between faces of "
    "64x64 pixels; if it is far larger than the cost, the divergence is nearly an energy distance, under which the "
    "generator is no longer narrow"
)

E1 = Study(
    name="E1",
    title="Generators that minimise the distance of batches",
    question="What images do generators make if they minimise the distance of batches or an approximation of it: by a "
    "c-transform, an entropic c-transform, the Sinkhorn divergence, or the distance itself?",
    runs=(DIGITS_GAMES, DIGITS_BATCH, DIGITS_ENTROPIC, DIGITS_SAMPLES),
    claims=(
        Claim(
            name="c-transform-blurs",
            source="Stanczuk et al. 2021, Section 4.2, Figure 7, and Section 5.4, Figure 12",
            says="The images of the c-transform WGAN are blurry and resemble k-medians, and those of WGAN-GP do not.",
            rule=_RULE.format(""),
            judge=partial(blurs, run=DIGITS_GAMES, objective="c-transform"),
            original=_FACES,
        ),
        Claim(
            name="entropic-c-transform-blurs",
            source="Stanczuk et al. 2021, Section 6.1, Figure 14",
            says="With the (c, eps)-transform and eps = 1000 the images are as poor, although it needs only few "
            "samples.",
            number="1000",
            rule=_RULE.format(", of c-eps-transform with eps = 1000"),
            judge=partial(blurs, run=DIGITS_ENTROPIC, objective="c-eps-transform", epsilons=(1000.0,)),
            original=_FACES,
        ),
        Claim(
            name="sinkhorn-blurs",
            source="Stanczuk et al. 2021, Section 6.2, Figure 15",
            says="A generator trained on the exact Sinkhorn divergence of batches makes blurry, non-diverse images at "
            "every regularisation.",
            number="eps = 0.01, 1, 10, 100",
            rule=_RULE.format(", of sinkhorn with eps of 0.01, 1, 10 and 100, twelve intervals in all"),
            judge=partial(blurs, run=DIGITS_BATCH, objective="sinkhorn", epsilons=EPSILONS, why=_SCALE),
            original=_FACES,
        ),
        Claim(
            name="batch-distance-blurs",
            source="Stanczuk et al. 2021, Section 6.2",
            says="The best approximations of the distance of batches lead to blurry, non-diverse images, however they "
            "are computed.",
            rule=_RULE.format(", of the exact distance of batches itself"),
            judge=partial(blurs, run=DIGITS_BATCH, objective="exact"),
            original=_FACES,
        ),
    ),
    means="Neither a better critic nor more samples would help: the distance between small batches, however it is "
    "computed, is small for points in the middle of the data. Sharpness is measured at edges, and noise increases it "
    "too.",
)
"""The study of generators of the batch's distance."""

C3 = Study(
    name="C3",
    title="Centroids beside samples of the c-transform",
    question="Do the samples of the c-transform WGAN resemble the centroids of geometric k-medians?",
    runs=(DIGITS_SAMPLES, DIGITS_GAMES),
    claims=(
        Claim(
            name="c-transform-is-like-centroids",
            source="Stanczuk et al. 2021, Section 5.4, Figure 12",
            says="The output of the c-transform WGAN looks very similar to the centroids of geometric k-medians.",
            rule="At the last looks, for each seed, centroid_distance of the c-transform, whose unit is the distance "
            "of real points to the nearest of 64 centroids of the training points, and that of WGAN-GP less it. "
            "Reproduced if the 95 % interval of the mean of the first lies below 1 and of the second above 0, not "
            "reproduced if the first lies above 1 or the second below 0, otherwise not settled.",
            judge=like_centroids,
            original=_FACES,
        ),
    ),
    means="Samples that are closer to a few centroids than real points are have lost the differences within a "
    "cluster. The study does not show how many of the centroids they are close to. The pictures are of one seed; the "
    "sheets of all evaluations are beside the rows, in runs/digits-samples-sheets.",
)
"""The study of centroids."""
