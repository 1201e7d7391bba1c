"""Constraints that add a penalty to the loss: gradient penalties between the sets or at the data, consistency term."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from wcheck.critics.activations import ACTIVATIONS
from wcheck.critics.constraint import Constraint
from wcheck.critics.normalisation import Norm
from wcheck.critics.objective import Needs, Objective
from wcheck.errors import ParameterError
from wcheck.learning.settings import Range, number

FEATURES_SHARE = 0.1
"""Weight of the last hidden layer's change beside that of the value, in the consistency term."""
REACH = 0.5
"""How far around the data DRAGAN's penalty looks, in standard deviations of the batch."""


@dataclass(frozen=True, slots=True)
class GradientPenalty(Constraint):
    """Two-sided gradient penalty: ``penalty * mean (|grad D(z)| - 1)^2`` between the batches.

    ``z = t x + (1 - t) y`` with t uniform on [0, 1], one z for each pair (x, y) of the batches. Where a critic gives
    features, D is the objective's witness, see :meth:`wcheck.critics.objective.Objective.witness`.

    References
    ----------
    Gulrajani et al. (2017), Improved Training of Wasserstein GANs, Algorithm 1.
    """

    name: ClassVar[str] = "gp"
    supports: ClassVar[frozenset[Needs]] = frozenset({Needs.VALUES, Needs.FEATURES, Needs.RECONSTRUCTIONS})

    at_points: ClassVar[bool] = True

    penalty: float = number(10.0, Range(0))

    def loss(
        self, objective: Objective, network: nn.Module, x: Tensor, y: Tensor, generator: torch.Generator
    ) -> Tensor:
        """Return the penalty minus the objective."""
        # what is drawn comes first, so that the rest can be compiled in one piece
        return self.term(objective, network, x, y, generator) - objective.value(network, x, y)

    def term(
        self, objective: Objective, network: nn.Module, x: Tensor, y: Tensor, generator: torch.Generator
    ) -> Tensor:
        """Return the penalty."""
        z = self.places(x, y, generator)
        norms = torch.linalg.vector_norm(_gradient(objective.witness(network, x, y), z), dim=1)
        return self.penalty * self.excess(norms).square().mean()

    def places(self, x: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
        """Draw the points ``(k, d)`` at which the gradient is taken."""
        k = min(len(x), len(y))
        t = torch.rand((k, 1), generator=generator, device=x.device, dtype=x.dtype)
        return torch.lerp(y[:k], x[:k], t)

    def excess(self, norms: Tensor) -> Tensor:
        """Return by how much gradient norms ``(k,)`` are not what they should be: 1."""
        return norms - 1


@dataclass(frozen=True, slots=True)
class OneSidedPenalty(GradientPenalty):
    """One-sided gradient penalty: ``penalty * mean max(0, |grad D(z)| - 1)^2``, z as in the two-sided one.

    References
    ----------
    Petzka, Fischer, Lukovnikov (2018), On the regularization of Wasserstein GANs, Equation 8 (WGAN-LP).
    """

    name: ClassVar[str] = "lp"

    def excess(self, norms: Tensor) -> Tensor:
        """Return by how much gradient norms ``(k,)`` exceed 1."""
        return (norms - 1).clamp(min=0)


@dataclass(frozen=True, slots=True)
class AroundData(GradientPenalty):
    """``penalty * mean (|grad D(z)| - 1)^2`` around the data, at ``z = x + t d``.

    t is uniform on [0, 1], one for each point, and each coordinate of d uniform up to half of the standard deviation
    of all numbers of the batch x.

    References
    ----------
    Kodali et al. (2017), On Convergence and Stability of GANs, Section 2.3, and its authors' code (DRAGAN).
    """

    name: ClassVar[str] = "dragan"
    supports: ClassVar[frozenset[Needs]] = frozenset({Needs.VALUES})

    def places(self, x: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
        """Draw a point near each of x."""
        t, shares = (
            torch.rand(shape, generator=generator, device=x.device, dtype=x.dtype)
            for shape in ((len(x), 1), x.shape)
        )
        return x + t * (REACH * x.std(correction=0)) * shares


@dataclass(frozen=True, slots=True)
class FlatAtData(GradientPenalty):
    """``penalty / 2 * mean |grad D(x)|^2``: the gradient at the data shall be 0.

    References
    ----------
    Mescheder, Geiger, Nowozin (2018), Which Training Methods for GANs do actually Converge?, Equation 9 (R1, with
    penalty 10).
    """

    name: ClassVar[str] = "r1"
    supports: ClassVar[frozenset[Needs]] = frozenset({Needs.VALUES})

    def term(
        self, objective: Objective, network: nn.Module, x: Tensor, y: Tensor, generator: torch.Generator
    ) -> Tensor:
        """Return the penalty."""
        return GradientPenalty.term(self, objective, network, x, y, generator) / 2

    def places(self, x: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
        """Return the points of x."""
        return x.clone()

    def excess(self, norms: Tensor) -> Tensor:
        """Return the norms ``(k,)`` themselves, which should be 0."""
        return norms


@dataclass(frozen=True, slots=True)
class ConsistencyTerm(GradientPenalty):
    """Two-sided gradient penalty, and a term for what dropout changes at the points of x.

    ``consistency * mean ((D'(x) - D''(x))^2 + 0.1 * mean (h'(x) - h''(x))^2)``, where D' and D'' are the critic under
    two draws of dropout after each hidden activation, and h' and h'' the outputs of its last hidden layer. All of a
    step is computed under dropout; the critic that is looked at has none.

    References
    ----------
    Wei et al. (2018), Improving the Improved Training of Wasserstein GANs, Equations 4 and 5 (with M' = 0).
    """

    name: ClassVar[str] = "ct"
    supports: ClassVar[frozenset[Needs]] = frozenset({Needs.VALUES})

    norms: ClassVar[tuple[Norm, ...]] = ("none", "layer")
    """What dropout changes cannot be told from what the rest of a batch does."""

    consistency: float = number(2.0, Range(0))
    dropout: float = number(0.5, Range(0, below=1))

    def prepare(self, network: nn.Module) -> nn.Module:
        """Refuse a critic in which there is nothing to drop."""
        if not _activations(network):
            raise ParameterError(
                "lipschitz ct drops outputs of activation layers, but this critic has none: "
                "make its activations modules, such as torch.nn.ReLU()."
            )
        return network

    def loss(
        self, objective: Objective, network: nn.Module, x: Tensor, y: Tensor, generator: torch.Generator
    ) -> Tensor:
        """Return both terms minus the objective."""
        with _dropping(network, self.dropout, generator):
            with _noting(network) as calls:
                value = objective.value(network, x, y)
                network(x)
            penalised = _uncompiled_term(self, objective, network, x, y, generator) - value
        (hidden, values), (hidden_again, again) = calls[0], calls[-1]
        features = (hidden[: len(x)] - hidden_again).square().flatten(1).mean(dim=1)
        changed = (values[: len(x)].float() - again.float()).square() + FEATURES_SHARE * features
        loss: Tensor = penalised + self.consistency * changed.mean()
        return loss


# what is drawn in the middle of a network breaks a compiled gradient
_uncompiled_term: Callable[
    [GradientPenalty, Objective, nn.Module, Tensor, Tensor, torch.Generator], Tensor
] = torch.compiler.disable(GradientPenalty.term)


def _gradient(function: Callable[[Tensor], Tensor], z: Tensor) -> Tensor:
    """Return the gradients ``(k, d)`` of a function at points ``(k, d)``, themselves differentiable."""
    if torch.compiler.is_compiling():  # traced into the graph; torch.autograd.grad would break it

        def total(at: Tensor) -> Tensor:
            return function(at).sum()

        traced: Tensor = torch.func.grad(total)(z)
        return traced
    z.requires_grad_()
    (gradient,) = torch.autograd.grad(function(z).sum(), z, create_graph=True, materialize_grads=True)
    return gradient


def _activations(network: nn.Module) -> list[nn.Module]:
    return [layer for layer in network.modules() if isinstance(layer, ACTIVATIONS)]


@contextmanager
def _dropping(network: nn.Module, share: float, generator: torch.Generator) -> Iterator[None]:
    """Drop a share of what the activations return; torch's own dropout cannot be given a generator."""

    def drop(layer: nn.Module, given: Any, output: Tensor) -> Tensor:
        kept = torch.rand(output.shape, generator=generator, device=output.device) >= share
        return output * kept / (1 - share)

    with ExitStack() as stack:
        for layer in _activations(network):
            stack.callback(layer.register_forward_hook(drop).remove)
        yield


@contextmanager
def _noting(network: nn.Module) -> Iterator[list[tuple[Tensor, Tensor]]]:
    """Collect, call by call, what the last linear layer is given and what the network returns."""
    hidden: list[Tensor] = []
    calls: list[tuple[Tensor, Tensor]] = []
    last = [layer for layer in network.modules() if isinstance(layer, (nn.Linear, nn.Conv2d))][-1]
    hooks = (
        last.register_forward_pre_hook(lambda layer, given: hidden.append(given[0])),
        network.register_forward_hook(lambda layer, given, values: calls.append((hidden[-1], values))),
    )
    try:
        yield calls
    finally:
        for hook in hooks:
            hook.remove()
