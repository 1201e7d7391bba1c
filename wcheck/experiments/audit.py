"""A saved critic on any two measures: what ``wcheck audit`` runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from wcheck.device import check_device
from wcheck.errors import ParameterError
from wcheck.experiments.data import OnPair, Pair
from wcheck.experiments.held_out import HeldOut
from wcheck.experiments.judged import JUDGED, judged
from wcheck.experiments.stage import Stage
from wcheck.experiments.telling import audit as telling
from wcheck.progress import Report
from wcheck.rows.scratch import Place
from wcheck.rows.table import Row

if TYPE_CHECKING:
    from torch import Tensor

    from wcheck.critics.audit import Audit
    from wcheck.critics.critic import Critic
    from wcheck.measures.measure import Measure


@dataclass(frozen=True)
class SavedCritic(OnPair[int]):
    """A critic that ``wcheck oracle --save`` wrote, looked at on two measures; then layer by layer.

    Attributes
    ----------
    data : Pair
        The measures where it should be high and low.
    critic : Path
        The folder.
    grad_points : int
        How many points the largest gradient norm is taken over.
    seed : int
        The seed of these points.
    arch : str, optional
        ``module:factory`` that made the critic, if it is the user's own: it is not called unless it is named here.
    device : str
        Where everything lives.

    Raises
    ------
    ParameterError
        If a value is not allowed.
    """

    data: Pair
    critic: Path
    grad_points: int = 10_000
    seed: int = 0
    arch: str | None = None
    device: str = "cpu"

    name: ClassVar[str] = "audit"
    columns: ClassVar[tuple[str, ...]] = (
        "critic", "arch", "objective", "lipschitz", "step", "source", "target", "n", "m", "dim", "scale",
        "target_scale", "image_size", "embed", "dtype", "seed", "layer", "layer_kind", "layer_weight", "layer_grad",
        *JUDGED, "status",
    )  # fmt: skip
    told = staticmethod(telling.told)

    def __post_init__(self) -> None:
        """Refuse what cannot be run before any data is read."""
        if self.grad_points < 1:
            raise ParameterError(f"grad_points is {self.grad_points}: give an integer of at least 1.")
        if self.seed < 0:
            raise ParameterError(f"seed is {self.seed}: give an integer of at least 0.")
        check_device(self.device)

    def config(self, report: Report) -> dict[str, object]:
        """Return all options, and the content hashes of the critic and of both measures."""
        from wcheck.critics.saved import CRITICS

        return super().config(report) | {"critic_sha256": CRITICS.fingerprint(self.critic)}

    def tasks(self) -> Sequence[int]:
        """Return the one task."""
        return [0]

    def run(self, task: int, report: Report, place: Place | None = None) -> Iterator[Row]:
        """Yield a row of the whole critic, and one of each layer with weights, which says what concerns it.

        Raises
        ------
        SourceError
            If the folder holds no critic that can be read.
        ParameterError
            If the critic is one of points of another shape.
        """
        from wcheck.critics.audit import audit
        from wcheck.critics.saved import CRITICS, load

        critic = load(self.critic, self.device, self.arch, self.data.preprocessing.folder)
        pair = self.read(report)
        for measure in pair:
            _check_shape(critic, measure)
        stage = Stage.of(self.data, *pair, HeldOut(None), (), self.device, report)
        row: Row = {
            "critic": str(self.critic),
            "arch": critic.recipe.arch,
            "objective": critic.recipe.objective.name,
            "lipschitz": critic.recipe.constraint.name,
            "step": CRITICS.describe(self.critic).get("step"),
            **stage.about,
            "seed": self.seed,
        }
        found = audit(critic, stage.x, stage.y, stage.pairs, grad_points=self.grad_points, seed=self.seed)
        yield row | judged(found, stage.exact, stage.pairs.lower_constant, self.grad_points)
        if not found.diverged:
            for layer in _layers(critic, found):
                yield row | layer

    def trained_on(self) -> Row:
        """Return the scale and image size of the points that the critic was trained on."""
        from wcheck.critics.saved import CRITICS

        about = CRITICS.describe(self.critic)
        return {name: about.get(name) for name in ("scale", "image_size")}

    def load(self, report: Report) -> tuple[Measure, Measure]:
        """Read both measures, with their coordinates in the critic's order."""
        from wcheck.critics.saved import in_order

        x, y = super().load(report)
        return in_order(self.critic, x), in_order(self.critic, y)


def _check_shape(critic: Critic, measure: Measure) -> None:
    if tuple(measure.shape) != tuple(critic.shape):
        wanted, given = ("x".join(map(str, shape)) for shape in (critic.shape, measure.shape))
        raise ParameterError(
            f"the critic was trained on points of shape {wanted}, and those of {measure.name} have shape {given}: "
            "give points of that shape, or bring images to it with --image-size."
        )


def _layers(critic: Critic, found: Audit) -> Iterator[Row]:
    from wcheck.critics.gradients import layers
    from wcheck.critics.residuals import clip_share

    constraint, norms = critic.recipe.constraint, found.bound.layers if found.bound else {}
    for name, layer in layers(critic.network):
        yield {
            "layer": name,
            "layer_kind": _kind(layer),
            "layer_weight": "x".join(map(str, cast("Tensor", layer.weight).shape)),
            "layer_grad": (found.layer_gradients or {}).get(name),
            "lipschitz_upper": norms.get(name),
            "orthonormality": (found.orthonormality or {}).get(name),
            "clip_share": clip_share(layer, constraint),
            "status": "ok",
        }


def _kind(layer: object) -> str:
    """Return the name of a layer's class, without what its parametrisation puts before it."""
    return type(layer).__name__.removeprefix("Parametrized")
