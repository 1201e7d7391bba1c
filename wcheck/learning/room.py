"""Networks of any size that was asked for, refused before they are made where they would not fit into memory."""

from __future__ import annotations

import sys
from collections.abc import Callable

import torch
from torch import nn

from wcheck.measures.rows import check_memory


def made_within_memory(make: Callable[[], nn.Module], what: str) -> nn.Module:
    """Make a network, if its weights fit into the memory that is free.

    Parameters
    ----------
    make : callable
        Makes it; is called once more before, on the device meta, where weights take no memory and nothing is drawn.
    what : str
        What it is called in the error.

    Raises
    ------
    SourceError
        If it would not fit.
    """
    check_memory(_bytes(make), what, "give smaller numbers")
    return make()


def _bytes(make: Callable[[], nn.Module]) -> int:
    """Return what the weights take that a function makes, without making them."""
    try:
        with torch.device("meta"):
            return sum(weight.nbytes for weight in make().state_dict().values())
    except (RuntimeError, TypeError, OverflowError):  # a size that is no number of 64 bits
        return sys.maxsize
