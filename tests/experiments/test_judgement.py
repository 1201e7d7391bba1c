"""A critic's values judged from Python: closed forms, the audit of the same critic, and what must be refused."""

import math

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import wcheck
from wcheck.critics.audit import audit
from wcheck.critics.recipe import Recipe
from wcheck.critics.training import Training
from wcheck.errors import ParameterError
from wcheck.learning.samplers import FrozenPoints
from wcheck.measures.measure import Measure
from wcheck.transport.bounds.potentials import AllPairs

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(40, 3)) + 1.0, RNG.normal(size=(50, 3))


def height(points):
    """A 1-Lipschitz function."""
    return points[:, 0]


def test_a_shift_is_certified_whole_by_the_coordinate_along_it():
    y = np.linspace(0.0, 1.0, 30)[:, None]
    x = y + 2.0
    found = wcheck.judge(x, y, height(x), height(y))
    assert found.claimed == pytest.approx(2.0)
    assert found.slope == pytest.approx(1.0)
    assert found.exact.lower <= 2.0 <= found.exact.upper
    assert 1.0 - 1e-6 < found.share <= 1.0
    assert found.c_transform == pytest.approx(2.0, rel=1e-4)
    assert found.constant == pytest.approx(1.5)  # from each set to the nearest end of the other


@given(
    st.integers(0, 2**32 - 1), st.sampled_from([1e-250, 1e-3, 1.0, 1e200]), st.sampled_from([0.0, 1.0, -1e3])
)
@settings(max_examples=25)
def test_nothing_is_certified_beyond_the_distance_whatever_the_values(seed, size, offset):
    rng = np.random.default_rng(seed)
    direction = rng.normal(size=3)
    noise = [0.3 * rng.normal(size=len(points)) for points in (X, Y)]
    f, g = (size * (points @ direction + some + offset) for points, some in zip((X, Y), noise, strict=True))
    found = wcheck.judge(X, Y, f, g)
    assert found.constant <= found.c_transform <= found.exact.upper
    assert found.certified <= found.exact.upper
    rises = (f[:, None] - g) / np.linalg.norm(X[:, None] - Y, axis=2)
    assert found.slope == pytest.approx(max(0.0, rises.max()), rel=1e-4)
    assert found.claimed == pytest.approx(f.mean() - g.mean(), rel=1e-9, abs=1e-12 * size * (1 + abs(offset)))


def test_a_large_constant_costs_no_digits():
    plain, lifted = (wcheck.judge(X, Y, height(X) + c, height(Y) + c) for c in (0.0, 1e9))
    assert lifted.certified == pytest.approx(plain.certified, rel=1e-5)
    assert lifted.slope == pytest.approx(plain.slope, rel=1e-5)


def test_a_claim_that_is_too_large_is_not_certified():
    """The comparison must be able to fail: steeper values claim more than the distance, and certify as much."""
    plain, steep = (wcheck.judge(X, Y, scale * height(X), scale * height(Y)) for scale in (1.0, 100.0))
    assert plain.claimed < plain.exact.upper < steep.claimed
    assert steep.certified == pytest.approx(plain.certified)
    assert steep.claimed_share == pytest.approx(100 * plain.claimed_share)


def test_it_says_what_an_audit_of_the_same_network_says():
    x, y = (Measure.of(points.astype(np.float32)) for points in (X, Y))
    training = Training(Recipe.of(width=16, batch_size=20), FrozenPoints(x), FrozenPoints(y))
    training.advance(30)
    critic = training.critic
    of_audit = audit(critic, FrozenPoints(x), FrozenPoints(y), AllPairs(x, y), grad_points=10, seed=0)
    values = [critic.network(torch.from_numpy(measure.dense())) for measure in (x, y)]  # with their gradients
    found = wcheck.judge(x, y, *values)
    assert found.claimed == pytest.approx(of_audit.value, rel=1e-5)
    assert found.slope == pytest.approx(of_audit.lipschitz_pairs, rel=1e-4)
    assert found.certified == pytest.approx(of_audit.normalised_pairs, rel=1e-4)
    assert found.c_transform == pytest.approx(of_audit.lower, rel=1e-3)


