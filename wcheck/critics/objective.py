"""What a critic ascends on and a generator descends on; the objectives lie in files beside this one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

import torch
from torch import Tensor, nn

from wcheck.learning.settings import Checked


class Needs(StrEnum):
    """What an objective needs; the text says it."""

    VALUES = "one value for each point"
    FEATURES = "features of each point"
    RECONSTRUCTIONS = "a reconstruction of each point by an autoencoder"
    NOTHING = "no critic"


@dataclass(frozen=True, slots=True)
class Objective(Checked, ABC):
    """What is ascended on for two batches, so that larger means better separated.

    In a game x is a batch of data and y one of generated points: the critic ascends on :meth:`value`, and the generator
    descends on :meth:`generator_loss`, with the critic as it then is.

    An objective is a frozen dataclass of its own settings. Adding one is a subclass in a file of its subject and its
    place in :data:`wcheck.critics.objectives.OBJECTIVES`.
    """

    name: ClassVar[str]
    """What people call it."""
    needs: ClassVar[Needs] = Needs.VALUES
    """What it computes its value from. A network that reconstructs points is one of values: how far each point is from
    its reconstruction."""
    lipschitz: ClassVar[str] = "none"
    """The name of the constraint that it was published with."""
    player: ClassVar[str] = "critic"
    """What people call the network that ascends; its batches are drawn by a stream of this name."""
    approximates: ClassVar[str] = ""
    """What its value approximates on the two batches: ``w1``, ``ot-eps``, ``sinkhorn-divergence``, or nothing."""
    generated: ClassVar[int] = 1
    """How many independent batches of generated points a game gives it at a time, one after another in y."""
    fewest: ClassVar[int] = 1
    """The fewest points of a batch from which it can be computed."""

    def prepare(self, network: nn.Module) -> nn.Module:
        """Return the network to train: the same one, or one that also holds what of the objective changes."""
        return network

    @abstractmethod
    def value(self, network: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        """Return the value at batches x and y ``(k, d)``, a number, with its gradient in the weights and in the points.

        The network is called at x first, alone or together with y.
        """

    def generator_loss(self, network: nn.Module, x: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
        """Return what a generator descends on for a batch x of data and a batch y of its own: here the value.

        Parameters
        ----------
        network : Module
            The critic.
        x, y : Tensor, shapes (k, d) and (m, d)
            The gradient is asked for in y.
        generator : Generator
            The generator of what the loss draws.
        """
        return self.value(network, x, y)

    def witness(self, network: nn.Module, x: Tensor, y: Tensor) -> Callable[[Tensor], Tensor]:
        """Return the function of points ``(k, d)`` to values ``(k,)`` whose mean differs between x and y by the value.

        It is what a gradient penalty looks at: here the network itself.
        """
        return network

    def after_step(self, network: nn.Module) -> None:
        """Change what changes by each of the critic's steps."""


def at_least_single(values: Tensor) -> Tensor:
    """Return values of mixed precision in float32, and others as they are."""
    return values if values.dtype == torch.float64 else values.float()
