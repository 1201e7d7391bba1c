"""The gradients of a critic on lines between two sets, at their points, and by ascent from the steepest point."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from wcheck.critics.critic import BATCH, Critic, evaluating
from wcheck.learning.samplers import FrozenPoints
from wcheck.rng import generator, torch_generator
from wcheck.threads import spans

DATA_SHARE = 10
"""Points on lines for each point of either set at which the gradient is taken."""
START_SHARE, MOST_STARTS = 1000, 8
"""Points on lines for each of the steepest of either kind from which the ascent starts; how many these are at most."""
ROUND_SHARE, MOST_ROUNDS = 10, 20
"""Points on lines for each round of the ascent, and how many rounds there are at most."""
DIRECTIONS = 4
"""Random directions tried from each point in a round of the ascent, beside three that the critic itself gives."""
LAYER_POINTS = 256
"""Points, half of each set, over which the gradient with respect to a layer is averaged."""


@dataclass(frozen=True, slots=True)
class GradientNorms:
    """Norms of the critic's gradient. The Lipschitz constant is at least each of them; none bounds it from above.

    Attributes
    ----------
    line_max, line_q50, line_q90, line_q99 : float
        The largest, and quantiles, over points on random lines between the sets.
    data_max, data_q50 : float
        The same over points of the sets.
    ascent : float
        The largest that an ascent on it met, started from the steepest points of both kinds and confined to the
        box that holds both sets; at least the larger of both maxima.
    """

    line_max: float
    line_q50: float
    line_q90: float
    line_q99: float
    data_max: float
    data_q50: float
    ascent: float


def gradient_norms(
    critic: Critic, x: FrozenPoints, y: FrozenPoints, *, count: int, seed: int
) -> GradientNorms:
    """Sample the norm of the gradient.

    Parameters
    ----------
    critic : Critic
        On the device of the points.
    x, y : FrozenPoints
        The two sets.
    count : int
        Points on lines, drawn by the seed; beside them a tenth as many of each set.
    seed : int
        The seed of all points: the same ones for every critic and every step.
    """
    starts = min(MOST_STARTS, -(-count // START_SHARE))
    lines, steep_lines = _sampled(critic, _on_lines(x, y, count, seed), starts)
    data, steep_data = _sampled(critic, _at_points(x, y, -(-count // DATA_SHARE), seed), starts)
    start = torch.cat([steep_lines, steep_data])
    ascent = float(max(lines.max(), data.max()))
    if torch.isfinite(lines).all() and torch.isfinite(data).all():
        rounds = min(MOST_ROUNDS, -(-count // ROUND_SHARE))
        ascent = max(ascent, _ascended(critic, start, x, y, rounds, seed))
    q50, q90, q99 = (float(torch.quantile(lines, level)) for level in (0.5, 0.9, 0.99))
    return GradientNorms(
        float(lines.max()), q50, q90, q99, float(data.max()), float(torch.quantile(data, 0.5)), ascent
    )


def layer_gradients(critic: Critic, x: FrozenPoints, y: FrozenPoints) -> dict[str, float]:
    """Return the mean norm of the critic's gradient with respect to the output of each layer with weights.

    Over the first points of both sets, from the first layer to the last. Where the norms grow or shrink from layer to
    layer, gradients explode or vanish (Gulrajani et al. 2017, Improved Training of Wasserstein GANs, Figure 1b).
    """
    points = torch.cat([z.points[: LAYER_POINTS // 2] for z in (x, y)])
    outputs: dict[str, Tensor] = {}
    hooks = [
        layer.register_forward_hook(lambda _, __, output, name=name: outputs.__setitem__(name, output))
        for name, layer in layers(critic.network)
    ]
    try:
        with evaluating(critic.network), torch.enable_grad():
            values = critic.network(points.detach().requires_grad_().clone())
            found = _gradients(values, outputs)
    finally:
        for hook in hooks:
            hook.remove()
    return {
        name: float(found[name].flatten(1).norm(dim=1).mean()) if name in found else 0.0 for name in outputs
    }


def layers(network: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Yield the layers that multiply by a matrix or a kernel, by their names."""
    for name, layer in network.named_modules():
        weight = getattr(layer, "weight", None)
        if isinstance(weight, Tensor) and weight.ndim >= 2:
            yield name, layer


