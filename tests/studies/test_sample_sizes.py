"""The claims about sizes of samples, entropic distances and false minima, on rows for and against them."""

import math

import pandas as pd
import pytest

from tests.studies.judges import finding, verdict


def estimates(values, reps=4, **columns):
    """Rows of sample-complexity: (estimator, n, epsilon) -> a mean, about which repetitions lie by a thousandth."""
    return pd.DataFrame(
        [
            {"estimator": name, "n": n, "epsilon": epsilon, "rep": rep, "value": mean * (1 + 1e-3 * (rep % 3 - 1)),
             "status": "ok", **columns}
            for (name, n, epsilon), mean in values.items()
            for rep in range(reps)
        ]
    )  # fmt: skip


def fit(**estimators):
    """Rows of a fit: of each estimator its slope with its ends."""
    return pd.DataFrame(
        [
            {"estimator": name, "slope": slope, "slope_lower": low, "slope_upper": high}
            for name, (slope, low, high) in estimators.items()
        ]
    )


def needs(error, n, low, high):
    return pd.DataFrame(
        [{"estimator": "exact", "wanted_error": error, "n": n, "n_lower": low, "n_upper": high, "n_theory": 1e34,
          "bound": "at least"}]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("values", "reps", "expected"),
    [
        ({10: 5.3, 2500: 3.6}, 4, "reproduced"),
        ({10: 5.3, 2500: 1.0}, 4, "not reproduced"),
        ({10: 5.3, 2500: 2.65}, 4, "not settled"),
        ({10: 5.3, 75: 4.6}, 4, "not settled"),  # these are not large
        ({10: 5.3, 2500: 3.6}, 2, "not settled"),
    ],
)
def test_the_distance_of_samples_falls_slowly(values, reps, expected):
    rows = estimates({("exact", n, None): value for n, value in values.items()}, reps)
    assert verdict("sample-distance-falls-slowly", complexity=rows) == expected


@pytest.mark.parametrize(
    ("claim", "run", "line", "expected"),
    [
        (
            "sample-distance-has-the-rate-of-the-dimension",
            "complexity.fit",
            (-0.065, -0.066, -0.064),
            "reproduced",
        ),
        (
            "sample-distance-has-the-rate-of-the-dimension",
            "complexity.fit",
            (-0.5, -0.51, -0.49),
            "not reproduced",
        ),
        (
            "sample-distance-has-the-rate-of-the-dimension",
            "complexity.fit",
            (-0.01, -0.02, -0.005),
            "not reproduced",
        ),
        (
            "sample-distance-has-the-rate-of-the-dimension",
            "complexity.fit",
            (-0.1, -0.11, -0.09),
            "not settled",
        ),
        ("oracle-error-falls-as-a-mean", "oracle-estimator.fit", (-0.5, -0.55, -0.45), "reproduced"),
        ("oracle-error-falls-as-a-mean", "oracle-estimator.fit", (-0.1, -0.15, -0.05), "not reproduced"),
        ("oracle-error-falls-as-a-mean", "oracle-estimator.fit", (-0.5, -0.7, -0.3), "not settled"),
    ],
)
def test_slopes(claim, run, line, expected):
    name = "oracle" if claim.startswith("oracle") else "exact"
    repetitions = estimates({(name, 10, None): 1.0}, reps=16)
    found = finding(claim, **{run: fit(**{name: line}), run.removesuffix(".fit"): repetitions})
    assert found.verdict == expected
    assert ("{" in found.why, bool(found.why)) == (False, expected == "not reproduced")
    assert ("repetitions" in found.more) == (expected == "not settled")


def test_repetitions_that_would_settle_a_slope_shrink_its_interval_to_the_next_threshold():
    """Sixteen repetitions give -0.5 +- 0.195; the next threshold is 0.1 away, and 16 * 1.95^2 is 60.8."""
    rows = {
        "oracle-estimator.fit": fit(oracle=(-0.5, -0.695, -0.305)),
        "oracle-estimator": estimates({("oracle", 10, None): 1.0}, 16),
    }
    assert finding("oracle-error-falls-as-a-mean", **rows).more == "about 61 repetitions"


