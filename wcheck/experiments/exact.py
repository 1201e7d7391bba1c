"""Certified exact W1 between two sources: the experiment behind ``wcheck exact``."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from wcheck.errors import ParameterError
from wcheck.experiments import archive
from wcheck.experiments.base import Presets
from wcheck.experiments.data import PAPER, OnPair, Pair
from wcheck.experiments.telling import exact as telling
from wcheck.progress import Report
from wcheck.rows.scratch import Place
from wcheck.rows.table import Row

if TYPE_CHECKING:
    from wcheck.transport.cluster.connection import Cluster
    from wcheck.transport.solve.result import TransportResult

PLAN_KEYS = frozenset({"row", "col", "mass", "shape", "u", "v"})


@dataclass(frozen=True)
class Exact(OnPair[tuple[int, float]]):
    """``W_p`` between the empirical measures of two sources, for each p and each tolerance.

    Attributes
    ----------
    data : Pair
        The two sources.
    p, tol : tuple
        Orders of the distance and relative tolerances; the product is run.
    device, memory, time_limit, seed
        As for :func:`wcheck.exact`.
    dask : str or None
        The address of a running Dask cluster that scans all pairs; its workers read the sources themselves.
    plan : path or None
        Where plan and potentials are saved; for a single p and tolerance.
    checkpoint : path or None
        From where a long solve goes on, and where it leaves its state; for a single p.
    """

    data: Pair
    p: tuple[int, ...] = (1,)
    tol: tuple[float, ...] = (1e-6,)
    device: str = "cpu"
    memory: str | None = None
    time_limit: float | None = None
    seed: int = 0
    plan: Path | None = None
    checkpoint: Path | None = None
    dask: str | None = None

    name: ClassVar[str] = "exact"
    columns: ClassVar[tuple[str, ...]] = (
        "source", "target", "n", "m", "dim", "p", "scale", "target_scale", "image_size", "embed", "dtype", "tol",
        "value", "lower", "upper", "gap", "relative_gap", "allowance", "status", "rounds", "arcs", "seconds", "seed",
    )  # fmt: skip
    fine: ClassVar[frozenset[str]] = frozenset({"optimal", "rounding"})
    neutral: ClassVar[frozenset[str]] = OnPair.neutral | {"memory", "plan", "checkpoint", "dask"}
    presets: ClassVar[Presets] = MappingProxyType({"paper": PAPER})
    told = staticmethod(telling.told)

    def __post_init__(self) -> None:
        """Refuse what cannot be run before any data is read.

        Raises
        ------
        ParameterError
            If one plan file is asked for several solves, or one checkpoint for several p.
        OutputError
            If the plan file cannot be written, or is a file of another kind.
        """
        if self.plan is not None:
            if len(self.tasks()) > 1:
                raise ParameterError(
                    f"--save-plan {self.plan} is one file, and {len(self.tasks())} solves were asked for; "
                    "give one --p and one --tol with it."
                )
            archive.check(self.plan, PLAN_KEYS, "plan")
        if self.checkpoint is not None and len(self.p) > 1:
            raise ParameterError(
                f"--checkpoint {self.checkpoint} holds one solve, and {len(self.p)} values of p were given; "
                "give one --p with it."
            )

    def tasks(self) -> Sequence[tuple[int, float]]:
        """Return the pairs (p, tol)."""
        return list(itertools.product(self.p, self.tol))

    def run(self, task: tuple[int, float], report: Report, place: Place | None = None) -> Iterator[Row]:
        """Solve once and yield the one row; see :func:`wcheck.exact` for what may be raised.

        Raises
        ------
        KeyboardInterrupt
            After the row of a solve that was interrupted, which holds the best bracket so far.
        """
        from wcheck.transport.solve.exact import exact

        p, tol = task
        x, y = self.read(report)
        result = exact(
            x,
            y,
            p=p,
            tol=tol,
            device=self.device,
            memory=self.memory,
            time_limit=self.time_limit,
            checkpoint=self.checkpoint,
            dask=self._cluster(),
            seed=self.seed,
            report=report,
        )
        if self.plan is not None:
            save_plan(self.plan, result)
        yield {
            **self.about(report),
            "p": p,
            "tol": tol,
            "value": result.value,
            "lower": result.bracket.lower,
            "upper": result.bracket.upper,
            "gap": result.bracket.gap,
            "relative_gap": result.bracket.relative_gap,
            "allowance": result.allowance,
            "status": result.status,
            "rounds": result.rounds,
            "arcs": result.arcs,
            "seconds": result.seconds,
            "seed": self.seed,
        }
        if result.status == "interrupted":
            raise KeyboardInterrupt

    def _cluster(self) -> Cluster | None:
        if self.dask is None:
            return None
        from wcheck.transport.cluster.connection import Cluster

        # Workers are in folders of their own.
        return Cluster(self.dask, self.data.anchored().load)


def save_plan(path: Path, result: TransportResult) -> None:
    """Save the plan and the potentials of a result as ``.npz``, in one step and without pickles.

    The arrays are ``row``, ``col``, ``mass`` (the plan's entries), ``shape`` (n, m), and the potentials
    ``u`` (n,) and ``v`` (m,).

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    import numpy as np

    u, v = result.potentials
    plan = result.plan
    shape = np.array(plan.shape)
    archive.save(path, {"row": plan.row, "col": plan.col, "mass": plan.data, "shape": shape, "u": u, "v": v})
