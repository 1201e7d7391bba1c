"""The games that the studies of training read: each is played once, whoever reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wcheck.studies.study import DATA, FAILURES, FOLDER, Preset, Run

TEN, FOUR = tuple(range(10)), tuple(range(4))
"""Seeds: ten where a run tells one number, fewer where games of the same seed are compared."""

PHOTOGRAPHS = "efficientnet-lite0"
"""The feature space of photographs; that of quick is the last hidden layer of a classifier of the data themselves."""


@dataclass(frozen=True, slots=True)
class Options:
    """Options that runs share, of each preset; ``full`` and ``paper`` are on top of ``quick``, as in a run."""

    quick: Mapping[str, Any]
    full: Mapping[str, Any] = field(default_factory=dict)
    paper: Mapping[str, Any] = field(default_factory=dict)

    def __or__(self, other: Options) -> Options:
        """Return both together; of two values of one option the other's counts."""
        return Options(
            {**self.quick, **other.quick}, {**self.full, **other.full}, {**self.paper, **other.paper}
        )


IMAGES = Options(
    quick={
        "data": DATA, "scale": "-1,1", "feature_space": f"classifier:{DATA}", "generator_width": (128,),
        "steps": (500,), "n": 300,
    },
    full={
        "feature_space": PHOTOGRAPHS, "generator_width": (512,), "latent": (128,), "steps": (600,), "n": 200,
        "every": 300,
    },
    paper={
        "feature_space": PHOTOGRAPHS, "generator_width": None, "latent": (128,), "steps": (200_000,), "n": None,
        "every": 10_000, "image_size": 64, "generator": ("dcgan",), "device": "cuda",
    },
)  # fmt: skip
GRADIENTS = Options({"grad_points": 1000})
"""The points at which the slope of a critic is looked for."""
CRITIC = GRADIENTS | Options(
    quick={"width": (128,), "lr": (5e-4,)},
    full={"width": (256,), "lr": (1e-4,)},
    paper={"arch": ("dcgan",), "width": None, "lr": (1e-4,)},
)
"""In quick narrower and faster than the 256 and 1e-4 that were published: a game of 500 steps is to get somewhere. In
paper convolutions at 64x64; the StyleGAN of the paper is not to be had."""
CONVOLUTIONAL = GRADIENTS | Options({"arch": ("dcgan",), "lr": (5e-4,)}, {"lr": (1e-4,)}, {"lr": (1e-4,)})
"""The critic of Arjovsky et al. (2017): a DCGAN, whatever the generator is."""
SMALL = Options({}, full={"image_size": 16, "steps": (400,), "every": 50})
"""In full images are made smaller, for a step of a convolutional critic on those of 32x32 takes nearly a second."""
CLIPPED = Options({"objective": ("wasserstein",), "lipschitz": ("clip",)}, {"lr": (5e-5,)}, {"lr": (5e-5,)})
"""WGAN as it was published first."""
GAN = Options({"objective": ("non-saturating",)})
NO_CRITIC = Options({"generator_lr": (5e-4,)}, {"generator_lr": (1e-4,)}, {"generator_lr": (1e-4,)})
"""The step size of a generator that has no critic whose step size it could share."""
FOLLOWED = Options(
    quick={"seed": TEN, "every": 25, "batch_exact_every": 5}, full={"every": 75, "batch_exact_every": 5}
)
"""How often a game is looked at whose loss is to be followed."""
CENTROIDS = Options({"centroids": "64"})
ENDS_ONLY = Options({"seed": FOUR, "every": 100})
"""How often one is looked at whose end is compared."""
TWO_CONVOLUTIONS = {"generator": ("dcgan", "dcgan-flat")}
CONVOLUTIONS = ENDS_ONLY | Options(
    quick={**TWO_CONVOLUTIONS, "generator_width": (32,)},
    full={"generator_width": (64,)},
    paper={"generator": ("dcgan", "dcgan-flat", "mlp")},
)
PERCEPTRON = {"generator": ("mlp",), "generator_width": (512,)}
"""The fully connected generator of Arjovsky et al. (2017), Figure 7."""
RING = "8gaussians"
"""The data of the plane, in place of those of other games of a study."""
PLANE = Options(
    quick={
        "preset": "ring", "width": (64,), "generator_width": (64,), "batch_size": (64,), "lr": (1e-3,),
        "steps": (500,), "n": 500, "grad_points": 1000,
    },
    full={
        "lr": (1e-4,), "steps": (20_000,), "every": 2000, "batch_exact_every": 200,
    },
    paper={
        "width": (512,), "generator_width": (512,), "batch_size": (256,), "lr": (1e-4,), "steps": (100_000,),
        "n": None, "every": 5000, "batch_exact_every": 100, "device": "cuda",
    },
)  # fmt: skip

