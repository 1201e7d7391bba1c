"""Files that options name to be written: checked in one place, before anything is done."""

import numpy as np
import pytest
import typer.testing

from wcheck.cli.app import app

PAIR = ("exact", "p.npy", "q.npy")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for seed, name in enumerate(("p.npy", "q.npy")):
        np.save(name, np.random.default_rng(seed).normal(size=(20, 2)))
    np.savez("centres.npz", points=np.eye(2))
    (tmp_path / "there.csv").write_text("x,y\n1,2\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*PAIR, "-o", "a.json"), "-o a.json does not end with .csv: name it a.csv, or --json for JSON"),
        ((*PAIR, "-o", "rows"), "-o rows does not end with .csv: name it rows.csv."),
        (
            (*PAIR, "--save-plan", "plan.csv"),
            "--save-plan plan.csv does not end with .npz: name it plan.npz.",
        ),
        (
            ("kmedians", "--data", "p.npy", "--save", "cen.csv"),
            "--save cen.csv does not end with .npz: name it cen.npz.",
        ),
        (("oracle", "--data", "digits", "--save", "cen.npz"), "--save cen.npz is the name of a file"),
        (("gan", "--grid", "p.npy"), "--grid p.npy is the name of a file"),
        ((*PAIR, "-o", "x.csv", "--checkpoint", "x.csv"), "--checkpoint and -o would both write x.csv"),
        (
            (*PAIR, "-o", "x.csv", "--checkpoint", "./x.csv.json"),
            "--checkpoint and -o would both write x.csv.json",
        ),
        (
            ("exact", "there.csv", "q.npy", "-o", "there.csv", "--overwrite"),
            "-o there.csv is read by the same command",
        ),
        (
            ("exact", "centres.npz:points", "q.npy", "--save-plan", "centres.npz"),
            "--save-plan centres.npz is read by",
        ),
        (
            ("kmedians", "--data", "centres.npz[0:2]", "--save", "centres.npz"),
            "--save centres.npz is read by",
        ),
        ((*PAIR, "--json", "-o", "x.csv"), "--json writes the rows to standard output"),
    ],
)
def test_a_name_that_cannot_be_meant_is_refused_before_anything_is_written(tmp_path, words, said):
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    ended = typer.testing.CliRunner().invoke(app, words)
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert said in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_names_that_differ_are_written():
    words = (*PAIR, "-o", "x.csv", "--save-plan", "x.npz", "--checkpoint", "x.checkpoint")
    assert typer.testing.CliRunner().invoke(app, words).exit_code == 0
