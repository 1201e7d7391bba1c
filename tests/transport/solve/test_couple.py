"""Pairings of minibatches, held against SciPy's."""

import numpy as np
import pytest
import torch
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from wcheck import WcheckError, couple, exact
from wcheck.transport.solve import couple as couple_module


def total(x, y, pairing, p):
    return (np.linalg.norm(x.astype(float) - y.astype(float)[pairing], axis=-1) ** p).sum()


def least(x, y, p):
    cost = cdist(x, y) ** p
    return cost[linear_sum_assignment(cost)].sum()


@pytest.mark.parametrize("dim", [1, 5, 90, 300])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("p", [1, 2])
def test_no_pairing_costs_less(dim, dtype, p):
    random = np.random.default_rng(dim)
    x, y = (random.normal(size=(40, dim)) + 100.0 * k for k in (1, 2))
    x, y = x.astype(dtype), y.astype(dtype)
    pairing = couple(x, y, p=p)
    assert pairing.dtype == np.int64
    assert sorted(pairing) == list(range(40))
    assert total(x, y, pairing, p) == pytest.approx(
        least(x, y, p), rel=1e-6 if dtype == np.float32 else 1e-12
    )


@pytest.mark.parametrize("dim", [3, 90])
@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize(
    ("dtype", "power"), [(np.float32, -100), (np.float32, 80), (np.float64, -700), (np.float64, 700)]
)
def test_very_small_and_very_large_points_are_paired_as_others(dim, p, dtype, power):
    x, y = np.random.default_rng(0).normal(size=(2, 40, dim)).astype(dtype)
    unit = dtype(2.0**power)
    np.testing.assert_array_equal(couple(x * unit, y * unit, p=p), couple(x, y, p=p))


@pytest.mark.parametrize("dim", [3, 90])
def test_near_points_far_out_keep_their_digits(dim):
    random = np.random.default_rng(0)
    centres = 1e7 * random.integers(0, 2, (40, 1)) * np.ones(dim) + 3e7
    x, y = (centres + random.normal(size=(40, dim)) for _ in range(2))
    assert total(x, y, couple(x, y, p=1), 1) == pytest.approx(least(x, y, 1), rel=1e-9)


def test_another_pairing_would_be_found_to_cost_more():
    x, y = np.random.default_rng(0).normal(size=(2, 40, 3))
    worse = np.roll(couple(x, y), 1)
    assert total(x, y, worse, 2) > least(x, y, 2) * (1 + 1e-3)


def test_the_pairing_is_the_exact_plan():
    x, y = np.random.default_rng(1).normal(size=(2, 30, 4))
    plan = exact(x, y, p=2).plan
    np.testing.assert_array_equal(couple(x, y), plan.col[np.argsort(plan.row)])


def test_many_pairs_are_as_one_after_another():
    x, y = torch.randn(2, 6, 20, 3, generator=torch.Generator().manual_seed(0))
    together = couple(x, y)
    assert together.shape == (6, 20)
    assert torch.equal(together, torch.stack([couple(one, other) for one, other in zip(x, y, strict=True)]))


def test_images_are_points_where_a_batch_is_one():
    x, y = torch.randn(2, 10, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    assert torch.equal(couple(x, y, batch=False), couple(x.flatten(1), y.flatten(1)))
    with pytest.raises(WcheckError, match="batch=False"):
        couple(x, y)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.int64, torch.uint8])
def test_other_numbers_are_read_as_they_are(dtype):
    x, y = (10 * torch.randn(2, 15, 2, generator=torch.Generator().manual_seed(0))).abs().to(dtype)
    assert total(x.double().numpy(), y.double().numpy(), couple(x, y).numpy(), 2) == pytest.approx(
        least(x.double().numpy(), y.double().numpy(), 2)
    )


def test_large_minibatches_go_to_the_exact_solver(monkeypatch):
    monkeypatch.setattr(couple_module, "LARGEST_PAIRS", 100)
    x, y = np.random.default_rng(2).normal(size=(2, 40, 3))
    assert total(x, y, couple(x, y), 2) == pytest.approx(least(x, y, 2))


def test_gradients_are_not_followed():
    x = torch.randn(5, 2, requires_grad=True)
    assert not couple(x, x).requires_grad


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        (np.zeros((3, 2)), np.zeros((4, 2)), "the same number of points"),
        (np.zeros((3, 2)), np.zeros((3, 4)), "the same number of points"),
        (np.zeros(3), np.zeros(3), "one row per point"),
        (np.zeros((0, 2)), np.zeros((0, 2)), "non-empty"),
        (np.full((3, 2), np.nan), np.zeros((3, 2)), "x holds nan"),
        (np.full((3, 99), np.inf), np.zeros((3, 99)), "x holds inf"),
        (1e305 * np.eye(3, 9), 1e305 * np.eye(3, 9), "rescale"),
        (np.zeros((3, 2), complex), np.zeros((3, 2)), "real"),
        ([["a"]], [["b"]], "real"),
        (torch.eye(3).to_sparse(), torch.eye(3), "sparse"),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow")
def test_what_cannot_be_paired_is_one_line(x, y, said):
    with pytest.raises(WcheckError, match=said) as error:
        couple(x, y)
    assert "\n" not in str(error.value)


def test_the_exponent_is_1_or_2():
    with pytest.raises(WcheckError, match="p is 3"):
        couple([[0.0]], [[0.0]], p=3)
