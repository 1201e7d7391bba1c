r"""Wasserstein distances as losses of PyTorch, with gradients in the points and in the weights.

All gradients follow from the envelope theorem. For an optimal plan pi, the gradient in the points is that of ``sum
pi_ij |x_i - y_j|^p`` with pi held fixed. For optimal potentials (u, v), the gradient in the weights is that of ``sum
a_i u_i + sum b_j v_j`` with (u, v) held fixed.

These are gradients under the following conditions:

* **points**: ``w2_squared`` is differentiable where the optimal plan is unique, as it is for random points; elsewhere
  the gradient for one optimal plan is returned. For ``w1``, in addition, no mass may stay in place: at distance 0 the
  norm has no gradient, and 0 is used.
* **w2** is the root of ``w2_squared`` and has no gradient where it is 0; there, 0 is returned.
* **weights**: their total is 1, so only changes that preserve the total are meaningful, and potentials are centred to a
  mean of 0. Where potentials are not unique, as for equal weights on equally many points, one element of the
  subdifferential is returned.

The solve runs on the CPU, whatever the device of the tensors: coordinates are copied there once, and indices are copied
back. Values and gradients are computed on the device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wcheck.errors import ParameterError

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["w1", "w2", "w2_squared"]


def w1(x: Tensor, y: Tensor, a: Tensor | None = None, b: Tensor | None = None) -> Tensor:
    r"""Return the Wasserstein-1 distance, with gradients.

    .. math:: W_1 = \min_{\pi \in \Pi(a, b)} \sum_{ij} \pi_{ij} |x_i - y_j|

    Parameters
    ----------
    x, y : Tensor, shapes (n, d) and (m, d), or (B, n, d) and (B, m, d)
        Floating-point points on one device. In a batch, each pair is a separate problem; they are solved over all
        cores.
    a, b : Tensor, shapes (n,) and (m,), or (B, n) and (B, m), optional
        Weights, not negative, with totals within 1e-6 of 1; uniform if left out.

    Returns
    -------
    Tensor, shape () or (B,)
        The distance, in the precision of the points but at least float32; for float64, values and gradients have about
        12 correct digits.

    Raises
    ------
    ParameterError
        If shapes, devices or types are not as described, or numbers are not finite.

    Examples
    --------
    >>> import torch
    >>> x = torch.tensor([[0.0, 0.0]], requires_grad=True)
    >>> loss = w1(x, torch.tensor([[3.0, 4.0]]))
    >>> loss.backward()
    >>> loss.item(), x.grad.tolist()
    (5.0, [[-0.6000000238418579, -0.800000011920929]])
    """
    value, unit = _loss(x, y, a, b, 1)
    return value * unit


def w2_squared(x: Tensor, y: Tensor, a: Tensor | None = None, b: Tensor | None = None) -> Tensor:
    r"""Return the square of the Wasserstein-2 distance, with gradients; parameters as for :func:`w1`.

    .. math:: W_2^2 = \min_{\pi \in \Pi(a, b)} \sum_{ij} \pi_{ij} |x_i - y_j|^2

    Raises
    ------
    ParameterError
        As for :func:`w1`, or if the square is outside the range of the points' type.

    Examples
    --------
    >>> import torch
    >>> w2_squared(torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0]])).item()
    25.0
    """
    import torch

    value, unit = _loss(x, y, a, b, 2)
    squared = value * unit * unit
    if not bool(torch.isfinite(squared).all()):
        raise ParameterError(
            f"x or y holds coordinates too large to square in {str(squared.dtype).removeprefix('torch.')}: rescale "
            "the points."
        )
    return squared


def w2(x: Tensor, y: Tensor, a: Tensor | None = None, b: Tensor | None = None) -> Tensor:
    """Return the Wasserstein-2 distance, with gradients (0 where it is 0); parameters as for :func:`w1`.

    Examples
    --------
    >>> import torch
    >>> w2(torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0]])).item()
    5.0
    """
    import torch

    squared, unit = _loss(x, y, a, b, 2)
    apart = squared > 0
    return torch.where(apart, torch.where(apart, squared, 1.0).sqrt(), squared * 0.0) * unit


def _loss(x: Tensor, y: Tensor, a: Tensor | None, b: Tensor | None, p: int) -> tuple[Tensor, Tensor]:
    """Return the least cost in the p-th power of a unit of each problem, and the unit, a power of two.

    Differences of coordinates are squared in it, so that none leaves the range of its type.
    """
    import torch

    from wcheck.measures.measure import Measure
    from wcheck.threads import shared
    from wcheck.transport.solve.optimal import Plan, optimal_plan

    _check(x, y, a, b)
    single = x.ndim == 2
    points = [_wide(z if not single else z[None]) for z in (x, y)]
    weights = [None if w is None else _wide(w if not single else w[None]) for w in (a, b)]
    arrays = [z.detach().cpu().numpy() for z in points]
    masses = [None if w is None else w.detach().double().cpu().numpy() for w in weights]

    def solve(k: int) -> Plan:
        source, target = (
            Measure.of(z[k], None if w is None else w[k], name=name if single else f"{name}[{k}]")
            for z, w, name in zip(arrays, masses, "xy", strict=True)
        )
        return optimal_plan(source, target, p)

    count = len(points[0])
    plans = [solve(0)] if count == 1 else list(shared(solve, range(count), torch.get_num_threads()))
    owner = torch.cat([torch.full((len(plan.mass),), k) for k, plan in enumerate(plans)]).to(x.device)
    rows, columns, mass = (
        torch.cat([torch.from_numpy(getattr(plan, name)) for plan in plans]).to(x.device)
        for name in ("rows", "columns", "mass")
    )
    between = points[0][owner, rows] - points[1][owner, columns]
    unit = _unit(between.detach(), owner, count)
    between = between / unit[owner, None]
    cost = between.square().sum(dim=1) if p == 2 else torch.linalg.vector_norm(between, dim=1)
    value = torch.zeros(count, dtype=cost.dtype, device=x.device).index_add(
        0, owner, mass.to(cost.dtype) * cost
    )
    for given, name in zip(weights, "uv", strict=True):
        if given is not None and given.requires_grad:
            potentials = torch.stack([torch.from_numpy(getattr(plan, name)) for plan in plans])
            centred = (potentials - potentials.mean(dim=1, keepdim=True)).to(x.device)
            for _ in range(p):
                centred = centred / unit[:, None]
            centred = centred.to(given.dtype)
            value = value + ((given - given.detach()) * centred).sum(dim=1).to(value.dtype)
    return (value[0], unit[0]) if single else (value, unit)


def _unit(between: Tensor, owner: Tensor, count: int) -> Tensor:
    """Return the power of two at or below the largest difference of coordinates of each problem."""
    import torch

    largest = between.new_zeros(count).scatter_reduce(0, owner, between.abs().amax(dim=1), "amax")
    return torch.where(largest > 0.0, largest / (2.0 * largest.frexp().mantissa), 1.0)


def _wide(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.dtype.itemsize < 4 else tensor


def _check(x: Any, y: Any, a: Any, b: Any) -> None:
    """Raise a ParameterError unless all are tensors that belong together."""
    import torch

    for name, given in (("x", x), ("y", y), ("a", a), ("b", b)):
        if given is None and name in "ab":
            continue
        if not isinstance(given, torch.Tensor) or not given.is_floating_point():
            what = f"of {given.dtype}" if isinstance(given, torch.Tensor) else f"a {type(given).__name__}"
            raise ParameterError(
                f"{name} is {what}: a loss takes floating torch tensors; wcheck.metrics.wasserstein takes arrays."
            )
        if given.device != x.device:
            raise ParameterError(
                f"{name} is on {given.device} and x on {x.device}: give tensors on one device."
            )
    wanted = "(n, d) and (m, d), or (B, n, d) and (B, m, d)"
    alike = x.ndim == y.ndim and x.shape[:-2] == y.shape[:-2] and x.shape[-1:] == y.shape[-1:]
    if x.ndim not in (2, 3) or not alike or x.numel() == 0 or y.numel() == 0:
        raise ParameterError(
            f"x and y have shapes {tuple(x.shape)} and {tuple(y.shape)}: give points {wanted}."
        )
    for name, given, points in (("a", a, x), ("b", b, y)):
        if given is not None and given.shape != points.shape[:-1]:
            raise ParameterError(
                f"{name} has shape {tuple(given.shape)}: give one weight per point, {tuple(points.shape[:-1])}."
            )
