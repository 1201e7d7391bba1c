"""Hold wcheck.exact and exact_batch against an integer-exact reference: ``python benchmarks/fuzz.py -o fuzz.json``.

Problems of many kinds are drawn (``draws.py``) and solved in integers (``truth.py``). Of each result is asked that

* the bracket holds the truth, strictly: no allowance for rounding is made here;
* the status says what the bracket is: ``optimal`` where ``upper - lower <= tol max(|lower|, |upper|)``, else
  ``rounding``;
* the plan is one: no mass is negative, the marginals are the weights but for 1e-15 of the mass, and the value is its
  cost but for 1e-14 of the mass at the largest distance, with which it pays for that;
* the potentials are feasible, and their dual value is the lower bound.

The file is written after every block of problems; the same command resumes there, and more ``--problems`` make the
run longer. ``--only NUMBER`` shows one problem. The exit status is 1 if anything was wrong.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from draws import Drawn, draw
from truth import Truth, truth

from wcheck import TransportResult, exact, exact_batch
from wcheck.transport.solve import budget, small

BLOCK = 200
"""Problems between two writings of the file."""
SMALL = 400
"""Problems of ``--small``."""
TOL = 1e-6
"""How narrow brackets are asked for."""
NEAR = Fraction(1, 10**9)
"""How far the cost of a plan and the value of potentials, which are rounded when returned, may be from the bracket."""
UNIT = Fraction(1, 10**15)
"""How much of the mass of a plan, per point, rounding may put in the wrong place."""
SMALLEST = Fraction(5e-324)
Counts = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the options ask for, and say how many problems there were and how many were wrong."""
    options = _options(arguments)
    warnings.simplefilter("error")  # a warning is a number that is not what it seems
    if options.only is not None:
        drawn = draw(options.seed, options.only)
        print(
            drawn,
            *checked(drawn, "exact"),
            *checked(drawn, "columns"),
            *checked(drawn, "lists"),
            *_batched([drawn]),
            sep="\n",
        )
        return 0
    path = Path(options.output) if options.output else None
    counts: Counts = {"seed": options.seed, "done": 0, "wrong": [], "statuses": {}, "kinds": {}}
    if path is not None and path.exists():
        counts = json.loads(path.read_text())
        if counts["seed"] != options.seed:
            print(
                f"{path} is of seed {counts['seed']}: go on with that, or take another file.", file=sys.stderr
            )
            return 2
    while counts["done"] < options.problems:
        numbers = range(counts["done"], min(counts["done"] + BLOCK, options.problems))
        run(numbers, counts)
        if path is not None:
            path.with_suffix(".part").write_text(json.dumps(counts, indent=1) + "\n")
            path.with_suffix(".part").replace(path)
    print(told(counts))
    return 1 if counts["wrong"] else 0


def run(numbers: range, counts: Counts) -> None:
    """Check some problems, and add what was found to the counts."""
    statuses, kinds = Counter(counts["statuses"]), Counter(counts["kinds"])
    drawn = [draw(counts["seed"], number) for number in numbers]
    for number, problem, batched in zip(numbers, drawn, _batched(drawn), strict=True):
        kinds.update(problem.kinds)
        found = [("exact", *checked(problem, "exact")), ("exact_batch", *batched)]
        if number % 10 == 0:
            found.append(("columns", *checked(problem, "columns")))
            found.append(("lists", *checked(problem, "lists")))
        for name, status, faults in found:
            statuses[f"{name} {status}"] += 1
            counts["wrong"] += [[number, name, fault] for fault in faults]
    counts |= {"done": numbers.stop, "statuses": dict(statuses), "kinds": dict(kinds)}


def told(counts: Counts) -> str:
    """Return the counts in words."""
    lines = [f"seed {counts['seed']}: {counts['done']:,} problems, {len(counts['wrong'])} wrong"]
    lines += [f"  {name}: {count:,}" for name, count in sorted(counts["statuses"].items())]
    lines += [f"  problem {number}, {name}: {fault}" for number, name, fault in counts["wrong"][:50]]
    return "\n".join(lines)


def checked(problem: Drawn, way: str) -> tuple[str, list[str]]:
    """Solve by ``wcheck.exact``, as it would or by column generation; return the status and what is wrong.

    In ``columns`` bounds of all costs are held, in ``lists`` they are scanned, as where there are too many.
    """
    pairs, held = small.PAIRS, budget.HELD_PAIRS
    small.PAIRS = pairs if way == "exact" else 0
    budget.HELD_PAIRS = 0 if way == "lists" else held
    try:
        result = exact(problem.x, problem.y, problem.a, problem.b, p=problem.p, tol=TOL)
    except Exception as error:
        return "raised", [repr(error)]
    finally:
        small.PAIRS, budget.HELD_PAIRS = pairs, held
    reference = _reference(problem)
    bracket = result.bracket
    return result.status, [
        *bracket_faults(bracket.lower, bracket.upper, result.status, reference),
        *plan_faults(result, reference),
        *potential_faults(result, reference),
    ]


