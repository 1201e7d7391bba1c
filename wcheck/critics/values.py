"""What is known of a network's values while it is followed: how steep they are, or why that is not known."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

Memory = dict[tuple[Any, ...], float]
"""Norms by the bytes of the weights and by all else that they depend on."""


class UnboundedError(Exception):
    """Something has no Lipschitz bound; the message says what."""


@dataclass(frozen=True, slots=True)
class Value:
    """A tensor that depends on the points: its first axis holds theirs, in their order, equally many rows of each.

    Attributes
    ----------
    tensor : Tensor
    slope : float
        The Lipschitz constant of the map from a point to its rows is at most this; infinity where it is not known.
    reason : str or None
        Why it is not known.
    padded : (Value, (int, int, int, int)), optional
        What this is a circular padding of, and by how many pixels above, below, on the left, on the right.
    """

    tensor: Tensor
    slope: float
    reason: str | None = None
    padded: tuple[Value, tuple[int, int, int, int]] | None = None


@dataclass(slots=True)
class Call:
    """A function of torch that was called on values.

    Attributes
    ----------
    function : callable
    args, kwargs
        As it was given them, with values as they were before the call in place of their tensors.
    result : object
        What it returned.
    points : int
        How many there are.
    memory : dict
        Norms that are known.
    padded : tuple, optional
        That of :class:`Value`, for the result; a rule sets it.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    result: Any
    points: int
    memory: Memory
    padded: tuple[Value, tuple[int, int, int, int]] | None = field(default=None)

    @property
    def values(self) -> list[Value]:
        """All values that it was given."""
        return [one for one in flat((self.args, self.kwargs)) if isinstance(one, Value)]

    def alone(self, value: object) -> Value:
        """Return a value, the only one that the function was given.

        Raises
        ------
        UnboundedError
            If it was given another one, too.
        """
        if not isinstance(value, Value) or len(self.values) != 1:
            raise UnboundedError("an operation on several values that depend on the point")
        return value

    def on(self, tensor: Tensor) -> Any:
        """Call the function again, with another tensor in place of its value."""
        return self.function(*_replaced(self.args, tensor), **_replaced(self.kwargs, tensor))

    def axes(self, value: Value, axes: object, ndim: int = 0) -> list[int]:
        """Return axes counted from 0, none of which is that of the points; ``ndim`` where it is not the value's."""
        ndim = ndim or value.tensor.ndim
        given: list[Any] = list(axes) if isinstance(axes, tuple | list) else [axes]
        if not given or not all(isinstance(axis, int) and axis % ndim for axis in given):
            raise UnboundedError(MIXES)
        return [int(axis) % ndim for axis in given]

    def same_for_all(self, constant: Tensor) -> None:
        """Refuse a constant that differs from one point to the next: where a point stands in a batch would matter."""
        rows = constant.unflatten(0, (self.points, -1))
        if not bool((rows == rows[:1]).all()):
            raise UnboundedError("a constant that differs from one point of a batch to the next")

    def norm(self, weight: Tensor, compute: Callable[[], float], *about: object) -> float:
        """Return what ``compute`` returns for a weight, once for all calls."""
        data = weight.detach().cpu().contiguous()
        key = (hashlib.sha256(data.numpy().tobytes()).digest(), data.dtype, tuple(data.shape), *about)
        if key not in self.memory:
            self.memory[key] = compute()
        return self.memory[key]


MIXES = "an operation that mixes the points of a batch"


def flat(nested: Any) -> Iterator[Any]:
    """Yield what stands in tuples, lists and mappings."""
    if isinstance(nested, Mapping):
        nested = list(nested.values())
    if isinstance(nested, tuple | list):
        for one in nested:
            yield from flat(one)
    else:
        yield nested


def mapped(nested: Any, change: Callable[[Any], Any]) -> Any:
    """Change what stands in tuples, lists, slices and dictionaries."""
    if isinstance(nested, dict):
        return {key: mapped(one, change) for key, one in nested.items()}
    if isinstance(nested, tuple | list):
        made = [mapped(one, change) for one in nested]
        return made if isinstance(nested, list) else tuple(made)
    return change(nested)


def _replaced(nested: Any, tensor: Tensor) -> Any:
    return mapped(nested, lambda one: tensor if isinstance(one, Value) else one)


def numbers(given: object) -> Tensor:
    """Return a constant, a number or a tensor, in float64; complex ones keep their kind."""
    found = torch.as_tensor(given)
    return found if found.is_complex() else found.double()
