"""What other people's answers prove, held against the exact distance."""

import numpy as np
import ot
import pytest
import scipy.sparse
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

import wcheck
from wcheck import certify, exact
from wcheck.transport.foreign import plan as plan_module


def problem(seed, n=20, m=25, d=3, weighted=True):
    random = np.random.default_rng(seed)
    x, y = random.normal(size=(n, d)), random.normal(size=(m, d)) + 0.5
    if not weighted:
        return x, y, np.full(n, 1 / n), np.full(m, 1 / m)
    return x, y, random.dirichlet(np.ones(n)), random.dirichlet(np.ones(m))


def holds(certificate, truth):
    """The bracket holds the truth, up to what that itself is not known to."""
    slack = 1e-12 * (truth.upper + 1e-300)
    return (
        certificate.bracket.lower <= truth.upper + slack and truth.lower <= certificate.bracket.upper + slack
    )


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.floats(0, 3), st.floats(0, 0.3), st.sampled_from([1, 2]))
def test_any_answer_gives_a_bracket(seed, size, noise, p):
    """Potentials of any size and sign, a plan that has lost some mass and has too much elsewhere."""
    x, y, a, b = problem(seed)
    random = np.random.default_rng(seed + 1)
    plan = np.outer(a, b) * (1 + noise * random.uniform(-1, 1, (20, 25)))
    potentials = size * random.normal(size=20), size * random.normal(size=25)
    found = certify(x, y, a, b, plan=plan, potentials=potentials, p=p)
    assert holds(found, exact(x, y, a, b, p=p).bracket)
    off = np.abs(plan.sum(1) - a).sum() + np.abs(plan.sum(0) - b).sum()
    assert found.marginal_violation == pytest.approx(off, abs=1e-15)
    assert found.status == "certified"


def test_a_comparison_would_find_a_bracket_that_does_not_hold():
    x, y, a, b = problem(0)
    found = certify(x, y, a, b, plan=np.outer(a, b))
    low, high = found.bracket.lower, found.bracket.upper
    assert not holds(found, wcheck.Bracket(high * 1.001, high * 1.002))
    assert not holds(found, wcheck.Bracket(low * 0.998, low * 0.999))


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("size", [(20, 25), (600, 500)])
def test_an_optimal_answer_closes_the_bracket_however_it_is_signed_and_scaled(p, weighted, size):
    x, y, a, b = problem(1, *size, weighted=weighted)
    if weighted:
        a[:3] = 0.0
        a /= a.sum()
    cost = cdist(x, y) ** p
    plan, log = ot.emd(a, b, cost, log=True)
    truth = exact(x, y, a, b, p=p).bracket
    u, v = log["u"], log["v"]
    told = {"its sign changed": [(-u, -v), (None, -v)], "as it is": [(u, v), (u, None)]}
    if p == 2:
        told["times 2"] = [(u / 2, v / 2)]
    for reading, pairs in told.items():
        for potentials in pairs:
            found = certify(x, y, a, b, plan=plan, potentials=potentials, p=p)
            assert found.status == "optimal"
            assert holds(found, truth)
            assert reading in found.potentials_read_as


def test_a_critic_has_the_opposite_sign_on_the_other_side():
    x, y, a, b = problem(2)
    u, v = exact(x, y, a, b).potentials
    found = certify(x, y, a, b, potentials=(u, -v))
    assert "opposite sign" in found.potentials_read_as
    assert found.estimate == pytest.approx(exact(x, y, a, b).value)
    assert found.infeasibility <= 1e-12
    assert certify(x, y, a, b, potentials=(u + 0.25, v)).infeasibility == pytest.approx(0.25)


