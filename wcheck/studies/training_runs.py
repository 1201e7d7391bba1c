"""The games that the studies of training read: each is played once, whoever reads it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from wcheck.studies.study import DATA, FAILURES, FOLDER, Run

TEN, FOUR = tuple(range(10)), tuple(range(4))
"""Seeds: ten where a run tells one number, fewer where games of the same seed are compared."""

PHOTOGRAPHS = "efficientnet-lite0"
"""The feature space of photographs; that of quick is the last hidden layer of a classifier of the data themselves."""

IMAGES: Mapping[str, Any] = MappingProxyType(
    {
        "data": DATA, "scale": "-1,1", "feature_space": f"classifier:{DATA}", "generator_width": (128,),
        "steps": (500,), "n": 300, "grad_points": 1000,
    }
)  # fmt: skip
CRITIC: Mapping[str, Any] = MappingProxyType({"width": (128,), "lr": (5e-4,)})
"""Narrower and faster than the 256 and 1e-4 that were published: a game of 500 steps is to get somewhere."""
OFTEN: Mapping[str, Any] = MappingProxyType({"seed": TEN, "every": 25, "batch_exact_every": 5})
"""How often a game is looked at whose loss is to be followed."""
FULL: Mapping[str, Any] = MappingProxyType(
    {"feature_space": PHOTOGRAPHS, "generator_width": (512,), "latent": (128,), "steps": (2000,), "n": None}
)
FULL_CRITIC: Mapping[str, Any] = MappingProxyType({"width": (256,), "lr": (1e-4,)})
PAPER: Mapping[str, Any] = MappingProxyType(
    {
        "feature_space": PHOTOGRAPHS, "n": None, "latent": (128,), "steps": (200_000,), "every": 10_000,
        "image_size": 64, "generator": ("dcgan",), "generator_width": None, "device": "cuda",
    }
)  # fmt: skip
PAPER_CRITIC: Mapping[str, Any] = MappingProxyType({"arch": ("dcgan",), "width": None, "lr": (1e-4,)})
"""Convolutions at 64x64; the StyleGAN of the paper is not to be had."""
PLANE: Mapping[str, Any] = MappingProxyType(
    {
        "preset": "ring", "width": (64,), "generator_width": (64,), "batch_size": (64,), "lr": (1e-3,),
        "steps": (500,), "n": 500, "grad_points": 1000,
    }
)  # fmt: skip
RING = "8gaussians"
"""Its data, in place of those of other games of a study."""
PLANE_FULL: Mapping[str, Any] = MappingProxyType(
    {
        "width": (128,), "generator_width": (128,), "batch_size": (256,), "lr": (1e-4,), "steps": (20_000,),
        "n": None, "every": 1000, "batch_exact_every": 100,
    }
)  # fmt: skip
PLANE_PAPER: Mapping[str, Any] = MappingProxyType(
    {
        **PLANE_FULL,
        "width": (512,),
        "generator_width": (512,),
        "steps": (100_000,),
        "every": 5000,
        "device": "cuda",
    }
)

COURSE = (
    "The exact distance of generated points to a held-out reference over the generator's steps, as bold lines, and "
    "what each game says of itself, as thin ones; real points are the dashed line"
)
BATCHES = "Losses against the exact distances of the same batches; a loss that is the distance lies on the dashed line"
ENDS = "What generated points are at the last look, a dot for each seed, a row for each game"

DIGITS_GAMES = Run(
    name="digits-games",
    command="gan",
    quick={
        **IMAGES, **CRITIC, "objective": ("wasserstein", "c-transform"), **OFTEN, "centroids": "64",
    },
    full={**FULL, **FULL_CRITIC, "every": 200, "batch_exact_every": 20},
    paper={**PAPER, **PAPER_CRITIC, "batch_exact_every": 100},
    seconds={"quick": 70, "full": 4700, "paper": 80_000},
    figures={
        "gan-batch": f"{BATCHES}: squares for the c-transform, circles for WGAN-GP.",
        "gan": f"{COURSE}: one colour for WGAN-GP, one for the c-transform.",
        "gan-ends": f"{ENDS}: WGAN-GP and the c-transform.",
        "gan-tracks": "The loss at each look against the energy distance to held-out data, a line for each seed.",
    },
)  # fmt: skip
DIGITS_SAMPLES = Run(
    name="digits-samples",
    command="gan",
    quick={
        **IMAGES, **CRITIC, "objective": ("wasserstein", "c-transform", "exact"), "generator_lr": (5e-4,),
        "every": 250, "save": FOLDER, "grid": f"{FOLDER}-sheets",
    },
    full={**FULL, **FULL_CRITIC, "generator_lr": (1e-4,), "every": 1000},
    paper={**PAPER, **PAPER_CRITIC, "generator_lr": (1e-4,), "every": 100_000},
    seconds={"quick": 8, "full": 400, "paper": 12_000},
    figures={
        "samples": "Sheets of generated images, a game a row, from the first look to the last, and of data: "
        "WGAN-GP, the c-transform, and the batch's own distance.",
    },
    pictures={
        f"{FOLDER}-sheets/001-*-beside.png": "64 images that the c-transform WGAN generates, beside 64 centroids of "
        "geometric k-medians of the training images, and 64 real ones.",
        f"{FOLDER}-sheets/000-*-beside.png": "The same with images of WGAN-GP.",
    },
)  # fmt: skip
"""Played once more for their images, and for sheets of them beside k-medians centroids."""
DIGITS_BATCH = Run(
    name="digits-batch",
    command="gan",
    quick={
        **IMAGES, "grad_points": None, "objective": ("exact", "sinkhorn"), "epsilon": (0.01, 1.0, 10.0, 100.0),
        "generator_lr": (5e-4,),
        "seed": FOUR, "every": 100, "centroids": "64",
    },
    full={**FULL, "generator_lr": (1e-4,), "every": 1000},
    paper={**PAPER, "generator_lr": (1e-4,)},
    seconds={"quick": 36, "full": 900, "paper": 30_000},
    figures={"gan-ends": f"{ENDS}: the batch's own distance, and the Sinkhorn divergence with four regularisations."},
)  # fmt: skip
DIGITS_ENTROPIC = Run(
    name="digits-entropic",
    command="gan",
    quick={
        **IMAGES, **CRITIC, "objective": ("c-eps-transform",), "epsilon": (1000.0,), "seed": FOUR, "every": 100,
        "centroids": "64",
    },
    full={**FULL, **FULL_CRITIC, "every": 1000},
    paper={**PAPER, **PAPER_CRITIC},
    seconds={"quick": 10, "full": 400, "paper": 16_000},
    figures={"gan": f"{COURSE}."},
)  # fmt: skip
DIGITS_WGAN = Run(
    name="digits-wgan",
    command="gan",
    quick={**IMAGES, **CRITIC, "objective": ("wasserstein",), "lipschitz": ("clip",), **OFTEN},
    full={**FULL, "width": (256,), "lr": (5e-5,), "every": 200, "batch_exact_every": 20},
    paper={**PAPER, **PAPER_CRITIC, "lr": (5e-5,)},
    fine=FAILURES,
    seconds={"quick": 24, "full": 2000, "paper": 40_000},
    figures={
        "gan-tracks": "The loss at each look against the energy distance to held-out data, a line for each seed."
    },
)
DIGITS_GAN = Run(
    name="digits-gan",
    command="gan",
    quick={**IMAGES, **CRITIC, "objective": ("non-saturating",), **OFTEN},
    full={**FULL, **FULL_CRITIC, "every": 200, "batch_exact_every": 20},
    paper={**PAPER, **PAPER_CRITIC},
    fine=FAILURES,
    seconds={"quick": 24, "full": 2000, "paper": 40_000},
    figures={
        "js": "The Jensen-Shannon divergence that discriminators claim over the steps; at most log 2.",
        "gan-tracks": "The discriminator's value at each look against the energy distance to held-out data, a line for "
        "each seed.",
    },
)
CONVOLUTIONS: Mapping[str, Any] = MappingProxyType(
    {"generator": ("dcgan", "dcgan-flat"), "generator_width": (32,), "seed": FOUR, "every": 100}
)
CONVOLUTIONS_FULL: Mapping[str, Any] = MappingProxyType({**FULL, "generator_width": (64,), "every": 1000})
CONVOLUTIONS_PAPER: Mapping[str, Any] = MappingProxyType(
    {**PAPER, "generator": ("dcgan", "dcgan-flat", "mlp")}
)
WGAN_GENERATORS = Run(
    name="wgan-generators",
    command="gan",
    quick={**IMAGES, **CRITIC, "objective": ("wasserstein",), "lipschitz": ("clip",), **CONVOLUTIONS},
    full={**CONVOLUTIONS_FULL, "width": (256,), "lr": (5e-5,)},
    paper={**CONVOLUTIONS_PAPER, **PAPER_CRITIC, "lr": (5e-5,)},
    fine=FAILURES,
    seconds={"quick": 26, "full": 900, "paper": 48_000},
    figures={"gan-ends": f"{ENDS}: two convolutional generators under WGAN with clipping."},
)
GAN_GENERATORS = Run(
    name="gan-generators",
    command="gan",
    quick={**IMAGES, **CRITIC, "objective": ("non-saturating",), **CONVOLUTIONS},
    full={**CONVOLUTIONS_FULL, **FULL_CRITIC},
    paper={**CONVOLUTIONS_PAPER, **PAPER_CRITIC},
    fine=FAILURES,
    seconds={"quick": 26, "full": 900, "paper": 48_000},
    figures={"gan-ends": f"{ENDS}: two convolutional generators under the non-saturating GAN."},
)
BATCH_GENERATORS = Run(
    name="batch-generators",
    command="gan",
    quick={**IMAGES, "grad_points": None, "objective": ("exact",), "generator_lr": (5e-4,), **CONVOLUTIONS},
    full={**CONVOLUTIONS_FULL, "generator_lr": (1e-4,)},
    paper={**CONVOLUTIONS_PAPER, "generator_lr": (1e-4,)},
    seconds={"quick": 10, "full": 500, "paper": 18_000},
    figures={"gan-ends": f"{ENDS}: two convolutional generators under the batch's own distance."},
)
MOMENTUM = Run(
    name="momentum",
    command="gan",
    quick={
        **IMAGES, "width": (128,), "objective": ("wasserstein",), "lipschitz": ("clip",),
        "optimizer": ("adam", "rmsprop"), "betas": ((0.9, 0.999), (0.0, 0.999)), "lr": (1e-3,),
        "generator_optimizer": ("rmsprop",), "generator_lr": (5e-4,), "steps": (300,), "every": 15,
        "batch_exact_every": 3, "n": 200, "seed": FOUR,
    },
    full={**FULL, "width": (256,), "every": 200, "batch_exact_every": 10},
    paper={**PAPER, **PAPER_CRITIC, "lr": (1e-3,)},
    fine=FAILURES,
    seconds={"quick": 22, "full": 2300, "paper": 48_000},
    figures={"gan-ends": f"{ENDS}: with momentum of the critic, without, and with RMSProp."},
)  # fmt: skip
PENALTIES = Run(
    name="penalties",
    command="gan",
    quick={
        **IMAGES, **CRITIC, "objective": ("wasserstein",), "lipschitz": ("gp", "lp"),
        "penalty": (0.1, 1.0, 10.0, 100.0), "steps": (200,), "every": 100, "seed": FOUR,
    },
    full={**FULL, **FULL_CRITIC, "every": 1000},
    paper={**PAPER, **PAPER_CRITIC},
    seconds={"quick": 42, "full": 3000, "paper": 130_000},
    figures={"gan-ends": f"{ENDS}: a two-sided and a one-sided penalty, each of four weights."},
)  # fmt: skip
RING_GAMES = Run(
    name="ring-games",
    command="gan",
    quick={**PLANE, "every": 25, "batch_exact_every": 5, "seed": TEN},
    full=PLANE_FULL,
    paper=PLANE_PAPER,
    seconds={"quick": 30, "full": 2000, "paper": 12_000},
    figures={
        "gan": f"{COURSE}. Dotted: the normalised loss.",
        "gan-tracks": "The loss at each look against the share of points at a mode, a line for each seed.",
    },
)
RING_GAN = Run(
    name="ring-gan",
    command="gan",
    quick={
        **PLANE,
        "objective": ("non-saturating",),
        "lipschitz": ("none",),
        "every": 25,
        "batch_exact_every": 5,
        "seed": TEN,
    },
    full=PLANE_FULL,
    paper=PLANE_PAPER,
    fine=FAILURES,
    seconds={"quick": 26, "full": 1200, "paper": 8_000},
    figures={
        "gan-tracks": "The discriminator's value at each look against the share of points at a mode, a line for each "
        "seed.",
    },
)
RING_UNCONSTRAINED = Run(
    name="ring-unconstrained",
    command="gan",
    quick={**PLANE, "objective": ("wasserstein",), "lipschitz": ("none",), "every": 250, "seed": FOUR},
    full=PLANE_FULL,
    paper=PLANE_PAPER,
    fine=FAILURES,
    seconds={"quick": 8, "full": 400, "paper": 3_000},
    figures={"gan-ends": f"{ENDS}: a WGAN whose critic nothing constrains."},
)
RING_LIPSCHITZ = Run(
    name="ring-lipschitz",
    command="gan",
    quick={
        **PLANE, "objective": ("wasserstein", "non-saturating"), "lipschitz": ("orthonormal",), "every": 250,
        "seed": FOUR,
    },
    full=PLANE_FULL,
    paper=PLANE_PAPER,
    seconds={"quick": 56, "full": 4000, "paper": 12_000},
    figures={
        "gan-ends": f"{ENDS}: critics that are provably 1-Lipschitz.",
    },
)  # fmt: skip
