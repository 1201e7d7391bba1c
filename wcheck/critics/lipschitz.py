"""All mechanisms that keep a critic's slope near 1, by the names that the command line knows them by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType

from wcheck.critics.mechanism import Mechanism
from wcheck.critics.penalties import ConsistencyTerm, GradientPenalty, OneSidedPenalty
from wcheck.critics.provable import AlmostOrthogonal, Orthonormal
from wcheck.critics.transforms import CTransform, SoftCTransform
from wcheck.critics.weights import SpectralNormalisation, WeightClipping
from wcheck.errors import ParameterError

MECHANISMS: Mapping[str, type[Mechanism]] = MappingProxyType(
    {
        "gp": GradientPenalty,
        "lp": OneSidedPenalty,
        "ct": ConsistencyTerm,
        "clip": WeightClipping,
        "spectral": SpectralNormalisation,
        "orthonormal": Orthonormal,
        "aol": AlmostOrthogonal,
        "c-transform": CTransform,
        "c-eps-transform": SoftCTransform,
        "none": Mechanism,
    }
)
"""Name on the command line -> mechanism."""

OPTIONS = tuple(
    dict.fromkeys(option.name for mechanism in MECHANISMS.values() for option in fields(mechanism))
)
"""The options of all mechanisms, in the order of columns: penalty, consistency, dropout, clip, epsilon."""


def mechanism_options(name: str) -> tuple[str, ...]:
    """Return the names of the options that the mechanism ``name`` reads, such as ``("penalty",)``.

    Raises
    ------
    ParameterError
        If there is no such mechanism.
    """
    if name not in MECHANISMS:
        raise ParameterError(f"lipschitz is {name!r}: choose one of {', '.join(MECHANISMS)}.")
    return tuple(option.name for option in fields(MECHANISMS[name]))
