"""The fuzz against integer-exact truths: a short run, its reference, and what its comparators must not let pass."""

from __future__ import annotations

import sys
from dataclasses import replace
from fractions import Fraction
from itertools import permutations
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from wcheck import exact
from wcheck.transport.bounds.certificate import Bracket

sys.path.append(str(Path(__file__).parents[3] / "benchmarks"))

import fuzz
from draws import draw
from truth import truth


def test_a_short_run_finds_nothing_wrong_and_goes_on_from_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "fuzz.json"
    assert fuzz.main(["--problems", "200", "-o", str(path)]) == 0
    assert fuzz.main(["--small", "-o", str(path)]) == 0
    assert f"seed 0: {fuzz.SMALL} problems, 0 wrong" in capsys.readouterr().out
    assert fuzz.main(["--seed", "1", "-o", str(path)]) == 2


@pytest.mark.parametrize(
    "number", [3687, 13419, 14996, 16805, 17012, 7919, 4670, 12120, 11658, 19737, 1925, 6836, 8331]
)
def test_problems_that_were_solved_wrongly(number: int) -> None:
    problem = draw(0, number)
    assert fuzz.checked(problem, "exact")[1] == []
    assert fuzz._batched([problem])[0][1] == []


def test_the_reference_is_right_where_the_truth_is_known() -> None:
    """Against one point, by all permutations, and with irrational distances to 200 binary digits."""
    assert truth([[0.0, 0.0]], [[3.0, 4.0]], None, None, 1).bounds == (5, 5)
    assert truth([[0.0], [1.0]], [[0.5]], [0.25, 0.5], None, 2).bounds == (Fraction(1, 4),) * 2
    assert (
        truth([[5e-324], [0.0]], [[0.0]], [5e-324, 1.0], None, 1).bounds
        == (Fraction(5e-324) ** 2 / (1 + Fraction(5e-324)),) * 2
    )
    low, high = truth([[0.0, 0.0]], [[1.0, 1.0]], None, None, 1).bounds
    assert low**2 < 2 < high**2
    assert high - low < Fraction(1, 2**190)
    x, y = np.random.default_rng(0).integers(0, 9, (2, 5, 2)).tolist()
    costs = [[sum((s - t) ** 2 for s, t in zip(p, q, strict=True)) for q in y] for p in x]
    best = min(sum(costs[i][j] for i, j in enumerate(order)) for order in permutations(range(5)))
    assert truth(x, y, None, None, 2).bounds == (Fraction(best, 5),) * 2


def test_the_comparators_catch_what_is_wrong() -> None:
    x, y = np.random.default_rng(1).normal(size=(2, 6, 2))
    reference = truth(x.tolist(), y.tolist(), None, None, 1)
    result = exact(x, y)
    lower, upper = result.bracket.lower, result.bracket.upper
    assert fuzz.bracket_faults(lower, upper, "optimal", reference) == []
    assert list(fuzz.plan_faults(result, reference)) == list(fuzz.potential_faults(result, reference)) == []
    for wrong in (
        (upper * (1 + 1e-15), upper * (1 + 2e-15), "optimal"),
        (lower * (1 - 2e-15), lower * (1 - 1e-15), "optimal"),
        (lower, upper, "rounding"),
        (lower, upper, "stalled"),
        (0.0, upper, "optimal"),
    ):
        assert fuzz.bracket_faults(*wrong, reference)
    u, v = result.potentials
    plan = result.plan.copy()
    plan.data[0] += 1e-12
    dearer = result.plan.copy()
    dearer.coords = (dearer.coords[0], np.roll(dearer.coords[1], 1))
    for plans in (plan, dearer):
        assert list(fuzz.plan_faults(replace(result, plan=plans), reference))
    assert list(fuzz.plan_faults(SimpleNamespace(plan=result.plan, value=upper * 1.001), reference))
    for potentials in ((u + 1e-6, v), (u - 1e-6, v), (u * np.inf, v)):
        assert list(fuzz.potential_faults(replace(result, potentials=potentials), reference))
    assert Bracket(lower, upper).relative_gap <= fuzz.TOL
