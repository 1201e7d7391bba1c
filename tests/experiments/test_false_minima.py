"""False minima: who is compared with whom, disjoint sets, and facts about their order."""

import numpy as np
import pytest

from wcheck import exact
from wcheck.errors import ParameterError
from wcheck.experiments import false_minima
from wcheck.experiments.driver import Workers, write_rows
from wcheck.experiments.false_minima import FalseMinima
from wcheck.rows.table import Table
from wcheck.transport.solve import batch


def small(**options):
    return FalseMinima.of(
        **{
            "source": "digits",
            "n": (10,),
            "reps": 12,
            "starts": 2,
            "minimiser_starts": 1,
            "fit_points": 400,
            **options,
        },
    )


def rows_of(experiment, **options):
    table = Table(experiment.columns, experiment.fine)
    write_rows(experiment, table, **options)
    return table.rows


def by_candidate(rows):
    return {(row["candidate"], row["weights"], row["draw"]): row for row in rows}


@pytest.fixture(scope="module")
def rows():
    return rows_of(small())


def test_all_candidates_are_there(rows):
    centroids = {
        (name, weights, draw)
        for name in ("kmeans", "kmedians")
        for weights in ("uniform", "cluster")
        for draw in ("fixed", "sampled")
    }
    centroids |= {
        (name, "uniform", draw)
        for name in ("uniform-minimiser", "batch-minimiser")
        for draw in ("fixed", "sampled")
    }
    points = {("mean", "uniform", "fixed"), ("median", "uniform", "fixed")}
    real = {("real", "uniform", "sampled"), ("real", "uniform", "fixed")}
    assert by_candidate(rows).keys() == centroids | points | real
    for row in rows:
        assert tuple(row) == FalseMinima.columns
        assert row["lower"] <= row["w1"] <= row["upper"] <= row["lower"] * (1 + 1e-9)
        assert row["standard_error"] > 0
        assert (row["fit"], row["n"], row["reps"], row["dim"]) == (400, 10, 12, 64)


def test_the_papers_numbers_of_images_stand_beside_images_alone(rows):
    assert "The paper says, on CelebA" in FalseMinima.told(rows)
    for other in ({"scale": None}, {"scale": "zscore"}, {"embed": "efficientnet-lite0"}):
        assert "CelebA" not in FalseMinima.told([dict(row) | other for row in rows])


def test_differences_are_to_real_sampled_batches(rows):
    real = by_candidate(rows)["real", "uniform", "sampled"]
    assert (real["difference"], real["difference_error"]) == (0.0, 0.0)
    for row in rows:
        assert row["difference"] == pytest.approx(row["w1"] - real["w1"], abs=1e-12)


def test_centroids_are_nearer_than_real_batches_and_fixed_ones_nearer_than_draws_of_them(rows):
    found = {key: row["w1"] for key, row in by_candidate(rows).items()}
    for name in ("kmeans", "kmedians"):
        for weights in ("uniform", "cluster"):
            assert found[name, weights, "fixed"] < found[name, weights, "sampled"]
            assert found[name, weights, "fixed"] < 0.9 * found["real", "uniform", "sampled"]


def test_each_minimiser_is_best_at_what_it_minimises():
    """Paired over batches: nearer than k-medians, the batch minimiser nearest; W1 to all data is the other's."""
    rows = rows_of(small(n=(16,), reps=40, starts=5, fit_points=500))
    found = {row["candidate"]: row for row in rows if (row["weights"], row["draw"]) == ("uniform", "fixed")}
    fixed, batches = found["uniform-minimiser"], found["batch-minimiser"]
    assert all(fixed["w1_fit"] <= row["w1_fit"] for row in found.values())
    assert all(batches["w1"] <= row["w1"] for row in found.values())
    assert batches["w1"] < fixed["w1"] < found["kmedians"]["w1"]
    assert found["kmedians"]["w1"] - batches["w1"] > 0.03
    cells = by_candidate(rows)["kmedians", "cluster", "fixed"]
    assert cells["w1_fit"] < fixed["w1_fit"]  # with other weights one comes nearer still
    assert all(row["w1_fit"] is None for row in rows if row["draw"] == "sampled")


def test_the_median_is_at_the_least_distance_of_all_single_points(rows):
    found = by_candidate(rows_of(small(fit_points=1500, n=(5,), reps=25)))
    assert found["median", "uniform", "fixed"]["w1"] <= found["mean", "uniform", "fixed"]["w1"]


def test_the_mean_of_one_row_is_recomputed_from_its_batches(monkeypatch):
    seen, original = [], batch.exact_batch

    def recorded(x, y, b=None, **options):
        seen.append((list(x), list(y), b))
        return original(x, y, b=b)

    monkeypatch.setattr(batch, "exact_batch", recorded)
    rows = rows_of(small(n=(7,), reps=4))
    assert len(seen) == len(rows)
    for row, (x, y, b) in zip(rows, seen, strict=True):
        weights = [None] * len(x) if b is None else b
        values = [exact(x, y, None, b).value for x, y, b in zip(x, y, weights, strict=True)]
        assert row["w1"] == pytest.approx(np.mean(values), rel=1e-9)
    batches, fresh, fixed = seen[0][0], seen[0][1], seen[1][1]
    assert all(points is fixed[0] for points in fixed)
    pixels = np.concatenate([*batches, *fresh, fixed[0]])
    assert len(np.unique(pixels, axis=0)) == len(pixels)  # disjoint: no digit is there twice
    weights = seen[6][2][0]
    assert weights.sum() == pytest.approx(1)
    assert len(np.unique(weights)) > 1


def test_each_size_has_its_own_clusters():
    rows = rows_of(small(n=(4, 9), reps=5))
    assert [row["n"] for row in rows] == [4] * 16 + [9] * 16


def test_processes_change_nothing_but_the_time():
    here, there = (rows_of(small(n=(3, 4), reps=3), workers=Workers(jobs=jobs)) for jobs in (1, 2))
    assert [row | {"seconds": 0} for row in here] == [row | {"seconds": 0} for row in there]


def test_the_default_fit_is_half_of_small_data():
    (row, *_) = rows_of(small(fit_points=None, n=(3,), reps=2))
    assert row["fit"] == 1797 // 2
    assert false_minima.FIT_SIZE == 10_000


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n": (0,)}, "n is 0"),
        ({"reps": 1}, "reps is 1"),
        ({"starts": 0}, "starts is 0"),
        ({"minimiser_starts": 0}, "minimiser_starts is 0"),
        ({"fit_points": 0}, "fit_points is 0"),
    ],
)
def test_what_cannot_be_run_is_refused_at_once(wrong, message):
    with pytest.raises(ParameterError, match=message):
        small(**wrong)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"reps": 100}, r"400 to fit to and 2 x 100 \+ 1 disjoint batches of 10 are 2410"),
        ({"fit_points": 9}, "fit_points is 9, but 10 centroids"),
    ],
)
def test_data_that_do_not_suffice_are_refused(wrong, message):
    with pytest.raises(ParameterError, match=message):
        rows_of(small(**wrong))


def test_weighted_data_are_refused(tmp_path):
    np.savez(tmp_path / "w.npz", points=np.eye(3), weights=np.array([0.5, 0.3, 0.2]))
    with pytest.raises(ParameterError, match="has weights"):
        rows_of(small(source=str(tmp_path / "w.npz")))
