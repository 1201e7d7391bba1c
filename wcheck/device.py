"""Devices by name."""

from __future__ import annotations

from wcheck.errors import ParameterError


def check_device(device: str) -> None:
    """Raise a ParameterError unless torch can compute on ``device``: ``cpu``, ``cuda`` or ``cuda:K``."""
    if device == "cpu":
        return
    import torch

    kind, _, index = str(device).partition(":")
    count = torch.cuda.device_count() if kind == "cuda" else 0
    if count == 0 or (index and not (index.isdigit() and int(index) < count)):
        there = ["cpu", *(f"cuda:{k}" for k in range(torch.cuda.device_count()))]
        raise ParameterError(f"device is {device!r}: this machine has {', '.join(there)}; give one of them.")
