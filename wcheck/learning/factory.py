"""Networks of the user's own, made by a function named ``module:factory``."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeGuard

import torch
from torch import Tensor, nn

from wcheck.errors import ParameterError, SourceError, counted
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


def made(
    text: str,
    shape: tuple[int, ...],
    folder: Path = Path(),
    returns: str = "value",
    *,
    option: str = "--arch",
    trained: Callable[[nn.Module], None] | None = None,
) -> nn.Module:
    """Call a user's factory of a critic, and try what it makes on a few points.

    Parameters
    ----------
    text : str
        ``module:factory``. The factory is called with the shape of a point, or without arguments if it takes none, and
        returns a module that maps float32 points, flat ``(n, d)`` or by their shape ``(n, *shape)``, to values ``(n,)``
        or ``(n, 1)``, or to what it ``returns`` instead; weights that torch draws there follow the critic's seed.
    shape : tuple of int
        The shape of one point.
    folder : Path
        Where the module may lie.
    returns : {"value", "features", "point"}
        What it returns of each point: a value, any number of features ``(n, m)``, or a point ``(n, d)``.
    option : str
        Where the user wrote it.
    trained : callable, optional
        Gives the network the weights that it was trained to; without it there must be something to train.

    Returns
    -------
    Module
        Maps flat points ``(n, d)`` to values ``(n,)``, or to what it returns instead.

    Raises
    ------
    SourceError
        If there is no such function, or it or what it makes fails.
    ParameterError
        If it makes anything else, or a critic with nothing to train.
    """
    called = f"{option} {text}"
    network = _called(called, (shape,), folder, f"points of shape {times(shape)}")
    if trained is not None:
        trained(network)
        network.eval()
    flat = torch.linspace(0, 1, POINTS * math.prod(shape)).reshape(POINTS, -1).requires_grad_()
    failed: dict[str, Exception] = {}
    wrong = None
    for before in [[], [nn.Unflatten(1, shape)]] if len(shape) > 1 else [[]]:
        points = nn.Sequential(*before)(flat)
        given = f"as {tuple(points.shape)}"
        try:
            outputs = network(points)
        except Exception as error:  # whatever the user's code raises
            failed[given] = error
            continue
        if not _fits(outputs, flat, returns):
            wanted = RETURNS[returns].format(k=POINTS, d=flat.shape[1])
            points = f"{POINTS} points of {counted(flat.shape[1], 'number')}"
            told = f"{called} maps {points}, given {given}, to {_told(outputs)}"
            wrong = wrong or ParameterError(f"{told}: return float32 {wanted}.")
            continue
        if trained is None:
            _check_trainable(called, network, outputs, "values")
        axes = 1 if returns == "value" else 2
        after = [nn.Flatten(axes - 1)] if outputs.ndim > axes else []
        return nn.Sequential(*before, network, *after) if before or after else network
    raise wrong or _failed(called, f"{POINTS} points of shape {shape}, given", failed)


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
    given = f"{POINTS} latents of {counted(latent, 'number')} and points of shape {times(shape)}"
    called = f"generator {text}"
    network = _called(called, (latent, shape), folder, given)
    try:
        points = network(latents)
    except Exception as error:  # whatever the user's code raises
        raise _failed(called, given, {"": error}) from error
    wanted = {(POINTS, math.prod(shape)), (POINTS, *shape)}
    if not isinstance(points, Tensor) or tuple(points.shape) not in wanted or points.dtype != torch.float32:
        raise ParameterError(
            f"generator {text} maps {POINTS} latents to {_told(points)}: the data are points of shape "
            f"{times(shape)}; return float32 points {(POINTS, math.prod(shape))}, one for each latent."
        )
    _check_trainable(f"generator {text}", network, points, "points")
    return network if points.ndim == 2 else nn.Sequential(network, nn.Flatten())


def _called(called: str, arguments: tuple[object, ...], folder: Path, given: str) -> nn.Module:
    """Return what a factory makes of arguments; of none, if it takes none."""
    option, text = called.split(" ", 1)
    factory = import_function(text, option, folder)
    if isinstance(factory, nn.Module):
        raise ParameterError(
            f"{called} is a network ({type(factory).__name__}) and not a function that makes one: write "
            "def make(shape): return the_network, and name that function."
        )
    try:
        network = factory(*(arguments if _takes(factory, arguments) else ()))
    except Exception as error:  # whatever the user's code raises
        raise _failed(called, given, {"": error}) from error
    if not isinstance(network, nn.Module):
        raise ParameterError(
            f"{called} returned {type(network).__name__}: return a torch.nn.Module for points of a shape."
        )
    return network


def _takes(factory: Callable[..., object], arguments: tuple[object, ...]) -> bool:
    """Whether a function is to be called with arguments: unless it can be without any, and not with them."""
    for given, found in ((arguments, True), ((), False)):
        try:
            inspect.signature(factory).bind(*given)
        except (TypeError, ValueError):
            continue
        return found
    return True


def _failed(called: str, given: str, errors: Mapping[str, Exception]) -> SourceError:
    """Return what to say of errors by what the user's code was given."""
    said = " and ".join(
        " ".join(f"{form} ({type(error).__name__}: {error})".split()) for form, error in errors.items()
    )
    return SourceError(f"{called} failed for {given} {said}: repair it.")


def _fits(outputs: object, points: Tensor, returns: str) -> TypeGuard[Tensor]:
    """Whether outputs are float32 and of the shape of what is to be returned of flat points."""
    if not isinstance(outputs, Tensor) or outputs.dtype != torch.float32:
        return False
    if outputs.shape[:1] != (POINTS,):
        return False
    if returns == "features":
        return outputs.ndim == 2 and outputs.shape[1] > 0
    return outputs.numel() == (points.numel() if returns == "point" else POINTS)


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
            f"{called} returns {what} whose gradient does not reach its parameters, so there is nothing to "
            "train: leave out detach and no_grad."
        )
