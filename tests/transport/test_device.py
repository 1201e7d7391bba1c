"""Other devices answer as the processor does; what needs one is run where there is one."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from wcheck import Measure, exact
from wcheck.critics.recipe import Recipe
from wcheck.critics.training import Training
from wcheck.learning.samplers import FrozenPoints
from wcheck.transport.bounds.potentials import AllPairs
from wcheck.transport.cost.squared import SquaredDistances
from wcheck.transport.entropic.sinkhorn import sinkhorn
from wcheck.transport.scans import cells, negatives, pricing
from wcheck.transport.solve import small

CUDA = pytest.param(
    "cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
)
DEVICES = ("cpu", CUDA)


def clouds(n: int, m: int, dim: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(dim)
    return rng.normal(size=(n, dim)).astype(np.float32), rng.normal(0.3, 1, size=(m, dim)).astype(np.float32)


@pytest.mark.parametrize("limit", [0, 3, 40, 1000])
@pytest.mark.parametrize("width", [1, 8, 61, 128])
def test_a_block_gives_up_the_same_pairs_on_its_device(width: int, limit: int) -> None:
    test = torch.randn(37, width, generator=torch.Generator().manual_seed(width))
    test[::5, ::3], test[1] = -0.0, -1.0
    for here, there in zip(
        negatives.collect(test, limit), negatives.collect_there(test.clone(), limit), strict=True
    ):
        assert here.dtype == there.dtype
        np.testing.assert_array_equal(here, there)


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize(("n", "m", "dim"), [(900, 900, 2), (700, 500, 20), (600, 600, 400)])
@pytest.mark.parametrize("device", DEVICES)
def test_exact_is_as_certain_wherever_pairs_are_scanned(
    device: str, n: int, m: int, dim: int, p: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(small, "PAIRS", 0)
    x, y = clouds(n, m, dim)
    here = exact(x, y, p=p)
    # few dimensions, too, by products and the way that devices take
    monkeypatch.setattr(cells, "FLAT", 0)
    if device == "cpu":
        monkeypatch.setattr(pricing, "collect", negatives.collect_there)
    found = [exact(x, y, p=p, device=device) for _ in range(2)]
    for result in found:
        assert result.status == "optimal"
        assert max(result.bracket.lower, here.bracket.lower) <= min(result.bracket.upper, here.bracket.upper)
    assert found[0].bracket == found[1].bracket
    assert found[0].plan.data.tobytes() == found[1].plan.data.tobytes()


@pytest.mark.parametrize("device", DEVICES)
def test_distances_hold_their_error_bounds(device: str) -> None:
    x, y = (Measure.of(points) for points in clouds(60, 50, 300))
    squared = SquaredDistances(x, y, device)
    block = squared.block(slice(None))
    true = ((x.dense()[:, None].astype(np.float64) - y.dense()) ** 2).sum(axis=2) / squared.frame.unit**2
    off = np.abs(block.double().cpu().numpy() - true)
    assert (off <= (squared.error_x[:, None] + squared.error_y).cpu().numpy()).all()


@pytest.mark.parametrize("device", DEVICES)
def test_a_critic_trains_and_is_certified_on_its_device(device: str) -> None:
    x, y = (Measure.of(points) for points in clouds(64, 64, 3))
    sides = FrozenPoints(x, device), FrozenPoints(y, device)
    pairs = AllPairs(x, y, device)
    training = Training(Recipe.of("mlp", "gp", lr=1e-3), *sides)
    training.advance(30)
    f, g = pairs.consistent(*(training.critic.values(side.points) for side in sides))
    value = float(f.double().mean() - g.double().mean())
    assert f.device.type == device
    assert 0 < value / pairs.slope(f, g) <= exact(x, y).value * (1 + 1e-9)
    assert pairs.lower_bound(f, g) <= exact(x, y).value


@pytest.mark.parametrize("device", DEVICES)
def test_sinkhorn_brackets_the_distance_on_its_device(device: str) -> None:
    x, y = (Measure.of(points) for points in clouds(80, 70, 5))
    found, truth = sinkhorn(x, y, epsilon=0.5, device=device), exact(x, y).value
    assert found.bracket.lower <= truth * (1 + 1e-9)
    assert truth <= found.bracket.upper * (1 + 1e-9)
