"""Geometric k-medians: descent, optimality, every degenerate input, and what Wasserstein says of it."""

import itertools
import subprocess
import sys
import warnings

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from sklearn.exceptions import SkipTestWarning
from sklearn.utils.estimator_checks import check_estimator

import wcheck
from wcheck import GeometricKMedians, exact
from wcheck.clustering import distinct
from wcheck.errors import ParameterError
from wcheck.medians import nearest, refine

pytestmark = pytest.mark.filterwarnings("error")


def loss_of(points, centres, weights=None):
    """The mean distance to the nearest centre, the long way."""
    distances = np.linalg.norm(points[:, None] - np.asarray(centres)[None], axis=2).min(axis=1)
    return float(np.average(distances, weights=weights))


def cells_of(points, centres, weights=None):
    labels = np.linalg.norm(points[:, None] - np.asarray(centres)[None], axis=2).argmin(axis=1)
    cells = np.bincount(labels, weights, minlength=len(centres))
    return cells / cells.sum()


def uniform(n):
    return np.full(n, 1 / n)


def test_it_is_a_scikit_learn_estimator():
    with warnings.catch_warnings():
        # scikit-learn's own doing: it skips its array API check unless an environment variable is set.
        warnings.simplefilter("ignore", SkipTestWarning)
        results = check_estimator(GeometricKMedians())
    assert {result["status"] for result in results} <= {"passed", "skipped"}
    assert sum(result["status"] == "passed" for result in results) > 40


def test_importing_wcheck_imports_neither_it_nor_what_it_needs():
    script = "import sys, wcheck; assert not {'sklearn', 'torch', 'wcheck.clustering'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)
    assert "GeometricKMedians" in wcheck.__all__


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.sampled_from([1, 2, 5]), st.sampled_from([1, 2, 4]), st.booleans())
def test_every_step_descends(seed, dim, k, single):
    rng = np.random.default_rng(seed)
    points = np.round(rng.normal(size=(40, dim)), 1)  # coarse: many are equal or on a centre
    points, weights = distinct(points.astype(np.float32 if single else np.float64), uniform(40))
    if k > len(points):
        return
    start = points[:k].copy()
    losses = [
        loss_of(points, refine(points, weights, start, tol=0.0, max_iter=steps).centres, weights)
        for steps in range(8)
    ]
    assert all(after <= before * (1 + 1e-6) for before, after in itertools.pairwise(losses))
    assert losses[0] == pytest.approx(loss_of(points, start, weights))


@pytest.mark.parametrize("dim", [2, 7])
def test_one_cluster_is_the_geometric_median(dim):
    rng = np.random.default_rng(dim)
    points, weights = rng.exponential(size=(60, dim)), rng.random(60)
    fitted = GeometricKMedians(1, tol=1e-14, max_iter=5000, random_state=0).fit(points, sample_weight=weights)
    best = scipy.optimize.minimize(
        lambda centre: loss_of(points, centre[None], weights), points.mean(axis=0), method="BFGS", tol=1e-10
    )
    assert fitted.loss_ == pytest.approx(best.fun, rel=1e-9)
    assert fitted.converged_
    units = points - fitted.cluster_centers_
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    assert np.linalg.norm(weights @ units) < 1e-4 * weights.sum()


def test_on_the_line_one_cluster_is_the_weighted_median():
    points = np.array([[0.0], [1.0], [2.0], [10.0]])
    fitted = GeometricKMedians(1, tol=1e-12, max_iter=10_000).fit(points, sample_weight=[1, 1, 3, 1])
    assert fitted.cluster_centers_[0, 0] == pytest.approx(2.0, abs=1e-5)


def test_a_centre_on_a_point_that_is_not_the_median_moves_off_it():
    points = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [5.0, 5.0]])
    found = refine(points, uniform(5), points[4:], tol=0.0)
    # On the diagonal, where the far point's pull is met: 2 (2t - 1) / sqrt((1 - t)^2 + t^2) = sqrt(2).
    assert found.centres[0] == pytest.approx(0.5 + 0.5 / np.sqrt(3), abs=1e-6)


def test_points_far_apart_do_not_end_it_early():
    """The far point decides nothing but a direction: the median lies among the others, to the last digits."""
    points = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1e9, 1e9]])
    fitted = GeometricKMedians(1).fit(points)
    assert fitted.converged_
    assert fitted.cluster_centers_[0] == pytest.approx(0.5 + 0.5 / np.sqrt(3), abs=1e-5)


