"""Whether two samples share points, which independent ones would not."""

from __future__ import annotations

import math
import os
from collections import Counter

import numpy as np

from wcheck.errors import ParameterError
from wcheck.measures.grammar import resolve_slice, split_slice
from wcheck.measures.measure import Measure
from wcheck.measures.preprocessing import Preprocessing
from wcheck.measures.registry import Request, is_drawn

BEYOND_CHANCE = 10
"""Times as many shared points as chance would bring are not chance."""

DIGITS = 24
"""Binary digits of a float32: a file of them holds the same points as one of float64."""

ENDLESS = 1 << 62
"""Rows of a source whose number does not matter."""


def check_independent(x: Measure, y: Measure, purpose: str, preprocessing: Preprocessing) -> None:
    """Refuse two samples that share points: by their names, or by content; see :meth:`Contents.overlap`.

    Parameters
    ----------
    x, y : Measure
        Called as the sources that they were loaded from.
    purpose : str
        What assumes independence, for the error.
    preprocessing : Preprocessing
        With which they were loaded.

    Raises
    ------
    ParameterError
        If they share points.
    """
    how = Contents(preprocessing).overlap(x, y)
    if how:
        raise ParameterError(
            f"{x.name} and {y.name} {how}, but {purpose} needs independent samples: give disjoint parts of one "
            "source, such as DATA[0:100] and DATA[100:200], or two sources that share no point."
        )


class Contents:
    """Which points samples have in common; every sample is read once.

    Parameters
    ----------
    preprocessing : Preprocessing, optional
        With which the samples were loaded; if left out, their names are not those of sources.
    """

    def __init__(self, preprocessing: Preprocessing | None = None) -> None:
        self._preprocessing = preprocessing
        self._counted: dict[Measure, Counter[int]] = {}

    def overlap(self, x: Measure, y: Measure) -> str:
        """Say how two samples share points as independent ones would not; nothing if they do not.

        Two draws of a synthetic distribution, of a generator or a sampler are independent. Slices of one source overlap
        if their rows do; files are one if the file system says so. Points may coincide in independent samples of a
        distribution with atoms: with the shares of pairs that coincide within either sample, w and w', pairs between
        them coincide with a probability of at most ``sqrt(w w')`` in expectation (Cauchy and Schwarz). Samples overlap
        if there are more than :data:`BEYOND_CHANCE` times as many, or if they hold the very same points.
        """
        named = self._preprocessing is not None and _by_name(x.name, y.name, self._preprocessing)
        return named or self._by_content(x, y)

    def shared(self, x: Measure, y: Measure) -> int:
        """Return how many points of x are points of y as well."""
        others = self._of(y)
        return sum(count for point, count in self._of(x).items() if point in others)

    def distinct(self, x: Measure) -> int:
        """Return how many different points a sample has."""
        return len(self._of(x))

    def _by_content(self, x: Measure, y: Measure) -> str:
        points, others = self._of(x), self._of(y)
        if points == others and len(points) > 2:
            return "hold the very same points"
        between = sum(count * others[point] for point, count in points.items())
        shares = [
            sum(count * (count - 1) for count in counted.values()) / max(1, len(z) * (len(z) - 1))
            for z, counted in ((x, points), (y, others))
        ]
        expected = len(x) * len(y) * math.sqrt(shares[0] * shares[1])
        if between <= BEYOND_CHANCE * (expected + 1.0):
            return ""
        return f"have points in common ({self.shared(x, y)} of the {len(x)} of {x.name}), far more than by chance"

    def _of(self, measure: Measure) -> Counter[int]:
        if measure not in self._counted:
            self._counted[measure] = _counted(measure)
        return self._counted[measure]


def _by_name(first: str, second: str, preprocessing: Preprocessing) -> str:
    (base, inner), (other, others) = split_slice(first), split_slice(second)
    if is_drawn(base) or not _is_one(base, other, preprocessing):
        return ""
    rows, more = resolve_slice(inner, ENDLESS, base), resolve_slice(others, ENDLESS, other)
    start, stop = max(rows.start, more.start), min(rows.stop, more.stop)
    if start >= stop:
        return ""
    return "are one source" if stop == ENDLESS else f"share the rows {start} to {stop - 1} of {base}"


def _is_one(base: str, other: str, preprocessing: Preprocessing) -> bool:
    if base == other:
        return True
    first, second = (Request(text, preprocessing=preprocessing) for text in (base, other))
    try:
        return first.key == second.key and os.path.samefile(first.path, second.path)
    except OSError:
        return False


def _counted(measure: Measure) -> Counter[int]:
    """Count equal points, by the digits that float32 has, at any size; 0 and -0 are equal."""
    found = Counter[int]()
    for _, block in measure.blocks():
        mantissa, exponent = np.frexp(block.astype(np.float64))
        rounded = np.ldexp(np.rint(np.ldexp(mantissa, DIGITS)), exponent - DIGITS)
        found.update(hash(point.tobytes()) for point in rounded + 0.0)
    return found
