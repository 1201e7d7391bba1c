"""The one loop of all trainings: step after step, to be stopped at any, looked at, kept, and resumed."""

from __future__ import annotations

import time
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
import torch

from wcheck.transport.arithmetic.rounding import full_float32

TICK_STEPS = 16
"""Steps between two looks at the clock, reports of progress and the like."""


class Stateful(Protocol):
    """A module, an optimiser, or anything else that tells its state as they do."""

    def state_dict(self) -> dict[str, Any]:
        """Return the state."""

    def load_state_dict(self, state_dict: dict[str, Any], /) -> Any:
        """Go back to a state."""


Parts: TypeAlias = "Stateful | torch.Generator | Mapping[str, Parts] | Sequence[Parts]"
"""What further steps depend on, under names."""


class Loop(ABC):
    """A training on its way. A subclass says what one step is, and what changes with the steps.

    Parameters
    ----------
    device : torch.device
        Where the steps are computed.

    Attributes
    ----------
    step : int
        Steps so far.
    seconds : float
        Spent in them.
    """

    def __init__(self, device: torch.device) -> None:
        self.step, self.seconds, self._device = 0, 0.0, device
        if device.type == "cuda":
            _differentiate_once(device)

    @abstractmethod
    def take_step(self) -> None:
        """Take one step."""

    @abstractmethod
    def parts(self) -> Mapping[str, Parts]:
        """Return all that further steps depend on, except for the data."""

    def advance(self, stop: int, tick: Callable[[], None] = lambda: None) -> None:
        """Take the steps up to ``stop``, float32 in full, and call ``tick`` between two steps now and then."""
        if self.step >= stop:
            return
        begin = time.perf_counter()
        with full_float32():
            while self.step < stop:
                if self.step % TICK_STEPS == 0:
                    self.seconds += time.perf_counter() - begin
                    tick()
                    begin = time.perf_counter()
                self.take_step()
                self.step += 1
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
        self.seconds += time.perf_counter() - begin

    def state(self) -> dict[str, Any]:
        """Return numbers and tensors, which change with every step, from which the steps can be resumed."""
        return {"parts": _state(self.parts()), "step": self.step, "seconds": self.seconds}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go back to where :meth:`state` was called; the steps after it come out the same, to the last bit."""
        _restore(self.parts(), state["parts"])
        self.step, self.seconds = state["step"], state["seconds"]


def looks(steps: int, every: int) -> list[int]:
    """Return the steps after which a training is looked at: 0, every, 2 every, ..., steps."""
    return [*range(0, steps, every), steps]


def _differentiate_once(device: torch.device) -> None:
    """Take a first gradient of a product, at which torch warns once that the thread of gradients was not set up."""
    one = torch.ones(1, 1, device=device, requires_grad=True)
    with warnings.catch_warnings(action="ignore"):
        torch.autograd.grad((one @ one).sum(), one)


def _state(parts: Parts) -> Any:
    if isinstance(parts, Mapping):
        return {name: _state(part) for name, part in parts.items()}
    if isinstance(parts, Sequence):
        return [_state(part) for part in parts]
    return parts.get_state() if isinstance(parts, torch.Generator) else parts.state_dict()


def _restore(parts: Parts, state: Any) -> None:
    if isinstance(parts, Mapping):
        for name, part in parts.items():
            _restore(part, state[name])
    elif isinstance(parts, Sequence):
        for part, own in zip(parts, state, strict=True):
            _restore(part, own)
    elif isinstance(parts, torch.Generator):
        parts.set_state(torch.as_tensor(state))
    else:
        parts.load_state_dict(_tensors(state))


def _tensors(state: Any) -> Any:
    """Return a state with tensors in the place of arrays, as a file gives them."""
    if isinstance(state, Mapping):
        return {name: _tensors(inner) for name, inner in state.items()}
    if isinstance(state, list):
        return [_tensors(inner) for inner in state]
    return torch.from_numpy(state) if isinstance(state, np.ndarray) else state
