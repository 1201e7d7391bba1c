"""Toys of spectral normalisation (Fleuret's lectures on deep learning, 11.2): the norm that power iteration reaches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from wcheck.experiments.toy import Fact

if TYPE_CHECKING:
    from torch import Tensor, nn

MATRICES, SIZE = 100, 15
"""How many random matrices there are, and their rows."""
INPUTS, WIDTH, LR = 100, 5, 0.1
"""The points that the trained layer is given, its width, and the step size of its descent."""


def power(x: float, seed: int) -> Iterator[Fact]:
    """Tell which share of the norms of random matrices ``x`` steps of a spectrally normalised layer reach.

    Never more than all of it: a step approaches the norm from below.
    """
    import torch

    random = torch.Generator().manual_seed(_seed(seed, "power"))
    shares = []
    for _ in range(MATRICES):
        weight = torch.randn(SIZE, SIZE, generator=random, dtype=torch.float64)
        left, right = torch.randn(2, SIZE, generator=random, dtype=torch.float64)
        layer = _normalised(weight, torch.zeros(SIZE, dtype=torch.float64))
        _begin_anew(layer, left, right)
        for _ in range(round(x)):
            layer(right)
        shares.append(1 / _norm(layer))
    yield Fact("norm_least", 1.0, min(shares), side="below")
    yield Fact("norm_mean", 1.0, sum(shares) / MATRICES, side="below")


def layer(x: float, seed: int) -> Iterator[Fact]:
    r"""Train a layer for ``x`` steps to make its outputs long, with and without spectral normalisation.

    The loss is ``-|A X + b|``, whose gradient in A is no longer than the norm of the inputs: without normalisation the
    norm of A is at most ``|A_0| + x lr |X|``. With it, the norm is 1, approached from above as the estimate by which
    the weight is divided approaches from below.
    """
    import torch

    random = torch.Generator().manual_seed(_seed(seed, "layer"))
    inputs = torch.rand(INPUTS, WIDTH, generator=random, dtype=torch.float64)
    limit = WIDTH**-0.5  # as torch draws them
    drawn = limit * (2 * torch.rand(WIDTH, WIDTH + 1, generator=random, dtype=torch.float64) - 1)
    weight, bias = drawn[:, :WIDTH], drawn[:, WIDTH]
    bound = torch.linalg.matrix_norm(weight, 2) + round(x) * LR * torch.linalg.matrix_norm(inputs, 2)
    yield Fact("norm_free", float(bound), _norm(_trained(_linear(weight, bias), inputs, x)), side="below")
    yield Fact("norm_spectral", 1.0, _norm(_trained(_normalised(weight, bias), inputs, x)), side="above")


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    import torch
    from torch import nn

    made = nn.Linear(weight.shape[1], weight.shape[0], dtype=weight.dtype)
    with torch.no_grad():
        made.weight.copy_(weight)
        made.bias.copy_(bias)
    return made


def _normalised(weight: Tensor, bias: Tensor) -> nn.Module:
    """Return a layer under the constraint of critics, always with the same first vectors."""
    import torch

    from wcheck.critics.weights import SpectralNormalisation

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)  # torch draws the vectors from its global generator
        return SpectralNormalisation().prepare(_linear(weight, bias))


def _begin_anew(layer: nn.Module, left: Tensor, right: Tensor) -> None:
    """Put random vectors in the place of those that the layer's steps continue from."""
    state = layer.state_dict()
    for name, vector in (("_u", left), ("_v", right)):
        state[f"parametrizations.weight.0.{name}"] = vector / vector.norm()
    layer.load_state_dict(state)


def _trained(layer: nn.Module, inputs: Tensor, x: float) -> nn.Module:
    import torch

    descent = torch.optim.SGD(layer.parameters(), lr=LR)
    for _ in range(round(x)):
        loss = -layer(inputs).norm()
        descent.zero_grad()
        loss.backward()
        descent.step()
    return layer


def _norm(layer: nn.Module) -> float:
    """Return the norm of the weight that a layer multiplies by, from its singular values."""
    import torch

    with torch.no_grad():
        return float(torch.linalg.matrix_norm(cast("Tensor", layer.eval().weight), 2))


def _seed(seed: int, toy: str) -> int:
    from wcheck.rng import derived_seed

    return derived_seed(seed, "toys", toy)
