"""The exact distances of many steps' batches, from copies that are solved in bulk: a step waits for a copy alone."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wcheck.errors import ParameterError
from wcheck.transport.bounds.certificate import Bracket
from wcheck.transport.cost.whole import LARGEST
from wcheck.transport.solve.batch import exact_batch
from wcheck.transport.solve.batch_problems import LARGEST_PAIRS
from wcheck.transport.solve.exact import exact

BYTES = 1 << 26
"""Bytes of copies that are kept at a time."""
PROBLEMS = 1024
"""Batches that are kept at a time, however small."""
TOLERANCE = 1e-6

Number = Tensor | float | None
"""A number of a step; a tensor with one element stays on its device until the step's batches are solved."""


class BatchDistances:
    """Takes copies of batches, and solves them when they fill a buffer or are asked for.

    A bracket is the same, to the last bit, however batches are bundled. Copies stay on the device of the batches, where
    no step waits for them, and nothing of a step's graph is kept.

    Parameters
    ----------
    memory : int
        Bytes of copies that are kept at a time; one pair of batches is kept in any case.
    tol : float
        How narrow each bracket shall be; see :func:`wcheck.exact_batch`.

    Attributes
    ----------
    seconds : float
        Spent here, in copies and solving.
    """

    def __init__(self, *, memory: int = BYTES, tol: float = TOLERANCE) -> None:
        self.seconds = 0.0
        self._memory, self._tol = memory, tol
        self._buffer: _Buffer | None = None
        self._found: list[dict[str, object]] = []

    def add(self, step: int, real: Tensor, fake: Tensor, **numbers: Number) -> None:
        """Copy a step's batches, of one device and dtype, and keep what else is known of the step.

        Parameters
        ----------
        step : int
            The step that they are of.
        real, fake : Tensor, shapes (n, ...) and (m, ...)
            The batches; trailing axes are flattened.
        **numbers : Tensor or float
            What :meth:`take` returns beside the distance.

        Raises
        ------
        ParameterError
            If the batches are empty, or their points have different shapes.
        """
        begin = time.perf_counter()
        if (
            real.ndim == 0
            or fake.ndim == 0
            or real.shape[1:] != fake.shape[1:]
            or 0 in (real.numel(), fake.numel())
        ):
            raise ParameterError(
                f"the batches of step {step} have shapes {tuple(real.shape)} and {tuple(fake.shape)}: "
                "give points of one shape, at least one on each side."
            )
        real, fake = (batch.detach().reshape(len(batch), -1) for batch in (real, fake))
        for name, number in numbers.items():
            if isinstance(number, Tensor) and number.numel() != 1:
                raise ParameterError(f"{name} has shape {tuple(number.shape)}: give one number per step.")
        if self._buffer is None or not self._buffer.takes(real, fake):
            self._solve()
            self._buffer = _Buffer.like(real, fake, self._memory)
        self._buffer.append(step, real, fake, numbers)
        if self._buffer.is_full:
            self._solve()
        self.seconds += time.perf_counter() - begin

    @property
    def waiting(self) -> int:
        """How many steps were solved and not yet taken."""
        return len(self._found)

    def take(self) -> list[dict[str, object]]:
        """Return what is known of all steps since the last call, in their order.

        Returns
        -------
        list of dict
            ``step``, the numbers as floats, and ``batch_exact`` between ``batch_exact_lower`` and
            ``batch_exact_upper``, certified; they are None where a batch is not finite or too large to be squared.
        """
        begin = time.perf_counter()
        self._solve()
        found, self._found = self._found, []
        self.seconds += time.perf_counter() - begin
        return found

    def _solve(self) -> None:
        if self._buffer is not None and self._buffer.steps:
            self._found += self._buffer.solved(self._tol)


@dataclass(slots=True)
class _Buffer:
    """Copies of batches of one shape, dtype and device, and the numbers of their steps."""

    real: Tensor
    fake: Tensor
    steps: list[int] = field(default_factory=list)
    numbers: list[dict[str, Number]] = field(default_factory=list)

    @staticmethod
    def like(real: Tensor, fake: Tensor, memory: int) -> _Buffer:
        """Make room for as many batches like these as memory holds."""
        kind = _kind(real, fake)
        room = max(1, min(PROBLEMS, memory // ((real.numel() + fake.numel()) * kind.itemsize)))
        copies = [
            torch.empty((room, *batch.shape), dtype=kind, device=batch.device) for batch in (real, fake)
        ]
        return _Buffer(copies[0], copies[1])

    def takes(self, real: Tensor, fake: Tensor) -> bool:
        """Whether batches are like those before."""
        return self.real.dtype == _kind(real, fake) and all(
            own.shape[1:] == batch.shape and own.device == batch.device
            for own, batch in ((self.real, real), (self.fake, fake))
        )

    @property
    def is_full(self) -> bool:
        """Whether there is no room for another step."""
        return len(self.steps) == len(self.real)

    def append(self, step: int, real: Tensor, fake: Tensor, numbers: dict[str, Number]) -> None:
        """Copy a step's batches."""
        place = len(self.steps)
        self.real[place].copy_(real)
        self.fake[place].copy_(fake)
        self.steps.append(step)
        self.numbers.append({
            name: number.detach().clone() if isinstance(number, Tensor) else number
            for name, number in numbers.items()
        })  # fmt: skip

    def solved(self, tol: float) -> list[dict[str, object]]:
        """Solve all, and make room."""
        real, fake = (side[: len(self.steps)].cpu().numpy() for side in (self.real, self.fake))
        rows: list[dict[str, object]] = [
            {**dict.fromkeys(BRACKET), "step": step, **_floats(own)}
            for step, own in zip(self.steps, self.numbers, strict=True)
        ]
        self.steps, self.numbers = [], []
        peaks = [np.abs(side).max(axis=(1, 2)).astype(np.float64) for side in (real, fake)]
        usable = np.flatnonzero(np.maximum(*peaks) < LARGEST)  # what is not finite is not below
        for place, bracket in zip(usable, _brackets(real[usable], fake[usable], tol), strict=True):
            rows[place] |= dict(zip(BRACKET, (bracket.upper, bracket.lower, bracket.upper), strict=True))
        return rows


BRACKET = ("batch_exact", "batch_exact_lower", "batch_exact_upper")
"""The columns of a batch distance."""


def _brackets(real: NDArray[Any], fake: NDArray[Any], tol: float) -> list[Bracket]:
    """Solve pairs of batches ``(B, n, d)`` and ``(B, m, d)``, those that are too large for a bundle one by one."""
    if real.shape[1] * fake.shape[1] > LARGEST_PAIRS:
        return [exact(x, y, tol=tol).bracket for x, y in zip(real, fake, strict=True)]
    found = exact_batch(real, fake, tol=tol)
    return [
        Bracket(lower, upper, "empirical")
        for lower, upper in zip(found.lower.tolist(), found.upper.tolist(), strict=True)
    ]


def _kind(real: Tensor, fake: Tensor) -> torch.dtype:
    """Return the dtype of copies: no number of a batch is rounded to it."""
    return torch.float64 if torch.float64 in (real.dtype, fake.dtype) else torch.float32


def _floats(numbers: dict[str, Number]) -> dict[str, float | None]:
    return {name: None if number is None else float(number) for name, number in numbers.items()}
