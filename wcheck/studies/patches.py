"""What a critic's architecture makes of its distance: E8, the reply to the paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wcheck.plots.gan_patches import MARGIN
from wcheck.studies import games
from wcheck.studies.study import Claim, Finding, Rows, Run, Study
from wcheck.studies.thresholds import FEWEST

if TYPE_CHECKING:
    from pandas import DataFrame

SOURCE = "In Defense of Wasserstein, ICLR 2025"
POINTS = {
    "data": "{data}", "scale": "-1,1", "n": 498, "patches": 4, "generator": ("points",), "free_points": (64,),
    "generator_lr": (1e-2,), "average": (0.99,), "seed": (0, 1, 2),
}  # fmt: skip
"""64 free points in the place of a generator."""
CRITICS = Run(
    name="patches",
    command="gan",
    quick={
        **POINTS, "objective": ("wasserstein",), "lipschitz": ("gp",), "arch": ("mlp", "dcgan"), "width": (128,),
        "lr": (1e-3,), "steps": (800,), "every": 800, "grad_points": 100,
    },
    full={"n": 1000, "patches": 8, "width": (256,), "steps": (600,), "every": 600},
    paper={
        "n": 5000, "patches": 8, "width": (512,), "free_points": (256,), "lr": (1e-4,), "generator_lr": (1e-3,),
        "steps": (50_000,), "every": 50_000, "device": "cuda",
    },
    seconds={"quick": 75, "full": 2500, "paper": 30_000},
    figures={
        "gan-patches": "W1 to held-out data, between images and between their patches, one point for each seed: with a "
        "fully connected critic, with a convolutional critic, and for the k-point candidate, with a band of the "
        "distances between images that count as close to it. The dashed lines are real points."
    },
    beside=("patches-candidate",),
)  # fmt: skip
CANDIDATE = Run(
    name="patches-candidate",
    command="gan",
    quick={**POINTS, "objective": ("exact",), "batch_size": ("full",), "steps": (500,), "every": 500},
    full={"n": 1000, "patches": 8, "batch_size": (2000,), "steps": (300,), "every": 300},
    paper={
        "n": 5000, "patches": 8, "free_points": (256,), "batch_size": (5000,), "steps": (1000,), "every": 1000,
        "device": "cuda",
    },
    seconds={"quick": 20, "full": 300, "paper": 3000},
)  # fmt: skip


def dense_ends_near_the_candidate(rows: Rows) -> Finding:
    """Divide where a fully connected critic leads by where the descent on the exact distance does."""
    dense, candidate = (games.ends(frame, "exact") for frame in (_of(rows, "mlp"), rows[CANDIDATE.name]))
    ratios = {seed: dense[seed] / candidate[seed] for seed in dense if candidate.get(seed)}
    says = "W1 to the reference with a fully connected critic, divided by that of the k-point candidate"
    why = "the critic does not approximate the distance, or its points have not converged"
    return games.decide([games.below(says, ratios, MARGIN)], rows.values(), why=why)


def convolutional_is_nearer_in_patches(rows: Rows) -> Finding:
    """Compare two critics by W1 between patches, and by W1 between images."""
    dense, convolutional = (_of(rows, arch) for arch in ("mlp", "dcgan"))

    def more(column: str) -> dict[int, float]:
        return games.differences(games.ends(convolutional, column), games.ends(dense, column))

    said = "with a convolutional critic minus that with a fully connected one"
    return games.decide(
        [
            games.below(f"W1 between patches {said}", more("patch_exact")),
            games.above(f"W1 between images {said}", more("exact")),
        ],
        rows.values(),
        why="at this size, convolutions alone do not turn the critic's distance into one between patches",
    )


def _of(rows: Rows, arch: str) -> DataFrame:
    return games.chosen(rows[CRITICS.name], arch=arch)


E8 = Study(
    name="E8",
    title="The critic's architecture and the distance",
    question="Free points, moved by a critic without any generator, minimise its distance directly. Do they end at "
    "the k points that are closest to the data in W1, and does a convolutional critic lead to other points?",
    runs=(CRITICS, CANDIDATE),
    claims=(
        Claim(
            name="dense-critic-ends-at-k-points",
            source=SOURCE,
            says="With free points instead of a generator, a fully connected critic leads approximately to the k "
            "points of equal weight that are closest to the data in W1.",
            rule="exact at the last look under arch mlp over that of the candidate, 64 points that descend on "
            "the exact W1 to all training points, by seed. Reproduced if the 95 % interval of its mean over "
            f"seeds lies below {MARGIN:g}, not reproduced if it lies above, otherwise not settled; at least "
            f"{FEWEST} seeds.",
            judge=dense_ends_near_the_candidate,
            original=("cifar10",),
        ),
        Claim(
            name="convolutional-critic-is-nearer-in-patches",
            source=SOURCE,
            says="A convolutional critic leads to points that are closer to the data in the distance between patches, "
            "but farther in the distance between images.",
            rule="patch_exact and exact at the last look under arch dcgan less those under arch mlp, by seed. "
            "Reproduced if the 95 % interval of the mean of the first lies below 0 and that of the second above "
            f"0, not reproduced if one lies on the other side, otherwise not settled; at least {FEWEST} "
            "seeds.",
            judge=convolutional_is_nearer_in_patches,
            original=("cifar10",),
        ),
    ),
    means="The candidate is a local minimum, so a critic may lead to points that are closer. The distance between "
    "patches is small for sharp pieces in any arrangement, so a smaller one does not mean better images. On images of "
    "8x8 pixels, a patch of 4x4 is a quarter of the image, and the convolutional critic has a single convolutional "
    "layer.",
)
