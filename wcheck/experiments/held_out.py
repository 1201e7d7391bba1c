"""Points that critics are not trained on, and what they are worth there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wcheck.errors import ParameterError, counted
from wcheck.rows.table import Row

if TYPE_CHECKING:
    from wcheck.critics.audit import Audit
    from wcheck.critics.critic import Critic
    from wcheck.learning.samplers import FrozenPoints
    from wcheck.measures.measure import Measure


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The held-out points of both measures; None where there are none."""

    points: tuple[FrozenPoints, FrozenPoints] | None

    @staticmethod
    def of(
        x: Measure, y: Measure, amount: float | None, seed: int, device: str
    ) -> tuple[Measure, Measure, HeldOut]:
        """Cut both measures in two, by a draw of points, and return the parts to train on first.

        Parameters
        ----------
        x, y : Measure
            The whole.
        amount : float or None
            How many points of each are held out, or below 1 their share.
        seed : int
            The seed of the draw.
        device : str
            Where the held-out points lie.

        Raises
        ------
        ParameterError
            If nothing would be held out of a measure, or nothing left of it.
        """
        if amount is None:
            return x, y, HeldOut(None)
        from wcheck.learning.samplers import FrozenPoints

        (train_x, held_x), (train_y, held_y) = (
            _cut(measure, amount, seed, role) for measure, role in ((x, "source"), (y, "target"))
        )
        return train_x, train_y, HeldOut((FrozenPoints(held_x, device), FrozenPoints(held_y, device)))

    def judged(self, critic: Critic, found: Audit) -> Row:
        """Return how many points are held out, the critic's value there, and that less its value in training."""
        if self.points is None:
            return {}
        from wcheck.critics.audit import value_of

        row: Row = {"held_out": min(len(points.points) for points in self.points)}
        if found.diverged:
            return row
        value = value_of(critic, *self.points)
        if not math.isfinite(value):
            return row
        return row | {"value_held_out": value, "held_out_gap": value - found.value}


def check_amount(amount: float | None) -> None:
    """Refuse what is neither a share nor a number of points."""
    if amount is not None and not (0 < amount < 1 or (amount >= 1 and amount == int(amount))):
        raise ParameterError(
            f"held_out is {amount:g}: give a share between 0 and 1, such as 0.2, or a number of points."
        )


def _cut(measure: Measure, amount: float, seed: int, role: str) -> tuple[Measure, Measure]:
    import numpy as np

    from wcheck.rng import generator

    held = round(amount * len(measure)) if amount < 1 else int(amount)
    if not 0 < held < len(measure):
        raise ParameterError(
            f"held_out is {amount:g}, {held} of the {counted(len(measure), 'point')} of {measure.name}: "
            "hold out at least one and leave at least one."
        )
    order = generator(seed, "held out", role).permutation(len(measure))
    # in the order of the data, so that blocks are read one after the other
    return measure.take(np.sort(order[held:])), measure.take(np.sort(order[:held]))
