"""What latents are drawn from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
from torch import Tensor

Draw = Callable[[tuple[int, int], torch.Generator | None, torch.device | None], Tensor]


def _normal(shape: tuple[int, int], generator: torch.Generator | None, device: torch.device | None) -> Tensor:
    return torch.randn(shape, generator=generator, device=device)


def _uniform(
    shape: tuple[int, int], generator: torch.Generator | None, device: torch.device | None
) -> Tensor:
    return 2 * torch.rand(shape, generator=generator, device=device) - 1


PRIORS: Mapping[str, Draw] = MappingProxyType({"normal": _normal, "uniform": _uniform})
"""Name -> (shape, generator, device) -> independent float32 numbers: standard normal, or uniform from -1 to 1.

Where generator and device are None they are torch's own."""
