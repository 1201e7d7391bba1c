"""One network for each layer and operation that has a bound, and every architecture with every constraint."""

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils import parametrizations

from wcheck.columns import former
from wcheck.critics.activations import GroupSort
from wcheck.critics.constraints import CONSTRAINTS
from wcheck.critics.recipe import Recipe

SHAPE = (4, 8, 8)
ARCHITECTURES = {"mlp": (3, 8, 8), "groupsort": (3, 8, 8), "dcgan": (3, 32, 32), "resnet": (3, 8, 8)}


class Forward(nn.Module):
    """A network that computes ``function(z, *layers)``."""

    def __init__(self, function, *layers):
        super().__init__()
        self.function, self.layers = function, nn.ModuleList(layers)

    def forward(self, z):
        return self.function(z, *self.layers)


def seeded(build, seed=0):
    """Call a function that builds a network; its weights follow the seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build()


def on_images(*layers):
    """A network of layers on images, and a dense layer of all that they leave."""
    images = nn.Sequential(nn.Unflatten(1, SHAPE), *layers, nn.Flatten())
    width = images.eval()(torch.zeros(1, 256)).shape[1]
    return nn.Sequential(images, nn.Linear(width, 1), nn.Flatten(0))


def on_features(*layers, width=12):
    """A network of layers between two dense ones."""
    return nn.Sequential(nn.Linear(256, 12), *layers, nn.Linear(width, 1), nn.Flatten(0))


def computed(function, *layers):
    """A network that applies a function to 12 features, and sums what it leaves with unequal weights."""
    first = nn.Linear(256, 12)
    with torch.no_grad():
        width = function(first(torch.zeros(2, 256)), *layers).flatten(1).shape[1]
    last = torch.linspace(0.5, 1.5, width)[:, None]

    def forward(z, first, *others):
        return (function(first(z), *others).flatten(1) @ last)[:, 0]

    return Forward(forward, first, *layers)


def _normalised(kind, size, wrap):
    layer = kind(size)
    layer.running_var = torch.linspace(0.3, 2.0, size)
    layer.weight = nn.Parameter(torch.linspace(-1.5, 1.0, size))
    return wrap(layer)


def _convolution(**options):
    return lambda: on_images(nn.Conv2d(4, 6, **options), nn.ReLU())


LAYERS = {
    "Linear": lambda: on_features(),
    "Conv2d": _convolution(kernel_size=3),
    "Conv2d padded": _convolution(kernel_size=3, padding=1),
    "Conv2d strided": _convolution(kernel_size=4, stride=2, padding=1),
    "Conv2d same": _convolution(kernel_size=(3, 4), padding="same"),
    "Conv2d valid": _convolution(kernel_size=3, padding="valid"),
    "Conv2d dilated": _convolution(kernel_size=3, padding=2, dilation=2, groups=2),
    "Conv2d circular": _convolution(kernel_size=3, padding=1, padding_mode="circular"),
    "Conv2d circular same": _convolution(kernel_size=3, padding="same", padding_mode="circular"),
    "Conv2d circular strided": _convolution(kernel_size=4, stride=2, padding=1, padding_mode="circular"),
    "BatchNorm1d": lambda: _normalised(nn.BatchNorm1d, 12, on_features),
    "BatchNorm2d": lambda: _normalised(nn.BatchNorm2d, 4, on_images),
    "LeakyReLU": lambda: on_features(nn.LeakyReLU(0.3)),
    "LeakyReLU steep": lambda: on_features(nn.LeakyReLU(-2.5)),
    "LeakyReLU in place": lambda: on_features(nn.LeakyReLU(3.0, inplace=True)),
    "ELU": lambda: on_features(nn.ELU(1.7)),
    "AvgPool2d": lambda: on_images(nn.AvgPool2d(2)),
    "AvgPool2d overlapping": lambda: on_images(nn.AvgPool2d(3, 2, 1)),
    "MaxPool2d": lambda: on_images(nn.MaxPool2d(2)),
    "MaxPool2d overlapping": lambda: on_images(nn.MaxPool2d((3, 2), 1, 1)),
    "AdaptiveAvgPool2d": lambda: on_images(nn.AdaptiveAvgPool2d(1)),
    "Upsample": lambda: on_images(nn.Upsample(scale_factor=2)),
    "Upsample size": lambda: on_images(nn.Upsample((16, 24))),
    "Sigmoid": lambda: on_features(nn.Sigmoid()),
    "GELU": lambda: on_features(nn.GELU()),
    "GELU tanh": lambda: on_features(nn.GELU("tanh")),
    "SiLU": lambda: on_features(nn.SiLU()),
    "ReLU": lambda: on_features(nn.ReLU()),
    "ReLU in place": lambda: on_features(nn.ReLU(inplace=True)),
    "Tanh": lambda: on_features(nn.Tanh()),
    "Softplus": lambda: on_features(nn.Softplus()),
    "Softplus steep": lambda: on_features(nn.Softplus(beta=3.0)),
    "Identity": lambda: on_features(nn.Identity()),
    "Dropout": lambda: on_features(nn.Dropout()),
    "Dropout2d": lambda: on_images(nn.Dropout2d()),
    "PixelUnshuffle": lambda: on_images(nn.PixelUnshuffle(2)),
    "PixelShuffle": lambda: on_images(nn.PixelShuffle(2)),
    "GroupSort": lambda: on_features(GroupSort()),
    "deel MaxMin": lambda: on_features(_deel("MaxMin"), width=24),
    "deel GroupSort": lambda: on_features(_deel("GroupSort", 3)),
    "orthogonium MaxMin": lambda: on_features(_orthogonium("MaxMin")),
    "orthogonium Abs": lambda: on_features(_orthogonium("Abs")),
    "spectral_norm": lambda: nn.Sequential(
        parametrizations.spectral_norm(nn.Linear(256, 8)), nn.ReLU(), nn.Linear(8, 1), nn.Flatten(0)
    ),
    "weight_norm": lambda: nn.Sequential(
        parametrizations.weight_norm(nn.Linear(256, 8)), nn.ReLU(), nn.Linear(8, 1), nn.Flatten(0)
    ),
}
"""A layer -> a network with it."""

OPERATIONS = {
    "relu": lambda: computed(functional.relu),
    "relu method": lambda: computed(lambda h: h.relu()),
    "abs": lambda: computed(torch.abs),
    "neg": lambda: computed(lambda h: -h),
    "tanh": lambda: computed(torch.tanh),
    "softplus": lambda: computed(functional.softplus),
    "sin": lambda: computed(torch.sin),
    "cos": lambda: computed(torch.cos),
    "flatten": lambda: computed(lambda h: h.flatten(1)),
    "unflatten": lambda: computed(lambda h: h.unflatten(1, (3, 4))),
    "view": lambda: computed(lambda h: h.view(-1, 2, 6)),
    "squeeze": lambda: computed(lambda h: h.unsqueeze(2).squeeze(2).contiguous().float()),
    "pixel_unshuffle": lambda: computed(lambda h: functional.pixel_unshuffle(h.view(-1, 3, 2, 2), 2)),
    "sigmoid": lambda: computed(torch.sigmoid),
    "gelu": lambda: computed(functional.gelu),
    "silu": lambda: computed(functional.silu),
    "leaky_relu": lambda: computed(lambda h: functional.leaky_relu(h, 2.0)),
    "add": lambda: computed(lambda h: h + torch.relu(h) + 3),
    "add broadcast": lambda: computed(lambda h: h[:, :1] + torch.zeros(1, 5)),
    "sub": lambda: computed(lambda h: 1 - h - 0.5 * torch.relu(h)),
    "mul": lambda: computed(lambda h: h * torch.linspace(-2, 1, 12)),
    "truediv": lambda: computed(lambda h: h / torch.linspace(1, 3, 12)),
    "linear": lambda: computed(lambda h: functional.linear(h, torch.linspace(-1, 1, 36).view(3, 12))),
    "matmul": lambda: computed(lambda h: h @ torch.linspace(-1, 1, 36).view(12, 3)),
    "maximum": lambda: computed(lambda h: torch.maximum(h[:, :6], h[:, 6:])),
    "minimum": lambda: computed(lambda h: torch.min(h, torch.tensor(0.5))),
    "cat": lambda: computed(lambda h: torch.cat([h, 2 * h, torch.relu(h)], dim=1)),
    "stack": lambda: computed(lambda h: torch.stack([h, torch.abs(h)], 1)),
    "mean": lambda: computed(lambda h: h.view(-1, 3, 4).mean(dim=(1, 2), keepdim=True)),
    "sum": lambda: computed(lambda h: torch.sum(h.view(-1, 3, 4), 1)),
    "getitem": lambda: computed(lambda h: h[:, None, 2:7]),
    "split": lambda: computed(lambda h: h.split(5, 1)[0]),
    "chunk": lambda: computed(lambda h: torch.cat([h.chunk(3, dim=1)[2], h.tanh()], 1)),
    "unbind": lambda: computed(lambda h: torch.unbind(h, 1)[3][:, None]),
    "twice": lambda: computed(lambda h, layer: layer(torch.relu(layer(h))) + h, nn.Linear(12, 12)),
}
"""An operation -> a network with it."""


def _deel(name, *arguments):
    from deel.torchlip.modules import activation

    return getattr(activation, name)(*arguments)


def _orthogonium(name):
    from orthogonium.layers import custom_activations

    return getattr(custom_activations, name)()


def _shipped(arch, lipschitz):
    return lambda: Recipe.of(arch, lipschitz).network(ARCHITECTURES[arch], seed=0)


SHIPPED = {
    f"{arch} {lipschitz}": (_shipped(arch, lipschitz), shape)
    for arch, shape in ARCHITECTURES.items()
    for lipschitz in (*CONSTRAINTS, *former.OBJECTIVES)
    if not (arch == "resnet" and lipschitz in ("orthonormal", "aol"))
}
"""An architecture and a constraint -> a network, and the shape of its points."""

ALL = {name: (build, SHAPE) for name, build in (LAYERS | OPERATIONS).items()} | SHIPPED
