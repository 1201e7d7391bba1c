"""The plan that entropic potentials make with their regularisation, rounded to the marginals."""

from __future__ import annotations

import numpy as np

from wcheck.lazily import torch
from wcheck.transport.cost.distances import Distances
from wcheck.transport.entropic.rounding import round_plan
from wcheck.transport.foreign.pairs import Below
from wcheck.transport.solve.problem import Problem


def entropic_upper(problem: Problem, below: Below, epsilon: float, device: str) -> float:
    """Return an upper bound of ``W_p^p``, in the points' unit, by three passes over all pairs.

    Libraries differ in whether potentials hold the logarithm of the weights; where weights differ, both are tried.

    Parameters
    ----------
    problem : Problem
        Between weighted points.
    below : Below
        Potentials, in units of the costs.
    epsilon : float
        The regularisation, in units of the cost that the potentials were given of.
    device : str
        Where the passes run.
    """
    unit = problem.costs.unit**problem.p
    x, y, values = problem.x, problem.y, below.v
    if below.side == "u":
        x, y, values = y, x, below.u
    epsilon = epsilon * below.scale
    potentials = [values * unit]
    if not y.is_uniform:
        shift = epsilon * np.log(y.weights)
        potentials.append(potentials[0] + (shift if below.lessened else -shift))
    costs = Distances(x, y, device, p=problem.p)
    with torch.no_grad():
        upper = min(
            round_plan(costs, x.weights, y.weights, torch.from_numpy(own).to(device), epsilon).upper
            for own in potentials
        )
    return float(np.nextafter(upper + (x.residual + y.residual) * costs.diameter, np.inf))
