"""Pairs of known truth: optimality in numbers, the truth against quadrature and against the exact solver."""

import math
from itertools import pairwise

import numpy as np
import pytest
import scipy.integrate

from wcheck import exact
from wcheck.errors import SourceError
from wcheck.estimators.registry import make
from wcheck.measures.funnels import Funnels, funnels, mean_distance
from wcheck.measures.known import known
from wcheck.measures.measure import Measure
from wcheck.measures.sources import Preprocessing, load, load_pair

SHAPES = [(1, 1), (1, 5), (2, 4), (16, 64)]


def drawn(dim, count, n=200, seed=0, **options):
    """Funnels and points of their cube."""
    u = funnels(dim, count, 2.5, options.pop("offset", 0.1), options.pop("pair", 0))
    return u, np.random.default_rng(seed).uniform(-2.5, 2.5, (n, dim))


def texts(dim, count, move=0.5, **options):
    shape = "".join(f",{key}={value}" for key, value in {"funnels": count, **options}.items())
    return f"funnel:dim={dim}{shape}", f"funnel:dim={dim},move={move}{shape}"


@pytest.mark.parametrize(("dim", "count"), SHAPES)
def test_u_is_its_definition(dim, count):
    u, z = drawn(dim, count)
    by_hand = [min(math.dist(point, a) + b for a, b in zip(u.centres, u.offsets, strict=True)) for point in z]
    assert u(z) == pytest.approx(by_hand, abs=1e-12)


@pytest.mark.parametrize(("dim", "count"), SHAPES)
def test_the_gradient_is_unit_and_that_of_finite_differences(dim, count):
    u, z = drawn(dim, count)
    gradient = u.gradient(z)
    assert np.linalg.norm(gradient, axis=1) == pytest.approx(1.0, abs=1e-12)
    direction = np.random.default_rng(1).standard_normal((len(z), dim))
    step = 1e-6
    slopes = (u(z + step * direction) - u(z - step * direction)) / (2 * step)
    smooth = u.active(z + step * direction) == u.active(z - step * direction)
    near = u.distances(z) < 1e-3
    assert (smooth & ~near).sum() > 0.9 * len(z)
    assert slopes[smooth & ~near] == pytest.approx(
        np.einsum("nd,nd->n", gradient, direction)[smooth & ~near], abs=1e-4
    )


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
@pytest.mark.parametrize(("dim", "count"), SHAPES)
def test_points_move_towards_their_centre_and_never_past_it(dim, count, share):
    u, z = drawn(dim, count)
    centres, gradient, moved = u.centres[u.active(z)], u.gradient(z), u.moved(z, share)
    left = np.einsum("nd,nd->n", moved - centres, gradient)
    assert left == pytest.approx((1 - share) * u.distances(z), abs=1e-12)
    assert (left >= -1e-12).all()
    # ... and their centre stays the active one, so that u falls as fast as they move.
    assert u(z) - u(moved) == pytest.approx(np.linalg.norm(z - moved, axis=1), abs=1e-12)
    if share < 1:
        assert np.array_equal(u.active(moved), u.active(z))


def test_u_is_1_lipschitz_and_twice_u_is_not_taken_for_it():
    u, z = drawn(3, 8)
    far = np.linalg.norm(z[:, None] - z, axis=2)
    assert (np.abs(u(z)[:, None] - u(z)) <= far + 1e-12).all()
    assert not (np.abs(2 * u(z)[:, None] - 2 * u(z)) <= far + 1e-12).all()


@pytest.mark.parametrize(("dim", "count"), [(1, 3), (2, 4), (16, 4), (16, 64)])
def test_between_coupled_points_the_exact_distance_is_the_mean_move(dim, count):
    """The proof of optimality in numbers, and why the rows of an experiment draw x and y independently."""
    u, x = drawn(dim, count, n=100)
    y = u.moved(x, 0.6)
    move = np.linalg.norm(x - y, axis=1).mean()
    bracket = exact(x, y, tol=1e-9).bracket
    room = 1e-12 * move
    assert bracket.lower - room <= move <= bracket.upper + room
    assert u(x).mean() - u(y).mean() == pytest.approx(move, rel=1e-12)
    # Past the centre the same coupling is no longer optimal: the comparison can fail.
    beyond = u.moved(x, 1.8)
    assert exact(x, beyond).bracket.upper < np.linalg.norm(x - beyond, axis=1).mean() - 0.01


def test_coupled_draws_make_the_plug_in_exact_and_independent_ones_do_not():
    source, target = texts(16, 4)
    truth = known(source + ",n=150", target + ",n=150").distance
    x, y = load_pair(source + ",n=150", target + ",n=150")
    u = funnels(16, 4, 2.5, 0.1, 0)
    coupled = exact(x.dense(), u.moved(x.dense(), 0.5)).value
    independent = exact(x, y).value
    assert coupled == pytest.approx(truth, rel=0.05)
    assert independent > 1.3 * truth
    assert not np.isclose(x.dense()[:, None], y.dense()).all(axis=2).any()


@pytest.mark.parametrize("dim", [1, 2])
def test_the_truth_against_quadrature(dim):
    u = funnels(dim, 3, 2.5, 0.1, 1)
    mean, error = mean_distance(dim, 3, 2.5, 0.1, 1)
    axis = np.linspace(-2.5, 2.5, 601)
    grid = np.stack(np.meshgrid(*[axis] * dim, indexing="ij"), axis=-1).reshape(-1, dim)
    values = u.distances(grid).reshape([601] * dim)
    for _ in range(dim):
        values = scipy.integrate.simpson(values, x=axis, axis=0) / 5.0
    assert 0 < error < 2e-3
    assert mean == pytest.approx(float(values), abs=4 * error + 1e-4)
    assert mean != pytest.approx(1.01 * float(values), abs=4 * error + 1e-4)


