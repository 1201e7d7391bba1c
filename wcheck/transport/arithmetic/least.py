"""The lesser of two numbers, and the least of a group, in forms that LLVM turns into vector instructions."""

from __future__ import annotations

from typing import Any

import numpy as np

from wcheck.kernels import compiled, intrinsic, types

GROUP = 64
"""Numbers whose least is found together: a constant, or LLVM would not use vectors within so few."""


def _type_least(_, a, b):  # type: ignore[no-untyped-def]  # pragma: no cover - while compiling
    def generate(_, builder, __, arguments):  # type: ignore[no-untyped-def]
        a, b = arguments
        flags = "nnan", "nsz"
        return builder.select(builder.fcmp_ordered("<", b, a, flags=flags), b, a, flags=flags)

    return types.float64(types.float64, types.float64), generate


def _type_first(_, a, b):  # type: ignore[no-untyped-def]  # pragma: no cover - while compiling
    def generate(_, builder, __, arguments):  # type: ignore[no-untyped-def]
        a, b = arguments
        return builder.select(builder.icmp_signed("<", b, a), b, a)

    return types.int64(types.int64, types.int64), generate


least: Any = intrinsic(_type_least)
"""The lesser of two floats, of which neither is NaN: unlike ``min``, LLVM knows to reduce an array by it in vectors."""
first: Any = intrinsic(_type_first)
"""The lesser of two integers, likewise."""


@compiled(inline="always")
def least_price(costs, potential, begin):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return the least ``c_j - v_j`` in float64 of the :data:`GROUP` columns from ``begin`` on."""
    lowest = np.inf
    for k in range(GROUP):
        j = np.uint64(begin) + np.uint64(k)
        lowest = least(lowest, np.float64(costs[j]) - potential[j])
    return lowest
