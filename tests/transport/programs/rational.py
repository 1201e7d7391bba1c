"""W_p^p between a few weighted points in rational arithmetic: slow, and nothing of wcheck in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

DIGITS = 1500
"""Binary digits behind the point that distances are known to."""


def power(
    x: Sequence[Sequence[float]], y: Sequence[Sequence[float]], a: Sequence[float], b: Sequence[float], p: int
) -> tuple[Fraction, Fraction]:
    """Return what ``W_p^p`` lies between; for p = 2 both are equal to it. Weights are divided by their totals."""
    cost = [[distance(left, right, p) for right in y] for left in x]
    sides = [[Fraction(weight) / sum(map(Fraction, weights)) for weight in weights] for weights in (a, b)]
    least = transport(cost, *sides)
    return least, least if p == 2 else least + Fraction(1, 2**DIGITS)


def distance(left: Sequence[float], right: Sequence[float], p: int) -> Fraction:
    """Return ``|left - right|^p``, for p = 1 rounded down."""
    square = sum(((Fraction(s) - Fraction(t)) ** 2 for s, t in zip(left, right, strict=True)), Fraction(0))
    if p == 2:
        return square
    return Fraction(math.isqrt((square.numerator << 2 * DIGITS) // square.denominator), 2**DIGITS)


def transport(cost: list[list[Fraction]], supply: list[Fraction], demand: list[Fraction]) -> Fraction:
    """Return the least cost, by successive shortest paths of Bellman and Ford."""
    n, m = len(supply), len(demand)
    flow = [[Fraction(0)] * m for _ in range(n)]
    left, room = list(supply), list(demand)
    while any(left):
        reach = [Fraction(0) if left[i] else None for i in range(n)] + [None] * m
        before: list[int | None] = [None] * (n + m)
        changed = True
        while changed:
            changed = False
            for i in range(n):
                for j in range(m):
                    for tail, head, length, is_open in (
                        (i, n + j, cost[i][j], True),
                        (n + j, i, -cost[i][j], flow[i][j] > 0),
                    ):
                        at = reach[tail]
                        if is_open and at is not None and (reach[head] is None or at + length < reach[head]):
                            reach[head], before[head], changed = at + length, tail, True
        node = min((n + j for j in range(m) if room[j]), key=lambda end: reach[end])
        path = [node]
        while before[path[-1]] is not None:
            path.append(before[path[-1]])
        start, end = path[-1], node - n
        steps = [(head, tail) for tail, head in pairwise(path)]
        amount = min(
            [left[start], room[end], *(flow[head][tail - n] for tail, head in steps if tail >= n)],
        )
        left[start], room[end] = left[start] - amount, room[end] - amount
        for tail, head in steps:
            if tail < n:
                flow[tail][head - n] += amount
            else:
                flow[head][tail - n] -= amount
    return sum((flow[i][j] * cost[i][j] for i in range(n) for j in range(m)), Fraction(0))