@pytest.mark.parametrize("p", [1, 2])
def test_scalings_of_sinkhorn_are_read_by_their_epsilon(p):
    x, y, a, b = problem(3)
    cost = cdist(x, y) ** p
    epsilon = 0.05 * cost.mean()
    plan, log = ot.sinkhorn(a, b, cost, epsilon, method="sinkhorn_log", log=True)
    truth = exact(x, y, a, b, p=p).bracket
    scalings = certify(x, y, a, b, plan=plan, potentials=(log["u"], log["v"]), epsilon=epsilon, p=p)
    logarithms = {"log_u": log["log_u"], "log_v": log["log_v"]}
    named = certify(x, y, a, b, potentials=logarithms, epsilon=epsilon, p=p)
    assert "scalings: epsilon times" in scalings.potentials_read_as
    assert "times epsilon, as logarithms" in named.potentials_read_as
    for found in (scalings, named):
        assert holds(found, truth)
        assert found.bracket.lower > 0.95 * truth.lower
    assert named.plan_read_as.startswith("the entropic plan")
    assert named.bracket.upper == pytest.approx(scalings.bracket.upper, rel=1e-6)
    with pytest.raises(wcheck.WcheckError, match="give epsilon"):
        certify(x, y, a, b, potentials=logarithms, p=p)


@pytest.mark.parametrize("p", [1, 2])
def test_geomloss(p):
    from geomloss import SamplesLoss

    x, y, a, b = problem(4)
    loss = SamplesLoss(
        "sinkhorn", p=p, blur=0.1, scaling=0.9, debias=False, potentials=True, backend="tensorized"
    )
    f, g = loss(*(torch.from_numpy(z) for z in (a, x, b, y)))
    found = certify(x, y, a, b, potentials={"f": f, "g": g}, epsilon=0.1**p, p=p)
    assert ("times 2, as of the cost |x - y|^2 / 2" in found.potentials_read_as) == (p == 2)
    assert holds(found, exact(x, y, a, b, p=p).bracket)
    assert found.bracket.relative_gap < 0.2