@pytest.mark.parametrize("degrees", [119.0, 120.0, 121.0, 150.0])
def test_the_median_of_a_triangle(degrees):
    """A vertex of 120 degrees or more is the median itself; of less, nearly so."""
    half = np.deg2rad(degrees / 2)
    points = np.array([[0.0, 0.0], [np.cos(half), np.sin(half)], [np.cos(half), -np.sin(half)]])
    fitted = GeometricKMedians(1, max_iter=1000).fit(points)
    assert fitted.converged_
    if degrees >= 120:
        assert (fitted.cluster_centers_ == 0).all()
    else:  # the sides are seen under 120 degrees each
        expected = np.cos(half) - np.sin(half) / np.sqrt(3)
        assert fitted.cluster_centers_[0] == pytest.approx([expected, 0.0], abs=1e-4)


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from([1, 2, 5]), st.sampled_from([1, 3]))
def test_converged_means_that_no_centre_is_better_by_more_than_the_tolerance(seed, dim, k):
    rng = np.random.default_rng(seed)
    points = rng.standard_cauchy(size=(30, dim))
    fitted = GeometricKMedians(k, tol=1e-3, random_state=0, max_iter=1000).fit(points)
    assert fitted.converged_ == (fitted.residual_ <= 1e-3)
    for label in range(k):
        cell = points[fitted.labels_ == label]
        loss = loss_of(cell, fitted.cluster_centers_[label][None])
        best = GeometricKMedians(1, tol=1e-9, max_iter=3000).fit(cell).loss_
        assert loss * (1 - fitted.residual_ - 1e-9) <= best


def test_a_centre_on_a_point_that_is_the_median_stays():
    points = np.array([[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    found = refine(points, uniform(5), points[:1].copy())
    assert (found.centres == 0).all()
    assert found.residual == 0.0


def test_weights_are_repetitions_and_order_does_not_matter():
    rng = np.random.default_rng(0)
    points, counts = rng.normal(size=(50, 3)), rng.integers(0, 4, 50)
    repeated = rng.permutation(points.repeat(counts, axis=0))
    one = GeometricKMedians(6, random_state=3).fit(points, sample_weight=counts)
    other = GeometricKMedians(6, random_state=3).fit(repeated)
    assert one.cluster_centers_ == pytest.approx(other.cluster_centers_)
    assert one.loss_ == pytest.approx(other.loss_)


def test_the_best_start_is_kept():
    points = np.random.default_rng(0).normal(size=(300, 4))
    many = GeometricKMedians(12, n_init=20, random_state=0).fit(points)
    first = GeometricKMedians(12, n_init=1, random_state=0).fit(points)
    assert many.loss_ < first.loss_
    assert many.loss_ == pytest.approx(loss_of(points, many.cluster_centers_))


def test_it_is_no_worse_than_the_k_means_it_starts_from():
    points = np.random.default_rng(1).exponential(size=(400, 3)).astype(np.float32)
    fitted = GeometricKMedians(9, random_state=1).fit(points)
    assert fitted.loss_ < fitted.kmeans_loss_
    assert fitted.cluster_centers_.dtype == np.float32
    ordered, _ = distinct(points, uniform(400))
    seed = np.random.RandomState(1).randint(2**31)
    kmeans = KMeans(9, n_init=1, random_state=seed).fit(ordered)
    assert fitted.kmeans_loss_ == pytest.approx(loss_of(points, kmeans.cluster_centers_), rel=1e-6)


def test_as_many_clusters_as_points_lose_nothing():
    points = np.random.default_rng(0).normal(size=(12, 2))
    fitted = GeometricKMedians(12).fit(points)
    assert fitted.loss_ == 0.0
    assert sorted(map(tuple, fitted.cluster_centers_)) == sorted(map(tuple, points))
    assert fitted.cluster_weights_ == pytest.approx(1 / 12)


def test_more_clusters_than_distinct_points_repeat_them_with_no_weight():
    points = np.repeat([[0.0, 1.0], [2.0, 3.0]], 5, axis=0)
    fitted = GeometricKMedians(4).fit(points)
    assert fitted.loss_ == 0.0
    assert sorted(fitted.cluster_weights_) == [0.0, 0.0, 0.5, 0.5]
    assert fitted.cluster_centers_.shape == (4, 2)


def test_duplicates_are_one_point_of_their_weight():
    points = np.array([[0.0], [0.0], [0.0], [1.0], [7.0]])
    fitted = GeometricKMedians(2, random_state=0, tol=0.0).fit(points)
    assert sorted(fitted.cluster_centers_[:, 0]) == pytest.approx([0.0, 7.0], abs=1e-6)
    assert fitted.loss_ == pytest.approx(1 / 5)


def test_minus_zero_is_zero():
    rows, weights = distinct(np.array([[0.0, 1.0], [-0.0, 1.0]]), uniform(2))
    assert rows.tolist() == [[0.0, 1.0]]
    assert weights.tolist() == [1.0]


def test_an_empty_cell_gets_the_point_that_costs_most():
    points = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [50.0, 50.0], [51.0, 50.0]])
    far = np.full((1, 2), 1e6)
    found = refine(points, uniform(5), np.vstack([points[:1], far, far]), tol=1e-9)
    assert loss_of(points, found.centres) < 1.0
    assert len(np.unique(nearest(points, found.centres)[0])) == 3


def test_singletons_get_their_point_exactly():
    points = np.vstack([np.random.default_rng(0).normal(size=(20, 2)), [[100.0, 0.0]], [[0.0, 100.0]]])
    fitted = GeometricKMedians(3, random_state=0).fit(points)
    sizes = np.bincount(fitted.labels_)
    alone = fitted.cluster_centers_[sizes == 1]
    assert sorted(map(tuple, alone)) == [(0.0, 100.0), (100.0, 0.0)]


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e9])
@pytest.mark.parametrize("shift", [0.0, 1e3])
def test_scale_and_place_of_the_data_do_not_matter(scale, shift):
    points = np.random.default_rng(0).normal(size=(200, 3))
    plain = GeometricKMedians(5, random_state=0).fit(points)
    moved = (points + shift) * scale
    start = plain.cluster_centers_[:5]
    expected = refine(points, uniform(200), start).centres
    found = refine(moved, uniform(200), (start + shift) * scale).centres
    assert found / scale - shift == pytest.approx(expected, abs=1e-7)