@pytest.mark.parametrize(
    ("exact", "oracle", "expected"),
    [
        ((-0.1, -0.11, -0.09), (-0.5, -0.55, -0.45), "reproduced"),
        ((-0.4, -0.41, -0.39), (-0.5, -0.55, -0.45), "not reproduced"),
        ((-0.24, -0.3, -0.2), (-0.5, -0.55, -0.45), "not settled"),
        ((-0.1, -0.2, 0.1), (-0.5, -0.55, -0.45), "not settled"),
    ],
)
def test_the_batch_falls_slower_than_the_oracle(exact, oracle, expected):
    rows = {"oracle-estimator.fit": fit(exact=exact, oracle=oracle)}
    assert verdict("batch-falls-slower-than-the-oracle", **rows) == expected


@pytest.mark.parametrize(
    ("claim", "error", "low", "high", "expected"),
    [
        ("error-of-a-tenth-needs-too-many-points", 0.1, 1e25, 1e36, "reproduced"),
        ("error-of-a-tenth-needs-too-many-points", 0.1, 1e12, 1e19, "not reproduced"),
        ("error-of-a-tenth-needs-too-many-points", 0.1, 1e19, 1e36, "not settled"),
        ("error-of-a-hundredth-needs-too-many-points", 0.01, 1e41, math.nan, "reproduced"),
        ("error-of-a-hundredth-needs-too-many-points", 0.01, 1e20, 1e39, "not reproduced"),
        ("error-of-a-hundredth-needs-too-many-points", 0.1, 1e41, 1e50, "not settled"),  # of another error
    ],
)
def test_how_many_points_an_error_needs(claim, error, low, high, expected):
    rows = {"complexity.fit": needs(error, math.sqrt(low) * 1e10, low, high)}
    found = finding(claim, **rows)
    assert found.verdict == expected
    assert expected == "not settled" or "at least" in found.found


@pytest.mark.parametrize(
    ("divergence", "expected"), [(0.013, "reproduced"), (0.4, "not reproduced"), (0.04, "not settled")]
)
def test_the_divergence_is_near_zero(divergence, expected):
    rows = estimates({("exact", 500, None): 4.0, ("sinkhorn", 500, 100.0): divergence})
    shaken = rows.assign(value=[value * (1 + 0.01 * (k % 2)) for k, value in enumerate(rows["value"])])
    assert verdict("sinkhorn-is-near-zero-at-500", **{"sinkhorn-complexity": shaken}) == expected


@pytest.mark.parametrize(
    ("last", "reps", "expected"),
    [
        (0.013, 4, "reproduced"),
        (0.5, 4, "not reproduced"),
        (0.0894, 4, "not settled"),
        (0.013, 2, "not settled"),
    ],
)
def test_the_divergence_falls_as_a_mean_does(last, reps, expected):
    rows = estimates({("sinkhorn", 10, 100.0): 0.6325, ("sinkhorn", 500, 100.0): last}, reps)
    assert verdict("sinkhorn-falls-at-least-as-a-mean", **{"sinkhorn-complexity": rows}) == expected


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.99, 0.505, "reproduced"),
        (0.8, 0.505, "not reproduced"),
        (0.99, 0.7, "not reproduced"),
        (None, 0.505, "not settled"),
    ],
)
def test_a_sweep_over_epsilon_ends_at_both(low, high, expected):
    values = {("exact", 100, None): 1.0, ("energy", 100, None): 0.5, ("sinkhorn", 100, 100.0): high}
    if low is not None:
        values["sinkhorn", 100, 0.02] = low
    assert verdict("sinkhorn-tends-to-both", **{"sinkhorn-sweep": estimates(values)}) == expected


def candidates(**differences):
    """Rows of false-minima: real batches at 2, and fixed candidates at a distance from that."""
    rows = [{"candidate": "real", "draw": "sampled", "w1": 2.0, "difference": 0.0, "difference_error": 0.0}]
    rows += [
        {"candidate": name, "draw": "fixed", "w1": 2.0 + value, "difference": value, "difference_error": 0.02}
        for name, value in differences.items()
    ]
    return pd.DataFrame(rows).assign(weights="uniform", n=16.0, reps=27.0, status="ok")


