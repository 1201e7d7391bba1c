r"""Optimal pairings of minibatches, as flow matching and the like draw them: indices, and nothing else.

Between equally many points of equal weight an optimal plan is a permutation. In few dimensions costs are measured by
differences. In many they come from one matrix product: for p = 2, where ``sum_i |x_i - y_s(i)|^2`` depends on the
permutation s only through ``-2 sum_i x_i . y_s(i)``, and not on where the two sets lie, so both are centred first
where they lie so far out that digits would be lost.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from wcheck.errors import ParameterError
from wcheck.lazily import torch
from wcheck.measures.arraylike import as_array
from wcheck.measures.measure import Measure
from wcheck.threads import shared
from wcheck.transport.arithmetic.rounding import full_float32
from wcheck.transport.cost.exponent import exponent
from wcheck.transport.cost.whole import all_costs
from wcheck.transport.programs import dense
from wcheck.transport.solve.batch_problems import LARGEST_PAIRS
from wcheck.transport.solve.exact import exact

DIRECT = 64
"""The largest dimension in which differences take no longer than a matrix product."""
FAR = {torch.float32: 0.5, torch.float64: 1e4}
"""How far out a set may lie before it is centred: the square of its mean, in units of its variance."""
RANGE = {torch.float32: (2.0**-80, 2.0**100), torch.float64: (2.0**-900, 2.0**1000)}
"""Between which sizes the largest product is when no smaller one that matters has left the range of its type."""
NEAR = 1e-6
"""Squared distances below this, in units of the farthest point's square, have lost digits in a product."""
WORK = 1 << 22
"""Differences of coordinates that are held at a time."""


def couple(x: Any, y: Any, *, batch: bool = True, p: int = 2) -> Any:
    r"""Pair the points of two minibatches at the least total cost.

    .. math:: s = \arg\min_{s \in S_n} \sum_i |x_i - y_{s(i)}|^p

    Parameters
    ----------
    x, y : tensor or array, shapes (n, d), or (B, n, d) for B pairs of minibatches
        The points, with the same number on both sides. Gradients are not tracked.
    batch : bool
        Whether three axes mean ``(B, n, d)``, that is, B separate minibatches, which are solved over all cores. False
        for a single minibatch of points of any shape, such as images ``(n, channels, height, width)``.
    p : {1, 2}
        The exponent; flow matching uses 2.

    Returns
    -------
    tensor or ndarray, shape (n,) or (B, n), int64
        The indices s: the point ``y[s[i]]`` is paired with ``x[i]``. If x is a tensor, s is a tensor on its device; the
        assignment itself is solved on the CPU.

    Raises
    ------
    ParameterError
        If shapes differ, coordinates are not finite or too large, or p is neither 1 nor 2.

    Notes
    -----
    The pairing is optimal for the costs as computed in the precision of the points: its total exceeds the least cost by
    no more than their rounding. For a distance with a certificate, use :func:`wcheck.exact`.

    References
    ----------
    Tong et al., Improving and generalizing flow-based generative models with minibatch optimal transport, 2024;
    Pooladian et al., Multisample flow matching, 2023.

    Examples
    --------
    >>> couple([[0.0], [1.0], [2.0]], [[2.1], [0.1], [1.1]])
    array([1, 2, 0])
    """
    p = exponent(p)
    left, right = _points("x", x, batch), _points("y", y, batch)
    if left.shape != right.shape:
        raise ParameterError(
            f"x has shape {_shape(x)} and y has shape {_shape(y)}: a pairing needs the same number of points of the "
            "same dimension on both sides; give two minibatches of one shape."
        )
    dtype = torch.promote_types(left.dtype, right.dtype)
    left, right = left.to(dtype), right.to(dtype)
    pairing = np.empty(left.shape[:2], np.int64)
    solve = partial(_solve, left, right, p, pairing)
    if len(left) == 1:
        solve(0)
    else:
        list(shared(solve, range(len(left)), torch.get_num_threads()))
    single = not batch or len(_shape(x)) < 3
    found = pairing[0] if single else pairing
    return torch.from_numpy(found).to(x.device) if isinstance(x, Tensor) else found


