"""What an estimator is, what it returns, and how samples are split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

import numpy as np

from wcheck.errors import ParameterError
from wcheck.measures.measure import Measure
from wcheck.progress import Report, silent
from wcheck.rng import generator
from wcheck.transport.certificate import Bracket, Target


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number that stands for a Wasserstein-1 distance.

    Attributes
    ----------
    value : float
        In the unit of the points.
    standard_error : float, optional
        Of the value, over what is random in the estimator and is averaged: batches, directions, held-out points.
    bracket : Bracket, optional
        Certified for the empirical W1 of the two measures.
    about : mapping
        What else was found, by column.
    """

    value: float
    standard_error: float | None = None
    bracket: Bracket | None = None
    about: Mapping[str, float] = field(default_factory=dict)


class Estimator(Protocol):
    """A frozen configuration, called with two measures.

    Attributes
    ----------
    name : str
        On the command line and in rows.
    estimand : {"empirical", "population"}
        Which distance it estimates: that between the two measures, or between the distributions they were drawn from.
    """

    name: ClassVar[str]
    estimand: ClassVar[Target]

    def __call__(self, x: Measure, y: Measure, *, seed: int = 0, report: Report = silent) -> Estimate:
        """Estimate from two measures of one dimension; pure in these and the seed."""


def halves(z: Measure, role: str, seed: int, estimator: str) -> tuple[Measure, Measure]:
    """Split a measure at random into two of equally many points; of an odd number one is left out.

    Parameters
    ----------
    role : str
        ``"source"`` or ``"target"``: they are split independently.

    Raises
    ------
    ParameterError
        If there are fewer than two points.
    """
    half = len(z) // 2
    if half < 1:
        raise ParameterError(
            f"{z.name} has {len(z)} point: {estimator} splits it into two halves; give at least 2 points."
        )
    order = generator(seed, estimator, role, len(z)).permutation(len(z))
    first, second = (z.take(np.sort(rows)) for rows in (order[:half], order[half : 2 * half]))
    return first, second


def positive(name: str, value: float) -> None:
    """Raise a ParameterError unless a parameter is above 0 and finite."""
    if not 0 < value < float("inf"):
        raise ParameterError(f"{name} is {value}: give a finite number above 0.")
