"""Exact transport for cost matrices: against integers, in every form of a matrix, stopped and gone on with."""

from __future__ import annotations

import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.optimize import linear_sum_assignment, linprog

from wcheck import exact, exact_cost
from wcheck.errors import InfeasibleError, OutputError, ParameterError
from wcheck.measures.cost import CostMatrix, read_cost
from wcheck.transport.solve import columns
from wcheck.transport.solve import cost as module

sys.path.append(str(Path(__file__).parents[3] / "benchmarks"))

import fuzz_cost


def test_a_short_run_against_integers_finds_nothing_wrong(tmp_path, capsys):
    assert fuzz_cost.main(["--problems", "120", "-o", str(tmp_path / "fuzz.json")]) == 0
    assert "120 cost matrices, 0 wrong" in capsys.readouterr().out


def test_the_comparators_of_the_fuzz_do_not_let_wrong_answers_pass():
    problem = fuzz_cost.Drawn(np.array([[1, 3], [2, 9]]), None, None, ())
    assert problem.truth == Fraction(5, 2)
    assert list(fuzz_cost.bracket_faults(problem, 2.5, 2.5, "optimal", 2.5)) == []
    for lower, upper, status in ((2.6, 2.7, "optimal"), (2.0, 2.4, "rounding"), (2.0, 2.5, "optimal")):
        assert list(fuzz_cost.bracket_faults(problem, lower, upper, status, 2.5))
    right = exact_cost(problem.cost)
    assert list(fuzz_cost.plan_faults(problem, right)) == []
    u, v = right.potentials
    for wrong in (
        replace(right, potentials=(u + 1, v)),
        replace(right, plan=right.plan * 2),
        replace(right, bracket=replace(right.bracket, upper=3.0)),
    ):
        assert list(fuzz_cost.plan_faults(problem, wrong))
    error = InfeasibleError("", np.array([0]), np.array([0]))
    assert list(fuzz_cost.infeasible_faults(problem, error))


def weights(n, seed=0):
    drawn = np.random.default_rng(seed).random(n)
    return drawn / drawn.sum()


@pytest.fixture(scope="module")
def costs():
    return np.random.default_rng(0).normal(size=(700, 700)) * 10.0


@pytest.mark.parametrize(
    "way", ["float64", "float32", "int", "reversed", "columns first", "tensor", "mapped", "part"]
)
def test_every_form_of_a_matrix_has_the_bracket_of_its_numbers(costs, way, tmp_path):
    np.save(tmp_path / "m.npy", costs)
    given, numbers = {
        "float64": (costs, costs),
        "float32": (costs.astype("f4"), costs.astype("f4")),
        "int": (costs.astype(int), costs.astype(int)),
        "reversed": (costs[::-1], costs[::-1]),
        "columns first": (np.asfortranarray(costs), costs),
        "tensor": (torch.tensor(costs), costs),
        "mapped": (read_cost(tmp_path / "m.npy"), costs),
        "part": (CostMatrix.of(costs).part(np.arange(600), np.arange(50, 650)), costs[:600, 50:650]),
    }[way]
    result = exact_cost(given)
    rows, places = linear_sum_assignment(numbers.astype(float))
    truth = numbers[rows, places].astype(float).mean()
    assert result.status == "optimal"
    assert result.p is None
    assert result.bracket.lower - 1e-12 <= truth <= result.bracket.upper + 1e-12
    assert result.absolute_cost == pytest.approx(abs(result.plan.multiply(np.abs(numbers)).sum()))
    assert result.relative_gap == result.bracket.gap / result.absolute_cost


def test_points_and_their_matrix_have_one_distance():
    x, y = np.random.default_rng(1).normal(size=(2, 600, 3))
    matrix = np.linalg.norm(x[:, None] - y[:500], axis=2)
    a, b = weights(600), weights(500, 1)
    of_points, of_costs = exact(x, y[:500], a, b), exact_cost(matrix, a, b)
    assert of_costs.value == pytest.approx(of_points.value, rel=2e-6)
    assert np.allclose(of_costs.plan.sum(axis=1), a, atol=1e-15)
    assert np.allclose(of_costs.plan.sum(axis=0), b, atol=1e-15)


def test_weights_of_0_change_nothing_and_have_potentials():
    costs = np.random.default_rng(2).normal(size=(530, 520))
    a, b = weights(530), weights(520, 1)
    a[::7] = b[1::5] = 0.0
    a, b = a / a.sum(), b / b.sum()
    whole, part = exact_cost(costs, a, b), exact_cost(costs[a > 0][:, b > 0], a[a > 0], b[b > 0])
    assert whole.value == pytest.approx(part.value, abs=1e-9)
    u, v = whole.potentials
    assert (u[:, None] + v <= costs + 1e-9).all()
    assert a @ u + b @ v == pytest.approx(whole.bracket.lower)
    assert whole.plan.tocsr()[::7].nnz == 0


