"""The Euclidean ground cost: features of the points, and scans by cells or by matrix products."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from wcheck.transport.programs.program import Program
from wcheck.transport.scans.cells import gathered, scanner, spread
from wcheck.transport.scans.contraction import FLAT, Features
from wcheck.transport.scans.ground import random_part
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
        self, rows: int, columns: int, generator: np.random.Generator
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Draw rows and columns; in few dimensions spread over the space."""
        some_rows, some_columns = (
            spread(side.points, size, generator)
            if side.width <= FLAT
            else random_part(len(side.norms), size, generator)
            for side, size in ((self.x, rows), (self.y, columns))
        )
        return some_rows, some_columns

    def part(
        self, program: Program, rows: NDArray[np.int64], columns: NDArray[np.int64]
    ) -> tuple[Program, Euclidean]:
        """Return the program between some of the points, and its ground; in few dimensions with the mass around."""
        ground = Euclidean(self.x.take(rows), self.y.take(columns), self.p, self.device)
        part = program.take(rows, columns)
        if self.x.width <= FLAT:
            a, b = gathered(self.x.points, rows, program.a), gathered(self.y.points, columns, program.b)
            part = replace(part, a=a, b=b)
        return part, ground
