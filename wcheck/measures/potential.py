"""A potential: a function of points with a gradient, wherever it comes from.

A critic, an extension of optimal potentials and a known truth are potentials, and whatever asks for one takes them all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from wcheck.measures.measure import Measure

Values = NDArray[np.float64]
Points = NDArray[np.floating]


class Potential(Protocol):
    """A function on the whole space; by ``E f(X) - E f(Y)`` a 1-Lipschitz one bounds W1 from below."""

    def __call__(self, z: Measure) -> Values:
        """Return the values ``(n,)``, float64, at the points of z."""

    def gradient(self, z: Measure) -> Values:
        """Return the gradients ``(n, d)``, float64, at the points of z; where there is none, 0 or a one-sided one."""


@dataclass(frozen=True, slots=True)
class Pointwise:
    """A potential that is given by two functions of arrays.

    Attributes
    ----------
    values : callable
        Maps points ``(n, d)`` to values ``(n,)``.
    gradients : callable
        Maps points ``(n, d)`` to gradients ``(n, d)``.
    """

    values: Callable[[Points], Values]
    gradients: Callable[[Points], Values]

    def __call__(self, z: Measure) -> Values:
        """Return the values ``(n,)``."""
        return self.values(z.dense())

    def gradient(self, z: Measure) -> Values:
        """Return the gradients ``(n, d)``."""
        return self.gradients(z.dense())
