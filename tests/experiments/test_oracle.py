"""Critics on a frozen pair: rows, products, divergence, resumption, the reference on disk."""

import json
import math

import numpy as np
import pytest

from wcheck import exact
from wcheck.critics.saved import load
from wcheck.errors import OutputError, ParameterError
from wcheck.experiments import reference as kept
from wcheck.experiments.driver import write_rows
from wcheck.experiments.oracle import PRESETS, Oracle
from wcheck.learning.samplers import FrozenPoints
from wcheck.measures.sources import load_pair
from wcheck.rows.table import Table

PAIR = {"source": "gaussian:dim=3,n=60", "target": "gaussian:dim=3,n=50,mean=1"}
OPTIONS = {"steps": (40,), "every": 20, "grad_points": 200}
TIMES = {"seconds"}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "folder", lambda: tmp_path / "cache")
    return tmp_path / "cache"


def small(**options):
    """A run of under a second; each call reads its data anew."""
    return Oracle.of(**{**PAIR, **OPTIONS, **options})


def rows_of(experiment, report=None):
    table = Table(experiment.columns, experiment.fine)
    write_rows(experiment, table, *([report] if report else []))
    return table.rows


def test_rows_tell_the_whole_story():
    rows = rows_of(small())
    assert [row["step"] for row in rows] == [0, 20, 40]
    x, y = load_pair(PAIR["source"], PAIR["target"])
    truth = exact(x, y).bracket
    for row in rows:
        assert tuple(row) == Oracle.columns
        assert (row["source"], row["target"]) == (PAIR["source"], PAIR["target"])
        assert (row["n"], row["m"], row["dim"], row["grad_points"], row["status"]) == (60, 50, 3, 200, "ok")
        assert (row["lipschitz"], row["penalty"], row["clip"], row["betas"]) == ("gp", 10.0, None, "0,0.9")
        assert (row["optimizer"], row["lr"], row["steps"], row["seed"]) == ("adam", 1e-4, 40, 0)
        assert row["exact"] == row["exact_upper"] == pytest.approx(truth.upper)
        assert row["exact_lower"] <= row["exact_upper"]
        assert row["normalised"] == row["value"] / row["grad_max"]
        assert row["ratio"] == row["value"] / row["exact"]
        assert row["normalised_ratio"] == row["normalised"] / row["exact"]
        assert row["normalised_pairs"] == pytest.approx(row["value"] / row["lipschitz_pairs"])
        assert row["normalised_pairs"] <= row["exact_upper"]
        assert row["lower_constant"] <= row["lower"] <= row["exact_upper"]
    assert rows[-1]["value"] > rows[0]["value"]
    assert rows[-1]["seconds"] > rows[0]["seconds"] == 0.0


def test_the_same_seed_gives_the_same_rows_and_another_one_others():
    def numbers(seed):
        return [
            {column: value for column, value in row.items() if column not in TIMES | {"seed"}}
            for row in rows_of(small(seed=(seed,)))
        ]

    assert numbers(1) == numbers(1)
    assert [row["value"] for row in numbers(1)] != [row["value"] for row in numbers(2)]


def test_the_product_is_run_and_ignored_options_multiply_nothing():
    sweep = small(
        lipschitz=("gp", "clip"), penalty=(1.0, 10.0, 100.0), clip=(0.01, 0.1), seed=(0, 1), steps=(1,)
    )
    rows = [row for row in rows_of(sweep) if row["step"] == 1]
    seen = [(row["lipschitz"], row["penalty"], row["clip"], row["seed"]) for row in rows]
    penalised = [("gp", penalty, None, seed) for penalty in (1.0, 10.0, 100.0) for seed in (0, 1)]
    assert seen == penalised + [("clip", None, clip, seed) for clip in (0.01, 0.1) for seed in (0, 1)]


def test_betas_belong_to_adam():
    sweep = small(optimizer=("adam", "sgd"), betas=((0.0, 0.9), (0.5, 0.9)))
    recipes = [task.recipes[0] for task in sweep.tasks()]
    assert [(recipe.descent.optimizer, recipe.descent.betas) for recipe in recipes] == [
        ("adam", (0.0, 0.9)),
        ("adam", (0.5, 0.9)),
        ("sgd", None),
    ]


def test_divergence_is_a_row_and_the_next_critic_is_trained():
    sweep = small(optimizer=("sgd",), lr=(1e20, 1e-3))
    table = Table(sweep.columns, sweep.fine)
    write_rows(sweep, table)
    seen = [(row["lr"], row["step"], row["status"]) for row in table.rows]
    assert seen == [
        (1e20, 0, "ok"),
        (1e20, 20, "diverged"),
        (1e-3, 0, "ok"),
        (1e-3, 20, "ok"),
        (1e-3, 40, "ok"),
    ]
    diverged = table.rows[1]
    assert diverged["lower"] is None
    assert diverged["exact"] == table.rows[0]["exact"]
    assert all(not (isinstance(value, float) and math.isnan(value)) for value in diverged.values())
    assert table.failed == 1


def test_the_exact_value_is_solved_once_and_kept(cache, monkeypatch):
    first = rows_of(small())
    assert len(list(cache.iterdir())) == 1

    def solve(*args, **options):
        raise AssertionError("solved again")

    monkeypatch.setattr("wcheck.transport.solve.exact.exact", solve)
    assert rows_of(small(penalty=(1.0,)))[0]["exact"] == first[0]["exact"]
    with pytest.raises(AssertionError, match="solved again"):
        rows_of(small(target="gaussian:dim=3,n=50,mean=2"))