def _points(name: str, given: Any, batch: bool) -> Tensor:
    """Return points as a tensor ``(B, n, d)`` of float32 or float64, where they are."""
    if isinstance(given, Tensor) and given.layout is torch.strided:
        points = given.detach()
    else:
        points = torch.from_numpy(_plain(as_array(given, name), name))
    if points.is_complex() or points.dtype == torch.bool:
        raise ParameterError(f"{name} has dtype {points.dtype}: points are real numbers; give floats.")
    if not points.is_floating_point():
        points = points.double()
    elif points.itemsize < 4:
        points = points.float()
    if batch and points.ndim > 3:
        raise ParameterError(
            f"{name} has shape {tuple(points.shape)}: give (n, d) or (B, n, d), or batch=False for one minibatch of "
            "points of another shape."
        )
    if points.ndim < 2 or points.numel() == 0:
        raise ParameterError(
            f"{name} has shape {tuple(points.shape)}: a minibatch is a non-empty array (n, d); give one row per point."
        )
    return points if batch and points.ndim == 3 else points.flatten(1)[None]


def _plain(array: NDArray[Any], name: str) -> NDArray[Any]:
    if array.dtype.kind not in "fiu":
        raise ParameterError(
            f"{name} has dtype {array.dtype}: points are real numbers; give an array of floats."
        )
    dtype = np.float64 if array.dtype.kind != "f" or array.itemsize > 8 else array.dtype.newbyteorder("=")
    return np.require(
        array, dtype, ["C", "W"]
    )  # torch neither takes strides below 0 nor what is not written to


def _shape(given: Any) -> tuple[int, ...]:
    return tuple(np.shape(given) if not hasattr(given, "shape") else given.shape)


def _solve(x: Tensor, y: Tensor, p: int, pairing: NDArray[np.int64], k: int) -> None:
    """Write the pairing of one pair of minibatches."""
    n, dim = x.shape[1:]
    if n * n > LARGEST_PAIRS:
        plan = exact(x[k].cpu().numpy(), y[k].cpu().numpy(), p=p).plan
        pairing[k, plan.row] = plan.col
        return
    cost = _differences(x[k], y[k], p) if dim <= DIRECT else _products(x[k], y[k], p)
    if cost is None or not np.isfinite(cost).all():
        for side, name in ((x, "x"), (y, "y")):
            Measure.of(side[k].cpu().numpy(), name=name)
        raise ParameterError("x or y holds coordinates too large to square: rescale the points.")
    pairing[k] = dense.assignment(cost)[0]


def _differences(x: Tensor, y: Tensor, p: int) -> NDArray[np.float64] | None:
    """Return all costs by differences, in a unit of their own."""
    cost, unit, _ = all_costs(x.cpu().contiguous().numpy(), y.cpu().contiguous().numpy(), p)
    return None if math.isnan(unit) else cost


def _products(x: Tensor, y: Tensor, p: int) -> NDArray[np.float64]:
    """Return costs by a matrix product: for p = 2 less what does not depend on the permutation.

    Products of very small or large coordinates leave the range of their type: they are taken again in a unit.
    """
    costs = _squared if p == 2 else _plain_costs
    with full_float32():
        cost = costs(x, y)
        smallest, largest = RANGE[x.dtype]
        low, high = map(float, cost.aminmax())
        if not smallest < max(-low, high) < largest:
            peak = max(float(side.abs().max()) for side in (x, y))
            power = math.frexp(peak)[1] if math.isfinite(peak) else 0
            halves = 2.0 ** -(power // 2), 2.0 ** -(power - power // 2)
            cost = costs(*(side.double() * halves[0] * halves[1] for side in (x, y)))
    return cost.double().cpu().contiguous().numpy()


def _squared(x: Tensor, y: Tensor) -> Tensor:
    """Return ``-x_i . y_j``, half of what of ``|x_i - y_j|^2`` depends on the permutation."""
    return (_centred(x) @ _centred(y).T).neg_()


def _plain_costs(x: Tensor, y: Tensor) -> Tensor:
    """Return distances; by differences where the product loses digits, as of near points that lie far out."""
    x, y = x.double(), y.double()
    middle = 0.5 * (x.mean(dim=0) + y.mean(dim=0))
    x, y = x - middle, y - middle
    cost = torch.cdist(x, y, compute_mode="use_mm_for_euclid_dist")
    near = math.sqrt(NEAR) * max(float(torch.linalg.vector_norm(side, dim=1).max()) for side in (x, y))
    if float(cost.min()) >= near:
        return cost
    rows, columns = torch.nonzero(cost < near, as_tuple=True)
    for i, j in zip(*(index.split(max(1, WORK // x.shape[1])) for index in (rows, columns)), strict=True):
        cost[i, j] = torch.linalg.vector_norm(x[i] - y[j], dim=1)
    return cost


def _centred(points: Tensor) -> Tensor:
    """Return points about the origin: less their mean, if that is far out."""
    count = len(points)
    mean = points.new_full((count,), 1.0 / count) @ points
    off = float(mean.square().sum())
    spread = float(torch.linalg.vector_norm(points)) ** 2 / count - off
    return points - mean if off > FAR[points.dtype] * spread else points
