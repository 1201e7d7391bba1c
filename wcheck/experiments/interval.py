r"""A certified interval for the distance between the *distributions* that two samples were drawn from.

Assumed: each sample holds independent draws of its distribution, the two samples are independent of each other, and no
two points of the supports are farther apart than the diameter D, which is known in advance. Then, with half of the risk
on either side:

* **upper**: the empirical W1 is on average at least the population's (convexity), and changes by at most D/n or D/m
  with one point; so W1 is at most the plug-in plus McDiarmid's margin.
* **lower**: a 1-Lipschitz function f that one half of the points suggested has ``E f(X) - E f(Y) <= W1``; on the
  held-out halves the differences f(x) - f(y) of pairs are independent and lie in [-D, D], and a smaller mean is betted
  against. Both halves suggest a function that is compared with the other.

Beside it stands an *estimate* of the upper end, of which nothing is guaranteed: see :func:`upper_estimate`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from wcheck.errors import ParameterError, counted
from wcheck.experiments.data import OnPair, Pair
from wcheck.experiments.lower_side import lower_side, unseen
from wcheck.experiments.null import null_calibration, pooled_null
from wcheck.experiments.telling import interval as telling
from wcheck.progress import Report
from wcheck.rows.scratch import Place
from wcheck.rows.table import Row

if TYPE_CHECKING:
    from wcheck.measures.measure import Measure
    from wcheck.transport.solve.result import TransportResult


@dataclass(frozen=True)
class Interval(OnPair[int]):
    """A two-sided interval for the population's W1, and what the samples say of the null hypothesis beside it.

    Attributes
    ----------
    data : Pair
        The sources of two independent samples.
    diameter : float or "bounds"
        The diameter of the supports. ``bounds``: from the scale of images.
    confidence : float
        Above 0 and below 1.
    critic : path, optional
        A critic that ``wcheck oracle --save`` wrote, trained on points of neither sample: the held-out functions are
        the highest 1-Lipschitz extensions of its values, at the best multiple, from one half. Without it the exact
        potentials of that half are extended.
    arch : str, optional
        ``module:factory`` that made the critic, if it is the user's own: it is not called unless it is named here.
    splits : int
        Random splits of all points into two sets of the sizes of the samples, whose mean W1 is ``null``; 0 leaves it
        out.
    permutations : int
        The number of permutations of the test; 0 leaves it out.
    seed : int
        The seed of splits, pairs and permutations.

    Raises
    ------
    ParameterError
        If a value is not allowed.
    """

    data: Pair
    diameter: float | str = "bounds"
    confidence: float = 0.95
    critic: Path | None = None
    arch: str | None = None
    splits: int = 10
    permutations: int = 199
    seed: int = 0

    name: ClassVar[str] = "interval"
    columns: ClassVar[tuple[str, ...]] = (
        "source", "target", "n", "m", "dim", "scale", "target_scale", "image_size", "embed", "confidence", "diameter",
        "estimand", "value", "lower", "upper", "upper_estimate", "function", "held_out", "held_out_value",
        "lower_margin", "bernstein_margin", "hoeffding_margin", "upper_margin", "null", "null_error", "splits",
        "null_source", "null_target", "null_between", "p_value", "permutations", "seconds", "status", "seed",
    )  # fmt: skip
    told = staticmethod(telling.told)

    def __post_init__(self) -> None:
        """Refuse what cannot be run before any data is read."""
        if not 0 < self.confidence < 1:
            raise ParameterError(f"confidence is {self.confidence}: it lies between 0 and 1, such as 0.95.")
        if self.diameter != "bounds" and not 0 < float(self.diameter) < math.inf:
            raise ParameterError(
                f"diameter is {self.diameter}: give a finite number above 0, or bounds for images."
            )
        for option, value in (("splits", self.splits), ("permutations", self.permutations)):
            if value < 0:
                raise ParameterError(f"{option} is {value}: give an integer of at least 0.")
        if self.splits == 1:
            raise ParameterError("splits is 1: a standard error needs at least 2; give more, or 0.")
        if self.arch is not None and self.critic is None:
            raise ParameterError(f"--arch {self.arch} makes a critic, but none is given: give --critic too.")

    def config(self, report: Report) -> dict[str, object]:
        """Return all options, and of both samples the content hash."""
        options = super().config(report)
        if self.critic is not None:
            from wcheck.critics.saved import CRITICS

            options["critic_sha256"] = CRITICS.fingerprint(self.critic)
        return options

    def tasks(self) -> Sequence[int]:
        """Return the one task."""
        return [0]

    def run(self, task: int, report: Report, place: Place | None = None) -> Iterator[Row]:
        """Yield the one row.

        Raises
        ------
        ParameterError
            If a sample has fewer than four points or is weighted, points are farther apart than the diameter, or the
            critic has, or may have, seen some of them.
        """
        from wcheck.transport.solve.exact import exact
        from wcheck.transport.solve.result import uninterrupted

        begun = time.perf_counter()
        x, y = self.read(report)
        if self.critic is not None:
            from wcheck.critics.saved import in_order

            x, y = in_order(self.critic, x), in_order(self.critic, y)
        diameter = _diameter(self.diameter, x, y, self.data.preprocessing.embed)
        prepared = {name: getattr(self.data.preprocessing, name) for name in ("image_size", "embed")}
        critic = (
            None
            if self.critic is None
            else unseen(self.critic, x, y, prepared, arch=self.arch, modules=self.data.preprocessing.folder)
        )
        _check_sample(x, y, diameter, report)
        risk = (1.0 - self.confidence) / 2.0
        plugin = uninterrupted(exact(x, y, seed=self.seed, report=report))
        row: Row = {
            **self.about(report),
            "confidence": self.confidence,
            "diameter": diameter,
            "estimand": "population",
            "value": plugin.value,
            **upper_side(plugin.value, diameter, len(x), len(y), risk),
            "upper_estimate": min(upper_estimate(plugin, risk), diameter),
            "function": "lp-extension" if self.critic is None else str(self.critic),
            **lower_side(x, y, diameter, risk, self.seed, critic, report),
            **pooled_null(x, y, self.splits, self.seed, report),
            **null_calibration(x, y, self.permutations, self.seed, report),
            "seed": self.seed,
            "status": "ok",
        }
        yield row | {"seconds": time.perf_counter() - begun}

    def load(self, report: Report) -> tuple[Measure, Measure]:
        """Read both samples, which must be independent."""
        from wcheck.measures.overlap import check_independent

        pair = super().load(report)
        check_independent(*pair, "an interval", self.data.preprocessing)
        return pair


def upper_side(plugin: float, diameter: float, n: int, m: int, risk: float) -> Row:
    """Return the upper bound, which fails with at most that risk."""
    from wcheck.estimators.confidence import mcdiarmid_margin

    margin = mcdiarmid_margin(diameter, n, m, risk)
    # No distance exceeds the diameter.
    return {"upper": min(plugin + margin, diameter), "upper_margin": margin}


def upper_estimate(plugin: TransportResult, risk: float) -> float:
    """Return ``plug-in + z sqrt(var u / n + var v / m)``, u and v the optimal potentials: an estimate, no bound.

    For growing samples the plug-in is normal about its mean, which is at least the population's W1, with that variance
    if the optimal potential is unique (del Barrio and Loubes 2019). How large a sample has to be nobody knows.
    """
    from statistics import NormalDist

    variance = sum(float(potential.var(ddof=1)) / len(potential) for potential in plugin.potentials)
    return plugin.value + NormalDist().inv_cdf(1.0 - risk) * math.sqrt(variance)


def _diameter(given: float | str, x: Measure, y: Measure, embed: str | None) -> float:
    from wcheck.measures.grammar import split_slice
    from wcheck.measures.registry import is_drawn
    from wcheck.measures.scaling import scale_of

    if given != "bounds":
        return float(given)
    width = {"0,1": 1.0, "-1,1": 2.0}.get(scale_of(x))
    if width is None or scale_of(x) != scale_of(y) or embed is not None:
        raise ParameterError(
            f"diameter is bounds, but {x.name} and {y.name} have no diameter that is known in advance, as images "
            "scaled to 0,1 or -1,1 have; give the largest possible distance, which cannot be read from a sample."
        )
    if free := [z.name for z in (x, y) if is_drawn(split_slice(z.name)[0])]:
        raise ParameterError(
            f"diameter is bounds, but nothing keeps the points of {free[0]} between black and white: give the largest "
            "possible distance, which cannot be read from a sample."
        )
    return width * math.sqrt(x.dim)


def _check_sample(x: Measure, y: Measure, diameter: float, report: Report) -> None:
    from wcheck.transport.cost.distances import Distances

    for done, (p, q) in enumerate(((x, y), (x, x), (y, y))):
        if not p.is_uniform:
            raise ParameterError(
                f"{p.name} has weights: the interval assumes independent draws of equal weight; leave the weights out "
                "(--drop)."
            )
        if len(p) < 4:
            raise ParameterError(
                f"{p.name} has {counted(len(p), 'point')}: an interval needs at least 4 of each sample."
            )
        report("diameter", done, 3)
        distances = Distances(p, q)
        if distances.diameter <= diameter:  # an upper bound of all distances, and no pass over them
            continue
        largest = max(float(block.max()) for _, block in distances)
        if largest > diameter * (1.0 + 1e-9):
            raise ParameterError(
                f"diameter is {diameter:.6g}, but {p.name} and {q.name} hold points {largest:.6g} apart: give the "
                "largest possible distance, which cannot be read from a sample."
            )
    report("diameter", 3, 3)
