"""What an estimator is, what it returns, and how samples are split."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

import numpy as np

from wcheck.columns.rounding import between, rounded
from wcheck.errors import ParameterError, counted
from wcheck.measures.measure import Measure
from wcheck.measures.potential import Potential
from wcheck.progress import Report, silent
from wcheck.rng import generator
from wcheck.transport.bounds.certificate import Bracket, Target


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number that stands for a Wasserstein distance, that of order 1 unless its estimator says 2.

    Attributes
    ----------
    value : float
        In the unit of the points.
    standard_error : float, optional
        The standard error of the value, over what is random in the estimator and is averaged: batches, directions,
        held-out points.
    bracket : Bracket, optional
        Certified for the empirical distance of the two measures.
    about : mapping
        What else was found, by column.
    status : {"ok", "unconverged", "rounding", "stalled"}
        The status of the row. ``unconverged``: an iteration has not ended, and the value is not that of a fixed point.
        ``rounding``, ``stalled``: what an exact solver says of a bracket that is wider than was asked.
    potential : Potential, optional
        The function that the value is a difference of means of.
    """

    value: float
    standard_error: float | None = None
    bracket: Bracket | None = None
    about: Mapping[str, float] = field(default_factory=dict)
    status: str = "ok"
    potential: Potential | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        """Name the value, its standard error and its bracket, as far as there are such: a line."""
        error = "" if self.standard_error is None else f", standard error {rounded(self.standard_error, 2)}"
        if self.bracket is None:
            return f"estimate {rounded(self.value)}{error} ({self.status})"
        bracket = between(self.bracket.lower, self.bracket.upper)
        return f"estimate {rounded(self.value)}{error}, certified {bracket} ({self.status})"


@dataclass(frozen=True, slots=True)
class Estimator(ABC):
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
    long: ClassVar[bool] = False
    """Whether one estimate is work for a task of its own."""

    @property
    def order(self) -> int:
        """The order of the Wasserstein distance that it estimates."""
        return 1

    @classmethod
    def options(cls) -> tuple[str, ...]:
        """Return the names of what :meth:`of` takes."""
        return tuple(option.name for option in fields(cls))

    @classmethod
    def of(cls, **options: Any) -> Estimator:
        """Make one of its options."""
        return cls(**options)

    def published(self) -> Mapping[str, object]:
        """Return what rows say of its settings though it was not given: what it was published with."""
        return {}

    def __call__(self, x: Measure, y: Measure, *, seed: int = 0, report: Report = silent) -> Estimate:
        """Estimate from two measures of one dimension; pure in these and the seed.

        Points of weight 0 do not belong to a measure: it is the same estimate without them.

        Raises
        ------
        ParameterError
            If a measure has too few points.
        """
        x, y = x.support(), y.support()
        for z in (x, y):
            self.check_size(len(z), z.name)
        return self.estimate(x, y, seed=seed, report=report)

    def check_size(self, n: int, name: str) -> None:  # noqa: B027 - most take any number
        """Raise a ParameterError if n points of a measure are too few."""

    @abstractmethod
    def estimate(self, x: Measure, y: Measure, *, seed: int, report: Report) -> Estimate:
        """Do so for two measures of positive weights and enough points."""


@dataclass(frozen=True, slots=True)
class OnHalves(Estimator):
    """An estimator that splits both measures by :func:`halves`."""

    def check_size(self, n: int, name: str) -> None:
        """Raise a ParameterError if n points are not two."""
        if n < 2:
            raise ParameterError(
                f"{name} has {counted(n, 'point')}: {self.name} splits it into two halves; give at least 2 points."
            )


def halves(z: Measure, role: str, seed: int, estimator: str) -> tuple[Measure, Measure]:
    """Split a measure of at least two points at random into two of equally many; of an odd number one is left out.

    Parameters
    ----------
    role : str
        ``"source"`` or ``"target"``: they are split independently.
    """
    half = len(z) // 2
    order = generator(seed, estimator, role, len(z)).permutation(len(z))
    first, second = (z.take(np.sort(rows)) for rows in (order[:half], order[half : 2 * half]))
    return first, second


def positive(name: str, value: float) -> None:
    """Raise a ParameterError unless a parameter is above 0 and finite."""
    if not 0 < value < float("inf"):
        raise ParameterError(f"{name} is {value}: give a finite number above 0.")
