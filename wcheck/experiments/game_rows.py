"""The rows of a game: steps whose batches are measured, and evaluations of the generator."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from wcheck.errors import ParameterError
from wcheck.experiments.sweep import kept_rows
from wcheck.rows.table import Row, plain

if TYPE_CHECKING:
    from wcheck.critics.objective import Objective
    from wcheck.generators.steps import GameStep
    from wcheck.generators.training import GameTraining

DIVERGED, COLLAPSED = "diverged", "collapsed"
"""The statuses of a generator that went wrong."""
OF_STEP = (
    "loss", "value_of_step", "generator_loss", "balance", "cosine", "generator_gradient", "generator_gradient_weights",
)  # fmt: skip
"""What a training says of its last step."""
LOSSES = 3
"""How many of these are said of every step."""
OF_BATCH = (
    "loss", "batch_exact", "batch_exact_lower", "batch_exact_upper", "loss_ratio", "approximates", "batch_target",
    "target_ratio", "js_estimate", *OF_STEP[1:], "batch_seconds",
)  # fmt: skip
"""The columns of a step whose batches are measured."""


class GameRows:
    """The rows of one game, in the order of its steps; each holds what changes with the step alone.

    The batches of many steps are solved together, so a step's row is there some time after the step.

    Parameters
    ----------
    objective : Objective
        What the critic ascends on.

    Attributes
    ----------
    rows : list of dict
        So far.
    """

    def __init__(self, objective: Objective) -> None:
        from wcheck.estimators.batches import BatchDistances

        self.rows: list[Row] = []
        self._objective, self._distances = objective, BatchDistances()
        self._seconds, self._told = 0.0, 0

    @property
    def last_step(self) -> int:
        """The step of the last row; -1 before the first."""
        return cast("int", self.rows[-1]["step"]) if self.rows else -1

    @property
    def ended(self) -> bool:
        """Whether the game has diverged."""
        return bool(self.rows) and self.rows[-1]["status"] == DIVERGED

    @property
    def widest(self) -> float:
        """The largest spread at a look so far; 0 before the first."""
        return max((cast("float | None", row.get("spread")) or 0.0 for row in self.rows), default=0.0)

    def measure(self, training: GameTraining, *, whole: bool) -> None:
        """Take the batches of a training's last step, and what it says of the step: the losses, or all there is."""
        begin = time.perf_counter()
        last = cast("GameStep", training.last)
        names = OF_STEP if whole else OF_STEP[:LOSSES]
        at_hand = {}
        if training.critic is None and not whole:  # a loss in float64 is as dear as a step
            at_hand["loss"] = last.generator_loss  # the same in float32
        numbers = at_hand | {name: getattr(last, name) for name in names if name not in at_hand}
        self._distances.add(training.step, last.real, last.fake, **numbers, seconds=training.seconds)
        self._seconds += time.perf_counter() - begin

    def collect(self) -> None:
        """Make rows of all steps that were measured; after one that diverged there is none."""
        begin = time.perf_counter()
        solved = self._distances.take()
        self._seconds += time.perf_counter() - begin
        for found in solved:
            if self.ended:
                continue
            row: Row = {column: value for column, value in found.items() if value is not None}
            self.rows.append(row | of_batch(found, self._objective) | {"batch_seconds": self._seconds})

    def look(self, step: int, found: Row) -> None:
        """Add what was seen at a look; where the step was measured, to its row."""
        self.collect()
        if self.last_step < step:
            self.rows.append({"step": step, "status": "ok"})
        self.rows[-1] |= {column: plain(value) for column, value in found.items()}

    def due(self, shared: Row) -> Iterator[Row]:
        """Yield the rows that are new, each with what all rows of the game share."""
        new, self._told = self.rows[self._told :], len(self.rows)
        for row in new:
            yield shared | row

    def state(self) -> dict[str, Any]:
        """Return all that further rows depend on."""
        self.collect()
        return {"rows": json.dumps([self.rows]), "batch_seconds": self._seconds}

    def restore(self, state: Mapping[str, Any], columns: Collection[str]) -> None:
        """Go back to where :meth:`state` was called.

        Raises
        ------
        ValueError
            If it is something else.
        """
        self._seconds = float(state["batch_seconds"])
        (self.rows,) = kept_rows(state["rows"], 1, columns)


def check_collapse(share: float) -> None:
    """Refuse what is not a share of the spread of real points.

    Raises
    ------
    ParameterError
        If it is not from 0 to below 1.
    """
    if not 0 <= share < 1:
        raise ParameterError(f"collapse is {share}: give a share from 0 to below 1, such as 0.02.")


def of_spread(spread: float | None, widest: float, least: float) -> Row:
    """Say that a generator has collapsed: its spread is below the least, and was at least twice that before.

    Most networks begin with almost no spread, about 0.02, so one that never had more has not spread yet.

    Parameters
    ----------
    spread : float or None
        At this look; None where it is not known.
    widest : float
        The largest at looks before it; 0 before the first.
    least : float
        The share of the spread of real points that ``--collapse`` gives.
    """
    fallen = spread is not None and spread < least <= widest / 2
    return {"status": COLLAPSED} if fallen else {}


def of_batch(found: Mapping[str, Any], objective: Objective) -> Row:
    """Say what the loss at a step's batches is beside their exact distance; a number that is not finite ends the game.

    Parameters
    ----------
    found : mapping
        The ``loss``, and the bracket of ``batch_exact``, which is None where a batch is not finite.
    objective : Objective
        What the loss is of.
    """
    from wcheck.critics.classification import Minimax

    loss, exact = found["loss"], found["batch_exact"]
    if exact is None or loss is None or not math.isfinite(loss):
        return {
            **{column: None for column in OF_STEP if not _is_finite(found.get(column))},
            "status": DIVERGED,
        }
    row: Row = {"status": "ok", "approximates": objective.approximates or None}
    if objective.approximates == "w1":
        ratio = loss / exact if exact > 0 else None
        row |= {"batch_target": exact, "loss_ratio": ratio, "target_ratio": ratio}
    if isinstance(objective, Minimax):
        row["js_estimate"] = loss / 2 + math.log(2)
    return row


def _is_finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