COURSE = (
    "Against the generator's steps: the exact distance from the generated points to a held-out reference (bold lines) "
    "and each game's own loss (thin lines). The dashed line is the distance of real points"
)
BATCHES = (
    "Losses against the exact distances of the same batches. A loss on the dashed line equals its distance"
)
ENDS = "Properties of the generated points at the last evaluation, one dot for each seed and one row for each game"
FOLLOWING = "at each evaluation against the energy distance to held-out data, one line for each seed."
FOLLOWING_MODES = "at each evaluation against the share of points at a mode, one line for each seed."


def _run(
    name: str,
    shared: Options,
    quick: Mapping[str, Any],
    full: Mapping[str, Any] | None = None,
    paper: Mapping[str, Any] | None = None,
    *,
    seconds: tuple[float, float, float],
    figures: Mapping[str, str],
    **more: Any,
) -> Run:
    """Return a run of games: what it shares with others, and its own on top; seconds of quick, full and paper."""
    own = shared | Options(quick, full or {}, paper or {})
    presets: tuple[Preset, ...] = ("quick", "full", "paper")
    taken = dict(zip(presets, seconds, strict=True))
    return Run(name, "gan", own.quick, taken, own.full, own.paper, figures, **more)


DIGITS_GAMES = _run(
    "digits-games",
    IMAGES | CRITIC | FOLLOWED | CENTROIDS,
    {"objective": ("wasserstein", "c-transform")},
    paper={"batch_exact_every": 100},
    seconds=(70, 1700, 80_000),
    figures={
        "gan-batch": f"{BATCHES}. Squares are the c-transform, circles are WGAN-GP.",
        "gan": f"{COURSE}. One colour is WGAN-GP, the other is the c-transform.",
        "gan-ends": f"{ENDS}: WGAN-GP and the c-transform.",
        "gan-tracks": f"The loss {FOLLOWING}",
    },
)
DIGITS_SAMPLES = _run(
    "digits-samples",
    IMAGES | CRITIC | NO_CRITIC,
    {
        "objective": ("wasserstein", "c-transform", "exact"), "every": 250, "save": FOLDER,
        "grid": f"{FOLDER}-sheets",
    },
    paper={"every": 100_000},
    seconds=(12, 170, 12_000),
    figures={
        "samples": "Sheets of generated images, one row per game, from the first evaluation to the last, and of data. "
        "The games are WGAN-GP, the c-transform, and the exact distance of batches.",
    },
    pictures={
        f"{FOLDER}-sheets/001-*-beside.png": "64 images generated by the c-transform WGAN, beside 64 centroids of "
        "geometric k-medians of the training images and 64 real images.",
        f"{FOLDER}-sheets/000-*-beside.png": "64 images generated by WGAN-GP, beside the same centroids and real "
        "images.",
    },
)  # fmt: skip
"""Played once more for their images, and for sheets of them beside k-medians centroids."""
DIGITS_BATCH = _run(
    "digits-batch",
    IMAGES | NO_CRITIC | ENDS_ONLY | CENTROIDS,
    {"objective": ("exact", "sinkhorn"), "epsilon": (0.01, 1.0, 10.0, 100.0)},
    seconds=(36, 900, 30_000),
    figures={
        "gan-ends": f"{ENDS}: the exact distance of batches, and the Sinkhorn divergence with four regularisations."
    },
)  # fmt: skip
DIGITS_ENTROPIC = _run(
    "digits-entropic",
    IMAGES | CRITIC | ENDS_ONLY | CENTROIDS,
    {"objective": ("c-eps-transform",), "epsilon": (1000.0,)},
    seconds=(10, 200, 16_000),
    figures={"gan": f"{COURSE}."},
)
DIGITS_WGAN = _run(
    "digits-wgan",
    IMAGES | CONVOLUTIONAL | CLIPPED | FOLLOWED | SMALL,
    {"generator": ("mlp",)},
    paper=PERCEPTRON,
    fine=FAILURES,
    seconds=(70, 850, 40_000),
    figures={"gan-tracks": f"The loss {FOLLOWING}"},
)
DIGITS_GAN = _run(
    "digits-gan",
    IMAGES | CONVOLUTIONAL | GAN | FOLLOWED | SMALL,
    {"generator": ("mlp",)},
    paper=PERCEPTRON,
    fine=FAILURES,
    seconds=(70, 850, 40_000),
    figures={
        "js": "The Jensen-Shannon divergence that discriminators claim, against the steps. It is at most log 2.",
        "gan-tracks": f"The discriminator's value {FOLLOWING}",
    },
)
WGAN_GENERATORS = _run(
    "wgan-generators",
    IMAGES | CONVOLUTIONAL | CLIPPED | CONVOLUTIONS | SMALL,
    {"seed": TEN, "every": 50, "batch_exact_every": 10},
    {"every": 100, "batch_exact_every": 10},
    TWO_CONVOLUTIONS,
    fine=FAILURES,
    seconds=(130, 1500, 48_000),
    figures={
        "gan-ends": f"{ENDS}: two convolutional generators under WGAN with clipping.",
        "gan-tracks": f"The loss {FOLLOWING}",
    },
)
GAN_GENERATORS = _run(
    "gan-generators",
    IMAGES | CONVOLUTIONAL | GAN | CONVOLUTIONS | SMALL,
    {},
    {"every": 200},
    paper=TWO_CONVOLUTIONS,
    fine=FAILURES,
    seconds=(60, 500, 48_000),
    figures={"gan-ends": f"{ENDS}: two convolutional generators under the non-saturating GAN."},
)
BATCH_GENERATORS = _run(
    "batch-generators",
    IMAGES | NO_CRITIC | CONVOLUTIONS,
    {"objective": ("exact",)},
    seconds=(10, 500, 18_000),
    figures={"gan-ends": f"{ENDS}: two convolutional generators trained on the exact distance of batches."},
)
MOMENTUM = _run(
    "momentum",
    IMAGES | CRITIC | CLIPPED,
    {
        "optimizer": ("adam", "rmsprop"), "betas": ((0.9, 0.999), (0.0, 0.999)), "lr": (1e-3,),
        "generator_optimizer": ("rmsprop",), "generator_lr": (5e-4,), "steps": (300,), "every": 15,
        "batch_exact_every": 3, "n": 200, "seed": FOUR,
    },
    {"lr": (1e-3,), "every": 100, "batch_exact_every": 5},
    {"lr": (1e-3,)},
    fine=FAILURES,
    seconds=(22, 1200, 48_000),
    figures={"gan-ends": f"{ENDS}: a critic with momentum, one without, and one with RMSProp."},
)  # fmt: skip
PENALTIES = _run(
    "penalties",
    IMAGES | CRITIC | ENDS_ONLY,
    {
        "objective": ("wasserstein",), "lipschitz": ("gp", "lp"), "penalty": (0.1, 1.0, 10.0, 100.0),
        "steps": (200,),
    },
    {"steps": (300,), "every": 150},
    seconds=(42, 1250, 130_000),
    figures={"gan-ends": f"{ENDS}: a two-sided and a one-sided penalty, each with four weights."},
)  # fmt: skip
RING_GAMES = _run(
    "ring-games",
    PLANE,
    {"every": 25, "batch_exact_every": 5, "seed": TEN},
    seconds=(36, 800, 12_000),
    figures={
        "gan": f"{COURSE}. Dotted lines are the normalised loss.",
        "gan-tracks": f"The loss {FOLLOWING_MODES}",
    },
)
RING_GAN = _run(
    "ring-gan",
    PLANE,
    {
        "objective": ("non-saturating",), "lipschitz": ("none",), "every": 25, "batch_exact_every": 5,
        "seed": TEN,
    },
    fine=FAILURES,
    seconds=(26, 600, 8_000),
    figures={"gan-tracks": f"The discriminator's value {FOLLOWING_MODES}"},
)  # fmt: skip
RING_UNCONSTRAINED = _run(
    "ring-unconstrained",
    PLANE,
    {"objective": ("wasserstein",), "lipschitz": ("none",), "every": 250, "seed": FOUR},
    fine=FAILURES,
    seconds=(8, 250, 3_000),
    figures={"gan-ends": f"{ENDS}: a WGAN with an unconstrained critic."},
)
RING_LIPSCHITZ = _run(
    "ring-lipschitz",
    PLANE,
    {
        "objective": ("wasserstein", "non-saturating"), "lipschitz": ("orthonormal",), "every": 250,
        "seed": FOUR,
    },
    seconds=(56, 1300, 12_000),
    figures={"gan-ends": f"{ENDS}: critics that are provably 1-Lipschitz."},
)  # fmt: skip
