r"""Equal points of a measure taken as one of their whole weight, and what is found of it spread back to all of them.

A point's weight may be cut in any way among copies of it: the distance stays, and so do the potentials, of which copies
have the same. A plan between distinct points is one between all of them as soon as each shares its row or column out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled
from wcheck.measures.measure import Measure
from wcheck.threads import over_spans
from wcheck.transport.arithmetic.wide import WIDE, Wide
from wcheck.transport.programs.dense import is_assignment
from wcheck.transport.programs.forced import is_forced

FEWEST_PAIRS = 250_000
"""Pairs of a problem, beyond which copies are looked for: others are solved over all pairs at once."""
LEFT, LEFT_OF_ASSIGNMENT = 0.9, 0.25
"""The largest share of the pairs that merging may leave, and where it makes a program of weights of an assignment."""
SEED = np.uint64(14695981039346656037)
"""What a hash begins with."""


@dataclass(frozen=True, slots=True)
class Copies:
    """Which of the distinct points every point is.

    Attributes
    ----------
    x, y : ndarray, shapes (n,) and (m,), int64
        For each point of the source and of the target, the number of the distinct point that it is a copy of.
    """

    x: NDArray[np.int64]
    y: NDArray[np.int64]

    def turned(self) -> Copies:
        """Return those of the sides exchanged."""
        return Copies(self.y, self.x)

    def masses(self, a: Wide, b: Wide, error: float) -> tuple[Wide, Wide, float]:
        """Return the masses of the distinct points, and their relative error, from those of all points."""
        (a, a_rest), (b, b_rest) = _summed(a, self.x), _summed(b, self.y)
        return a, b, error + (WIDE if a_rest or b_rest else 0.0)

    def spread(
        self,
        rows: NDArray[np.int64],
        columns: NDArray[np.int64],
        mass: NDArray[np.float64],
        a: NDArray[np.float64],
        b: NDArray[np.float64],
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Share a plan between distinct points out among all of them, by the north-west corner rule at each.

        Parameters
        ----------
        rows, columns, mass : ndarray, shape (k,)
            The plan between distinct points.
        a, b : ndarray, shapes (n,) and (m,), float64
            The weights of all points, in the unit of the masses.

        Returns
        -------
        rows, columns, mass : ndarray
            At most ``k + n + m`` pairs of points. What rounding leaves over is that of the last copy.
        """
        arcs, rows, mass = _shared_out(rows, mass, self.x, a)
        arcs, columns, mass = _shared_out(columns[arcs], mass, self.y, b)
        return rows[arcs], columns, mass


def merged(x: Measure, y: Measure) -> tuple[Measure, Measure, Copies | None]:
    """Return the measures on their distinct points, where that makes their problem much smaller."""
    n, m = len(x), len(y)
    if n * m <= FEWEST_PAIRS or is_forced(n, m):
        return x, y, None
    (some_x, places_x), (some_y, places_y) = distinct(x), distinct(y)
    most = LEFT_OF_ASSIGNMENT if is_assignment(x.weights, y.weights) else LEFT
    if len(some_x) * len(some_y) > most * n * m:
        return x, y, None
    return _on(x, some_x, places_x), _on(y, some_y, places_y), Copies(places_x, places_y)