FORMS = {
    "dense": lambda s, n: np.eye(n)[s] / n,
    "float32": lambda s, n: (np.eye(n)[s] / n).astype(np.float32),
    "tensor": lambda s, n: torch.from_numpy(np.eye(n)[s] / n),
    "sparse tensor": lambda s, n: torch.from_numpy(np.eye(n)[s] / n).to_sparse(),
    "csr": lambda s, n: scipy.sparse.csr_matrix(np.eye(n)[s] / n),
    "coo": lambda s, n: scipy.sparse.coo_array(np.eye(n)[s] / n),
    "permutation": lambda s, n: s,
    "list": lambda s, n: s.tolist(),
    "pairs": lambda s, n: (np.arange(n)[::-1], s[::-1]),
    "masses": lambda s, n: (np.arange(n), s, np.full(n, 1 / n)),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_plan_may_be_given_in_many_forms(form):
    x, y, _, _ = problem(5, 30, 30, weighted=False)
    cost = cdist(x, y)
    rows, columns = linear_sum_assignment(cost)
    found = certify(x, y, plan=FORMS[form](columns, 30))
    assert found.bracket.upper == pytest.approx(cost[rows, columns].mean(), rel=1e-6)
    assert found.transport_cost == pytest.approx(cost[rows, columns].mean(), rel=1e-6)
    assert found.plan.shape == (30, 30)
    assert found.plan.sum() == pytest.approx(1.0)


def test_what_a_plan_lacks_is_put_back_and_what_it_has_too_much_is_taken_away():
    x, y, a, b = problem(6)
    plan = exact(x, y, a, b).plan.toarray()
    plan[np.unravel_index(plan.argmax(), plan.shape)] = 0.0
    plan *= 1.1
    found = certify(x, y, a, b, plan=plan)
    assert holds(found, exact(x, y, a, b).bracket)
    np.testing.assert_allclose(found.plan.sum(axis=1), a, atol=1e-14)
    np.testing.assert_allclose(found.plan.sum(axis=0), b, atol=1e-14)
    mended = (found.plan.data * cdist(x, y)[found.plan.row, found.plan.col]).sum()
    assert found.bracket.upper == pytest.approx(mended, rel=1e-9)


def test_negative_mass_and_mass_where_there_is_no_weight_are_left_out_and_said():
    x, y, a, b = problem(7)
    a[0] = 0.0
    a /= a.sum()
    plan = np.outer(a, b)
    plan[0, 3], plan[2, 2] = 0.125, -0.25
    found = certify(x, y, a, b, plan=plan)
    assert holds(found, exact(x, y, a, b).bracket)
    assert "without 0.25 of negative mass and 0.125 of mass at points without weight" in found.plan_read_as
    lost = a[2] * b[2]
    assert found.marginal_violation == pytest.approx(2 * lost, rel=1e-9)


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("size", [(30, 40), (700, 600)])
@pytest.mark.parametrize("weighted", [False, True])
def test_polishing_closes_the_bracket(p, size, weighted):
    x, y, a, b = problem(8, *size, weighted=weighted)
    start = certify(x, y, a, b, plan=np.outer(a, b), potentials=(None, -y[:, 0]), p=p)
    found = certify(x, y, a, b, plan=np.outer(a, b), potentials=(None, -y[:, 0]), p=p, polish=100)
    assert start.status == "certified"
    assert found.status == "optimal"
    assert start.bracket.lower <= found.bracket.lower <= found.bracket.upper <= start.bracket.upper
    assert holds(found, exact(x, y, a, b, p=p).bracket)
    np.testing.assert_allclose(found.plan.sum(axis=1), a, atol=1e-12)
    u, v = found.potentials
    assert (u[:, None] + v <= cdist(x, y) ** p + 1e-9).all()


def test_polishing_ends_in_time_with_a_bracket():
    x, y, _, _ = problem(9, 700, 600)
    found = certify(x, y, plan=np.outer(np.full(700, 1 / 700), np.full(600, 1 / 600)), polish=1e-9)
    assert found.status == "time_limit"
    assert holds(found, exact(x, y).bracket)


def test_a_polish_that_is_interrupted_keeps_the_best_bracket():
    x, y, _, _ = problem(9, 700, 600)
    plan = np.outer(np.full(700, 1 / 700), np.full(600, 1 / 600))

    def interrupt(label, done, total, note=""):
        if note.startswith("["):  # a bracket: a round of the polish
            raise KeyboardInterrupt

    start, found = certify(x, y, plan=plan), certify(x, y, plan=plan, polish=100, report=interrupt)
    assert found.status == "interrupted"
    assert holds(found, exact(x, y).bracket)
    assert found.bracket.gap < start.bracket.gap


def test_nothing_given_on_a_side_is_what_needs_no_solver():
    x, y, a, b = problem(10)
    found = certify(x, y, a, b, plan=np.outer(a, b))
    nearest = max(a @ cdist(x, y).min(axis=1), b @ cdist(x, y).min(axis=0))
    assert found.bracket.lower == pytest.approx(nearest, rel=1e-12)
    assert "as none were given" in found.potentials_read_as
    found = certify(x, y, a, b, potentials=(None, np.zeros(25)))
    assert np.isfinite(found.bracket.upper)
    assert "as none was given" in found.plan_read_as


def test_parts_of_a_plan_are_as_the_whole(monkeypatch):
    x, y, a, b = problem(11)
    plan = np.outer(a, b) * np.random.default_rng(0).uniform(0.9, 1.1, (20, 25))
    whole = certify(x, y, a, b, plan=plan).bracket
    monkeypatch.setattr(plan_module, "PART", 60)
    for form in (plan, scipy.sparse.csr_array(plan)):
        parts = certify(x, y, a, b, plan=form).bracket
        assert parts.upper == pytest.approx(whole.upper, rel=1e-13)


@pytest.mark.parametrize("shift", [0.0, 1e9, -1e300])
def test_potentials_may_be_shifted_and_minus_infinity_sends_nothing(shift):
    x, y, a, b = problem(12, 400, 700)
    v = exact(x, y, a, b).potentials[1] + shift
    v[3] = -np.inf
    found = certify(x, y, a, b, potentials=(None, v))
    assert holds(found, exact(x, y, a, b).bracket)
    assert np.isfinite(found.potentials[1]).all()
    if shift == 0.0:
        assert found.bracket.lower > 0.9 * exact(x, y, a, b).bracket.lower


def test_far_points_and_small_units():
    for unit in (1e-200, 1e-30, 1e100):
        x, y, a, b = problem(13)
        x, y = x * unit, y * unit
        truth = exact(x, y, a, b)
        found = certify(x, y, a, b, plan=truth.plan, potentials=truth.potentials)
        assert holds(found, truth.bracket)
        assert found.bracket.relative_gap < 1e-9


def test_points_on_the_line_and_a_single_point():
    x, y = np.arange(700.0), np.arange(800.0) + 0.5
    found = certify(x, y, plan=np.full((700, 800), 1 / 560_000), polish=10)
    assert holds(found, exact(x, y).bracket)
    assert found.status == "optimal"
    single = certify([[1.0]], [[3.0]], plan=[0], potentials=([0.0], [2.0])).bracket
    assert single.lower == pytest.approx(2.0)
    assert single.upper == pytest.approx(2.0)


@pytest.mark.parametrize("metric", ["cityblock", "angular", lambda x, y: cdist(x, y) + (x[:, :1] > 0.0)])
@pytest.mark.parametrize("size", [(20, 25), (600, 500)])
def test_other_metrics(metric, size):
    x, y, a, b = problem(15, *size)
    truth = exact(x, y, a, b, metric=metric)
    u, v = truth.potentials
    for potentials in ((u, None), (None, v), (0.9 * u, None)):
        found = certify(x, y, a, b, plan=truth.plan, potentials=potentials, metric=metric)
        assert holds(found, truth.bracket)
        assert (found.status == "optimal") == (potentials[0] is None or potentials[0] is u)
    assert certify(x, y, a, b, potentials=(0.9 * u, None), metric=metric, polish=60).status == "optimal"


GOOD = {"plan": np.full((20, 25), 1 / 500)}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "nothing to certify"),
        ({"plan": np.full((20, 25), np.nan)}, "the plan holds nan at row 0, column 0"),
        ({"plan": np.full((20, 25), np.inf)}, "masses are finite"),
        ({"plan": np.full((25, 20), 1 / 500)}, r"has shape \(25, 20\)"),
        ({"plan": np.ones((20, 25))}, "total mass of 500"),
        ({"plan": np.zeros((20, 25))}, "total mass of 0"),
        ({"plan": np.arange(19)}, "has 19 entries"),
        ({"plan": np.arange(20) + 10}, "column 29"),
        ({"plan": np.arange(20) - 1}, "column -1"),
        ({"plan": np.arange(20) / 2}, "integers"),
        ({"plan": (np.arange(20),)}, "tuple of 1"),
        ({"plan": (np.arange(20), np.arange(19))}, "one length"),
        ({"plan": np.full((20, 25), 1j)}, "real numbers"),
        ({"plan": "plan.npz"}, "has shape"),
        ({"potentials": np.zeros(20)}, "not a pair"),
        ({"potentials": (None, None)}, "both potentials are None"),
        ({"potentials": (np.zeros(20), np.zeros(20))}, "potential v has shape"),
        ({"potentials": (np.full(20, np.nan), None)}, "holds nan at index 0"),
        ({"potentials": (np.full(20, np.inf), None)}, "holds inf"),
        ({"potentials": (np.full(20, -np.inf), None)}, "everywhere"),
        ({"potentials": {"phi": np.zeros(20)}}, "names phi"),
        ({"potentials": {"u": np.zeros(20), "g": np.zeros(25)}}, "one pair"),
        ({**GOOD, "epsilon": 0.0}, "epsilon is 0"),
        ({"plan": np.full((20, 25), 1 / 500), "epsilon": 0.1}, "epsilon 0.1 says how potentials are read"),
        ({**GOOD, "polish": -1}, "polish is -1"),
        ({**GOOD, "tol": -1}, "tol is -1"),
        ({**GOOD, "p": 3}, "p is 3"),
        ({**GOOD, "memory": "little"}, "memory is"),
        ({**GOOD, "device": "tpu"}, "device is"),
    ],
)
def test_what_is_not_an_answer_is_one_line(given, said):
    x, y, _, _ = problem(14)
    with pytest.raises(wcheck.WcheckError, match=said) as error:
        certify(x, y, **given)
    assert "\n" not in str(error.value)
