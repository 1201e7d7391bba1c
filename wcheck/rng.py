"""One seed gives independent, named random streams.

The stream's name is hashed into the seed, so adding a stream never disturbs another, and two things with the
same seed but other names (source and target, replicate 3 and 4) are independent draws. Folders in a name do not
count: a draw from a file is the same wherever the file lies.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import numpy as np

from wcheck.errors import ParameterError

if TYPE_CHECKING:
    import torch


def generator(seed: int, *labels: str | int) -> np.random.Generator:
    """Return the numpy generator of the stream that ``labels`` name under ``seed``.

    Parameters
    ----------
    seed : int
        The run's seed, at least 0.
    labels : str or int
        The stream's name; order and type matter.

    Raises
    ------
    ParameterError
        If the seed is negative.
    """
    return np.random.default_rng(_entropy(seed, labels))


def torch_generator(seed: int, *labels: str | int, device: str = "cpu") -> torch.Generator:
    """Return a torch generator on ``device`` for the stream that ``labels`` name under ``seed``."""
    import torch

    return torch.Generator(device=device).manual_seed(derived_seed(seed, *labels))


def derived_seed(seed: int, *labels: str | int) -> int:
    """Return a 63-bit seed for the stream that ``labels`` name, for libraries that take an integer."""
    return _entropy(seed, labels) >> 193


def check_seed(seed: int) -> None:
    """Raise a ParameterError if the seed is negative."""
    if seed < 0:
        raise ParameterError(f"seed is {seed}: give an integer of at least 0.")


def _entropy(seed: int, labels: tuple[str | int, ...]) -> int:
    check_seed(seed)
    placeless = (re.split(r"[/\\]", label)[-1] if isinstance(label, str) else label for label in labels)
    text = repr((int(seed), *placeless))
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")
