"""Critic networks: what they map, what they normalise, what they depend on."""

import pytest
import torch

from wcheck.critics import networks
from wcheck.errors import ParameterError


def build(arch, shape, layer_norm=True, seed=0):
    return networks.build(arch, shape, layer_norm=layer_norm, seed=seed)


@pytest.mark.parametrize(
    ("arch", "shape"),
    [("mlp", (5,)), ("mlp", (1, 8, 8)), ("mlp", (3, 7, 9)), ("dcgan", (3, 32, 32)), ("dcgan", (1, 64, 64))],
)
@pytest.mark.parametrize("layer_norm", [True, False])
def test_flat_points_become_one_number_each(arch, shape, layer_norm):
    network = build(arch, shape, layer_norm)
    points = torch.rand(3, torch.Size(shape).numel(), generator=torch.Generator().manual_seed(0))
    values = network(points)
    assert values.shape == (3,)
    assert values.dtype == torch.float32
    assert len(set(values.tolist())) == 3


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 28, 28), (3, 32, 64), (3, 128, 128), (1024,)])
def test_dcgan_has_no_form_for_other_points(shape):
    with pytest.raises(ParameterError, match=r"takes images of 32x32 or 64x64; .*--image-size 32"):
        build("dcgan", shape)


def test_an_unknown_architecture_names_the_known_ones():
    with pytest.raises(ParameterError, match="'resnext': choose one of mlp, dcgan"):
        build("resnext", (5,))


def alone_and_among_others(layer_norm):
    network = build("dcgan", (3, 32, 32), layer_norm).train()
    points = torch.rand(4, 3072, generator=torch.Generator().manual_seed(0))
    return network(points)[0].item(), network(torch.cat([points[:1], 5 * points[1:]]))[0].item()


def test_with_layer_normalisation_a_value_does_not_depend_on_the_batch():
    alone, among = alone_and_among_others(layer_norm=True)
    assert alone == pytest.approx(among, rel=1e-4)


def test_with_batch_normalisation_it_does():
    alone, among = alone_and_among_others(layer_norm=False)
    assert alone != pytest.approx(among, rel=1e-2)


def test_weights_depend_on_the_seed_and_on_nothing_else():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = build("mlp", (5,), seed=3).state_dict()
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    second, other = build("mlp", (5,), seed=3).state_dict(), build("mlp", (5,), seed=4).state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["0.weight"], other["0.weight"])
