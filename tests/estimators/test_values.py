"""Values that are known: closed forms, limits, second implementations, and what averages must do."""

import math

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist
from scipy.special import gamma
from scipy.stats import energy_distance, foldnorm, wasserstein_distance

from wcheck import Measure, exact
from wcheck.estimators.extension import extensions
from wcheck.estimators.registry import make
from wcheck.measures.known import known
from wcheck.measures.sources import Preprocessing, load_pair
from wcheck.transport.bounds.projections import projected_distances, steepest_direction
from wcheck.transport.entropic.sinkhorn import sinkhorn


def measures(n=50, m=60, d=3, seed=0, weighted=False):
    random = np.random.default_rng(seed)
    weights = [random.dirichlet(np.ones(k)) if weighted else None for k in (n, m)]
    return Measure.of(random.normal(size=(n, d)), weights[0]), Measure.of(
        1.3 * random.normal(size=(m, d)) + 0.4, weights[1]
    )


def log_sinkhorn(x, y, epsilon):
    """A converged Sinkhorn in the log domain, by nothing but its definition: (f, g, cost, dual)."""
    cost = torch.from_numpy(cdist(x.points, y.points))
    log_a, log_b = (torch.from_numpy(np.log(z.weights)) for z in (x, y))
    g = torch.zeros(len(y), dtype=torch.float64)
    for _ in range(3_000):
        f = -epsilon * torch.logsumexp(log_b + (g - cost) / epsilon, 1)
        new = -epsilon * torch.logsumexp(log_a[:, None] + (f[:, None] - cost) / epsilon, 0)
        moved, g = (new - g).abs().max(), new
        if moved < 1e-12:
            break
    plan = torch.exp(log_a[:, None] + log_b + (f[:, None] + g - cost) / epsilon)
    return float((plan * cost).sum()), float(log_a.exp() @ f + log_b.exp() @ g)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("epsilon", [0.1, 1.0, 100.0])
def test_sinkhorn_is_that_of_its_definition(epsilon, weighted):
    x, y = measures(weighted=weighted)
    found = sinkhorn(x, y, epsilon, scaling=0.99)
    cost, dual = log_sinkhorn(x, y, epsilon)
    own = 0.5 * (log_sinkhorn(x, x, epsilon)[1] + log_sinkhorn(y, y, epsilon)[1])
    accuracy = 1e-3 if epsilon >= 1 else 1e-2
    assert found.divergence == pytest.approx(dual - own, rel=accuracy)
    assert found.regularised_cost == pytest.approx(dual, rel=accuracy)
    assert found.transport_cost == pytest.approx(cost, rel=accuracy)


def test_sinkhorn_is_geomloss_where_its_distances_are_right():
    from geomloss import SamplesLoss

    x, y = measures()
    theirs = SamplesLoss("sinkhorn", p=1, blur=0.5, scaling=0.9, diameter=20.0, backend="tensorized")
    value = float(theirs(*(torch.from_numpy(z.points) for z in (x, y))))
    assert sinkhorn(x, y, 0.5).divergence == pytest.approx(value, rel=1e-3)


def test_a_coarser_annealing_is_farther_from_convergence():
    x, y = measures()
    violations = [sinkhorn(x, y, 0.3, scaling=scaling).marginal_violation for scaling in (0.99, 0.9, 0.5)]
    assert violations == sorted(violations)
    assert violations[-1] > 10 * violations[0]


def test_sinkhorn_says_where_it_has_not_converged():
    """Off by percents at a small epsilon and the default scaling, and not with a slower annealing."""
    x, y = measures(150, 150)
    exact_value = make("sinkhorn", epsilon=0.05, scaling=0.999)(x, y).value
    hasty, slow, mild = (
        make("sinkhorn", **options)(x, y)
        for options in ({"epsilon": 0.05}, {"epsilon": 0.05, "scaling": 0.99}, {"epsilon": 1.0})
    )
    assert (hasty.status, slow.status, mild.status) == ("unconverged", "ok", "ok")
    assert hasty.about["marginal_violation"] > 0.05 > slow.about["marginal_violation"]
    assert abs(hasty.value / exact_value - 1) > 0.01
    assert slow.value == pytest.approx(exact_value, rel=2e-3)


