"""The lesser of two numbers, in a form that LLVM turns into vector instructions."""

from __future__ import annotations

from typing import Any

from wcheck.kernels import intrinsic, types


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
