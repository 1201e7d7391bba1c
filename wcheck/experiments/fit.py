"""The rows of a fit: how the errors of ``wcheck sample-complexity`` fall, and how many points an error needs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, cast

from wcheck.errors import ParameterError
from wcheck.experiments.decay import Errors, samples_by_size
from wcheck.experiments.monte_carlo import check_reps
from wcheck.experiments.sampling import OPTIONS
from wcheck.rows.replace import replacing
from wcheck.rows.table import Row, csv_text

if TYPE_CHECKING:
    from pathlib import Path

    from wcheck.experiments.sample_complexity import SampleComplexity

KEYS = ("source", "target", "dim", "estimator", *OPTIONS)
COLUMNS = (
    *KEYS, "rate", "slope", "slope_lower", "slope_upper", "intercept", "curvature", "curvature_error", "n", "error",
    "error_lower", "error_upper", "wanted_error", "n_lower", "n_upper", "n_last", "n_theory", "bound", "status",
)  # fmt: skip
"""Where ``wanted_error`` is given, ``n`` is what it needs; otherwise ``n`` and ``error`` are a point of the line."""

WANTED = (0.1, 0.01)
POINTS_PER_DECADE = 5
TENDING = ("exact", "debiased", "lp-extension", "oracle")
"""Estimators that tend to the population's W1 as n grows; the others tend to something else."""
LARGEST = 308.0
"""Larger exponents of 10 are too large for a float."""


def check_fit(experiment: SampleComplexity) -> None:
    """Refuse an experiment of which there is nothing to fit, before it is run.

    Raises
    ------
    ParameterError
        If the truth is not known, no estimator tends to it, or a standard error would be of one repetition.
    """
    check_reps(experiment.reps)
    if not experiment.is_known():
        raise ParameterError(
            f"--fit needs errors, but the distance between {experiment.source} and {experiment.target} is not known "
            "here: give P alone, two gaussian or two funnel sources, or leave --fit out."
        )
    if not set(experiment.estimator) & set(TENDING):
        raise ParameterError(
            f"--fit needs errors that fall to 0, but {', '.join(experiment.estimator)} does not tend to "
            f"W1: add one of {', '.join(TENDING)}, or leave --fit out."
        )


def fit(rows: Sequence[Row]) -> Iterator[Row]:
    """Yield the rows of the fit of each estimator in rows of ``wcheck sample-complexity``.

    The error of a row is the distance of its value from the truth. Where there is nothing to fit, a row says why.
    """
    good = [row for row in rows if row["status"] == "ok"]
    for key in dict.fromkeys(_key(row) for row in good):
        about: Row = dict(zip(KEYS, key, strict=True))
        own = [row for row in good if _key(row) == key]
        reason = _reason(own)
        if reason is not None:
            yield about | {"status": f"no fit: {reason}"}
        else:
            yield from _fitted(Errors.of(own), about)


def write_fit(path: Path, rows: Sequence[Row]) -> list[Row]:
    """Write the rows of the fit of rows into a CSV file, and return them.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    found = list(fit(rows))
    with replacing(path) as file:
        file.write(csv_text(COLUMNS, found).encode())
    return found


def _reason(rows: Sequence[Row]) -> str | None:
    """Return why there is nothing to fit, if so."""
    first = rows[0]
    if first["estimator"] not in TENDING:
        return f"{first['estimator']} does not tend to W1"
    if first["truth"] is None:
        return "the truth is not known"
    samples = samples_by_size(rows)
    if len(samples) < 2 or min(map(len, samples.values())) < 2:
        return "it needs two sizes, and two repetitions of each"
    least = min(float(sample.mean()) for sample in samples.values())
    if least <= 0:
        return "there are no errors"
    if (uncertain := cast("float | None", first.get("truth_error")) or 0.0) > 0.1 * least:
        return f"the truth has a standard error of {uncertain:.2g}, but errors go down to {least:.2g}"
    return None


def _fitted(errors: Errors, about: Row) -> Iterator[Row]:
    import numpy as np

    whole = errors.line()
    intercept, slope = map(float, whole.curve.coef)
    low, high = errors.slopes()
    curvature = errors.curvature()
    about |= {
        "rate": None if errors.dim is None else -1.0 / max(errors.dim, 2),
        "slope": slope,
        "slope_lower": low,
        "slope_upper": high,
        "intercept": intercept,
        "status": "ok",
    }
    if curvature is not None:
        about |= {"curvature": curvature[0], "curvature_error": curvature[1]}

    def point(x: float) -> Row:
        low, high = errors.range_at(x)
        return {
            "n": power(x),
            "error": power(float(whole.curve(x))),
            "error_lower": power(low),
            "error_upper": power(high),
        }

    needs = {error: errors.needed(error) for error in WANTED}
    end = max([float(errors.x[-1]), *(need.line for need in needs.values() if need.line < LARGEST)])
    count = max(2, round((end - errors.x[0]) * POINTS_PER_DECADE))
    for x in np.linspace(errors.x[0], end, count):
        yield about | point(float(x))
    for error, need in needs.items():
        yield (
            about
            | (point(need.line) if need.line < LARGEST else {})
            | {
                "wanted_error": error,
                "n_lower": power(max(need.low, 0.0)),
                "n_upper": power(need.high),
                "n_last": power(need.last),
                "n_theory": power(need.theory),
                "bound": need.bound,
            }
        )


def power(exponent: float) -> float | None:
    """Return 10 to a power, or None where that is too large for a float."""
    return 10.0**exponent if exponent < LARGEST else None


def _key(row: Row) -> tuple[object, ...]:
    return tuple(row.get(column) for column in KEYS)


def wanted(rows: Sequence[Row]) -> Iterator[tuple[Row, list[Row]]]:
    """Yield, for each estimator that has a line, one of its rows and those of the wanted errors."""
    for _, group in itertools.groupby((row for row in rows if row["status"] == "ok"), _key):
        own = list(group)
        yield own[0], [row for row in own if row.get("wanted_error") is not None]
