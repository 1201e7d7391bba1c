"""Critics trained on a frozen pair of measures, beside the exact W1: what ``wcheck oracle`` runs."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, cast

from wcheck.errors import OutputError, ParameterError
from wcheck.progress import Report
from wcheck.table import Row

if TYPE_CHECKING:
    from wcheck.critics.audit import Audit
    from wcheck.critics.recipe import Recipe
    from wcheck.critics.training import FrozenPoints
    from wcheck.measures.measure import Measure
    from wcheck.measures.sources import Preprocessing
    from wcheck.transport.certificate import Bracket
    from wcheck.transport.potentials import AllPairs

PRESETS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "quick": {"penalty": (0.1, 10.0, 1000.0), "arch": ("mlp",), "steps": (8000,), "every": 1000},
        "paper": {
            "n": 10_000,
            "penalty": (0.1, 1.0, 10.0, 100.0, 1000.0),
            "arch": ("dcgan",),
            "optimizer": ("adam",),
            "lr": (1e-4,),
            "betas": ((0.0, 0.9),),
            "batch_size": (64,),
            "steps": (300_000,),
            "every": 10_000,
        },
    }
)
"""Named settings; ``paper`` belongs with 64x64 pixels in [-1, 1]."""


@dataclass(frozen=True)
class Oracle:
    """Algorithm 2 of the paper: is a critic's value the distance, when nothing but the critic moves.

    Options in tuples are multiplied out; one that a mechanism ignores is blank and multiplies nothing. An
    empty tuple stands for what the mechanism was published with.

    Attributes
    ----------
    preprocessing : Preprocessing
        What is done to the points of both measures.
    data : str
        A source whose first and second n points are the two measures.
    source, target : str, optional
        Two sources instead of ``data``.
    n : int, optional
        Points a side taken from ``data``; 10,000 or half of it by default.
    lipschitz, penalty, consistency, dropout, clip, epsilon, arch, lr, batch_size, optimizer, betas, seed : tuple
        See :class:`wcheck.critics.recipe.Recipe`.
    steps : tuple of int
        Optimiser steps.
    every : int, optional
        Steps between two looks at a critic; a tenth of the steps by default. It is also looked at before the
        first step and after the last.
    grad_points : int
        How many points the largest gradient norm is taken over.
    device : str
        Where everything lives.
    save : Path, optional
        A folder for the trained critic, or for one numbered folder each, in the order of the rows.

    Raises
    ------
    ParameterError
        If a value is not allowed.
    OutputError
        If the folder cannot be made.
    """

    preprocessing: Preprocessing
    data: str = "cifar10"
    source: str | None = None
    target: str | None = None
    n: int | None = None
    lipschitz: tuple[str, ...] = ("gp",)
    penalty: tuple[float, ...] = (10.0,)
    consistency: tuple[float, ...] = (2.0,)
    dropout: tuple[float, ...] = (0.5,)
    clip: tuple[float, ...] = (0.01,)
    epsilon: tuple[float, ...] = (1.0,)
    arch: tuple[str, ...] = ("mlp",)
    lr: tuple[float, ...] = ()
    batch_size: tuple[int, ...] = (64,)
    optimizer: tuple[str, ...] = ()
    betas: tuple[tuple[float, float], ...] = ()
    steps: tuple[int, ...] = (2000,)
    seed: tuple[int, ...] = (0,)
    every: int | None = None
    grad_points: int = 10_000
    device: str = "cpu"
    save: Path | None = None

    name: ClassVar[str] = "oracle"
    columns: ClassVar[tuple[str, ...]] = (
        "source", "target", "n", "m", "dim", "scale", "image_size", "dtype", "lipschitz", "penalty",
        "consistency", "dropout", "clip", "epsilon", "arch", "optimizer", "lr", "betas", "batch_size", "seed", "steps", "step", "value", "grad_points",
        "grad_max", "normalised", "lipschitz_pairs", "normalised_pairs", "lower", "lower_constant", "exact",
        "exact_lower", "exact_upper", "ratio", "normalised_ratio", "normalised_pairs_ratio", "seconds", "status",
    )  # fmt: skip
    fine: ClassVar[frozenset[str]] = frozenset({"ok"})
    neutral: ClassVar[frozenset[str]] = frozenset({"save", "preprocessing.data_dir", "preprocessing.folder"})

    def __post_init__(self) -> None:
        """Refuse what cannot be run before any data is read."""
        if (self.source is None) != (self.target is None):
            raise ParameterError("--source and --target belong together: give both, or --data alone.")
        if self.source is not None and self.n is not None:
            raise ParameterError(
                "--n cuts --data; with --source and --target write slices, such as P[0:100]."
            )
        positive = {"steps": min(self.steps), "every": self.every, "grad_points": self.grad_points}
        for option, value in positive.items():
            if value is not None and value < 1:
                raise ParameterError(f"{option} is {value}: give an integer of at least 1.")
        self.tasks()
        if self.device != "cpu":
            from wcheck.transport.exact import check_device

            check_device(self.device)
        if self.save is not None:
            try:
                self.save.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise OutputError(
                    f"cannot make the folder {self.save}: {error.strerror or error}; give another --save."
                ) from error

    def config(self, report: Report) -> dict[str, object]:
        """Return all options, and of both measures the size and the content hash."""
        options: dict[str, object] = {field.name: getattr(self, field.name) for field in fields(self)}
        for role, measure in zip(("source", "target"), self._pair(report), strict=True):
            options[f"{role}_data"] = {
                "name": measure.name,
                "n": len(measure),
                "dim": measure.dim,
                "dtype": str(measure.dtype),
                "sha256": measure.digest(),
            }
        return options

    def tasks(self) -> Sequence[tuple[int, Recipe, int]]:
        """Return (number, recipe, steps) of each critic: the product of the options, each critic once."""
        from wcheck.critics.recipe import Recipe

        product = itertools.product(
            self.lipschitz,
            self.penalty,
            self.consistency,
            self.dropout,
            self.clip,
            self.epsilon,
            self.arch,
            self.lr or (None,),
            self.batch_size,
            self.optimizer or (None,),
            self.betas or (None,),
            self.steps,
            self.seed,
        )
        critics = dict.fromkeys(
            (
                Recipe.of(
                    arch,
                    lipschitz,
                    penalty=penalty,
                    consistency=consistency,
                    dropout=dropout,
                    clip=clip,
                    epsilon=epsilon,
                    optimizer=optimizer,
                    lr=lr,
                    betas=betas,
                    batch_size=batch_size,
                    seed=seed,
                ),
                steps,
            )
            for lipschitz, penalty, consistency, dropout, clip, epsilon, arch, lr, batch_size, optimizer, betas, steps, seed
            in product
        )
        return [(number, recipe, steps) for number, (recipe, steps) in enumerate(critics)]

    def run(self, task: tuple[int, Recipe, int], report: Report) -> Iterator[Row]:
        """Train one critic and yield a row each time it is looked at; a diverged one ends with that row."""
        from wcheck.critics.audit import audit
        from wcheck.critics.training import train

        number, recipe, steps = task
        stage = self._stage(report)
        every = self.every or max(1, steps // 10)
        progress = _Progress(self.tasks(), number, report)
        for step, critic, seconds in train(
            recipe, stage.x, stage.y, steps=steps, every=every, report=progress
        ):
            found = audit(
                critic, stage.x, stage.y, stage.pairs, grad_points=self.grad_points, seed=recipe.seed
            )
            row = {
                **stage.about,
                **_about(recipe),
                "grad_points": self.grad_points,
                "steps": steps,
                "step": step,
            }
            yield {**row, **_judged(found, stage), "seconds": seconds}
            if found.diverged:
                return
        if self.save is not None:
            several = len(self.tasks()) > 1
            critic.save(self.save / f"{number:03d}" if several else self.save, {**stage.about, "step": step})

    def _pair(self, report: Report) -> tuple[Measure, Measure]:
        from wcheck.measures.sources import load_pair, split_pair

        if "pair" not in self.__dict__:  # read once; an attribute, but not of the configuration
            if self.source is not None and self.target is not None:
                pair = load_pair(self.source, self.target, preprocessing=self.preprocessing, report=report)
            else:
                pair = split_pair(self.data, self.n, preprocessing=self.preprocessing, report=report)
            self.__dict__["pair"] = pair
        return cast("tuple[Measure, Measure]", self.__dict__["pair"])

    def _stage(self, report: Report) -> _Stage:
        if "stage" not in self.__dict__:
            self.__dict__["stage"] = _stage(self, *self._pair(report), report)
        return cast("_Stage", self.__dict__["stage"])


@dataclass(frozen=True, slots=True)
class _Stage:
    """What all critics of a run share: the frozen measures and all that depends on them alone."""

    x: FrozenPoints
    y: FrozenPoints
    pairs: AllPairs
    exact: Bracket
    about: Row


def _stage(oracle: Oracle, x: Measure, y: Measure, report: Report) -> _Stage:
    import numpy as np

    from wcheck.critics.networks import check
    from wcheck.critics.training import FrozenPoints
    from wcheck.experiments.reference import reference
    from wcheck.measures.scaling import scale_of
    from wcheck.transport.potentials import AllPairs

    for arch in oracle.arch:
        check(arch, x.shape, oracle.preprocessing.folder)
    about: Row = {
        "source": x.name,
        "target": y.name,
        "n": len(x),
        "m": len(y),
        "dim": x.dim,
        "scale": scale_of(x),
        "image_size": oracle.preprocessing.image_size,
        "dtype": str(np.result_type(x.dtype, y.dtype)),
    }
    exact = reference(x, y, device=oracle.device, report=report)
    # converted once: training, distances and direct measurements read the same floats
    x, y = (replace(measure, points=measure.dense()) for measure in (x, y))
    frozen_x, frozen_y = (FrozenPoints(measure, oracle.device) for measure in (x, y))
    return _Stage(frozen_x, frozen_y, AllPairs(x, y, oracle.device, report=report), exact, about)


def _about(recipe: Recipe) -> Row:
    row: Row = {field.name: getattr(recipe, field.name) for field in fields(recipe)}
    return row | {"betas": recipe.betas and ",".join(f"{beta:g}" for beta in recipe.betas)}


def _judged(found: Audit, stage: _Stage) -> Row:
    """Put what was found beside the exact value; None where there is no number."""
    exact = stage.exact.upper

    def ratio(value: float | None) -> float | None:
        return value / exact if value is not None and exact > 0 else None

    row: Row = {
        "value": found.value,
        "grad_max": found.grad_max,
        "normalised": found.normalised,
        "lipschitz_pairs": found.lipschitz_pairs,
        "normalised_pairs": found.normalised_pairs,
        "lower": found.lower,
        "lower_constant": stage.pairs.lower_constant,
        "exact": exact,
        "exact_lower": stage.exact.lower,
        "exact_upper": stage.exact.upper,
        "ratio": ratio(found.value),
        "normalised_ratio": ratio(found.normalised),
        "normalised_pairs_ratio": ratio(found.normalised_pairs),
        "status": "diverged" if found.diverged else "ok",
    }
    return {
        column: None if isinstance(number, float) and not math.isfinite(number) else number
        for column, number in row.items()
    }


class _Progress:
    """Turns the steps of one critic into those of the whole product, with the rate."""

    def __init__(self, tasks: Sequence[tuple[int, Recipe, int]], number: int, report: Report) -> None:
        self._before = sum(steps for _, _, steps in tasks[:number])
        self._total = sum(steps for _, _, steps in tasks)
        self._report = report
        self._last = (0.0, time.perf_counter())
        self._rate = ""

    def __call__(self, label: str, done: float, total: float, note: str = "") -> None:
        """Take the steps of one critic."""
        clock = time.perf_counter()
        if done == self._last[0]:  # after an evaluation, whose time is not training's
            self._last = (done, clock)
        elif clock - self._last[1] >= 1.0:
            self._rate = f"{(done - self._last[0]) / (clock - self._last[1]):.3g} steps/s"
            self._last = (done, clock)
        self._report("oracle", self._before + done, self._total, self._rate)
