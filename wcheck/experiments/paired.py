"""What paired differences over independent blocks say: intervals, corrected p-values, and ranks with ties."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEVEL = 0.05
"""The probability with which a family of claims may hold a false one."""


@dataclass(frozen=True, slots=True)
class Paired:
    """A mean of independent differences.

    Attributes
    ----------
    mean, standard_error : float
        The mean of J differences, and ``s / sqrt(J)``.
    low, high : float
        Student's interval of the expected difference, by J - 1 degrees of freedom.
    p_value : float
        That of Student's two-sided test that the expected difference is 0.
    """

    mean: float
    standard_error: float
    low: float
    high: float
    p_value: float

    @staticmethod
    def of(differences: NDArray[np.float64], confidence: float, unresolved: float = 0.0) -> Paired:
        """Return what at least two differences say.

        Parameters
        ----------
        differences : ndarray, shape (J,)
            Independent, of one distribution, about normal.
        confidence : float
            The probability with which the interval holds the expected difference.
        unresolved : float
            What rounding can make of a mean of 0: a mean that is not larger has the p-value 1.
        """
        from scipy.stats import t as student

        count = len(differences)
        mean, error = float(differences.mean()), float(differences.std(ddof=1)) / math.sqrt(count)
        reach = float(student.ppf(0.5 + 0.5 * confidence, count - 1)) * error
        if abs(mean) <= unresolved:
            p_value = 1.0
        else:
            p_value = 2.0 * float(student.sf(abs(mean) / error, count - 1)) if error > 0.0 else 0.0
        return Paired(mean, error, mean - reach, mean + reach, p_value)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return Holm's corrected p-values of a family: rejecting those of at most alpha errs at all with at most alpha.

    References
    ----------
    Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 1979.
    """
    corrected = [1.0] * len(p_values)
    largest = 0.0
    for place, index in enumerate(sorted(range(len(p_values)), key=lambda index: p_values[index])):
        largest = max(largest, min(1.0, (len(p_values) - place) * p_values[index]))
        corrected[index] = largest
    return corrected


def ranks(names: Sequence[str], nearer: Mapping[tuple[str, str], bool]) -> dict[str, int]:
    """Return for each name 1 + the number of others that are nearer; ``nearer[a, b]`` says whether a is than b."""
    return {
        name: 1 + sum(nearer.get((other, name), False) for other in names if other != name) for name in names
    }