@pytest.mark.parametrize(
    "brought",
    [
        lambda values: values[:, None],
        lambda values: torch.from_numpy(values)[:, None].requires_grad_(),
        lambda values: list(values),
        lambda values: pd.Series(values),
    ],
    ids=["column", "tensor", "list", "series"],
)
def test_values_are_read_in_the_shapes_that_networks_return(brought):
    plain = wcheck.judge(X, Y, height(X), height(Y))
    assert wcheck.judge(X, Y, brought(height(X)), brought(height(Y))) == plain


def test_half_precision_is_read_as_it_is():
    values = [torch.from_numpy(height(points)).to(torch.bfloat16) for points in (X, Y)]
    found = wcheck.judge(X, Y, *values)
    assert found.certified <= found.exact.upper
    assert found.claimed == pytest.approx(height(X).mean() - height(Y).mean(), abs=0.01)


def test_weights_count():
    x, y = np.array([[0.0], [1.0]]), np.array([[0.0], [3.0]])
    found = wcheck.judge(x, y, -height(x), -height(y), [0.5, 0.5], [0.25, 0.75])
    assert found.claimed == pytest.approx(1.75)
    assert found.certified == pytest.approx(found.exact.upper) == pytest.approx(1.75)


def test_a_critic_that_is_flat_or_upside_down_says_so():
    flat = wcheck.judge(X, Y, np.zeros(40), np.zeros(50))
    assert (flat.claimed, flat.slope, flat.certified, flat.share) == (0.0, 0.0, None, None)
    assert flat.c_transform == flat.constant
    assert "claims and certifies nothing" in flat.told()
    turned = wcheck.judge(X, Y, -height(X), -height(Y))
    assert turned.claimed < 0
    assert "higher on y than on x" in turned.told()


def test_what_is_told_names_the_sets_and_the_share():
    told = str(wcheck.judge(X, Y, height(X), height(Y)))
    assert "from any point of y to any point of x" in told
    assert "c-transform" in told


NAN = np.where(np.arange(40) == 7, math.nan, 0.0)
REFUSED = {
    "nan at point 7": (X, Y, NAN, height(Y)),
    r"inf at point 0 \(50 of 50": (X, Y, height(X), np.full(50, math.inf)),
    r"f has shape \(50,\), and x has 40 points.*f is of x, and g of y": (X, Y, height(Y), height(X)),
    r"f has shape \(40, 40\)": (X, Y, np.zeros((40, 40)), height(Y)),
    r"g has shape \(1, 50\)": (X, Y, height(X), height(Y)[None]),
    "g has dtype complex128": (X, Y, height(X), height(Y) + 0j),
    "dimension 3 and y has dimension 2": (X, Y[:, :2], height(X), height(Y)),
    r"x\[3\] is also a point of y|y\[3\] is also a point of x": (
        X,
        X,
        height(X),
        np.where(np.arange(40) == 3, 9, height(X)),
    ),
}


@pytest.mark.parametrize("said", REFUSED, ids=lambda said: said[:20])
def test_what_nothing_can_be_said_of_is_refused(said):
    with pytest.raises(ParameterError, match=said):
        wcheck.judge(*REFUSED[said])


def test_a_shared_point_may_have_values_that_differ_by_rounding():
    f = height(X).astype(np.float32)
    found = wcheck.judge(X, X, f, np.nextafter(f, np.float32(9)))
    assert found.exact.upper == 0.0
    assert found.share is None
    assert found.certified == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("call", ["slope", "lower_bound"])
def test_the_scans_of_all_pairs_refuse_the_same(call):
    x, y = Measure.of(X), Measure.of(Y)
    scan = getattr(AllPairs(x, y), call)
    f, g = torch.zeros(40), torch.zeros(50)
    for wrong in (f[:, None], torch.full((40,), math.nan), torch.zeros(41)):
        with pytest.raises(ParameterError, match="f "):
            scan(wrong, g)
