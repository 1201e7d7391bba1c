"""Named settings of ``wcheck gan``."""

from __future__ import annotations

from types import MappingProxyType

from wcheck.experiments.base import Presets
from wcheck.experiments.data import CIFAR10, PAPER
from wcheck.experiments.parts import DIGITS

RING = "8gaussians:n=8000,radius=1.41421356,std=0.0141421356"
"""The ring of Gulrajani et al. (2017): radius 2 and standard deviation 0.02, over the square root of 2."""

_PLANE = {
    "data": RING, "arch": ("mlp",), "width": (128,), "generator_width": (128,), "generator_layers": (3,),
    "latent": (2,), "batch_size": (256,), "every": 500,
}  # fmt: skip

PRESETS: Presets = MappingProxyType(
    {
        "ring": {
            **_PLANE,
            "objective": ("wasserstein",),
            "lipschitz": ("gp",),
            "penalty": (0.1,),
            "betas": ((0.5, 0.9),),
            "generator_betas": ((0.5, 0.9),),
            "steps": (3000,),
        },
        "ring-lipschitz": {
            **_PLANE,
            "objective": ("wasserstein", "non-saturating"),
            "lipschitz": ("none", "orthonormal"),
            "steps": (2000,),
        },
        "digits": {
            "data": DIGITS,
            "scale": "-1,1",
            "objective": ("wasserstein", "c-transform", "exact", "sinkhorn"),
            "generator_width": (256,),
            "steps": (2000,),
        },
        "cifar": {
            "data": CIFAR10,
            "scale": "-1,1",
            "objective": ("wasserstein", "c-transform", "exact", "sinkhorn"),
            "latent": (128,),
            "steps": (5000,),
            "grad_points": 1000,
        },
        "paper": {
            **PAPER,
            "data": CIFAR10,
            "objective": ("wasserstein", "c-transform"),
            "arch": ("dcgan",),
            "generator": ("dcgan",),
            "latent": (128,),
            "betas": ((0.5, 0.9),),
            "generator_betas": ((0.5, 0.9),),
            "batch_size": (64,),
            "steps": (200_000,),
            "every": 10_000,
            "batch_exact_every": 100,
            "grad_points": 1000,
        },
    }
)
"""Numbers are those of the originals where these say them, except for the width and the steps of the ring: Gulrajani et
al. (2017) took three layers of 512 and 100,000 steps."""
