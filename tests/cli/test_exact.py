"""``wcheck exact`` from the shell's side: rows, files, plans, and every kind of bad input."""

import json
import math
import signal
import subprocess

import numpy as np
import pytest
import typer.testing
from PIL import Image

from tests.running import WCHECK, wait_until, wcheck, wcheck_on_terminal
from wcheck.cli.app import app
from wcheck.columns.former import respelled
from wcheck.experiments.exact import Exact
from wcheck.measures import cifar10
from wcheck.rows.table import parse_rows

DIGITS = ("digits[0:100]", "digits[100:200]")


def invoke(*args):
    return typer.testing.CliRunner().invoke(app, [*map(str, args)])


def rows_of(*args):
    ended = invoke("exact", *args)
    assert ended.exit_code == 0, ended.stderr
    return list(parse_rows(ended.stdout))


@pytest.fixture
def points(tmp_path):
    """Integers on the line, whose distances are known: W1 = 3 and W2 = sqrt(10)."""
    np.save(tmp_path / "p.npy", np.array([0.0, 10.0]))
    np.save(tmp_path / "q.npy", np.array([2.0, 14.0]))
    return tmp_path


def test_a_row_says_what_the_number_is_of():
    (row,) = rows_of(*DIGITS)
    assert tuple(row) == Exact.columns
    assert row["lower"] <= row["value"] == row["upper"]
    assert row["gap"] == row["upper"] - row["lower"]
    assert row["relative_gap"] <= 2e-6
    wanted = {"source": DIGITS[0], "target": DIGITS[1], "n": 100, "m": 100, "dim": 64, "p": 1, "scale": "0,1"}
    wanted |= {"image_size": None, "dtype": "float32", "tol": 1e-6, "status": "optimal", "seed": 0}
    assert {key: row[key] for key in wanted} == wanted


def test_known_values(points):
    rows = rows_of(points / "p.npy", points / "q.npy", "--p", 1, "--p", 2, "--tol", "1e-3", "--tol", "1e-9")
    assert [(row["p"], row["tol"]) for row in rows] == [(1, 1e-3), (1, 1e-9), (2, 1e-3), (2, 1e-9)]
    for row in rows:
        truth = {1: 3.0, 2: math.sqrt(10)}[row["p"]]
        assert row["lower"] <= truth <= row["upper"]
        assert row["upper"] == pytest.approx(truth, rel=2 * row["tol"])


def test_the_same_text_twice_is_two_draws_of_a_synthetic_source():
    (row,) = rows_of("gaussian:dim=2,n=50", "gaussian:dim=2,n=50")
    assert row["lower"] > 0


def test_the_preset_is_its_options_and_an_option_wins():
    preset, spelt, own = (
        rows_of("digits[0:5]", "digits[5:10]", *options)[0]
        for options in (
            ["--preset=paper"],
            ["--scale=-1,1", "--image-size=64"],
            ["--preset=paper", "--image-size=16"],
        )
    )
    assert (preset["scale"], preset["image_size"], preset["dim"]) == ("-1,1", 64, 64 * 64)
    assert preset["value"] == spelt["value"]
    assert (own["scale"], own["image_size"]) == ("-1,1", 16)


def test_the_plan_is_saved_without_pickles_and_has_the_value(points, tmp_path):
    plan = tmp_path / "plan.npz"
    (row,) = rows_of(points / "p.npy", points / "q.npy", "--save-plan", plan)
    with np.load(plan, allow_pickle=False) as saved:
        assert tuple(saved["shape"]) == (2, 2)
        cost = np.abs(np.load(points / "p.npy")[saved["row"]] - np.load(points / "q.npy")[saved["col"]])
        assert saved["mass"] @ cost == pytest.approx(row["value"], abs=1e-6)
        assert (saved["u"].sum() + saved["v"].sum()) / 2 == pytest.approx(row["value"], abs=1e-5)
    rows_of(points / "p.npy", points / "q.npy", "--save-plan", plan)  # a plan may be replaced by a plan


@pytest.fixture
def matrix(tmp_path, monkeypatch):
    """A cost matrix of 500 x 600 and weights, in the current folder."""
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    np.save("m.npy", random.normal(size=(500, 600)))
    weights = random.random(500)
    np.save("a.npy", weights / weights.sum())
    return np.load("m.npy")


