"""``wcheck audit`` from the shell's side, and the rows' arithmetic."""

import importlib
import json
import math
import sys

import pytest
import torch
import typer.testing
from safetensors.torch import save_file

import wcheck
from wcheck.cli.app import app
from wcheck.experiments.audit import SavedCritic
from wcheck.measures.sources import load
from wcheck.rows.table import parse_rows

TRAIN = ("oracle", "--data", "digits[0:60]", "--steps", 4, "--every", 4, "--grad-points", 20, "--save")
LOOK = ("--grad-points", 20)
SOURCES = ("digits[60:90]", "digits[90:110]")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr("wcheck.experiments.reference.folder", lambda: tmp_path / "cache")
    monkeypatch.chdir(tmp_path)


def invoke(*args):
    return typer.testing.CliRunner().invoke(app, [*map(str, args)])


def rows_of(ended):
    assert ended.exit_code == 0, ended.stderr
    return list(parse_rows(ended.stdout))


def adds_up(row):
    parts = row["gap_bound"] + row["gap_transform"] + row["gap_pairs"]
    return parts == pytest.approx(row["gap_total"], rel=1e-12) and row["gap_total"] == pytest.approx(
        row["exact"] - row["normalised_upper"], rel=1e-12
    )


def test_a_saved_critic_is_judged_on_other_points_and_layer_by_layer():
    invoke(*TRAIN, "critic", "--width", 16)
    ended = invoke("audit", "critic", *SOURCES, *LOOK)
    assert "The critic is higher on Q than on P" in ended.stderr
    ended = invoke("audit", "critic", *reversed(SOURCES), *LOOK)
    whole, *layers = rows_of(ended)
    assert tuple(whole) == SavedCritic.columns
    assert (whole["critic"], whole["arch"], whole["lipschitz"], whole["step"]) == ("critic", "mlp", "gp", 4)
    assert (whole["n"], whole["m"], whole["layer"]) == (20, 30, None)
    assert adds_up(whole)
    assert [(row["layer"], row["layer_kind"], row["layer_weight"]) for row in layers] == [
        (0, "Linear", "16x64"), (2, "Linear", "16x16"), (4, "Linear", "16x16"), (6, "Linear", "1x16"),
    ]  # fmt: skip
    product = 1.0
    for row in layers:
        product *= row["lipschitz_upper"]
        assert row["layer_grad"] > 0
        assert row["value"] is None
    assert whole["lipschitz_upper"] == pytest.approx(product)
    for said in (
        "The exact Wasserstein-1",
        "The critic claims",
        "bound on its slope everywhere",
        "nearest neighbour",
    ):
        assert said in ended.stderr


def test_rows_of_the_oracle_add_up_and_hold_out():
    mechanisms = ("--lipschitz", "gp", "--lipschitz", "clip", "--lipschitz", "orthonormal")
    rows = rows_of(invoke(*TRAIN, "critics", *mechanisms, "--width", 8, "--held-out", 0.2))
    assert len(rows) == 6
    for row in rows:
        assert (row["n"], row["m"], row["held_out"]) == (24, 24, 6)
        assert row["held_out_gap"] == row["value_held_out"] - row["value"]
        assert row["normalised_upper"] is None or adds_up(row)
        assert (row["clip_share"] is None) == (row["lipschitz"] != "clip")
        assert (row["orthonormality"] is None) == (row["lipschitz"] != "orthonormal")
        assert [part.partition(":")[0] for part in row["grad_layers"].split()] == ["0", "2", "4", "6"]
    assert sum(row["normalised_upper"] is not None for row in rows) >= 4


FACTORY = """
from torch import nn

def critic(shape):
    return nn.Sequential(nn.Linear(64, 4), nn.LayerNorm(4), nn.Linear(4, 1), nn.Flatten(0))
"""