def test_far_from_the_origin_in_float32_cells_are_right_to_the_data_s_own_rounding():
    points = (np.random.default_rng(0).normal(size=(500, 8)) + 1e3).astype(np.float32)
    fitted = GeometricKMedians(10, random_state=0).fit(points)
    assert fitted.loss_ == pytest.approx(loss_of(points.astype(float), fitted.cluster_centers_.astype(float)))
    assert fitted.loss_ < fitted.kmeans_loss_


def test_threads_change_no_bit():
    import torch

    points = np.random.default_rng(0).normal(size=(3000, 40))
    before = torch.get_num_threads()
    found = []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            found.append(refine(points, uniform(3000), points[:20].copy()).centres)
    finally:
        torch.set_num_threads(before)
    assert (found[0] == found[1]).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_clusters": 0}, "n_clusters is 0"),
        ({"n_clusters": 6}, "n_clusters is 6, but there are n_samples=5"),
        ({"n_init": 0}, "n_init is 0"),
        ({"max_iter": 0}, "max_iter is 0"),
        ({"tol": -1.0}, "tol is -1.0"),
        ({"tol": np.nan}, "tol is nan"),
    ],
)
def test_what_cannot_be_fitted_is_refused(options, message):
    with pytest.raises(ParameterError, match=message):
        GeometricKMedians(**{"n_clusters": 2, **options}).fit(np.arange(10.0).reshape(5, 2))


def test_no_weight_at_all_is_refused():
    with pytest.raises(ValueError, match=r"(?i)weight"):
        GeometricKMedians(1).fit([[0.0], [1.0]], sample_weight=[0.0, 0.0])


# Lemma A.1.1: for any k points, weighted by their cells, W1 to the data is the mean distance to the nearest.


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(1, 4), st.integers(1, 9))
def test_lemma_any_points_weighted_by_their_cells(seed, dim, k):
    rng = np.random.default_rng(seed)
    points, weights = rng.normal(size=(60, dim)), rng.random(60)
    weights /= weights.sum()
    centres = rng.normal(size=(k, dim))
    labels, distances = nearest(points, centres)
    bracket = exact(points, centres, weights, np.bincount(labels, weights, minlength=k)).bracket
    mean = weights @ distances
    slack = 1e-12 * mean
    assert bracket.lower - slack <= mean <= bracket.upper + slack
    assert bracket.gap <= 1e-6 * mean


def test_lemma_fails_for_other_weights():
    points = np.random.default_rng(0).normal(size=(60, 2))
    centres = np.array([[0.0, 0.0], [4.0, 4.0]])
    assert exact(points, centres).bracket.lower > 1.5 * loss_of(points, centres)


