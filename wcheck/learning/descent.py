"""How a network's weights go down a loss: the optimiser, its step size, and the precision of its steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from wcheck.errors import ParameterError
from wcheck.learning.acceleration import DTYPES, Precision
from wcheck.learning.direction import cosine
from wcheck.learning.loop import Parts
from wcheck.learning.settings import check_choice

OPTIMIZERS = ("adam", "rmsprop", "sgd")


@dataclass(frozen=True, slots=True)
class Descent:
    """The settings of a descent.

    Attributes
    ----------
    optimizer : {"adam", "rmsprop", "sgd"}
    lr : float
        Step size.
    betas : tuple of float or None
        Decay rates of Adam's averages; None for the others, which have none.
    amp : {"bf16", "fp16"} or None
        Mixed precision of the steps; None for float32.

    Raises
    ------
    ParameterError
        If a value is not allowed.
    """

    optimizer: str
    lr: float
    betas: tuple[float, float] | None
    amp: str | None = None

    def __post_init__(self) -> None:
        """Check the settings, and leave out what the optimiser does not read."""
        check_descent(self.optimizer, self.lr, self.betas, self.amp)
        betas = self.betas or ()
        # torch's Adam refuses integers
        object.__setattr__(
            self, "betas", tuple(map(float, betas)) if betas and self.optimizer == "adam" else None
        )

    def optimizer_of(self, parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
        """Return the optimiser of some parameters."""
        if self.betas is not None:
            # fused: one pass over the weights instead of ten, a third of the whole step on a processor
            return torch.optim.Adam(parameters, self.lr, betas=self.betas, fused=True)
        if self.optimizer == "rmsprop":
            return torch.optim.RMSprop(parameters, self.lr)
        return torch.optim.SGD(parameters, self.lr)


def check_descent(
    optimizer: str | None = None,
    lr: float | None = None,
    betas: tuple[float, ...] | None = None,
    amp: str | None = None,
    prefix: str = "",
) -> None:
    """Refuse settings of a :class:`Descent` that are not allowed; None is allowed.

    Parameters
    ----------
    optimizer, lr, betas, amp
        See :class:`Descent`.
    prefix : str
        What stands before the names of the first three where there are several descents, such as ``generator_``.
    """
    if optimizer is not None:
        check_choice(f"{prefix}optimizer", optimizer, OPTIMIZERS)
    if lr is not None and not (math.isfinite(lr) and lr > 0):
        raise ParameterError(f"{prefix}lr is {lr}: a step size is finite and above 0, such as 1e-4.")
    betas = betas or ()
    if not all(0 <= beta < 1 for beta in betas) or len(betas) not in (0, 2):
        raise ParameterError(f"{prefix}betas are {betas}: give two numbers from 0 to below 1, such as 0,0.9.")
    if amp is not None:
        check_choice("amp", amp, DTYPES)


class Player:
    """A network that descends on losses, one step at a time: of one training, or of a game with others.

    Parameters
    ----------
    network : Module
        On the device where the steps are computed.
    descent : Descent
    device : torch.device

    Raises
    ------
    ParameterError
        If mixed precision cannot be had there.
    """

    def __init__(self, network: nn.Module, descent: Descent, device: torch.device) -> None:
        self.network = network
        self.precision = Precision(descent.amp, device)
        self._parameters = list(network.parameters())
        self._optimizer = descent.optimizer_of(self._parameters)

    def descend(self, loss: Callable[[], Tensor]) -> Tensor:
        """Take one step down a loss, which is computed in the player's precision; return what it was."""
        self._optimizer.zero_grad(set_to_none=True)
        with self.precision.cast():
            value = loss()
        self.precision.descend(value, self._parameters, self._optimizer)
        return value.detach()

    def cosine(self) -> Tensor:
        """Return the cosine of the last step and its gradient; see :func:`wcheck.learning.direction.cosine`."""
        return cosine(self._optimizer)

    def gradient_norm(self) -> Tensor:
        """Return the norm of the last step's gradient in all weights."""
        norms = [
            torch.linalg.vector_norm(parameter.grad)
            for parameter in self._parameters
            if parameter.grad is not None
        ]
        return torch.linalg.vector_norm(torch.stack(norms)) if norms else torch.tensor(torch.nan)

    def parts(self) -> Mapping[str, Parts]:
        """Return all that further steps depend on."""
        return {"network": self.network, "optimizer": self._optimizer, "precision": self.precision}
