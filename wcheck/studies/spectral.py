"""Spectral normalisation: the norm that power iteration reaches, and whether a layer keeps to it."""

from __future__ import annotations

import math

from wcheck.studies.study import Finding, Rows
from wcheck.studies.toy_rows import ALWAYS, CLOSE, FLEURET, curve, decided, study, toys

DIGITS = 5e-5
"""Half of the last digit that the lectures print of a norm."""
SHARE = 0.999
"""The share of a norm that ten steps are to reach in the mean."""


NORMS = toys(
    "norms",
    ("power", "layer"),
    "Left: for random matrices, the result of power iteration as a share of the norm rises towards 1 from below, on "
    "average to 0.99 in ten steps. Right: the norm of a layer grows to more than 100 in a hundred steps, and is 1 "
    "with spectral normalisation.",
)


def power_stays_below(rows: Rows) -> Finding:
    """See whether the shares of norms rise with every step and stay below 1."""
    frame = rows[NORMS.name]
    mean, least = (list(curve(frame, "power", name).values()) for name in ("norm_mean", "norm_least"))
    rising = all(values == sorted(values) for values in (mean, least))
    found = (
        f"on average over 100 matrices, {mean[0]:.3f} of the norm after one step and {mean[-1]:.4f} after {len(mean)}"
        if mean
        else ""
    )
    return decided(
        [
            (rising, "a step leads away from the norm"),
            (max(mean + least, default=2.0) <= 1 + CLOSE, "the norm is exceeded"),
        ],
        found,
        mean[-1] if mean else math.nan,
        len(mean) >= 10,
    )


def ten_steps_are_enough(rows: Rows) -> Finding:
    """Compare the mean share of the norm after ten steps with nearly all of it."""
    frame = rows[NORMS.name]
    mean, least = (curve(frame, "power", name).get(10.0, math.nan) for name in ("norm_mean", "norm_least"))
    return decided(
        [(mean >= SHARE, f"the mean is {mean:.4f}: singular values that are as close to each other as those of random "
          "matrices take more steps; the lectures show one matrix")],
        f"after ten steps {mean:.4f} of the norm on average over 100 random matrices, and at least {least:.4f}",
        mean,
        math.isfinite(mean),
    )  # fmt: skip


def normalised_layer_ends_at_one(rows: Rows) -> Finding:
    """Compare the norms of both layers after a hundred steps."""
    frame = rows[NORMS.name]
    free, spectral = (
        curve(frame, "layer", name).get(100.0, math.nan) for name in ("norm_free", "norm_spectral")
    )
    return decided(
        [
            (abs(spectral - 1) <= DIGITS, "with spectral normalisation the norm is not 1.0000"),
            (free >= 50, "without it the norm does not grow to 50"),
        ],
        f"after 100 steps {spectral:.4f} with spectral normalisation and {free:.2f} without",
        spectral,
        math.isfinite(free) and math.isfinite(spectral),
    )


SPECTRAL = study(
    "spectral",
    "Spectral normalisation by power iteration",
    "Which norm does power iteration find, and does a normalised layer keep that norm?",
    NORMS,
    "A layer is divided by a lower bound of its norm, so a normalised layer has a norm of at least 1, and no upper "
    "bound is certified. In training, weights change little between steps, so the bound is close.",
    (
        "power-iteration-from-below",
        f"{FLEURET}, slides on spectral normalisation",
        "Power iteration converges to the largest singular value from below.",
        "",
        "Reproduced if norm_mean and norm_least of power are no less after every further step and at most 1 "
        "throughout; otherwise not reproduced; not settled with fewer than ten steps.",
        power_stays_below,
    ),
    (
        "ten-steps-of-power-iteration",
        f"{FLEURET}, slide with a 15 x 15 matrix",
        "Ten steps of power iteration on a random 15 x 15 matrix give its norm to five digits.",
        "7.9129 of 7.9129",
        f"Reproduced if norm_mean of power at x = 10 is at least {SHARE}; {ALWAYS}",
        ten_steps_are_enough,
    ),
    (
        "spectral-layer-ends-at-one",
        f"{FLEURET}, slides with a 5 x 5 layer",
        "A 5 x 5 layer that is trained to make its outputs long ends with a norm of 114; with spectral normalisation, "
        "its norm is 1.0000.",
        "1.0000, and 114.1429",
        f"Reproduced if at x = 100 norm_spectral of layer is within {DIGITS:g} of 1 and norm_free at least 50; "
        f"{ALWAYS}",
        normalised_layer_ends_at_one,
    ),
)
