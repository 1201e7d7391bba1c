"""Which arcs enter a network simplex, and what its potentials are where the end was not waited for."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from wcheck.transport.programs import pivots, whole
from wcheck.transport.programs.pivots import ENTERING, HEAD, NAME, NAMES, TAIL, lowered
from wcheck.transport.programs.transport import Transport
from wcheck.transport.programs.tree import Tree

TIGHT = 1e-9


def chosen(cost, masses, minor=0.0):
    """Return the arcs that are chosen among all pairs where potentials are 0, and what is said of the shortfall."""
    n, m = cost.shape
    begin, columns = np.arange(0, n * m + 1, m), np.tile(np.arange(m, dtype=np.int32), n)
    found = np.empty((n, 3), np.int64)
    links, values = np.full((n + m + 1, 4), n + m, np.int32), np.zeros((n + m + 1, 2))
    arguments = begin, columns, cost.ravel(), masses, links, values, np.zeros(n + m + 1)
    count, lost = pivots._choose(*arguments, 0, n, TIGHT, minor, found)
    return found[:count], lost


def test_the_arc_is_chosen_that_may_take_most_from_the_cost():
    """Not the one of the most negative reduced cost, -2, which can carry 0.1 only."""
    cost, masses = np.array([[-1.0, -2.0, 1.0]]), np.array([1.0, 0.7, 0.1, 0.2])
    arcs, lost = chosen(cost, masses)
    assert [arcs[0, part] for part in (ENTERING, TAIL, HEAD)] == [0, 0, 1]
    assert lost == pytest.approx(0.7)


def test_arcs_that_take_a_trifle_are_counted_but_not_chosen():
    cost, masses = np.array([[-1.0, 1.0], [-3.0, 1.0]]), np.array([0.01, 0.99, 0.5, 0.5])
    arcs, lost = chosen(cost, masses, minor=0.02)
    assert arcs[:, TAIL].tolist() == [1]
    assert lost == pytest.approx(0.01 + 1.5)
    arcs, _ = chosen(cost, masses, minor=0.0)
    assert arcs[:, TAIL].tolist() == [0, 1]


def test_rounding_chooses_no_arc():
    arcs, lost = chosen(np.array([[-0.5 * TIGHT, 0.0]]), np.ones(3))
    assert len(arcs) == 0
    assert lost == 0.0


def test_potentials_of_light_columns_are_lowered_rather_than_those_of_heavy_rows():
    cost, masses = np.array([[-1.0, -0.5]]), np.array([2.0, 0.5, 1.5 + 1.5])
    v = np.zeros(2)
    lowered(np.array([0, 2]), np.arange(2, dtype=np.int32), cost.ravel(), masses, np.zeros(1), v)
    assert v.tolist() == [-1.0, 0.0]

    def dual(v):
        return masses[0] * (cost[0] - v).min() + masses[1:] @ v

    assert dual(v) > dual(np.zeros(2)) + 0.4


@pytest.mark.parametrize("seed", range(40))
def test_weights_at_the_end_of_float64_leave_no_bad_potential(seed):
    """What an arc of such weight takes underflows; the dual value of a c-transform shows the column that it left."""
    random = np.random.default_rng(seed)
    n, m = 60, 50
    cost, a, b = random.random((n, m)), random.random(n), random.random(m)
    a[:20], b[:25] = 10.0 ** -random.uniform(305, 323, 20), 10.0 ** -random.uniform(305, 323, 25)
    a, b = a * n / a.sum(), b * n / b.sum()
    rows, columns = np.divmod(np.arange(n * m), m)
    sparse = Transport(a, b, rows, columns, cost.ravel(), random.normal(size=m)).solve()
    for plan in (sparse, whole.solve(a, b, cost)):
        dual = a @ (cost - plan.v).min(axis=1) + b @ plan.v
        assert plan.mass @ cost[plan.rows, plan.columns] == pytest.approx(dual, rel=1e-12)


def test_marks_are_wiped_out_before_their_names_run_out():
    """A program that goes on for hours uses up the names of 32 bits."""
    random = np.random.default_rng(0)
    n = 200
    cost = random.random((n, n))
    arcs = (
        np.arange(0, n * n + 1, n),
        np.repeat(np.arange(n, dtype=np.int32), n),
        np.tile(np.arange(n, dtype=np.int32), n),
    )

    def solved(name):
        tree = Tree(np.ones(2 * n), arcs, cost.ravel(), np.zeros(n * n))
        tree._state[NAME] = name
        while not tree.advance()[0]:
            pass
        taken, flow = tree.basis()
        return flow @ cost.ravel()[taken], tree._state[NAME]

    (least, few), (again, wiped) = solved(0), solved(NAMES - 50)
    best = cost[linear_sum_assignment(cost)].sum()
    assert (least, again) == pytest.approx((best, best), abs=1e-9)
    assert wiped < few + 50
