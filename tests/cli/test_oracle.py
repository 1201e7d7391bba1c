"""``wcheck oracle`` from the shell's side."""

import json

import pytest
import typer.testing

from tests.running import private_cache, wcheck, wcheck_on_terminal
from wcheck.cli.app import app
from wcheck.experiments.oracle import Oracle
from wcheck.experiments.protocols import WHOLE
from wcheck.experiments.telling.oracle import told
from wcheck.rows.table import parse_rows

SMALL = ("oracle", "--data", "digits[0:60]", "--steps", 4, "--every", 2, "--grad-points", 50)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr("wcheck.experiments.reference.folder", lambda: tmp_path / "cache")


def invoke(*args):
    return typer.testing.CliRunner().invoke(app, [*map(str, args)])


def rows_of(ended):
    return list(parse_rows(ended.stdout))


def test_rows_and_a_summary_that_a_newcomer_understands():
    ended = invoke(*SMALL, "--penalty", 1, "--penalty", 10)
    assert ended.exit_code == 0
    rows = rows_of(ended)
    assert tuple(rows[0]) == Oracle.columns
    assert [(row["penalty"], row["step"]) for row in rows] == [(p, s) for p in (1.0, 10.0) for s in (0, 2, 4)]
    assert "The exact Wasserstein-1 distance between these two sets lies between" in ended.stderr
    assert "After 4 steps the 2 critics claim" in ended.stderr
    assert "nearest neighbour" in ended.stderr


def test_options_override_a_preset():
    ended = invoke(*SMALL, "--preset", "quick", "--penalty", 7)
    assert {(row["penalty"], row["steps"]) for row in rows_of(ended)} == {(7.0, 4)}


def test_the_paper_preset_prepares_the_points():
    ended = invoke(*SMALL, "--preset", "paper", "--n", 8, "--arch", "mlp", "--penalty", 10, "--steps", 1)
    assert ended.exit_code == 0, ended.stderr
    assert {(row["dim"], row["scale"], row["image_size"]) for row in rows_of(ended)} == {(4096, "-1,1", 64)}


def test_three_protocols_in_one_command():
    ended = invoke(
        *SMALL, "--protocol", "stanczuk", "--protocol", "pinetz", "--protocol", "mallasto", "--batch-size", 8,
        "--fresh-batches", 5,
    )  # fmt: skip
    assert ended.exit_code == 0, ended.stderr
    rows = rows_of(ended)[::3]
    assert [(row["protocol"], str(row["batch_size"]), row["fresh_batches"]) for row in rows] == [
        ("stanczuk", "8", None), ("pinetz", "full", None), ("mallasto", "8", 5),
    ]  # fmt: skip
    assert [row["estimand"] for row in rows] == ["W1 of the whole sets"] * 2 + ["mean W1 of fresh batches"]
    # few points of the same distribution are further apart than many
    assert rows[0]["exact"] == rows[1]["exact"] < rows[2]["exact"] - 2 * rows[2]["exact_standard_error"]
    assert "Protocol mallasto. The exact Wasserstein-1 distance of fresh mini-batches" in ended.stderr


def test_drawn_options_are_a_column_each():
    ended = invoke(*SMALL, "--lr", "1e-5:1e-2:log", "--batch-size", "2:20", "--samples", 3, "--every", 4)
    drawn = {(row["lr"], row["batch_size"]) for row in rows_of(ended)}
    assert len(drawn) == 3
    assert all(1e-5 <= lr <= 1e-2 and 2 <= size <= 20 for lr, size in drawn)


def test_a_diverged_critic_is_a_row_a_status_and_no_end():
    ended = invoke(*SMALL, "--optimizer", "sgd", "--lr", "1e25", "--lr", "1e-4")
    assert ended.exit_code == 1
    assert [row["status"] for row in rows_of(ended)] == ["ok", "diverged", "ok", "ok", "ok"]
    assert "After 4 steps the critic claims" in ended.stderr