def test_sinkhorn_lies_between_w1_and_the_energy_distance():
    x, y = measures()
    truth, energy = exact(x, y).value, make("energy")(x, y).value
    small, large = (make("sinkhorn", epsilon=epsilon)(x, y).value for epsilon in (0.01, 1e5))
    assert small == pytest.approx(truth, rel=0.02)
    assert large == pytest.approx(energy, rel=1e-3)
    assert energy < truth


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("epsilon", [1e-3, 0.1, 10.0, 1e3])
def test_the_bracket_of_sinkhorn_closes_where_it_should(epsilon, weighted):
    x, y = measures(weighted=weighted)
    truth = exact(x, y).bracket
    found = sinkhorn(x, y, epsilon)
    assert found.bracket.lower <= truth.upper
    assert truth.lower <= found.bracket.upper
    finer = sinkhorn(x, y, epsilon, scaling=0.99).bracket
    assert finer.relative_gap <= found.bracket.relative_gap * 1.01
    if epsilon <= 1e-3:
        assert finer.relative_gap < 0.05
    independent = float(x.weights @ cdist(x.points, y.points) @ y.weights)
    if epsilon >= 1e3:
        assert found.bracket.upper == pytest.approx(independent, rel=1e-2)


def test_distances_that_are_not_kept_give_the_same(monkeypatch):
    x, y = measures(300, 200)
    kept = sinkhorn(x, y, 1.0).divergence
    monkeypatch.setattr("wcheck.transport.cost.passes.free_memory", lambda device: 0)
    assert sinkhorn(x, y, 1.0).divergence == pytest.approx(kept, rel=1e-12)


def test_points_without_weight_and_equal_measures():
    x = Measure.of([[0.0], [1.0], [5.0]], [0.5, 0.5, 0.0])
    y = Measure.of([[0.0], [1.0]], [0.5, 0.5])
    for pair in ((x, y), (y, x), (y, y)):
        found = sinkhorn(*pair, 0.01)
        assert found.bracket.lower == 0.0
        assert found.bracket.upper < 1e-3
        assert found.divergence == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("weighted", [False, True])
def test_projections_are_sorted_right(weighted):
    x, y = measures(weighted=weighted, m=50)
    directions = np.eye(3)
    found = projected_distances(x.points, y.points, x.weights, y.weights, directions)
    for axis in range(3):
        own = wasserstein_distance(x.points[:, axis], y.points[:, axis], x.weights, y.weights)
        assert found[axis] == pytest.approx(own, rel=1e-12)


def test_sliced_between_shifted_sets_is_the_mean_of_a_projected_vector():
    """W1 of the projections is |<theta, m>|, whose mean is |m| Gamma(d/2) / (sqrt(pi) Gamma((d+1)/2))."""
    x, _ = measures(d=5)
    shift = np.array([3.0, 0.0, 4.0, 0.0, 0.0])
    found = make("sliced", projections=20_000)(x, Measure.of(x.points + shift))
    truth = 5.0 * gamma(2.5) / (math.sqrt(math.pi) * gamma(3.0))
    assert abs(found.value - truth) < 5 * found.standard_error
    assert found.standard_error < 0.02


def test_max_sliced_finds_the_direction_of_a_shift():
    random = np.random.default_rng(1)
    shift = np.zeros(30)
    shift[7] = 2.0
    x, y = Measure.of(random.normal(size=(600, 30))), Measure.of(random.normal(size=(600, 30)) + shift)
    assert make("max-sliced")(x, y).value == pytest.approx(2.0, abs=0.2)
    null = make("max-sliced")(x, Measure.of(random.normal(size=(600, 30)))).value
    assert null < 0.2  # on the half where it was found it would be more


