"""A transport problem whose costs are a matrix."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import InfeasibleError, ParameterError, counted
from wcheck.measures.cost import CostMatrix
from wcheck.measures.measure import Measure
from wcheck.transport.matrix.certificate import Masses
from wcheck.transport.matrix.feasible import NoPlan, feasible_plan
from wcheck.transport.matrix.ground import MatrixGround
from wcheck.transport.programs.program import Program
from wcheck.transport.programs.simplex import Basic

LARGEST = 2.0**1000
"""Costs from here on are refused: their differences overflow."""

NAMED = 8
"""Rows and columns that an error names."""


@dataclass(frozen=True, slots=True)
class CostProblem:
    """A matrix and weights, and what of both has mass.

    Attributes
    ----------
    given : CostMatrix
        The matrix as it was given.
    rows, columns : ndarray of int64
        Which of its rows and columns have weight.
    matrix : CostMatrix
        The matrix of these.
    masses : Masses
        Their weights.
    ground : MatrixGround
        Their costs, in the frame of column generation.
    program : Program
        The program there.
    """

    given: CostMatrix
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    matrix: CostMatrix
    masses: Masses
    ground: MatrixGround
    program: Program

    @staticmethod
    def of(cost: Any, a: Any, b: Any) -> CostProblem:
        """Read costs and weights; see :func:`wcheck.exact_cost`."""
        given = CostMatrix.of(cost)
        if given.largest >= LARGEST:
            raise ParameterError(
                f"{given.name} holds a cost of {given.largest:.0e}: costs are below 1e+301; rescale the matrix."
            )
        source, target = (
            Measure.of(np.zeros((size, 1), np.float32), weights, name=f"the {side} of {given.name}")
            for size, weights, side in zip(given.shape, (a, b), ("source", "target"), strict=True)
        )
        rows, columns = (np.flatnonzero(measure.weights) for measure in (source, target))
        n, m = given.shape
        matrix = given.part(None if len(rows) == n else rows, None if len(columns) == m else columns)
        weights = source.weights[rows], target.weights[columns]
        ground = MatrixGround.of(matrix)
        masses = Masses.of(source.masses[rows], target.masses[columns])
        return CostProblem(given, rows, columns, matrix, masses, ground, ground.program(*weights))

    def is_small(self, pairs: int) -> bool:
        """Whether there are at most so many pairs."""
        n, m = self.matrix.shape
        return n * m <= pairs

    def first_plan(self, check: Callable[[], None]) -> Basic:
        """Return a plan that needs no solver, and avoids pairs that are forbidden.

        Raises
        ------
        InfeasibleError
            If there is none.
        """
        if not self.matrix.forbids:
            return self.program.backbone()
        try:
            return feasible_plan(self.matrix, self.program.a, self.program.b, check)
        except NoPlan as proof:
            raise self._infeasible(proof.rows, proof.columns) from None

    def _infeasible(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> InfeasibleError:
        """Return the error that names the rows and columns which prove that there is no plan."""
        masses = math.fsum(self.program.a[rows]), math.fsum(self.program.b[columns])
        rows = self.rows[rows]
        without = np.setdiff1d(
            np.arange(self.given.shape[1]), self.columns
        )  # columns of no mass, whoever may use them
        columns = np.union1d(self.columns[columns], without)
        named = (
            ", ".join(map(str, some[:NAMED].tolist())) + ", ..." * (len(some) > NAMED)
            for some in (rows, columns)
        )
        (of_rows, of_columns), counts = named, (len(rows), len(columns))
        reach = f"columns ({of_columns}) of mass {masses[1]:.6g}" if len(columns) else "columns"
        return InfeasibleError(
            f"no plan avoids the forbidden pairs of {self.given.name}: {counted(counts[0], 'row')} ({of_rows}) of mass "
            f"{masses[0]:.6g} are allowed {counts[1] or 'no'} {reach}; allow more pairs, or change the weights.",
            rows,
            columns,
        )

    def potentials(
        self, u: NDArray[np.float64], v: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return potentials of all rows and columns of the matrix as given: the largest of those without weight."""
        n, m = self.given.shape
        every_u, every_v = np.full(n, np.inf), np.full(m, np.inf)
        every_u[self.rows], every_v[self.columns] = u, v
        if len(v) < m:
            without = np.flatnonzero(np.isinf(every_v))
            for rows in self.given.blocks():
                own = every_u[rows]
                block = self.given.block(rows)[np.isfinite(own)][:, without].astype(np.float64)
                reduced = block - own[np.isfinite(own), None]
                every_v[without] = np.minimum(every_v[without], reduced.min(axis=0, initial=np.inf))
        if len(u) < n:
            without = np.flatnonzero(np.isinf(every_u))
            known = np.isfinite(every_v)
            for some in np.array_split(without, 1 + len(without) * m // (1 << 22)):
                every_u[some] = (self.given.block(some)[:, known] - every_v[known]).min(axis=1)
        return every_u, every_v
