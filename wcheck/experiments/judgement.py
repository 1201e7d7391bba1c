"""``wcheck.judge``: how much of the distance a critic finds, from its values at two sets of points."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wcheck.columns.html import shown
from wcheck.errors import ParameterError
from wcheck.experiments.telling.audit import told_of
from wcheck.progress import Report, silent
from wcheck.rows.table import Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from wcheck.measures.measure import Measure
    from wcheck.transport.bounds.certificate import Bracket
    from wcheck.transport.bounds.potentials import AllPairs

ONE_VALUE = 2.0**-8
"""What two values at one point may differ by, as a share of the range of all: half precision rounds them by that."""
FLOAT32 = 2.0**-20
"""The same as a share of their size, of values that hardly differ: what a network rounds them by in float32."""
LARGEST = 2.0**1000
"""Values beyond this could not be summed."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The result of :func:`judge`, about the empirical W1 between the two sets.

    Attributes
    ----------
    claimed : float
        ``V = sum a_i f_i - sum b_j g_j``, which by itself is not a bound.
    slope : float
        ``L_pairs = max_ij (f_i - g_j) / |x_i - y_j|``, at least 0, rounded upward.
    certified : float or None
        ``V / L_pairs``, rounded downward: at most W1. None where no pair rises from y to x.
    c_transform : float
        The lower bound by the c-transform of the values, at their best scale: at most W1, and at least
        :attr:`constant`.
    constant : float
        The lower bound by the c-transform of a constant critic: the mean distance to the nearest point of the other
        set.
    exact : Bracket
        The bracket of the exact W1; its upper end is the value.

    Examples
    --------
    >>> import wcheck
    >>> found = wcheck.judge([[1.0], [2.0]], [[0.0]], [1.0, 2.0], [0.0])
    >>> found.claimed, found.slope > 0.999, found.share > 0.999
    (1.5, True, True)
    """

    claimed: float
    slope: float
    certified: float | None
    c_transform: float
    constant: float
    exact: Bracket

    @property
    def share(self) -> float | None:
        """``certified`` as a share of the exact distance, at most 1; None if it is None or the distance is 0."""
        if self.certified is None or not self.exact.upper > 0:
            return None
        return self.certified / self.exact.upper

    @property
    def claimed_share(self) -> float | None:
        """``claimed`` as a share of the exact distance, of any size; None where the distance is 0."""
        return self.claimed / self.exact.upper if self.exact.upper > 0 else None

    def row(self) -> Row:
        """Return the numbers under the column names of ``wcheck audit``."""
        return {
            "value": self.claimed,
            "lipschitz_pairs": self.slope,
            "normalised_pairs": self.certified,
            "lower": self.c_transform,
            "lower_constant": self.constant,
            "exact": self.exact.upper,
            "exact_lower": self.exact.lower,
            "exact_upper": self.exact.upper,
            "ratio": self.claimed_share,
            "normalised_pairs_ratio": self.share,
            "status": "ok",
        }

    def told(self) -> str:
        """Return in sentences how much of the distance the critic finds."""
        return told_of(self.row(), "x", "y")

    def _repr_html_(self) -> str:
        """Show the numbers in a notebook."""
        return shown("A critic and the exact distance", self.row())

    def __str__(self) -> str:
        """Return the sentences."""
        return self.told()


def judge(
    x: Any,
    y: Any,
    f: Any,
    g: Any,
    a: Any = None,
    b: Any = None,
    *,
    device: str = "cpu",
    report: Report = silent,
) -> Judgement:
    r"""Judge a critic by its values at two sets of points, and compare it with their exact distance.

    .. math:: V = \sum_i a_i f(x_i) - \sum_j b_j f(y_j) \le L_{\text{pairs}} W_1, \quad
        L_{\text{pairs}} = \max_{ij} \frac{f(x_i) - f(y_j)}{|x_i - y_j|}

    This holds for any function, however it was trained. A mean difference V that is not divided by a slope proves
    nothing. A critic that is 1-Lipschitz between the two sets has ``L_pairs <= 1``, and certifies all that it claims.

    Parameters
    ----------
    x, y : array, tensor, data frame or Measure, shapes (n, d) and (m, d)
        The points where the critic should be high, and those where it should be low.
    f, g : array or tensor, shapes (n,) or (n, 1), and (m,) or (m, 1)
        The values of the critic at the points of x and at the points of y, in their order.
    a, b : array, optional
        Weights, not negative, with totals within 1e-6 of 1; uniform if left out.
    device : str
        The device on which the distances of all pairs are computed.
    report : Report
        Receives the progress.

    Returns
    -------
    Judgement
        The result. Its bounds include rounding, for values that are rounded to 24 bits of their range.

    Raises
    ------
    ParameterError
        If points or weights are not as for :func:`wcheck.exact`; if values have wrong shapes or are not finite; or if f
        and g differ at a point that both sets contain, so that they are not values of one function.

    Examples
    --------
    The critic ``sin`` is 1-Lipschitz, and finds half of the distance between these two sets:

    >>> import numpy as np
    >>> x, y = np.array([[1.0], [2.0]]), np.array([[0.0], [0.5]])
    >>> found = judge(x, y, np.sin(x), np.sin(y))
    >>> found.certified <= found.exact.upper
    True
    >>> print(f"{found.claimed:.3f} {found.slope:.3f} {found.exact.upper:.3f}")
    0.636 0.841 1.250
    """
    import numpy as np
    import torch

    from wcheck.experiments.reference import reference
    from wcheck.transport.bounds.certificate import dual_value
    from wcheck.transport.bounds.potentials import AllPairs

    source, target = _pair(x, y, a, b)
    wide = _values(f, source, "f", target), _values(g, target, "g", source)
    claimed, _ = dual_value(source.weights, target.weights, wide[0], -wide[1])
    middle, exponent = _range(*wide)
    rounded = [
        torch.from_numpy(np.ldexp(values - middle, -exponent).astype(np.float32)).to(device)
        for values in wide
    ]
    pairs = AllPairs(source, target, device, report)
    tolerance = max(2.0 * ONE_VALUE, math.ldexp(FLOAT32 * max(map(_largest, wide)), -exponent))
    high, low = _as_one_function(pairs, (rounded[0], rounded[1]), tolerance)
    slope = pairs.slope(high, low)
    ends = [values.double().cpu().numpy() for values in (high, low)]
    value, rounding = dual_value(source.weights, target.weights, ends[0], -ends[1])
    certified = math.nextafter((value - rounding) / slope, -math.inf) if 0 < slope < math.inf else None
    return Judgement(
        claimed,
        float(np.ldexp(slope, exponent)),
        certified,
        pairs.lower_bound(high, low),
        pairs.lower_constant,
        reference(source, target, device=device, report=report),
    )


def _pair(x: Any, y: Any, a: Any, b: Any) -> tuple[Measure, Measure]:
    """Return two measures of one space, with the columns of data frames in one order."""
    from wcheck.measures.columns import aligned
    from wcheck.measures.measure import Measure
    from wcheck.measures.space import check_one_space

    source, target = (
        Measure.of(points, weights, name=points.name if isinstance(points, Measure) else name)
        for points, weights, name in ((x, a, "x"), (y, b, "y"))
    )
    target = aligned(source, target)
    check_one_space(source, target)
    return source, target


def _values(values: Any, points: Measure, name: str, other: Measure) -> NDArray[np.float64]:
    """Return the critic's values at some points, one finite number for each."""
    import numpy as np

    from wcheck.measures.arraylike import as_array

    if callable(values):
        raise ParameterError(
            f"{name} is a function ({type(values).__name__}): give its values at the points, {name}({points.name})."
        )
    array, n = as_array(values, name), len(points)
    if array.dtype.kind not in "fiub":
        raise ParameterError(
            f"{name} has dtype {array.dtype}: a critic's values are real numbers; give an array of floats."
        )
    if array.shape not in ((n,), (n, 1)):
        swapped = array.shape[:1] == (len(other),) and array.size == len(other)
        hint = f"; these are as many as {other.name} has points: f is of x, and g of y" if swapped else ""
        raise ParameterError(
            f"{name} has shape {array.shape}, and {points.name} has {n} points: give the critic's value at each, of "
            f"shape ({n},) or ({n}, 1){hint}."
        )
    wide: NDArray[np.float64] = array.reshape(n).astype(np.float64)
    bad = np.flatnonzero(~(np.abs(wide) <= LARGEST))
    if bad.size:
        raise ParameterError(
            f"{name} holds {wide[bad[0]]} at point {bad[0]} ({bad.size} of {n} values are not finite numbers that can "
            "be summed): such a critic cannot be judged; repair it."
        )
    return wide


