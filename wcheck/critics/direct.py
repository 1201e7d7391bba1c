"""Objectives without a critic: a generator descends on a distance between its batch and one of data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from wcheck.critics.objective import Needs, Objective
from wcheck.critics.statistics import KERNELS, energy, squared_mmd
from wcheck.learning.settings import Range, choice, number
from wcheck.rng import torch_generator
from wcheck.transport.cost.tensors import distances
from wcheck.transport.entropic.sinkhorn import divergence
from wcheck.transport.programs.dense import solve
from wcheck.transport.solve.exact import exact

DENSE = 1 << 22
"""The largest number of pairs of points that are solved over all of them; beyond it are full batches."""


@dataclass(frozen=True, slots=True)
class Exact(Objective):
    """W1 of the two batches, each point with equal weight; its gradient is that of an optimal plan's cost.

    The plan is found on the processor, wherever the points are; its cost is then that of its own pairs, and where two
    of its points are equal the gradient is 0.

    References
    ----------
    Fatras et al. (2020), Learning with minibatch Wasserstein; the paper, Section 6.2.
    """

    name: ClassVar[str] = "exact"
    needs: ClassVar[Needs] = Needs.NOTHING
    approximates: ClassVar[str] = "w1"

    def value(self, network: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        """Return the distance."""
        plan = _plan(x.detach(), y.detach())
        if plan is None:
            return torch.as_tensor((x.sum() + y.sum()) * torch.nan)
        rows, columns, mass = (torch.from_numpy(part).to(x.device) for part in plan)
        lengths: Tensor = torch.linalg.vector_norm(x[rows] - y[columns], dim=1)
        return lengths @ (mass / mass.sum()).to(lengths.dtype)


@dataclass(frozen=True, slots=True)
class Sinkhorn(Objective):
    """The debiased Sinkhorn divergence of the two batches with cost ``|x - y|``, by GeomLoss.

    References
    ----------
    Genevay, Peyré, Cuturi (2018), Learning Generative Models with Sinkhorn Divergences; Feydy et al. (2019),
    Interpolating between Optimal Transport and MMD using Sinkhorn Divergences; the paper, Figure 15.
    """

    name: ClassVar[str] = "sinkhorn"
    needs: ClassVar[Needs] = Needs.NOTHING
    approximates: ClassVar[str] = "sinkhorn-divergence"

    epsilon: float = number(1.0, Range(0, with_low=False))
    scaling: float = number(0.9, Range(0, with_low=False, below=1))

    def value(self, network: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        """Return the divergence."""
        return divergence(x, y, self.epsilon, scaling=self.scaling)


@dataclass(frozen=True, slots=True)
class Sliced(Objective):
    """The mean over random directions of the W1 of both batches' projections to them.

    Each step of a generator draws its own directions; :meth:`value` takes the same ones every time.

    References
    ----------
    Deshpande, Zhang, Schwing (2018), Generative Modeling using the Sliced Wasserstein Distance, Equation 5.
    """

    name: ClassVar[str] = "sliced"
    needs: ClassVar[Needs] = Needs.NOTHING

    projections: int = number(500, Range(1))

    def value(self, network: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        """Return the distance over directions that are always the same."""
        return self._distance(x, y, torch_generator(0, self.name, device=str(x.device)))

    def generator_loss(self, network: nn.Module, x: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
        """Return the distance over fresh directions."""
        return self._distance(x, y, generator)

    def _distance(self, x: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
        shape = (x.shape[1], self.projections)
        normal = torch.randn(shape, generator=generator, device=x.device, dtype=x.dtype)
        directions = normal / torch.linalg.vector_norm(normal, dim=0)
        left, right = x @ directions, y @ directions
        if len(x) == len(y):
            apart: Tensor = left.sort(dim=0).values - right.sort(dim=0).values
            return apart.abs().mean()
        levels, order = torch.cat([left, right]).sort(dim=0)
        weights = torch.cat([x.new_full((len(x),), 1 / len(x)), x.new_full((len(y),), -1 / len(y))])
        heights = weights[order].cumsum(dim=0)[:-1].abs()
        areas: Tensor = heights * levels.diff(dim=0)
        return areas.sum(dim=0).mean()


@dataclass(frozen=True, slots=True)
class Energy(Objective):
    """The energy distance ``2 E|x - y| - E|x - x'| - E|y - y'|`` of the two batches, unbiased.

    References
    ----------
    Székely and Rizzo, Energy statistics, 2013; see :mod:`wcheck.critics.statistics`.
    """

    name: ClassVar[str] = "energy"
    needs: ClassVar[Needs] = Needs.NOTHING
    fewest: ClassVar[int] = 2

    def value(self, network: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        """Return the distance."""
        return energy(x, y)


@dataclass(frozen=True, slots=True)
class MMD(Objective):
    """The squared maximum mean discrepancy of the two batches, unbiased, by a kernel scaled to be 1-Lipschitz.

    ``gaussian``: ``k = s^2 exp(-|x - y|^2 / 2 s^2)``; ``imq``: ``k = s^2 / sqrt(1 + |x - y|^2 / s^2)``; the bandwidth s
    is the median distance between points of the batch of data, which no generator moves.

    References
    ----------
    Li, Swersky, Zemel (2015), Generative Moment Matching Networks; Gretton et al., A kernel two-sample test, 2012.
    """

    name: ClassVar[str] = "mmd"
    needs: ClassVar[Needs] = Needs.NOTHING
    fewest: ClassVar[int] = 2

    kernel: str = choice("gaussian", tuple(KERNELS))

    def value(self, network: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        """Return the squared discrepancy."""
        bandwidth = torch.pdist(x).median()
        bandwidth = torch.where(bandwidth > 0, bandwidth, 1.0)
        of = KERNELS[self.kernel]
        return bandwidth.square() * squared_mmd(x, y, lambda r: of(r / bandwidth))


def _plan(x: Tensor, y: Tensor) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.float64]] | None:
    """Return rows, columns and mass of an optimal plan, in some unit; None where points are not finite."""
    if not bool(torch.isfinite(x).all() & torch.isfinite(y).all()):
        return None
    if len(x) * len(y) > DENSE:
        found = exact(x.cpu().numpy(), y.cpu().numpy()).plan
        return found.row.astype(np.int64), found.col.astype(np.int64), found.data
    a, b = (np.full(len(z), 1.0 / len(z)) for z in (x, y))
    best = solve(a, b, distances(x, y).double().cpu().numpy())
    return best.rows, best.columns, best.mass