def distinct(measure: Measure) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first of all equal points, ascending, and for each point which of these it is; 0 and -0 are equal."""
    n = len(measure)
    hashes = np.empty(n, np.uint64)
    for rows, block in measure.blocks():
        kind: type[Any] = np.uint32 if block.dtype == np.float32 else np.uint64
        _hash_rows(block.view(kind), kind(1 << (8 * block.itemsize - 1)), hashes[rows])
    _, first, place = np.unique(hashes, return_index=True, return_inverse=True)
    order = np.argsort(first)
    first, place = first[order].astype(np.int64), np.argsort(order)[place.ravel()].astype(np.int64)
    copies = np.flatnonzero(first[place] != np.arange(n))
    step = max(1, (1 << 23) // measure.dim)
    for start in range(0, len(copies), step):
        some = copies[start : start + step]
        if not np.array_equal(measure.block(some), measure.block(first[place[some]])):
            return np.arange(n), np.arange(n)  # two hashes agree by chance: nothing is lost but time
    return first, place


def _on(measure: Measure, some: NDArray[np.int64], places: NDArray[np.int64]) -> Measure:
    """Return the measure on its distinct points."""
    if len(some) == len(measure):
        return measure
    taken = measure.take(some)
    if measure.is_uniform:
        counts = np.bincount(places).astype(np.float64)
        return replace(taken, weights=counts / len(measure), given=counts, power=0)
    masses = _summed(Wide.of(measure.masses), places)[0].high
    return replace(taken, weights=masses / math.fsum(measure.masses), given=masses, power=measure.power)


def _summed(masses: Wide, places: NDArray[np.int64]) -> tuple[Wide, bool]:
    """Return the sums of masses at equal places, and whether even two doubles miss some of one."""
    count, order = int(places.max()) + 1, np.argsort(places, kind="stable")
    if count == len(places):
        return masses.take(order), False
    ends = np.cumsum(np.bincount(places)).tolist()
    high, low = masses.high[order].tolist(), masses.low[order].tolist()
    sums, begin, rest = np.empty((2, count)), 0, False
    for k, end in enumerate(ends):
        terms = [*high[begin:end], *low[begin:end]]
        whole = math.fsum(terms)
        part = math.fsum([*terms, -whole])
        sums[:, k], begin = (whole, part), end
        rest = rest or math.fsum([*terms, -whole, -part]) != 0.0
    return Wide(*sums), rest


def _shared_out(
    index: NDArray[np.int64],
    mass: NDArray[np.float64],
    places: NDArray[np.int64],
    weights: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Cut arcs at distinct points into arcs at their copies; return of which arc, at which copy, and how much."""
    arcs, copies = np.argsort(index, kind="stable"), np.argsort(places, kind="stable")
    begin_arcs, begin_copies = (
        np.concatenate([[0], np.cumsum(np.bincount(each, minlength=int(places.max()) + 1))])
        for each in (index, places)
    )
    most = len(arcs) + len(copies)
    arc, copy, part = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most)
    count = _cut(begin_arcs, mass[arcs], begin_copies, weights[copies], arc, copy, part)
    return arcs[arc[:count]], copies[copy[:count]], part[:count]


@compiled()
def _cut(begin_arcs, mass, begin_copies, weights, arc, copy, part):  # type: ignore[no-untyped-def]  # pragma: no cover
    count = 0
    for g in range(len(begin_copies) - 1):
        k, last = begin_copies[g], begin_copies[g + 1] - 1
        need = weights[k]
        for at in range(begin_arcs[g], begin_arcs[g + 1]):
            left = mass[at]
            while left > 0.0:
                taken = left if k == last else min(left, need)
                arc[count], copy[count], part[count] = at, k, taken
                count += 1
                left -= taken
                need -= taken
                if need <= 0.0 and k < last:
                    k += 1
                    need = weights[k]
    return count


def _hash_rows(words: NDArray[Any], minus_zero: Any, hashes: NDArray[np.uint64]) -> None:
    over_spans(len(words), words.size >> 16, lambda some: _hash(words[some], minus_zero, hashes[some]))


@compiled()
def _hash(words, minus_zero, hashes):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Write 64 bits of a hash of each row of floats, which are given as words; the word of -0 counts as 0.

    Four quarters of a row are hashed side by side, for each step of a hash waits for the one before.
    """
    quarter = words.shape[1] // 4
    for i in range(len(words)):
        row, one, two, three, four = words[i], SEED, SEED, SEED, SEED
        for k in range(quarter):
            one = _mixed(one, row[k], minus_zero)
            two = _mixed(two, row[k + quarter], minus_zero)
            three = _mixed(three, row[k + 2 * quarter], minus_zero)
            four = _mixed(four, row[k + 3 * quarter], minus_zero)
        for k in range(4 * quarter, len(row)):
            four = _mixed(four, row[k], minus_zero)
        hashes[i] = _stirred(_stirred(_stirred(_stirred(one) ^ two) ^ three) ^ four)


@compiled(inline="always")
def _mixed(found, word, minus_zero):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    own = np.uint64(0) if word == minus_zero else np.uint64(word)
    mixed = (found ^ own) * np.uint64(11400714819323198485)
    return mixed ^ (mixed >> np.uint64(29))


@compiled(inline="always")
def _stirred(bits):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Let every bit depend on all, as SplitMix64 ends (Steele, Lea and Flood 2014): equal quarters would cancel out."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
