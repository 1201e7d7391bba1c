"""Certified exact transport between two sources, or for a cost matrix: the experiment behind ``wcheck exact``."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from wcheck.errors import ParameterError
from wcheck.experiments import archive
from wcheck.experiments.base import Presets
from wcheck.experiments.by_group import Groups
from wcheck.experiments.data import PAPER, OnPair
from wcheck.experiments.matrix import Matrix, OnPairOrMatrix
from wcheck.experiments.metrics import EUCLIDEAN, check_metrics, check_objective, code_of, unit_of
from wcheck.experiments.telling import exact as telling
from wcheck.progress import Report, silent
from wcheck.rows.scratch import Place
from wcheck.rows.table import Row

if TYPE_CHECKING:
    from wcheck.transport.cluster.connection import Cluster
    from wcheck.transport.solve.result import TransportResult

PATCHES = 10_000
"""Patches of either side at most, if not said otherwise."""


class Solve(NamedTuple):
    """One solve: p is None for a cost matrix, of the masses at most one is given; group, patches: of what."""

    metric: str
    partial: float | None
    penalty_unmatched: float | None
    p: int | None
    tol: float
    group: str | None = None
    patches: int | None = None


@dataclass(frozen=True)
class Exact(OnPairOrMatrix[Solve]):
    """``W_p`` between the empirical measures of two sources, or a matrix's least cost, for each p and each tolerance.

    Attributes
    ----------
    data : Pair or Matrix
        The two sources, or the files of the matrix.
    p, metric, partial, penalty_unmatched, tol : tuple
        Orders of the distance, ground metrics by their names, masses to move or costs of mass that is left, in place of
        the distance, and relative tolerances; the product is run.
    patches : tuple of int
        Pixels a side of the patches of images that are solved for in place of the images; the product is run.
    patch_limit : int, optional
        The most patches of either side, PATCHES if left out; of more as many are drawn by the seed.
    device, memory, time_limit, seed
        As for :func:`wcheck.exact`.
    dask : str or None
        The address of a running Dask cluster that scans all pairs; its workers read the sources themselves.
    save_plan : path or None
        Where plan and potentials are saved; for a single p and tolerance.
    checkpoint : path or None
        From where a long solve continues, and where it leaves its state; for a single p.
    """

    p: tuple[int, ...] = (1,)
    metric: tuple[str, ...] = (EUCLIDEAN,)
    partial: tuple[float, ...] = ()
    penalty_unmatched: tuple[float, ...] = ()
    tol: tuple[float, ...] = (1e-6,)
    patches: tuple[int, ...] = ()
    patch_limit: int | None = None
    device: str = "cpu"
    memory: str | None = None
    time_limit: float | None = None
    seed: int = 0
    save_plan: Path | None = None
    checkpoint: Path | None = None
    dask: str | None = None

    name: ClassVar[str] = "exact"
    columns: ClassVar[tuple[str, ...]] = (
        "source", "target", "by", "group", "cost", "source_weights", "target_weights", "n", "m", "dim", "p", "metric",
        "unit", "scale", "target_scale", "image_size", "embed", "dtype", "patches", "source_patches", "target_patches",
        "quantity", "partial", "penalty_unmatched",
        "source_mass", "target_mass", "tol", "value", "lower", "upper", "gap", "absolute_cost", "relative_gap", "moved",
        "allowance", "status", "rounds", "arcs", "seconds", "seed",
    )  # fmt: skip
    fine: ClassVar[frozenset[str]] = frozenset({"optimal", "rounding"})
    neutral: ClassVar[frozenset[str]] = OnPair.neutral | {"memory", "plan", "save_plan", "checkpoint", "dask"}
    of_matrix: ClassVar[frozenset[str]] = frozenset({"tol", "time_limit", "seed", "save_plan", "checkpoint"})
    presets: ClassVar[Presets] = MappingProxyType({"paper": PAPER})
    told = staticmethod(telling.told)

    def __post_init__(self) -> None:
        """Refuse what cannot be run before any data is read.

        Raises
        ------
        ParameterError
            If one plan file is asked for several solves, or one checkpoint for several p; if groups are asked for what
            holds one solve.
        OutputError
            If the plan file cannot be written, or is a file of another kind.
        """
        if (by := None if isinstance(self.data, Matrix) else self.data.preprocessing.by) is not None:
            why = f"is for one solve, but --by {by} makes one for each group"
            self._refuse(("save_plan", "checkpoint", "dask"), why)
        if self.patches:
            self._refuse(
                ("save_plan", "dask"), "is about the points of the sources, and --patches makes others"
            )
        elif self.patch_limit is not None:
            raise ParameterError("--patch-limit is for --patches: give both.")
        if self.patch_limit is not None and self.patch_limit < 1:
            raise ParameterError(f"--patch-limit is {self.patch_limit}: give at least 1 patch.")
        if self.save_plan is not None:
            if len(self._solves()) > 1:
                raise ParameterError(
                    f"--save-plan {self.save_plan} is one file, but {len(self._solves())} solves were requested; "
                    "give one value of each option."
                )
            archive.check(self.save_plan, archive.PLAN, "plan")
        if self.checkpoint is not None and len({task._replace(tol=0.0) for task in self._solves()}) > 1:
            raise ParameterError(
                f"--checkpoint {self.checkpoint} holds one solve, but several values of an option were given; give one "
                "value of --p, --metric, --patches and the mass."
            )
        check_objective(self.partial, self.penalty_unmatched)
        check_metrics(self.metric)

    def _refuse(self, options: Sequence[str], why: str) -> None:
        for option in options:
            if getattr(self, option) is not None:
                raise ParameterError(f"--{option.replace('_', '-')} {why}: leave one of them out.")

    def config(self, report: Report) -> dict[str, object]:
        """Return all options, and the content hashes of what was read and of metrics of the user's."""
        of_points = not isinstance(self.data, Matrix)
        code = code_of(self.metric, self.data.preprocessing.folder) if of_points else {}
        return super().config(report) | code

    def tasks(self) -> Sequence[Solve]:
        """Return the solves: by group (tables are read for them), metric, mass, p and tolerance."""
        groups = self._groups(silent)
        if groups is None:
            return self._solves()
        return [solve._replace(group=group) for group in groups.names for solve in self._solves()]

    def _groups(self, report: Report) -> Groups | None:
        """Return the groups of the tables, read the first time, if they are asked for."""
        data = self.data
        if isinstance(data, Matrix) or data.preprocessing.by is None:
            return None
        pair = data.roles(self.read(report))
        return self.kept.once("groups", lambda: Groups.of(pair, data.preprocessing))

    def _solves(self) -> Sequence[Solve]:
        orders: tuple[int | None, ...] = (None,) if isinstance(self.data, Matrix) else self.p
        masses: list[tuple[float | None, float | None]] = [(mass, None) for mass in self.partial]
        masses += [(None, price) for price in self.penalty_unmatched]
        return [
            Solve(metric, *mass, p, tol, patches=side)
            for metric, side, mass, p, tol in itertools.product(
                self.metric, self.patches or (None,), masses or [(None, None)], orders, self.tol
            )
        ]

    def load(self, report: Report) -> Any:
        """Read the data; of masses that are not normalised, the weights as they are."""
        if not (self.partial or self.penalty_unmatched) or isinstance(self.data, Matrix):
            return self.data.load(report)
        read = replace(self.data.preprocessing, normalise=True)
        pair = replace(self.data, preprocessing=read).load(report)
        if not self.data.preprocessing.normalise:
            return pair
        return tuple(replace(measure, given=None, power=0) for measure in pair)

    def run(self, task: Solve, report: Report, place: Place | None = None) -> Iterator[Row]:
        """Solve once and yield the one row; see :func:`wcheck.exact` for what may be raised.

        Raises
        ------
        KeyboardInterrupt
            After the row of a solve that was interrupted, which holds the best bracket so far.
        """
        read, counts = self._part(task, report)
        if read is None:
            yield {**self.about(report), **counts, "status": "absent"}
            return
        result = self._solved(task, read, report)
        if self.save_plan is not None:
            archive.save_plan(self.save_plan, result)
        yield {
            **self.about(report),
            **counts,
            **self._masses(task, result, read),
            "p": task.p,
            "tol": task.tol,
            "metric": result.metric or None,
            "quantity": result.quantity,
            "value": result.value,
            "lower": result.bracket.lower,
            "upper": result.bracket.upper,
            "gap": result.bracket.gap,
            "absolute_cost": result.absolute_cost,
            "relative_gap": result.relative_gap,
            "allowance": result.allowance,
            "status": result.status,
            "rounds": result.rounds,
            "arcs": result.arcs,
            "seconds": result.seconds,
            "seed": self.seed,
        }
        if result.status == "interrupted":
            raise KeyboardInterrupt

    def undone(self, task: Solve, report: Report) -> Row:
        """Return what is known of a solve in advance."""
        chosen = {"by": None, "group": None, **self._part(task, report)[1]}
        return {**super().undone(task, report), **chosen, "p": task.p, "tol": task.tol, "metric": task.metric}

    def _part(self, task: Solve, report: Report) -> tuple[Any, Row]:
        """Return what a task is about, or None where one side has none of its group; and what rows say of its size."""
        read, groups = self.read(report), self._groups(report)
        if task.patches is not None:
            return self._cut(task.patches, read)
        if groups is None or task.group is None:
            return read, {}
        parts = groups.parts(task.group, read)
        n, m = (0 if part is None else len(part) for part in parts)
        about: Row = {"by": self.data.preprocessing.by, "group": task.group, "n": n, "m": m}
        if None in parts:
            return None, about | {"p": task.p, "tol": task.tol, "metric": task.metric, "seed": self.seed}
        return tuple(parts), about

    def _cut(self, side: int, read: Any) -> tuple[Any, Row]:
        """Return the patches of both sources, and what rows say of how many there are."""
        from wcheck.measures.patches import number, patches

        sides = dict(zip(("source", "target"), read, strict=True))
        most = self.patch_limit or PATCHES
        pair = self.kept.once(
            "patches",
            lambda: [patches(own, side, most, role=role, seed=self.seed) for role, own in sides.items()],
            of=side,
        )
        there = {f"{role}_patches": number(own, side) for role, own in sides.items()}
        return tuple(pair), {
            "patches": side,
            **there,
            "n": len(pair[0]),
            "m": len(pair[1]),
            "dim": pair[0].dim,
        }

    def _masses(self, task: Solve, result: TransportResult, read: Any) -> Row:
        """Return what a row says of the metric's unit, and of masses that are not normalised."""
        if isinstance(self.data, Matrix):
            return {}
        about: Row = {"unit": unit_of(task.metric)}
        if result.quantity == "distance":
            return about
        source, target = (math.fsum(measure.amounts) for measure in read)
        chosen = {"partial": task.partial, "penalty_unmatched": task.penalty_unmatched}
        moved = math.fsum(result.plan.data)
        return {**about, **chosen, "source_mass": source, "target_mass": target, "moved": moved}

    def _solved(self, task: Solve, read: Any, report: Report) -> TransportResult:
        alike: dict[str, Any] = {
            "tol": task.tol,
            "time_limit": self.time_limit,
            "checkpoint": self.checkpoint,
            "seed": self.seed,
            "report": report,
        }
        if task.p is None:
            from wcheck.transport.solve.cost import exact_cost

            return exact_cost(read.matrix, *read.weights, **alike)
        from wcheck.transport.cost.metric import metric_of
        from wcheck.transport.solve.exact import exact

        place: dict[str, Any] = {"device": self.device, "memory": self.memory, "dask": self._cluster()}
        metric = metric_of(task.metric, self.data.preprocessing.folder)
        masses: dict[str, Any] = {"partial": task.partial, "penalty_unmatched": task.penalty_unmatched}
        x, y = read
        return exact(x, y, p=task.p, metric=metric, **masses, **place, **alike)

    def _cluster(self) -> Cluster | None:
        if self.dask is None or isinstance(self.data, Matrix):
            return None
        from wcheck.transport.cluster.connection import Cluster

        # Workers are in folders of their own.
        return Cluster(self.dask, self.data.anchored().load)
