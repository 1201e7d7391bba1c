"""Options of a sweep that are drawn: ranges, and the values that each sample takes from them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from wcheck.errors import ParameterError

DIGITS = 4
"""Significant digits of a drawn number: enough for a sweep, and short enough to be typed again."""

Number = TypeVar("Number", int, float)


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from ``low`` to ``high``, both included, uniformly or with uniform logarithms.

    Attributes
    ----------
    low, high : float
        Finite, ``low < high``; above 0 on a logarithmic scale.
    logarithmic : bool
        Whether logarithms are uniform.
    integer : bool
        Whether integers are drawn.

    Raises
    ------
    ParameterError
        If the bounds are not allowed.
    """

    low: float
    high: float
    logarithmic: bool = False
    integer: bool = False

    def __post_init__(self) -> None:
        """Check the bounds."""
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            raise ParameterError(f"the range {self} is not finite: give two numbers.")
        if not self.low < self.high:
            raise ParameterError(f"the range {self} is empty or reversed: write the lower bound first.")
        if self.logarithmic and self.low <= 0:
            raise ParameterError(
                f"the range {self} has no logarithms: both bounds of a logarithmic range are above 0."
            )

    def __str__(self) -> str:
        """Return the range as it is written on the command line."""
        return f"{self.low:g}:{self.high:g}{':log' if self.logarithmic else ''}"

    def at(self, share: float) -> float | int:
        """Return the number below which a share of the range lies, such as 0.5 for its median; rounded."""
        # an integer k is all of [k, k + 1)
        high = self.high + 1 if self.integer else self.high
        if self.logarithmic:
            number = math.exp((1 - share) * math.log(self.low) + share * math.log(high))
        else:
            number = (1 - share) * self.low + share * high
        if self.integer:
            return int(min(max(math.floor(number), self.low), self.high))
        return min(max(float(f"{number:.{DIGITS}g}"), self.low), self.high)


def parse(option: str, text: str, kind: Callable[[str], Number]) -> Number | Range:
    """Read a number, or a range written ``low:high`` or ``low:high:log``.

    Parameters
    ----------
    option : str
        How the user calls it, for the error.
    text : str
        What was given.
    kind : {int, float}
        What the numbers are.

    Raises
    ------
    ParameterError
        If it is neither, or a range that is not allowed.
    """
    parts = text.split(":")
    try:
        if len(parts) == 1:
            return kind(text)
        if len(parts) > 3 or parts[2:] not in ([], ["log"]):
            raise ValueError
        low, high = (kind(part) for part in parts[:2])
    except ValueError:
        number = "an integer" if kind is int else "a number"
        raise ParameterError(
            f"{option} {text} is neither {number} nor a range: write a range as low:high or low:high:log, and give the "
            "number of draws with --samples."
        ) from None
    try:
        return Range(low, high, bool(parts[2:]), kind is int)
    except ParameterError as error:
        raise ParameterError(f"{option}: {error}") from None


def samples(
    options: Mapping[str, Sequence[Any]], count: int | None, seed: int
) -> list[dict[str, Sequence[Any]]]:
    """Return the options of each sample: a range becomes one number, drawn on its own; all else stays.

    Parameters
    ----------
    options : mapping
        Name -> values, of which the only one may be a :class:`Range`.
    count : int, optional
        How many samples; to be given where there is a range, and only there.
    seed : int
        The seed of the draws. A sample depends on its number and this alone, so that more samples are the same ones and
        others.

    Raises
    ------
    ParameterError
        If a range stands beside other values, is not sampled, or there is none to sample.
    """
    from wcheck.rng import generator

    ranges = {name: values[0] for name, values in options.items() if _is_ranged(name, values)}
    if not ranges:
        if count is not None:
            raise ParameterError(
                f"samples is {count}, and there is no range to draw from: give one, such as --lr 1e-5:1e-2:log."
            )
        return [dict(options)]
    if count is None:
        name, given = next(iter(ranges.items()))
        raise ParameterError(f"{name} is the range {given}: give the number of draws from it with --samples.")
    if count < 1:
        raise ParameterError(f"samples is {count}: give an integer of at least 1.")
    return [
        {
            **options,
            **{
                name: (bounds.at(float(generator(seed, "sweep", name, number).random())),)
                for name, bounds in ranges.items()
            },
        }
        for number in range(count)
    ]


def _is_ranged(name: str, values: Sequence[Any]) -> bool:
    ranged = any(isinstance(value, Range) for value in values)
    if ranged and len(values) > 1:
        raise ParameterError(
            f"{name} is both a range and other values: give only the range, or only the values."
        )
    return ranged
