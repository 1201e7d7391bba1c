"""What another solver's answer proves about a distance or the least cost of a matrix: what ``wcheck certify`` runs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from wcheck.errors import ParameterError
from wcheck.experiments.data import OnPair
from wcheck.experiments.matrix import Matrix, OnPairOrMatrix
from wcheck.experiments.metrics import EUCLIDEAN, check_metrics, code_of, unit_of
from wcheck.experiments.telling import certify as telling
from wcheck.progress import Report
from wcheck.rows.scratch import Place
from wcheck.rows.table import Row


@dataclass(frozen=True)
class Certify(OnPairOrMatrix[None]):
    """A bracket of ``W_p`` between two sources, or of a matrix's least cost, from an answer that is given.

    Attributes
    ----------
    data : Pair or Matrix
        The two sources, or the files of the matrix.
    plan, permutation, potentials : path or None
        The files of the answer; a plan or a permutation, or potentials, or one of the former with the latter.
    p, metric, epsilon, polish, tol, device, memory, seed
        As for :func:`wcheck.certify`.
    """

    plan: Path | None = None
    permutation: Path | None = None
    potentials: Path | None = None
    p: int = 1
    metric: str = EUCLIDEAN
    epsilon: float | None = None
    polish: float | None = None
    tol: float = 1e-6
    device: str = "cpu"
    memory: str | None = None
    seed: int = 0

    name: ClassVar[str] = "certify"
    columns: ClassVar[tuple[str, ...]] = (
        "source", "target", "cost", "source_weights", "target_weights", "n", "m", "dim", "p", "metric", "unit", "scale",
        "target_scale", "image_size", "embed", "dtype", "epsilon", "polish", "tol", "value", "lower", "upper", "gap",
        "relative_gap", "transport_cost", "marginal_violation", "estimate", "infeasibility", "status", "plan_read_as",
        "potentials_read_as", "seconds", "seed",
    )  # fmt: skip
    fine: ClassVar[frozenset[str]] = frozenset({"optimal", "certified", "rounding"})
    neutral: ClassVar[frozenset[str]] = OnPair.neutral | {"memory", "plan", "permutation", "potentials"}
    of_matrix: ClassVar[frozenset[str]] = frozenset(
        {"plan", "permutation", "potentials", "epsilon", "polish", "tol", "seed"}
    )
    told = staticmethod(telling.told)

    def __post_init__(self) -> None:
        """Refuse what cannot be run before any data is read.

        Raises
        ------
        ParameterError
            If there is no answer, or a plan and a permutation.
        """
        if self.plan is not None and self.permutation is not None:
            raise ParameterError("--plan and --permutation both give a plan: give one of them.")
        if self.plan is None and self.permutation is None and self.potentials is None:
            raise ParameterError(
                "there is nothing to certify: give --plan FILE, --permutation FILE or --potentials FILE."
            )
        if self.epsilon is not None and self.potentials is None:
            raise ParameterError(
                f"--epsilon {self.epsilon:g} says how --potentials are read, but none are given: leave it out."
            )
        check_metrics((self.metric,))

    def tasks(self) -> Sequence[None]:
        """Return the one task."""
        return [None]

    def config(self, report: Report) -> dict[str, object]:
        """Return all options, and the content hashes of the answer's files and of a user's metric."""
        hashes = {
            f"{name}_sha256": _digest(file)
            for name in ("plan", "permutation", "potentials")
            if (file := getattr(self, name)) is not None
        }
        of_points = not isinstance(self.data, Matrix)
        code = code_of([self.metric], self.data.preprocessing.folder) if of_points else {}
        return super().config(report) | hashes | code

    def run(self, task: None, report: Report, place: Place | None = None) -> Iterator[Row]:
        """Certify the answer and yield the one row; see :func:`wcheck.certify` for what may be raised.

        Raises
        ------
        KeyboardInterrupt
            After the row of a polish that was interrupted, which holds the best bracket so far.
        """
        from wcheck.transport.foreign.certify import certify

        plan, potentials = self._answer()
        costs, about = self._costs(report)
        found = certify(
            **costs,
            plan=plan,
            potentials=potentials,
            epsilon=self.epsilon,
            polish=self.polish,
            tol=self.tol,
            seed=self.seed,
            report=report,
        )
        yield {
            **self.about(report),
            **about,
            "p": found.p,
            "epsilon": self.epsilon,
            "polish": self.polish,
            "tol": self.tol,
            "value": found.value,
            "lower": found.bracket.lower,
            "upper": found.bracket.upper,
            "gap": found.bracket.gap,
            "relative_gap": found.bracket.relative_gap,
            "transport_cost": found.transport_cost,
            "marginal_violation": found.marginal_violation,
            "estimate": found.estimate,
            "infeasibility": found.infeasibility,
            "status": found.status,
            "plan_read_as": found.plan_read_as,
            "potentials_read_as": found.potentials_read_as,
            "seconds": found.seconds,
            "seed": self.seed,
        }
        if found.status == "interrupted":
            raise KeyboardInterrupt

    def _costs(self, report: Report) -> tuple[dict[str, Any], Row]:
        """Return what gives the costs, and what a row says of it."""
        read = self.read(report)
        if isinstance(self.data, Matrix):
            a, b = read.weights
            return {"cost": read.matrix, "a": a, "b": b}, {}
        from wcheck.transport.cost.metric import metric_of

        metric = metric_of(self.metric, self.data.preprocessing.folder)
        place = {"device": self.device, "memory": self.memory}
        return (
            {"x": read[0], "y": read[1], "p": self.p, "metric": metric, **place},
            {"metric": metric.name, "unit": unit_of(self.metric)},
        )

    def _answer(self) -> tuple[Any, Any]:
        """Read the plan and the potentials, where they are given."""
        from wcheck.measures import answers

        plan = potentials = None
        if self.plan is not None:
            plan = answers.read_plan(self.plan)
        if self.permutation is not None:
            plan = answers.read_permutation(self.permutation)
        if self.potentials is not None:
            potentials = answers.read_arrays(self.potentials)
        return plan, potentials


def _digest(path: Path) -> str | None:
    """Return the SHA-256 of a file; None where it is not there, which reading it will say."""
    file = Path(str(path).rpartition(":")[0]) if ".npz:" in str(path) else path
    if not file.is_file():
        return None
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
