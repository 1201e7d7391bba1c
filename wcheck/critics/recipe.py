"""A critic's recipe: all that its numbers depend on besides the data and the number of steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from wcheck import columns
from wcheck.columns import former
from wcheck.critics.constraint import Constraint
from wcheck.critics.constraints import CONSTRAINTS
from wcheck.critics.fitting import check_pair, norm_for
from wcheck.critics.networks import LAYERS, WIDTHS, build, check_arch
from wcheck.critics.objective import Needs, Objective
from wcheck.critics.objectives import OBJECTIVES, objective_of
from wcheck.errors import ParameterError
from wcheck.learning.descent import Descent, check_descent
from wcheck.learning.settings import check_choice, given_of
from wcheck.rows.table import Row


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a critic is made and trained.

    Use :meth:`of` to make one: it fills in what was left open and drops what would be ignored, so that two
    recipes for the same critic are equal.

    Attributes
    ----------
    arch : str
        See :func:`wcheck.critics.networks.build`.
    width : int or None
        The width of the hidden layers; None where the architecture has a width of its own.
    layers : int or None
        How many hidden layers there are; None where the architecture has a number of its own.
    norm : str or None
        What hidden layers are normalised over, a name in :data:`wcheck.critics.normalisation.NORMS`; None where the
        architecture leaves no choice.
    objective : Objective
        What is ascended on.
    constraint : Constraint
        What keeps the slope.
    descent : Descent
        The optimiser and the precision of its steps.
    batch_size : int or None
        Points drawn from each measure in a step, independently, by their weights; None for all of them.
    seed : int
        The seed of the first weights, the batches and what the constraint draws.
    """

    arch: str
    width: int | None
    layers: int | None
    norm: str | None
    objective: Objective
    constraint: Constraint
    descent: Descent
    batch_size: int | None
    seed: int

    @staticmethod
    def of(
        arch: str | None = None,
        lipschitz: str | None = None,
        *,
        objective: str | None = None,
        width: int | None = None,
        layers: int | None = None,
        norm: str | None = None,
        batch_size: int | str | None = 64,
        seed: int = 0,
        alone: bool = True,
        **options: Any,
    ) -> Recipe:
        """Make a recipe; None is what the objective or the constraint was published with.

        Parameters
        ----------
        arch : str, optional
            ``mlp`` if left out.
        lipschitz : str, optional
            A name in :data:`wcheck.critics.constraints.CONSTRAINTS`. Those in
            :data:`wcheck.columns.former.OBJECTIVES` mean the objective.
        objective : str, optional
            A name in :data:`wcheck.critics.objectives.OBJECTIVES`, or ``module:factory`` of the user's;
            ``wasserstein`` if left out.
        width, layers, norm, seed
            See :class:`Recipe`.
        batch_size : int or "full", optional
            None stands for full batches, too.
        alone : bool
            Whether it is trained without a generator, between two sets, and its values are looked at: then it has
            values.
        **options
            The settings of :class:`wcheck.learning.descent.Descent`, and of all objectives and constraints; what the
            two chosen ones do not read is dropped.

        Raises
        ------
        ParameterError
            If a value is not allowed, or the objective, the constraint and the architecture do not fit together.
        TypeError
            If there is no such option.
        """
        check_options(options)
        if lipschitz in former.OBJECTIVES and objective in (None, lipschitz):
            objective, lipschitz = lipschitz, None
        ascended = objective_of(objective or "wasserstein", options)
        lipschitz = lipschitz or ascended.lipschitz
        check_choice("lipschitz", lipschitz, CONSTRAINTS)
        constraint = CONSTRAINTS[lipschitz](**given_of(CONSTRAINTS[lipschitz].settings(), options))
        arch = arch or "mlp"
        check_arch(arch, type(constraint))
        check_pair(arch, ascended, constraint, alone)
        published = constraint.descent
        betas = {
            "betas": published.betas or Constraint.descent.betas
        }  # for Adam in another optimiser's place
        descent = replace(published, **(betas | given_of(fields(Descent), options)))
        if isinstance(batch_size, str):
            check_choice("batch_size", batch_size, ("full",))
            batch_size = None
        for name, size in (("batch_size", batch_size), ("width", width), ("layers", layers)):
            if size is not None and size < 1:
                raise ParameterError(f"{name} is {size}: give an integer of at least 1.")
        norm = norm_for(norm, arch, ascended, constraint)
        if batch_size == 1 and norm == "batch":
            raise ParameterError(
                "batch_size is 1: norm batch averages over different points of a batch; give at least 2."
            )
        if batch_size is not None and batch_size < ascended.fewest:
            raise ParameterError(
                f"batch_size is {batch_size}: objective {ascended.name} compares different points of a batch; give at "
                f"least {ascended.fewest}."
            )
        if seed < 0:
            raise ParameterError(f"seed is {seed}: give an integer of at least 0.")
        width = (width or WIDTHS[arch]) if arch in WIDTHS else None
        deep = arch in LAYERS and ascended.needs is not Needs.RECONSTRUCTIONS
        layers = (layers or LAYERS[arch]) if deep else None
        return Recipe(arch, width, layers, norm, ascended, constraint, descent, batch_size, seed)

    @property
    def title(self) -> str:
        """What the critic is called among others: by its constraint, its objective, or both."""
        return (
            " ".join(
                name
                for name, usual in ((self.objective.name, "wasserstein"), (self.constraint.name, "none"))
                if name != usual
            )
            or self.constraint.name
        )

    def values(self) -> dict[str, object]:
        """Return all settings as :meth:`of` takes them, in the order of columns; None where one is not read."""
        own = {
            "objective": self.objective.name,
            "lipschitz": self.constraint.name,
            **self.objective.chosen(),
            **self.constraint.chosen(),
            "arch": self.arch,
            "width": self.width,
            "layers": self.layers,
            "norm": self.norm,
            **asdict(self.descent),
            "batch_size": self.batch_size,
            "seed": self.seed,
        }
        return dict.fromkeys(setting.name for setting in columns.settings("critic")) | own

    def settings(self) -> Row:
        """Return all settings as rows hold them."""
        betas = self.descent.betas
        return {
            **self.values(),
            "betas": betas and ",".join(f"{beta:g}" for beta in betas),
            "batch_size": "full" if self.batch_size is None else self.batch_size,
        }

    def network(self, shape: tuple[int, ...], *, seed: int, modules: Path = Path()) -> nn.Module:
        """Build the critic with fresh weights for points of a shape; see :func:`wcheck.critics.networks.build`."""
        network = build(
            self.arch,
            shape,
            self.constraint,
            seed=seed,
            width=self.width,
            layers=self.layers,
            norm=self.norm,
            needs=self.objective.needs,
            features=self.objective.chosen().get("features", 1),
            folder=modules,
        )
        return self.objective.prepare(network)

    def loss(self, network: nn.Module, x: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
        """Return what a step descends on for batches x and y ``(k, d)``."""
        return self.constraint.loss(self.objective, network, x, y, generator)


def check_options(options: Mapping[str, Any]) -> None:
    """Refuse an option that no objective, no constraint and no descent has, and a value that is not allowed.

    Raises
    ------
    TypeError
        If there is no such option: a mistake of the caller's.
    ParameterError
        If a value is not allowed, whether or not the one who is chosen reads it.
    """
    kinds = (*OBJECTIVES.values(), *CONSTRAINTS.values())
    known = {setting.name for kind in kinds for setting in kind.settings()} | {
        field.name for field in fields(Descent)
    }
    for name in options:
        if name not in known:
            raise TypeError(f"no objective, no constraint and no descent has the option {name}")
    for kind in kinds:
        kind(**given_of(kind.settings(), options))
    check_descent(**given_of(fields(Descent), options))
