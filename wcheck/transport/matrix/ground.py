"""A cost matrix as a ground cost of column generation, and its program in the frame in which that works."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wcheck.measures.cost import CostMatrix
from wcheck.transport.matrix.scanner import FORBIDDEN, MatrixScanner
from wcheck.transport.programs.program import Best, Program
from wcheck.transport.programs.sample import Sample, drawn
from wcheck.transport.programs.simplex import Basic

PART = 4096
"""The largest number of rows, and of columns, of a part: it is copied."""


@dataclass(frozen=True, slots=True)
class MatrixGround:
    """The costs ``(c_ij - shift_i) / unit``; a ``Ground``.

    Attributes
    ----------
    matrix : CostMatrix
        c; each row has an allowed pair.
    shift : ndarray, shape (n,), float64
        The least cost of each row.
    unit : float
        A power of two that is at least every cost less the shift.
    """

    matrix: CostMatrix
    shift: NDArray[np.float64]
    unit: float

    @staticmethod
    def of(matrix: CostMatrix) -> MatrixGround:
        """Choose the frame."""
        spread = matrix.largest - min(0.0, float(matrix.least.min()))
        exponent = math.frexp(spread)[1] if spread > 0.0 else 0
        return MatrixGround(matrix, matrix.least, math.ldexp(1.0, max(-1000, exponent)))

    def measure(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the costs of some pairs, in frame units; ``inf`` where one is forbidden."""
        return self.scanner(lambda: None).costs(rows, columns)

    def program(self, a: NDArray[np.float64], b: NDArray[np.float64]) -> Program:
        """Return the program with these weights; a difference is rounded once."""
        return Program(a, b, self.measure, 1, 1.0, 2.0**-52, 0.0)

    def scanner(self, check: Callable[[], None]) -> MatrixScanner:
        """Return what scans all pairs; see ``Ground.scanner``."""
        return MatrixScanner(self.matrix, self.shift, self.unit, check)

    def sample(
        self, program: Program, rows: int, columns: int, generator: np.random.Generator
    ) -> tuple[Sample, Sample]:
        """Draw rows and columns by weight."""
        return (
            drawn(program.a, min(rows, PART), generator),
            drawn(program.b, min(columns, PART), generator),
        )

    def part(self, program: Program, rows: Sample, columns: Sample) -> tuple[Program, MatrixGround]:
        """Return the program between some of the rows and columns, and its ground: a copy, in float32.

        Pairs that are forbidden are dear in it, as it serves for estimates alone.
        """
        costs = self.scanner(lambda: None).sample(columns.points, rows.points).numpy()
        ground = MatrixGround(CostMatrix.of(costs), np.zeros(len(rows)), FORBIDDEN)
        return ground.program(rows.weights, columns.weights), ground


@dataclass(slots=True)
class MatrixBest(Best):
    """The best bracket of a matrix's program, whose gap is compared with the sum of mass times ``|cost|`` of the plan.

    Attributes
    ----------
    ground : MatrixGround
        The costs.
    absolute : float
        That sum, in frame units.
    """

    ground: MatrixGround | None = None
    absolute: float = math.inf

    @staticmethod
    def begun(program: Program, ground: MatrixGround, plan: Basic) -> MatrixBest:
        """Return what a plan that is not optimal says."""
        best = MatrixBest(program, plan.u, plan.v, plan.rows, plan.columns, plan.mass, ground=ground)
        best.offer_plan(plan, program.measure(plan.rows, plan.columns))
        return best

    @property
    def relative_gap(self) -> float:
        """``(upper - lower) / absolute``, and 0 where both bounds are equal."""
        gap = self.upper - self.lower
        return gap / self.absolute if gap > 0.0 and self.absolute > 0.0 else math.inf if gap > 0.0 else 0.0

    def take_plan(
        self,
        rows: NDArray[np.int64],
        columns: NDArray[np.int64],
        mass: NDArray[np.float64],
        value: float,
        paid: float,
    ) -> None:
        """Take a plan if it is better, and the size of its costs."""
        before = self.upper
        Best.take_plan(self, rows, columns, mass, value, paid)
        if self.upper < before and self.ground is not None:
            size = np.abs(self.ground.matrix.pairs(rows, columns)) / self.ground.unit
            self.absolute = float(np.dot(mass, size) / mass.sum())
