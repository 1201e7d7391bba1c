r"""What a critic's values are worth: its claim, the slope it has, and what can be certified from it.

For a critic D and two measures, ``V = sum_i a_i D(x_i) - sum_j b_j D(y_j)`` is what it claims. V over a
gradient norm certifies nothing, since sampled gradients bound the Lipschitz constant from *below*; V over the
largest slope among all pairs does, and so does the c-transform (see :mod:`wcheck.transport.potentials`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from wcheck.critics.critic import BATCH, Critic
from wcheck.critics.training import FrozenPoints
from wcheck.rng import generator
from wcheck.transport.certificate import dual_value
from wcheck.transport.potentials import AllPairs

EXPLODED = 1e12
"""A gradient this steep, or values this large beside the diameter, do not come back: float32 ends soon."""


@dataclass(frozen=True, slots=True)
class Audit:
    """Target: the empirical W1 between the two measures.

    Attributes
    ----------
    value : float
        V, summed in float64.
    grad_max : float
        L, the largest gradient norm at the sampled points.
    diverged : bool
        Whether the critic's values or gradients are not finite, or beyond :data:`EXPLODED`. The three below
        are then None.
    lipschitz_pairs : float, optional
        The largest slope among all pairs, rounded upward; 0 if no pair rises from y to x.
    normalised_pairs : float, optional
        V over that, rounded downward: at most W1. None where the slope is 0 or infinite.
    lower : float, optional
        The c-transform bound: at most W1.
    """

    value: float
    grad_max: float
    diverged: bool
    lipschitz_pairs: float | None = None
    normalised_pairs: float | None = None
    lower: float | None = None

    @property
    def normalised(self) -> float | None:
        """V / L, which bounds nothing; None where L is 0."""
        return self.value / self.grad_max if self.grad_max > 0 else None


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
        Of the same two measures.
    grad_points : int
        How many points on random lines between the measures L is taken over.
    seed : int
        Of these points: the same ones for every critic and every step.
    """
    f, g = pairs.consistent(critic(x.points), critic(y.points))
    wide_f, wide_g = (values.double().cpu().numpy() for values in (f, g))
    if not (np.isfinite(wide_f).all() and np.isfinite(wide_g).all()):
        return Audit(math.nan, math.nan, diverged=True)
    value, rounding = dual_value(x.weights, y.weights, wide_f, -wide_g)
    grad_max = _grad_max(critic, x, y, grad_points, seed)
    span = float(max(wide_f.max(), wide_g.max()) - min(wide_f.min(), wide_g.min()))
    if not (span <= EXPLODED * pairs.diameter and grad_max <= EXPLODED):
        return Audit(value, grad_max, diverged=True)
    slope = pairs.slope(f, g)
    certified = None
    if 0 < slope < math.inf:
        certified = math.nextafter((value - rounding) / slope, -math.inf)
    return Audit(value, grad_max, False, slope, certified, pairs.lower_bound(f, g))


def _grad_max(critic: Critic, x: FrozenPoints, y: FrozenPoints, count: int, seed: int) -> float:
    stream = generator(seed, "critic", "gradient points")
    i, j = stream.integers(len(x.points), size=count), stream.integers(len(y.points), size=count)
    t = stream.random((count, 1), dtype=np.float32)
    device = x.points.device
    largest = torch.zeros((), device=device)
    for start in range(0, count, BATCH):
        part = slice(start, start + BATCH)
        rows, columns, share = (torch.from_numpy(values[part]).to(device) for values in (i, j, t))
        points = torch.lerp(y.points[columns], x.points[rows], share)
        largest = torch.maximum(largest, critic.gradient_norms(points).max())
    return float(largest)
