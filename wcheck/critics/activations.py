"""Activations of critics: GroupSort, and those of torch."""

from __future__ import annotations

from torch import Tensor, nn


class GroupSort(nn.Module):
    """Sort channels 2 i and 2 i + 1 of each point: 1-Lipschitz, and its derivative is a permutation.

    The second dimension is that of the channels; their number is even.

    References
    ----------
    Anil, Lucas, Grosse (2019), Sorting out Lipschitz function approximation, Section 4 (MaxMin).
    """

    def forward(self, z: Tensor) -> Tensor:
        """Return the sorted values, in the shape of z."""
        ordered: Tensor = z.unflatten(1, (-1, 2)).sort(dim=2).values
        return ordered.flatten(1, 2)


ACTIVATIONS = (
    GroupSort, nn.CELU, nn.ELU, nn.GELU, nn.Hardswish, nn.Hardtanh, nn.LeakyReLU, nn.Mish, nn.PReLU, nn.ReLU, nn.ReLU6,
    nn.SELU, nn.Sigmoid, nn.SiLU, nn.Softplus, nn.Softsign, nn.Tanh,
)  # fmt: skip
"""The layers that are activations."""