def _range(f: NDArray[np.float64], g: NDArray[np.float64]) -> tuple[float, int]:
    """Return the middle of all values, and an exponent by which the rest lies in [-1, 1].

    A constant changes no difference, but float32 would spend its digits on it.
    """
    low, high = min(f.min(), g.min()), max(f.max(), g.max())
    middle = float(low / 2.0 + high / 2.0)
    return middle, math.frexp(max(float(high) - middle, middle - float(low)))[1]


def _largest(values: NDArray[np.float64]) -> float:
    return float(abs(values).max())


def _as_one_function(
    pairs: AllPairs, values: tuple[Tensor, Tensor], tolerance: float
) -> tuple[Tensor, Tensor]:
    """Give a point that both sets have one value, which differs by rounding at most from those that were given."""
    high, low = pairs.consistent(*values)
    for name, given, found in (("x", values[0], high), ("y", values[1], low)):
        off = (given - found).abs()
        point = int(off.argmax())
        if float(off[point]) > tolerance:
            other = "y" if name == "x" else "x"
            raise ParameterError(
                f"f and g are not the values of one function: {name}[{point}] is also a point of {other}, and has "
                "another value there. Give values in the order of the points, from a network in evaluation mode; "
                "for a pair of potentials use wcheck certify."
            )
    return high, low
