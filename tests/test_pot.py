"""The drop-in for POT beside POT itself, on the kinds of problems that POT tests."""

import numpy as np
import ot
import pytest
import scipy.sparse
import torch

from wcheck import pot
from wcheck.errors import InfeasibleError, ParameterError
from wcheck.measures.sparse_cost import sparse_cost


def masses(n, seed=0):
    drawn = np.random.default_rng(seed).random(n)
    return drawn / drawn.sum()


@pytest.fixture
def costs():
    x, y = np.random.default_rng(0).normal(size=(2, 60, 2))
    return ot.dist(x, y[:50])


@pytest.mark.parametrize("total", [1.0, 7.5])
@pytest.mark.parametrize("uniform", [True, False])
def test_plan_cost_and_potentials_are_those_of_pot(costs, uniform, total):
    a, b = ([], []) if uniform else (total * masses(60), total * masses(50, 1))
    ours, our_log = pot.emd(a, b, costs, log=True)
    theirs, their_log = ot.emd(a, b, costs, log=True)
    assert np.allclose(ours, theirs, atol=1e-12)  # the optimal plan is unique: costs are generic
    assert set(their_log) <= set(our_log)
    assert our_log["cost"] == pytest.approx(their_log["cost"], rel=1e-9)
    assert our_log["lower"] <= our_log["cost"] <= our_log["upper"]
    assert our_log["u"] @ ours.sum(axis=1) == pytest.approx(our_log["v"] @ ours.sum(axis=0))
    assert (our_log["u"][:, None] + our_log["v"] <= costs + 1e-9).all()
    assert pot.emd2(a, b, costs) == pytest.approx(ot.emd2(a, b, costs), rel=1e-9)


def test_the_optimum_is_not_that_of_other_masses(costs):
    assert pot.emd2(masses(60), masses(50, 1), costs) != pytest.approx(ot.emd2([], [], costs), rel=1e-3)


def test_many_targets_are_a_list(costs):
    b = np.stack([masses(50, seed) for seed in range(3)], axis=1)
    ours, theirs = pot.emd2([], b, costs), ot.emd2([], b, costs)
    assert ours == pytest.approx(theirs, rel=1e-9)
    cost, log = pot.emd2([], b, costs, return_matrix=True)[1]
    assert cost == pytest.approx(theirs[1])
    assert (log["G"] * costs).sum() == pytest.approx(cost)


def test_many_targets_may_be_lists(costs):
    b = np.stack([masses(50), masses(50, 1)], axis=1)
    assert pot.emd2([], b.tolist(), costs) == pytest.approx(ot.emd2([], b.tolist(), costs), rel=1e-9)


def test_empty_tensors_are_equal_masses_with_the_gradient_in_the_costs(costs):
    slopes = []
    for emd2 in (pot.emd2, ot.emd2):
        given = torch.tensor(costs, requires_grad=True)
        emd2(torch.tensor([]), torch.tensor([]), given).backward()
        slopes.append(given.grad)
    assert slopes[0].sum() == pytest.approx(1.0)
    assert torch.allclose(*slopes, atol=1e-6)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("kind", [np.asarray, scipy.sparse.coo_array])
def test_equal_masses_have_the_type_of_the_costs(costs, dtype, kind):
    given = kind(costs.astype(dtype))
    ours, theirs = pot.emd([], [], given, log=True), ot.emd([], [], given, log=True)
    for mine, other in ((ours[0], theirs[0]), (ours[1]["u"], theirs[1]["u"])):
        assert mine.dtype == other.dtype


def test_masses_of_0_have_potentials(costs):
    a = masses(60)
    a[::2] = 0.0
    a /= a.sum()
    ours, log = pot.emd(a, [], costs, log=True)
    assert ours[::2].sum() == 0.0
    assert (log["u"][:, None] + log["v"] <= costs + 1e-9).all()
    assert log["cost"] == pytest.approx(ot.emd2(a, [], costs))