def _batched(drawn: Sequence[Drawn]) -> list[tuple[str, list[str]]]:
    """Solve all by ``wcheck.exact_batch``, those of one exponent together."""
    outcome: list[tuple[str, list[str]]] = [("", [])] * len(drawn)
    for p in (1, 2):
        some = [k for k, problem in enumerate(drawn) if problem.p == p]
        sides = [[getattr(drawn[k], side) for k in some] for side in ("x", "y", "a", "b")]
        try:
            found = exact_batch(*sides, p=p, tol=TOL)
        except Exception as error:
            alone = [_batched([drawn[k]])[0] for k in some] if len(some) > 1 else [("raised", [repr(error)])]
            for k, result in zip(some, alone, strict=True):
                outcome[k] = result
            continue
        for k, lower, upper, status in zip(some, found.lower, found.upper, found.status, strict=True):
            outcome[k] = str(status), bracket_faults(lower, upper, status, _reference(drawn[k]))
    return outcome


def bracket_faults(lower: float, upper: float, status: str, reference: Truth) -> list[str]:
    """Return what is wrong about a bracket of W_p and its status."""
    least, most = reference.bounds
    low, high = (Fraction(float(bound)) for bound in (lower, upper))
    narrow = high - low <= Fraction(TOL) * max(abs(low), abs(high))
    faults = []
    if max(low, Fraction(0)) ** reference.p > most:
        faults.append(f"lower {lower!r} is above the truth {_root(most, reference.p)!r}")
    if max(high, Fraction(0)) ** reference.p < least:
        faults.append(f"upper {upper!r} is below the truth {_root(least, reference.p)!r}")
    if (status == "optimal") != narrow or status not in ("optimal", "rounding"):
        faults.append(f"status {status} beside [{lower!r}, {upper!r}]")
    return faults


def plan_faults(result: TransportResult, reference: Truth) -> Iterator[str]:
    """Yield what is wrong about a plan and the value, which is its cost but for what its rounded mass is off."""
    plan = result.plan
    if plan.data.min() < 0.0:
        yield f"the plan has mass {plan.data.min()!r}"
    arcs = [
        (int(i), int(j), Fraction(float(mass))) for i, j, mass in zip(*plan.coords, plan.data, strict=True)
    ]
    residual = Fraction(0)
    for side, weights in enumerate((reference.supply, reference.demand)):
        sums = [Fraction(0)] * len(weights)
        for arc in arcs:
            sums[arc[side]] += arc[2]
        off = sum(
            abs(have - Fraction(mass, reference.total)) for have, mass in zip(sums, weights, strict=True)
        )
        residual += off
        if off > UNIT * len(weights):
            yield f"marginal {side} of the plan is off by {float(off):.2e}"
    least, most = (sum(mass * reference.pair(i, j)[side] for i, j, mass in arcs) for side in (0, 1))
    largest = max(reference.pair(i, j)[1] for i in range(plan.shape[0]) for j in range(plan.shape[1]))
    low, high = _power(result.value, reference.p, -1), _power(result.value, reference.p, +1)
    slack = (residual + 10 * UNIT) * largest
    if not least - slack <= high * (1 + NEAR) or not low * (1 - NEAR) <= most + slack:
        yield f"the plan costs {_root(least, reference.p)!r} and the value is {result.value!r}"


def potential_faults(result: TransportResult, reference: Truth) -> Iterator[str]:
    """Yield what is wrong about potentials, each of which is rounded once when it is returned."""
    if not all(np.isfinite(side).all() for side in result.potentials):
        yield "the potentials are not finite"
        return
    u, v = ([Fraction(float(value)) for value in side] for side in result.potentials)
    largest = max(map(abs, (*u, *v)))
    allowed = 4 * Fraction(2) ** -52 * largest + 4 * SMALLEST
    for i, left in enumerate(u):
        for j, right in enumerate(v):
            cost = reference.pair(i, j)[1]
            if left + right > cost * (1 + NEAR) + allowed:
                yield f"potentials {i} and {j} exceed the cost {float(cost)!r} by {float(left + right - cost):.2e}"
                return
    dual = (
        sum(
            potential * mass
            for side, weights in ((u, reference.supply), (v, reference.demand))
            for potential, mass in zip(side, weights, strict=True)
        )
        / reference.total
    )
    low = _power(result.bracket.lower, reference.p, -1)
    if dual < low * (1 - NEAR) - allowed:
        yield f"the potentials' value {float(dual)!r} is below the lower bound {result.bracket.lower!r}"


def _reference(problem: Drawn) -> Truth:
    sides = [side.tolist() for side in (problem.x, problem.y)]
    weights = [None if side is None else side.tolist() for side in (problem.a, problem.b)]
    return truth(*sides, *weights, problem.p)


def _power(bound: float, p: int, ulps: int) -> Fraction:
    """Return a bound to the p-th power, moved outward by a unit in its last place among denormals."""
    return max(Fraction(float(bound)) + ulps * SMALLEST, Fraction(0)) ** p


def _root(value: Fraction, p: int) -> float:
    """Return ``value^(1/p)``, for messages."""
    if p == 1 or not value:
        return float(value)
    shift = max(0, 300 + value.denominator.bit_length() - value.numerator.bit_length())
    shift += shift % 2
    return float(Fraction(math.isqrt((value.numerator << shift) // value.denominator), 1 << shift // 2))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Compare wcheck.exact and exact_batch with truths computed in integers."
    )
    parser.add_argument("--problems", type=int, default=20_000, help="the number of problems in total")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--small", action="store_const", const=SMALL, dest="problems", help=f"{SMALL} problems"
    )
    parser.add_argument("--only", type=int, metavar="NUMBER", help="show one problem and its faults")
    parser.add_argument("-o", "--output", help="a file for the counts, from which the run resumes")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