@pytest.mark.parametrize("claim", ["mean-is-nearer-than-real", "medians-are-nearer-than-real"])
@pytest.mark.parametrize(
    ("difference", "expected"), [(-0.06, "reproduced"), (0.06, "not reproduced"), (-0.02, "not settled")]
)
def test_candidates_are_nearer_than_real_batches(claim, difference, expected):
    name = "mean" if claim.startswith("mean") else "kmedians"
    found = finding(claim, **{"false-minima": candidates(**{name: difference})})
    assert found.verdict == expected
    assert (found.more == "about 104 batches") == (expected == "not settled")
    assert verdict(claim, **{"false-minima": candidates()}) == "not settled"


@pytest.mark.parametrize(
    ("crossing", "expected"), [(15.5, "reproduced"), (25.5, "not reproduced"), (60.0, "not settled")]
)
def test_the_dirac_wins_above_a_dimension(crossing, expected):
    rows = pd.DataFrame(
        [
            {
                "n": 64,
                "dim": dim,
                "difference": math.log(dim / crossing),
                "difference_error": 0.003,
                "reps": 60,
            }
            for dim in range(8, 40)
        ]
    )
    assert verdict("dirac-wins-in-high-dimension", crossover=rows) == expected


@pytest.mark.parametrize(
    ("saved", "expected"),
    [(0.005, "reproduced"), (0.1, "not reproduced"), (-0.01, "not reproduced"), (0.02, "not settled")],
)
def test_medians_lie_near_means(saved, expected):
    rows = pd.DataFrame(
        {
            "kmeans_loss": 1.0,
            "kmedians_loss": [1 - saved + 1e-3 * (k - 1) for k in range(3)],
            "status": "converged",
        }
    )
    assert verdict("medians-lie-near-means", kmedians=rows) == expected


def medians(**changed):
    """Rows of the toys cells and medians, with other values of some quantities."""
    values = {"w1": 1.0, "loss_enumerated": 1.0, "w1_others": 1.01} | changed
    return pd.DataFrame(
        [
            {"toy": "medians", "x": float(k), "quantity": quantity, "closed_form": 1.0, "computed": value}
            for k in range(1, 4)
            for quantity, value in values.items()
        ]
    )


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, "reproduced"),
        ({"w1": 1.1}, "not reproduced"),
        ({"loss_enumerated": 0.9}, "not reproduced"),
        ({"w1_others": 0.99}, "not reproduced"),
    ],
)
def test_the_optimum_is_nearest(changed, expected):
    assert verdict("optimum-is-nearest", **{"toys-medians": medians(**changed)}) == expected
    assert verdict("optimum-is-nearest", **{"toys-medians": medians(**changed)[:3]}) == "not settled"


@pytest.mark.parametrize(
    ("computed", "lower", "expected"),
    [(1.0, 1.0, "reproduced"), (1.1, 1.0, "not reproduced"), (1.0, 1.0 + 1e-6, "not reproduced")],
)
def test_cells_make_the_distance(computed, lower, expected):
    rows = pd.DataFrame(
        {"x": [1.0, 2.0, 3.0], "closed_form": 1.0, "computed": computed, "lower": lower, "upper": 1.0 + 1e-12}
    ).assign(toy="cells", quantity="w1")
    assert verdict("cells-make-the-distance", **{"toys-medians": rows}) == expected
    assert verdict("cells-make-the-distance", **{"toys-medians": rows[:1]}) == "not settled"


def models(**shares):
    """Rows of two-gaussians: of each model the slope at -2 as a share of the steepest, in three seeds."""
    return pd.DataFrame(
        [
            {"model": model, "seed": seed, "mean": 2.0, "z": z, "generator_gradient": slope, "status": "ok"}
            for model, share in shares.items()
            for seed in range(3)
            for z, slope in ((-2.0, -share * (1 + 0.01 * seed)), (2.0, -1.0))
        ]
    )


@pytest.mark.parametrize(
    ("share", "expected"), [(1e-5, "reproduced"), (0.3, "not reproduced"), (0.01, "not settled")]
)
def test_the_discriminator_saturates(share, expected):
    assert verdict("discriminator-saturates", **{"two-gaussians": models(discriminator=share)}) == expected


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ({"clip": 0.9, "lp": 0.8}, "reproduced"),
        ({"clip": 0.9, "lp": 0.1}, "not reproduced"),
        ({"clip": 0.9, "lp": 0.497}, "not settled"),
        ({}, "not settled"),
    ],
)
def test_critics_stay_linear(shares, expected):
    assert (
        verdict("critics-stay-linear", **{"two-gaussians": models(discriminator=1e-6, **shares)}) == expected
    )
