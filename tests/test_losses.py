"""Losses: their values are the exact distances, their gradients those of finite differences."""

import math

import numpy as np
import pytest
import torch

import wcheck
from wcheck import losses, metrics
from wcheck.transport.solve import optimal

LOSSES = (losses.w1, losses.w2, losses.w2_squared)


def points(*shape, seed=0):
    drawn = torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return drawn.requires_grad_()


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("shape", [((5, 3), (7, 3)), ((2, 4, 2), (2, 4, 2))])
def test_gradients_are_those_of_finite_differences(loss, shape):
    x, y = (points(*size, seed=k) for k, size in enumerate(shape))
    left, right = (points(*size[:-1], seed=k + 2) for k, size in enumerate(shape))
    assert torch.autograd.gradcheck(loss, (x, y))
    assert torch.autograd.gradcheck(
        lambda x, y, left, right: loss(x, y, left.softmax(-1), right.softmax(-1)), (x, y, left, right)
    )


def test_a_wrong_gradient_would_be_found():
    x, y = points(5, 3), points(7, 3, seed=1)
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        torch.autograd.gradcheck(lambda x, y: losses.w1(x, y.detach()) + (y - y.detach()).sum(), (x, y))


@pytest.mark.parametrize(
    ("loss", "p", "power"), [(losses.w1, 1, 1), (losses.w2, 2, 1), (losses.w2_squared, 2, 2)]
)
def test_a_value_is_the_exact_distance(loss, p, power):
    x, y = points(3, 12, 4), points(3, 9, 4, seed=1)
    a = points(3, 12, seed=2).softmax(-1)
    a = a * (a > 0.05)
    a = (a / a.sum(-1, keepdim=True)).detach()
    found = loss(x, y, a)
    for k in range(3):
        truth = wcheck.exact(x[k], y[k], a[k], p=p).value ** power
        assert found[k].item() == pytest.approx(truth, rel=1e-12)
        assert loss(x[k], y[k], a[k]).item() == found[k].item()