@pytest.mark.parametrize(("dim", "n"), [(1, 4000), (2, 600)])
def test_the_truth_against_the_exact_distance_of_many_points(dim, n):
    """The plug-in errs upwards by no more than what it says between samples of one distribution."""
    source, target = texts(dim, 4)
    source, target = f"{source},n={n}", f"{target},n={n}"
    truth = known(source, target)
    plug_in = exact(*load_pair(source, target)).value
    same = [exact(*load_pair(text, text)).value for text in (source, target)]
    spread = 5 * 2.5 / math.sqrt(n)
    assert truth.distance - spread < plug_in < truth.distance + sum(same) + spread


def test_the_oracle_estimator_of_funnels_is_unbiased_and_a_wrong_potential_is_seen():
    source, target = (text + ",n=4000" for text in texts(16, 4))
    truth = known(source, target)
    x, y = load_pair(source, target)
    found = make("oracle", known=truth)(x, y)
    room = 4 * (found.standard_error + truth.standard_error)
    assert abs(found.value - truth.distance) < room
    assert make("closed-form", known=truth)(x, y).standard_error == truth.standard_error
    wrong = known(*(text + ",n=4000" for text in texts(16, 4, pair=1)))
    assert abs(make("oracle", known=wrong)(x, y).value - truth.distance) > room


def test_moves_add_up_and_turn_around():
    source, target = texts(4, 4)
    further = target.replace("0.5", "0.8")
    whole, first, second, back = (
        known(*pair) for pair in ((source + ",n=9", further + ",n=7"), (source + ",n=9", target + ",n=9"),
                                  (target + ",n=9", further + ",n=9"), (further + ",n=9", source + ",n=9"))
    )  # fmt: skip
    assert whole.distance == pytest.approx(first.distance + second.distance)
    assert whole.standard_error == pytest.approx(first.standard_error + second.standard_error)
    assert back.distance == whole.distance
    z = Measure.of(np.random.default_rng(0).uniform(-2, 2, (5, 4)))
    assert np.array_equal(back.potential(z), -whole.potential(z))
    assert np.array_equal(back.potential.gradient(z), -whole.potential.gradient(z))


@pytest.mark.parametrize("change", ["funnels=5", "radius=2", "offset=0.2", "pair=3"])
def test_other_funnels_are_another_pair(change):
    same = "funnel:dim=2,n=10"
    assert known(same, same + ",move=0.5") is not None
    assert known(same, same + ",move=0.5," + change) is None
    assert known(same, "gaussian:dim=2,n=10") is None
    assert known(same, "funnel:dim=3,n=10,move=0.5") is None
    assert known(same, "funnel:dim=2,n=20").distance == 0.0


@pytest.mark.parametrize(
    "pair",
    [
        ("gaussian:dim=3,n=9", "gaussian:dim=3,n=9,mean=1"),
        ("gaussian:dim=3,n=9,std=2", "gaussian:dim=3,n=9,mean=1"),
        ("gaussian:dim=3,n=9", "gaussian:dim=3,n=9,std=2"),
        ("gaussian:dim=3,n=9", "gaussian:dim=3,n=9"),
        texts(3, 1, n=9),
    ],
)
def test_gradients_of_all_known_pairs_are_those_of_their_potentials(pair):
    potential = known(*pair).potential
    z = np.random.default_rng(0).standard_normal((50, 3))
    for axis in np.eye(3):
        after, before = (potential(Measure.of(z + step * axis)) for step in (1e-6, -1e-6))
        slopes = (after - before) / 2e-6
        assert slopes == pytest.approx(potential.gradient(Measure.of(z)) @ axis, abs=1e-4)


def test_a_cone_has_one_centre():
    u = Funnels(np.array([[3.0, 4.0]]), np.zeros(1))
    assert u(np.zeros((1, 2))) == pytest.approx([5.0])
    assert u.gradient(np.array([[3.0, 4.0], [3.0, 5.0]])).tolist() == [[0.0, 0.0], [0.0, 1.0]]
    assert (
        known("funnel:dim=2,funnels=1,offset=7,n=5", "funnel:dim=2,funnels=1,offset=7,n=5,move=1").distance
        < 5
    )


def test_the_source_is_uniform_and_its_funnels_do_not_depend_on_the_draw():
    points = load("funnel:dim=3,n=20000,radius=2").dense()
    for coordinate in points.T:
        assert scipy.stats.kstest(coordinate, "uniform", args=(-2, 4)).pvalue > 1e-4
    ends = [load("funnel:dim=3,n=500,move=1,funnels=3", preprocessing=Preprocessing(data_seed=seed)).dense()
            for seed in (0, 1)]  # fmt: skip
    first, second = (np.unique(z.round(9), axis=0) for z in ends)
    assert np.array_equal(first, second)
    assert len(first) == 3
    shares = [
        known("funnel:dim=3,n=5", f"funnel:dim=3,n=5,move={share}").distance for share in (0.25, 0.5, 1)
    ]
    assert all(low < high for low, high in pairwise(shares))


@pytest.mark.parametrize("change", ["move=1.5", "move=-0.1", "funnels=0", "pair=-1", "offset=-1", "radius=0"])
def test_parameters_that_are_not_allowed_are_named(refuses, change):
    with refuses(SourceError, change, change.partition("=")[0]):
        load(f"funnel:dim=2,n=5,{change}")
