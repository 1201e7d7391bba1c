"""The names that settings can have as values: shells complete them, and a test holds them against what there is."""

OBJECTIVES = (
    "wasserstein", "c-transform", "c-eps-transform", "minimax", "non-saturating", "least-squares", "hinge",
    "energy-based", "began", "feature-energy", "feature-mmd", "exact", "sinkhorn", "sliced", "energy", "mmd",
)  # fmt: skip
CONSTRAINTS = ("gp", "lp", "ct", "dragan", "r1", "clip", "spectral", "orthonormal", "aol", "none")
ARCHITECTURES = ("mlp", "groupsort", "dcgan", "resnet")
GENERATORS = ("mlp", "dcgan", "dcgan-flat", "points")
METRICS = ("euclidean", "cityblock", "chebyshev", "cosine", "angular", "haversine")
ESTIMATORS = (
    "exact", "batch", "sinkhorn", "sliced", "max-sliced", "frechet", "mind", "energy", "mmd", "lp-extension",
    "debiased", "critic", "oracle", "closed-form",
)  # fmt: skip
