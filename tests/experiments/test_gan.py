"""Generators in training: rows, looks, batches, resumption, divergence, what is saved."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.spatial.distance import cdist, pdist

from wcheck import exact
from wcheck.columns.choices import GAMES
from wcheck.critics.direct import Exact
from wcheck.errors import OutputError, ParameterError, SourceError, WcheckError
from wcheck.experiments import reference as kept
from wcheck.experiments.driver import Workers, write_rows
from wcheck.experiments.game_rows import GameRows, of_spread
from wcheck.experiments.gan import PRESETS, Gan
from wcheck.experiments.parts import Parts
from wcheck.experiments.ranges import Range
from wcheck.experiments.scene import Scene
from wcheck.generators.game import Game
from wcheck.generators.generator import Generator
from wcheck.generators.steps import GameStep
from wcheck.measures.embeddings.registry import embedding
from wcheck.measures.measure import Measure
from wcheck.measures.sources import Preprocessing, load
from wcheck.progress import silent
from wcheck.rows.csvfile import CsvFile
from wcheck.rows.table import Table, parse_rows

TINY = {
    "data": "gaussian:dim=3,n=160", "width": (8,), "generator_width": (8,), "generator_layers": (1,), "latent": (2,),
    "batch_size": (8,), "steps": (6,), "every": 3, "grad_points": 20, "critic_steps": (2,), "lr": (1e-2,),
}  # fmt: skip
OF_CRITIC = {"width", "critic_steps", "lr", "grad_points"}
TIMES = {"seconds", "batch_seconds"}
OF_A_LOOK = ("exact", "exact_real", "excess", "spread", "nearest", "value", "grad_max")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "folder", lambda: tmp_path / "cache")


def tiny(**options):
    alone = {"exact"} == set(options.get("objective", ()))  # without a critic
    given = {name: value for name, value in TINY.items() if not (alone and name in OF_CRITIC)}
    return Gan.of(**{**given, **options})


def rows_of(experiment, workers=None):
    table = Table(experiment.columns, experiment.fine)
    write_rows(experiment, table, silent, workers)
    return table.rows


def timeless(rows):
    return [{column: value for column, value in row.items() if column not in TIMES} for row in rows]


def test_rows_tell_the_whole_story(tmp_path):
    rows = rows_of(tiny(objective=("wasserstein",), save=tmp_path))
    assert [row["step"] for row in rows] == [0, 3, 6]
    _, reference, real = Parts(TINY["data"]).load()
    truth = exact(real, reference).bracket
    for row in rows:
        assert tuple(row) == Gan.columns
        assert (row["data"], row["reference"], row["n"], row["dim"]) == (TINY["data"], reference.name, 40, 3)
        assert (row["objective"], row["lipschitz"], row["penalty"], row["clip"]) == (
            "wasserstein",
            "gp",
            10.0,
            None,
        )
        assert (row["generator"], row["latent"], row["lr"], row["generator_lr"]) == ("mlp", 2, 1e-2, 1e-2)
        assert row["exact_real"] == row["exact_real_upper"] == pytest.approx(truth.upper)
        points = Generator.load(tmp_path / row["saved"].rpartition("/")[2]).sample(40, 0, "look")
        assert row["exact"] == pytest.approx(exact(points, reference).value)
        assert row["excess"] == row["exact"] - row["exact_real"]
        assert row["normalised"] == row["value"] / row["grad_max"]
        assert row["status"] == "ok"
    assert rows[0]["loss"] is None
    for row in rows[1:]:
        assert row["loss_ratio"] == row["target_ratio"] == row["loss"] / row["batch_exact"]
        assert row["batch_exact_lower"] <= row["batch_exact"] == row["batch_exact_upper"]
        assert -1 <= row["cosine"] <= 1
        assert row["generator_gradient"] > 0 < row["generator_gradient_weights"]
    assert rows[-1]["seconds"] > rows[0]["seconds"] == 0.0
    assert len({row["exact"] for row in rows}) == 3


def test_a_row_between_looks_is_of_its_batches_alone():
    rows = rows_of(tiny(batch_exact_every=1, objective=("c-transform",)))
    looks = rows_of(tiny(objective=("c-transform",)))
    assert [row["step"] for row in rows] == [0, 1, 2, 3, 4, 5, 6]
    assert timeless([rows[0], rows[3], rows[6]]) == [
        look | {"batch_exact_every": 1} for look in timeless(looks)
    ]
    for row in (rows[1], rows[2], rows[4], rows[5]):
        assert all(row[column] is None for column in OF_A_LOOK)
        # a lower bound, in float64
        assert row["loss"] <= row["batch_exact_upper"] * (1 + 1e-12)
        assert row["loss_ratio"] == row["loss"] / row["batch_exact"]


def test_an_objective_is_held_against_what_it_approximates():
    rows = rows_of(
        tiny(
            objective=("exact", "c-eps-transform", "sinkhorn", "energy", "least-squares"),
            every=6,
            epsilon=(0.3,),
        )
    )
    last = {row["objective"]: row for row in rows if row["step"] == 6}
    assert {name: row["approximates"] for name, row in last.items()} == {
        "exact": "w1", "c-eps-transform": "ot-eps", "sinkhorn": "sinkhorn-divergence", "energy": None,
        "least-squares": None,
    }  # fmt: skip
    assert last["exact"]["loss_ratio"] == pytest.approx(1, abs=1e-6)
    assert last["c-eps-transform"]["target_ratio"] <= 1 + 1e-9
    assert last["sinkhorn"]["target_ratio"] == pytest.approx(1, abs=0.1)
    for name in ("energy", "least-squares", "sinkhorn", "c-eps-transform"):
        assert last[name]["loss_ratio"] is None
    for name in ("exact", "sinkhorn", "energy"):  # which have no critic
        assert all(last[name][column] is None for column in ("value", "arch", "lr", "critic_steps"))


def test_the_claim_of_a_discriminator():
    rows = rows_of(tiny(objective=("minimax", "non-saturating", "hinge"), every=6))
    for row in rows:
        if row["objective"] == "hinge":
            assert row["js_estimate"] is row["js_held_out"] is None
        elif row["step"]:
            assert row["js_estimate"] == row["loss"] / 2 + math.log(2)
            assert row["js_held_out"] < math.log(2)
    # the generator's loss is another thing
    losses = {row["objective"]: row["generator_loss"] for row in rows if row["step"]}
    assert losses["minimax"] < 0 < losses["non-saturating"]


def test_the_same_seed_gives_the_same_rows_whoever_runs_them():
    experiment = tiny(seed=(0, 1), steps=(3,))
    rows = timeless(rows_of(experiment))
    assert rows == timeless(rows_of(tiny(seed=(0, 1), steps=(3,)), Workers(2)))
    losses = [row["loss"] for row in rows if row["step"] == 3]
    assert len(losses) == len(set(losses)) == 4


def test_a_killed_run_goes_on_with_the_same_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr("wcheck.rows.scratch.SECONDS", 0.0)
    monkeypatch.setattr("wcheck.rows.checkpoint.SHARE", math.inf)
    options = {
        "steps": (40,),
        "every": 20,
        "batch_exact_every": 7,
        "average": (0.9,),
        "objective": ("wasserstein",),
    }

    def written(name, stop=math.inf):
        experiment = tiny(**options)

        def report(label, done, total, note=""):
            if label == "gan" and done >= stop:
                raise KeyboardInterrupt

        with CsvFile(
            tmp_path / name, experiment.columns, experiment.fine, neutral=experiment.neutral
        ) as table:
            write_rows(experiment, table, report)
        return timeless(parse_rows((tmp_path / name).read_text()))

    whole = written("whole.csv")
    for stop in (17, 33):
        with pytest.raises(KeyboardInterrupt):
            written("cut.csv", stop)
    assert list((tmp_path / "cut.csv.unfinished").glob("*.checkpoint"))
    assert written("cut.csv") == whole


def test_a_game_that_diverges_is_a_row_and_the_next_is_played():
    sweep = tiny(
        objective=("exact",), generator_optimizer=("sgd",), generator_lr=(1e30, 1e-2), batch_exact_every=2
    )
    table = Table(sweep.columns, sweep.fine)
    write_rows(sweep, table)
    seen = [(row["generator_lr"], row["step"], row["status"]) for row in table.rows]
    assert seen[:2] == [(1e30, 0, "ok"), (1e30, 2, "diverged")]
    assert [(step, status) for lr, step, status in seen if lr == 1e-2] == [
        (0, "ok"), (2, "ok"), (3, "ok"), (4, "ok"), (6, "ok")
    ]  # fmt: skip
    assert len(seen) == 7
    assert all(
        not isinstance(value, float) or math.isfinite(value) for row in table.rows for value in row.values()
    )
    assert table.failed == 1


def test_a_generator_that_collapses_is_a_row_and_goes_on():
    wild = {"generator_lr": (1.0,), "objective": ("exact",)}
    rows = rows_of(tiny(collapse=0.5, **wild))
    assert [row["spread"] < 0.5 for row in rows] == [True, False, True]
    assert [row["status"] for row in rows] == ["ok", "ok", "collapsed"]
    assert {row["status"] for row in rows_of(tiny(collapse=0.0, **wild))} == {"ok"}


def test_a_generator_that_has_not_spread_yet_has_not_collapsed():
    rows = rows_of(tiny(collapse=0.9, objective=("exact",)))
    assert all(row["spread"] < 0.9 for row in rows)
    assert {row["status"] for row in rows} == {"ok"}


def test_whether_a_generator_had_spread_outlives_an_interruption():
    rows = GameRows(Exact())
    rows.look(0, {"spread": 0.01})
    rows.look(5, {"spread": 0.4})
    rows.look(9, {"exact": 1.0, "spread": None})
    other = GameRows(Exact())
    assert other.widest == 0.0
    other.restore(rows.state(), Gan.columns)
    assert other.widest == 0.4
    assert of_spread(0.01, other.widest, 0.02) == {"status": "collapsed"}
    assert of_spread(0.0199, 0.0209, 0.02) == {}  # a fresh network that has hardly moved
    assert of_spread(0.01, 0.015, 0.02) == of_spread(0.03, 0.4, 0.02) == of_spread(None, 0.4, 0.02) == {}


def test_copies_of_the_data_are_seen_through():
    train, reference, real = Parts("digits", n=200).load()
    scene = Scene.of(reference, real, train)
    copies = scene.judged(train.take(np.random.default_rng(0).permutation(len(train))[:200]))
    assert abs(copies["excess"]) < 0.03 * copies["exact_real"]
    assert copies["nearest"] == 0
    assert copies["copied"] > 0.9 > 0.1 > copies["copied_real"]


def test_what_is_shrunken_is_near_the_data_and_no_copy():
    train, reference, real = Parts("gaussian:dim=20,n=800").load()
    shrunken = 0.5 * np.random.default_rng(0).standard_normal((200, 20))
    found = Scene.of(reference, real, train).judged(Measure.of(shrunken))
    assert found["spread"] == pytest.approx(0.5, abs=0.03)
    assert found["nearest"] < 0.9
    assert found["copied"] == found["copied_real"] == 0
    assert found["excess"] < 0  # nearer than real points: no praise


def test_looks_at_images_leave_sheets(tmp_path):
    options = {"data": "digits[0:200]", "grid": tmp_path, "steps": (2,), "every": 2, "objective": ("exact",)}
    rows_of(tiny(**options))
    assert sorted(file.name for file in tmp_path.iterdir() if file.suffix) == [
        f"000-00000{step}{beside}.png" for step in (0, 2) for beside in ("-beside", "")
    ]
    with (
        Image.open(tmp_path / "000-000002.png") as one,
        Image.open(tmp_path / "000-000002-beside.png") as three,
    ):
        assert three.size[0] > 3 * one.size[0] > 100
    assert Gan.neutral >= {"grid"}  # the rows do not depend on it


def test_a_sheet_of_the_plane_and_none_of_other_vectors(tmp_path):
    rows = rows_of(tiny(data="8gaussians:n=80", grid=tmp_path, steps=(2,), every=2, objective=("exact",)))
    assert sorted(file.name for file in tmp_path.iterdir() if file.suffix) == [
        "000-000000.png",
        "000-000002.png",
    ]
    assert rows[-1]["modes"] <= 8
    assert 0 <= rows[-1]["quality"] <= 1
    with pytest.raises(ParameterError, match="grid draws images and points of the plane"):
        rows_of(tiny(grid=tmp_path))


def test_energy_distances_are_those_of_the_feature_space(tmp_path):
    """By SciPy, of the points that were saved; where no space is named, in the points' own coordinates."""

    def brute(x, y):
        return cdist(x, y).mean() - pdist(x).mean() / 2 - pdist(y).mean() / 2

    options = {
        "data": "digits",
        "n": 60,
        "objective": ("exact",),
        "every": 6,
        "save": tmp_path,
        "scale": "-1,1",
    }
    for space in (None, "classifier:digits,seed=1"):
        rows = rows_of(tiny(**options, feature_space=space))
        _, reference, real = Parts("digits", 60, preprocessing=Preprocessing(scale="-1,1")).load()
        for row in rows:
            fake = Generator.load(row["saved"]).sample(60, 0, "look")
            parts = [fake, reference, real]
            if space:
                parts = [embedding(space).measure(part) for part in parts]
            fake, y, x = (part.dense().astype(float) for part in parts)
            assert row["feature_space"] == space
            assert row["energy_distance"] == pytest.approx(brute(fake, y), rel=1e-5)
            assert row["energy_distance_real"] == pytest.approx(brute(x, y), rel=1e-5, abs=1e-5)
            assert row["energy_distance_excess"] == row["energy_distance"] - row["energy_distance_real"]