def _gradients(values: Tensor, outputs: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the gradients of values with respect to the outputs that lead to them."""
    names = [name for name, output in outputs.items() if output.requires_grad]
    if not (values.requires_grad and names):
        return {}
    found = torch.autograd.grad(values.sum(), [outputs[name] for name in names], allow_unused=True)
    return {name: gradient for name, gradient in zip(names, found, strict=True) if gradient is not None}


def _on_lines(x: FrozenPoints, y: FrozenPoints, count: int, seed: int) -> Iterator[Tensor]:
    stream = generator(seed, "critic", "gradient points")
    i, j = stream.integers(len(x.points), size=count), stream.integers(len(y.points), size=count)
    t = stream.random((count, 1), dtype="float32")
    for part in spans(count, BATCH):
        rows, columns, share = (torch.from_numpy(values[part]).to(x.points.device) for values in (i, j, t))
        yield torch.lerp(y.points[columns], x.points[rows], share)


def _at_points(x: FrozenPoints, y: FrozenPoints, count: int, seed: int) -> Iterator[Tensor]:
    stream = generator(seed, "critic", "data points")
    for z in (x, y):
        rows = stream.permutation(len(z.points))[:count]
        for part in torch.from_numpy(rows).to(z.points.device).split(BATCH):
            yield z.points[part]


def _sampled(critic: Critic, batches: Iterator[Tensor], count: int) -> tuple[Tensor, Tensor]:
    """Return the gradient's norms at all points, and the ``count`` points where it is steepest."""
    found, steepest, heights = [], None, None
    for points in batches:
        norms = critic.gradient_norms(points)
        found.append(norms)
        if steepest is not None and heights is not None:
            points, norms = torch.cat([steepest, points]), torch.cat([heights, norms])
        best = norms.topk(min(count, len(norms))).indices
        steepest, heights = points[best], norms[best]
    return torch.cat(found), steepest if steepest is not None else torch.empty(0)


def _ascended(
    critic: Critic, points: Tensor, x: FrozenPoints, y: FrozenPoints, rounds: int, seed: int
) -> float:
    """Climb on ``|grad D|`` by trial: the best of a few steps of one length, which is halved where none of them climbs.

    A piecewise linear critic has no second derivative to follow, so random directions and both ways along the gradient
    are tried beside the derivative of the norm.
    """
    low = torch.minimum(x.points.amin(dim=0), y.points.amin(dim=0))
    high = torch.maximum(x.points.amax(dim=0), y.points.amax(dim=0))
    device, stream = points.device, torch_generator(seed, "critic", "ascent", device=str(points.device))
    radius = torch.full((len(points), 1), 0.25 * float((high - low).norm()), device=device)
    height, gradient, uphill = _slopes(critic, points)
    for _ in range(rounds):
        random = torch.randn(DIRECTIONS, *points.shape, generator=stream, device=device)
        ways = torch.cat([uphill[None], gradient[None], -gradient[None], random])
        ways = ways / torch.linalg.vector_norm(ways, dim=2, keepdim=True).clamp(min=1e-30)
        tried = torch.minimum(torch.maximum(points + radius * ways, low), high)
        norms = critic.gradient_norms(tried.flatten(0, 1)).unflatten(0, tried.shape[:2])
        best, way = norms.max(dim=0)
        better = best > height
        radius = torch.where(better[:, None], radius, radius / 2)
        points = torch.where(better[:, None], tried[way, torch.arange(len(points), device=device)], points)
        height, gradient, uphill = _slopes(critic, points)
    return float(height.max())


def _slopes(critic: Critic, points: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return ``|grad D|``, ``grad D`` and the gradient of the former, 0 where the critic is piecewise linear."""
    with evaluating(critic.network), torch.enable_grad():
        at = points.detach().requires_grad_()
        values = critic.network(at.clone())
        (gradient,) = torch.autograd.grad(values.sum(), at, create_graph=True, materialize_grads=True)
        norms = torch.linalg.vector_norm(gradient, dim=1)
        uphill = torch.zeros_like(at)
        if norms.requires_grad:
            (found,) = torch.autograd.grad(norms.sum(), at, allow_unused=True)
            uphill = uphill if found is None else found.nan_to_num(nan=0.0, posinf=0.0, neginf=0.0)
    return norms.detach(), gradient.detach(), uphill
