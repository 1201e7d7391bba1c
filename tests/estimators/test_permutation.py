"""U-statistics against sums that are written out, and a permutation test of the level that it states."""

import itertools

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import binomtest

from wcheck import Measure, exact
from wcheck.errors import ParameterError
from wcheck.estimators.discrepancy import Kernel, discrepancy
from wcheck.estimators.kernels import MMD, Energy
from wcheck.estimators.permutation import permutation_test


def draw(seed, n=12, dim=2, shift=0.0, scale=1.0):
    return Measure.of(scale * np.random.default_rng(seed).normal(size=(n, dim)) + shift)


def by_hand(x, y, kernel):
    """The U-statistic, pair by pair."""
    means = [
        np.mean([kernel(np.linalg.norm(a - b)) for a, b in pairs])
        for pairs in (
            itertools.permutations(x.points, 2),
            itertools.permutations(y.points, 2),
            itertools.product(x.points, y.points),
        )
    ]
    return means[0] + means[1] - 2 * means[2]


@pytest.mark.parametrize("name", ["energy", "mmd"])
def test_a_u_statistic_is_the_mean_over_pairs_of_different_points(name):
    x, y = draw(0), draw(1, n=9, shift=0.5)
    kernels = {
        "energy": lambda r: -r / 2,
        "mmd": lambda r: 1.7**2 * np.exp(-(r**2) / (2 * 1.7**2)),
    }
    assert discrepancy(x, y, Kernel(name, 1.7)) == pytest.approx(by_hand(x, y, kernels[name]), abs=1e-12)


def test_it_is_unbiased_where_that_of_the_estimator_is_not():
    """Over pairs of one distribution the mean is 0 within its error; with every point against itself it is above."""
    pairs = [(draw(2 * seed, 8), draw(2 * seed + 1, 8)) for seed in range(300)]
    for name, biased in (("energy", Energy()), ("mmd", MMD(bandwidth=1.5))):
        found = np.array([discrepancy(*pair, Kernel(name, 1.5)) for pair in pairs])
        assert abs(found.mean()) < 4 * found.std() / np.sqrt(len(found))
        assert found.min() < 0
        others = np.array([biased(*pair).value for pair in pairs])
        assert others.mean() > 4 * found.std() / np.sqrt(len(found))


def test_the_units_are_those_of_the_estimators():
    """For many points U-statistic and V-statistic agree: half of the energy distance, and the square of the MMD."""
    x, y = draw(0, 1500), draw(1, 1500, shift=1.0)
    assert discrepancy(x, y, Kernel("energy")) == pytest.approx(Energy()(x, y).value, rel=0.02)
    squared = MMD(bandwidth=1.2)(x, y).value ** 2
    assert discrepancy(x, y, Kernel("mmd", 1.2)) == pytest.approx(squared, rel=0.02)


@pytest.mark.parametrize("statistic", ["energy", "mmd", "w1"])
def test_the_test_is_that_of_all_splits_one_by_one(statistic):
    """Another implementation: statistics of permuted samples, each by itself."""
    x, y = draw(0), draw(1, n=10, shift=0.3)
    found = permutation_test([(x, y)], statistic, permutations=39, seed=5)
    pool = np.concatenate([x.points, y.points])
    if statistic == "w1":
        value = lambda a, b: exact(a, b).value  # noqa: E731
    else:
        distances = cdist(pool, pool)
        bandwidth = np.sort(distances.ravel())[(distances.size - 1) // 2]
        kernel = Kernel(statistic, bandwidth)
        value = lambda a, b: discrepancy(a, b, kernel)  # noqa: E731
    from wcheck.rng import generator

    random = generator(5, "permutations", 0)
    orders = [np.arange(22), *(random.permutation(22) for _ in range(39))]
    values = np.array([value(Measure.of(pool[order[:12]]), Measure.of(pool[order[12:]])) for order in orders])
    assert found.value == pytest.approx(values[0], rel=1e-6)
    assert found.p_value == pytest.approx((values >= values[0] - 1e-9).mean())


def test_splits_that_are_as_far_apart_count_however_they_round():
    """On a lattice many splits are equal: multiples of 0.1 have the p-value of the integers."""
    for seed in range(10):
        points = np.random.default_rng(seed).integers(0, 3, (2, 8, 1)).astype(float)
        for statistic in ("energy", "w1"):
            whole, tenth = (
                permutation_test(
                    [tuple(map(Measure.of, unit * points))], statistic, permutations=49, seed=seed
                ).p_value
                for unit in (1.0, 0.1)
            )
            assert whole == tenth


@pytest.mark.parametrize("statistic", ["energy", "mmd"])
def test_its_level_is_that_which_it_states(statistic):
    """Several pairs at once, of one distribution each; a shift is found."""
    trials = 300
    p_values = [
        permutation_test(
            [(draw(100 * trial + k, 10, scale=1 + k), draw(100 * trial + 50 + k, 10, scale=1 + k)) for k in (0, 1)],
            statistic,
            permutations=19,
            seed=trial,
        ).p_value
        for trial in range(trials)
    ]  # fmt: skip
    rejected = sum(p_value <= 0.1 for p_value in p_values)
    assert binomtest(rejected, trials, 0.1).pvalue > 1e-3
    shifted = permutation_test([(draw(0, 30), draw(1, 30, shift=1.0))], statistic, permutations=99)
    assert shifted.p_value == 0.01


def test_one_seed_gives_one_test():
    pair = draw(0), draw(1, shift=0.2)
    first, again, other = (permutation_test([pair], permutations=49, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first.value == other.value


@pytest.mark.parametrize(
    ("pair", "options", "message"),
    [
        ((draw(0), draw(1)), {"statistic": "t"}, "statistic is 't'"),
        ((draw(0), draw(1)), {"permutations": 0}, "permutations is 0"),
        ((Measure.of([[0.0], [1.0]], [0.3, 0.7]), draw(1, dim=1)), {}, "has weights"),
        ((draw(0, n=1), draw(1)), {}, "has 1 point"),
        ((Measure.of(np.zeros((4, 2))), Measure.of(np.zeros((4, 2)))), {"statistic": "mmd"}, "no bandwidth"),
        ((draw(0, n=2001), draw(1)), {"statistic": "w1"}, "at most 2,000"),
    ],
)
def test_what_is_refused(pair, options, message):
    with pytest.raises(ParameterError, match=message):
        permutation_test([pair], **options)
