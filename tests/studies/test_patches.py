"""The claims about architectures of critics, on rows for which they hold, and on rows for which they must fail."""

import numpy as np
import pandas as pd
import pytest

from tests.studies.judges import verdict


def ends(exact, patch=0.0, arch=np.nan, count=3, spread=0.01):
    """Two looks of a game for each seed."""
    return pd.DataFrame(
        [
            {
                "arch": arch, "seed": float(seed), "steps": 10.0, "step": step, "status": "ok", "seconds": step,
                "exact": exact + spread * seed if step else 9.0, "patch_exact": patch + spread * (seed % 2),
            }
            for seed in range(count)
            for step in (0.0, 10.0)
        ]
    )  # fmt: skip


def critics(dense, convolutional, **options):
    return pd.concat([ends(*dense, "mlp", **options), ends(*convolutional, "dcgan", **options)])


@pytest.mark.parametrize(
    ("dense", "options", "expected"),
    [
        (2.1, {}, "reproduced"),
        (1.5, {}, "reproduced"),  # nearer than the candidate
        (2.6, {}, "not reproduced"),  # farther than by a tenth
        (2.2, {"spread": 0.1}, "not settled"),
        (2.1, {"count": 2}, "not settled"),
        (2.1, {"count": 0}, "not settled"),
    ],
)
def test_a_dense_critic_ends_at_k_points(dense, options, expected):
    rows = {"patches": critics((dense, 0.0), (3.0, 0.0), **options), "patches_candidate": ends(2.0)}
    if options.get("count") == 0:
        rows["patches"] = critics((dense, 0.0), (3.0, 0.0)).iloc[:0]
    assert verdict("dense-critic-ends-at-k-points", **rows) == expected


@pytest.mark.parametrize(
    ("dense", "convolutional", "expected"),
    [
        ((2.0, 1.0), (2.5, 0.5), "reproduced"),
        ((2.0, 1.0), (2.5, 1.5), "not reproduced"),  # farther in patches too
        ((2.0, 1.0), (1.5, 0.5), "not reproduced"),  # nearer in everything
        ((2.0, 1.0), (2.5, 1.0), "not settled"),
    ],
)
def test_a_convolutional_critic_is_nearer_in_patches(dense, convolutional, expected):
    rows = {"patches": critics(dense, convolutional), "patches_candidate": ends(2.0)}
    assert verdict("convolutional-critic-is-nearer-in-patches", **rows) == expected
