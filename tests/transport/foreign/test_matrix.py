"""What other people's answers prove of a cost matrix, held against an exact solve of it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment, linprog

import wcheck
from wcheck import certify, exact_cost


def least(cost, a, b):
    """The least cost, by a linear program of SciPy's."""
    n, m = cost.shape
    pairs = np.flatnonzero(np.isfinite(cost.ravel()))
    rows, columns = np.divmod(pairs, m)
    equal = np.zeros((n + m, len(pairs)))
    equal[rows, np.arange(len(pairs))] = 1.0
    equal[n + columns, np.arange(len(pairs))] = 1.0
    return linprog(cost.ravel()[pairs], A_eq=equal, b_eq=np.concatenate([a, b])).fun


@settings(max_examples=30)
@given(
    st.integers(0, 10_000),
    st.sampled_from(["float64", "float32", "int64", "int8"]),
    st.floats(0, 0.3),
    st.sampled_from([0.0, 0.3]),
)
def test_any_answer_gives_a_bracket(seed, dtype, noise, forbidden):
    """Costs of both signs, some pairs forbidden; a plan that is off, potentials of any size."""
    random = np.random.default_rng(seed)
    n, m = random.integers(2, 12, 2)
    cost = (20 * random.normal(size=(n, m))).astype(dtype)
    if forbidden and dtype.startswith("float"):
        cost[random.uniform(size=(n, m)) < forbidden] = np.inf
        cost[0], cost[:, 0] = 3.0, -2.0
    a, b = random.dirichlet(np.ones(n)), random.dirichlet(np.ones(m))
    plan = np.outer(a, b) * (1 + noise * random.uniform(-1, 1, (n, m)))
    potentials = 10 * random.normal(size=n), 10 * random.normal(size=m)
    try:
        truth = exact_cost(cost, a, b).bracket
    except wcheck.WcheckError:
        with pytest.raises(wcheck.WcheckError, match="no plan avoids"):
            certify(cost=cost, a=a, b=b, plan=plan)
        return
    assert truth.lower == pytest.approx(least(cost.astype(float), a, b), rel=1e-6, abs=1e-6)
    found = certify(cost=cost, a=a, b=b, plan=plan, potentials=potentials)
    assert found.bracket.lower <= truth.upper + 1e-12 * (1 + abs(truth.upper))
    assert found.bracket.upper >= truth.lower - 1e-12 * (1 + abs(truth.lower))
    if np.isfinite(cost).all():
        assert np.isfinite(found.bracket.upper)


@pytest.mark.parametrize("size", [(20, 20), (40, 25), (600, 600), (500, 700)])
@pytest.mark.parametrize("kind", ["uniform", "integers", "forbidden"])
def test_an_optimal_answer_closes_the_bracket_and_any_other_is_polished(size, kind):
    random = np.random.default_rng(0)
    cost = random.uniform(-1.0, 2.0, size)
    if kind == "integers":
        cost = random.integers(-50, 100, size)
    if kind == "forbidden":
        cost[random.uniform(size=size) < 0.5] = np.inf
    truth = exact_cost(cost)
    u, v = truth.potentials
    for potentials in ((u, v), (u, None), (None, v), (-u, None)):
        found = certify(cost=cost, plan=truth.plan, potentials=potentials)
        assert found.status == "optimal"
        assert found.p is None
        assert found.bracket.lower <= truth.bracket.upper
        assert truth.bracket.lower <= found.bracket.upper
    start = certify(cost=cost, potentials=(None, 0.5 * v))
    assert start.status == "certified"
    found = certify(cost=cost, potentials=(None, 0.5 * v), polish=100)
    assert found.status == "optimal"
    assert start.bracket.lower <= found.bracket.lower <= found.bracket.upper <= start.bracket.upper
    assert found.bracket.upper == pytest.approx(truth.bracket.upper, rel=1e-5)


def test_integers_are_certified_exactly():
    cost = np.random.default_rng(1).integers(-(2**40), 2**40, (30, 30))
    rows, columns = linear_sum_assignment(cost)
    truth = exact_cost(cost)
    for plan in (columns, (rows, columns)):
        found = certify(cost=cost, plan=plan, potentials=truth.potentials)
        total = sum(int(cost[i, j]) for i, j in enumerate(columns))
        assert found.bracket.lower * 30 <= total <= found.bracket.upper * 30 + 1
        assert found.bracket.gap <= np.spacing(abs(found.bracket.upper))


def test_mass_on_forbidden_pairs_is_left_out_and_said():
    cost = np.array([[1.0, np.inf], [2.0, 3.0]])
    found = certify(cost=cost, plan=np.full((2, 2), 0.25))
    assert "without 0.25 of mass on forbidden pairs" in found.plan_read_as
    assert found.bracket.lower <= 2.0 <= found.bracket.upper
    assert found.plan_read_as.endswith(
        "it cannot be repaired, and the bound comes from a plan that needs no solver"
    )
    assert found.plan is None
    cost[0, 1] = 7.0
    cost[1, 1] = np.inf
    assert certify(cost=cost, plan=np.full((2, 2), 0.25)).bracket.upper == pytest.approx(4.5)


def test_weights_of_0_are_left_out():
    random = np.random.default_rng(2)
    cost, a, b = random.normal(size=(6, 5)), random.dirichlet(np.ones(6)), random.dirichlet(np.ones(5))
    a[2], b[0] = 0.0, 0.0
    a, b = a / a.sum(), b / b.sum()
    truth = exact_cost(cost, a, b)
    found = certify(cost=cost, a=a, b=b, plan=truth.plan, potentials=truth.potentials)
    assert found.status == "optimal"
    assert found.plan.shape == (6, 5)


def test_points_and_costs_are_told_apart():
    with pytest.raises(wcheck.WcheckError, match="give one or the other"):
        certify([[0.0]], [[1.0]], cost=[[1.0]], plan=[0])
    for option in (dict(p=2), dict(metric="cityblock"), dict(memory="1GiB"), dict(device="cuda")):
        with pytest.raises(wcheck.WcheckError):
            certify(cost=[[1.0]], plan=[0], **option)
    with pytest.raises(wcheck.WcheckError, match="there are no costs"):
        certify(plan=[0])
    with pytest.raises(wcheck.WcheckError, match="there are no costs"):
        certify([[0.0]], plan=[0])
    with pytest.raises(wcheck.WcheckError, match="nan"):
        certify(cost=[[np.nan]], plan=[0])
