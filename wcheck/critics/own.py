"""A critic of the user's own: a network that a function makes, and weights from a file, of which no code is run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from wcheck.critics.critic import Critic
from wcheck.critics.recipe import Recipe
from wcheck.errors import ParameterError, SourceError
from wcheck.learning.factory import made
from wcheck.measures.tensors import read_state

NAMES = 3
"""Names that an error lists."""


def load_own(
    text: str, state: str, shape: tuple[int, ...], device: str = "cpu", modules: Path = Path()
) -> Critic:
    """Make a network by the user's function, and give it the weights of a state dict.

    Parameters
    ----------
    text : str
        ``module:factory``; see :func:`wcheck.learning.factory.made`.
    state : str
        The file of the state dict, as ``torch.save`` or safetensors write it; of a checkpoint that holds several,
        ``FILE:KEY``.
    shape : tuple of int
        The shape of one point.
    device : str
        Where it is to lie.
    modules : Path
        Where the factory's module may lie.

    Raises
    ------
    SourceError
        If there is no such function, or it fails; if the file cannot be read or holds the weights of another network.
    ParameterError
        If what is made is not a critic of such points.
    """
    weights = read_state(state)
    with torch.random.fork_rng(devices=[]):
        network = made(
            text,
            shape,
            modules,
            option="--critic",
            trained=lambda network: _give(network, weights, state, text),
        )
    return Critic(network.to(device), Recipe.of(lipschitz="none"), shape)


def fingerprint(state: str) -> str:
    """Return the SHA-256 of the names and numbers of a state dict."""
    sha = hashlib.sha256()
    for name, array in sorted(read_state(state).items()):
        sha.update(f"{name} {array.dtype.str} {array.shape}".encode())
        sha.update(np.ascontiguousarray(array).tobytes())
    return sha.hexdigest()


def _give(network: nn.Module, weights: Mapping[str, NDArray[np.generic]], state: str, text: str) -> None:
    """Give a network its weights, each by its name; refuse those of another one."""
    own = network.state_dict()
    lacking, unknown = (
        [name for name in one if name not in other] for one, other in ((own, weights), (weights, own))
    )
    if lacking or unknown:
        said = [
            f"{who} has {_listed(names)}"
            for who, names in (("only the network", lacking), ("only the file", unknown))
            if names
        ]
        raise SourceError(
            f"{state} holds the weights of another network than --critic {text} makes: {'; '.join(said)}. Give the "
            "state_dict() of such a network."
        )
    for name, tensor in own.items():
        if tuple(tensor.shape) != weights[name].shape:
            raise SourceError(
                f"{state} holds the weights of another network than --critic {text} makes: {name} has shape "
                f"{weights[name].shape}, and {tuple(tensor.shape)} in the network. Give the state_dict() of such a "
                "network."
            )
        if weights[name].dtype.kind == "f" and not np.isfinite(weights[name]).all():
            raise ParameterError(
                f"{state} holds weights that are not finite in {name}: such a critic cannot be judged; give finite "
                "weights."
            )
    network.load_state_dict({name: torch.from_numpy(np.array(array)) for name, array in weights.items()})


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - NAMES} more" if len(names) > NAMES else ""
    return ", ".join(names[:NAMES]) + more
