"""Hold wcheck.exact_cost against an integer solver: ``python benchmarks/fuzz_cost.py -o fuzz.json``.

Cost matrices of many kinds are drawn: integers of any size, ties, both signs, forbidden pairs, one row, spreads of
1e12, float32 and float64; with equal weights, others, and some that are 0. A float is an integer times a power of two,
so each is solved in integers alone (``truth.py``), in which a forbidden pair costs more than any plan without one
could. Of each result is asked that

* the bracket holds the truth, strictly, and is as narrow as the status says; for integers and equal weights it has no
  other number in it;
* where every plan uses a forbidden pair this is said, with rows and columns that prove it, and else it is not;
* the plan has the marginals asked for and no forbidden pair, and costs what the value says; potentials are feasible.

The exit status is 1 if anything was wrong. The file says how many there were of which status and kind.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from truth import solve

from wcheck import TransportResult, exact_cost
from wcheck.errors import InfeasibleError
from wcheck.transport.solve import cost as module

TOL = 1e-6
"""How narrow brackets are asked for."""
WAYS = "exact_cost", "columns"
"""As it would be solved, and by column generation."""
NEAR = Fraction(1, 10**9)
"""How far what is rounded when it is returned may be from the bracket, in units of the largest cost."""


@dataclass(frozen=True)
class Drawn:
    """A problem, and the names of how its parts were drawn."""

    cost: NDArray[Any]
    a: NDArray[np.float64] | None
    b: NDArray[np.float64] | None
    kinds: tuple[str, ...]

    @cached_property
    def integers(self) -> tuple[list[list[int]], int]:
        """The costs as integers in units of ``2^-shift``, and the shift; forbidden pairs cost more than any plan."""
        exact = [
            [None if value == math.inf else Fraction(value) for value in row] for row in self.cost.tolist()
        ]
        allowed = [value for row in exact for value in row if value is not None]
        shift = max((value.denominator.bit_length() - 1 for value in allowed), default=0)
        whole = [[None if value is None else int(value * 2**shift) for value in row] for row in exact]
        supply, _, total = self.masses
        dear = 2 * max((abs(int(value * 2**shift)) for value in allowed), default=1) * total * len(supply) + 1
        return [[dear if value is None else value for value in row] for row in whole], shift

    @cached_property
    def masses(self) -> tuple[list[int], list[int], int]:
        """The weights as integers, and their common total."""
        sides = []
        for weights, count in zip((self.a, self.b), self.cost.shape, strict=True):
            exact = [Fraction(value) for value in (np.ones(count) if weights is None else weights).tolist()]
            unit = max(value.denominator for value in exact)
            sides.append([int(value * unit) for value in exact])
        totals = [sum(side) for side in sides]
        supply, demand = (
            [mass * other for mass in side] for side, other in zip(sides, totals[::-1], strict=True)
        )
        return supply, demand, totals[0] * totals[1]

    @cached_property
    def truth(self) -> Fraction | None:
        """The least cost, or None where there is no plan."""
        cost, shift = self.integers
        supply, demand, total = self.masses
        low = min(value for row in cost for value in row)  # the solver begins with potentials of 0
        flow = solve([[value - low for value in row] for row in cost], supply, demand)
        if any(self.cost[pair] == math.inf for pair in flow):
            return None
        return Fraction(sum(mass * cost[i][j] for (i, j), mass in flow.items()), total << shift)


def draw(seed: int, number: int) -> Drawn:
    """Draw problem ``number``; the same for the same seed."""
    random = np.random.default_rng([seed, number])
    n, m = (int(size) for size in random.integers(1, 25 if random.random() < 0.1 else 9, 2))
    m = n if random.random() < 0.5 else m
    kind = str(random.choice(list(COSTS)))
    cost = COSTS[kind](random, n, m)
    forbidden = str(random.choice(["none", "few", "many", "block"], p=[0.6, 0.2, 0.1, 0.1]))
    if forbidden != "none" and cost.dtype.kind == "f":
        cost[random.random((n, m)) < {"few": 0.2, "many": 0.6, "block": 0.0}[forbidden]] = np.inf
        if forbidden == "block":
            cost[: n // 2, m // 2 :] = cost[n // 2 :, : m // 2] = np.inf
    weights = str(random.choice(["equal", "random", "some 0", "tiny", "eighths"]))
    a, b = (WEIGHTS[weights](random, size) for size in (n, m))
    return Drawn(cost, a, b, (kind, f"forbidden {forbidden}", f"weights {weights}"))


COSTS = {
    "uniform": lambda random, n, m: random.random((n, m)),
    "float32": lambda random, n, m: random.normal(size=(n, m)).astype(np.float32),
    "integers": lambda random, n, m: random.integers(1, 101, (n, m)),
    "ties": lambda random, n, m: random.integers(0, 2, (n, m)).astype(np.int8),
    "constant": lambda random, n, m: np.full((n, m), random.normal()),
    "zero": lambda random, n, m: np.zeros((n, m)),
    "negative": lambda random, n, m: -random.random((n, m)) * 1e3,
    "mixed": lambda random, n, m: random.normal(size=(n, m)) * 10.0 ** random.integers(-9, 9),
    "spread": lambda random, n, m: 10.0 ** random.uniform(-6.0, 6.0, (n, m)),
    "signed spread": lambda random, n, m: (
        random.normal(size=(n, m)) * 10.0 ** random.uniform(-6.0, 6.0, (n, m))
    ),
    "far": lambda random, n, m: random.random((n, m)) + 1e12 * random.integers(-1, 2, n)[:, None],
    "offset": lambda random, n, m: random.random((n, m)) + 1e9,
    "large integers": lambda random, n, m: random.integers(-(2**63), 2**63 - 1, (n, m)),
    "unsigned": lambda random, n, m: random.integers(2**63, 2**64 - 1, (n, m), dtype=np.uint64),
    "tiny": lambda random, n, m: random.random((n, m)) * 1e-310,
    "huge": lambda random, n, m: random.normal(size=(n, m)) * 1e300,
}
WEIGHTS = {
    "equal": lambda random, size: None,
    "random": lambda random, size: _normal(random.random(size)),
    "some 0": lambda random, size: _normal(
        random.random(size) * (random.random(size) < 0.6) + np.eye(1, size)[0]
    ),
    "tiny": lambda random, size: _normal(10.0 ** random.uniform(-12.0, 0.0, size)),
    "eighths": lambda random, size: (
        np.diff(np.sort(random.integers(0, 9, size - 1)), prepend=0, append=8) / 8
    ),
}


def _normal(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    return weights / weights.sum()


def checked(problem: Drawn, way: str) -> tuple[str, list[str]]:
    """Solve by ``wcheck.exact_cost``, as it would or by column generation; return the status and what is wrong."""
    pairs = module.DENSE_PAIRS
    module.DENSE_PAIRS = 0 if way == "columns" else pairs
    try:
        result = exact_cost(problem.cost, problem.a, problem.b, tol=TOL)
    except InfeasibleError as error:
        return "infeasible", list(infeasible_faults(problem, error))
    except Exception as error:
        return "raised", [repr(error)]
    finally:
        module.DENSE_PAIRS = pairs
    if problem.truth is None:
        return result.status, ["it has a plan, and every plan uses a forbidden pair"]
    bracket = result.bracket
    return result.status, [
        *bracket_faults(problem, bracket.lower, bracket.upper, result.status, result.absolute_cost),
        *plan_faults(problem, result),
    ]


def infeasible_faults(problem: Drawn, error: InfeasibleError) -> Iterator[str]:
    """Yield what is wrong about a proof that there is no plan."""
    others = np.setdiff1d(np.arange(problem.cost.shape[1]), error.columns)
    if (problem.cost[np.ix_(error.rows, others)] < math.inf).any():
        yield "an allowed pair leads out of the set"
    supply, demand, _ = problem.masses
    if sum(supply[i] for i in error.rows) <= sum(demand[j] for j in error.columns):
        yield "the rows have no more mass than the columns"


def bracket_faults(problem: Drawn, lower: float, upper: float, status: str, absolute: float) -> Iterator[str]:
    """Yield what is wrong about a bracket and its status."""
    true = problem.truth
    if not math.isfinite(upper) or not math.isfinite(lower):
        yield f"[{lower!r}, {upper!r}] says nothing"
        return
    low, high = Fraction(float(lower)), Fraction(float(upper))
    if low > true or high < true:
        yield f"[{lower!r}, {upper!r}] does not hold {float(true)!r}"
    narrow = high - low <= Fraction(TOL) * Fraction(float(absolute))
    if (status == "optimal") != narrow or status not in ("optimal", "rounding"):
        yield f"status {status} beside [{lower!r}, {upper!r}] and {absolute!r}"
    if (
        problem.cost.dtype.kind != "f"
        and problem.a is problem.b is None
        and upper > np.nextafter(lower, np.inf, dtype=float)
        and abs(upper) < 2.0**53
    ):
        yield f"[{lower!r}, {upper!r}] of integers has a number in it"


def plan_faults(problem: Drawn, result: TransportResult) -> Iterator[str]:
    """Yield what is wrong about the plan and the potentials."""
    if not math.isfinite(result.value):
        return
    plan, largest = (
        result.plan,
        max((abs(Fraction(v)) for v in problem.cost.ravel().tolist() if v != math.inf), default=0),
    )
    if plan.data.min() < 0.0 or (problem.cost[plan.coords] == math.inf).any():
        yield "the plan has negative mass, or uses a forbidden pair"
        return
    for axis, (given, size) in enumerate(zip((problem.a, problem.b), problem.cost.shape, strict=True)):
        wanted = np.full(size, 1.0 / size) if given is None else given / math.fsum(given)
        if np.abs(plan.sum(axis=1 - axis) - wanted).max() > 1e-11:
            yield f"marginal {axis} of the plan is off by {np.abs(plan.sum(axis=1 - axis) - wanted).max():.1e}"
    arcs = zip(*(index.tolist() for index in plan.coords), plan.data.tolist(), strict=True)
    value = sum((Fraction(mass) * Fraction(problem.cost[i, j].item()) for i, j, mass in arcs), Fraction(0))
    if abs(value - Fraction(result.value)) > NEAR * largest:
        yield f"the plan costs {float(value)!r} and the value is {result.value!r}"
    u, v = (
        [Fraction(float(each)) if math.isfinite(each) else None for each in side]
        for side in result.potentials
    )
    size = max((abs(each) for each in (*u, *v) if each is not None), default=Fraction(0)) + largest
    for (i, j), cost in np.ndenumerate(problem.cost):
        if (
            cost != math.inf
            and None not in (u[i], v[j])
            and u[i] + v[j] > Fraction(cost.item()) + NEAR**2 * 10**3 * size
        ):
            yield f"potentials {i} and {j} exceed the cost {cost!r}"
            return


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the options ask for, and say how many problems there were and how many were wrong."""
    options = _options(arguments)
    warnings.simplefilter("error")  # a warning is a number that is not what it seems
    if options.only is not None:
        drawn = draw(options.seed, options.only)
        print(drawn, drawn.truth, *(checked(drawn, way) for way in WAYS), sep="\n")
        return 0
    statuses: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    wrong: list[list[object]] = []
    for number in range(options.problems):
        drawn = draw(options.seed, number)
        kinds.update(drawn.kinds)
        ways = [(way, *checked(drawn, way)) for way in WAYS]
        for way, status, faults in ways:
            statuses[f"{way} {status}"] += 1
            wrong += [[number, way, fault] for fault in faults]
    counts = {"seed": options.seed, "problems": options.problems, "wrong": wrong, "statuses": dict(statuses)}
    if options.output:
        Path(options.output).write_text(json.dumps(counts | {"kinds": dict(kinds)}, indent=1) + "\n")
    print(f"seed {options.seed}: {options.problems:,} cost matrices, {len(wrong)} wrong")
    for name, count in sorted(statuses.items()):
        print(f"  {name}: {count:,}")
    for number, way, fault in wrong[:20]:
        print(f"  problem {number}, {way}: {fault}")
    return 1 if wrong else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compare wcheck.exact_cost with an integer solver.")
    parser.add_argument("--problems", type=int, default=1000, help="how many")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--small", action="store_const", const=100, dest="problems", help="100 problems")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="show one problem and its faults")
    parser.add_argument("-o", "--output", help="a file for the counts")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
