"""Objectives of the user's own, made by a function named ``module:factory``."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from wcheck.critics.autoencoders import Reconstruction
from wcheck.critics.objective import Needs, Objective
from wcheck.errors import ParameterError, SourceError
from wcheck.importing import import_function

POINTS, DIM = 4, 2
"""Points of each batch, and their coordinates, that a new objective is tried on."""


@dataclass(frozen=True, slots=True)
class UsersObjective(Objective):
    """What a user's factory returns: an :class:`wcheck.critics.objective.Objective` of the user's.

    It is called once in a process, without arguments, and tried on small batches. What travels to another process is
    its name alone.

    Attributes
    ----------
    text : str
        ``module:factory``, which is its name.
    folder : Path
        Where the module may lie.

    Raises
    ------
    SourceError
        If there is no such function, or it or what it makes fails.
    ParameterError
        If it makes anything else, or its value is not one finite number with a gradient.
    """

    text: str
    folder: Path = field(default_factory=lambda: Path().absolute(), compare=False)

    def __post_init__(self) -> None:
        """Call the factory, and try what it makes."""
        self.made  # noqa: B018 - what is wrong with it is raised here

    @property
    def made(self) -> Objective:
        """The user's objective."""
        return _made(self.text, self.folder)

    @property
    def name(self) -> str:  # type: ignore[override]
        """The text."""
        return self.text

    @property
    def needs(self) -> Needs:  # type: ignore[override]
        """What it computes its value from."""
        return self.made.needs

    @property
    def lipschitz(self) -> str:  # type: ignore[override]
        """The name of the constraint that it has by default."""
        return self.made.lipschitz

    @property
    def player(self) -> str:  # type: ignore[override]
        """What people call the network that ascends."""
        return self.made.player

    @property
    def approximates(self) -> str:  # type: ignore[override]
        """What its value approximates."""
        return self.made.approximates

    @property
    def generated(self) -> int:  # type: ignore[override]
        """How many batches of generated points it takes."""
        return self.made.generated

    @property
    def fewest(self) -> int:  # type: ignore[override]
        """The fewest points of a batch."""
        return self.made.fewest

    def prepare(self, network: nn.Module) -> nn.Module:
        """Return the network to train."""
        return self.made.prepare(network)

    def value(self, network: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        """Return the value."""
        return self.made.value(network, x, y)

    def generator_loss(self, network: nn.Module, x: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
        """Return what a generator descends on."""
        return self.made.generator_loss(network, x, y, generator)

    def witness(self, network: nn.Module, x: Tensor, y: Tensor) -> Callable[[Tensor], Tensor]:
        """Return what a penalty looks at."""
        return self.made.witness(network, x, y)

    def after_step(self, network: nn.Module) -> None:
        """Change what changes by each of the critic's steps."""
        self.made.after_step(network)


@functools.cache
def _made(text: str, folder: Path) -> Objective:
    called = f"--objective {text}"
    factory = import_function(text, "--objective", folder)
    try:
        made = factory()
    except Exception as error:  # whatever the user's code raises
        raise _failed(called, error) from error
    if not isinstance(made, Objective):
        raise ParameterError(
            f"{called} returned {type(made).__name__}: return a wcheck.critics.objective.Objective, which has a value."
        )
    _try(called, made)
    return made


def _try(called: str, made: Objective) -> None:
    """Compute the value and the generator's loss on small batches, with a linear critic."""
    source = torch.Generator().manual_seed(0)
    x, y = (torch.randn((count, DIM), generator=source) for count in (POINTS, made.generated * POINTS))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = made.prepare(NETWORKS[made.needs]())
    try:
        found: dict[str, Any] = {
            "value": made.value(network, x, y.requires_grad_()),
            "generator_loss": made.generator_loss(network, x, y, source),
        }
    except Exception as error:  # whatever the user's code raises
        raise _failed(called, error) from error
    for what, number in found.items():
        if not isinstance(number, Tensor) or number.shape != () or not number.is_floating_point():
            told = (
                f"{number.dtype} {tuple(number.shape)}"
                if isinstance(number, Tensor)
                else type(number).__name__
            )
            raise ParameterError(
                f"the {what} of {called} is {told}: return one number, a tensor of shape ()."
            )
        if not torch.isfinite(number):
            raise ParameterError(
                f"the {what} of {called} is {float(number.detach()):g} for random points: repair it."
            )
    loss = found["generator_loss"]
    if not loss.requires_grad or torch.autograd.grad(loss, y, allow_unused=True)[0] is None:
        raise ParameterError(
            f"the generator_loss of {called} has no gradient with respect to the generated points: leave out detach "
            "and no_grad."
        )


def _failed(called: str, error: Exception) -> SourceError:
    return SourceError(
        f"{called} failed ({type(error).__name__}: {' '.join(str(error).split())}): repair it."
    )


NETWORKS: dict[Needs, Callable[[], nn.Module]] = {
    Needs.VALUES: lambda: nn.Sequential(nn.Linear(DIM, 1), nn.Flatten(0)),
    Needs.FEATURES: lambda: nn.Linear(DIM, DIM + 1),
    Needs.RECONSTRUCTIONS: lambda: Reconstruction(nn.Linear(DIM, DIM)),
    Needs.NOTHING: nn.Identity,
}
"""What an objective needs -> the critic that a new one is tried with."""
