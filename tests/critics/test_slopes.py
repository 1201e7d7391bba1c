"""Random networks whose bound is attacked by ascent: the small form of ``benchmarks/slopes.py``, and what it covers."""

import importlib
import random
from pathlib import Path

import pytest
import torch

from wcheck.critics import following
from wcheck.critics.certified import lipschitz_bound
from wcheck.critics.operation_rules import RULES, found_in
from wcheck.critics.operators import Convolution, matrix_norm

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
ALIASES = {
    "absolute", "negative", "arctan", "arcsinh", "float", "double", "type", "cuda", "detach", "requires_grad_",
    "data.__get__", "ravel", "t", "T.__get__", "moveaxis", "swapdims", "broadcast_to", "tensor_split",
    "diagonal", "tril",
    "nn.functional.upsample", "nn.functional.avg_pool3d", "nn.functional.adaptive_avg_pool3d", "multiply",
    "divide", "true_divide", "subtract", "rsub", "minimum", "fmin", "clip", "clamp_max", "amax", "concat",
    "concatenate",
    "nn.functional.max_pool3d", "nn.functional.adaptive_max_pool3d", "dropout1d", "dropout2d", "dropout3d",
    "feature_alpha_dropout", "Tensor.where", "mm", "mv",
}  # fmt: skip
"""Names of what stands in the random networks under another name, or in one more dimension."""


@pytest.fixture
def slopes(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("slopes")


def test_no_random_network_breaks_its_bound_and_nearly_all_have_one(slopes, tmp_path, capsys):
    slopes.main(["--small", "-o", str(tmp_path / "slopes.csv")])
    first = capsys.readouterr().out
    assert f"{slopes.SMALL} random networks: 0 bounds broken" in first
    rows = slopes._read(tmp_path / "slopes.csv")
    assert sum(row["bound"] != "" for row in rows) >= 0.95 * len(rows)
    slopes.main(["--small", "-o", str(tmp_path / "slopes.csv")])  # goes on where it ended: nothing is left
    assert capsys.readouterr().out == first


@pytest.mark.parametrize(
    ("rule", "draws"), [("linear_rules.matrix_norm", 20), ("operators.Convolution.norm", 130)]
)
def test_a_wrong_rule_is_found(slopes, rule, draws, monkeypatch):
    """The comparator: a norm that is 30 % too small is broken somewhere."""
    right = {"linear_rules.matrix_norm": matrix_norm, "operators.Convolution.norm": Convolution.norm}[rule]
    monkeypatch.setattr(f"wcheck.critics.{rule}", lambda given: 0.7 * right(given))
    assert any(slopes.attempt(draw, seed=0)["broken"] for draw in range(draws - 15, draws))


def test_random_networks_are_made_of_every_rule(slopes, monkeypatch):
    used, rule_of = set(), following.rule_of
    monkeypatch.setattr(following, "rule_of", lambda name: used.add(found_in(RULES, name)) or rule_of(name))
    networks = slopes.random_networks
    for name, make in networks.BLOCKS.items():
        plain = name in networks.PLAIN
        for shape in ((2, 8),) if plain else ((8,), (2, 8), (4, 6, 6)):
            for attempt in range(1 if plain else 3):
                layer = networks.fitting(make, random.Random(attempt), shape)
                if layer is not None:
                    network = torch.nn.Sequential(torch.nn.Unflatten(1, shape), layer.eval())
                    lipschitz_bound(network, (torch.Size(shape).numel(),))
    assert RULES.keys() - used <= ALIASES, RULES.keys() - used - ALIASES
