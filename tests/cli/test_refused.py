"""Options that commands do not have for a reason, and options that were given and that nothing reads."""

import re

import numpy as np
import pytest
import typer.main
from typer.testing import CliRunner

from wcheck.cli.app import app
from wcheck.cli.refused import EUCLIDEAN, HAVING, METRIC

MEASURE_NOTHING = {"columns", "data", "plot", "report", "reproduce"}


@pytest.mark.parametrize("words", [(METRIC, "cosine"), (f"{METRIC}=euclidean",)])
@pytest.mark.parametrize("command", EUCLIDEAN)
def test_a_euclidean_command_says_why_it_takes_no_other_metric(command, words):
    ended = CliRunner().invoke(app, [command, "--seed", "1", *words])
    assert ended.exit_code == 2
    assert ended.stderr.startswith(f"wcheck: {command} needs the Euclidean metric: {EUCLIDEAN[command]}; ")
    assert ended.stderr.count("\n") == 1
    assert ended.stdout == ""


def test_every_command_has_the_option_or_says_why_not():
    commands = typer.main.get_command(app).commands
    having = {name for name, command in commands.items() if METRIC in opts(command)}
    assert having == set(HAVING)
    assert commands.keys() - having - MEASURE_NOTHING == EUCLIDEAN.keys()


def test_where_nothing_is_measured_there_is_no_such_option():
    ended = CliRunner().invoke(app, ["plot", METRIC, "cosine"])
    assert ended.exit_code == 2
    assert f"there is no option {METRIC}" in ended.stderr


