"""The check of a function's values at the points of two measures: one finite number for each point."""

from __future__ import annotations

from torch import Tensor

from wcheck.errors import ParameterError, counted
from wcheck.lazily import torch


def check_values(f: Tensor, g: Tensor, n: int, m: int) -> None:
    """Refuse values that would be compared with each other instead of pair by pair, and those that are not finite.

    Raises
    ------
    ParameterError
        Unless they are finite and have the shapes ``(n,)`` and ``(m,)``.
    """
    for name, values, count in (("f", f, n), ("g", g, m)):
        if tuple(values.shape) != (count,):
            raise ParameterError(
                f"{name} has shape {tuple(values.shape)}: give one value for each of {counted(count, 'point')}, "
                f"of shape ({count},)."
            )
        if not bool(torch.isfinite(values).all()):
            raise ParameterError(f"{name} holds values that are not finite: give finite values.")
