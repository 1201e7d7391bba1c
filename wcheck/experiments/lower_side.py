"""The lower side of an interval for the population's W1: 1-Lipschitz functions, compared with points they never saw."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wcheck.errors import ParameterError
from wcheck.progress import Report
from wcheck.rows.table import Row

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wcheck.estimators.extension import Extension
    from wcheck.measures.measure import Measure
    from wcheck.measures.potential import Potential

SCALES = tuple(10.0 ** (exponent / 4) for exponent in range(-12, 9))
"""Multiples at which a critic is tried."""


def lower_side(
    x: Measure, y: Measure, diameter: float, risk: float, seed: int, critic: Potential | None, report: Report
) -> Row:
    """Return the lower bound, which fails with at most that risk, and what others would give.

    Each half of both samples suggests a 1-Lipschitz function, which is compared with the other half, and the two bets
    count with equal weights. A critic's values, from which functions are extended, must depend on neither half: see
    :func:`unseen`. The margins of Bernstein and Hoeffding are those of a single half, their means.
    """
    import numpy as np

    from wcheck.estimators.confidence import bernstein_lower, crossfitted_lower, mcdiarmid_margin
    from wcheck.estimators.estimate import halves
    from wcheck.estimators.extension import evaluation_error, extensions

    parts_x, parts_y = halves(x, "source", seed, "interval"), halves(y, "target", seed, "interval")
    folds = []
    for fold in (0, 1):
        (fit_x, held_x), (fit_y, held_y) = ((parts[fold], parts[1 - fold]) for parts in (parts_x, parts_y))
        function = (
            extensions(fit_x, fit_y, seed=seed, report=report)["mean"]
            if critic is None
            else _of_critic(critic, fit_x, fit_y)
        )
        f, g = (_shuffled(function(held), role, seed, fold) for held, role in ((held_x, "x"), (held_y, "y")))
        folds.append(np.clip(paired(f, g), -diameter, diameter))
    pairs = len(folds[0])
    mean = float(np.mean([differences.mean() for differences in folds]))
    rounding = 2.0 * evaluation_error(x.dim, diameter)
    lower = crossfitted_lower(folds, -diameter, diameter, risk) - rounding
    bernstein = np.mean([bernstein_lower(fold, -diameter, diameter, risk) for fold in folds])
    return {
        "lower": max(lower, 0.0),
        "held_out": pairs,
        "held_out_value": mean,
        "lower_margin": mean - lower,
        "bernstein_margin": mean - float(bernstein),
        "hoeffding_margin": mcdiarmid_margin(diameter, len(parts_x[0]), len(parts_y[0]), risk),
    }


def paired(f: NDArray[Any], g: NDArray[Any]) -> NDArray[Any]:
    """Return the independent differences ``f - g``, as many as the shorter has values.

    In the longer one, means over groups of nearly equal size take the place of single values: all of its values count,
    and each difference keeps its expectation and its range.
    """
    import numpy as np

    pairs = min(len(f), len(g))
    first, second = (
        np.array([part.mean() for part in np.array_split(values, pairs)]) if len(values) > pairs else values
        for values in (f, g)
    )
    return np.asarray(first - second)


def unseen(
    folder: Path,
    x: Measure,
    y: Measure,
    prepared: Mapping[str, object],
    *,
    arch: str | None = None,
    modules: Path = Path(),
) -> Potential:
    """Return a saved critic, and refuse one that was, or may have been, trained on points of the samples.

    Its bound would not hold: on points that it was trained on a critic says more than the distributions do. Equal
    points are found by their hashes; altered copies of them are not, and independence stays the user's word. So the
    points must have been prepared alike, by their scales and by what else ``prepared`` says. An ``arch`` of the
    user's, in a module in the folder ``modules``, is called only if it is named.

    Raises
    ------
    ParameterError
        If the critic is of points of another shape, or its points are not known, not comparable with these, or some of
        them are among these.
    SourceError
        If the folder holds no critic.
    """
    import numpy as np

    from wcheck.critics import seen
    from wcheck.critics.saved import CRITICS, load
    from wcheck.measures.scaling import scale_of

    critic = load(folder, arch=arch, modules=modules)
    if critic.shape != x.shape:
        raise ParameterError(
            f"the critic in {folder} takes points of shape {critic.shape}, but these have shape {x.shape}: give "
            "points of that shape, or another critic."
        )
    described = CRITICS.describe(folder)
    known = seen.read(folder, described.get("trained_on"))
    if known is None:
        raise ParameterError(
            f"{folder} does not say which points its critic was trained on, and its bound would not hold for those: "
            "train it again with wcheck oracle --save, on points of neither sample, or leave --critic out."
        )
    here = {"scale": scale_of(x), "target_scale": scale_of(y), **prepared}
    for name, value in here.items():
        trained = described.get(name)
        if trained != value or value == "zscore":
            raise ParameterError(
                f"the critic in {folder} was trained on points of {name} {trained or 'none'}, and these have {name} "
                f"{value or 'none'}, so it is unknown whether it has seen them: give the same preprocessing, without "
                "zscore, or leave --critic out."
            )
    for sample in (x, y):
        shared = int(np.isin(seen.hashes(sample.dense().astype(np.float32)), known).sum())
        if shared:
            raise ParameterError(
                f"the critic in {folder} was trained on {shared} of the {len(sample)} points of {sample.name}, for "
                "which its bound would not hold: give samples that it has not seen, or leave --critic out."
            )
    return critic


def _of_critic(critic: Potential, x: Measure, y: Measure) -> Extension:
    """Return the highest 1-Lipschitz function below the critic's values on one half's target, at the best multiple."""
    from wcheck.estimators.extension import Extension

    values = critic(y)
    candidates = [Extension(y, scale * values, lowest=False) for scale in (0.0, *SCALES)]
    return max(candidates, key=lambda f: float(x.weights @ f(x) - y.weights @ f(y)))


def _shuffled(values: Any, role: str, seed: int, fold: int) -> Any:
    from wcheck.rng import generator

    return generator(seed, "pairs", role, fold).permutation(values)
