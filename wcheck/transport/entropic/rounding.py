r"""What an entropic potential proves about W1: a feasible plan, and feasible potentials.

The soft c-transform f of a potential g gives the plan ``pi_ij = a_i b_j exp((f_i + g_j - c_ij) / eps)``, whose row
marginal is a. Altschuler, Weed and Rigollet (Near-linear time approximation algorithms for optimal transport via
Sinkhorn iteration, NeurIPS 2017, algorithm 2) round it to a coupling: columns that hold too much are scaled down, and
what is then missing is put back by the product of the missing marginals. The hard c-transforms of g and of f are
feasible for the dual.

Nothing here trusts the arithmetic: the plan is whatever non-negative numbers came out, the marginals it has are summed
again, and what they are off is paid for with the diameter; distances enter with their error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from wcheck.lazily import torch
from wcheck.transport.arithmetic.rounding import U64, gamma
from wcheck.transport.arithmetic.sums import accurate_sum
from wcheck.transport.bounds.certificate import dual_value
from wcheck.transport.cost.distances import Distances


@dataclass(frozen=True, slots=True)
class Rounded:
    """What :func:`round_plan` found.

    Attributes
    ----------
    lower, upper : float
        Bounds of W1 between the weighted points, rounding included.
    transport_cost, regularised_cost, marginal_violation : float
        Numbers of the plan before it is rounded; see :class:`wcheck.transport.entropic.sinkhorn.SinkhornResult`.
    """

    lower: float
    upper: float
    transport_cost: float
    regularised_cost: float
    marginal_violation: float


def round_plan(
    distances: Distances, a: NDArray[np.float64], b: NDArray[np.float64], g: Tensor, epsilon: float
) -> Rounded:
    """Return the bounds of W1 that a potential on the target gives, by three passes over all distances.

    Parameters
    ----------
    distances : Distances
        n by m.
    a, b : ndarray, shapes (n,) and (m,)
        Weights of total 1.
    g : Tensor, shape (m,), float64, on the device of the distances
        Any finite values.
    epsilon : float
        Above 0.
    """
    weights_a, weights_b = (torch.from_numpy(weights).to(g.device) for weights in (a, b))
    f, lower_g = _row_transforms(distances, weights_b, g, epsilon)
    columns, lower_f = _columns(distances, weights_a, weights_b, f, g, epsilon)
    shares = torch.where(columns > weights_b, weights_b / columns, 1.0)
    missing = (weights_b - columns * shares).clamp_(min=0.0)
    plan = _Plan(weights_a, weights_b * shares, f, g, epsilon)
    upper, raw_cost = _coupling_cost(distances, plan, shares, weights_b, missing)
    lower = max(
        _dual(distances, a, b, lower_g, g.cpu().numpy()),
        _dual(distances, b, a, lower_f, f.cpu().numpy()),
        0.0,
    )
    return Rounded(
        lower,
        upper,
        raw_cost,
        float(weights_a @ f + weights_b @ g),
        float((columns - weights_b).abs().sum()),
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    """``rows x columns x exp((f + g - c) / eps)``, a block of rows at a time."""

    rows: Tensor
    columns: Tensor
    f: Tensor
    g: Tensor
    epsilon: float

    def block(self, rows: slice, distances: Tensor) -> Tensor:
        exponents = torch.sub(self.f[rows, None] + self.g, distances)
        return exponents.div_(self.epsilon).exp_().mul_(self.columns).mul_(self.rows[rows, None])


def _row_transforms(
    distances: Distances, b: Tensor, g: Tensor, epsilon: float
) -> tuple[Tensor, NDArray[np.float64]]:
    """Return the soft c-transform of g, and lower bounds of the hard one."""
    soft, hard = [], []
    log_b = b.log()
    for _, block in distances:
        reduced = torch.sub(g, block)
        hard.append((torch.sub(block, distances.error(block)) - g).amin(1))
        soft.append(-epsilon * reduced.div_(epsilon).add_(log_b).logsumexp(1))
    return torch.cat(soft), torch.cat(hard).cpu().numpy()


def _columns(
    distances: Distances, a: Tensor, b: Tensor, f: Tensor, g: Tensor, epsilon: float
) -> tuple[Tensor, NDArray[np.float64]]:
    """Return the plan's column marginal, and lower bounds of the hard c-transform of f."""
    plan = _Plan(a, b, f, g, epsilon)
    columns = torch.zeros_like(g)
    hard = torch.full_like(g, float("inf"))
    for rows, block in distances:
        columns += plan.block(rows, block).sum(0)
        bounds = torch.sub(block, distances.error(block)) - f[rows, None]
        hard = torch.minimum(hard, bounds.amin(0))
    return columns, hard.cpu().numpy()


def _coupling_cost(
    distances: Distances, plan: _Plan, shares: Tensor, b: Tensor, missing: Tensor
) -> tuple[float, float]:
    """Return an upper bound of the rounded plan's cost, and the plain cost of the plan before."""
    n, m = distances.shape
    rows_have, costs, raw = [], [], []
    columns_have = torch.zeros_like(b)
    total_missing = float(missing.sum())
    scale = torch.where(shares > 0, 1.0 / shares, 0.0)
    for rows, block in distances:
        mass = plan.block(rows, block)
        raw.append((mass * block * scale).sum(1))
        lacking = (plan.rows[rows] - mass.sum(1)).clamp_(min=0.0)
        if total_missing > 0:
            mass.addr_(lacking, missing, alpha=1.0 / total_missing)
        rows_have.append(mass.sum(1))
        columns_have += mass.sum(0)
        costs.append(mass.mul_(block + distances.error(block)).sum(1))
    wide_rows, wide_costs, wide_raw = (torch.cat(part).cpu().numpy() for part in (rows_have, costs, raw))
    # What a sum over n or m terms, none negative, may be off.
    rounding = gamma(max(n, m) + 8, U64)
    residual = sum(
        accurate_sum(np.abs(have - weights)) + rounding * accurate_sum(have + weights)
        for have, weights in (
            (wide_rows, plan.rows.cpu().numpy()),
            (columns_have.cpu().numpy(), b.cpu().numpy()),
        )
    )
    cost = accurate_sum(wide_costs) * (1.0 + 2.0 * rounding)
    return cost + residual * distances.diameter * (1.0 + 8.0 * U64), accurate_sum(wide_raw)


def _dual(
    distances: Distances,
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    u: NDArray[np.float64],
    v: NDArray[np.float64],
) -> float:
    """Return the dual value of potentials of which u is a hard c-transform of v, rounded down."""
    rounding = 8.0 * U64 * (distances.diameter + float(np.abs(v).max()))
    value, paid = dual_value(a, b, u, v, rounding)
    return value - paid
