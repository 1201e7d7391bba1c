"""Brackets from any potentials and any plan."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from wcheck import Bracket
from wcheck.transport.bounds.certificate import distance_bounds, dual_value, plan_value, relative_gap
from wcheck.transport.programs.simplex import masses, solve_dense


def problem(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    random = np.random.default_rng(seed)
    n, m = random.integers(2, 15, 2)
    cost = cdist(random.normal(size=(n, 2)), random.normal(size=(m, 2)))
    a, b = random.dirichlet(np.ones(n)), random.dirichlet(np.ones(m))
    basic = solve_dense(a, b, cost)
    return cost, a, b, float((cost[basic.rows, basic.columns] * basic.mass).sum())


@given(st.integers(0, 10_000), st.floats(-10, 10))
def test_any_potentials_give_a_lower_bound(seed: int, size: float) -> None:
    cost, a, b, truth = problem(seed)
    v = size * np.random.default_rng(seed + 1).normal(size=len(b))
    value, paid = dual_value(a, b, (cost - v).min(axis=1), v)
    assert value - paid <= truth + 1e-12
    assert paid <= 1e-12


@given(st.integers(0, 10_000), st.floats(0, 1e-3))
def test_any_plan_gives_an_upper_bound(seed: int, noise: float) -> None:
    """The independent coupling, with some mass lost and some too much."""
    cost, a, b, truth = problem(seed)
    random = np.random.default_rng(seed + 1)
    plan = np.outer(a, b) * (1 + noise * random.uniform(-1, 1, cost.shape))
    rows, columns = np.divmod(np.arange(cost.size), len(b))
    value, paid = plan_value(plan.ravel(), cost.ravel(), rows, columns, a, b, cost.max(), 1e-15)
    assert value + paid >= truth
    assert paid <= 2 * noise * cost.max() + 1e-12


def test_a_plan_that_loses_mass_is_not_taken_at_its_word() -> None:
    cost, a, b, truth = problem(7)
    basic = solve_dense(a, b, cost)
    half = basic.mass / 2
    value, paid = plan_value(
        half, cost[basic.rows, basic.columns], basic.rows, basic.columns, a, b, cost.max(), 0.0
    )
    assert value < truth <= value + paid


def test_integer_masses_leave_no_residual() -> None:
    a, b = masses(np.full(6, 1 / 6), np.full(4, 1 / 4))
    assert a.tolist() == [2.0] * 6
    assert b.tolist() == [3.0] * 4
    cost = cdist(np.arange(6.0)[:, None], np.arange(4.0)[:, None])
    basic = solve_dense(a, b, cost)
    arcs = cost[basic.rows, basic.columns]
    value, paid = plan_value(basic.mass, arcs, basic.rows, basic.columns, a, b, cost.max(), 0.0)
    assert paid <= 1e-15 * value


def test_a_bracket_knows_its_gap() -> None:
    bracket = Bracket(1.0, 1.25)
    assert bracket.gap == 0.25
    assert bracket.relative_gap == 0.2
    assert Bracket(0.0, 0.0).relative_gap == 0.0
    assert bracket.target == "empirical"
    assert str(Bracket(0.0, math.inf)) == "[0, inf]"


@pytest.mark.parametrize("gap", [1e-3, 1e-7, 1e-9])
def test_a_bracket_is_shown_with_the_digits_that_differ(gap: float) -> None:
    low, high = str(Bracket(2.0 - gap, 2.0))[1:-1].split(", ")
    assert float(low) < 2.0 - gap or low != high
    assert float(low) <= 2.0 - gap
    assert float(high) >= 2.0


def test_a_bracket_around_a_short_number_is_that_number_and_how_far_it_may_be_off() -> None:
    assert str(Bracket(0.0999999999999999, 0.10000000000000016)) == "0.1 to within 1.6e-16"
    assert str(Bracket(1.0, 1.0)) == "1"


@given(
    st.floats(0.0, 4.0),
    st.floats(0.0, 4.0),
    st.one_of(st.integers(-1074, 1000), st.integers(-1074, -1000)),
    st.sampled_from([1, 2]),
)
def test_bounds_leave_root_and_unit_outward_and_hardly_move(
    one: float, other: float, power: int, p: int
) -> None:
    lower, upper = sorted((one, other))
    unit = math.ldexp(1.0, power)
    low, high = (Fraction(float(bound)) for bound in distance_bounds(lower, upper, unit, p))
    scale = Fraction(2) ** power
    assert low**p <= Fraction(lower) * scale**p
    assert Fraction(upper) * scale**p <= high**p
    step = Fraction(2) ** -50
    least = Fraction(2) ** -1074
    assert ((low + least) * (1 + step)) ** p >= Fraction(lower) * scale**p
    assert (max(high - least, Fraction(0)) * (1 - step)) ** p <= Fraction(upper) * scale**p


def test_a_gap_is_a_share_of_the_upper_bound() -> None:
    lower, upper = np.array([0.0, 0.0, 1.0, 1.0, np.nan]), np.array([0.0, 5e-324, 2.0, np.inf, np.nan])
    np.testing.assert_array_equal(relative_gap(lower, upper), [0.0, 1.0, 0.5, 1.0, np.nan])