TABLE = "x,y,group\n0,1,a\n1,0,b\n"
PAIR = ("p.npy", "p.npy")
ORACLE = ("oracle", *PAIR, "--steps", "1", "--width", "2")
GAN = ("gan", "--data", "p.npy", "--batch-size", "4", "--steps", "1")
BATCH = ("batch", *PAIR, "--reps", "1", "--batch-size", "4")
KNOWN = ("known", "--dim", "1", "--n", "4", "--estimator", "exact")
SAMPLES = ("sample-complexity", "--dim", "2", "--n", "4", "--reps", "1", "--estimator", "exact")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a few small files."""
    path = tmp_path_factory.mktemp("given")
    np.save(path / "p.npy", np.random.default_rng(0).normal(size=(40, 3)))
    np.save(path / "c.npy", np.eye(3))
    np.save(path / "rows.npy", np.arange(40))
    (path / "t.csv").write_text(TABLE)
    return path


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("toys", "--overwrite"), "--overwrite"),
        (("toys", "-o", "-", "--overwrite"), "--overwrite"),
        (("toys", "--json", "-o", "x.csv"), "--json"),
        (("exact", *PAIR, "--image-size", "8"), "image_size"),
        (("exact", *PAIR, "--channels", "grey"), "channels"),
        (("exact", "digits[0:9]", "digits[9:18]", "--layout", "chw"), "layout"),
        (("exact", "digits[0:9]", "digits[9:18]", "--pixel-range=0,1"), "--pixel-range"),
        (("exact", *PAIR, "--columns", "x"), "--columns"),
        (("exact", *PAIR, "--drop", "x"), "--drop"),
        (("exact", *PAIR, "--weights", "x"), "--weights"),
        (("exact", *PAIR, "--where", "x=1"), "--where"),
        (("exact", *PAIR, "--header"), "--header"),
        (("exact", *PAIR, "--no-header"), "--no-header"),
        (("exact", *PAIR, "--separator", ";"), "--separator"),
        (("exact", *PAIR, "--decimal-comma"), "--decimal-comma"),
        (("exact", *PAIR, "--by", "group"), "--by"),
        (("exact", *PAIR, "--source-weights", "rows.npy"), "--source-weights"),
        (("exact", "t.csv", "t.csv", "--drop", "group", "--where", "group=a"), "--where"),
        (("exact", "t.csv", "t.csv", "--by", "group", "--save-plan", "x.npz"), "--save-plan"),
        (("exact", "--cost", "c.npy", "--p", "2"), "--p"),
        (("exact", "--cost", "c.npy", "--metric", "cosine"), "--metric"),
        (("exact", "--cost", "c.npy", "--memory", "1GiB"), "--memory"),
        (("exact", "--cost", "c.npy", "--drop", "x"), "--drop"),
        (("exact", "--cost", "c.npy", "--p", "1"), "--p"),  # by their defaults, too
        (("exact", "--cost", "c.npy", "--metric", "euclidean"), "--metric"),
        (("exact", "--cost", "c.npy", "--data-seed", "0"), "--data-seed"),
        (("exact", "--cost", "c.npy", "--device", "cuda"), "--device"),
        (("exact", *PAIR, "--patch-limit", "10000"), "--patch-limit"),
        (("certify", "--cost", "c.npy", "--permutation", "rows.npy", "--device", "cuda"), "--device"),
        (("certify", "--cost", "c.npy", "--permutation", "rows.npy", "--data-seed", "0"), "--data-seed"),
        (("certify", *PAIR, "--permutation", "rows.npy", "--epsilon", "1"), "--epsilon"),
        (("certify", *PAIR, "--permutation", "rows.npy", "--plan", "rows.npy"), "--plan"),
        (("compare", *PAIR, "--n", "4", "--blocks", "2", "--estimator", "sliced", "--p", "2"), "--p"),
        (("interval", *PAIR, "--diameter", "9", "--arch", "mlp"), "--arch"),
        ((*ORACLE, "--data", "digits"), "--data"),
        ((*ORACLE, "--n", "10"), "--n"),
        ((*ORACLE, "--samples", "2"), "samples"),
        ((*ORACLE, "--fresh-batches", "2"), "--fresh-batches"),
        ((*ORACLE, "--together", "2"), "--together"),
        ((*ORACLE, "--together", "2", "--lr", "1", "--lr", "2", "--lipschitz", "spectral"), "--together"),
        ((*ORACLE, "--lipschitz", "clip", "--penalty", "3"), "--penalty"),
        ((*ORACLE, "--clip", "1"), "--clip"),
        ((*ORACLE, "--consistency", "2"), "--consistency"),
        ((*ORACLE, "--optimizer", "sgd", "--betas", "0,0.9"), "--betas"),
        (("audit", "x", *PAIR, "--state", "s.pt"), "--state"),
        ((*GAN, "--objective", "exact", "--grad-points", "5"), "--grad-points"),
        ((*GAN, "--objective", "exact", "--critic-steps", "2"), "--critic-steps"),
        ((*GAN, "--objective", "exact", "--penalty", "2"), "--penalty"),
        ((*GAN, "--objective", "exact", "--width", "2"), "--width"),
        ((*GAN, "--generator", "points", "--latent", "2"), "--latent"),
        ((*GAN, "--generator", "points", "--generator-width", "2"), "--generator-width"),
        ((*GAN, "--samples", "2"), "samples"),
        ((*KNOWN, "--steps", "2"), "--steps"),
        ((*KNOWN, "--epsilon", "2"), "--epsilon"),
        ((*BATCH, "--steps", "2"), "--steps"),
        ((*BATCH, "--epsilon", "1"), "--epsilon"),
        ((*BATCH, "--estimator", "sliced", "--p", "2"), "--p"),
        ((*BATCH, "--data", "digits"), "--data"),
        ((*BATCH, "--kernel", "imq"), "--kernel"),
        ((*SAMPLES, "--columns", "x"), "--columns"),
        ((*SAMPLES, "--batches", "4"), "--batches"),
        (("sample-complexity", "p.npy", "--dim", "2"), "--dim"),
        (("pixels", "--data", "digits", "--index", "3", "--references", "2"), "--references"),
    ],
)  # fmt: skip
def test_an_option_that_nothing_reads_is_refused_by_its_name(words, option, folder, monkeypatch):
    monkeypatch.chdir(folder)
    ended = CliRunner().invoke(app, words)
    assert ended.exit_code == 2, ended.output
    assert re.search(rf"(?<![\w-]){option}(?![\w-])", ended.stderr), ended.stderr
    assert ended.stderr.count("\n") == 1
    assert ended.stdout == ""


def test_batches_that_are_too_large_are_refused_before_anything_is_solved(folder, monkeypatch):
    monkeypatch.chdir(folder)

    def solved(*args, **kwargs):
        raise AssertionError("the exact distance was asked for")

    monkeypatch.setattr("wcheck.experiments.reference.reference", solved)
    ended = CliRunner().invoke(app, ["batch", "p.npy", "p.npy", "--batch-size", "4", "--batch-size", "41"])
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert "p.npy has 40 points, but samples of 41 need 41" in ended.stderr


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("exact", "p.npz", "p.npy"), "did you mean p.npy?"),
        (("exact", "gaussian:dm=2,n=4", "p.npy"), "did you mean dim?"),
        (("exact", "p.npy", "p.npy", "--scale", "zscor"), "did you mean zscore?"),
        (("exact", "p.npy", "p.npy", "--layout", "vector"), "did you mean vectors?"),
        (("exact", "p.npy", "p.npy", "--embed", "eficientnet"), "did you mean efficientnet-lite0?"),
        (("exact", "t.csv", "t.csv", "--by", "Group"), "did you mean group?"),
        (("oracle", "p.npy", "p.npy", "--arch", "mpl"), "did you mean mlp?"),
        (("known", "--scaling", "1"), "there is no option --scaling;"),
    ],
)
def test_a_name_that_is_nearly_one_is_answered_with_it(words, meant, folder, monkeypatch):
    monkeypatch.chdir(folder)
    ended = CliRunner().invoke(app, words)
    assert ended.exit_code == 2
    assert meant in ended.stderr


def opts(command):
    return {name for parameter in command.params for name in parameter.opts}


@pytest.mark.parametrize(
    "words",
    [("two-gaussians", "--batch-size"), ("crossover", "--reps"), ("kmedians", "--k"), ("gan", "--steps")],
)
def test_an_integer_that_no_library_takes_is_refused(words):
    ended = CliRunner().invoke(app, [*words, str(2**63)])
    assert ended.exit_code == 2
    assert f"{words[1]} {2**63} is too large: give an integer below 2^63." in ended.stderr
