"""``wcheck gan`` from the shell's side."""

import json

import pytest
import typer.testing

from wcheck.cli.app import app
from wcheck.experiments.gan import Gan
from wcheck.experiments.telling.gan import told
from wcheck.rows.table import parse_rows

SMALL = (
    "gan", "--data", "digits[0:120]", "--steps", 2, "--every", 1, "--grad-points", 20,
    "--generator-width", 8, "--batch-size", 8, "--jobs", 1,
)  # fmt: skip
DIRECT = (*(part for part in SMALL if part not in ("--grad-points", 20)), "--objective", "exact")
"""A game without a critic, whose gradients nobody takes."""


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr("wcheck.experiments.reference.folder", lambda: tmp_path / "cache")


def invoke(*args):
    return typer.testing.CliRunner().invoke(app, [*map(str, args)])


def rows_of(ended):
    return list(parse_rows(ended.stdout))


def test_rows_and_a_summary_that_a_newcomer_understands():
    ended = invoke(*SMALL)
    assert ended.exit_code == 0, ended.stderr
    rows = rows_of(ended)
    assert tuple(rows[0]) == Gan.columns
    assert [(row["objective"], row["step"]) for row in rows] == [
        (name, step) for name in ("wasserstein", "c-transform") for step in (0, 1, 2)
    ]
    said = ended.stderr
    assert "30 real points are at W1 " in said
    assert "a perfect generator would be about as far" in said
    assert "WGAN-GP, after 2 steps: the loss is" in said
    assert "c-transform WGAN, after 2 steps: the loss is" in said
    assert "nearer is not better" in said


def test_a_preset_is_overridden_by_what_is_given(tmp_path):
    small = (*SMALL, "--width", 8)
    ended = invoke(*small, "--preset", "ring", "--data", "8gaussians:n=80", "-o", tmp_path / "ring.csv")
    assert ended.exit_code == 0, ended.stderr
    config = json.loads((tmp_path / "ring.csv.json").read_text())["config"]
    assert (config["penalty"], config["width"], config["latent"]) == ([0.1], [8], [2])
    assert (config["data"], config["steps"]) == ("8gaussians:n=80", [2])


def test_a_file_resumes_and_another_folder_for_generators_is_another_run(tmp_path):
    file = tmp_path / "games.csv"
    command = (*DIRECT, "--save", tmp_path / "runs", "-o", file)
    assert invoke(*command).exit_code == 0
    whole = file.read_text()
    assert invoke(*command).exit_code == 0
    assert file.read_text() == whole
    other = invoke(*DIRECT, "--save", tmp_path / "others", "-o", file)
    assert other.exit_code == 2
    assert "save" in other.stderr
    assert file.read_text() == whole


