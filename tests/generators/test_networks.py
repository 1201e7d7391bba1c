"""Generator networks: what they map, from where to where, and what does not fit together."""

import math
import re

import pytest
import torch
from torch import nn

from wcheck.errors import ParameterError, SourceError
from wcheck.generators.recipe import GeneratorRecipe


def build(generator, shape, seed=0, ends=None, folder=None, **options):
    more = {} if folder is None else {"modules": folder}
    return GeneratorRecipe.of(generator, latent=6, **options).network(shape, seed=seed, ends=ends, **more)


def made(network, k=5):
    return network(torch.randn(k, 6, generator=torch.Generator().manual_seed(0)))


@pytest.mark.parametrize(
    ("generator", "shape"),
    [
        ("mlp", (5,)),
        ("mlp", (3, 7, 9)),
        ("dcgan", (1, 8, 8)),
        ("dcgan", (3, 32, 32)),
        ("dcgan-flat", (3, 64, 64)),
        ("dcgan-flat", (1, 16, 16)),
    ],
)
def test_latents_become_flat_points(generator, shape):
    network = build(generator, shape, generator_width=8)
    points = made(network)
    assert points.shape == (5, math.prod(shape))
    assert points.dtype == torch.float32
    assert len(torch.unique(points, dim=0)) == 5
    again, other = build(generator, shape, generator_width=8), build(generator, shape, 1, generator_width=8)
    assert torch.equal(made(again), points)
    assert not torch.equal(made(other), points)


def widths(network, kind):
    return [
        layer.weight.shape[1 if kind is nn.ConvTranspose2d else 0]
        for layer in network
        if isinstance(layer, kind)
    ]


def test_the_layers_are_those_that_were_published():
    mlp = build("mlp", (2,))
    assert widths(mlp, nn.Linear) == [512, 512, 512, 512, 2]
    assert widths(build("mlp", (2,), generator_layers=3, generator_width=9), nn.Linear) == [9, 9, 9, 2]
    dcgan, flat = build("dcgan", (3, 64, 64)), build("dcgan-flat", (3, 64, 64))
    assert widths(dcgan, nn.ConvTranspose2d) == [512, 256, 128, 64, 3]
    assert widths(flat, nn.ConvTranspose2d) == [64, 64, 64, 64, 3]
    normalised = [sum(isinstance(layer, nn.BatchNorm2d) for layer in network) for network in (dcgan, flat)]
    assert normalised == [4, 0]
    assert dcgan[1].weight.std().item() == pytest.approx(0.02, rel=0.05)


@pytest.mark.parametrize("ends", [(0.0, 1.0), (-1.0, 1.0)])
def test_images_lie_between_black_and_white(ends):
    network = build("dcgan", (1, 8, 8), ends=ends)
    for layer in network:
        if isinstance(layer, nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, 0, 10)
    pixels = made(network)
    assert ends[0] == pixels.min() < pixels.mean() < pixels.max() == ends[1]
    unbounded = build("dcgan", (1, 8, 8))
    nn.init.normal_(unbounded[-2].weight, 0, 10)
    assert made(unbounded).abs().max() > 1


def test_free_points_begin_as_draws_from_the_prior():
    network = build("points", (40,), free_points=50)
    (points,) = network.parameters()
    assert points.shape == (50, 40)
    assert points.var().item() == pytest.approx(1, abs=6 * math.sqrt(2 / 2000))
    pixels = build("points", (1, 8, 8), ends=(0.0, 1.0), prior="uniform").points
    assert 0 <= pixels.min() < 0.01
    assert 0.99 < pixels.max() <= 1
    rows = torch.tensor([[3], [0], [3]])
    assert torch.equal(network(rows), points[[3, 0, 3]])
    (gradient,) = torch.autograd.grad(network(rows).sum(), points)
    assert gradient[:, 0].tolist() == [1, 0, 0, 2, *[0] * 46]


@pytest.mark.parametrize(
    ("generator", "options"),
    [
        ("mlp", {"generator_width": 10**8}),
        ("mlp", {"generator_width": 10**12}),
        ("mlp", {"generator_width": 10**30}),
        ("points", {"free_points": 10**12}),
        ("dcgan", {"generator_width": 10**10}),
    ],
)
def test_one_that_does_not_fit_into_memory_is_refused_before_it_takes_any(generator, options):
    with pytest.raises(SourceError, match=rf"generator {generator} takes .* GiB of memory, of which"):
        build(generator, (1, 8, 8), **options)


@pytest.mark.parametrize("generator", ["dcgan", "dcgan-flat"])
@pytest.mark.parametrize("shape", [(64,), (1, 4, 4), (3, 28, 28), (3, 32, 64)])
def test_convolutions_have_no_form_for_other_points(generator, shape):
    with pytest.raises(
        ParameterError, match=rf"generator {generator} got points of shape .*power of two of at least 8"
    ):
        build(generator, shape)


# Generators of the user's own

OWN = """
import torch
from torch import nn

def flat(latent, shape):
    return nn.Linear(latent, torch.Size(shape).numel())

def images(latent, shape):
    return nn.Sequential(flat(latent, shape), nn.Unflatten(1, shape))

def narrow(latent, shape):
    return nn.Linear(latent, 3)

def infinite(latent, shape):
    layer = flat(latent, shape)
    nn.init.constant_(layer.bias, float("nan"))
    return layer

def fixed(latent, shape):
    return nn.Flatten()

def double(latent, shape):
    return flat(latent, shape).double()

def text(latent, shape):
    return "a generator"

class Detached(nn.Linear):
    def forward(self, z):
        return super().forward(z).detach()

def detached(latent, shape):
    return Detached(latent, torch.Size(shape).numel())
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "own_generators.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["flat", "images"])
def test_a_factory_may_make_flat_points_or_images(folder, name):
    network = build(f"own_generators:{name}", (1, 2, 3), folder=folder)
    assert made(network).shape == (5, 6)
    assert torch.equal(made(build(f"own_generators:{name}", (1, 2, 3), folder=folder)), made(network))


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("missing", SourceError, r"generator own_generators:missing cannot be imported \(AttributeError"),
        (
            "narrow",
            ParameterError,
            r"to torch.float32 \(3, 3\): the data are points of shape 1x2x3; return .*\(3, 6\)",
        ),
        ("infinite", ParameterError, "not finite"),
        ("fixed", ParameterError, "no parameters: there is nothing to train"),
        ("double", SourceError, "failed for 3 latents of 6 numbers and points of shape 1x2x3"),
        ("text", ParameterError, "returned str: return a torch.nn.Module"),
        ("detached", ParameterError, "gradient does not reach its parameters"),
    ],
)
def test_what_is_not_a_generator_is_one_clear_error(folder, name, error, said):
    if name == "fixed":
        with pytest.raises(error, match=said):
            build("own_generators:fixed", (6,), folder=folder)
        return
    with pytest.raises(error) as raised:
        build(f"own_generators:{name}", (1, 2, 3), folder=folder)
    assert re.search(said, raised.value.line)