def test_the_search_for_a_direction_only_climbs():
    x, y = measures(weighted=True)
    arguments = (x.points, y.points, x.weights, y.weights)
    start = np.array([1.0, 0.0, 0.0])
    values = [steepest_direction(*arguments, start, iterations)[1] for iterations in range(1, 8)]
    assert values == sorted(values)
    direction, value = steepest_direction(*arguments, start)
    assert np.linalg.norm(direction) == pytest.approx(1.0)
    assert projected_distances(*arguments, direction[:, None])[0] == pytest.approx(value)
    assert value <= exact(x, y).value


def test_energy_is_scipys_on_the_line():
    x, y = measures(d=1, weighted=True)
    theirs = energy_distance(x.points[:, 0], y.points[:, 0], x.weights, y.weights)
    assert make("energy")(x, y).value == pytest.approx(theirs**2 / 2, rel=1e-9)


def test_mmd_where_most_points_coincide():
    """The median distance is 0 there, and the bandwidth that of the points that differ."""
    for scale, place in ((1.0, 0.0), (1e-6, 0.3)):
        common = np.full((80, 2), place)
        x, y = (np.vstack([common, place + scale * np.array([[k, 1.0]] * 20)]) for k in (1.0, 4.0))
        found = make("mmd")(Measure.of(x), Measure.of(y))
        assert found.about["bandwidth"] == pytest.approx(3.0 * scale, rel=0.01)
        assert 0.05 * scale < found.value < exact(x, y).value
    few = np.zeros((3000, 1))
    few[1] = 1.0  # met by no probe
    assert make("mmd")(Measure.of(few), Measure.of(np.zeros((3000, 1)))).value > 0
    assert make("mmd")(Measure.of(np.zeros((5, 1))), Measure.of(np.zeros((4, 1)))).value == 0.0


@pytest.mark.parametrize("kernel", ["gaussian", "imq"])
def test_mmd_is_that_of_its_kernel(kernel):
    x, y = measures(weighted=True)
    points, signs = np.concatenate([x.points, y.points]), np.concatenate([x.weights, -y.weights])
    r = cdist(points, points) / 1.7
    gram = 1.7**2 * (np.exp(-(r**2) / 2) if kernel == "gaussian" else 1 / np.sqrt(1 + r**2))
    value = make("mmd", kernel=kernel, bandwidth=1.7)(x, y).value
    assert value == pytest.approx(math.sqrt(signs @ gram @ signs), rel=1e-9)


@pytest.mark.parametrize("weighted", [False, True])
def test_extensions_attain_w1_on_their_own_half_and_are_1_lipschitz(weighted):
    x, y = measures(weighted=weighted)
    truth = exact(x, y).value
    functions = extensions(x, y)
    others = Measure.of(np.random.default_rng(9).normal(size=(80, 3)) * 4)
    apart = cdist(others.points, others.points)
    for name, function in functions.items():
        own = float(x.weights @ function(x) - y.weights @ function(y))
        if name != "mean":
            assert own == pytest.approx(truth, rel=1e-6)
        assert own <= truth * (1 + 1e-9)
        values = function(others)
        assert (values[:, None] - values - apart).max() <= 1e-7
    assert np.all(functions["lowest"](others) <= functions["highest"](others) + 1e-9)


def test_held_out_functions_err_downwards_and_the_plugin_upwards():
    """Over many draws of a shift whose W1 is known; each mean is far from the truth in its own direction."""
    truth = known("gaussian:dim=6,n=60", "gaussian:dim=6,n=60,mean=0.4")
    held, plugin, oracle = [], [], []
    for seed in range(40):
        x, y = load_pair(
            "gaussian:dim=6,n=60", "gaussian:dim=6,n=60,mean=0.4", preprocessing=Preprocessing(data_seed=seed)
        )
        held.append(make("lp-extension")(x, y, seed=seed).value)
        plugin.append(make("exact")(x, y).value)
        oracle.append(make("oracle", known=truth)(x, y).value)
    assert np.mean(held) < truth.distance - 5 * np.std(held) / math.sqrt(40)
    assert np.mean(plugin) > truth.distance + 5 * np.std(plugin) / math.sqrt(40)
    assert abs(np.mean(oracle) - truth.distance) < 4 * np.std(oracle) / math.sqrt(40)