def test_a_feature_space_that_cannot_map_the_points_is_refused_before_a_game():
    for space, message in (
        ("nowhere:f", "nowhere:f cannot be imported"),
        ("classifier:digits", "shape 3: give"),
    ):
        with pytest.raises(WcheckError, match=message):
            tiny(feature_space=space).load(silent)


def test_games_by_their_names():
    """Each by its own objective and constraint, with the same draws, once; ``all`` are all of them."""
    options = {"lr": (Range(1e-3, 1e-1, True),), "samples": 2, "critic_steps": (1, 2)}
    tasks = tiny(game=("lsgan", "exact", "sn-gan", "lsgan"), **options).tasks()
    squares, hinges = (2 * [(name, 1), (name, 2)] for name in ("least-squares", "hinge spectral"))
    first = [*squares[:2], ("exact", None), *hinges[:2]]
    assert [(task.game.title, task.game.critic_steps) for task in tasks] == [
        *first,
        *squares[:2],
        *hinges[:2],
    ]
    drawn = {task.game.title: set() for task in tasks}
    for task in tasks:
        if task.game.critic is not None:
            drawn[task.game.title].add(task.game.critic.descent.lr)
    assert drawn["least-squares"] == drawn["hinge spectral"]
    assert len(drawn["hinge spectral"]) == 2
    assert len(tiny(game=("all",)).tasks()) == len(GAMES)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"game": ("wgan",), "objective": ("exact",)},
            "names the objective too: leave out",
        ),
        ({"game": ("wgan",), "lipschitz": ("gp",)}, "names the lipschitz too"),
        ({"game": ("wgan-g",)}, "did you mean wgan-gp"),
    ],
)
def test_a_name_that_is_no_game_or_stands_beside_another_is_refused(options, message):
    with pytest.raises(ParameterError, match=message):
        tiny(**options)


