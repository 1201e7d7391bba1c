"""The columns of a critic's row: its audit, the exact value, and what makes up the difference."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from wcheck.rows.table import Row

if TYPE_CHECKING:
    from wcheck.critics.audit import Audit
    from wcheck.transport.bounds.certificate import Bracket

JUDGED = (
    "value", "grad_points", "grad_max", "grad_q50", "grad_q90", "grad_q99", "grad_data_max", "grad_data_q50",
    "grad_ascent", "grad_layers", "grad_growth", "normalised", "lipschitz_pairs", "normalised_pairs", "lipschitz_upper",
    "lipschitz_upper_reason", "normalised_upper", "lower", "lower_constant", "exact", "exact_lower", "exact_upper",
    "gap_total", "gap_bound", "gap_transform", "gap_pairs", "ratio", "normalised_ratio", "normalised_pairs_ratio",
    "normalised_upper_ratio", "orthonormality", "clip_share",
)  # fmt: skip
"""The columns of :func:`judged`, except for the status."""


def judged(found: Audit, exact: Bracket, lower_constant: float | None, grad_points: int) -> Row:
    """Put what was found beside the exact value; None where there is no number.

    What the certified value lacks, ``gap_total = exact - V / L_upper``, is the sum of three:

    * ``gap_bound = exact - lower``: what even the best potential made of the critic's values does not certify;
    * ``gap_transform = lower - V / L_pairs``: what the c-transform and the best scale gain over the values themselves;
    * ``gap_pairs = V / L_pairs - V / L_upper``: the bound of the slope is above the steepest rise from a target point
      to a source point.

    Parameters
    ----------
    found : Audit
        The critic.
    exact : Bracket
        The bracket of the empirical W1; its upper end is the value.
    lower_constant : float, optional
        What a constant critic certifies by its c-transform.
    grad_points : int
        Points on lines.
    """
    value = exact.upper
    bound, sampled = found.bound, found.gradients
    row: Row = {
        "value": found.value,
        "grad_points": grad_points,
        "grad_max": found.grad_max,
        "normalised": found.normalised,
        "lipschitz_pairs": found.lipschitz_pairs,
        "normalised_pairs": found.normalised_pairs,
        "lipschitz_upper": bound and bound.value,
        "lipschitz_upper_reason": bound and bound.reason,
        "normalised_upper": found.normalised_upper,
        "lower": found.lower,
        "lower_constant": lower_constant,
        "exact": value,
        "exact_lower": exact.lower,
        "exact_upper": value,
        "gap_total": _difference(value, found.normalised_upper),
        "gap_bound": _difference(value, found.lower),
        "gap_transform": _difference(found.lower, found.normalised_pairs),
        "gap_pairs": _difference(found.normalised_pairs, found.normalised_upper),
        "ratio": _ratio(found.value, value),
        "normalised_ratio": _ratio(found.normalised, value),
        "normalised_pairs_ratio": _ratio(found.normalised_pairs, value),
        "normalised_upper_ratio": _ratio(found.normalised_upper, value),
        "orthonormality": max(found.orthonormality.values()) if found.orthonormality else None,
        "clip_share": found.clip_share,
        "status": "diverged" if found.diverged else "ok",
    }
    if sampled is not None:
        row |= {
            "grad_q50": sampled.line_q50,
            "grad_q90": sampled.line_q90,
            "grad_q99": sampled.line_q99,
            "grad_data_max": sampled.data_max,
            "grad_data_q50": sampled.data_q50,
            "grad_ascent": sampled.ascent,
        }
    if found.layer_gradients is not None:
        row["grad_layers"] = _layers(found.layer_gradients)
        row["grad_growth"] = _growth([*found.layer_gradients.values()])
    return {
        column: None if isinstance(number, float) and not math.isfinite(number) else number
        for column, number in row.items()
    }


def _difference(more: float | None, less: float | None) -> float | None:
    return None if more is None or less is None else more - less


def _ratio(value: float | None, exact: float) -> float | None:
    return value / exact if value is not None and exact > 0 else None


def _growth(norms: Sequence[float]) -> float | None:
    """Return by what factor norms grow from the last layer to the first one, a layer in the geometric mean."""
    if len(norms) < 2 or not norms[-1] > 0:
        return None
    return float((norms[0] / norms[-1]) ** (1.0 / (len(norms) - 1)))


def _layers(norms: Mapping[str, float]) -> str:
    """Write layers and their numbers as one text, such as ``0:0.31 2:0.88``."""
    return " ".join(f"{name}:{norm:.4g}" for name, norm in norms.items())
