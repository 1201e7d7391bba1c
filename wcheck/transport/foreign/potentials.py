r"""Someone's potentials, and the ways of reading them.

Any numbers on the points of one side prove a lower bound, by their c-transform; which numbers they are decides how
good it is. Libraries differ in sign and scale: POT's and OTT's potentials are ``u_i + v_j <= c_ij``, GeomLoss's for
p = 2 are those of ``|x - y|^2 / 2``, a critic's are ``f(x_i) - f(y_j) <= c_ij``, a Sinkhorn iteration may keep scalings
``exp(u / eps)`` or their logarithms. So all readings are tried on a sample of the points, and the best is taken and
told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import ParameterError, there_are
from wcheck.measures.arraylike import as_array

NAMES = (("u", "v"), ("f", "g"), ("alpha", "beta"), ("log_u", "log_v"))
"""The names that libraries give to potentials of the source and of the target."""
LOGARITHM = "epsilon times its logarithm"
CHANGED = ", its sign changed"
LESS = "less epsilon times the logarithm of the weights"
Side = Literal["u", "v"]
Make: TypeAlias = Callable[..., NDArray[np.float64] | None]
"""Makes potentials of numbers that were given and of the weights of their points."""


@dataclass(frozen=True, slots=True)
class Given:
    """Potentials as they were given, at the points that carry weight.

    Attributes
    ----------
    u, v : ndarray or None, shapes (n,) and (m,), float64
        Those of the source and those of the target; ``-inf`` may stand where there is no mass to send.
    names : tuple of str
        What they were called.
    """

    u: NDArray[np.float64] | None
    v: NDArray[np.float64] | None
    names: tuple[str, str]

    @property
    def are_logarithms(self) -> bool:
        """Whether their names say that they are logarithms of scalings."""
        return self.names[0].startswith("log")


@dataclass(frozen=True, slots=True)
class Reading:
    """One way of reading potentials.

    Attributes
    ----------
    side : {"u", "v"}
        Whose values are taken; the other side's are their c-transform.
    values : ndarray, shape (n,) or (m,)
        Potentials of the cost ``|x - y|^p``, or of the matrix.
    other : ndarray or None
        Those that were given for the other side, read alike; their sign is not known.
    told : str
        The reading, for people.
    scale : float
        What potentials of the cost are, in units of those that were given: 2 where theirs are of half the cost.
    lessened : bool
        Whether epsilon times the logarithm of the weights was subtracted.
    """

    side: Side
    values: NDArray[np.float64]
    other: NDArray[np.float64] | None
    told: str
    scale: float
    lessened: bool = False


def read_potentials(
    potentials: Any, rows: NDArray[np.int64], columns: NDArray[np.int64], shape: tuple[int, int]
) -> Given:
    """Read potentials.

    Parameters
    ----------
    potentials : tuple or mapping
        ``(u, v)``, either of which may be None; or a mapping with names of :data:`NAMES`.
    rows, columns : ndarray of int64
        The points that carry weight, of all n and m.
    shape : tuple of int
        All n and m.

    Raises
    ------
    ParameterError
        If there are none, or they do not fit, or hold NaN or ``+inf`` at a point that carries weight.
    """
    names: tuple[str, str] = NAMES[0]
    if isinstance(potentials, Mapping):
        known = [pair for pair in NAMES if any(potentials.get(name) is not None for name in pair)]
        if len(known) != 1:
            raise ParameterError(
                f"the potentials have the names {', '.join(map(str, potentials)) or 'none'}: give one pair of "
                f"{', '.join(' and '.join(pair) for pair in NAMES)}."
            )
        names = known[0]
        potentials = potentials.get(names[0]), potentials.get(names[1])
    if not isinstance(potentials, (tuple, list)) or len(potentials) != 2:
        raise ParameterError(
            "the potentials are not a pair: give (u, v), for the source and for the target, of which one may "
            "be None."
        )
    u, v = (
        None if one is None else _checked(one, name, index, size)
        for one, name, index, size in zip(potentials, names, (rows, columns), shape, strict=True)
    )
    given = Given(u, v, names)
    if given.u is None and given.v is None:
        raise ParameterError("both potentials are None: give at least one of them.")
    return given


def readings(
    given: Given, p: int | None, epsilon: float | None, a: NDArray[np.float64], b: NDArray[np.float64]
) -> Iterator[Reading]:
    """Yield all ways of reading potentials.

    Parameters
    ----------
    p : {1, 2} or None
        The exponent of the cost, None for a matrix.
    epsilon : float or None
        The regularisation of the iteration that they come from, if it is given.
    a, b : ndarray
        The weights of the points.

    Raises
    ------
    ParameterError
        If they are logarithms and there is no epsilon.
    """
    if given.are_logarithms and epsilon is None:
        raise ParameterError(
            f"the potentials are called {' and '.join(given.names)}, so they are logarithms of scalings: give "
            "--epsilon, the regularisation that they belong to."
        )
    sides: tuple[tuple[Side, Any, Any, Any, Any], ...] = (
        ("v", given.v, given.u, b, a),
        ("u", given.u, given.v, a, b),
    )
    for side, own, other, weights, others in sides:
        if own is None:
            continue
        name = given.names[0] if side == "u" else given.names[1]
        for told, scale, make in _scales(given, p, epsilon):
            values, facing = make(own, weights), None if other is None else make(other, others)
            if values is None:
                continue
            lessened = told.endswith((LESS, LOGARITHM))
            yield Reading(side, values, facing, f"{name} {told}", scale, lessened)
            if np.isfinite(values).all():
                yield Reading(side, -values, facing, f"{name} {told}{CHANGED}", scale, lessened)


def _scales(given: Given, p: int | None, epsilon: float | None) -> Iterator[tuple[str, float, Make]]:
    """Yield what potentials can be: what is told of it, its scale, and what makes potentials of the cost of them.

    The plan of scalings is ``diag(s) exp(-c / eps) diag(t)``, without the weights, which their logarithms hold.
    """
    if epsilon is not None:
        if not given.are_logarithms:
            yield f"as scalings: {LOGARITHM}", 1.0, _logarithm(epsilon)
        yield f"times epsilon, as logarithms of scalings, {LESS}", 1.0, lambda w, a: epsilon * (w - np.log(a))
    if given.are_logarithms:
        return
    for told, scale in (("as it is", 1.0), ("times 2, as of the cost |x - y|^2 / 2", 2.0))[: p or 1]:
        yield told, scale, lambda w, a, scale=scale: scale * w
        if epsilon is not None:
            yield (
                f"{told}, {LESS}",
                scale,
                lambda w, a, scale=scale: scale * (w - epsilon * np.log(a)),
            )


def _logarithm(epsilon: float) -> Make:
    """Return what makes ``eps log(w / a)`` of scalings w, or None where some are negative or all are 0."""

    def make(scalings: NDArray[np.float64], a: NDArray[np.float64]) -> NDArray[np.float64] | None:
        if (scalings < 0.0).any() or not (scalings > 0.0).any():
            return None
        with np.errstate(divide="ignore"):
            return epsilon * (np.log(scalings) - np.log(a))

    return make


def _checked(values: Any, name: str, index: NDArray[np.int64], size: int) -> NDArray[np.float64]:
    array = as_array(values, f"the potential {name}")
    if array.dtype.kind not in "fiub":
        raise ParameterError(f"the potential {name} has dtype {array.dtype}: give real numbers.")
    if array.size == size and array.ndim > 1:
        array = array.reshape(size)  # GeomLoss and OTT keep axes of length 1
    if array.shape != (size,):
        raise ParameterError(
            f"the potential {name} has shape {array.shape}: {there_are(size, 'point')} on its side; give one "
            "number per point."
        )
    kept: NDArray[np.float64] = array.astype(np.float64)[index]
    bad = np.flatnonzero(np.isnan(kept) | np.isposinf(kept))
    if len(bad):
        raise ParameterError(
            f"the potential {name} holds {kept[bad[0]]} at index {index[bad[0]]}: potentials must be finite where "
            "there is mass; a Sinkhorn iteration that ended like this has diverged."
        )
    if np.isneginf(kept).all():
        raise ParameterError(
            f"the potential {name} is -inf everywhere: it proves nothing; give finite numbers."
        )
    return kept