def test_a_critic_of_ones_own_without_bound_leaves_the_cells_blank_and_says_why(tmp_path, caplog):
    (tmp_path / "mine.py").write_text(FACTORY)
    invoke(*TRAIN, "critic", "--arch", "mine:critic")
    refused = invoke("audit", "critic", *SOURCES, *LOOK)
    assert refused.exit_code == 2
    assert "give --arch mine:critic to let it run" in refused.stderr
    ended = invoke("audit", "critic", *SOURCES, *LOOK, "--arch", "mine:critic")
    whole = rows_of(ended)[0]
    assert (
        whole["lipschitz_upper"]
        is whole["normalised_upper"]
        is whole["gap_pairs"]
        is whole["gap_total"]
        is None
    )
    assert whole["lipschitz_upper_reason"].startswith("LayerNorm divides by")
    assert "LayerNorm divides by" in ended.stderr
    assert whole["gap_bound"] is not None
    caplog.set_level("INFO", "wcheck")
    former = invoke("audit", "critic", *SOURCES, *LOOK, "--critic", "mine:critic")
    assert former.exit_code == 0
    assert "--critic of a saved critic is now called --arch." in caplog.messages


OWN = """
from torch import nn

class Images(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(4), nn.Conv2d(4, 1, 8))

    def forward(self, images):
        return self.layers(images)

def flat(shape):
    return nn.Sequential(nn.Linear(shape[0] * shape[1] * shape[2], 4), nn.ReLU(), nn.Linear(4, 1))
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    """The module of one's own critics, and a folder with the weights of each."""
    monkeypatch.delitem(sys.modules, "own_networks", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own_networks.py").write_text(OWN)
    module = importlib.import_module("own_networks")
    torch.manual_seed(0)
    images, flat = module.Images(), module.flat((1, 8, 8))
    torch.save(images.state_dict(), "images.pt")
    torch.save({"epoch": 3, "model": flat.state_dict()}, "checkpoint.pt")
    torch.save(flat, "pickled.pt")
    torch.save({"0.weight": torch.full((4, 64), math.nan)} | {
        name: weight for name, weight in flat.state_dict().items() if name != "0.weight"
    }, "nan.pt")  # fmt: skip
    save_file(flat.bfloat16().state_dict(), "flat.safetensors")
    return {"Images": images.eval(), "flat": flat.float()}


@pytest.mark.parametrize(
    ("network", "state"),
    [("Images", "images.pt"), ("flat", "checkpoint.pt:model"), ("flat", "flat.safetensors")],
)
def test_a_network_of_ones_own_is_judged_with_the_weights_of_a_file(own, network, state):
    ended = invoke(
        "audit", "--critic", f"own_networks:{network}", "--state", state, *SOURCES, "--scale", "0,1", *LOOK
    )
    whole, *layers = rows_of(ended)
    assert (whole["critic"], whole["state"], whole["arch"]) == (f"own_networks:{network}", state, None)
    x, y = (torch.from_numpy(load(text).dense()).reshape(-1, 1, 8, 8) for text in SOURCES)
    if network == "Images":
        f, g = (own[network](points).detach() for points in (x, y))
        found = wcheck.judge(x, y, f.flatten(1), g.flatten(1))
        assert found.claimed == pytest.approx(whole["value"], rel=1e-4)
        assert found.certified == pytest.approx(whole["normalised_pairs"], rel=1e-4)
    assert len(layers) >= 2
    assert whole["lipschitz_upper"] >= whole["lipschitz_pairs"]
    assert "The exact Wasserstein-1" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--critic", "own_networks:flat", "--state", "images.pt"), "only the file has layers.0.weight"),
        (("--critic", "own_networks:flat", "--state", "checkpoint.pt"), "name one, checkpoint.pt:model"),
        (("--critic", "own_networks:flat", "--state", "pickled.pt"), "code in a file is never run"),
        (("--critic", "own_networks:flat", "--state", "nan.pt"), "not finite in 0.weight"),
        (("--critic", "own_networks:flat", "--state", "nothing.pt"), "nothing.pt is not a file"),
        (("--critic", "own_networks:flat", "--state", "checkpoint.pt:optimiser"), "it has model"),
        (("--critic", "own_networks:none", "--state", "images.pt"), "cannot be imported (AttributeError"),
        (("--critic", "not_there:none", "--state", "images.pt"), "cannot be imported (ModuleNotFoundError"),
        (("--critic", "own_networks:flat"), "name their file with --state"),
        (("critic", "--state", "images.pt"), "name the function with --critic module:factory"),
        ((), "but the number given is 2"),
    ],
    ids=str,
)
def test_weights_and_functions_that_do_not_fit_are_one_line_and_status_2(own, arguments, message):
    ended = invoke("audit", *arguments, *SOURCES, *LOOK)
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert message in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_a_saved_critic_whose_function_is_gone_is_not_called_damaged(tmp_path):
    (tmp_path / "gone_critic.py").write_text(FACTORY)
    invoke(*TRAIN, "critic", "--arch", "gone_critic:critic")
    (tmp_path / "gone_critic.py").unlink()
    del sys.modules["gone_critic"]
    ended = invoke("audit", "critic", *SOURCES, *LOOK, "--arch", "gone_critic:critic")
    assert ended.exit_code == 2
    assert "--arch gone_critic:critic cannot be imported" in ended.stderr
    assert "damaged" not in ended.stderr


