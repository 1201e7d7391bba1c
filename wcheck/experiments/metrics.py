"""Ground metrics and masses as options: what is refused before any data is read, and what rows say of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from wcheck.errors import ParameterError

EUCLIDEAN = "euclidean"
"""The metric where none is named."""


def check_metrics(names: Sequence[str]) -> None:
    """Raise a ParameterError unless each is the name of a metric, or that of a function, ``module:function``."""
    from wcheck.transport.cost.metric import metric_of

    for name in names:
        if ":" not in name:
            metric_of(name)


def code_of(names: Sequence[str], folder: Path) -> dict[str, object]:
    """Return what a configuration says of functions of the user's: the SHA-256 of each one's file."""
    from wcheck.importing import code_digest

    found = {name: code_digest(name, "--metric", folder) for name in names if ":" in name}
    return {"metric_sha256": found} if found else {}


def unit_of(name: str) -> str | None:
    """Return the unit of a metric's distances, or None where it is that of the points."""
    from wcheck.transport.cost.metric import METRICS

    return (METRICS[name].unit if name in METRICS else "") or None


def check_objective(partial: Sequence[float], penalties: Sequence[float]) -> None:
    """Raise a ParameterError unless masses or penalties are given, not both, and all are finite and above 0."""
    if partial and penalties:
        raise ParameterError(
            "--partial and --penalty-unmatched are different objectives: give one of them, and run the other "
            "separately."
        )
    for option, values in (("--partial", partial), ("--penalty-unmatched", penalties)):
        for value in values:
            if not 0.0 < value < math.inf:
                raise ParameterError(f"{option} is {value}: give a finite number above 0.")
