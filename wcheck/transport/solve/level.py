"""A transport program with the costs of its pairs as they are scanned: what column generation solves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from wcheck.transport.programs.program import Program
from wcheck.transport.programs.refinement import Pricing
from wcheck.transport.programs.sample import Sample
from wcheck.transport.scans.ground import Ground
from wcheck.transport.scans.prices import prices


@dataclass(frozen=True, slots=True)
class Level:
    """A transport program with what its scans need.

    Attributes
    ----------
    program : Program
        Between n and m points.
    ground : Ground
        The costs of the same pairs, as they are scanned.
    pricing : callable
        Makes what prices all pairs, from the arguments of :func:`prices`.
    among : int
        Rows, about, that the first arcs of a column are the least of: few where points may lie in clusters.
    """

    program: Program
    ground: Ground
    pricing: Callable[..., Pricing] = prices
    among: int = 256

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of points (n, m)."""
        return len(self.program.a), len(self.program.b)

    def take(self, rows: Sample, columns: Sample) -> Level:
        """Return the level between some of the points."""
        return Level(*self.ground.part(self.program, rows, columns), self.pricing, self.among)
