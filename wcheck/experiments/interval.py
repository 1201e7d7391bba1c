r"""A certified interval for the distance between the *distributions* that two samples were drawn from.

Assumed: each sample holds independent draws of its distribution, and no two points of the supports are farther apart
than the diameter D, which is known beforehand. Then, with half of the risk on either side:

* **upper**: the empirical W1 is on average at least the population's (convexity), and changes by at most D/n or D/m
  with one point; so W1 is at most the plug-in plus McDiarmid's margin.
* **lower**: a 1-Lipschitz function f that one half of the points suggested has ``E f(X) - E f(Y) <= W1``; on the
  held-out halves the differences f(x) - f(y) of pairs are independent and lie in [-D, D], and their mean is bounded by
  betting.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from wcheck.errors import ParameterError
from wcheck.experiments.sampling import describe
from wcheck.progress import Report
from wcheck.table import Row

if TYPE_CHECKING:
    from wcheck.measures.measure import Measure
    from wcheck.measures.sources import Preprocessing

NULL_POINTS = 500
"""Points of each sample that the permutation test looks at: it solves for every permutation."""
SCALES = tuple(10.0 ** (exponent / 4) for exponent in range(-12, 9))
"""Multiples at which a critic is tried."""


@dataclass(frozen=True)
class Interval:
    """A two-sided interval for the population's W1, and what the samples say of the null hypothesis beside it.

    Attributes
    ----------
    source, target : str
        Sources of two independent samples.
    preprocessing : Preprocessing
        What is done to the points of both.
    diameter : float or "bounds"
        Of the supports. ``bounds``: from the scale of images.
    confidence : float
        Above 0 and below 1.
    critic : path, optional
        A critic that ``wcheck oracle --save`` wrote: the held-out function is the highest 1-Lipschitz extension of its
        values, at the best multiple, from one half. Without it the exact potentials of that half are extended.
    permutations : int
        Of the test; 0 leaves it out.
    seed : int
        Of splits, pairs and permutations.

    Raises
    ------
    ParameterError
        If a value is not allowed.
    """

    source: str
    target: str
    preprocessing: Preprocessing
    diameter: float | str = "bounds"
    confidence: float = 0.95
    critic: Path | None = None
    permutations: int = 199
    seed: int = 0

    name: ClassVar[str] = "interval"
    columns: ClassVar[tuple[str, ...]] = (
        "source", "target", "n", "m", "dim", "scale", "target_scale", "image_size", "confidence", "diameter",
        "estimand", "value", "lower", "upper", "function", "held_out", "held_out_value", "lower_margin",
        "bernstein_margin", "hoeffding_margin", "upper_margin", "null_source", "null_target", "null_between", "p_value",
        "permutations", "seconds", "status", "seed",
    )  # fmt: skip
    fine: ClassVar[frozenset[str]] = frozenset({"ok"})
    neutral: ClassVar[frozenset[str]] = frozenset({"preprocessing.data_dir", "preprocessing.folder"})

    def __post_init__(self) -> None:
        """Refuse what cannot be run before any data is read."""
        if not 0 < self.confidence < 1:
            raise ParameterError(f"confidence is {self.confidence}: it lies between 0 and 1, such as 0.95.")
        if self.diameter != "bounds" and not 0 < float(self.diameter) < math.inf:
            raise ParameterError(
                f"diameter is {self.diameter}: give a finite number above 0, or bounds for images."
            )
        if self.permutations < 0:
            raise ParameterError(f"permutations is {self.permutations}: give an integer of at least 0.")

    def config(self, report: Report) -> dict[str, object]:
        """Return all options, and of both samples the content hash."""
        options: dict[str, object] = {field.name: getattr(self, field.name) for field in fields(self)}
        for role, measure in zip(("source", "target"), self._pair(report), strict=True):
            options[f"{role}_data"] = describe(measure)
        return options

    def tasks(self) -> Sequence[int]:
        """Return the one task."""
        return [0]

    def run(self, task: int, report: Report) -> Iterator[Row]:
        """Yield the one row.

        Raises
        ------
        ParameterError
            If a sample has fewer than four points or is weighted, or points are farther apart than the diameter.
        """
        from wcheck.measures.scaling import scales
        from wcheck.transport.exact import exact

        begun = time.perf_counter()
        x, y = self._pair(report)
        diameter = _diameter(self.diameter, x, y)
        _check_sample(x, y, diameter, report)
        risk = (1.0 - self.confidence) / 2.0
        plugin = exact(x, y, seed=self.seed, report=report).bracket
        row: Row = {
            "source": x.name,
            "target": y.name,
            "n": len(x),
            "m": len(y),
            "dim": x.dim,
            **scales(x, y),
            "image_size": self.preprocessing.image_size,
            "confidence": self.confidence,
            "diameter": diameter,
            "estimand": "population",
            "value": plugin.upper,
            **upper_side(plugin.upper, diameter, len(x), len(y), risk),
            **lower_side(x, y, diameter, risk, self.seed, self.critic, report),
            **null_calibration(x, y, self.permutations, self.seed, report),
            "seed": self.seed,
            "status": "ok",
        }
        yield row | {"seconds": time.perf_counter() - begun}

    def _pair(self, report: Report) -> tuple[Measure, Measure]:
        from wcheck.measures.sources import load_pair

        if "pair" not in self.__dict__:  # read once; an attribute, but not of the configuration
            pair = load_pair(self.source, self.target, preprocessing=self.preprocessing, report=report)
            self.__dict__["pair"] = pair
        return cast("tuple[Measure, Measure]", self.__dict__["pair"])


def upper_side(plugin: float, diameter: float, n: int, m: int, risk: float) -> Row:
    """Return the upper bound, which fails with at most that risk."""
    from wcheck.estimators.confidence import mcdiarmid_margin

    margin = mcdiarmid_margin(diameter, n, m, risk)
    # No distance exceeds the diameter.
    return {"upper": min(plugin + margin, diameter), "upper_margin": margin}


def lower_side(
    x: Measure, y: Measure, diameter: float, risk: float, seed: int, critic: Path | None, report: Report
) -> Row:
    """Return the lower bound, which fails with at most that risk, and what others would give."""
    import numpy as np

    from wcheck.estimators.confidence import bernstein_lower, betting_lower, mcdiarmid_margin
    from wcheck.estimators.estimate import halves
    from wcheck.estimators.extension import evaluation_error, extensions

    (x, held_x), (y, held_y) = halves(x, "source", seed, "interval"), halves(y, "target", seed, "interval")
    function = (
        extensions(x, y, seed=seed, report=report)["mean"] if critic is None else _of_critic(critic, x, y)
    )
    pairs = min(len(held_x), len(held_y))
    f, g = (_shuffled(function(held), role, seed)[:pairs] for held, role in ((held_x, "x"), (held_y, "y")))
    rounding = 2.0 * evaluation_error(x.dim, diameter)
    differences = np.clip(f - g, -diameter, diameter)
    mean = float(differences.mean())
    bounds = [bound(differences, -diameter, diameter, risk) for bound in (betting_lower, bernstein_lower)]
    return {
        "lower": max(bounds[0] - rounding, 0.0),
        "function": "lp-extension" if critic is None else str(critic),
        "held_out": pairs,
        "held_out_value": mean,
        "lower_margin": mean - bounds[0] + rounding,
        "bernstein_margin": mean - bounds[1],
        "hoeffding_margin": mcdiarmid_margin(diameter, pairs, pairs, risk),
    }


def null_calibration(x: Measure, y: Measure, permutations: int, seed: int, report: Report) -> Row:
    """Return the W1 between halves of each sample and between halves of both, and a permutation test's p-value.

    The test's statistic is the exact W1 between at most :data:`NULL_POINTS` random points of each sample.
    """
    import numpy as np

    from wcheck.estimators.estimate import halves
    from wcheck.rng import generator
    from wcheck.transport.batch import exact_batch
    from wcheck.transport.exact import exact

    halves_x, halves_y = halves(x, "source", seed, "null"), halves(y, "target", seed, "null")
    found = {
        name: exact(p, q, seed=seed, report=report).value
        for name, p, q in (
            ("null_source", *halves_x),
            ("null_target", *halves_y),
            ("null_between", halves_x[0], halves_y[0]),
        )
    }
    if permutations == 0:
        return {**found, "permutations": 0}
    random = generator(seed, "permutations")
    sizes = [min(len(z), NULL_POINTS) for z in (x, y)]
    parts = [
        z.block(np.sort(random.choice(len(z), k, replace=False))) for z, k in zip((x, y), sizes, strict=True)
    ]
    pool = np.concatenate(parts)
    orders = [np.arange(len(pool)), *(random.permutation(len(pool)) for _ in range(permutations))]
    values = exact_batch(
        [pool[order[: sizes[0]]] for order in orders],
        [pool[order[sizes[0] :]] for order in orders],
        report=report,
    ).value
    p_value = float((values >= values[0]).sum()) / len(values)
    return {**found, "p_value": p_value, "permutations": permutations}


def _of_critic(folder: Path, x: Measure, y: Measure) -> Callable[[Measure], Any]:
    """Return the highest 1-Lipschitz function below the critic's values on one half's target, at the best multiple."""
    import numpy as np
    import torch

    from wcheck.critics.critic import Critic
    from wcheck.estimators.extension import Extension

    critic = Critic.load(folder)
    if critic.shape != x.shape:
        raise ParameterError(
            f"the critic in {folder} is of points of shape {critic.shape}, these are {x.shape}."
        )
    values = critic(torch.from_numpy(y.dense().astype(np.float32))).double().numpy()
    candidates = [Extension(y, scale * values, lowest=False) for scale in (0.0, *SCALES)]
    return max(candidates, key=lambda f: float(x.weights @ f(x) - y.weights @ f(y)))


def _shuffled(values: Any, role: str, seed: int) -> Any:
    from wcheck.rng import generator

    return generator(seed, "pairs", role).permutation(values)


def _diameter(given: float | str, x: Measure, y: Measure) -> float:
    from wcheck.measures.scaling import scale_of

    if given != "bounds":
        return float(given)
    width = {"0,1": 1.0, "-1,1": 2.0}.get(scale_of(x))
    if width is None or scale_of(x) != scale_of(y):
        raise ParameterError(
            f"diameter is bounds, but {x.name} and {y.name} have none that is known beforehand: images scaled to 0,1 "
            "or -1,1 have; give the largest distance that is possible, which a sample does not tell."
        )
    return width * math.sqrt(x.dim)


def _check_sample(x: Measure, y: Measure, diameter: float, report: Report) -> None:
    from wcheck.transport.distances import Distances

    for done, (p, q) in enumerate(((x, y), (x, x), (y, y))):
        if not p.is_uniform:
            raise ParameterError(
                f"{p.name} has weights: an interval is about independent draws; leave them out."
            )
        if len(p) < 4:
            raise ParameterError(
                f"{p.name} has {len(p)} points: an interval needs at least 4 of each sample."
            )
        report("diameter", done, 3)
        distances = Distances(p, q, memory=0)
        if distances.diameter <= diameter:  # an upper bound of all distances, and no pass over them
            continue
        largest = max(float(block.max()) for _, block in distances.blocks())
        if largest > diameter * (1.0 + 1e-9):
            raise ParameterError(
                f"diameter is {diameter:.6g}, but {p.name} and {q.name} hold points {largest:.6g} apart: give the "
                "largest distance that is possible, which a sample does not tell."
            )
    report("diameter", 3, 3)
