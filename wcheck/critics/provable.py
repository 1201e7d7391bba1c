"""Constraints whose layers are 1-Lipschitz by construction: orthonormal, and almost orthogonal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NoReturn

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrize

from wcheck.critics.activations import GroupSort
from wcheck.critics.constraint import Constraint
from wcheck.critics.normalisation import Norm
from wcheck.errors import ParameterError
from wcheck.learning.descent import Descent

HARMLESS = (GroupSort, nn.ReLU, nn.Tanh, nn.Sigmoid, nn.Softplus, nn.Flatten, nn.Unflatten, nn.Identity)
"""Layers without weights whose slope is at most 1."""


@dataclass(frozen=True, slots=True)
class Provable(Constraint):
    """Layers that are 1-Lipschitz by construction, without normalisation, which would undo it."""

    normalisation: ClassVar[Norm] = "none"
    norms: ClassVar[tuple[Norm, ...]] = ("none",)
    provable: ClassVar[bool] = True
    descent: ClassVar[Descent] = Descent("adam", 1e-3, (0.9, 0.999))


@dataclass(frozen=True, slots=True)
class Orthonormal(Provable):
    """Matrices with orthonormal rows or columns, by Björck's iteration, and orthogonal convolutions.

    Every layer has norm 1 up to rounding, and a chain of them keeps slopes that other bounds lose. Convolutions pad
    circularly, since only then are they isometric.

    References
    ----------
    Anil, Lucas, Grosse (2019), Sorting out Lipschitz function approximation, Section 4; Boissin et al. (2025), An
    Adaptive Orthogonal Convolution Scheme, whose layers and Björck's iteration are used through their authors'
    libraries, deel-torchlip and orthogonium.
    """

    name: ClassVar[str] = "orthonormal"

    def prepare(self, network: nn.Module) -> nn.Module:
        """Replace all linear layers and convolutions."""
        from wcheck.critics.orthonormal_convolution import orthonormal_convolution
        from wcheck.critics.orthonormal_linear import orthonormal_linear

        return _replaced(network, orthonormal_linear, orthonormal_convolution)


@dataclass(frozen=True, slots=True)
class AlmostOrthogonal(Provable):
    """Almost-orthogonal layers (AOL): a rescaling of rows or columns after which no norm can exceed 1.

    References
    ----------
    Prach, Lampert (2022), Almost-Orthogonal Layers for Efficient General-Purpose Lipschitz Networks, Theorems 1 and 2.
    """

    name: ClassVar[str] = "aol"

    def prepare(self, network: nn.Module) -> nn.Module:
        """Parametrise all linear layers and convolutions."""
        return _replaced(network, _rescaled, _rescaled)


def refuse_unchained(what: str) -> NoReturn:
    """Refuse a critic whose layers are not a chain: sums, such as skip connections, add slopes up."""
    raise ParameterError(
        f"this critic is or has a {what}, but orthonormal and aol need chains of linear layers, convolutions and "
        "activations of slope at most 1: choose --arch mlp, groupsort or dcgan, or --lipschitz spectral."
    )


class Rescaling(nn.Module):
    r"""Divide the rows of a matrix A by ``sqrt(sum_j |A A^T|_ij)``, or its columns likewise, whichever are fewer.

    Then ``|A| <= 1``. A convolution is such a matrix, whose products are the kernel's correlations with itself; one
    with a stride is a convolution without of as many more channels.

    Parameters
    ----------
    stride : int
        The stride of the convolution; it divides the size of the kernel.
    """

    def __init__(self, stride: int = 1) -> None:
        super().__init__()
        self.stride = stride

    def forward(self, weight: Tensor) -> Tensor:
        """Return the weight ``(outputs, inputs)`` or ``(outputs, inputs, height, width)`` rescaled."""
        if weight.dim() == 2:
            return _by_sums(weight)
        return functional.pixel_shuffle(
            _by_sums(functional.pixel_unshuffle(weight, self.stride)), self.stride
        )


def _by_sums(weight: Tensor) -> Tensor:
    wide = weight.shape[0] <= weight.shape[1]
    rows = weight if wide else weight.transpose(0, 1)
    if rows.dim() == 2:
        products = rows @ rows.T
    else:
        products = functional.conv2d(rows, rows, padding=(rows.shape[2] - 1, rows.shape[3] - 1))
    others = tuple(range(1, rows.dim()))
    sums = products.abs().sum(dim=others, keepdim=True)
    rows = rows * sums.clamp(min=torch.finfo(rows.dtype).tiny).rsqrt()
    return rows if wide else rows.transpose(0, 1)


def _rescaled(layer: nn.Linear | nn.Conv2d) -> nn.Module:
    nn.init.orthogonal_(layer.weight)
    stride = layer.stride[0] if isinstance(layer, nn.Conv2d) else 1
    parametrize.register_parametrization(layer, "weight", Rescaling(stride))
    return layer


def _replaced(
    network: nn.Module,
    linear: Callable[[nn.Linear], nn.Module],
    convolution: Callable[[nn.Conv2d], nn.Module],
) -> nn.Module:
    """Replace the layers of a chain."""
    if not isinstance(network, nn.Sequential):
        refuse_unchained(type(network).__name__)
    for place, layer in enumerate(network):
        if isinstance(layer, nn.Linear):
            network[place] = linear(layer)
        elif isinstance(layer, nn.Conv2d):
            network[place] = convolution(layer)
        elif not isinstance(layer, HARMLESS):
            _replaced(layer, linear, convolution)
    return network