def test_a_bound_that_a_slope_exceeds_is_blank_and_says_so_in_every_row(monkeypatch):
    monkeypatch.setattr("wcheck.critics.linear_rules.matrix_norm", lambda weight: 0.1)
    trained = rows_of(invoke(*TRAIN, "critic", "--width", 8))
    ended = invoke("audit", "critic", *SOURCES, *LOOK)
    for row in (*trained, rows_of(ended)[0]):
        assert row["lipschitz_upper"] is row["normalised_upper"] is row["gap_total"] is None
        assert "was found, but its layers allow 0.0001" in row["lipschitz_upper_reason"]
    assert "was found, but its layers allow 0.0001" in ended.stderr


def test_another_scale_is_remarked_on():
    invoke(*TRAIN, "critic", "--scale=-1,1", "--width", 8)
    assert "trained on points of scale -1,1" in invoke("audit", "critic", *SOURCES, *LOOK).stderr
    assert "trained on points" not in invoke("audit", "critic", *SOURCES, "--scale=-1,1", *LOOK).stderr


@pytest.mark.parametrize("damage", ["none", "no folder", "weights", "other", "format", "shape", "factory"])
def test_what_cannot_be_audited_is_one_line_and_status_2(tmp_path, damage):
    invoke(*TRAIN, "critic", "--width", 8)
    sources, folder, extra = SOURCES, tmp_path / "critic", ()
    described = folder / "critic.json"
    about = json.loads(described.read_text())
    if damage == "none":
        sources, message = ("digits[0:9]", "digits[0:0]"), "digits"
    elif damage == "no folder":
        folder, message = tmp_path / "nothing", "holds no critic: there is no such folder"
    elif damage == "weights":
        (folder / "critic.pt").write_bytes(b"PK damaged")
        message = "holds no critic that can be read"
    elif damage == "other":
        torch.save({"0.weight": torch.zeros(2, 2)}, folder / "critic.pt")
        message = "do not belong together"
    elif damage == "format":
        described.write_text(json.dumps(about | {"format": 0}))
        message = "format 0"
    elif damage == "shape":
        sources, message = ("gaussian:dim=3,n=5", "gaussian:dim=3,n=5"), "shape 1x8x8, but those of gaussian"
    else:
        extra, message = ("--arch", "mine:critic"), "not made by a factory"
    ended = invoke("audit", folder, *sources, *LOOK, *extra)
    assert ended.exit_code == 2
    assert message in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert ended.stdout == ""


@pytest.mark.parametrize(
    ("amount", "message"), [("0", "held_out is 0"), ("1.5", "held_out is 1.5"), ("30", "30 of the 30")]
)
def test_nothing_or_everything_cannot_be_held_out(amount, message):
    ended = invoke(*TRAIN, "critic", "--held-out", amount)
    assert ended.exit_code == 2
    assert message in ended.stderr
