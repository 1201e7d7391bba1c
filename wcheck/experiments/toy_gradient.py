r"""A toy of Theorem 3 of Arjovsky et al. 2017: the gradient of W1 is minus the mean gradient of the optimal potential.

.. math:: \nabla_\theta W_1(P, P_\theta) = -E_z \nabla_\theta f^*(g_\theta(z)), \qquad
          f^* = \arg\max_{|f|_L \le 1} E_P f - E_{P_\theta} f
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wcheck.experiments.toy import Fact

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wcheck.estimators.extension import Extension

    Points = NDArray[np.float64]

POINTS = 40
SHIFT = (1.0, 0.0)
STEP = 2e-5
"""The step of the differences, whose error is of its fourth power: what is left of it is rounding."""


def gradient(x: float, seed: int) -> Iterator[Fact]:
    """Turn random points by the angle ``x`` and compare the slopes of their W1 to others.

    The generator is ``g_x(z) = R(x) z + (1, 0)``. The slope by the optimal potential stands beside those by differences
    of the exact value and by the backward pass of :func:`wcheck.losses.w1`. Where the optimal plan changes within the
    differences, W1 may have a kink: no slope is given.
    """
    import numpy as np
    import torch

    from wcheck.losses import w1
    from wcheck.measures.measure import Measure
    from wcheck.rng import generator
    from wcheck.transport.solve.exact import exact

    random = generator(seed, "toys", "gradient")
    latents, data = random.standard_normal((2, POINTS, 2)) * np.array([2.0, 0.5])
    points = _generated(latents, x)
    found = {step: exact(_generated(latents, x + step * STEP), data) for step in (-2, -1, 0, 1, 2)}
    partners = {step: np.argmax(of.plan.toarray(), axis=1) for step, of in found.items()}
    potential = _potential(partners[0], points, data)
    here = Measure.of(points, name="generated")
    claim = float(potential(Measure.of(data, name="data")).mean() - potential(here).mean())
    yield Fact("w1", claim, found[0].value, found[0].bracket.lower, found[0].bracket.upper)
    if (partners[-2] != partners[2]).any():
        return
    moves = _generated(latents, x + math.pi / 2) - SHIFT  # the derivative of a turn is a turn
    slope = -float((potential.gradient(here) * moves).sum(axis=1).mean())
    near, far = (found[step].value - found[-step].value for step in (1, 2))
    yield Fact("slope_differences", slope, (8 * near - far) / (12 * STEP))
    moved = torch.from_numpy(points).requires_grad_()
    (backward,) = torch.autograd.grad(w1(moved, torch.from_numpy(data)), moved)
    yield Fact("slope_backward", slope, float((backward.numpy() * moves).sum()))


def _generated(latents: Points, x: float) -> Points:
    import numpy as np

    turn = np.array([[math.cos(x), math.sin(x)], [-math.sin(x), math.cos(x)]])
    return np.asarray(latents @ turn + SHIFT)


def _potential(partners: NDArray[np.intp], points: Points, data: Points) -> Extension:
    r"""Return an optimal potential ``f(z) = max_k (f_k - |z - y_k|)`` that is smooth at all generated points.

    ``f_k - f_j <= |x_i - y_k| - |x_i - y_j|`` is to hold for all k, y_j being where the plan moves x_i: the lengths of
    the shortest ways from any y do that. Such a potential has a kink at x_i if a way goes there from y_j to y_k, and
    their mean over all starts has none, since no shortest way returns to its start. (The plan is the only one.)
    """
    import numpy as np
    from scipy.sparse.csgraph import floyd_warshall

    from wcheck.estimators.extension import Extension
    from wcheck.measures.measure import Measure

    away = np.linalg.norm(points[:, None] - data, axis=2)
    longer = np.empty_like(away)
    longer[partners] = away - away[np.arange(len(points)), partners][:, None]
    return Extension(Measure.of(data, name="data"), floyd_warshall(longer).mean(axis=0), lowest=True)
