"""The last points that a training made, kept as copies where they are."""

from __future__ import annotations

import torch
from torch import Tensor


class Recent:
    """The last n points of batches, as copies on their device.

    Parameters
    ----------
    n : int
        How many.
    """

    def __init__(self, n: int) -> None:
        self._n, self._next, self._count = n, 0, 0
        self._ring: Tensor | None = None

    def add(self, batch: Tensor) -> None:
        """Copy the points of a batch ``(k, ...)``, of which more than n are those at its end; nothing waits for it."""
        batch = batch.detach()[-self._n :]
        kind = torch.float64 if batch.dtype == torch.float64 else torch.float32
        ring = self._ring
        if (
            ring is None
            or ring.shape[1:] != batch.shape[1:]
            or (ring.dtype, ring.device) != (kind, batch.device)
        ):
            ring = torch.empty((self._n, *batch.shape[1:]), dtype=kind, device=batch.device)
            self._ring, self._next, self._count = ring, 0, 0
        first = min(len(batch), self._n - self._next)
        ring[self._next : self._next + first].copy_(batch[:first])
        ring[: len(batch) - first].copy_(batch[first:])
        self._next = (self._next + len(batch)) % self._n
        self._count = min(self._n, self._count + len(batch))

    def points(self) -> Tensor | None:
        """Return the last n points, the oldest first; None where there were not so many."""
        if self._ring is None or self._count < self._n:
            return None
        return torch.roll(self._ring, -self._next, 0)
