"""A critic's recipe: all that its numbers depend on besides the data and the number of steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from wcheck.critics.lipschitz import MECHANISMS, OPTIONS, mechanism_options
from wcheck.critics.mechanism import Mechanism
from wcheck.critics.networks import WIDTHS, check_arch
from wcheck.errors import ParameterError
from wcheck.learning.descent import Descent, check_choice


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a critic is made and trained.

    Use :meth:`of` to make one: it fills in what was left open and drops what would be ignored, so that two
    recipes for the same critic are equal.

    Attributes
    ----------
    arch : str
        See :func:`wcheck.critics.networks.build`.
    lipschitz : str
        A name in :data:`wcheck.critics.lipschitz.MECHANISMS`.
    penalty, consistency, dropout, clip, epsilon : float or None
        The mechanism's options; None where it does not read them.
    optimizer : {"adam", "rmsprop", "sgd"}
    lr : float
        Step size.
    betas : tuple of float or None
        Decay rates of Adam's averages; None for the others.
    batch_size : int or None
        Points drawn from each measure in a step, independently, by their weights; None for all of them.
    seed : int
        Of the first weights, the batches and the penalty's points.
    width : int or None
        Of the hidden layers; None where the architecture has a width of its own.
    amp : {"bf16", "fp16"} or None
        Mixed precision of the steps; None for float32.
    """

    arch: str
    lipschitz: str
    penalty: float | None
    consistency: float | None
    dropout: float | None
    clip: float | None
    epsilon: float | None
    optimizer: str
    lr: float
    betas: tuple[float, float] | None
    batch_size: int | None
    seed: int
    width: int | None
    amp: str | None

    @staticmethod
    def of(
        arch: str = "mlp",
        lipschitz: str = "gp",
        *,
        penalty: float | None = None,
        consistency: float | None = None,
        dropout: float | None = None,
        clip: float | None = None,
        epsilon: float | None = None,
        optimizer: str | None = None,
        lr: float | None = None,
        betas: tuple[float, float] | None = None,
        batch_size: int | None = 64,
        seed: int = 0,
        width: int | None = None,
        amp: str | None = None,
    ) -> Recipe:
        """Make a recipe; None is what the mechanism was published with, and for ``batch_size`` full batches.

        Raises
        ------
        ParameterError
            If a value is not allowed.
        """
        check_choice("lipschitz", lipschitz, MECHANISMS)
        kind = MECHANISMS[lipschitz]
        check_arch(arch, kind)
        descent = Descent(
            optimizer or kind.optimizer, kind.lr if lr is None else lr, betas or kind.betas, amp
        )
        for name, size in (("batch_size", batch_size), ("width", width)):
            if size is not None and size < 1:
                raise ParameterError(f"{name} is {size}: give an integer of at least 1.")
        if seed < 0:
            raise ParameterError(f"seed is {seed}: give an integer of at least 0.")
        recipe = Recipe(
            arch=arch,
            lipschitz=lipschitz,
            penalty=penalty,
            consistency=consistency,
            dropout=dropout,
            clip=clip,
            epsilon=epsilon,
            optimizer=descent.optimizer,
            lr=descent.lr,
            betas=descent.betas,
            batch_size=batch_size,
            seed=seed,
            width=(width or WIDTHS[arch]) if arch in WIDTHS else None,
            amp=amp,
        )
        mechanism, read = recipe.mechanism, mechanism_options(lipschitz)
        options: dict[str, Any] = {
            name: getattr(mechanism, name) if name in read else None for name in OPTIONS
        }
        return replace(recipe, **options)

    @property
    def mechanism(self) -> Mechanism:
        """The Lipschitz mechanism with its options."""
        given = {name: getattr(self, name) for name in mechanism_options(self.lipschitz)}
        return MECHANISMS[self.lipschitz](
            **{name: value for name, value in given.items() if value is not None}
        )

    @property
    def descent(self) -> Descent:
        """How its weights go down the loss."""
        return Descent(self.optimizer, self.lr, self.betas, self.amp)
