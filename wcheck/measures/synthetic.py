"""Synthetic sources: ``gaussian:dim=20,n=1000``, ``8gaussians:n=1000`` and ``funnel:dim=16,n=1000,move=0.5``."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import SourceError, did_you_mean
from wcheck.measures.funnels import Funnels, funnels
from wcheck.measures.rows import Rows, Selection, check_memory, rows_of
from wcheck.rng import generator

Values = Mapping[str, float]


def rows(base: str, seed: int, role: str) -> Rows:
    """Open a synthetic source; its points are float64 and drawn when they are read.

    The stream is named by the text and the role, so the same text as source and as target gives two
    independent draws, and the same seed gives the same points.

    Parameters
    ----------
    base : str
        The source's text without its slice.
    seed : int
        The run's data seed.
    role : str
        ``"source"``, ``"target"``, or whatever else tells this draw from others.

    Raises
    ------
    SourceError
        If a parameter is unknown, missing, given twice or not allowed, or the points exceed the free memory.
    """
    name, _, text = base.partition(":")
    family = FAMILIES[name]
    values = _values(base, name, text)
    n, dim = int(values["n"]), int(values.get("dim", 2))
    # Twice: the draw and one intermediate array.
    check_memory(16 * n * dim, base, "give a smaller n or dim")

    def read(wanted: Selection) -> NDArray[np.float64]:
        return rows_of(family.draw(generator(seed, base, role), values)).read(wanted)

    return Rows(n, read)


def parameters(base: str) -> tuple[str, Values]:
    """Return the family of a synthetic source's text and the values of its parameters; ``("", {})`` for another.

    Raises
    ------
    SourceError
        As :func:`rows`.
    """
    name, _, text = base.partition(":")
    return (name, _values(base, name, text)) if name in FAMILIES else ("", {})


@dataclass(frozen=True, slots=True)
class Parameter:
    """One ``key=value`` of a family: how it is read, what is allowed, and its default (None: required)."""

    read: Callable[[str], float]
    allowed: Callable[[float], bool]
    what: str
    default: float | None = None
    example: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """A family of distributions: its parameters, and how n points are drawn."""

    parameters: Mapping[str, Parameter]
    draw: Callable[[np.random.Generator, Values], NDArray[np.float64]]


def modes(base: str) -> tuple[NDArray[np.float64], float] | None:
    """Return the centres ``(k, d)`` of a mixture and the standard deviation around them, from a source's text.

    None for a source that is not a mixture.

    Raises
    ------
    SourceError
        As :func:`rows`.
    """
    name, values = parameters(base)
    return (_ring_centres(values), values["std"]) if name == "8gaussians" else None


def _gaussian(rng: np.random.Generator, values: Values) -> NDArray[np.float64]:
    points = rng.standard_normal((int(values["n"]), int(values["dim"])))
    return points * values["std"] + values["mean"]


def _ring(rng: np.random.Generator, values: Values) -> NDArray[np.float64]:
    n = int(values["n"])
    centres = _ring_centres(values)[rng.integers(8, size=n)]
    return centres + values["std"] * rng.standard_normal((n, 2))


def _ring_centres(values: Values) -> NDArray[np.float64]:
    angle = np.arange(8) * (math.pi / 4)
    centres: NDArray[np.float64] = values["radius"] * np.column_stack([np.cos(angle), np.sin(angle)])
    return centres


def funnels_of(values: Values) -> Funnels:
    """Return the funnels of the parameters of a source ``funnel``: the same ones whatever ``n`` and ``move`` are."""
    return funnels(*shape_of(values))


def shape_of(values: Values) -> tuple[int, int, float, float, int]:
    """Return what funnels depend on, as :func:`wcheck.measures.funnels.funnels` takes it."""
    return (
        int(values["dim"]), int(values["funnels"]), values["radius"], values["offset"], int(values["pair"])
    )  # fmt: skip


def _funnel(rng: np.random.Generator, values: Values) -> NDArray[np.float64]:
    radius = values["radius"]
    points = rng.uniform(-radius, radius, (int(values["n"]), int(values["dim"])))
    return funnels_of(values).moved(points, values["move"])


def _count(example: str, default: float | None = None) -> Parameter:
    return Parameter(int, lambda value: value >= 1, "an integer of at least 1", default, example)


def _positive(default: float) -> Parameter:
    return Parameter(float, lambda value: 0 < value < math.inf, "a finite number above 0", default)


def _nonnegative(default: float) -> Parameter:
    return Parameter(float, lambda value: 0 <= value < math.inf, "a finite number of at least 0", default)


FAMILIES: Mapping[str, Family] = {
    "gaussian": Family(
        {
            "dim": _count("20"),
            "n": _count("1000"),
            "mean": Parameter(float, math.isfinite, "a finite number", 0.0),
            "std": _positive(1.0),
        },
        _gaussian,
    ),
    # The defaults are the ring of Gulrajani et al. 2017 (their toy experiment) before its rescaling.
    "8gaussians": Family(
        {
            "n": _count("1000"),
            "radius": _nonnegative(2.0),
            "std": _positive(0.02),
        },
        _ring,
    ),
    # Cube, centres and offsets are those of Korotin et al. 2022.
    "funnel": Family(
        {
            "dim": _count("16"),
            "n": _count("1000"),
            "funnels": _count("4", 4),
            "move": Parameter(float, lambda value: 0 <= value <= 1, "a share of the way, from 0 to 1", 0.0),
            "radius": _positive(2.5),
            "offset": _nonnegative(0.1),
            "pair": Parameter(int, lambda value: value >= 0, "an integer of at least 0", 0),
        },
        _funnel,
    ),
}


def _values(base: str, name: str, text: str) -> Values:
    parameters = FAMILIES[name].parameters
    required = [key for key, parameter in parameters.items() if parameter.default is None]
    example = f"{name}:" + ",".join(f"{key}={parameters[key].example}" for key in required)
    usage = f"{name} takes {', '.join(parameters)}, such as {example}"
    values: dict[str, float] = {}
    for item in text.split(",") if text else []:
        key, _, value = (part.strip() for part in item.partition("="))
        if key not in parameters:
            told = did_you_mean(
                key, parameters, f"the parameters are {', '.join(parameters)}, such as {example}."
            )
            raise SourceError(f"{base} has the unknown parameter {key!r}{told}")
        if key in values:
            raise SourceError(f"{base} gives {key} twice: {usage}.")
        values[key] = _value(base, key, value, parameters[key])
    missing = [key for key in required if key not in values]
    if missing:
        raise SourceError(f"{base} lacks {' and '.join(missing)}: {usage}.")
    return {key: parameter.default or 0.0 for key, parameter in parameters.items()} | values


def _value(base: str, key: str, text: str, parameter: Parameter) -> float:
    try:
        value = parameter.read(text)
    except ValueError:
        value = math.nan
    if not parameter.allowed(value):
        raise SourceError(f"{base} has {key}={text}: {key} is {parameter.what}.")
    return value
