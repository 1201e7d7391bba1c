"""k-medians from many starts: rows, the best start, what is saved, and what it is a distance of."""

import numpy as np
import pytest

from wcheck import exact
from wcheck.errors import OutputError, ParameterError
from wcheck.experiments.driver import Workers, write_rows
from wcheck.experiments.kmedians import KMedians, best_row
from wcheck.measures.sources import load
from wcheck.progress import silent
from wcheck.rows.table import Table


def small(**options):
    return KMedians.of(**{"source": "digits[0:300]", "k": (8,), "starts": 4, **options})


def rows_of(experiment, **options):
    table = Table(experiment.columns, experiment.fine)
    write_rows(experiment, table, **options)
    return table.rows


def test_rows_are_losses_of_measures_on_k_points():
    experiment = small()
    rows = rows_of(experiment)
    assert [row["start"] for row in rows] == [0, 1, 2, 3]
    assert len({row["kmedians_loss"] for row in rows}) > 1
    measure = load("digits[0:300]")
    for row in rows:
        assert tuple(row) == KMedians.columns
        assert (row["n"], row["dim"], row["scale"], row["status"]) == (300, 64, "0,1", "converged")
        assert 0 <= row["residual"] <= row["tol"]
        assert row["kmedians_loss"] < row["kmeans_loss"] < row["random_loss"]
        assert row["kmedians_loss"] < row["perturbed_loss"] < 1.05 * row["kmedians_loss"]
        found = experiment.fit(8, row["start"], silent)
        bracket = exact(measure, found.cluster_centers_, None, found.cluster_weights_).bracket
        assert row["kmedians_loss"] == pytest.approx(bracket.upper, rel=1e-9)


def test_weights_of_the_source_count(tmp_path):
    np.savez(tmp_path / "p.npz", points=np.array([[0.0], [1.0], [9.0]]), weights=np.array([0.7, 0.2, 0.1]))
    (row,) = rows_of(small(source=str(tmp_path / "p.npz"), k=(1,), starts=1, tol=0.0))
    assert row["kmedians_loss"] == pytest.approx(0.2 * 1 + 0.1 * 9, rel=1e-6)


def test_processes_change_nothing_but_the_time():
    here, there = (rows_of(small(starts=2), workers=Workers(jobs=jobs)) for jobs in (1, 2))
    assert [row | {"seconds": 0} for row in here] == [row | {"seconds": 0} for row in there]


def test_each_k_has_its_starts():
    rows = rows_of(small(k=(2, 30), starts=2))
    assert [(row["k"], row["start"]) for row in rows] == [(2, 0), (2, 1), (30, 0), (30, 1)]
    assert rows[3]["kmedians_loss"] < rows[0]["kmedians_loss"]


def test_the_seed_decides():
    losses = {seed: [row["kmedians_loss"] for row in rows_of(small(seed=seed))] for seed in (0, 1)}
    assert losses[0] == [row["kmedians_loss"] for row in rows_of(small(seed=0))] != losses[1]


def test_the_best_is_saved_as_a_source_of_the_same_loss(tmp_path):
    experiment = small(save=tmp_path / "c.npz")
    rows = rows_of(experiment)
    best = experiment.best(rows, silent)
    with np.load(tmp_path / "c.npz") as file:
        assert set(file) == {"centroids", "weights"}
        assert file["centroids"].shape == (8, 1, 8, 8)
        assert (np.diff(file["weights"]) <= 0).all()
        assert (file["centroids"].reshape(8, 64) == best.points).all()
    value = exact(load("digits[0:300]"), load(str(tmp_path / "c.npz"))).value
    assert value == pytest.approx(best_row(rows)["kmedians_loss"], rel=1e-9)
    assert (best.shape, best.scale) == ((1, 8, 8), "0,1")


def test_centroids_replace_centroids_and_nothing_else(tmp_path):
    np.savez(tmp_path / "points.npz", points=np.eye(3))
    with pytest.raises(OutputError, match="does not hold a set of centroids"):
        small(save=tmp_path / "points.npz")
    np.savez(tmp_path / "c.npz", centroids=np.eye(3), weights=np.ones(3) / 3)
    small(save=tmp_path / "c.npz")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"k": (8, 0)}, "k is 0"),
        ({"starts": 0}, "starts is 0"),
        ({"max_iter": 0}, "max_iter is 0"),
        ({"tol": -1.0}, r"tol is -1\.0"),
        ({"tol": float("nan")}, "tol is nan"),
        ({"k": (2, 3), "grid": "x.png"}, "for one k, but 2 were given"),
    ],
)
def test_what_cannot_be_run_is_refused_at_once(wrong, message):
    with pytest.raises(ParameterError, match=message):
        small(**wrong)


def test_more_clusters_than_points_are_refused():
    with pytest.raises(ParameterError, match=r"k is 301, but digits\[0:300\] has 300 points"):
        rows_of(small(k=(301,)))
