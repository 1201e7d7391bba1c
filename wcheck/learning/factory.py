"""Critics of the user's own, made by a function named ``module:factory``."""

from __future__ import annotations

import math
from pathlib import Path

import torch
from torch import Tensor, nn

from wcheck.errors import ParameterError, SourceError
from wcheck.importing import import_function

POINTS = 3
"""Points that a new critic is tried on."""


def is_factory(arch: str) -> bool:
    """Whether an architecture's name is that of a user's function."""
    return ":" in arch


def made(text: str, shape: tuple[int, ...], folder: Path = Path()) -> nn.Module:
    """Call a user's factory, and try what it makes on a few points.

    Parameters
    ----------
    text : str
        ``module:factory``. The factory is called with the shape of a point and returns a module that maps float32
        points ``(n, d)``, flat, to values ``(n,)``; weights that torch draws there follow the critic's seed.
    shape : tuple of int
        The shape of one point.
    folder : Path
        Where the module may lie.

    Raises
    ------
    SourceError
        If there is no such function, or it or what it makes fails.
    ParameterError
        If it makes anything else, or a critic with nothing to train.
    """
    factory = import_function(text, "--arch", folder)
    points = torch.linspace(0, 1, POINTS * math.prod(shape)).reshape(POINTS, -1).requires_grad_()
    try:
        network = factory(shape)
        values = network(points) if isinstance(network, nn.Module) else None
    except Exception as error:  # whatever the user's code raises
        raise SourceError(
            f"--arch {text} failed for {POINTS} points of shape {shape}, given as {tuple(points.shape)} "
            f"({type(error).__name__}: {' '.join(str(error).split())}): repair it."
        ) from error
    if not isinstance(network, nn.Module):
        raise ParameterError(
            f"--arch {text} returned {type(network).__name__}: return a torch.nn.Module for points of a shape."
        )
    if not isinstance(values, Tensor) or values.shape != (POINTS,) or values.dtype != torch.float32:
        what = (
            f"{values.dtype} {tuple(values.shape)}" if isinstance(values, Tensor) else type(values).__name__
        )
        raise ParameterError(
            f"--arch {text} maps {POINTS} points of {points.shape[1]} numbers to {what}: "
            f"return float32 values ({POINTS},), one for each point."
        )
    if not torch.isfinite(values).all():
        raise ParameterError(f"--arch {text} returns values that are not finite: repair its first weights.")
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    if not parameters:
        raise ParameterError(f"--arch {text} has no parameters: there is nothing to train.")
    leads_back = values.requires_grad and any(
        gradient is not None for gradient in torch.autograd.grad(values.sum(), parameters, allow_unused=True)
    )
    if not leads_back:
        raise ParameterError(
            f"--arch {text} returns values from which no gradient leads back to its parameters: there is nothing to "
            "train; leave out detach and no_grad."
        )
    return network
