"""What a mechanism that keeps a critic's slope near 1 may change; the mechanisms lie in files beside this one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn

from wcheck.errors import ParameterError


@dataclass(frozen=True, slots=True)
class Mechanism:
    """What a Lipschitz mechanism may change about a critic and its ascent; by itself it constrains nothing.

    A mechanism is a frozen dataclass of its own options and overrides what it needs. Adding one is a subclass in a
    file of its subject and a line in :data:`wcheck.critics.lipschitz.MECHANISMS`.
    """

    normalisation: ClassVar[Literal["batch", "layer", "none"]] = "layer"
    """What a critic that normalises its layers may do: over the batch; over each point, where a slope at a point must
    mean something; not at all, where normalisation would undo the constraint."""
    provable: ClassVar[bool] = False
    """Whether linear layers become 1-Lipschitz, so that chains of them are; then activations are GroupSort, since
    ReLU between such layers loses most of the slope (Anil, Lucas, Grosse 2019, Sorting out Lipschitz function
    approximation, Section 3)."""
    optimizer: ClassVar[str] = "adam"
    lr: ClassVar[float] = 1e-4
    betas: ClassVar[tuple[float, float]] = (0.0, 0.9)
    """The optimiser where the user names none: that of the publication if it names one."""

    def prepare(self, network: nn.Module) -> nn.Module:
        """Return the network to train: the same one, its weights constrained, or one rebuilt from it."""
        return network

    def loss(self, network: nn.Module, x: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
        """Return what a step descends on for batches x and y ``(k, d)``: ``mean D(y) - mean D(x)``."""
        values: Tensor = network(torch.cat([x, y])).float()
        return values[len(x) :].mean() - values[: len(x)].mean()

    def after_step(self, network: nn.Module) -> None:
        """Restore the constraint after the optimiser's step."""


def check_at_least_0(name: str, value: float, such_as: str) -> None:
    """Refuse what is no weight of a term in a loss."""
    if not (math.isfinite(value) and value >= 0):
        raise ParameterError(f"{name} is {value}: give a finite number of at least 0, such as {such_as}.")


def check_above_0(name: str, value: float, such_as: str) -> None:
    """Refuse what is no size."""
    if not (math.isfinite(value) and value > 0):
        raise ParameterError(f"{name} is {value}: give a finite number above 0, such as {such_as}.")
