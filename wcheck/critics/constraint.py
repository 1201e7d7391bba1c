"""What keeps a critic's slope near 1, here nothing; the constraints that do lie in files beside this one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from wcheck.critics.normalisation import NORMS, Norm
from wcheck.critics.objective import Needs, Objective
from wcheck.learning.descent import Descent
from wcheck.learning.settings import Checked


@dataclass(frozen=True, slots=True)
class Constraint(Checked):
    """What a constraint may change about a critic and its ascent; by itself it constrains nothing.

    A constraint is a frozen dataclass of its own settings and overrides what it needs. Adding one is a subclass in a
    file of its subject and its place in :data:`wcheck.critics.constraints.CONSTRAINTS`.
    """

    name: ClassVar[str] = "none"
    """What people call it."""
    supports: ClassVar[frozenset[Needs]] = frozenset(Needs)
    """What it can be put on, by what the objective needs."""
    normalisation: ClassVar[Norm] = "layer"
    """What a critic that normalises its layers does unless it is told otherwise: over the batch; over each point, where
    a slope at a point must mean something; not at all, where normalisation would undo the constraint."""
    norms: ClassVar[tuple[Norm, ...]] = NORMS
    """What it can be told."""
    at_points: ClassVar[bool] = False
    """Whether it looks at what the critic does at single points, so that a critic of the user's must not let a value
    depend on others."""
    provable: ClassVar[bool] = False
    """Whether linear layers become 1-Lipschitz, so that chains of them are; then activations are GroupSort, since
    ReLU between such layers loses most of the slope (Anil, Lucas, Grosse 2019, Sorting out Lipschitz function
    approximation, Section 3)."""
    descent: ClassVar[Descent] = Descent("adam", 1e-4, (0.0, 0.9))
    """The optimiser where the user names none: that of the publication if it names one."""

    def prepare(self, network: nn.Module) -> nn.Module:
        """Return the network to train: the same one, its weights constrained, or one rebuilt from it."""
        return network

    def loss(
        self, objective: Objective, network: nn.Module, x: Tensor, y: Tensor, generator: torch.Generator
    ) -> Tensor:
        """Return what a step descends on for batches x and y ``(k, d)``: minus the objective, and terms of its own."""
        return -objective.value(network, x, y)

    def after_step(self, network: nn.Module) -> None:
        """Restore the constraint after the optimiser's step."""