def test_lemma_on_what_the_estimator_reports():
    points = np.random.default_rng(2).exponential(size=(300, 5)).astype(np.float32)
    fitted = GeometricKMedians(16, random_state=0).fit(points)
    result = exact(points, fitted.cluster_centers_, None, fitted.cluster_weights_)
    assert result.value == pytest.approx(fitted.loss_, rel=1e-6)


# Theorem A.1.3: the global optimum so weighted is the nearest of all measures on k points.


def best_on_the_line(points, k):
    """The least mean distance to k points on the line, by dynamic programming over the sorted points."""
    ordered = np.sort(points)
    n = len(ordered)
    cost = np.zeros((n + 1, n + 1))
    for i, j in itertools.combinations(range(n + 1), 2):
        part = ordered[i:j]
        cost[i, j] = np.abs(part - np.median(part)).sum()
    best = np.full(n + 1, np.inf)
    best[0] = 0.0
    for _ in range(k):
        best = np.array([min(best[i] + cost[i, j] for i in range(j + 1)) for j in range(n + 1)])
    return best[n] / n


def best_by_enumeration(points, k):
    """The least mean distance to k points, over all partitions: the best of each subset, then of the unions."""
    n = len(points)
    cost = np.zeros(1 << n)
    for subset in range(1, 1 << n):
        part = points[[i for i in range(n) if subset >> i & 1]]
        centre = refine(part, uniform(len(part)), part.mean(axis=0)[None], tol=1e-9).centres
        cost[subset] = len(part) * min(loss_of(part, centre), *(loss_of(part, row[None]) for row in part))
    best = cost.copy()
    for _ in range(k - 1):
        best = np.array([_least(best, cost, subset) for subset in range(1 << n)])
    return best[-1] / n


def _least(best, cost, subset):
    least, part = best[subset], subset
    while part:  # all subsets of the subset
        least = min(least, best[subset ^ part] + cost[part])
        part = (part - 1) & subset
    return least


def measures_on(k, points, rng):
    """Measures on k points: good and bad places, good and bad weights."""
    kmeans = KMeans(k, n_init=3, random_state=0).fit(points).cluster_centers_
    kmedians = GeometricKMedians(k, n_init=3, random_state=0).fit(points).cluster_centers_
    places = [kmeans, kmedians, kmedians + 0.1 * rng.normal(size=kmedians.shape)]
    places += [points[rng.choice(len(points), k, replace=False)] for _ in range(10)]
    for place in places:
        yield place, cells_of(points, place)
        yield place, np.full(k, 1 / k)
        yield place, rng.dirichlet(np.ones(k))


@pytest.mark.parametrize(("seed", "k"), [(0, 1), (1, 2), (2, 5), (3, 9)])
def test_theorem_on_the_line_against_dynamic_programming(seed, k):
    rng = np.random.default_rng(seed)
    points = rng.standard_cauchy(40)[:, None]
    optimum = best_on_the_line(points[:, 0], k)
    found = GeometricKMedians(k, n_init=60, random_state=0, tol=1e-12, max_iter=3000).fit(points)
    assert found.loss_ >= optimum * (1 - 1e-9)
    assert found.loss_ == pytest.approx(optimum, rel=0.02)
    for place, weights in measures_on(k, points, rng):
        assert exact(points, place, None, weights).bracket.upper >= optimum * (1 - 1e-9)


@pytest.mark.parametrize(("n", "dim", "k"), [(8, 2, 2), (9, 3, 3), (9, 2, 4)])
def test_theorem_against_enumeration(n, dim, k):
    rng = np.random.default_rng(n + dim + k)
    points = rng.normal(size=(n, dim))
    optimum = best_by_enumeration(points, k)
    found = GeometricKMedians(k, n_init=40, random_state=0, tol=1e-12, max_iter=3000).fit(points)
    assert found.loss_ == pytest.approx(optimum, rel=1e-6)
    assert exact(points, found.cluster_centers_, None, found.cluster_weights_).value == pytest.approx(
        optimum, rel=1e-6
    )
    for place, weights in measures_on(k, points, rng):
        assert exact(points, place, None, weights).bracket.upper >= optimum * (1 - 1e-9)


def test_the_two_ways_to_the_optimum_agree_and_a_bad_start_is_above_it():
    points = np.random.default_rng(5).exponential(size=9)
    optimum = best_on_the_line(points, 3)
    assert best_by_enumeration(points[:, None], 3) == pytest.approx(optimum, rel=1e-9)
    stuck = refine(points[:, None], uniform(9), np.sort(points)[:3, None], tol=1e-9).centres
    assert loss_of(points[:, None], stuck) > 1.01 * optimum
