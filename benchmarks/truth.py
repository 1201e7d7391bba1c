r"""The Wasserstein distance between small weighted point sets in integers alone: no float, and nothing of wcheck.

A float is an integer times a power of two, so squared distances and, after division by their totals, weights are
integers in a common unit. Distances themselves are square roots of integers: they are taken down to the next integer in
a unit so fine that the smallest which is not 0 has :data:`DIGITS` binary digits, and the truth lies between the optimum
for these and the cost of that plan with every inexact distance one larger.

The transport program is solved by shortest augmenting paths over integers, and what comes out is checked: a plan with
the marginals asked for, potentials that no pair violates, and equality wherever there is mass. So the reference need
not be trusted either.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

DIGITS = 200
"""Binary digits of the smallest distance that is not 0, where distances are irrational."""


@dataclass(frozen=True)
class Truth:
    """A transport program in integers, solved.

    Attributes
    ----------
    p : {1, 2}
        The exponent.
    cost : list of list of int
        ``|x_i - y_j|^p`` in units of ``2^-shift``, down to the next integer.
    inexact : list of list of bool
        Whether a cost is more than that integer.
    shift : int
        The exponent of the unit of costs.
    supply, demand : list of int
        The weights in units of ``1 / total``.
    total : int
        The total of the supply, and of the demand.
    """

    p: int
    cost: list[list[int]]
    inexact: list[list[bool]]
    shift: int
    supply: list[int]
    demand: list[int]
    total: int

    @cached_property
    def bounds(self) -> tuple[Fraction, Fraction]:
        """What ``W_p^p`` lies between; for p = 2 both are equal to it."""
        flow = solve(self.cost, self.supply, self.demand)
        value = sum(mass * self.cost[i][j] for (i, j), mass in flow.items())
        more = sum(mass for (i, j), mass in flow.items() if self.inexact[i][j])
        unit = self.total << self.shift if self.shift >= 0 else self.total
        scale = 1 if self.shift >= 0 else 1 << -self.shift
        return Fraction(value * scale, unit), Fraction((value + more) * scale, unit)

    def pair(self, i: int, j: int) -> tuple[Fraction, Fraction]:
        """Return what one cost lies between."""
        unit = Fraction(2) ** -self.shift
        return self.cost[i][j] * unit, (self.cost[i][j] + self.inexact[i][j]) * unit


def truth(
    x: Sequence[Sequence[float]],
    y: Sequence[Sequence[float]],
    a: Sequence[float] | None,
    b: Sequence[float] | None,
    p: int,
) -> Truth:
    """Write the program between two weighted point sets in integers.

    Parameters
    ----------
    x, y : sequences of n and m points
        Each a sequence of d finite numbers.
    a, b : sequences of n and m numbers, optional
        Not negative; divided by their totals, without rounding. Equal if left out.
    p : {1, 2}
        The exponent.
    """
    flat = [value for point in (*x, *y) for value in point]
    whole, shift = _integers(flat)
    dim = len(x[0])
    points = [whole[k : k + dim] for k in range(0, len(whole), dim)]
    squares = [
        [sum((s - t) ** 2 for s, t in zip(left, right, strict=True)) for right in points[len(x) :]]
        for left in points[: len(x)]
    ]
    supply, demand = (
        _integers(weights)[0] if weights is not None else [1] * count
        for weights, count in ((a, len(x)), (b, len(y)))
    )
    totals = sum(supply), sum(demand)
    supply, demand = [mass * totals[1] for mass in supply], [mass * totals[0] for mass in demand]
    if p == 2:
        exact = [[False] * len(y) for _ in x]
        return Truth(2, squares, exact, 2 * shift, supply, demand, totals[0] * totals[1])
    least = min((square for row in squares for square in row if square), default=1)
    finer = max(0, DIGITS - least.bit_length() // 2)
    cost = [[math.isqrt(square << 2 * finer) for square in row] for row in squares]
    inexact = [
        [root**2 != square << 2 * finer for root, square in zip(*rows, strict=True)]
        for rows in zip(cost, squares, strict=True)
    ]
    return Truth(1, cost, inexact, shift + finer, supply, demand, totals[0] * totals[1])


def solve(cost: list[list[int]], supply: list[int], demand: list[int]) -> dict[tuple[int, int], int]:
    """Return a plan of least cost, as mass by pair; totals must be equal.

    Raises
    ------
    AssertionError
        If the plan and its potentials do not prove each other: the reference would be wrong.
    """
    u, v = [0] * len(supply), [0] * len(demand)
    flow: dict[tuple[int, int], int] = {}
    left, room = list(supply), list(demand)
    for start in range(len(supply)):
        while left[start]:
            end, before = _shortest_path(cost, flow, room, u, v, start)
            path = [end]
            while path[-1] != ~start:
                path.append(before[path[-1]])
            path.reverse()  # ~row, column, ~row, column, ...
            back = [(~path[k + 1], path[k]) for k in range(1, len(path) - 1, 2)]
            moved = min(left[start], room[end], *(flow[pair] for pair in back))
            for k in range(0, len(path), 2):
                pair = ~path[k], path[k + 1]
                flow[pair] = flow.get(pair, 0) + moved
            for pair in back:
                flow[pair] -= moved
                if not flow[pair]:
                    del flow[pair]
            left[start], room[end] = left[start] - moved, room[end] - moved
    _prove(cost, supply, demand, flow, u, v)
    return flow


def _shortest_path(
    cost: list[list[int]],
    flow: dict[tuple[int, int], int],
    room: list[int],
    u: list[int],
    v: list[int],
    start: int,
) -> tuple[int, dict[int, int]]:
    """Return the nearest column with room and where every node was reached from, and move potentials (Dijkstra).

    Row i is node ``~i`` and column j is node j. Potentials stay feasible, and equal to the cost on arcs with mass.
    """
    holders: list[list[int]] = [[] for _ in room]
    for i, j in flow:
        holders[j].append(i)
    distance, before = {~start: 0}, {}
    final: dict[int, int] = {}
    while True:
        node = min((n for n in distance if n not in final), key=lambda n: distance[n])
        reach = final[node] = distance[node]
        if node >= 0 and room[node]:
            break
        if node >= 0:
            for i in holders[node]:  # tight, so at no further distance
                if ~i not in distance or distance[~i] > reach:
                    distance[~i], before[~i] = reach, node
        else:
            for j, price in enumerate(cost[~node]):
                through = reach + price - u[~node] - v[j]
                if j not in distance or through < distance[j]:
                    distance[j], before[j] = through, node
    for n, d in final.items():
        if n >= 0:
            v[n] -= reach - d
        else:
            u[~n] += reach - d
    return node, before


def _prove(
    cost: list[list[int]],
    supply: list[int],
    demand: list[int],
    flow: dict[tuple[int, int], int],
    u: list[int],
    v: list[int],
) -> None:
    rows, columns = [0] * len(supply), [0] * len(demand)
    for (i, j), mass in flow.items():
        assert mass > 0
        assert u[i] + v[j] == cost[i][j]
        rows[i] += mass
        columns[j] += mass
    assert rows == supply
    assert columns == demand
    assert all(u[i] + v[j] <= price for i, row in enumerate(cost) for j, price in enumerate(row))


def _integers(values: Sequence[float]) -> tuple[list[int], int]:
    """Return numbers as integers in units of ``2^-shift``, without rounding, and the shift."""
    ratios = [float(value).as_integer_ratio() for value in values]
    shift = max(denominator.bit_length() - 1 for _, denominator in ratios)
    whole = [top << shift - (bottom.bit_length() - 1) for top, bottom in ratios]
    common = min(((value & -value).bit_length() - 1 for value in whole if value), default=0)
    return [value >> common for value in whole], shift - common
