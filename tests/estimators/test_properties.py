"""Every registered estimator, classified by what must hold for it; one that is not classified fails."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.stats import ortho_group

from wcheck import Measure, exact
from wcheck.errors import ParameterError
from wcheck.estimators.registry import ESTIMATORS, make, parameters
from wcheck.measures.known import Known
from wcheck.measures.potential import Pointwise


@dataclass(frozen=True)
class Properties:
    """What must hold for an estimator, with one seed.

    ``symmetric``: x and y may change places. ``translation``, ``scaling``, ``rotation``: moving both sets moves
    nothing, scaling them scales the value. ``order``: the points may be listed in any order. ``zero``: 0 between a set
    and itself. ``below``: never above the empirical W1. ``bracket``: it claims one. None: it may or may not hold.
    """

    symmetric: bool = True
    translation: bool = True
    scaling: bool = True
    rotation: bool | None = True
    order: bool = True
    zero: bool = True
    below: bool = False
    bracket: bool = False


RANDOM = {"symmetric": False, "order": False, "zero": False}
"""What a random split or draw breaks: the sides, and the places in a list, have their own draws."""

TABLE = {
    "exact": Properties(bracket=True, below=True),
    "batch": Properties(**RANDOM),
    "sinkhorn": Properties(scaling=False, bracket=True),
    "sliced": Properties(rotation=False, below=True),
    "max-sliced": Properties(**RANDOM, rotation=None),
    "frechet": Properties(),
    "mind": Properties(rotation=False),
    "energy": Properties(below=True),
    "mmd": Properties(below=True),
    "lp-extension": Properties(**RANDOM),
    "debiased": Properties(**RANDOM),
    "critic": Properties(symmetric=False, translation=False, scaling=False, rotation=False, order=False),
    "oracle": Properties(symmetric=False),
    "closed-form": Properties(zero=False),
}
"""oracle and closed-form are given the truth, which moves with the points here."""

OPTIONS = {"batch_size": 20, "batches": 5, "projections": 40, "steps": 5, "width": 16}
NAMES = sorted(ESTIMATORS)


def estimate(name, x, y, centre=0.0, factor=1.0, **options):
    """An estimate, with a truth for those who need one: the norm is 1-Lipschitz, whatever the distributions."""
    norm = Pointwise(
        lambda points: np.linalg.norm(points - centre, axis=1),
        lambda points: (points - centre) / np.linalg.norm(points - centre, axis=1, keepdims=True),
    )
    truth = Known(0.7 * factor, norm)
    x, y = (z if isinstance(z, Measure) else Measure.of(z) for z in (x, y))
    return make(name, known=truth, **{**OPTIONS, **options})(x, y, seed=3)


@pytest.fixture(scope="module")
def points():
    random = np.random.default_rng(0)
    return random.normal(size=(60, 3)), 0.8 * random.normal(size=(60, 3)) + [0.5, 0.0, 0.0]


def close(left, right):
    return left == pytest.approx(right, rel=1e-7, abs=1e-7)


def classified(holds):
    return pytest.mark.parametrize("name", [name for name in NAMES if holds(TABLE[name])])


def test_none_escapes():
    assert TABLE.keys() == ESTIMATORS.keys()


@pytest.mark.parametrize("name", NAMES)
def test_symmetric(name, points):
    x, y = points
    assert close(estimate(name, x, y).value, estimate(name, y, x).value) == TABLE[name].symmetric


@pytest.mark.parametrize("name", NAMES)
def test_translation(name, points):
    x, y = points
    moved = estimate(name, x + 7.0, y + 7.0, centre=7.0).value
    assert close(moved, estimate(name, x, y).value) == TABLE[name].translation


@pytest.mark.parametrize("name", NAMES)
def test_scaling(name, points):
    x, y = points
    scaled = estimate(name, 3.0 * x, 3.0 * y, factor=3.0).value
    assert close(scaled, 3.0 * estimate(name, x, y).value) == TABLE[name].scaling


def test_sinkhorn_scales_with_its_regularisation(points):
    x, y = points
    scaled = estimate("sinkhorn", 3.0 * x, 3.0 * y, epsilon=3.0).value
    assert close(scaled, 3.0 * estimate("sinkhorn", x, y, epsilon=1.0).value)


@pytest.mark.parametrize("name", NAMES)
def test_rotation(name, points):
    turn = ortho_group.rvs(3, random_state=1)
    x, y = points
    turned = close(estimate(name, x @ turn, y @ turn).value, estimate(name, x, y).value)
    assert TABLE[name].rotation in (turned, None)


@pytest.mark.parametrize("name", NAMES)
def test_order(name, points):
    x, y = points
    reversed_ = estimate(name, x[::-1], y[::-1]).value
    assert close(reversed_, estimate(name, x, y).value) == TABLE[name].order


@pytest.mark.parametrize("name", NAMES)
def test_zero(name, points):
    value = estimate(name, points[0], points[0]).value
    assert (abs(value) < 1e-7) == TABLE[name].zero


@pytest.mark.parametrize("name", NAMES)
def test_points_without_weight_are_none(name, points):
    """Whatever lies there, on either side; also where they are most of the points."""
    x, y = points
    random = np.random.default_rng(1)
    weights = [random.dirichlet(np.ones(60)) for _ in range(2)]
    expected = estimate(name, *(Measure.of(z, a) for z, a in zip((x, y), weights, strict=True)))
    for extra in (1, 100):
        padded = []
        for z, a in zip((x, y), weights, strict=True):
            places = random.integers(0, 61, extra)
            there = np.insert(z, places, 1e3 * random.normal(size=(extra, 3)), axis=0)
            padded.append(Measure.of(there, np.insert(a, places, 0.0)))
        found = estimate(name, *padded)
        assert found.value == pytest.approx(expected.value, rel=1e-12)
        assert found.status == expected.status
        if found.bracket:
            assert found.bracket.lower == pytest.approx(expected.bracket.lower, rel=1e-12)
            assert found.bracket.upper == pytest.approx(expected.bracket.upper, rel=1e-12)


@classified(lambda properties: properties.below)
@pytest.mark.parametrize("seed", range(5))
def test_never_above_w1(name, seed):
    random = np.random.default_rng(seed)
    n, m, d = random.integers(1, (40, 40, 6))
    x = Measure.of(random.normal(size=(n, d)) * random.exponential(), random.dirichlet(np.ones(n)))
    y = Measure.of(random.normal(size=(m, d)) + random.normal(), random.dirichlet(np.ones(m)))
    options = [{}] if name != "mmd" else [{"kernel": "gaussian"}, {"kernel": "imq"}, {"bandwidth": 0.1}]
    for some in options:
        assert estimate(name, x, y, **some).value <= exact(x, y).value * (1 + 1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_a_bracket_holds_the_exact_distance(name, points):
    for pair in (points, (points[0], points[1][:7])):
        found = estimate(name, *pair).bracket
        assert (found is not None) == TABLE[name].bracket
        if found is not None:
            truth = exact(*pair).bracket
            assert found.lower <= truth.upper
            assert truth.lower <= found.upper
            assert found.target == "empirical"
        if name == "batch":
            break


@pytest.mark.parametrize("name", NAMES)
def test_an_estimate_is_pure_in_its_seed(name, points):
    assert estimate(name, *points) == estimate(name, *points)


@pytest.mark.parametrize("name", NAMES)
def test_the_estimand_is_said(name):
    assert ESTIMATORS[name].estimand in ("empirical", "population")
    assert ESTIMATORS[name].name == name


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("nothing", {}, "choose one of exact, batch"),
        ("sinkhorn", {"epsilon": 0.0}, "epsilon is 0"),
        ("sinkhorn", {"scaling": 1.0}, "scaling is 1"),
        ("batch", {"batch_size": 0}, "batch_size is 0"),
        ("batch", {"batch_size": 61}, "has 60 points"),
        ("sliced", {"projections": 0}, "projections is 0"),
        ("mmd", {"kernel": "laplace"}, "choose one of gaussian, imq"),
        ("mmd", {"bandwidth": -1.0}, "bandwidth is -1"),
        ("lp-extension", {"extension": "some"}, "choose one of mean"),
        ("critic", {"steps": 0}, "steps is 0"),
        ("critic", {"lipschitz": "hope"}, "lipschitz is 'hope'"),
    ],
)
def test_what_is_not_allowed_is_one_line(name, options, message, points):
    with pytest.raises(ParameterError, match=message) as error:
        estimate(name, *points, **options)
    assert "\n" not in str(error.value)


def test_unknown_truth_is_said(points):
    with pytest.raises(ParameterError, match="whose distance is known"):
        make("oracle")(Measure.of(points[0]), Measure.of(points[1]))
    with pytest.raises(ParameterError, match="give at least 2 points"):
        make("debiased")(Measure.of([0.0]), Measure.of([1.0]))


def test_options_that_an_estimator_does_not_know_are_left_out():
    assert make("sliced", projections=7, epsilon=3.0) == make("sliced", projections=7)
    assert parameters("energy") == ()
