r"""What a critic's values are worth: its claim, the slope it has, and what can be certified from it.

For a critic D and two measures, ``V = sum_i a_i D(x_i) - sum_j b_j D(y_j)`` is what it claims. V over a
gradient norm certifies nothing, since sampled gradients bound the Lipschitz constant from *below*; V over the
largest slope among all pairs does, and so do V over an upper bound of the Lipschitz constant (see
:mod:`wcheck.critics.certified`) and the c-transform (see :mod:`wcheck.transport.bounds.potentials`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR

import numpy as np
import torch
from torch import Tensor

from wcheck.columns.rounding import rounded
from wcheck.critics.certified import LipschitzBound, lipschitz_bound, rounding
from wcheck.critics.critic import Critic, evaluating
from wcheck.critics.gradients import GradientNorms, gradient_norms, layer_gradients
from wcheck.critics.residuals import clip_share, orthonormality
from wcheck.learning.samplers import FrozenPoints
from wcheck.transport.bounds.certificate import dual_value
from wcheck.transport.bounds.potentials import AllPairs

STEEPER = 2.0**-10
"""A share of the bound by which a gradient may exceed it: float32 rounds each of its factors."""
EXPLODED = 1e12
"""A gradient this steep, or values this large beside the diameter, do not come back: float32 ends soon."""


@dataclass(frozen=True, slots=True)
class Audit:
    """Target: the empirical W1 between the two measures.

    Attributes
    ----------
    value : float
        V, summed in float64.
    diverged : bool
        Whether the critic's values or gradients are not finite, or beyond :data:`EXPLODED`. All that follows but the
        gradients is then None.
    gradients : GradientNorms, optional
        Sampled norms of the gradient; None where a value is not finite, or the network lets no gradient through.
    lipschitz_pairs : float, optional
        The largest slope among all pairs, rounded upward; 0 if no pair rises from y to x.
    normalised_pairs : float, optional
        V over that, rounded downward: at most W1. None where the slope is 0 or infinite.
    bound : LipschitzBound, optional
        L_upper, an upper bound of the Lipschitz constant, or why there is none: also where a slope exceeds it that was
        met by the ascent or among all pairs, by more than the rounding of float32 can explain (:data:`STEEPER`,
        :func:`wcheck.critics.certified.rounding`).
    normalised_upper : float, optional
        V / L_upper, rounded downward: at most W1. Where the slope among pairs exceeds L_upper, by the rounding of the
        critic's float32 values, V is divided by that. None where there is no bound, or it is 0.
    lower : float, optional
        The c-transform bound: at most W1.
    layer_gradients : mapping of str to float, optional
        See :func:`wcheck.critics.gradients.layer_gradients`.
    orthonormality : mapping of str to float, optional
        The residual of each layer, where the constraint claims that they are orthonormal.
    clip_share : float, optional
        The share of weights at the clip, where there is one.
    """

    value: float
    diverged: bool
    gradients: GradientNorms | None = None
    lipschitz_pairs: float | None = None
    normalised_pairs: float | None = None
    bound: LipschitzBound | None = None
    normalised_upper: float | None = None
    lower: float | None = None
    layer_gradients: Mapping[str, float] | None = None
    orthonormality: Mapping[str, float] | None = None
    clip_share: float | None = None

    def __str__(self) -> str:
        """Name what the critic claims and what is certified of it: a line."""
        if self.diverged:
            return "diverged: values or gradients are not finite numbers any more"
        by_pairs = (
            "" if self.normalised_pairs is None else f", certified {_down(self.normalised_pairs)} by pairs"
        )
        lower = "" if self.lower is None else f", {_down(self.lower)} by its c-transform"
        return f"critic that claims {rounded(self.value, 5)}{by_pairs}{lower}"

    @property
    def grad_max(self) -> float:
        """L, the largest gradient norm at the points on lines."""
        return self.gradients.line_max if self.gradients else math.nan

    @property
    def normalised(self) -> float | None:
        """V / L, which bounds nothing; None where L is 0."""
        return self.value / self.grad_max if self.grad_max > 0 else None


def _down(bound: float) -> str:
    return rounded(bound, 5, ROUND_FLOOR)


def audit(
    critic: Critic, x: FrozenPoints, y: FrozenPoints, pairs: AllPairs, *, grad_points: int, seed: int
) -> Audit:
    """Look at a critic on two whole measures.

    Parameters
    ----------
    critic : Critic
        On the device of the points.
    x, y : FrozenPoints
        Where it should be high and low.
    pairs : AllPairs
        The pairs of the same two measures.
    grad_points : int
        How many points on random lines between the measures L is taken over.
    seed : int
        The seed of all points where gradients are taken: the same ones for every critic and every step.
    """
    with evaluating(critic.network):  # constrained weights are computed once for all that follows
        return _audit(critic, x, y, pairs, grad_points, seed)


def value_of(critic: Critic, x: FrozenPoints, y: FrozenPoints) -> float:
    """Return V on two measures, summed in float64; NaN where a value is not finite."""
    f, g = (critic.values(z.points).double().cpu().numpy() for z in (x, y))
    return dual_value(x.weights, y.weights, f, -g)[0]


def _audit(
    critic: Critic, x: FrozenPoints, y: FrozenPoints, pairs: AllPairs, grad_points: int, seed: int
) -> Audit:
    f, g = pairs.consistent(critic.values(x.points), critic.values(y.points))
    wide_f, wide_g = (values.double().cpu().numpy() for values in (f, g))
    if not (np.isfinite(wide_f).all() and np.isfinite(wide_g).all()):
        return Audit(math.nan, diverged=True)
    value, rounding = dual_value(x.weights, y.weights, wide_f, -wide_g)
    gradients = None
    if critic.has_gradient(x.points[:1]):
        gradients = gradient_norms(critic, x, y, count=grad_points, seed=seed)
    span = float(max(wide_f.max(), wide_g.max()) - min(wide_f.min(), wide_g.min()))
    if not (span <= EXPLODED * pairs.diameter and (gradients is None or gradients.ascent <= EXPLODED)):
        return Audit(value, diverged=True, gradients=gradients)
    slope = pairs.slope(f, g)
    bound = _upheld(lipschitz_bound(critic.network, critic.shape), gradients, (f, g), slope, (x, y), pairs)
    constraint = critic.recipe.constraint
    return Audit(
        value,
        diverged=False,
        gradients=gradients,
        lipschitz_pairs=slope,
        normalised_pairs=_divided(value - rounding, slope),
        bound=bound,
        normalised_upper=None if bound.value is None else _divided(value - rounding, max(bound.value, slope)),
        lower=pairs.lower_bound(f, g),
        layer_gradients=None if gradients is None else layer_gradients(critic, x, y),
        orthonormality=orthonormality(critic.network, constraint),
        clip_share=clip_share(critic.network, constraint),
    )


def _upheld(
    bound: LipschitzBound,
    gradients: GradientNorms | None,
    values: tuple[Tensor, Tensor],
    slope: float,
    sets: tuple[FrozenPoints, FrozenPoints],
    pairs: AllPairs,
) -> LipschitzBound:
    """Return a bound that no slope exceeds, or say by which one it is refuted."""
    if bound.value is None:
        return bound
    met = []
    points = torch.cat([z.points for z in sets])
    if slope > bound.value:
        off = rounding(torch.cat(values), points, bound.value)
        if pairs.slope(values[0] - off, values[1] + off) > bound.value:
            met.append(slope)
    if gradients is not None and gradients.ascent > bound.value * (1.0 + STEEPER):
        met.append(gradients.ascent)
    if not met:
        return bound
    return LipschitzBound(
        None,
        f"a slope of {max(met):.6g} was found, but its layers allow {bound.value:.6g}: one of them computes "
        "something other than it appears to",
    )


def _divided(value: float, slope: float) -> float | None:
    return math.nextafter(value / slope, -math.inf) if 0 < slope < math.inf else None