@pytest.mark.parametrize("pairs", [module.DENSE_PAIRS, 0])
@pytest.mark.parametrize("equal", [True, False])
def test_forbidden_pairs_against_a_linear_program(pairs, equal, monkeypatch):
    monkeypatch.setattr(module, "DENSE_PAIRS", pairs)
    random = np.random.default_rng(3)
    costs = random.normal(size=(30, 30))
    costs[random.random((30, 30)) < 0.7] = np.inf
    costs[np.arange(30), random.permutation(30)] = 5.0
    a = None if equal else np.full(30, 1 / 30)
    b = None if equal else a
    if not equal:
        a = np.concatenate([np.full(15, 0.5 / 30), np.full(15, 1.5 / 30)])
        b = np.where(costs[15:].min(axis=0) < np.inf, 1.0, 0.2)
        costs[0], b = np.where(np.isinf(costs[0]), 9.0, costs[0]), b / b.sum()
        costs[15:] = np.where(np.isinf(costs[15:]), 9.0, costs[15:])
    result = exact_cost(costs, a, b)
    i, j = np.nonzero(costs < np.inf)
    equal_to = np.zeros((60, len(i)))
    equal_to[i, np.arange(len(i))] = equal_to[30 + j, np.arange(len(i))] = 1.0
    sides = np.concatenate([np.full(30, 1 / 30) if side is None else side for side in (a, b)])
    truth = linprog(costs[i, j], A_eq=equal_to, b_eq=sides).fun
    assert result.value == pytest.approx(truth, abs=1e-9)
    assert result.status == "optimal"
    assert np.isfinite(costs[result.plan.coords]).all()


def test_a_set_of_rows_proves_that_there_is_no_plan():
    costs = np.zeros((600, 600))
    costs[:300, 299:] = np.inf
    with pytest.raises(
        InfeasibleError, match=r"300 rows .0, 1, 2, 3, 4, 5, 6, 7, .... of mass 0.5 are allowed 299 columns"
    ) as info:
        exact_cost(costs)
    assert (info.value.rows == np.arange(300)).all()
    assert (info.value.columns == np.arange(299)).all()
    costs[299, 299] = 7.0
    assert exact_cost(costs).value == pytest.approx(7.0 / 600, rel=1e-14)
    with pytest.raises(InfeasibleError, match="are allowed no columns"):
        exact_cost([[np.inf, np.inf]])


def test_the_gap_of_costs_of_both_signs_is_relative_to_their_size():
    costs = np.random.default_rng(4).normal(size=(550, 550))
    rows, places = linear_sum_assignment(costs)
    costs -= costs[rows, places].mean()  # the least cost is nearly 0, by cancellation
    result = exact_cost(costs, tol=1e-9)
    assert abs(result.value) < 1e-9 * result.absolute_cost
    assert result.status == "optimal"
    assert result.bracket.gap <= 1e-9 * result.absolute_cost


def test_goes_on_after_an_interruption_and_only_with_its_own_matrix(tmp_path, monkeypatch):
    x, y = np.random.default_rng(5).normal(size=(2, 1500, 2))
    costs = np.linalg.norm(x[:, None] - y, axis=2)
    whole = exact_cost(costs)
    assert whole.rounds >= 3
    monkeypatch.setattr("wcheck.transport.solve.checkpoint.SECONDS", 0.0)
    seen = 0

    def interrupt(label, done, total, note=""):
        nonlocal seen
        seen += "gap" in note
        if seen == 2:
            raise KeyboardInterrupt

    stopped = exact_cost(costs, checkpoint=tmp_path / "c", report=interrupt)
    assert stopped.status == "interrupted"
    assert stopped.bracket.lower <= whole.value <= stopped.bracket.upper
    with pytest.raises(OutputError, match="other"):
        exact_cost(costs + 1.0, checkpoint=tmp_path / "c")
    with pytest.raises(OutputError, match="other"):
        exact_cost(costs, weights(1500), checkpoint=tmp_path / "c")
    monkeypatch.setattr(columns, "_potentials_from_part", None)  # going on must not start again from a part
    resumed = exact_cost(costs, checkpoint=tmp_path / "c")
    assert resumed.status == "optimal"
    assert resumed.rounds < whole.rounds
    assert resumed.value == pytest.approx(whole.value, rel=2e-6)


def test_a_time_limit_returns_what_is_there(costs):
    result = exact_cost(costs, time_limit=1e-9)
    assert result.status == "time_limit"
    assert result.bracket.lower <= exact_cost(costs).value <= result.bracket.upper


def test_the_same_seed_gives_the_same_bytes(costs):
    first, second = (exact_cost(costs, seed=3) for _ in range(2))
    assert first.bracket == second.bracket
    assert (first.plan != second.plan).nnz == 0


@pytest.mark.parametrize(("given", "says"), [
    (dict(tol=-1.0), "tol is -1.0"),
    (dict(time_limit=0), "time_limit is 0"),
    (dict(a=[0.5, 0.6]), "the source of the cost matrix has weights of total 1.1"),
    (dict(b=[1.0]), "the target of the cost matrix has 2 points and weights of shape"),
    (dict(cost=[[1e302, 0.0]]), "rescale"),
])  # fmt: skip
def test_what_is_wrong_is_said(given, says):
    with pytest.raises(ParameterError, match=says):
        exact_cost(**{"cost": np.eye(2), **given})