def test_given_centroids(tmp_path):
    np.savez(tmp_path / "centroids.npz", points=np.zeros((1, 3)), weights=np.ones(1))
    given = str(tmp_path / "centroids.npz")
    rows = rows_of(tiny(centroids=given, objective=("exact",), save=tmp_path / "runs"))
    _, _, real = Parts(TINY["data"]).load()
    points = Generator.load(tmp_path / "runs" / "000-000006").sample(40, 0, "look")
    sizes = [np.linalg.norm(part.dense(), axis=1).mean() for part in (points, real)]
    assert rows[-1]["centroid_distance"] == pytest.approx(sizes[0] / sizes[1])
    np.save(tmp_path / "other.npy", np.zeros((1, 2)))
    with pytest.raises(ParameterError, match="dimension 2"):
        rows_of(tiny(centroids=str(tmp_path / "other.npy")))


def test_centroids_are_found_of_the_training_points():
    rows = rows_of(tiny(centroids="2", objective=("exact",)))
    train = Parts(TINY["data"]).load().train
    assert rows[-1]["centroids"] == "2"
    everything = rows_of(tiny(centroids=str(len(train)), objective=("exact",), steps=(2,), every=2))[-1]
    assert everything["centroid_distance"] == pytest.approx(
        everything["nearest"]
    )  # each is a centroid of its own
    with pytest.raises(ParameterError, match="centroids is 0: give a number from 1 to 80"):
        rows_of(tiny(centroids="0", objective=("exact",)))


