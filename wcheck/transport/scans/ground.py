"""What the engine knows of a ground cost: parts of it, and what scans all its pairs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from wcheck.transport.programs.program import Program
from wcheck.transport.scans.listing import Scanner


class Ground(Protocol):
    """The costs of all pairs of n rows and m columns: column generation asks no more of them than this.

    What is measured for certificates is the program's; see ``Program.measure``.
    """

    def scanner(self, check: Callable[[], None]) -> Scanner:
        """Return what scans all pairs; ``check`` is called every now and then, and what it raises ends a scan."""

    def sample(
        self, rows: int, columns: int, generator: np.random.Generator
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Draw about so many rows and columns, ascending, whose program is as like that of all as can be."""

    def part(
        self, program: Program, rows: NDArray[np.int64], columns: NDArray[np.int64]
    ) -> tuple[Program, Ground]:
        """Return the program between some of the rows and columns, and the ground of these."""


def random_part(n: int, size: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """Draw ``size`` of n numbers, or all where there are no more, ascending."""
    return np.sort(generator.choice(n, min(n, size), replace=False)).astype(np.int64)
