"""Critics trained on a frozen pair of measures, beside the exact W1: what ``wcheck oracle`` runs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from wcheck import columns
from wcheck.device import check_device
from wcheck.errors import OutputError, ParameterError
from wcheck.experiments import protocols
from wcheck.experiments.base import Presets
from wcheck.experiments.data import PAPER, OnPair, Pair
from wcheck.experiments.held_out import HeldOut, check_amount
from wcheck.experiments.judged import JUDGED
from wcheck.experiments.settings import Swept
from wcheck.experiments.stage import Stage
from wcheck.experiments.sweep import Ascent, Progress, Rows, ascents, kept_rows
from wcheck.experiments.telling import oracle as telling
from wcheck.parallel import on_threads
from wcheck.progress import Report
from wcheck.rows.table import Row, plain

if TYPE_CHECKING:
    from wcheck.critics.ensemble import Ensemble
    from wcheck.critics.training import Training
    from wcheck.measures.measure import Measure
    from wcheck.rows.scratch import Place

PRESETS: Presets = MappingProxyType(
    {
        "quick": {"penalty": (0.1, 10.0, 1000.0), "arch": ("mlp",), "steps": (8000,), "every": 1000},
        "paper": {
            **PAPER,
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
"""Named settings."""


@dataclass(frozen=True)
class Oracle(OnPair[Ascent], Swept[Ascent]):
    """Algorithm 2 of the paper: is a critic's value the distance, when nothing but the critic moves.

    Options in tuples, and the settings of critics, are multiplied out; one that a critic does not read is blank and
    multiplies nothing. A :class:`wcheck.experiments.ranges.Range`, alone in its tuple, is drawn from.

    Attributes
    ----------
    data : Pair
        The two measures.
    protocol : tuple of str
        Names in :data:`wcheck.experiments.protocols.PROTOCOLS`: what critics are trained on and compared with.
    settings : mapping
        Those of critics; see :class:`wcheck.critics.recipe.Recipe`; a batch size may be ``"full"``.
    seed : tuple of int
        The seeds of critics: of weights, batches and gradient points.
    steps : tuple of int
        Optimiser steps.
    samples : int, optional
        How many times numbers are drawn from the ranges, by the first seed; all else is multiplied out for each.
    together : int
        How many small critics that differ in seed, step size and penalty alone are trained at once. Their rows are
        those of one by one up to float32 rounding, and ``seconds`` is a critic's share.
    every : int, optional
        Steps between two looks at a critic; a tenth of the steps by default. It is also looked at before the
        first step and after the last.
    grad_points : int
        How many points the largest gradient norm is taken over.
    fresh_batches : int
        How many pairs of fresh batches the protocol ``mallasto`` averages over.
    held_out : float, optional
        Points of each measure that are drawn by the data seed and kept from the critics: how many, or below 1 their
        share. All that is said is then about the other points, except for the value at those kept out.
    device : str
        Where everything lives.
    compile : bool
        Whether to compile each critic's loss, which takes up to a minute, before its first step.
    save : Path, optional
        A folder for the trained critic, or for one numbered folder each, in the order of the product.

    Raises
    ------
    ParameterError
        If a value is not allowed.
    OutputError
        If the folder cannot be made.
    """

    data: Pair = field(default_factory=Pair)
    protocol: tuple[str, ...] = ("stanczuk",)
    steps: tuple[int, ...] = (2000,)
    seed: tuple[int, ...] = (0,)
    samples: int | None = None
    together: int = 1
    every: int | None = None
    grad_points: int = 10_000
    fresh_batches: int = 100
    held_out: float | None = None
    device: str = "cpu"
    compile: bool = False
    save: Path | None = None

    name: ClassVar[str] = "oracle"
    groups: ClassVar[tuple[str, ...]] = ("critic",)
    selective: ClassVar[tuple[str, ...]] = ("fresh_batches",)
    columns: ClassVar[tuple[str, ...]] = (
        "source", "target", "n", "m", "dim", "scale", "target_scale", "image_size", "embed", "dtype",
        *protocols.COLUMNS,
        *(setting.name for setting in columns.settings("critic")), "seed", "steps", "step", *JUDGED,
        "generator_gradient", "batch_dependence", "held_out", "value_held_out", "held_out_gap", "seconds", "status",
    )  # fmt: skip
    neutral: ClassVar[frozenset[str]] = OnPair.neutral | {"save"}
    presets: ClassVar[Presets] = PRESETS
    resumes: ClassVar[bool] = True
    told = staticmethod(telling.told)

    def __post_init__(self) -> None:
        """Refuse what cannot be run before any data is read."""
        positive = {
            "steps": min(self.steps),
            "every": self.every,
            "grad_points": self.grad_points,
            "fresh_batches": self.fresh_batches,
            "together": self.together,
        }
        for option, value in positive.items():
            if value is not None and value < 1:
                raise ParameterError(f"{option} is {value}: give an integer of at least 1.")
        check_amount(self.held_out)
        if self.compile and self.together > 1:
            raise ParameterError(
                "--compile is for critics that are trained one by one: leave out --compile or --together."
            )
        if all(len(task.recipes) == 1 for task in self.tasks()) and self.together > 1:
            raise ParameterError(
                f"--together {self.together} is given, but no two of these critics can be trained at once: it is for "
                "mlp with gp, lp, clip or none that differ only in --seed, --lr and --penalty; leave it out."
            )
        check_device(self.device)
        if self.device == "cpu" and (amp := self.settings.get("amp")):
            from wcheck.learning.acceleration import check_amp

            check_amp(amp[0], self.device)
        if self.save is not None:
            try:
                self.save.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise OutputError(
                    f"cannot make the folder {self.save}: {error.strerror or error}; give another --save."
                ) from error

    def prepared(self, report: Report) -> Oracle:
        """Return the same for other processes, once the exact distances are solved and kept on disk."""
        from wcheck.experiments.reference import reference

        for protocol in self.protocol:
            x, y, _ = self._sets(protocols.named(protocol), report)
            reference(x, y, device=self.device, report=report)
        return replace(super().prepared(report), save=self.save and self.save.absolute())

    def tasks(self) -> Sequence[Ascent]:
        """Return the product of the options, each critic once."""
        options = {"protocol": self.protocol, **self.multiplied(), "steps": self.steps, "seed": self.seed}
        return ascents(options, drawn=self.samples, seed=self.seed[0], together=self.together)

    def chosen(self, task: Ascent) -> Row:
        """Return the settings that a task's critics read."""
        read: Row = {"protocol": task.protocol, "steps": task.steps}
        if protocols.named(task.protocol).fresh:
            read["fresh_batches"] = self.fresh_batches
        for recipe in task.recipes:
            read |= {name: value for name, value in recipe.settings().items() if value is not None}
        return read

    def run(self, task: Ascent, report: Report, place: Place | None = None) -> Iterator[Row]:
        """Train critics and yield a row each time one is looked at; one that diverged ends with that row.

        Small critics have one thread.
        """
        from wcheck.critics.networks import check
        from wcheck.critics.training import is_small

        (x, _), modules = self.read(report), self.data.preprocessing.folder
        check(task.recipes[0].arch, x.shape, modules)
        alone = self.device == "cpu" and is_small(task.recipes, x.shape, len(x), modules)
        with on_threads(1) if alone else nullcontext():
            yield from self._looks(task, report, place)

    def _looks(self, task: Ascent, report: Report, place: Place | None) -> Iterator[Row]:
        from wcheck.learning.loop import looks
        from wcheck.rows.checkpoint import Checkpoint

        protocol = protocols.named(task.protocol)
        stage = self._stage(protocol, report)
        training = _training(task, stage, self.compile, self.data.preprocessing.folder)
        rows = Rows([[] for _ in task.recipes])

        def go_on(kept: Mapping[str, Any]) -> None:
            training.restore(kept["training"])
            rows.of_critics[:] = kept_rows(kept["rows"], len(task.recipes), self.columns)

        checkpoint = Checkpoint(place)
        checkpoint.restore(go_on)
        yield from rows.due()
        progress = Progress(task.steps, report, len(task.recipes))

        def keep() -> None:
            checkpoint.keep(lambda: {"training": training.state(), "rows": json.dumps(rows.of_critics)})

        def tick() -> None:
            progress(training.step)
            keep()

        for step in looks(task.steps, self.every or max(1, task.steps // 10)):
            if step <= rows.last_step or rows.ended:
                continue
            training.advance(step, tick)
            progress(step)
            for critic, own in zip(training.critics, rows.of_critics, strict=True):
                if own and own[-1]["status"] != "ok":
                    continue
                row = {
                    **stage.about,
                    "protocol": task.protocol,
                    **critic.recipe.settings(),
                    "steps": task.steps,
                }
                row |= {"step": step, "seconds": training.seconds / len(task.recipes)}
                row |= stage.judge(critic, protocol, self.fresh_batches, self.grad_points)
                own.append({column: plain(value) for column, value in row.items()})
            yield from rows.due()
            keep()
        yield from rows.rest()
        if self.save is not None:
            from wcheck.critics.saved import save

            several = sum(len(other.recipes) for other in self.tasks()) > 1
            for number, critic, own in zip(task.numbers, training.critics, rows.of_critics, strict=True):
                if own[-1]["status"] == "ok":
                    folder = self.save / f"{number:03d}" if several else self.save
                    sets = (stage.x.points, stage.y.points)
                    about = {**stage.about, "columns": stage.columns, "step": task.steps}
                    save(critic, folder, about, sets)

    def load(self, report: Report) -> tuple[Measure, Measure]:
        """Read both measures; points are held out of independent samples alone."""
        from wcheck.measures.overlap import check_independent

        pair = super().load(report)
        if self.held_out is not None:
            check_independent(*pair, "what critics claim at held-out points", self.data.preprocessing)
        return pair

    def _stage(self, protocol: protocols.Protocol, report: Report) -> Stage:
        archs = list(dict.fromkeys(recipe.arch for task in self.tasks() for recipe in task.recipes))
        return self.kept.once(
            f"stage of {protocol.points}",
            lambda: Stage.of(self.data, *self._sets(protocol, report), archs, self.device, report),
        )

    def _sets(self, protocol: protocols.Protocol, report: Report) -> tuple[Measure, Measure, HeldOut]:
        data_seed = self.data.preprocessing.data_seed
        x, y, held_out = HeldOut.of(*self.read(report), self.held_out, data_seed, self.device)
        return *protocol.cut(x, y), held_out


def _training(task: Ascent, stage: Stage, compile: bool, modules: Path) -> Training | Ensemble:
    from wcheck.critics.ensemble import Ensemble
    from wcheck.critics.training import Training

    if len(task.recipes) == 1:
        return Training(task.recipes[0], stage.x, stage.y, compile=compile, modules=modules)
    return Ensemble(task.recipes, stage.x, stage.y)