def test_what_is_saved_says_what_it_is(tmp_path):
    rows = rows_of(tiny(objective=("exact",), save=tmp_path / "runs", steps=(2,), every=2, seed=(3, 4)))
    assert [row["saved"] for row in rows] == [
        str(tmp_path / "runs" / f"{number:03d}-{step:06d}") for number in (0, 1) for step in (0, 2)
    ]
    about = json.loads((tmp_path / "runs" / "001-000002" / "generator.json").read_text())
    assert (about["step"], about["game"]["seed"], about["data"]) == (2, 4, TINY["data"])


def test_what_is_saved_is_a_source(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = "import torch\ndef make(latent, shape):\n    return torch.nn.Linear(latent, shape[0])\n"
    (tmp_path / "mine.py").write_text(made)
    brief = {"objective": ("exact",), "steps": (2,), "every": 2, "save": Path("runs")}
    own = {"generator": ("mine:make",), "generator_width": (), "generator_layers": ()}
    saved = [rows_of(tiny(**brief, **options))[-1]["saved"] for options in ({}, own)]
    assert saved == ["runs/000-000002", "runs/000-000002,factory=mine:make"]
    assert load(f"generator:{saved[1]},n=5").dense().shape == (5, 3)
    with pytest.raises(SourceError, match="factory"):
        load("generator:runs/000-000002")


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_options_that_can_be_run(name):
    experiment = Gan.of(name)
    assert len(experiment.tasks()) == len(PRESETS[name].get("objective")) * len(
        PRESETS[name].get("lipschitz", (0,))
    )


def test_the_preset_ring_finds_all_modes():
    """By smaller players in larger steps than the preset's, whose 3,000 take a minute."""
    sizes = {
        "width": (64,),
        "generator_width": (64,),
        "batch_size": (64,),
        "lr": (1e-3,),
        "generator_lr": (1e-3,),
    }
    ring = Gan.of("ring", **sizes, average=(0.98,), steps=(600,), every=600, n=2000, grad_points=100)
    begun, ended = rows_of(ring)
    assert (ended["objective"], ended["lipschitz"], ended["penalty"]) == ("wasserstein", "gp", 0.1)
    assert begun["modes"] < 8
    assert ended["modes"] == 8
    assert ended["quality"] > 0.05
    assert ended["exact"] < begun["exact"] / 2


def test_a_setting_that_a_game_does_not_read_multiplies_nothing():
    games = tiny(
        objective=("exact", "wasserstein", "sinkhorn"),
        penalty=(1.0, 10.0),
        epsilon=(0.1, 1.0),
        lipschitz=("gp",),
    ).tasks()
    assert [task.game.title for task in games] == ["exact", *["wasserstein gp"] * 2, *["sinkhorn"] * 2]


@pytest.mark.parametrize(
    ("unread", "message"),
    [
        (
            {"objective": ("exact",), "lipschitz": ("gp",)},
            "lipschitz is given, but no game with objective exact reads",
        ),
        (
            {"objective": ("exact", "mmd"), "lr": (1e-3,)},
            "with objective exact, mmd reads it: .*, or generator_lr for",
        ),
        ({"objective": ("energy",), "critic_steps": (3,)}, "choose objective wasserstein, c-transform"),
        ({"epsilon": (1.0,)}, "reads it: choose objective c-eps-transform, sinkhorn, or leave it out"),
        (
            {"lipschitz": ("clip",), "penalty": (1.0,)},
            "with lipschitz clip reads it: choose lipschitz gp, lp, ct",
        ),
        ({"arch": ("resnet",), "width": (8,)}, "choose arch mlp, groupsort"),
        ({"optimizer": ("sgd",), "betas": ((0.0, 0.9),)}, "choose optimizer adam"),
        ({"free_points": (8,)}, "no game with generator mlp reads it: choose generator points"),
        (
            {"generator": ("points",), "latent": (2,)},
            "choose generator mlp, dcgan, dcgan-flat, module:factory",
        ),
    ],
)
def test_a_setting_that_no_game_reads_is_refused(unread, message):
    with pytest.raises(ParameterError, match=message):
        Gan.of(**unread)
    # a preset's own may be left unread, and None is not given
    assert Gan.of(objective=("exact",), lipschitz=(None,), amp=(None,)).tasks()[0].game.critic is None
    assert Gan.of("ring", objective=("exact",)).tasks()[0].game.critic is None


def test_a_value_that_is_not_read_is_checked():
    for wrong in ({"epsilon": -1.0}, {"penalty": -1.0}, {"lr": 0.0}, {"kernel": "cubic"}):
        with pytest.raises(ParameterError, match=f"^{next(iter(wrong))} is"):
            Game.of(objective="exact", **wrong)


def test_steps_between_looks_beyond_the_steps_are_remarked_on(caplog):
    caplog.set_level("INFO", "wcheck")
    rows = rows_of(tiny(objective=("exact",), steps=(2,), every=3, batch_exact_every=4))
    assert [row["step"] for row in rows] == [0, 2]
    assert (
        "--every is 3, but there are 2 steps: evaluations are only before the first and after the last step."
        in caplog.text
    )
    assert (
        "--batch-exact-every is 4, but there are 2 steps: only evaluations have batch_exact." in caplog.text
    )
    caplog.clear()
    rows_of(tiny(objective=("exact",), steps=(2,), every=2, batch_exact_every=2))
    assert not caplog.text


def test_a_loss_in_float64_is_computed_at_looks_alone_where_there_is_no_critic(monkeypatch):
    losses = []
    read = GameStep.loss.fget
    monkeypatch.setattr(GameStep, "loss", property(lambda step: losses.append(step.number) or read(step)))
    rows = rows_of(tiny(objective=("exact",), batch_exact_every=1))
    assert losses == [3, 6]
    assert [row["loss_ratio"] for row in rows[1:]] == [pytest.approx(1, abs=1e-5)] * 6


def test_ranges_are_drawn_from():
    from wcheck.experiments.ranges import Range

    drawn = tiny(objective=("exact",), generator_lr=(Range(1e-4, 1e-2, True),), samples=3).tasks()
    assert len({task.game.generator.descent.lr for task in drawn}) == 3


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"steps": (0,)}, "steps is 0"),
        ({"every": 0}, "every is 0"),
        ({"batch_exact_every": 0}, "batch_exact_every is 0"),
        ({"collapse": 1.0}, "collapse is 1.0"),
        ({"latent": (0,)}, "latent is 0"),
        ({"objective": ("hope",)}, "objective is 'hope'"),
        ({"objective": ("feature-energy",), "lipschitz": ("ct",)}, "choose lipschitz"),
        ({"device": "cuda:99"}, "device is 'cuda:99'"),
        ({"samples": 2}, "there is no range"),
    ],
)
def test_what_cannot_be_run_is_refused_at_once(wrong, message):
    with pytest.raises(ParameterError, match=message):
        tiny(**wrong)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"batch_size": (81,)}, "batch_size is 81, and there are 80 points to train on"),
        ({"generator": ("dcgan",), "generator_layers": ()}, "generator dcgan got points of shape 3"),
        ({"arch": ("dcgan",), "width": ()}, "arch dcgan got points of shape 3"),
    ],
)
def test_a_game_that_does_not_fit_the_data_is_refused_before_any_is_played(wrong, message):
    with pytest.raises(ParameterError, match=message):
        rows_of(tiny(**wrong))


def test_a_folder_that_cannot_be_made_is_refused_at_once(tmp_path):
    (tmp_path / "file").write_text("")
    for option in ("save", "grid"):
        with pytest.raises(OutputError, match=f"Not a directory; give another {option}"):
            tiny(**{option: tmp_path / "file" / "runs"})


def test_what_is_refused_leaves_no_folder_behind(tmp_path):
    for option in ("save", "grid"):
        with pytest.raises(ParameterError, match=r"batch_size is 81|grid draws"):
            rows_of(tiny(batch_size=(81,), **{option: tmp_path / "deep" / option}))
    with pytest.raises(ParameterError, match="no game with objective exact reads it"):
        Gan.of(objective=("exact",), lipschitz=("gp",), save=tmp_path / "deep")
    assert not (tmp_path / "deep").exists()
