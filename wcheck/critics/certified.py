r"""A certified upper bound of a network's Lipschitz constant, from its layers' effective weights.

The network is followed while it computes (:mod:`wcheck.critics.following`), and every value in it gets a bound of its
slope with respect to the input: that of its argument times the operation's norm; sums add. A layer counts
for what it computes, whatever it is called: the weights of a spectrally normalised or orthonormal layer are those of
its forward pass, measured again in float64. One operation without a bound leaves the whole network without one, and so
does a network that is not a function of the points alone: one that draws at random, changes what it is given or its own
buffers, or lets values or slopes depend on how many points a batch has and where a point stands in it.

The bound is that of the network over the real numbers with these weights. Its values are computed in float32, so that
their slope between two very near points may be a little above it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import torch
from torch import Tensor, nn

from wcheck.critics.critic import evaluating
from wcheck.critics.following import Follower
from wcheck.critics.operators import U64
from wcheck.critics.values import Memory, UnboundedError
from wcheck.errors import counted

FOLLOWED = (7, 11)
"""Points of the two batches that a network is followed with, unusual numbers: an operation that mixes points changes
them."""
TRIED = 24
"""Points at which it is computed without being followed, in batches of other sizes."""
ROUNDING = 2.0**-16
"""How far float32 values may be off, as a share of the largest of them and of what the bound allows them to be: 256
roundings."""


@dataclass(frozen=True, slots=True)
class LipschitzBound:
    """An upper bound of a Lipschitz constant, or why there is none.

    Attributes
    ----------
    value : float or None
        With respect to the Euclidean norm.
    reason : str or None
        What has no bound; None where there is a value.
    layers : mapping of str to float
        The norm of each layer that was passed, by its name in the network.
    """

    value: float | None
    reason: str | None = None
    layers: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


def lipschitz_bound(network: nn.Module, shape: tuple[int, ...]) -> LipschitzBound:
    """Bound the Lipschitz constant of a network in eval mode, as :class:`wcheck.critics.critic.Critic` evaluates it.

    Bounded are dense layers and convolutions, however parametrised; activations whose derivative is bounded, and
    sorting; batch normalisation, which is affine in eval mode; pooling and resizing; whatever copies, adds up or
    averages numbers of one point; sums, such as residual connections (1 + L), and products with constants. Layer and
    group normalisation divide by a standard deviation that nothing but their eps keeps above 0: they are refused.

    Parameters
    ----------
    network : Module
        Maps float32 points ``(n, d)`` to values ``(n,)``.
    shape : tuple of int
        The shape of one point.
    """
    layers: dict[str, float] = {}
    try:
        with evaluating(network), torch.no_grad():
            return LipschitzBound(
                _bound(network, _random_points(network, math.prod(shape)), layers), None, layers
            )
    except UnboundedError as unbounded:
        return LipschitzBound(None, str(unbounded), layers)


def rounding(values: Tensor, points: Tensor, bound: float) -> float:
    """Return how far float32 values of a network at points may be off by their rounding."""
    largest = max(float(values.abs().max()), bound * float(torch.linalg.vector_norm(points, dim=1).max()))
    return ROUNDING * largest


def _bound(network: nn.Module, points: Tensor, layers: dict[str, float]) -> float:
    values = _values(network, points)  # first: a lazy layer has no weights before it is called
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    memory: Memory = {}
    followers: list[Follower] = []  # kept: what they hold must not make room for what comes after
    slopes, parts = [], []
    for part in points.split((*FOLLOWED, len(points) - sum(FOLLOWED)))[: len(FOLLOWED)]:
        batch = part.clone()
        stale = {storage for follower in followers for storage in follower.storages}
        followers.append(Follower(batch, memory, stale))
        found, slope = followers[-1].follow(network, batch)
        parts.append(found)
        slopes.append(slope)
        layers.clear()
        layers.update(followers[-1].layers)
    bound = max(slopes) * (1.0 + 8.0 * U64 * followers[0].calls)
    if not math.isfinite(bound):
        raise UnboundedError("its weights are not finite")
    if not math.isclose(*slopes, rel_tol=1e-9):
        raise UnboundedError("its slope depends on how many points a batch has")
    parts.append(_values(network, points[sum(FOLLOWED) :]))
    _compare(values, [torch.cat(parts), _values(network, points)], rounding(values, points, bound), bound)
    after = network.state_dict()
    if before.keys() != after.keys() or not all(torch.equal(before[name], after[name]) for name in before):
        raise UnboundedError("its forward changes its weights or its buffers")
    return bound


def _compare(values: Tensor, again: list[Tensor], allowed: float, bound: float) -> None:
    """Refuse a network whose values are not those of a function of the points."""
    if not bool(torch.isfinite(values).all()):
        raise UnboundedError("its values at random points are not finite")
    if any(other.shape != values.shape or float((other - values).abs().max()) > allowed for other in again):
        raise UnboundedError("its values depend on the other points of a batch, or on earlier calls")
    if bound == 0 and float(values.max() - values.min()) > allowed:
        raise UnboundedError("its values depend on the points in a way that cannot be followed")


def _random_points(network: nn.Module, dim: int) -> Tensor:
    device = next((weight.device for weight in network.parameters()), torch.device("cpu"))
    return torch.randn(TRIED, dim, generator=torch.Generator().manual_seed(0)).to(device)


def _values(network: nn.Module, points: Tensor) -> Tensor:
    try:
        values = network(points.clone())  # which it may change
    except Exception as error:  # what a user's forward raises can be anything
        raise UnboundedError(
            f"its forward fails on a batch of {counted(len(points), 'point')} ({type(error).__name__})"
        ) from error
    if not isinstance(values, Tensor) or values.ndim == 0:
        raise UnboundedError("its forward does not return one value for each point")
    return values
