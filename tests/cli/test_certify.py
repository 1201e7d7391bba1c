"""``wcheck certify`` from the shell's side: files of answers, rows, sentences, and every kind of bad input."""

import json

import numpy as np
import ot
import pytest
import scipy.sparse
import typer.testing
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from wcheck.cli.app import app
from wcheck.experiments.certify import Certify
from wcheck.rows.table import parse_rows


def invoke(*args):
    return typer.testing.CliRunner().invoke(app, ["certify", *map(str, args)])


def certified(*args):
    ended = invoke("x.npy", "y.npy", *args)
    assert ended.exit_code == 0, ended.stderr
    (row,) = parse_rows(ended.stdout)
    return row, ended.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two sets of 30 points, and answers of several libraries in files."""
    folder = tmp_path_factory.mktemp("answers")
    x, y = np.random.default_rng(0).normal(size=(2, 30, 2))
    cost, a = cdist(x, y), np.full(30, 1 / 30)
    plan, log = ot.emd(a, a, cost, log=True)
    entropic, scalings = ot.sinkhorn(a, a, cost, 0.1, log=True, stopThr=1e-4)
    rows, columns = linear_sum_assignment(cost)
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", y)
    np.save(folder / "plan.npy", plan)
    np.savez(folder / "plan.npz", plan=plan, other=a)
    np.savez_compressed(folder / "G.npz", G=plan)
    scipy.sparse.save_npz(folder / "csr.npz", scipy.sparse.csr_matrix(plan))
    scipy.sparse.save_npz(folder / "coo.npz", scipy.sparse.coo_array(plan))
    np.save(folder / "perm.npy", columns)
    np.save(folder / "pairs.npy", np.array([rows, columns]))
    np.savez(folder / "uv.npz", u=log["u"], v=log["v"])
    np.savez(folder / "scalings.npz", u=scalings["u"], v=scalings["v"])
    np.save(folder / "entropic.npy", entropic)
    np.save(folder / "value.npy", cost[rows, columns].mean())
    return folder


@pytest.fixture(autouse=True)
def here(folder, monkeypatch):
    monkeypatch.chdir(folder)


@pytest.mark.parametrize(
    "answer",
    [
        ("--plan", "plan.npy"),
        ("--plan", "plan.npz"),
        ("--plan", "plan.npz:plan"),
        ("--plan", "G.npz"),
        ("--plan", "csr.npz"),
        ("--plan", "coo.npz"),
        ("--permutation", "perm.npy"),
        ("--permutation", "pairs.npy"),
    ],
    ids=" ".join,
)
def test_an_optimal_answer_is_certified_from_every_kind_of_file(answer):
    row, said = certified(*answer, "--potentials", "uv.npz")
    assert tuple(row) == Certify.columns
    assert row["status"] == "optimal"
    assert row["lower"] <= np.load("value.npy") * (1 + 1e-12)
    assert row["upper"] >= np.load("value.npy") * (1 - 1e-12)
    assert row["transport_cost"] == pytest.approx(float(np.load("value.npy")))
    assert "certified, rounding included" in said
    assert "as it is" in row["potentials_read_as"]


def test_a_sinkhorn_answer_says_what_it_is_worth():
    row, said = certified("--plan", "entropic.npy", "--potentials", "scalings.npz", "--epsilon", 0.1)
    value = float(np.load("value.npy"))
    assert row["lower"] < value < row["upper"]
    assert row["status"] == "certified"
    assert row["marginal_violation"] > 1e-7
    assert "scalings" in row["potentials_read_as"]
    sentences = " ".join(said.split())
    assert "its marginals are off by" in sentences
    assert "--polish SECONDS narrows it" in sentences
    row, said = certified("--plan", "entropic.npy", "--polish", 30)
    assert row["status"] == "optimal"
    assert row["polish"] == 30
    assert "--polish" not in said
    assert "The lower bound began as that of potentials of 0" in " ".join(said.split())


def test_ctrl_c_in_a_polish_leaves_the_row(folder, monkeypatch):
    monkeypatch.chdir(folder)

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("wcheck.transport.foreign.points.is_small", lambda problem: False)
    monkeypatch.setattr("wcheck.transport.foreign.points.first_arcs", interrupt)
    ended = invoke("x.npy", "y.npy", "--plan", "entropic.npy", "--polish", 30)
    assert ended.exit_code == 130
    (row,) = parse_rows(ended.stdout)
    assert row["status"] == "interrupted"
    assert row["lower"] < float(np.load("value.npy")) < row["upper"]


def test_what_was_saved_by_exact_is_read(tmp_path):
    saved = tmp_path / "saved.npz"
    ended = typer.testing.CliRunner().invoke(app, ["exact", "x.npy", "y.npy", "--plan", str(saved)])
    assert ended.exit_code == 0
    row, _ = certified("--plan", saved, "--potentials", saved)
    assert row["status"] == "optimal"


def test_a_file_of_rows_says_which_answer_it_is_of(tmp_path):
    out = tmp_path / "out.csv"
    answer = tmp_path / "answer.npy"
    np.save(answer, np.load("perm.npy"))
    assert invoke("x.npy", "y.npy", "--permutation", answer, "-o", out).exit_code == 0
    assert "permutation_sha256" in json.loads(out.with_suffix(".csv.json").read_text())["config"]
    assert invoke("x.npy", "y.npy", "--permutation", answer, "-o", out).exit_code == 0
    np.save(answer, np.arange(30))
    ended = invoke("x.npy", "y.npy", "--permutation", answer, "-o", out)
    assert ended.exit_code == 2
    assert "permutation_sha256" in ended.stderr


def test_a_cost_matrix_stands_in_place_of_points(folder):
    cost = cdist(np.load("x.npy"), np.load("y.npy"))
    cost[0, 0] = np.inf
    np.save("cost.npy", cost)
    np.save("weights.npy", np.full(30, 1 / 30))
    arguments = ("--cost", "cost.npy", "--source-weights", "weights.npy", "--permutation", "perm.npy")
    ended = invoke(*arguments, "--polish", 30)
    assert ended.exit_code == 0, ended.stderr
    (row,) = parse_rows(ended.stdout)
    assert row["p"] is None
    assert row["cost"] == "cost.npy"
    assert row["status"] == "optimal"
    assert row["lower"] >= float(np.load("value.npy")) * (1 - 1e-6)
    assert "least cost of this matrix (30 by 30)" in ended.stderr
    for wrong, said in (
        (["x.npy", "y.npy"], "give one or the other"),
        (["--p", "2"], "--p is for points"),
        (["--metric", "cosine"], "--metric is for points"),
        (["--scale", "0,1"], "--scale is for points"),
    ):
        ended = invoke(*wrong, *arguments)
        assert ended.exit_code == 2
        assert said in ended.stderr
    assert "no costs" in invoke("--permutation", "perm.npy").stderr
    assert "is for --cost" in invoke("x.npy", "y.npy", "--source-weights", "weights.npy").stderr


def test_another_metric_is_certified():
    row, _ = certified("--permutation", "perm.npy", "--metric", "cityblock", "--polish", 30)
    assert row["metric"] == "cityblock"
    assert row["status"] == "optimal"


BAD = {
    "nothing": ([], "nothing to certify"),
    "two plans": (["--plan", "plan.npy", "--permutation", "perm.npy"], "give one of them"),
    "no file": (["--plan", "no.npy"], "no.npy does not exist"),
    "another kind": (["--plan", "plan.csv"], "neither .npy nor .npz"),
    "not an array": (["--plan", "text.npy"], "text.npy cannot be read"),
    "not an archive": (["--potentials", "text.npz"], "text.npz cannot be read"),
    "potentials without names": (["--potentials", "perm.npy"], "numpy.savez"),
    "other names": (["--potentials", "plan.npz"], "one pair of"),
    "another key": (["--plan", "plan.npz:no"], "not 'no'"),
    "several arrays": (["--plan", "uv.npz"], "not 'plan'"),
    "another shape": (["--plan", "x.npy"], "has shape (30, 2)"),
    "a matrix as a permutation": (["--permutation", "plan.npy"], "has shape (30, 30)"),
    "numbers as a permutation": (["--permutation", "uv.npz:u"], "integers"),
    "a damaged sparse matrix": (["--plan", "damaged.npz"], "damaged.npz cannot be read"),
    "a sparse matrix that reaches out": (["--plan", "out.npz"], "out.npz cannot be read"),
    "pickles": (["--plan", "pickle.npy"], "never unpickled"),
    "a negative time": (["--plan", "plan.npy", "--polish", "-1"], "--polish is -1"),
    "an epsilon without potentials": (
        ["--plan", "plan.npy", "--epsilon", "1"],
        "none are given: leave it out",
    ),
    "another exponent": (["--plan", "plan.npy", "--p", "3"], "p is 3"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_one_line(name, folder):
    arguments, said = BAD[name]
    (folder / "text.npy").write_text("a text")
    (folder / "text.npz").write_text("a text")
    (folder / "plan.csv").write_text("1,2\n")
    np.savez(folder / "damaged.npz", indices=[99], indptr=[0, 5], data=[1.0], shape=[30, 30], format=b"csr")
    np.savez(folder / "out.npz", row=[99], col=[0], mass=[1.0], shape=[30, 30])
    np.save(folder / "pickle.npy", np.array([{}]), allow_pickle=True)
    ended = invoke("x.npy", "y.npy", *arguments)
    assert ended.exit_code == 2, ended.stderr
    assert said in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