def test_a_sparse_matrix_has_a_sparse_plan(costs):
    sparse = scipy.sparse.coo_array(np.where(np.random.default_rng(1).random((60, 50)) < 0.5, costs, 0.0))
    ours, theirs = pot.emd([], [], sparse), ot.emd([], [], sparse)
    assert scipy.sparse.issparse(ours)
    assert np.allclose(ours.toarray(), theirs.toarray(), atol=1e-12)
    with pytest.raises(InfeasibleError):
        pot.emd([], [], scipy.sparse.coo_array(np.eye(3, 2)))
    indices = torch.tensor(np.stack(sparse.tocoo().coords))
    tensor = torch.sparse_coo_tensor(indices, torch.tensor(sparse.data), (60, 50), check_invariants=True)
    plan = pot.emd(torch.tensor(masses(60)), torch.tensor(masses(50)), tensor)
    assert plan.is_sparse
    assert torch.allclose(plan.to_dense().sum(dim=1), torch.tensor(masses(60)))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_tensors_stay_tensors_with_the_gradients_of_pot(costs, dtype):
    given = [torch.tensor(side, dtype=dtype) for side in (masses(60), masses(50, 1), costs)]
    slopes = []
    for emd2 in (pot.emd2, ot.emd2):
        tensors = [side.clone().requires_grad_() for side in given]
        cost = emd2(*tensors)
        assert cost.dtype == dtype
        cost.backward()
        slopes.append([side.grad for side in tensors])
    assert pot.emd(*given).dtype == dtype
    for ours, theirs in zip(*slopes, strict=True):
        assert torch.allclose(ours, theirs, atol=1e-5)


def test_the_types_of_arrays_are_kept(costs):
    plan = pot.emd(masses(60).astype("f4"), masses(50).astype("f4"), costs.astype("f4"))
    assert plan.dtype == np.float32
    assert pot.emd([1, 0], [0, 1], [[0.0, 2.0], [1.0, 3.0]]).tolist() == [[0.0, 1.0], [0.0, 0.0]]


@pytest.mark.parametrize(("a", "b", "says"), [
    ([0.5, 0.5], [0.5, 0.4], "both have the same mass"),
    ([0.5, 0.5, 0.0], [0.5, 0.5], "a has shape"),
    ([-0.5, 1.5], [0.5, 0.5], "not negative"),
    ([0.0, 0.0], [0.0, 0.0], "total above 0"),
    ([np.nan, 1.0], [0.5, 0.5], "total above 0"),
])  # fmt: skip
def test_what_is_wrong_is_said(a, b, says):
    with pytest.raises(ParameterError, match=says):
        pot.emd(a, b, np.eye(2))
    assert pot.emd([0.5, 0.5], [0.5, 0.4], np.eye(2), check_marginals=False).sum() == pytest.approx(1.0)


def test_pot_is_not_imported():
    import subprocess
    import sys

    code = "from wcheck import pot; import sys; pot.emd([], [], [[1.0, 2.0], [3.0, 1.0]]); print('ot' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "False\n"


def test_entries_of_a_sparse_matrix_are_costs_that_add_up():
    entries = [1.0, 2.0, 0.0, 5.0], ([0, 0, 1, 1], [0, 0, 1, 0])
    costs = scipy.sparse.coo_array(entries, shape=(2, 2))
    plan, log = pot.emd([0.5, 0.5], [0.5, 0.5], costs, log=True)
    assert plan.toarray().tolist() == [[0.5, 0.0], [0.0, 0.5]]  # an entry of 0 is a pair, none is forbidden
    assert log["cost"] == pytest.approx(1.5, rel=1e-12)
    with pytest.raises(ParameterError, match="0 entries"):
        pot.emd([], [], scipy.sparse.coo_array((3, 3)))


def test_a_sparse_matrix_is_read_as_its_dense_one():
    random = np.random.default_rng(0)
    sparse = scipy.sparse.random_array((40, 30), density=0.2, random_state=random, format="csr")
    held = sparse_cost(sparse, "M")
    whole = np.where(sparse.toarray() == 0.0, np.inf, sparse.toarray())
    rows, columns = random.integers(0, (40, 30), (50, 2)).T
    assert (held.block(slice(3, 20)) == whole[3:20]).all()
    assert (held.block(np.array([7, 0, 39])) == whole[[7, 0, 39]]).all()
    assert (held.pairs(rows, columns) == whole[rows, columns]).all()
    assert held.forbids
