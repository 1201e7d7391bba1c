"""A generator's recipe: all that it depends on besides the data, the game and the number of steps."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from wcheck.errors import ParameterError
from wcheck.generators.networks import POINTS, WIDTHS, Size, build, check_name
from wcheck.generators.priors import PRIORS
from wcheck.learning.descent import Descent, check_descent
from wcheck.learning.factory import is_factory
from wcheck.learning.settings import check_choice
from wcheck.measures.layout import Ends
from wcheck.rows.table import Row

PUBLISHED = Descent("adam", 1e-4, (0.0, 0.9))
"""The optimiser of Gulrajani et al. (2017), Improved Training of Wasserstein GANs, Algorithm 1."""
DEEPEST = 100
"""The most hidden layers."""


@dataclass(frozen=True, slots=True)
class GeneratorRecipe:
    """How a generator is made and trained.

    Use :meth:`of` to make one: it fills in what was left open and drops what would be ignored, so that two recipes for
    the same generator are equal.

    Attributes
    ----------
    generator : str
        See :func:`wcheck.generators.networks.build`.
    size : Size
        How large it is.
    prior : str
        What latents are drawn from, and free points begin as draws from: a name in
        :data:`wcheck.generators.priors.PRIORS`.
    descent : Descent
        The optimiser and the precision of its steps.
    average : float or None
        The decay of the exponential average of the weights that is taken in the place of the last ones; None for the
        last ones.
    seed : int
        The seed of the first weights and of the latents.
    """

    generator: str
    size: Size
    prior: str
    descent: Descent
    average: float | None
    seed: int

    @staticmethod
    def of(
        generator: str | None = None,
        *,
        latent: int | None = None,
        prior: str | None = None,
        generator_width: int | None = None,
        generator_layers: int | None = None,
        free_points: int | None = None,
        generator_optimizer: str | None = None,
        generator_lr: float | None = None,
        generator_betas: tuple[float, float] | None = None,
        amp: str | None = None,
        average: float | None = None,
        seed: int = 0,
        published: Descent = PUBLISHED,
    ) -> GeneratorRecipe:
        """Make a recipe; None is what was published.

        Parameters
        ----------
        generator : str, optional
            ``mlp`` if left out.
        latent, generator_width, generator_layers, free_points : int, optional
            See :class:`wcheck.generators.networks.Size`: 100 numbers, the widths of
            :data:`wcheck.generators.networks.WIDTHS`, 4 layers, 64 points.
        prior : str, optional
            ``normal`` if left out.
        generator_optimizer, generator_lr, generator_betas, amp
            The settings of :class:`wcheck.learning.descent.Descent`; those of ``published`` where left out.
        average, seed
            See :class:`GeneratorRecipe`.
        published : Descent
            What the game was published with.

        Raises
        ------
        ParameterError
            If a value is not allowed.
        """
        generator = generator or "mlp"
        check_name(generator)
        prior = prior or "normal"
        check_choice("prior", prior, PRIORS)
        for name, value in (
            ("latent", latent),
            ("generator_width", generator_width),
            ("generator_layers", generator_layers),
            ("free_points", free_points),
        ):
            if value is not None and not (isinstance(value, int) and value >= 1):
                raise ParameterError(f"{name} is {value}: give an integer of at least 1.")
        if generator_layers is not None and generator_layers > DEEPEST:
            raise ParameterError(f"generator_layers is {generator_layers}: give at most {DEEPEST}.")
        if average is not None and not 0 < average < 1:
            raise ParameterError(f"average is {average}: give a decay above 0 and below 1, such as 0.999.")
        if seed < 0:
            raise ParameterError(f"seed is {seed}: give an integer of at least 0.")
        free = generator == POINTS
        size = Size(
            latent=None if free else latent or 100,
            width=(generator_width or WIDTHS[generator]) if generator in WIDTHS else None,
            layers=(generator_layers or 4) if generator == "mlp" else None,
            free_points=(free_points or 64) if free else None,
        )
        given: dict[str, Any] = {
            "optimizer": generator_optimizer, "lr": generator_lr, "betas": generator_betas or None, "amp": amp
        }  # fmt: skip
        given = {name: value for name, value in given.items() if value is not None}
        check_descent(**given, prefix="generator_")
        # for Adam in another optimiser's place
        descent = replace(published, **({"betas": published.betas or PUBLISHED.betas} | given))
        return GeneratorRecipe(generator, size, prior, descent, average, seed)

    def values(self) -> dict[str, object]:
        """Return all settings as :meth:`of` takes them, in the order of columns; None where one is not read."""
        return {
            "generator": self.generator,
            "latent": self.size.latent,
            "prior": self.prior,
            "generator_width": self.size.width,
            "generator_layers": self.size.layers,
            "free_points": self.size.free_points,
            "generator_optimizer": self.descent.optimizer,
            "generator_lr": self.descent.lr,
            "generator_betas": self.descent.betas,
            "average": self.average,
            "amp": self.descent.amp,
            "seed": self.seed,
        }

    def settings(self) -> Row:
        """Return all settings as rows hold them."""
        betas = self.descent.betas
        return {**self.values(), "generator_betas": betas and ",".join(f"{beta:g}" for beta in betas)}

    @property
    def is_code(self) -> bool:
        """Whether a function of the user's makes the network."""
        return is_factory(self.generator)

    def batch(self, size: int) -> int:
        """Return how many points a step generates where ``size`` are asked for: of free points all of them."""
        return self.size.free_points or size

    def network(
        self, shape: tuple[int, ...], *, seed: int, ends: Ends | None = None, modules: Path = Path()
    ) -> nn.Module:
        """Build the generator with fresh weights; see :func:`wcheck.generators.networks.build`."""
        return build(self.generator, shape, self.size, seed=seed, prior=self.prior, ends=ends, folder=modules)

    def latents(self, k: int, generator: torch.Generator, device: torch.device | str = "cpu") -> Tensor:
        """Draw latents for k points.

        Parameters
        ----------
        k : int
        generator : Generator
            On the device.
        device : device

        Returns
        -------
        Tensor, shape (k, latent), float32
            For ``points`` row numbers instead, shape (k, 1), int64: all rows in a random order, and again in another
            one until there are k, so that as many points as there are free ones are each of them once.
        """
        device = torch.device(device)
        points = self.size.free_points
        if points is None:
            return PRIORS[self.prior]((k, self.size.latent or 1), generator, device)
        orders = [
            torch.randperm(points, generator=generator, device=device) for _ in range(math.ceil(k / points))
        ]
        return torch.cat(orders)[:k, None]