def test_a_cost_matrix_in_place_of_points(matrix):
    (row,) = rows_of("--cost", "m.npy", "--source-weights", "a.npy", "--save-plan", "plan.npz")
    assert (row["cost"], row["n"], row["m"], row["dtype"], row["status"]) == (
        "m.npy",
        500,
        600,
        "float64",
        "optimal",
    )
    assert [row[blank] for blank in ("source", "target", "p", "dim", "scale", "target_weights")] == [None] * 6
    with np.load("plan.npz") as saved:
        costs = matrix[saved["row"], saved["col"]]
        assert saved["mass"] @ costs == pytest.approx(row["value"])
        assert saved["mass"] @ np.abs(costs) == pytest.approx(row["absolute_cost"])
        assert np.load("a.npy") @ saved["u"] + saved["v"].mean() == pytest.approx(row["lower"])
    assert row["relative_gap"] == row["gap"] / row["absolute_cost"] <= 1e-6


def test_a_cost_matrix_is_known_by_its_numbers_when_a_file_is_resumed(matrix):
    first = invoke("exact", "--cost", "m.npy", "-o", "out.csv")
    assert first.exit_code == 0
    assert "least cost of transport for m.npy (500 rows and 600 columns)" in first.stderr
    assert "finished" in invoke("exact", "--cost", "m.npy", "-o", "out.csv").stderr
    np.save("m.npy", matrix + 1.0)
    assert invoke("exact", "--cost", "m.npy", "-o", "out.csv").exit_code == 2


@pytest.mark.parametrize(("options", "says"), [
    ([], "give P and Q, or a cost matrix by --cost"),
    (["--cost", "m.npy", "--p", "2"], "--p is for points"),
    (["a.npy", "a.npy", "--cost", "m.npy"], "P is for points"),
    (["--cost", "m.npy", "--image-size", "8"], "--image-size is for points"),
    (["--cost", "m.npy", "--memory", "1GiB"], "--memory is for points"),
    (["a.npy", "a.npy", "--target-weights", "a.npy"], "--target-weights is for --cost"),
    (["--cost", "a.npy"], "a.npy has shape"),
    (["--cost", "none.npy"], "none.npy does not exist"),
    (["--cost", "m.npy", "--target-weights", "a.npy"], "the target of m.npy has 600 points and weights of shape"),
])  # fmt: skip
def test_what_does_not_go_with_a_cost_matrix_is_refused(matrix, options, says):
    ended = invoke("exact", *options)
    assert (ended.exit_code, ended.stderr.count("\n")) == (2, 1)
    assert says in ended.stderr


def test_forbidden_pairs_without_a_plan_are_one_line(matrix):
    matrix[:300, 250:] = np.inf
    np.save("m.npy", matrix)
    ended = invoke("exact", "--cost", "m.npy")
    assert ended.exit_code == 2
    assert "300 rows (0, 1, 2, 3, 4, 5, 6, 7, ...) of mass 0.6 are allowed 250 columns" in ended.stderr


def test_the_plan_has_its_new_name():
    arguments, sentences = respelled(["exact", "P", "Q", "--plan=plan.npz"])
    assert arguments == ["exact", "P", "Q", "--save-plan=plan.npz"]
    assert sentences == ["--plan is now called --save-plan."]


def test_a_file_is_resumed_refused_and_overwritten(tmp_path):
    path = tmp_path / "out.csv"
    assert invoke("exact", *DIGITS, "-o", path).exit_code == 0
    before = path.read_bytes()
    record = json.loads((tmp_path / "out.csv.json").read_text())
    assert record["config"]["measures"]["source"]["n"] == 100
    assert len(record["config"]["measures"]["source"]["sha256"]) == 64
    assert record["config"]["preprocessing"]["scale"] is None
    assert (record["config"]["device"], record["config"]["seed"]) == ("cpu", 0)
    again = invoke("exact", *DIGITS, "-o", path, "--memory", "1GiB")
    assert (again.exit_code, path.read_bytes()) == (0, before)
    assert "is finished" in again.stderr
    other = invoke("exact", *DIGITS, "-o", path, "--tol", "1e-3")
    assert (other.exit_code, path.read_bytes()) == (2, before)
    assert "tol was [1e-06] and is [0.001]" in other.stderr
    assert invoke("exact", *DIGITS, "-o", path, "--tol", "1e-3", "--overwrite").exit_code == 0


def test_other_content_under_the_same_name_is_refused(points):
    arguments = ("exact", points / "p.npy", points / "q.npy", "-o", points / "out.csv")
    assert invoke(*arguments).exit_code == 0
    np.save(points / "p.npy", np.array([0.0, 11.0]))
    refused = invoke(*arguments)
    assert refused.exit_code == 2
    assert "measures.source.sha256" in refused.stderr


def test_a_terminal_shows_the_bracket_and_a_sentence():
    ended = wcheck_on_terminal("exact", *DIGITS)
    assert ended.status == 0
    assert "digits[0:100]" in ended.stdout
    assert "relative_gap" in ended.stdout
    assert "The Wasserstein-1 distance" in ended.stderr
    assert "lies between" in ended.stderr


