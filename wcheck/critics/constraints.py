"""All constraints, by the names that the command line knows them by."""

from __future__ import annotations

from wcheck.critics.constraint import Constraint
from wcheck.critics.penalties import AroundData, ConsistencyTerm, FlatAtData, GradientPenalty, OneSidedPenalty
from wcheck.critics.provable import AlmostOrthogonal, Orthonormal
from wcheck.critics.weights import SpectralNormalisation, WeightClipping

CONSTRAINTS: dict[str, type[Constraint]] = {
    kind.name: kind
    for kind in (
        GradientPenalty,
        OneSidedPenalty,
        ConsistencyTerm,
        AroundData,
        FlatAtData,
        WeightClipping,
        SpectralNormalisation,
        Orthonormal,
        AlmostOrthogonal,
        Constraint,
    )
}
"""Name on the command line -> constraint."""
