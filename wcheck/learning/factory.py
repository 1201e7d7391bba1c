"""Networks of the user's own, made by a function named ``module:factory``."""

from __future__ import annotations

import math
from pathlib import Path

import torch
from torch import Tensor, nn

from wcheck.errors import ParameterError, SourceError
from wcheck.importing import import_function
from wcheck.measures.layout import times

POINTS = 3
"""Points that a new network is tried on."""


def is_factory(name: str) -> bool:
    """Whether the name of an architecture or a generator is that of a user's function."""
    return ":" in name


RETURNS = {
    "value": "values ({k},), one for each point",
    "features": "features ({k}, m), one row for each point",
    "point": "points ({k}, {d}), the reconstruction of each point",
}
"""What a critic returns of each point -> what its user is told of its shape for k points of d numbers."""


def made(text: str, shape: tuple[int, ...], folder: Path = Path(), returns: str = "value") -> nn.Module:
    """Call a user's factory of a critic, and try what it makes on a few points.

    Parameters
    ----------
    text : str
        ``module:factory``. The factory is called with the shape of a point and returns a module that maps float32
        points ``(n, d)``, flat, to values ``(n,)``, or to what it ``returns`` instead; weights that torch draws there
        follow the critic's seed.
    shape : tuple of int
        The shape of one point.
    folder : Path
        Where the module may lie.
    returns : {"value", "features", "point"}
        What it returns of each point: a value, any number of features ``(n, m)``, or a point ``(n, d)``.

    Raises
    ------
    SourceError
        If there is no such function, or it or what it makes fails.
    ParameterError
        If it makes anything else, or a critic with nothing to train.
    """
    points = torch.linspace(0, 1, POINTS * math.prod(shape)).reshape(POINTS, -1).requires_grad_()
    given = f"{POINTS} points of shape {shape}, given as {tuple(points.shape)}"
    network, values = _tried(f"--arch {text}", (shape,), points, given, folder)
    if not isinstance(values, Tensor) or not _fits(values, points, returns) or values.dtype != torch.float32:
        raise ParameterError(
            f"--arch {text} maps {POINTS} points of {points.shape[1]} numbers to {_told(values)}: "
            f"return float32 {RETURNS[returns].format(k=POINTS, d=points.shape[1])}."
        )
    _check_trainable(f"--arch {text}", network, values, "values")
    return network


def made_generator(text: str, latent: int, shape: tuple[int, ...], folder: Path = Path()) -> nn.Module:
    """Call a user's factory of a generator, and try what it makes on a few latents.

    Parameters
    ----------
    text : str
        ``module:factory``. The factory is called with the number of coordinates of a latent and the shape of a point,
        and returns a module that maps float32 latents ``(k, latent)`` to float32 points ``(k, d)``, flat, or
        ``(k, *shape)``; weights that torch draws there follow the generator's seed.
    latent : int
        The numbers of a latent.
    shape : tuple of int
        The shape of one point.
    folder : Path
        Where the module may lie.

    Returns
    -------
    Module
        Maps latents to points ``(k, d)``.

    Raises
    ------
    SourceError
        If there is no such function, or it or what it makes fails.
    ParameterError
        If it makes anything else, or a generator with nothing to train.
    """
    latents = torch.linspace(-1, 1, POINTS * latent).reshape(POINTS, latent)
    given = f"{POINTS} latents of {latent} numbers and points of shape {times(shape)}"
    network, points = _tried(f"generator {text}", (latent, shape), latents, given, folder)
    wanted = {(POINTS, math.prod(shape)), (POINTS, *shape)}
    if not isinstance(points, Tensor) or tuple(points.shape) not in wanted or points.dtype != torch.float32:
        raise ParameterError(
            f"generator {text} maps {POINTS} latents to {_told(points)}: the data are points of shape "
            f"{times(shape)}; return float32 points {(POINTS, math.prod(shape))}, one for each latent."
        )
    _check_trainable(f"generator {text}", network, points, "points")
    return network if points.ndim == 2 else nn.Sequential(network, nn.Flatten())


def _tried(
    called: str, arguments: tuple[object, ...], inputs: Tensor, given: str, folder: Path
) -> tuple[nn.Module, object]:
    """Return what a factory makes of arguments, and what that makes of inputs."""
    option, text = called.split(" ", 1)
    factory = import_function(text, option, folder)
    try:
        network = factory(*arguments)
        outputs = network(inputs) if isinstance(network, nn.Module) else None
    except Exception as error:  # whatever the user's code raises
        raise SourceError(
            f"{called} failed for {given} ({type(error).__name__}: {' '.join(str(error).split())}): repair it."
        ) from error
    if not isinstance(network, nn.Module):
        raise ParameterError(
            f"{called} returned {type(network).__name__}: return a torch.nn.Module for points of a shape."
        )
    return network, outputs


def _fits(values: Tensor, points: Tensor, returns: str) -> bool:
    """Whether values have the shape of what is to be returned of points."""
    if returns == "features":
        return values.ndim == 2 and len(values) == POINTS and values.shape[1] > 0
    return values.shape == (points.shape if returns == "point" else points.shape[:1])


def _told(outputs: object) -> str:
    if isinstance(outputs, Tensor):
        return f"{outputs.dtype} {tuple(outputs.shape)}"
    return type(outputs).__name__


def _check_trainable(called: str, network: nn.Module, outputs: Tensor, what: str) -> None:
    if not torch.isfinite(outputs).all():
        raise ParameterError(f"{called} returns {what} that are not finite: repair its first weights.")
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    if not parameters:
        raise ParameterError(f"{called} has no parameters: there is nothing to train.")
    leads_back = outputs.requires_grad and any(
        gradient is not None for gradient in torch.autograd.grad(outputs.sum(), parameters, allow_unused=True)
    )
    if not leads_back:
        raise ParameterError(
            f"{called} returns {what} from which no gradient leads back to its parameters: there is nothing to "
            "train; leave out detach and no_grad."
        )
