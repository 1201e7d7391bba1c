"""Clipped and spectrally normalised weights."""

import pytest
import torch
from torch import nn

from wcheck.critics.penalties import GradientPenalty
from wcheck.critics.weights import SpectralNormalisation, WeightClipping
from wcheck.errors import ParameterError


def linear():
    network = nn.Linear(4, 1)
    with torch.no_grad():
        network.weight.copy_(torch.tensor([[-3.0, 0.02, 0.001, 3.0]]))
    return network


def test_clipping_clips_at_the_start_and_after_each_step():
    network = WeightClipping(clip=0.02).prepare(linear())
    assert network.weight.tolist()[0] == pytest.approx([-0.02, 0.02, 0.001, 0.02])
    optimizer = torch.optim.SGD(network.parameters(), lr=1.0)
    network(torch.ones(5, 4)).sum().backward()
    optimizer.step()
    assert network.weight.abs().max() > 0.02
    WeightClipping(clip=0.02).after_step(network)
    assert network.weight.abs().max().item() == pytest.approx(0.02)


def test_the_penalty_clips_nothing():
    network = GradientPenalty().prepare(linear())
    GradientPenalty().after_step(network)
    assert network.weight.abs().max() == 3.0


@pytest.mark.parametrize("clip", [0.0, -0.01, float("nan")])
def test_a_clip_is_positive(clip):
    with pytest.raises(ParameterError, match="clip is"):
        WeightClipping(clip=clip)


def test_spectral_norms_of_reshaped_kernels_come_to_1_from_above():
    """The power iteration approaches a norm from below, so what is divided by it approaches 1 from above."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(72, 5))
        network = SpectralNormalisation().prepare(network)
    points = torch.rand(2, 3, 5, 5, generator=torch.Generator().manual_seed(0))

    def norms():
        with torch.no_grad():
            network(points)
        network.eval()
        return [torch.linalg.matrix_norm(network[k].weight.flatten(1).double(), 2).item() for k in (0, 3)]

    for _ in range(100):
        network.train()
        found = norms()
        assert all(norm > 1 - 1e-5 for norm in found)
    assert found == pytest.approx([1.0, 1.0], abs=1e-4)


def test_the_norm_of_a_kernel_is_not_that_of_its_convolution():
    """All ones: 9 pixels are summed, and the reshaped kernel's norm is 3."""
    layer = nn.Conv2d(1, 1, 3, padding=1, padding_mode="circular", bias=False)
    nn.init.ones_(layer.weight)
    constrained = SpectralNormalisation().prepare(nn.Sequential(layer))
    image = torch.ones(1, 1, 6, 6)
    assert (constrained(image).norm() / image.norm()).item() == pytest.approx(3.0, rel=1e-5)