def test_a_file_resumes_with_the_critics_that_are_missing(tmp_path):
    file = tmp_path / "critics.csv"
    command = (*SMALL, "--penalty", 1, "--penalty", 10, "-o", file)
    assert invoke(*command).exit_code == 0
    whole = file.read_text()
    record = json.loads((tmp_path / "critics.csv.json").read_text())
    assert record["config"]["penalty"] == [1.0, 10.0]
    assert len(record["config"]["measures"]["source"]["sha256"]) == 64
    assert invoke(*command).exit_code == 0
    assert file.read_text() == whole
    assert invoke(*SMALL, "--penalty", 2, "-o", file).exit_code == 2
    assert file.read_text() == whole


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--betas", "0.9"), "--betas 0.9 is not two numbers: write them as 0,0.9."),
        (("--betas", "0,1"), "betas are"),
        (("--arch", "dcgan", "--image-size", "9"), "it takes images of 8x8, 16x16, 32x32 or 64x64"),
        (("--lipschitz", "hope"), "lipschitz is 'hope': choose one of gp, lp, ct, dragan, r1, clip,"),
        (("--n", "31"), "n is 31"),
        (("digits",), "belong together"),
        (("--device", "cuda:99"), "this machine has"),
        (("--lr", "0"), "lr is 0.0"),
        (("--amp", "bf16"), "amp is bf16, but the device is the processor"),
        (("--compile", "--together", "2"), "--compile is for critics that are trained one by one"),
        (("--arch", "nowhere:f"), "--arch nowhere:f cannot be imported"),
        (("--lipschitz", "aol", "--arch", "resnet"), "choose --arch mlp, groupsort or dcgan"),
        (("--lr", "1e-5:1e-2:log"), "lr is the range 1e-05:0.01:log: give the number of draws"),
        (("--lr", "1e-2:1e-5", "--samples", "2"), "--lr: the range 0.01:1e-05 is empty or reversed"),
        (("--samples", "2"), "samples is 2, and there is no range to draw from"),
        (("--batch-size", "half"), "--batch-size half is neither an integer nor a range"),
        (("--together", "0"), "together is 0"),
        (("--protocol", "none"), "protocol is 'none': choose one of stanczuk, pinetz, mallasto."),
        (("--protocol", "mallasto", "--batch-size", "full"), "compares critics with mini-batches"),
        (
            ("digits[0:4]", "digits[4:9]"),
            "P and Q are the two sets, and so are parts of --data: give one or the other.",
        ),
    ],
)
def test_bad_input_is_one_line_and_status_2(options, message):
    ended = invoke(*SMALL, *options)
    assert ended.exit_code == 2
    assert message in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert ended.stdout == ""


def test_full_batches_are_of_two_sets_of_equal_size():
    ended = invoke("oracle", "digits[0:4]", "digits[4:9]", "--batch-size", "full", "--steps", "2")
    assert ended.exit_code == 2
    assert "two sets of equal size" in ended.stderr


def test_a_terminal_shows_a_table(tmp_path, monkeypatch):
    private_cache(tmp_path / "kept", monkeypatch)
    ended = wcheck_on_terminal(*SMALL, columns=160)
    assert ended.status == 0
    assert "normalised_pairs" in ended.stdout
    assert "After 4 steps the critic claims" in ended.stderr


def test_another_process_gives_the_same_bytes_but_for_the_times(tmp_path, monkeypatch):
    private_cache(tmp_path / "kept", monkeypatch)
    here, there = (list(parse_rows(ended.stdout)) for ended in (invoke(*SMALL), wcheck(*SMALL)))
    assert [row | {"seconds": 0} for row in here] == [row | {"seconds": 0} for row in there]


def test_the_summary_of_critics_that_all_diverged_is_the_exact_value_alone():
    row = {"exact_lower": 1.0, "exact_upper": 1.25, "status": "diverged", "step": 2}
    row |= {"protocol": "stanczuk", "estimand": WHOLE}
    assert told([row]) == "The exact Wasserstein-1 distance between these two sets lies between 1 and 1.25."


def test_a_critic_of_the_users_own_stands_beside_others_and_is_named_in_its_rows(tmp_path, monkeypatch):
    (tmp_path / "my_critic.py").write_text(
        "import torch\n\n"
        "def small(shape):\n"
        "    d = torch.Size(shape).numel()\n"
        "    layers = torch.nn.Linear(d, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1), torch.nn.Flatten(0)\n"
        "    return torch.nn.Sequential(*layers)\n"
    )
    monkeypatch.chdir(tmp_path)
    ended = invoke(*SMALL, "--arch", "mlp", "--arch", "my_critic:small", "--lipschitz", "lp")
    assert ended.exit_code == 0, ended.stderr
    assert {row["arch"] for row in rows_of(ended)} == {"mlp", "my_critic:small"}
    assert {row["width"] for row in rows_of(ended) if row["arch"] == "my_critic:small"} == {None}
