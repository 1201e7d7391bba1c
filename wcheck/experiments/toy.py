"""What a toy is: a parameter, and at each of its values facts in closed form and as computed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TOLERANCE = 1e-9
"""Relative to the greatest of both and 1: further apart, a computed value is not the closed form."""
MARGIN = 2.0
"""The margin of the energy-based discriminator."""

Side = Literal["equal", "below", "above"]


class Fact(NamedTuple):
    """A quantity in closed form and as computed; for W1 also the solver's bracket.

    ``side`` says what is to hold: that both are equal, or that the computed one is at most or at least the closed form.
    """

    quantity: str
    closed_form: float
    computed: float
    lower: float | None = None
    upper: float | None = None
    side: Side = "equal"

    @property
    def holds(self) -> bool:
        """Whether both are the same up to rounding, or the computed one is on its side."""
        if math.isinf(self.closed_form):
            return self.closed_form == self.computed
        room = TOLERANCE * max(1.0, abs(self.closed_form))
        over = self.computed - self.closed_form
        return (self.side == "below" or over >= -room) and (self.side == "above" or over <= room)


class Toy(NamedTuple):
    """The values of the parameter, and what holds at one of them, given the seed of its points."""

    steps: Sequence[float]
    facts: Callable[[float, int], Iterator[Fact]]


def grid(start: int, stop: int, parts: int) -> tuple[float, ...]:
    """Return the multiples of ``1 / parts`` from ``start / parts`` on, before ``stop / parts``."""
    return tuple(step / parts for step in range(start, stop))


def w1(
    closed_form: float,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    a: NDArray[np.float64] | None = None,
    b: NDArray[np.float64] | None = None,
) -> Fact:
    """Return W1 beside what the exact solver makes of two sets of points, with its bracket."""
    from wcheck.transport.solve.exact import exact

    found = exact(x, y, a, b)
    return Fact("w1", closed_form, found.value, found.bracket.lower, found.bracket.upper)


def divergences(
    p: NDArray[np.float64], q: NDArray[np.float64], *, js: float, kl: float, tv: float
) -> Iterator[Fact]:
    """Yield the divergences of two measures on the same atoms, and the energy-based generator's loss."""
    from wcheck.experiments.divergences import (
        energy_generator_loss,
        jensen_shannon,
        kullback_leibler,
        total_variation,
    )

    yield Fact("js", js, jensen_shannon(p, q))
    yield Fact("kl", kl, kullback_leibler(p, q))
    yield Fact("tv", tv, total_variation(p, q))
    yield Fact("energy", MARGIN * tv, energy_generator_loss(p, q, MARGIN))