@pytest.mark.parametrize(
    "damage",
    ["", "{", "[]", "null", '{"key": "another", "lower": 0, "upper": 1}', '{"lower": "nan"}', "\udcff"],
)
def test_a_damaged_reference_is_solved_anew(cache, damage):
    first = rows_of(small())
    (file,) = cache.iterdir()
    whole = file.read_text()
    file.write_bytes(damage.encode("utf-8", "surrogateescape"))
    assert rows_of(small())[0]["exact"] == first[0]["exact"]
    assert file.read_text() == whole


def test_a_reference_whose_bounds_were_changed_is_not_believed(cache):
    first = rows_of(small())
    (file,) = cache.iterdir()
    record = json.loads(file.read_text())
    for lie in ({"lower": record["upper"] + 1}, {"lower": 0.0}, {"upper": 2 * record["upper"]}):
        file.write_text(json.dumps(record | lie))
        assert rows_of(small())[0]["exact_lower"] == first[0]["exact_lower"]
        assert json.loads(file.read_text()) == record


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(kept, "folder", lambda: tmp_path / "file" / "cache")
    assert rows_of(small())[0]["status"] == "ok"


def test_a_saved_critic_has_the_value_of_its_last_row(tmp_path):
    rows = rows_of(small(save=tmp_path / "critic"))
    critic = load(tmp_path / "critic")
    x, y = (FrozenPoints(measure) for measure in load_pair(PAIR["source"], PAIR["target"]))
    value = critic.values(x.points).double().mean() - critic.values(y.points).double().mean()
    assert value.item() == pytest.approx(rows[-1]["value"], rel=1e-12)
    about = json.loads((tmp_path / "critic" / "critic.json").read_text())
    assert (about["step"], about["source"], about["recipe"]["penalty"]) == (40, PAIR["source"], 10.0)


def test_several_critics_are_saved_in_the_order_of_their_rows(tmp_path):
    rows_of(small(penalty=(1.0, 100.0), steps=(2,), save=tmp_path))
    assert [load(tmp_path / name).recipe.constraint.penalty for name in ("000", "001")] == [1.0, 100.0]


def test_progress_counts_the_whole_product():
    reports = []
    sweep = small(penalty=(1.0, 10.0))
    rows_of(sweep, lambda label, done, total, note="": reports.append((label, done, total)))
    steps = [(done, total) for label, done, total in reports if label == "tasks"]
    assert {total for _, total in steps} == {2}
    assert steps[-1][0] == 2
    assert 1.5 in [done for done, _ in steps]
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)


def test_images_keep_their_shape_for_dcgan():
    digits = Oracle.of(
        image_size=32, data="digits[0:24]", arch=("dcgan",), lipschitz=("gp", "clip"),
        steps=(2,), every=1, grad_points=10, batch_size=(4,),
    )  # fmt: skip
    rows = rows_of(digits)
    assert [(row["source"], row["dim"], row["status"]) for row in rows] == [("digits[0:12]", 1024, "ok")] * 6


def test_dcgan_of_small_digits_is_refused_before_anything_is_solved(cache):
    with pytest.raises(ParameterError, match="1x12x12: it takes images of 8x8, 16x16, 32x32 or 64x64"):
        rows_of(Oracle.of(data="digits", image_size=12, arch=("mlp", "dcgan")))
    assert not cache.exists()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"target": None}, "P and Q belong together"),
        ({"n": 5}, "n takes points from data"),
        ({"steps": (0,)}, "steps is 0"),
        ({"every": 0}, "every is 0"),
        ({"grad_points": 0}, "grad_points is 0"),
        ({"arch": ("mlp", "vgg")}, "arch is 'vgg'"),
        ({"penalty": (1.0, -1.0)}, "penalty is -1.0"),
        ({"device": "cuda:99"}, "device is 'cuda:99': this machine has"),
        ({"device": "toaster"}, "device is 'toaster': this machine has"),
    ],
)
def test_what_cannot_be_run_is_refused_at_once(wrong, message):
    with pytest.raises(ParameterError, match=message):
        small(**wrong)


def test_a_folder_that_cannot_be_made_is_refused_at_once(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot make the folder"):
        small(save=tmp_path / "file" / "critics")


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_options_that_can_be_run(name):
    experiment = Oracle.of(name)
    assert len(experiment.tasks()) == len(PRESETS[name]["penalty"])


def test_the_paper_preset_is_the_papers():
    experiment = Oracle.of("paper")
    first, *_ = experiment.tasks()
    (recipe,) = first.recipes
    found = (recipe.descent.lr, recipe.descent.betas, recipe.batch_size, first.steps)
    assert found == (1e-4, (0.0, 0.9), 64, 300_000)
    assert (experiment.data.data, experiment.data.n) == (None, 10_000)  # CIFAR-10
    assert (experiment.data.preprocessing.scale, experiment.data.preprocessing.image_size) == ("-1,1", 64)
    assert PRESETS["paper"]["penalty"] == (0.1, 1.0, 10.0, 100.0, 1000.0)


def test_points_far_from_the_origin_and_weights(tmp_path):
    rng = np.random.default_rng(0)
    points = rng.standard_normal((40, 2)) + 1e3
    weights = rng.random(40)
    np.savez(tmp_path / "p.npz", points=points, weights=weights / weights.sum())
    np.save(tmp_path / "q.npy", points + np.array([3.0, 4.0]))
    rows = rows_of(
        small(source=str(tmp_path / "p.npz"), target=str(tmp_path / "q.npy"), lr=(1e-3,), grad_points=50)
    )
    truth = exact(*load_pair(str(tmp_path / "p.npz"), str(tmp_path / "q.npy"))).bracket
    for row in rows:
        assert row["exact"] == pytest.approx(truth.upper, rel=1e-6)
        assert row["normalised_pairs"] is None or row["normalised_pairs"] <= truth.upper
        assert row["lower"] <= truth.upper