@pytest.mark.parametrize(
    ("dtype", "power"),
    [(torch.float32, -110), (torch.float32, 100), (torch.float64, -450), (torch.float64, 450)],
)
@pytest.mark.parametrize(("loss", "degree"), [(losses.w1, 1), (losses.w2, 1), (losses.w2_squared, 2)])
def test_a_loss_of_very_small_and_very_large_points_is_that_of_others_in_their_unit(
    loss, degree, dtype, power
):
    x, y, logits = points(5, 2), points(4, 2, seed=1), points(5, seed=2)
    unit, found = 2.0 ** (power // degree), []  # so that the value is a number of the type
    for scale in (1.0, unit):
        left = (x.detach().to(dtype) * scale).requires_grad_()
        weights = logits.detach().softmax(0).requires_grad_()
        value = loss(left, y.to(dtype) * scale, weights)
        found.append((value, *torch.autograd.grad(value, (left, weights))))
    for k, factor in enumerate((unit**degree, unit ** (degree - 1), unit**degree)):
        assert torch.allclose(found[1][k] / factor, found[0][k], rtol=1e-5)


@pytest.mark.parametrize(("dtype", "size"), [(torch.float32, 1e30), (torch.float64, 1e200)])
def test_a_square_that_is_no_number_is_an_error(dtype, size):
    x = torch.tensor([[size]], dtype=dtype)
    with pytest.raises(wcheck.WcheckError, match="too large to square"):
        losses.w2_squared(x, -x)


def test_points_that_stay_have_no_gradient_and_a_distance_of_0_has_none():
    for loss in LOSSES:
        x = points(6, 2)
        value = loss(x, x.detach())
        value.backward()
        assert value.item() == 0.0
        assert torch.equal(x.grad, torch.zeros_like(x))


def test_the_gradient_in_the_weights_is_a_centred_potential():
    x, y = points(6, 2).detach(), points(8, 2, seed=1).detach()
    a = points(6, seed=2).softmax(0).detach().requires_grad_()
    b = points(8, seed=3).softmax(0).detach().requires_grad_()
    losses.w1(x, y, a, b).backward()
    u, v = wcheck.exact(x, y, a, b).potentials
    np.testing.assert_allclose(a.grad, u - u.mean(), atol=1e-12)
    np.testing.assert_allclose(b.grad, v - v.mean(), atol=1e-12)


def test_weights_of_0_have_a_potential_too():
    x, y = points(6, 2).detach(), points(8, 2, seed=1).detach()
    # no sum of some of one side is that of some of the other: potentials are unique up to a constant
    a = torch.tensor([0.0, 0.1037, 0.2011, 0.3093, 0.3859, 0.0], dtype=torch.float64, requires_grad=True)
    b = torch.tensor(
        [0.2971, 0.0, 0.1013, 0.1987, 0.0, 0.1019, 0.3010, 0.0], dtype=torch.float64, requires_grad=True
    )
    losses.w1(x, y, a, b).backward()
    moved = torch.tensor([1e-7, 0, 0, 0, -1e-7, 0], dtype=torch.float64)
    change = (losses.w1(x, y, a + moved, b) - losses.w1(x, y, a, b)).item()
    assert change == pytest.approx((moved @ a.grad).item(), rel=1e-6)


def test_a_descent_arrives():
    x, y = points(8, 2), points(8, 2, seed=1).detach()
    optimizer = torch.optim.SGD([x], lr=4.0)
    for _ in range(60):
        optimizer.zero_grad()
        losses.w2_squared(x, y).backward()
        optimizer.step()
    assert losses.w2(x, y).item() < 1e-6


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
def test_gradients_come_back_in_the_type_of_the_points(dtype):
    x = points(5, 3).detach().to(dtype).requires_grad_()
    value = losses.w1(x, points(5, 3, seed=1).detach().to(dtype))
    value.backward()
    assert value.dtype == torch.float32
    assert x.grad.dtype == dtype


def test_where_float64_leaves_a_gap_the_exact_solver_is_asked(monkeypatch):
    asked = []
    solve = optimal.exact
    monkeypatch.setattr(optimal, "exact", lambda *args, **options: asked.append(1) or solve(*args, **options))
    x = torch.tensor([[0.0, 0.0], [1.0, 0.0], [1e9, 0.0]], dtype=torch.float64, requires_grad=True)
    y = x.detach() + torch.tensor([0.0, 1e-9])
    a = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)
    value = losses.w1(x, y, a, a)
    value.backward()
    assert value.item() == pytest.approx(1e-9, rel=1e-9)
    np.testing.assert_allclose(x.grad[:, 1], -a, rtol=1e-9)
    monkeypatch.setattr(optimal, "LARGEST_PAIRS", 1)
    assert losses.w1(x, y, a, a).item() == value.item()
    assert asked


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((np.zeros((3, 2)), torch.zeros(3, 2)), "x is a ndarray"),
        ((torch.zeros(3, 2), torch.zeros(3, 2, dtype=torch.int64)), "y is of torch.int64"),
        ((torch.zeros(3, 2), torch.zeros(3, 3)), "have shapes"),
        ((torch.zeros(3, 2), torch.zeros(2, 3, 2)), "have shapes"),
        ((torch.zeros(0, 2), torch.zeros(3, 2)), "have shapes"),
        ((torch.zeros(3, 2), torch.zeros(3, 2), torch.ones(2) / 2), "one weight per point"),
        ((torch.zeros(3, 2), torch.zeros(3, 2), torch.ones(3)), "total must be within"),
        ((torch.full((3, 2), math.nan), torch.zeros(3, 2)), "x holds nan"),
        ((torch.zeros(2, 3, 2), torch.full((2, 3, 2), math.inf)), r"y\[0\] holds inf"),
        ((torch.zeros(3, 2), torch.zeros(3, 2, device="meta")), "one device"),
    ],
)
@pytest.mark.parametrize("loss", LOSSES)
def test_what_is_no_problem_is_one_line(loss, arguments, said):
    with pytest.raises(wcheck.WcheckError, match=said) as error:
        loss(*arguments)
    assert "\n" not in str(error.value)


def test_the_metric_is_the_value_alone():
    random = np.random.default_rng(0)
    x, y, a = random.normal(size=(30, 3)), random.normal(size=(20, 3)), random.dirichlet(np.ones(30))
    for p in (1, 2):
        found = metrics.wasserstein(x, y, a, p=p)
        assert type(found) is float
        assert found == wcheck.exact(x, y, a, p=p).value
    assert metrics.wasserstein(x, x) == 0.0
    assert metrics.wasserstein(x, x[::-1], p=2) == 0.0


def test_a_metric_that_is_not_certified_is_an_error(monkeypatch):
    from wcheck.transport.solve import exact

    solve = exact.exact
    monkeypatch.setattr(exact, "exact", lambda *args, **options: solve(*args, time_limit=1e-9, **options))
    x, y = np.random.default_rng(0).normal(size=(2, 600, 3))
    with pytest.raises(wcheck.WcheckError, match="certified to lie in"):
        metrics.wasserstein(x, y)
