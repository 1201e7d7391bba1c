"""All objectives, by the names that the command line knows them by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from wcheck.columns import former
from wcheck.critics.autoencoding import BoundaryEquilibrium, EnergyBased
from wcheck.critics.classification import Hinge, LeastSquares, Minimax, NonSaturating
from wcheck.critics.direct import MMD, Energy, Exact, Sinkhorn, Sliced
from wcheck.critics.embedding import FeatureEnergy, FeatureMMD
from wcheck.critics.objective import Objective, at_least_single
from wcheck.critics.transforms import CTransform, SoftCTransform
from wcheck.critics.users import UsersObjective
from wcheck.learning.factory import is_factory
from wcheck.learning.settings import check_choice, given_of


@dataclass(frozen=True, slots=True)
class Wasserstein(Objective):
    """``mean D(x) - mean D(y)``; a generator descends on ``-mean D(y)``.

    References
    ----------
    Arjovsky, Chintala, Bottou (2017), Wasserstein GAN, Equation 2 and Algorithm 1.
    """

    name: ClassVar[str] = "wasserstein"
    lipschitz: ClassVar[str] = "gp"
    approximates: ClassVar[str] = "w1"

    def value(self, network: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        """Return the difference of means."""
        values = at_least_single(network(torch.cat([x, y])))
        return values[: len(x)].mean() - values[len(x) :].mean()

    def generator_loss(self, network: nn.Module, x: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
        """Return minus the mean at y: the value except for what does not depend on y."""
        return -at_least_single(network(y)).mean()


OBJECTIVES: dict[str, type[Objective]] = {
    kind.name: kind
    for kind in (
        Wasserstein, CTransform, SoftCTransform, Minimax, NonSaturating, LeastSquares, Hinge, EnergyBased,
        BoundaryEquilibrium, FeatureEnergy, FeatureMMD, Exact, Sinkhorn, Sliced, Energy, MMD,
    )
}  # fmt: skip
"""Name on the command line -> objective."""


def objective_of(name: str, options: Mapping[str, Any]) -> Objective:
    """Make an objective by its name, of those options that it reads and that are given.

    Parameters
    ----------
    name : str
        A name in :data:`OBJECTIVES`, or ``module:factory``; see :class:`wcheck.critics.users.UsersObjective`.
    options : mapping
        Settings by their names.

    Raises
    ------
    ParameterError, SourceError
        If there is no such objective, or a setting is not allowed.
    """
    if is_factory(name):
        return UsersObjective(name)
    name = former.VALUES["objective"].get(name, name)
    check_choice("objective", name, OBJECTIVES)
    kind = OBJECTIVES[name]
    return kind(**given_of(kind.settings(), options))
