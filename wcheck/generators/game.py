"""A game: an objective, the critic that ascends on it if it needs one, and the generator that descends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

from wcheck import columns
from wcheck.critics.objective import Needs, Objective
from wcheck.critics.objectives import objective_of
from wcheck.critics.recipe import Recipe, check_options
from wcheck.errors import ParameterError
from wcheck.generators.recipe import PUBLISHED, GeneratorRecipe
from wcheck.learning.descent import Descent
from wcheck.learning.settings import check_choice
from wcheck.rows.table import Row

SCHEDULES: Mapping[str, Callable[[int, int], int]] = MappingProxyType(
    {
        "constant": lambda step, usual: usual,
        "wgan": lambda step, usual: 100 if step < 25 or step % 500 == 0 else usual,
    }
)
"""Name -> (steps of the generator so far, usual number) -> steps of the critic before its next one; ``wgan`` is that of
the code of Arjovsky, Chintala and Bottou (2017)."""


@dataclass(frozen=True, slots=True)
class Game:
    """What is played, by whom, and how; use :meth:`of` to make one.

    A row of the literature's table of GANs is an objective, a constraint of the critic and a generator:
    ``Game.of(objective="wasserstein", lipschitz="gp")`` is WGAN-GP, ``Game.of(objective="exact")`` the minibatch
    Wasserstein generator, which has no critic.

    Attributes
    ----------
    objective : Objective
        What the critic ascends on and the generator descends on.
    critic : Recipe or None
        How the critic is made and trained; None where the objective needs none.
    generator : GeneratorRecipe
        How the generator is made and trained.
    critic_steps : int or None
        The critic's steps for each one of the generator; None without a critic.
    schedule : str or None
        A name in :data:`SCHEDULES`; None without a critic.
    batch_size : int or None
        Points of data in a batch, and generated ones; None for all of the data. Free points are always all in a batch.
    seed : int
        The seed of both players' first weights, of latents and batches, and of what a constraint or an objective draws.
    """

    objective: Objective
    critic: Recipe | None
    generator: GeneratorRecipe
    critic_steps: int | None
    schedule: str | None
    batch_size: int | None
    seed: int

    @staticmethod
    def of(
        *,
        objective: str | None = None,
        critic_steps: int | None = None,
        schedule: str | None = None,
        batch_size: int | str | None = 64,
        seed: int = 0,
        **options: Any,
    ) -> Game:
        """Make a game from settings by their names; None is what was published.

        Parameters
        ----------
        objective : str, optional
            A name in :data:`wcheck.critics.objectives.OBJECTIVES`, or ``module:factory``; ``wasserstein`` if left out.
        critic_steps, schedule : optional
            5 steps, always.
        batch_size : int or "full", optional
            None stands for full batches, too.
        seed : int
            See :class:`Game`.
        **options
            The settings of :meth:`wcheck.critics.recipe.Recipe.of` and of
            :meth:`wcheck.generators.recipe.GeneratorRecipe.of`; what the game does not read is dropped.

        Raises
        ------
        ParameterError
            If a value is not allowed, or objective, constraint, architecture and batch do not fit together.
        SourceError
            If the user's objective fails.
        TypeError
            If there is no such option.
        """
        own = {name: options.pop(name) for name in _generator_settings() if name in options}
        critic = {name: options.pop(name, None) for name in ("arch", "lipschitz", "width", "layers", "norm")}
        check_options(options)
        if critic_steps is not None and critic_steps < 1:
            raise ParameterError(f"critic_steps is {critic_steps}: give an integer of at least 1.")
        if schedule is not None:
            check_choice("schedule", schedule, SCHEDULES)
        played = objective_of(objective or "wasserstein", options)
        recipe = None
        if played.needs is not Needs.NOTHING:
            recipe = Recipe.of(
                objective=objective, batch_size=batch_size, seed=seed, alone=False, **critic, **options
            )
        published = PUBLISHED if recipe is None else recipe.descent
        generator = GeneratorRecipe.of(seed=seed, amp=options.get("amp"), published=published, **own)
        if recipe is not None and recipe.norm == "batch" and generator.settings().get("free_points") == 1:
            raise ParameterError(
                "free_points is 1: norm batch averages over different points of a batch; give at least 2."
            )
        return Game(
            played,
            recipe,
            generator,
            None if recipe is None else critic_steps or 5,
            None if recipe is None else schedule or "constant",
            _checked_size(batch_size, played, generator),
            seed,
        )

    @property
    def title(self) -> str:
        """What the game is called among others: by its objective and the constraint of its critic."""
        constraint = "" if self.critic is None else self.critic.constraint.name
        return " ".join(name for name in (self.objective.name, constraint) if name not in ("", "none"))

    def critic_steps_at(self, step: int) -> int:
        """Return the critic's steps before the generator's next one, of which there were ``step`` so far."""
        if self.critic_steps is None or self.schedule is None:
            return 0
        return SCHEDULES[self.schedule](step, self.critic_steps)

    def settings(self) -> Row:
        """Return all settings as rows hold them, in the order of columns; None where one is not read."""
        if self.critic is not None:
            of_critic = self.critic.settings()
        else:
            size = "full" if self.batch_size is None else self.batch_size
            of_critic = {"objective": self.objective.name, **self.objective.chosen(), "batch_size": size}
        read = {
            **of_critic,
            **self.generator.settings(),
            "critic_steps": self.critic_steps,
            "schedule": self.schedule,
            "seed": self.seed,
        }
        return {name: read.get(name) for name in SETTINGS}


SETTINGS = (
    *dict.fromkeys(name for group in ("critic", "game", "generator") for name in columns.names(group)),
    "seed",
)
"""The columns of a game's settings."""


def _generator_settings() -> tuple[str, ...]:
    return tuple(
        name for name in columns.names("generator") if name not in {one.name for one in fields(Descent)}
    )


def _checked_size(size: int | str | None, objective: Objective, generator: GeneratorRecipe) -> int | None:
    if isinstance(size, str):
        check_choice("batch_size", size, ("full",))
        size = None
    if size is not None and size < 1:
        raise ParameterError(f"batch_size is {size}: give an integer of at least 1.")
    for name, points in (("batch_size", size), ("free_points", generator.settings().get("free_points"))):
        if isinstance(points, int) and points < objective.fewest:
            raise ParameterError(
                f"{name} is {points}: objective {objective.name} compares different points of a batch; give at least "
                f"{objective.fewest}."
            )
    return size
