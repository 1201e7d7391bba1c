"""What the engine knows of a ground cost: parts of it, and what scans all its pairs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from wcheck.transport.programs.program import Program
from wcheck.transport.programs.sample import Sample
from wcheck.transport.scans.listing import Scanner


class Ground(Protocol):
    """The costs of all pairs of n rows and m columns: column generation asks no more of them than this.

    What is measured for certificates is the program's; see ``Program.measure``.
    """

    def scanner(self, check: Callable[[], None]) -> Scanner:
        """Return what scans all pairs; ``check`` is called every now and then, and what it raises ends a scan."""

    def sample(
        self, program: Program, rows: int, columns: int, generator: np.random.Generator
    ) -> tuple[Sample, Sample]:
        """Draw at most so many rows and columns, whose program is as like that of all as can be."""

    def part(self, program: Program, rows: Sample, columns: Sample) -> tuple[Program, Ground]:
        """Return the program between samples of the rows and columns, and the ground of these."""
