"""A cost matrix as the data of an experiment, alone or in place of a pair: files of costs and weights, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic

from wcheck.errors import ParameterError
from wcheck.experiments.base import Task
from wcheck.experiments.data import Data, OnData, Pair
from wcheck.progress import Report, silent
from wcheck.rows.table import Row

if TYPE_CHECKING:
    from wcheck.measures.cost import CostMatrix
    from wcheck.measures.measure import Measure

OPTIONS = ("cost", "source_weights", "target_weights")
"""The options that make one."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What was read.

    Attributes
    ----------
    matrix : CostMatrix
        The costs.
    weights : tuple
        The weights of its rows and of its columns, None where they are equal.
    """

    matrix: CostMatrix
    weights: tuple[Any, Any]


@dataclass(frozen=True, slots=True)
class Matrix(Data[Costs]):
    """A file with a cost matrix, and files with weights.

    Attributes
    ----------
    cost : str
        The file of the matrix; see :func:`wcheck.measures.cost.read_cost`.
    source_weights, target_weights : str, optional
        Files of the weights of rows and columns; equal ones if left out.
    """

    cost: str = field()
    source_weights: str | None = None
    target_weights: str | None = None

    def load(self, report: Report = silent) -> Costs:
        """Read all files."""
        from wcheck.measures.cost import read_cost, read_vector

        source, target = (
            None if path is None else read_vector(path, "weights")
            for path in (self.source_weights, self.target_weights)
        )
        return Costs(read_cost(self.cost), (source, target))

    def roles(self, read: Costs) -> Mapping[str, Measure]:
        """Return no measures: there are no points."""
        return {}

    def config(self, read: Costs) -> dict[str, object]:
        """Return the names, and the content hashes of what was read."""
        import hashlib

        hashes = {"cost": read.matrix.digest()}
        for name, weights in zip(OPTIONS[1:], read.weights, strict=True):
            if weights is not None:
                hashes[name] = hashlib.sha256(weights.astype("<f8").tobytes()).hexdigest()
        return {name: getattr(self, name) for name in OPTIONS} | {"sha256": hashes}

    def about(self, read: Costs) -> Row:
        """Return what rows say of the matrix."""
        n, m = read.matrix.shape
        files = {name: getattr(self, name) for name in OPTIONS}
        return {**files, "n": n, "m": m, "dtype": str(read.matrix.costs.dtype)}


@dataclass(frozen=True)
class OnPairOrMatrix(OnData[Task, Any], Generic[Task]):
    """An experiment on two measures, or on a cost matrix in their place.

    Attributes
    ----------
    data : Pair or Matrix
        The two sources, or the files of the matrix.
    of_matrix : frozenset of str
        The options that say something of a matrix too; the others are of points alone.
    """

    kind: ClassVar[type[Pair]] = Pair
    of_matrix: ClassVar[frozenset[str]]

    data: Pair | Matrix

    @classmethod
    def placed(cls, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return options by the parameters that take them; ``cost`` and weights make a matrix.

        Raises
        ------
        ParameterError
            If there is neither a pair nor a matrix, or an option that is for the other.
        """
        given = {name: value for name, value in options.items() if value is not None}
        files = {name: given.pop(name) for name in OPTIONS if name in given}
        if "cost" not in files:
            if files:
                raise ParameterError(
                    f"--{next(iter(files)).replace('_', '-')} is for --cost: give --cost too, or leave it out."
                )
            if not {"source", "data"} & given.keys():
                raise ParameterError("there are no costs: give P and Q, or a cost matrix by --cost FILE.npy.")
            return super().placed(given)
        for name, value in given.items():
            if name not in cls.of_matrix and (name, value) != ("device", "cpu"):  # where a matrix is, too
                shown = {"source": "P", "target": "Q"}.get(name, f"--{name.replace('_', '-')}")
                raise ParameterError(f"{shown} is for points, but --cost is a matrix: give one or the other.")
        return given | {"data": Matrix(**files)}