def test_an_interrupted_solve_ends_with_130(tmp_path):
    path = tmp_path / "out.csv"
    tolerances = [f"--tol={10.0**-k}" for k in range(1, 13)]
    arguments = [*WCHECK, "exact", "gaussian:dim=8,n=1000", "gaussian:dim=8,n=1000", *tolerances, "-o", path]
    process = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: path.exists() and path.read_text().count("\n") > 1)
    process.send_signal(signal.SIGTERM)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert "kept in" in stderr
    record = json.loads((tmp_path / "out.csv.json").read_text())
    assert record["status"] == "interrupted"
    assert 0 < len(list(parse_rows(path.read_text()))) < 12


def test_an_interrupted_solve_prints_its_best_bracket_and_leaves_a_checkpoint(tmp_path):
    checkpoint = tmp_path / "solve.checkpoint"
    pair = ("gaussian:dim=8,n=15000", "gaussian:dim=8,n=15000")  # rounds long enough for the signal to arrive
    with subprocess.Popen(
        [*WCHECK, "exact", *pair, "--tol=0", "--checkpoint", checkpoint],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            wait_until(checkpoint.exists)
            process.send_signal(signal.SIGINT)
            stdout, stderr = process.communicate(timeout=60)
        finally:
            process.kill()  # one that is too slow leaves neither a solve nor open pipes to the tests after it
    assert process.returncode == 130
    (row,) = parse_rows(stdout)
    assert row["status"] == "interrupted"
    assert 0 <= row["lower"] <= row["upper"]
    assert "the bracket is the best one found by then" in stderr


def test_rounding_is_no_failure_and_says_what_it_explains(points):
    ended = invoke("exact", points / "p.npy", points / "q.npy", "--tol", 0)
    (row,) = parse_rows(ended.stdout)
    assert (ended.exit_code, row["status"]) == (0, "rounding")
    assert 0 < row["gap"] <= row["allowance"] < 1e-12
    assert "float64 cannot narrow the bracket" in ended.stderr


def test_a_time_limit_is_a_failure_and_says_what_to_do():
    ended = invoke("exact", "gaussian:dim=8,n=1000", "gaussian:dim=8,n=1000", "--time-limit", "1e-9")
    (row,) = parse_rows(ended.stdout)
    assert (ended.exit_code, row["status"]) == (1, "time_limit")
    assert "give a longer --time-limit" in ended.stderr
    assert "The one row failed" in ended.stderr


def test_a_far_point_in_both_sources_leaves_the_distance_of_the_rest(tmp_path):
    far = [1e8, 1e8]
    np.savez(tmp_path / "p.npz", points=[[0, 0], [1, 0], far], weights=[0.3, 0.3, 0.4])
    np.savez(tmp_path / "q.npz", points=[[0, 1], [2, 0], far], weights=[0.2, 0.4, 0.4])
    (row,) = rows_of(tmp_path / "p.npz", tmp_path / "q.npz", "--p", 2)
    assert row["status"] == "optimal"
    assert row["lower"] == pytest.approx(1.1593486106, rel=1e-9)


def test_a_checkpoint_holds_one_solve(tmp_path):
    ended = invoke("exact", *DIGITS, "--p", 1, "--p", 2, "--checkpoint", tmp_path / "solve.checkpoint")
    assert ended.exit_code == 2
    assert "give one value of --p" in ended.stderr


@pytest.mark.cifar10
def test_the_papers_preset_on_cifar10():
    pair = ("cifar10:train[0:20]", "cifar10:train[20:40]")
    (small,), (large,) = rows_of(*pair), rows_of(*pair, "--preset=paper")
    assert (small["dim"], large["dim"]) == (3072, 12288)
    # Twice the scale and twice the pixels a side: four times the distance, less what the resizing smooths.
    assert 2.5 < large["value"] / small["value"] < 4


def save_bad_inputs(folder):
    """Write one file or folder for each kind of bad input."""
    rng = np.random.default_rng(0)
    np.save(folder / "good.npy", rng.normal(size=(5, 2)))
    np.save(folder / "three.npy", rng.normal(size=(5, 3)))
    for name, value in (("nan", np.nan), ("infinite", np.inf)):
        np.save(folder / f"{name}.npy", np.array([[0.0, 1.0], [value, 2.0]]))
    for name, weights in (("negative", [1.5, -0.5]), ("zero", [0.0, 0.0]), ("total", [0.5, 0.6])):
        np.savez(folder / f"{name}.npz", points=np.eye(2), weights=np.array(weights))
    np.save(folder / "empty.npy", np.empty((0, 2)))
    (folder / "empty").mkdir()
    (folder / "corrupt").mkdir()
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(folder / "corrupt" / "a.png")
    (folder / "corrupt" / "b.png").write_bytes((folder / "corrupt" / "a.png").read_bytes()[:40])
    (folder / "truncated" / cifar10.FOLDER).mkdir(parents=True)
    for names in cifar10.FILES.values():
        for name in names:
            (folder / "truncated" / cifar10.FOLDER / name).write_bytes(b"\0" * 1000)
    (folder / "nothing").mkdir()
    (folder / "text.txt").write_text("points")
    (folder / "torn.npy").write_bytes((folder / "good.npy").read_bytes()[:20])


BAD = {
    "unknown source": (["nonsense", "good.npy"], "nonsense"),
    "missing file": (["missing.npy", "good.npy"], "missing.npy"),
    "missing folder": (["missing/", "good.npy"], "missing"),
    "unknown kind of file": (["text.txt", "good.npy"], "text.txt"),
    "torn file": (["torn.npy", "good.npy"], "torn.npy"),
    "empty array": (["empty.npy", "good.npy"], "empty.npy"),
    "empty folder": (["empty", "good.npy"], "empty"),
    "corrupt image": (["corrupt", "corrupt"], "b.png"),
    "truncated CIFAR batch": (["cifar10", "cifar10", "--data-dir", "truncated"], "data_batch_1.bin"),
    "CIFAR-10 not there": (["cifar10", "cifar10", "--data-dir", "nothing"], "wcheck data fetch cifar10"),
    "NaN": (["nan.npy", "good.npy"], "nan"),
    "infinity": (["good.npy", "infinite.npy"], "inf"),
    "negative weights": (["negative.npz", "good.npy"], "-0.5"),
    "all-zero weights": (["zero.npz", "good.npy"], "0.0"),
    "weights of another total": (["total.npz", "good.npy"], "1.1"),
    "dimension mismatch": (["good.npy", "three.npy"], "2 and 3"),
    "slice beyond the data": (["digits[0:10]", "digits[1790:1800]"], "1797"),
    "subset larger than the data": (["good.npy", "good.npy", "--subset", "6"], "6"),
    "p not 1 or 2": (["good.npy", "good.npy", "--p", "3"], "3"),
    "tolerance": (["good.npy", "good.npy", "--tol", "-1"], "-1"),
    "device that is not there": (["good.npy", "good.npy", "--device", "cuda:77"], "cuda:77"),
    "device that is none": (["good.npy", "good.npy", "--device", "abacus"], "abacus"),
    "memory": (["good.npy", "good.npy", "--memory", "much"], "much"),
    "scale": (["digits", "digits", "--scale", "7"], "7"),
    "scale of vectors": (["good.npy", "good.npy", "--scale", "0,1"], "0,1"),
    "negative seed": (["good.npy", "good.npy", "--seed", "-3"], "-3"),
    "output in a missing folder": (["good.npy", "good.npy", "-o", "no/out.csv"], "no/out.csv"),
    "output that is a folder": (["good.npy", "good.npy", "-o", "empty"], "empty"),
    "output that is a source": (["good.npy", "good.npy", "-o", "good.npy"], "good.npy"),
    "plan in a missing folder": (["good.npy", "good.npy", "--save-plan", "no/plan.npz"], "no/plan.npz"),
    "plan that is a source": (["zero.npz", "good.npy", "--save-plan", "zero.npz"], "zero.npz"),
    "one plan of two solves": (
        ["good.npy", "good.npy", "--save-plan", "plan.npz", "--p=1", "--p=2"],
        "plan.npz",
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_is_one_clear_line_and_leaves_nothing(tmp_path, monkeypatch, kind):
    save_bad_inputs(tmp_path)
    monkeypatch.chdir(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    args, named = BAD[kind]
    ended = invoke("exact", *args, *([] if "-o" in args else ["-o", "out.csv"]))
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
    assert ended.stderr.startswith("wcheck: ")
    assert named in ended.stderr
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_the_bad_inputs_are_bad_for_their_own_reason(tmp_path, monkeypatch):
    """What stands beside each bad input is good: without the fault the command runs."""
    save_bad_inputs(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert invoke("exact", "good.npy", "good.npy", "-o", "out.csv", "--save-plan", "plan.npz").exit_code == 0


def test_a_bad_input_in_a_process_of_its_own():
    ended = wcheck("exact", "nonsense", "digits")
    assert (ended.status, ended.stdout, len(ended.lines)) == (2, "", 1)
