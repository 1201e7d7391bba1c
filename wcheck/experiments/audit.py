"""A critic from files on any two measures: what ``wcheck audit`` runs."""

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
    """A critic that ``wcheck oracle --save`` wrote, or the user's own, on two measures; then layer by layer.

    Attributes
    ----------
    data : Pair
        The measures where it should be high and low.
    critic : str or Path
        The folder; with ``state`` ``module:factory``, the user's function that makes the network.
    state : str, optional
        The file of the weights of the user's own network: ``FILE`` or ``FILE:KEY``, see
        :func:`wcheck.measures.tensors.read_state`.
    grad_points : int
        How many points the largest gradient norm is taken over.
    seed : int
        The seed of these points.
    arch : str, optional
        ``module:factory`` that made a saved critic, if it was not wcheck: it is not called unless it is named here.
    device : str
        Where everything lives.

    Raises
    ------
    ParameterError
        If a value is not allowed.
    """

    data: Pair
    critic: str | Path
    state: str | None = None
    grad_points: int = 10_000
    seed: int = 0
    arch: str | None = None
    device: str = "cpu"

    name: ClassVar[str] = "audit"
    columns: ClassVar[tuple[str, ...]] = (
        "critic", "state", "arch", "objective", "lipschitz", "step", "source", "target", "n", "m", "dim", "scale",
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
        self._check_critic()

    def _check_critic(self) -> None:
        """Refuse a function without weights, and weights without a function."""
        named, folder = str(self.critic), Path(self.critic).exists()
        if self.state is None and ":" in named and not folder:
            raise ParameterError(
                f"--critic {named} makes a network, but its weights are not given: name their file with --state."
            )
        if self.state is not None and (folder or ":" not in named):
            raise ParameterError(
                f"--state {self.state} holds the weights of a network that your own function makes: name the function "
                "with --critic module:factory."
            )
        if self.state is not None and self.arch is not None:
            raise ParameterError(f"--arch {self.arch} is for a saved critic: leave it out.")

    def config(self, report: Report) -> dict[str, object]:
        """Return all options, and the content hashes of the critic and of both measures."""
        from wcheck.critics import own
        from wcheck.critics.saved import CRITICS

        found = own.fingerprint(self.state) if self.state else CRITICS.fingerprint(Path(self.critic))
        return super().config(report) | {"critic_sha256": found}

    def tasks(self) -> Sequence[int]:
        """Return the one task."""
        return [0]

    def run(self, task: int, report: Report, place: Place | None = None) -> Iterator[Row]:
        """Yield a row of the whole critic, and one of each layer with weights, which says what concerns it.

        Raises
        ------
        SourceError
            If the folder holds no critic that can be read; if the user's function or its weights are not as described.
        ParameterError
            If the critic is one of points of another shape.
        """
        from wcheck.critics.audit import audit

        pair = self.read(report)
        critic = self._critic(pair[0])
        for measure in pair:
            _check_shape(critic, measure)
        stage = Stage.of(self.data, *pair, HeldOut(None), (), self.device, report)
        row: Row = {
            "critic": str(self.critic),
            "state": self.state,
            **self._trained(critic),
            **stage.about,
            "seed": self.seed,
        }
        found = audit(critic, stage.x, stage.y, stage.pairs, grad_points=self.grad_points, seed=self.seed)
        yield row | judged(found, stage.exact, stage.pairs.lower_constant, self.grad_points)
        if not found.diverged:
            for layer in _layers(critic, found):
                yield row | layer

    def _critic(self, points: Measure) -> Critic:
        """Return the critic, for points of a shape."""
        from wcheck.critics.own import load_own
        from wcheck.critics.saved import load

        modules = self.data.preprocessing.folder
        if self.state is not None:
            return load_own(str(self.critic), self.state, points.shape, self.device, modules)
        return load(Path(self.critic), self.device, self.arch, modules)

    def _trained(self, critic: Critic) -> Row:
        """Return what is known of the training of a critic; nothing of the user's own."""
        from wcheck.critics.saved import CRITICS

        if self.state is not None:
            return {}
        return {
            "arch": critic.recipe.arch,
            "objective": critic.recipe.objective.name,
            "lipschitz": critic.recipe.constraint.name,
            "step": CRITICS.describe(Path(self.critic)).get("step"),
        }

    def trained_on(self) -> Row:
        """Return the scale and image size of the points that the critic was trained on, where that is known."""
        from wcheck.critics.saved import CRITICS

        about = {} if self.state is not None else CRITICS.describe(Path(self.critic))
        return {name: about.get(name) for name in ("scale", "image_size")}

    def load(self, report: Report) -> tuple[Measure, Measure]:
        """Read both measures, with their coordinates in the critic's order."""
        from wcheck.critics.saved import in_order

        x, y = super().load(report)
        if self.state is not None:
            return x, y
        return in_order(Path(self.critic), x), in_order(Path(self.critic), y)


def _check_shape(critic: Critic, measure: Measure) -> None:
    if tuple(measure.shape) != tuple(critic.shape):
        wanted, given = ("x".join(map(str, shape)) for shape in (critic.shape, measure.shape))
        raise ParameterError(
            f"the critic was trained on points of shape {wanted}, but those of {measure.name} have shape {given}: "
            f"give points of the shape {wanted}, or resize images with --image-size."
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