def test_what_went_wrong_is_told_with_what_to_do():
    ended = invoke(*DIRECT, "--generator-optimizer", "sgd", "--generator-lr", "1e30")
    assert ended.exit_code == 1
    assert [row["status"] for row in rows_of(ended)] == ["ok", "diverged"]
    assert "Status diverged (1 of 2 rows)" in ended.stderr
    wild = (
        "gan", "--data", "gaussian:dim=3,n=160", "--objective", "exact", "--generator-width", 8, "--generator-layers",
        1, "--latent", 2, "--batch-size", 8, "--generator-lr", 1, "--steps", 6, "--every", 3,
    )  # fmt: skip
    ended = invoke(*wild, "--collapse", "0.5")
    assert [row["status"] for row in rows_of(ended)] == ["ok", "ok", "collapsed"]
    assert ended.exit_code == 1
    assert "Status collapsed (1 of 3 rows)" in ended.stderr
    assert "The generator has collapsed." in ended.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--objective", "hope"), "objective is 'hope'"),
        (("--objective", "feature-energy", "--lipschitz", "ct"), "choose --lipschitz"),
        (("--latent", "0"), "latent is 0"),
        (("--batch-size", "61"), "batch_size is 61, and there are 60 points to train on"),
        (("--generator", "dcgan", "--data", "gaussian:dim=3,n=80"), "generator dcgan got points of shape 3"),
        (("--generator", "nowhere:f"), "nowhere:f"),
        (("--n", "31"), "n is 31"),
        (("--collapse", "2"), "collapse is 2.0"),
        (("--batch-exact-every", "0"), "batch_exact_every is 0"),
        (("--centroids", "nowhere.npz"), "nowhere.npz"),
        (("--generator-lr", "1e-5:1e-3:log"), "give the number of draws"),
        (
            ("--grid", "sheets", "--data", "gaussian:dim=3,n=80"),
            "--grid draws images and points of the plane",
        ),
        (("--preset", "moon"), "preset is 'moon'"),
        (("--amp", "bf16"), "amp is bf16, but the device is the processor"),
        (
            ("--objective", "exact", "--lipschitz", "gp"),
            "--lipschitz is given, but no game with --objective exact reads",
        ),
        (("--epsilon", "-1"), "epsilon is -1.0: give a finite number above 0"),
    ],
)
def test_bad_options_are_one_line_and_status_2(options, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = invoke(*SMALL, *options)
    assert ended.exit_code == 2, ended.stderr
    assert message in ended.stderr
    assert sum(line.startswith("wcheck:") for line in ended.stderr.splitlines()) == 1
    assert ended.stdout == ""


def look(step, loss, exact, **about):
    """A look at WGAN-GP where real points are at 2."""
    return {
        "n": 100, "objective": "wasserstein", "lipschitz": "gp", "step": step, "loss_ratio": loss, "exact": exact,
        "exact_real_lower": 2.0, "exact_real_upper": 2.0, "excess": exact - 2.0, "spread": 0.9, "status": "ok",
    } | about  # fmt: skip


def test_what_is_told_of_games_that_end_differently():
    nothing = [look(0, None, 9.0)]
    assert told(nothing).splitlines()[1] == "WGAN-GP: no step has been taken yet."
    assert told(nothing).startswith(
        "100 real points are at W1 2 (certified) from as many others, the reference"
    )
    wide = told([look(0, None, 9.0, exact_real_lower=1.75)])
    assert wide.startswith("100 real points are at W1 2 (certified, between 1.75 and 2) from as many others")
    assert (
        told([look(0, None, 9.0) | {"exact": None, "status": "diverged"}])
        == "No generator could be looked at."
    )
    one = told([look(0, None, 9.0), look(5, 0.3, 2.5), look(7, 0.3, 9.0, excess=None) | {"exact": None}])
    assert one.splitlines()[1:] == [
        "WGAN-GP, after 5 steps: the loss is 30 % of the exact distance of its own batches. Its points are at 2.5, 0.5 "
        "farther than real ones, and have 90 % of their spread."
    ]
    both = [look(5, -0.1, 1.5, copied=0.9, copied_real=0.0), look(5, 0.2, 2.5)]
    assert "2 games, after 5 steps: the loss is -10 to 20 % of" in told(both)
    assert "0.5 nearer to 0.5 farther than real ones" in told(both)
    assert "A warning: 90 % of the points are near copies of training points." in told(both)
    energy = look(5, None, 1.8, objective="energy", lipschitz=None, spread=0.5)
    assert (
        "WGAN-GP, 2 games, after 5 steps: the loss is -10 to 20 % of the exact distance of its own batches (below"
        in (told(both))
    )
    near = told([look(5, 0.2, 2.5), energy]).splitlines()
    assert "energy distance, after 5 steps: the loss approximates no Wasserstein distance." in near[2]
    assert "0.2 nearer than real ones are, which is a warning and not an achievement" in near[2]
    assert "its points have 50 % of the spread of real ones, those of WGAN-GP 90 %" in near[3]


def test_nearest_is_who_is_nearer_by_more_than_brackets_and_digits():
    others = look(5, 0.2, 2.5000001, objective="c-transform", lipschitz="none")
    equal = told([look(5, 0.2, 2.5), others]).splitlines()[-1]
    assert (
        "2 generators, of WGAN-GP and c-transform WGAN, are equally near to the reference in 4 digits"
        in equal
    )
    farther = others | {"exact": 2.6, "exact_lower": 2.4, "exact_upper": 2.6}
    assert "are equally near" in told([look(5, 0.2, 2.5), farther])
    last = told([look(5, 0.2, 2.5), farther | {"exact_lower": 2.55}]).splitlines()[-1]
    assert last.startswith("Nearest to the reference is the generator of WGAN-GP, and nearer is not better")


def test_nobody_is_nearest_who_has_collapsed_diverged_or_not_spread():
    sound = look(5, 0.2, 2.5)
    near = {"objective": "exact", "lipschitz": None, "collapse": 0.02}
    bad = [
        [look(5, 0.2, 1.5, spread=0.01, status="collapsed", **near)],
        [look(5, 0.2, 1.5, spread=0.01, **near)],
        [look(5, 0.2, 1.5, **near), look(6, None, 9.0, **near) | {"exact": None, "status": "diverged"}],
    ]
    for rows, end in zip(bad, ("has collapsed", "has not spread yet", "has diverged since"), strict=True):
        alone = told([sound, *rows])
        assert f" The generator {end}." in alone
        assert "Nearest to" not in alone
        three = told([sound, look(5, 0.2, 2.0, objective="hinge"), *rows]).splitlines()[-1]
        assert three.startswith("Nearest to the reference is the generator of hinge with gp")
    two = told([*bad[0], look(5, 0.2, 1.5, spread=0.01, status="collapsed", **near)])
    assert "minibatch W1, 2 games" in two
    assert " 2 of them have collapsed." in two


def test_advice_is_by_the_kind_of_the_data():
    def advice(**about):
        return told([look(5, 0.2, 2.5, **about), look(5, 0.2, 2.6, **about)]).splitlines()[-1]

    vectors = advice(dim=5, nearest=1.0, copied=0.0)
    assert vectors.endswith("Look at spread, nearest and copied.")
    assert advice(dim=2).endswith("Look at spread, and with --grid at samples.")
    assert advice(dim=64, sharpness=1.0, copied=0.0).endswith(
        "Look at spread, sharpness and copied, and with --grid at samples."
    )
