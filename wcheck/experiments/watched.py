"""The data with which a watch compares a training: real points in two halves, and the settings of every row."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wcheck import columns
from wcheck.errors import ParameterError, counted
from wcheck.experiments.data import described
from wcheck.experiments.game_looks import of_critic
from wcheck.experiments.game_rows import DIVERGED, check_collapse, of_batch, of_spread
from wcheck.experiments.parts import LOOKED_AT, drawn
from wcheck.experiments.scene import Scene
from wcheck.rows.table import Row, plain

if TYPE_CHECKING:
    from torch import Tensor

    from wcheck.critics.foreign import Network
    from wcheck.critics.objective import Objective
    from wcheck.measures.measure import Measure

GROUPS = ("game", "critic", "generator")
"""The groups of settings that rows may say of a game."""
OTHERS = ("seed", "steps")
"""The same, of settings without a group."""


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """What a training is compared with.

    Attributes
    ----------
    scene : Scene
        The reference and the real points, beside which generated ones are looked at.
    parts : mapping of str to Measure
        ``reference``, ``real`` and, if they are known, the training points ``train``.
    shared : mapping
        The columns that are the same in all rows.
    objective : Objective, optional
        What the loss is of, if the settings say it.
    collapse : float
        The spread below which a generator that was more widely spread before has collapsed.
    """

    scene: Scene
    parts: Mapping[str, Measure]
    shared: Row
    objective: Objective | None
    collapse: float

    @staticmethod
    def of(
        real: Any,
        train: Any,
        n: int | None,
        settings: Mapping[str, Any],
        *,
        collapse: float,
        feature_space: str | None,
        data_seed: int,
        device: str,
    ) -> Watched:
        """Read points, part them, and solve what is the same at all looks.

        Raises
        ------
        ParameterError, SourceError
            If points cannot be read or are too few, or a setting is not one.
        """
        from wcheck.device import check_device
        from wcheck.measures.embeddings.registry import embedding
        from wcheck.measures.scaling import scale_of

        check_device(device)
        check_collapse(collapse)
        objective = _objective(settings)
        whole = _read(real, "real")
        parts = dict(zip(("reference", "real"), _parted(whole, n, data_seed), strict=True))
        if train is not None:
            parts["train"] = _read(train, "train")
        names = {"real_points" if role == "real" else role: part.name for role, part in parts.items()}
        shared: Row = {
            "data": whole.name, **names, "n": len(parts["reference"]), "dim": whole.dim,
            "scale": scale_of(whole) or None, "dtype": str(whole.dtype), "collapse": collapse,
            "feature_space": feature_space,
            **{name: _as_row(value) for name, value in settings.items()},
        }  # fmt: skip
        scene = Scene.of(
            parts["reference"],
            parts["real"],
            parts.get("train"),
            embedding=None if feature_space is None else embedding(feature_space),
            device=device,
        )
        return Watched(scene, parts, shared, objective, collapse)

    def config(self) -> dict[str, object]:
        """Return what rows depend on, as a sidecar has it."""
        return {"measures": described(self.parts), "shared": self.shared}

    def batch(self, found: Mapping[str, Any]) -> Row:
        """Say what a step's loss is beside the exact distance of its batches, whose bracket is known or None.

        The share of the distance is told where the settings say that the loss is of an objective that approximates it.
        """
        row: Row = {column: value for column, value in found.items() if value is not None}
        if self.objective is not None and found.get("loss") is not None and "batch_exact" in found:
            return row | of_batch(found, self.objective)
        broken = [
            column for column, value in row.items() if isinstance(value, float) and not math.isfinite(value)
        ]
        unsolved = "batch_exact" in found and found["batch_exact"] is None
        return row | dict.fromkeys(broken) | {"status": DIVERGED if broken or unsolved else "ok"}

    def look(self, points: Tensor, widest: float) -> Row:
        """Say of n generated points how far and how like the data they are; not finite ones have diverged.

        Parameters
        ----------
        points : Tensor, shape (n, ...)
        widest : float
            The largest spread at looks before, without which a generator cannot have collapsed.

        Raises
        ------
        ParameterError
            If they are of another shape.
        """
        from wcheck.measures.measure import Measure

        like = self.parts["reference"]
        if not bool(points.isfinite().all()):
            return {"status": DIVERGED}
        flat = points.reshape(len(points), -1)
        shape = like.shape if points.ndim == 2 and flat.shape[1] == like.dim else None
        row = self.scene.judged(Measure.of(points, name="generated", shape=shape))
        spread: Any = row["spread"]
        return row | of_spread(spread, widest, self.collapse)

    def critic(self, network: Network | None, points: Tensor, grad_points: int) -> Row:
        """Say what a critic claims at the reference and at generated points, and how steep it is between them.

        Raises
        ------
        ParameterError
            If it does not map points to one value each.
        """
        from torch import nn

        from wcheck.critics.foreign import foreign
        from wcheck.learning.samplers import FrozenPoints
        from wcheck.measures.measure import Measure

        if network is None or not bool(points.isfinite().all()):
            return {}
        critic = foreign(network, tuple(points.shape[1:]), self.objective)
        device = str(critic.device if isinstance(network, nn.Module) else points.device)
        generated = FrozenPoints(Measure.of(points.flatten(1), name="generated"), device)
        reference = FrozenPoints(self.parts["reference"], device)
        return of_critic(critic, reference, generated, grad_points=grad_points, seed=0)


def add_look(row: Row, found: Row) -> None:
    """Add what a look found to the row of its step; one that has diverged stays so."""
    stays = {"status": DIVERGED} if row["status"] == DIVERGED else {}
    row |= {column: plain(value) for column, value in found.items()} | stays


def _read(points: Any, name: str) -> Measure:
    from wcheck.measures.measure import Measure
    from wcheck.measures.sources import load

    return load(points) if isinstance(points, str) else Measure.of(points, name=name)


def _parted(whole: Measure, n: int | None, seed: int) -> list[Measure]:
    """Return two disjoint parts of n points each."""
    from wcheck.rng import generator

    whole = whole.support()
    half = len(whole) // 2
    if half == 0:
        raise ParameterError(
            f"{whole.name} has 1 point, but a watch needs two sets of points: give 2 or more."
        )
    size = min(LOOKED_AT, half) if n is None else n
    if not (isinstance(size, numbers.Integral) and 1 <= size <= half):
        raise ParameterError(
            f"n is {size}, but {whole.name} has {counted(len(whole), 'point')}, which are split into two halves: "
            f"give n from 1 to {half}, or more real points."
        )
    order = generator(seed, "watch").permutation(len(whole))
    halves = {"reference": order[:half], "real": order[half : 2 * half]}
    return [
        drawn(whole, rows, size, seed, f"{whole.name}: {size} of {len(whole)} points, {role} by seed {seed}")
        for role, rows in halves.items()
    ]


def _objective(settings: Mapping[str, Any]) -> Objective | None:
    """Return what the loss is of, or None where the settings do not say it; refuse what is not a setting."""
    from wcheck.critics.objectives import objective_of

    known = (*columns.names(*GROUPS), *OTHERS)
    for name in settings:
        if name not in known:
            raise ParameterError(
                f"{name!r} is not a setting of a game: leave it out, or name one of {', '.join(known)}."
            )
    objective = settings.get("objective")
    return None if objective is None else objective_of(objective, settings)


def _as_row(value: object) -> object:
    return ",".join(f"{part:g}" for part in value) if isinstance(value, tuple | list) else value
