r"""The line through the errors on logarithmic axes, and how many points a given error would need.

``log10 e(n) = c + s log10 n`` by least squares through the mean errors at each n; its 95 % band is that of the line
(Student's t), its slope stands beside ``-1/d``. That the errors lie on a line at all is an assumption: the band shows
what the given n say of it, the bootstrap over repetitions what the randomness of the samples adds.

Source: the paper, Section 5.2 and Figure 9.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from wcheck.experiments.sampling import OPTIONS
from wcheck.table import Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

KEYS = ("source", "target", "dim", "estimator", *OPTIONS)
COLUMNS = (
    *KEYS, "rate", "slope", "slope_lower", "slope_upper", "intercept", "n", "error", "error_lower", "error_upper",
    "wanted_error", "n_lower", "n_upper", "status",
)  # fmt: skip
"""``n, error, error_lower, error_upper``: a point of the line and its band. Where ``wanted_error`` is given, ``n`` is
what it needs, and ``n_lower, n_upper`` the bootstrap interval. ``rate`` is -1/d."""

WANTED = (0.1, 0.01)
LEVEL = 0.95
RESAMPLES = 2000
POINTS_PER_DECADE = 5


@dataclass(frozen=True, slots=True)
class Line:
    """A least-squares line on logarithmic axes.

    Attributes
    ----------
    slope, intercept : float
        Of ``log10 error`` in ``log10 n``.
    slope_lower, slope_upper : float
        The interval at :data:`LEVEL`; infinite where there are two sizes alone.
    """

    slope: float
    intercept: float
    slope_lower: float
    slope_upper: float
    _centre: float
    _spread: float
    _residual: float
    _quantile: float
    _count: int

    @staticmethod
    def through(n: Array, errors: Array) -> Line:
        """Fit at least two sizes to their positive errors."""
        import numpy as np
        from scipy.stats import t

        x, y = np.log10(n), np.log10(errors)
        centre, spread = float(x.mean()), float(((x - x.mean()) ** 2).sum())
        slope = float((x - centre) @ y / spread)
        intercept = float(y.mean() - slope * centre)
        freedom = len(x) - 2
        residual = math.inf
        if freedom > 0:
            residual = math.sqrt(float(((y - intercept - slope * x) ** 2).sum()) / freedom)
        quantile = float(t.ppf(0.5 + LEVEL / 2, freedom)) if freedom > 0 else 1.0
        half = quantile * residual / math.sqrt(spread)
        return Line(slope, intercept, slope - half, slope + half, centre, spread, residual, quantile, len(x))

    def at(self, n: float) -> tuple[float, float, float]:
        """Return the line at n and its band."""
        x = math.log10(n)
        middle = self.intercept + self.slope * x
        half = (
            self._quantile
            * self._residual
            * math.sqrt(1 / self._count + (x - self._centre) ** 2 / self._spread)
        )
        return power(middle), power(middle - half), power(middle + half)

    def needed(self, error: float) -> float:
        """Return the n at which the line falls to an error; infinite where it does not fall."""
        return power((math.log10(error) - self.intercept) / self.slope) if self.slope < 0 else math.inf


def fit(rows: Sequence[Row], seed: int) -> Iterator[Row]:
    """Yield the rows of the fit of each estimator in rows of ``wcheck sample-complexity``.

    The error of a row is the distance of its value from the truth, which is 0 where it is not known. An estimator with
    fewer than two sizes, or with a mean error of 0, has a row that says so.
    """
    good = [row for row in rows if row["value"] is not None]
    for key in dict.fromkeys(_key(row) for row in good):
        about: Row = dict(zip(KEYS, key, strict=True)) | {"rate": -1.0 / cast("int", key[KEYS.index("dim")])}
        yield from _fit([row for row in good if _key(row) == key], about, seed)


def _fit(rows: Sequence[Row], about: Row, seed: int) -> Iterator[Row]:
    import numpy as np

    sizes = sorted({cast("int", row["n"]) for row in rows})
    samples = [np.array([_error(row) for row in rows if row["n"] == size]) for size in sizes]
    n, means = np.array(sizes, dtype=np.float64), np.array([sample.mean() for sample in samples])
    if len(sizes) < 2 or not np.all(means > 0):
        yield about | {"status": "no line: it needs two sizes, and errors above 0"}
        return
    line = Line.through(n, means)
    about |= {
        "slope": line.slope,
        "slope_lower": _finite(line.slope_lower),
        "slope_upper": _finite(line.slope_upper),
        "intercept": line.intercept,
        "status": "ok",
    }
    farthest = max([n[-1], *(needed for error in WANTED if (needed := line.needed(error)) < math.inf)])
    decades = math.log10(farthest / n[0])
    for at in np.geomspace(n[0], farthest, max(2, round(decades * POINTS_PER_DECADE))):
        yield about | _point(line, float(at))
    slopes, intercepts = _resampled(n, samples, seed)
    for error in WANTED:
        powers = (math.log10(error) - intercepts) / np.where(slopes < 0, slopes, np.nan)
        exponents = np.nan_to_num(powers, nan=math.inf, posinf=math.inf)
        low, high = np.quantile(exponents, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2], method="nearest")
        n_needed = line.needed(error)
        point = _point(line, n_needed) if n_needed < math.inf else {}
        yield (
            about
            | point
            | {
                "n": _finite(n_needed),
                "wanted_error": error,
                "n_lower": _finite(power(float(low))),
                "n_upper": _finite(power(float(high))),
            }
        )


def _resampled(n: Array, samples: Sequence[Array], seed: int) -> tuple[Array, Array]:
    """Return slopes and intercepts of the lines through means of repetitions drawn with replacement."""
    import numpy as np

    from wcheck.rng import generator

    random = generator(seed, "fit")
    means = np.stack(
        [
            sample[random.integers(len(sample), size=(RESAMPLES, len(sample)))].mean(axis=1)
            for sample in samples
        ]
    )
    with np.errstate(divide="ignore"):
        x, y = np.log10(n), np.log10(means)
    slopes = (x - x.mean()) @ y / ((x - x.mean()) ** 2).sum()
    return slopes, y.mean(axis=0) - slopes * x.mean()


def power(exponent: float) -> float:
    """Return 10 to a power that may be too large for a float."""
    return 10.0**exponent if exponent < 308 else math.inf


def _point(line: Line, n: float) -> Row:
    error, low, high = line.at(n)
    return {"n": n, "error": error, "error_lower": low, "error_upper": _finite(high)}


def _error(row: Row) -> float:
    return abs(cast("float", row["value"]) - (cast("float | None", row["truth"]) or 0.0))


def _key(row: Row) -> tuple[object, ...]:
    return tuple(row[column] for column in KEYS)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def wanted(rows: Sequence[Row]) -> Iterator[tuple[Row, list[Row]]]:
    """Yield, for each estimator that has a line, one of its rows and those of the wanted errors."""
    for _, group in itertools.groupby((row for row in rows if row["status"] == "ok"), _key):
        own = list(group)
        yield own[0], [row for row in own if row.get("wanted_error") is not None]
