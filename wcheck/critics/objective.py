"""What a critic ascends on; the objectives lie in files beside this one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from torch import Tensor, nn

from wcheck.learning.settings import Checked


class Needs(StrEnum):
    """What an objective needs; the text says it."""

    VALUES = "one value for each point"
    FEATURES = "features of each point"
    RECONSTRUCTIONS = "a reconstruction of each point, by an autoencoder"
    NOTHING = "no critic"


@dataclass(frozen=True, slots=True)
class Objective(Checked, ABC):
    """What is ascended on for two batches, so that larger means better separated.

    An objective is a frozen dataclass of its own settings. Adding one is a subclass in a file of its subject and its
    place in :data:`wcheck.critics.objectives.OBJECTIVES`.
    """

    name: ClassVar[str]
    """What people call it."""
    needs: ClassVar[Needs] = Needs.VALUES
    """What it computes its value from."""
    lipschitz: ClassVar[str] = "none"
    """The name of the constraint that it was published with."""
    player: ClassVar[str] = "critic"
    """What people call the network that ascends; its batches are drawn by a stream of this name."""

    @abstractmethod
    def value(self, network: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        """Return the value at batches x and y ``(k, d)``, a number, with its gradient in the weights and in the points.

        The network is called at x first, alone or together with y.
        """
