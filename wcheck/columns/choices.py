"""The names that settings can have as values: shells complete them, and a test compares them with the code."""

OBJECTIVES = (
    "wasserstein", "c-transform", "c-eps-transform", "minimax", "non-saturating", "least-squares", "hinge",
    "energy-based", "began", "feature-energy", "feature-mmd", "exact", "sinkhorn", "sliced", "energy", "mmd",
)  # fmt: skip
CONSTRAINTS = ("gp", "lp", "ct", "dragan", "r1", "clip", "spectral", "orthonormal", "aol", "none")
ARCHITECTURES = ("mlp", "groupsort", "dcgan", "resnet")
GENERATORS = ("mlp", "dcgan", "dcgan-flat", "points")
TOYS = (
    "segments", "peak", "shift", "quantiles", "atoms", "coins", "tilt", "gradient", "energy", "power", "layer", "cells",
    "medians",
)  # fmt: skip
METRICS = ("euclidean", "cityblock", "chebyshev", "cosine", "angular", "haversine")
ESTIMATORS = (
    "exact", "batch", "sinkhorn", "sliced", "max-sliced", "frechet", "mind", "energy", "mmd", "lp-extension",
    "debiased", "critic", "oracle", "closed-form",
)  # fmt: skip

LITERATURE = {
    "wgan": "--objective wasserstein --lipschitz clip",
    "wgan-gp": "--objective wasserstein --lipschitz gp",
    "wgan-lp": "--objective wasserstein --lipschitz lp",
    "wgan-ct": "--objective wasserstein --lipschitz ct",
    "ct-gan": "--objective wasserstein --lipschitz ct",
    "wgan-clip": "--objective wasserstein --lipschitz clip",
    "gan": "--objective non-saturating --lipschitz none",
    "dcgan": "--objective non-saturating --arch dcgan --generator dcgan",
    "lsgan": "--objective least-squares",
    "sngan": "--objective hinge --lipschitz spectral",
    "sn-gan": "--objective hinge --lipschitz spectral",
    "gradient-penalty": "--lipschitz gp",
    "weight-clipping": "--lipschitz clip",
    "ebgan": "--objective energy-based",
    "w1": "--objective wasserstein",
}
"""What the literature calls an objective with a constraint -> the options that are meant."""

GAMES: dict[str, tuple[str, str | None]] = {
    "wgan": ("wasserstein", "clip"),
    "wgan-gp": ("wasserstein", "gp"),
    "wgan-lp": ("wasserstein", "lp"),
    "wgan-ct": ("wasserstein", "ct"),
    "wgan-orthonormal": ("wasserstein", "orthonormal"),
    "wgan-aol": ("wasserstein", "aol"),
    "c-transform": ("c-transform", "none"),
    "c-eps-transform": ("c-eps-transform", "none"),
    "minimax": ("minimax", "none"),
    "non-saturating": ("non-saturating", "none"),
    "dragan": ("non-saturating", "dragan"),
    "r1": ("non-saturating", "r1"),
    "lsgan": ("least-squares", "none"),
    "sn-gan": ("hinge", "spectral"),
    "cramer-gan": ("feature-energy", "gp"),
    "mmd-gan": ("feature-mmd", "gp"),
    "ebgan": ("energy-based", "none"),
    "began": ("began", "none"),
    "exact": ("exact", None),
    "sinkhorn": ("sinkhorn", None),
    "sliced": ("sliced", None),
    "energy": ("energy", None),
    "mmd": ("mmd", None),
}
"""Name of a game -> its objective, and its constraint; None for an objective without a critic."""
ALL = "all"
"""What stands for all games that have a name."""
