"""What critics are trained on and compared with: the protocols of three papers (Stanczuk et al. 2021, Appendix B)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from wcheck.errors import ParameterError, not_one_of
from wcheck.rows.table import Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wcheck.critics.audit import Audit
    from wcheck.critics.critic import Critic
    from wcheck.critics.recipe import Recipe
    from wcheck.learning.samplers import FrozenPoints
    from wcheck.measures.measure import Measure
    from wcheck.transport.bounds.certificate import Bracket
    from wcheck.transport.bounds.potentials import AllPairs

WHOLE, FRESH = "W1 of the whole sets", "mean W1 of fresh batches"
"""What a critic's value is compared with."""

STACKED = 1 << 24
"""Coordinates a side of the batches that are solved at a time."""

COLUMNS = ("protocol", "estimand", "fresh_batches", "value_standard_error", "exact_standard_error")


@dataclass(frozen=True, slots=True)
class Protocol:
    """How a critic is trained and what it is compared with.

    Attributes
    ----------
    points : int, optional
        How many points of each set are taken, the first ones.
    full_batches : bool
        Whether each step sees them all, whatever batch size is asked for.
    fresh : bool
        Whether the critic is compared with fresh mini-batches instead of the whole sets.
    """

    points: int | None = None
    full_batches: bool = False
    fresh: bool = False

    @property
    def estimand(self) -> str:
        """What the value is compared with."""
        return FRESH if self.fresh else WHOLE

    def cut(self, x: Measure, y: Measure) -> tuple[Measure, Measure]:
        """Return the points that are taken, equally many of both sets where their number is fixed."""
        import numpy as np

        if self.points is None:
            return x, y
        size = min(self.points, len(x), len(y))
        first, second = (
            measure.take(np.arange(size), f"{measure.name}, first {size}") if size < len(measure) else measure
            for measure in (x, y)
        )
        return first, second


PROTOCOLS: Mapping[str, Protocol] = MappingProxyType(
    {
        "stanczuk": Protocol(),
        "pinetz": Protocol(points=500, full_batches=True),
        "mallasto": Protocol(fresh=True),
    }
)
"""Algorithms 4, 5 and 6 of the paper: mini-batches against the whole sets; 500 points a side in full batches;
mini-batches against fresh mini-batches."""


def named(name: str) -> Protocol:
    """Return a protocol by its name.

    Raises
    ------
    ParameterError
        If there is none.
    """
    if name not in PROTOCOLS:
        raise not_one_of("protocol", name, PROTOCOLS)
    return PROTOCOLS[name]


class FreshBatches:
    """Pairs of batches that a critic was not trained on as such, drawn from two frozen sets, and their exact distances.

    Parameters
    ----------
    x, y : FrozenPoints
        The sets.
    count, size : int
        How many pairs, and points of a batch; drawn independently by their weights, as in training.
    seed : int
        The seed of the draws, which are others than those of training.
    """

    def __init__(self, x: FrozenPoints, y: FrozenPoints, count: int, size: int, seed: int) -> None:
        import numpy as np
        import torch

        from wcheck.rng import torch_generator
        from wcheck.transport.solve.batch import exact_batch

        generator = torch_generator(seed, "critic", "fresh batches", device=str(x.points.device))
        self._rows = tuple(torch.stack([z.draw_rows(size, generator) for _ in range(count)]) for z in (x, y))
        lower, upper = [], []
        for rows in zip(*(rows.split(max(1, STACKED // (size * z.points.shape[1]))) for rows, z in
                          zip(self._rows, (x, y), strict=True)), strict=True):  # fmt: skip
            found = exact_batch(*(z.points[some].cpu().numpy() for some, z in zip(rows, (x, y), strict=True)))
            lower.append(found.lower)
            upper.append(found.upper)
        self._lower, self._upper = np.concatenate(lower), np.concatenate(upper)

    def judge(
        self, critic: Critic, found: Audit, x: FrozenPoints, y: FrozenPoints, pairs: AllPairs
    ) -> tuple[Audit, Bracket, Row]:
        """Return an audit and a bracket as those of the whole sets, but about the mean over the batches.

        The slopes are those of the whole sets, so that V over one is below W1 of each batch if it is one of all points.
        What the c-transform certifies is a statement on the whole sets alone, and is left out.

        Parameters
        ----------
        critic : Critic
            Which may have diverged.
        found : Audit
            On the whole sets x and y, whose distances are ``pairs``.
        """
        import numpy as np

        if found.diverged:
            return replace(found, value=math.nan), self._exact(), self._errors(None)
        f, g = pairs.consistent(critic.values(x.points), critic.values(y.points))
        at_x, at_y = (
            values.double()[rows].cpu().numpy() for values, rows in zip((f, g), self._rows, strict=True)
        )
        values = at_x.mean(1) - at_y.mean(1)
        # float64 sums of k float32 values are exact to k 2^-53 of the sum of their sizes
        rounding = 2.0**-53 * at_x.size * float(np.abs(at_x).mean() + np.abs(at_y).mean())
        value = float(values.mean())
        slopes = (found.lipschitz_pairs, found.bound.value if found.bound else None)
        upper = None if None in slopes else max(slope for slope in slopes if slope is not None)
        audit = replace(
            found,
            value=value,
            normalised_pairs=_below(value - rounding, slopes[0]),
            normalised_upper=_below(value - rounding, upper),
            lower=None,
        )
        return audit, self._exact(), self._errors(values)

    def _exact(self) -> Bracket:
        from wcheck.transport.bounds.certificate import Bracket

        return Bracket(float(self._lower.mean()), float(self._upper.mean()))

    def _errors(self, values: NDArray[np.float64] | None) -> Row:
        return {
            "fresh_batches": len(self._upper),
            "value_standard_error": None if values is None else _standard_error(values),
            "exact_standard_error": _standard_error(self._upper),
        }


def check_batches(protocol: Protocol, recipe: Recipe) -> None:
    """Refuse fresh batches where there are no mini-batches."""
    if protocol.fresh and recipe.batch_size is None:
        raise ParameterError(
            "protocol mallasto compares critics with mini-batches, but batch_size is full: give a number."
        )


def _below(value: float, slope: float | None) -> float | None:
    return math.nextafter(value / slope, -math.inf) if slope is not None and 0 < slope < math.inf else None


def _standard_error(values: NDArray[np.float64]) -> float | None:
    return float(values.std(ddof=1) / math.sqrt(len(values))) if len(values) > 1 else None
