"""The Euclidean ground cost: features of the points, and scans by cells or by matrix products."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from wcheck.transport.programs.program import Program
from wcheck.transport.programs.sample import Sample, drawn
from wcheck.transport.scans.cells import scanner, spread
from wcheck.transport.scans.contraction import FLAT, Features
from wcheck.transport.scans.listing import Scanner


@dataclass(frozen=True, slots=True)
class Euclidean:
    """The costs ``|x_i - y_j|^p``, in frame units; a ``Ground``.

    Attributes
    ----------
    x, y : Features
        Features of n and m points, in one frame.
    p : {1, 2}
        The exponent.
    device : str
        Where scans run.
    elsewhere : callable, optional
        Makes of the scanner one that scans on other machines; parts are still scanned here.
    """

    x: Features
    y: Features
    p: int
    device: str = "cpu"
    elsewhere: Callable[[Scanner], Scanner] | None = None

    def scanner(self, check: Callable[[], None]) -> Scanner:
        """Return what scans all pairs; see ``Ground.scanner``."""
        local = scanner(self.x, self.y, self.p, self.device, check)
        return self.elsewhere(local) if self.elsewhere else local

    def sample(
        self, program: Program, rows: int, columns: int, generator: np.random.Generator
    ) -> tuple[Sample, Sample]:
        """Draw rows and columns; in few dimensions spread over the space, with the mass around them."""
        some_rows, some_columns = (
            spread(side.points, weights, size, generator)
            if side.width <= FLAT
            else drawn(weights, size, generator)
            for side, weights, size in ((self.x, program.a, rows), (self.y, program.b, columns))
        )
        return some_rows, some_columns

    def part(self, program: Program, rows: Sample, columns: Sample) -> tuple[Program, Euclidean]:
        """Return the program between some of the points, and its ground."""
        ground = Euclidean(self.x.take(rows.points), self.y.take(columns.points), self.p, self.device)
        return program.take(rows, columns), ground