@pytest.mark.parametrize(
    ("dim", "x", "y"),
    [
        (3, (0.0, 1.0), (0.5, 1.0)),
        (3, (0.0, 1.0), (0.5, 2.0)),
        (1, (1.0, 2.0), (0.0, 0.5)),
        (4, (0.0, 1.0), (0.0, 3.0)),
    ],
)
def test_known_pairs_of_gaussians(dim, x, y):
    """The potential attains the distance, which the plug-in approaches from above; on the line it is SciPy's."""
    texts = [f"gaussian:dim={dim},n=200000,mean={mean},std={std}" for mean, std in (x, y)]
    truth = known(*texts)
    pair = load_pair(*texts)
    gap = truth.potential(pair[0]).mean() - truth.potential(pair[1]).mean()
    assert gap == pytest.approx(truth.distance, abs=0.03)
    left, right = (z.dense() for z in pair)
    if dim == 1:
        spread = abs(x[1] - y[1])
        assert truth.distance == pytest.approx(
            foldnorm.mean(abs(x[0] - y[0]) / spread, scale=spread), rel=1e-9
        )
        assert truth.distance == pytest.approx(wasserstein_distance(left[:, 0], right[:, 0]), abs=0.02)
    points = left[:50]
    values = truth.potential(Measure.of(points))
    steepest = values[:, None] - values - cdist(points, points)
    assert steepest.max() <= 1e-12
    assert known(texts[1], texts[0]).distance == pytest.approx(truth.distance, rel=1e-12)


def test_what_is_not_known_is_none():
    assert known("gaussian:dim=2,n=9", "8gaussians:n=9") is None
    assert known("gaussian:dim=2,n=9", "gaussian:dim=3,n=9") is None
    assert known("digits", "cifar10") is None
    assert known("digits", "digits").distance == 0.0


def test_the_standard_error_of_batches_is_theirs():
    x, y = measures(400, 400)
    estimates = [make("batch", batch_size=10, batches=50)(x, y, seed=seed) for seed in range(40)]
    spread = np.std([estimate.value for estimate in estimates], ddof=1)
    assert np.mean([estimate.standard_error for estimate in estimates]) == pytest.approx(spread, rel=0.35)
    assert np.mean([estimate.value for estimate in estimates]) > exact(x, y).value


def test_debiased_is_unbiased_where_nothing_is_to_be_found():
    values, plugin = [], []
    for seed in range(30):
        x, y = load_pair(
            "gaussian:dim=8,n=80", "gaussian:dim=8,n=80", preprocessing=Preprocessing(data_seed=seed)
        )
        found = make("debiased")(x, y, seed=seed)
        values.append(found.value)
        plugin.append(make("exact")(x, y).value)
        assert found.about["null"] > 0
    assert abs(np.mean(values)) < 4 * np.std(values) / math.sqrt(30)
    assert np.mean(plugin) > 1.0


def test_gradients_of_extensions_are_those_of_finite_differences():
    x, y = measures(n=12, m=15)
    z = np.random.default_rng(3).standard_normal((40, 3))
    for name, function in extensions(x, y).items():
        gradient = function.gradient(Measure.of(z))
        lengths = np.linalg.norm(gradient, axis=1)
        assert (lengths <= 1 + 1e-12).all()
        assert name == "mean" or lengths == pytest.approx(1.0)
        for axis in np.eye(3):
            high, low = (function(Measure.of(z + step * axis)) for step in (1e-6, -1e-6))
            kinks = np.abs((high - low) / 2e-6 - gradient @ axis) > 1e-4
            assert kinks.sum() <= 1


def test_exact_estimators_say_where_rounding_left_brackets_wide():
    """5e-324 of the mass at a distance of 1e100 is more than float64 can weigh against the rest."""
    x, y = (
        Measure.of([[0.0, 0.0], [1e100, 0.0]], [1.0, weight], name="far") for weight in (5e-324, 1.5e-323)
    )
    near = Measure.of([[0.0, 0.0], [1.0, 0.0]], name="near")
    assert make("exact")(x, y).status == "rounding"
    assert make("exact")(near, near).status == "ok"
    assert make("batch", batch_size=2, batches=3)(near, near).status == "ok"
