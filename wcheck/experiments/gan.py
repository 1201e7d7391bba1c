"""Generators in training, their loss beside the exact distance: what ``wcheck gan`` runs."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from wcheck import columns
from wcheck.device import check_device
from wcheck.errors import OutputError, ParameterError, there_are
from wcheck.experiments.base import Presets
from wcheck.experiments.data import OnData
from wcheck.experiments.game_looks import OF_CRITIC
from wcheck.experiments.game_rows import OF_BATCH, check_collapse
from wcheck.experiments.gan_presets import PRESETS
from wcheck.experiments.named_games import NAMED, pairs
from wcheck.experiments.parts import Cut, Parts
from wcheck.experiments.ranges import samples
from wcheck.experiments.scene import JUDGED, Scene, Stage
from wcheck.experiments.settings import Grid, Swept
from wcheck.experiments.sheets import Sheets, check_drawable
from wcheck.experiments.telling import gan as telling
from wcheck.experiments.usual import Usual, fitted
from wcheck.parallel import on_threads
from wcheck.progress import Report, remark
from wcheck.rows.replace import check_place
from wcheck.rows.table import Row

if TYPE_CHECKING:
    from wcheck.generators.game import Game
    from wcheck.measures.embeddings.embedding import Embedding
    from wcheck.rows.scratch import Place


FIRST = ("loss_ratio", "excess", "spread")
"""What a narrow terminal shows of a look."""


@dataclass(frozen=True, slots=True)
class Match:
    """A task: a game that is played.

    Attributes
    ----------
    number : int
        Its number among all.
    game : Game
        What is played.
    steps : int
        The generator's steps.
    """

    number: int
    game: Game
    steps: int


@dataclass(frozen=True)
class Gan(OnData[Match, Cut], Swept[Match]):
    """A generator in training: is its loss the distance, and is the nearest generator the best.

    Options in tuples, and the settings of critics, generators and games, are multiplied out; one that a game does not
    read is blank and multiplies nothing; :meth:`of` refuses one that no game reads. A
    :class:`wcheck.experiments.ranges.Range`, alone in its tuple, is drawn from.

    Attributes
    ----------
    data : Parts
        The data, in three disjoint parts.
    settings : mapping
        Those of games; see :meth:`wcheck.generators.game.Game.of`.
    game : tuple of str
        Names in :data:`wcheck.columns.choices.GAMES`, or ``all``, in the place of the settings ``objective`` and
        ``lipschitz``, which are multiplied out.
    seed : tuple of int
        The seeds of games: of weights, batches and latents.
    steps : tuple of int
        The generator's steps.
    samples : int, optional
        How many times numbers are drawn from the ranges, by the first seed; all else is multiplied out for each.
    every : int, optional
        Steps between two looks at a generator; a tenth of the steps by default. It is also looked at before the first
        step and after the last.
    batch_exact_every : int, optional
        Steps between two rows with the exact distance of the step's batches, besides those at looks.
    grad_points : int
        The number of points over which the largest gradient norm of a critic is taken.
    collapse : float
        The spread below which a generator that was more widely spread before has collapsed.
    centroids : str, optional
        A source of centroids, or how many k-medians of the training points are found.
    feature_space : str, optional
        The embedding in whose vectors energy distances are measured; the points' own coordinates if left out.
    patches : int, optional
        The pixels a side of patches of images, whose exact distance is solved at looks too.
    device : str
        Where everything lives.
    compile : bool
        Whether to compile the losses, which takes up to a minute, before the first step.
    save : Path, optional
        A folder for the generators: a folder in it for each game and look.
    grid : Path, optional
        A folder for sheets of samples.

    Raises
    ------
    ParameterError
        If a value is not allowed.
    OutputError
        If a folder cannot be made.
    """

    data: Parts = field(default_factory=Parts)
    steps: tuple[int, ...] = (2000,)
    game: tuple[str, ...] = ()
    seed: tuple[int, ...] = (0,)
    samples: int | None = None
    every: int | None = None
    batch_exact_every: int | None = None
    grad_points: int = 10_000
    collapse: float = 0.02
    centroids: str | None = None
    feature_space: str | None = None
    patches: int | None = None
    device: str = "cpu"
    compile: bool = False
    save: Path | None = None
    grid: Path | None = None

    kind: ClassVar[type[Parts]] = Parts
    name: ClassVar[str] = "gan"
    groups: ClassVar[tuple[str, ...]] = ("critic", "generator", "game")
    selective: ClassVar[tuple[str, ...]] = ("grad_points",)
    published: ClassVar[Grid] = {"objective": ("wasserstein", "c-transform")}
    columns: ClassVar[tuple[str, ...]] = (
        "data", "train", "reference", "real_points", "n", "dim", "scale", "image_size", "embed", "dtype",
        *columns.names("critic", "generator", "game"), "collapse", "batch_exact_every", "centroids",
        "feature_space", "patches", "seed", "steps", "step",
        *dict.fromkeys((*FIRST, *OF_BATCH, *JUDGED, *OF_CRITIC)), "saved", "seconds", "status",
    )  # fmt: skip
    neutral: ClassVar[frozenset[str]] = OnData.neutral | {"grid"}
    presets: ClassVar[Presets] = PRESETS
    resumes: ClassVar[bool] = True
    told = staticmethod(telling.told)

    def __post_init__(self) -> None:
        """Refuse what cannot be run before any data is read."""
        positive = {
            "steps": min(self.steps),
            "every": self.every,
            "batch_exact_every": self.batch_exact_every,
            "grad_points": self.grad_points,
        }
        for option, value in positive.items():
            if value is not None and value < 1:
                raise ParameterError(f"{option} is {value}: give an integer of at least 1.")
        check_collapse(self.collapse)
        pairs(self.game, self.settings)
        self.tasks()
        check_device(self.device)
        if self.device == "cpu" and (amp := self.settings.get("amp")):
            from wcheck.learning.acceleration import check_amp

            check_amp(amp[0], self.device)
        for option, folder in (("save", self.save), ("grid", self.grid)):
            if folder is not None:
                try:
                    check_place(folder)
                except OSError as error:
                    raise OutputError(
                        f"cannot make the folder {folder}: {error.strerror or error}; give another --{option}."
                    ) from error

    def prepared(self, report: Report) -> Gan:
        """Return the same for other processes, once the exact distance of real points is solved and kept on disk."""
        from wcheck.experiments.reference import reference

        parts = self.read(report)
        reference(parts.real, parts.reference, device=self.device, report=report)
        return replace(super().prepared(report), grid=self.grid and self.grid.absolute())

    def tasks(self) -> Sequence[Match]:
        """Return the product of the options, each game once."""
        options = {**self.multiplied(), "steps": self.steps, "seed": self.seed}
        matches = dict.fromkeys(
            _match(dict(zip(sample, values, strict=True)) | pair)
            for sample in samples(options, self.samples, self.seed[0])
            for pair in pairs(self.game, self.settings)
            for values in itertools.product(*sample.values())
        )
        return [Match(number, game, steps) for number, (game, steps) in enumerate(matches)]

    def multiplied(self, *, early: Collection[str] = ()) -> dict[str, tuple[Any, ...]]:
        """Return the settings in the order of the product; of named games all but those that the names stand for."""
        found = super().multiplied(early=early)
        return {name: values for name, values in found.items() if not (self.game and name in NAMED)}

    def chosen(self, task: Match) -> Row:
        """Return the settings of a game."""
        of_critic = {"grad_points": self.grad_points} if task.game.critic is not None else {}
        return {**task.game.settings(), **of_critic, "steps": task.steps}

    def sizes(self, read: Callable[[], Cut]) -> Mapping[str, Any]:
        """Return batches of all points to train on, where nobody chose their size and these are fewer."""
        if self.settings.get("batch_size"):
            return {}
        train = read().train
        size = fitted("batch_size", Usual((64,)), len(train), train.name, len(train))
        return {"settings": {**self.settings, **size}} if size else {}

    def load(self, report: Report) -> Cut:
        """Read the parts, and refuse games that cannot be played with them."""
        from wcheck.generators.playable import check
        from wcheck.measures.scaling import scale_of

        parts = super().load(report)
        if self.grid is not None:
            check_drawable(parts.train)
        if self.patches is not None:
            from wcheck.measures import patches

            patches.check(parts.reference, self.patches)
        if (embedding := self._embedding()) is not None:
            like = parts.reference
            embedding(like.block(slice(0, 1)), like.shape, scale_of(like))
        for game in dict.fromkeys(task.game for task in self.tasks()):
            check(game, parts.train, self.data.preprocessing.folder)
        steps = max(self.steps)
        if self.every is not None and self.every > steps:
            remark(
                f"--every is {self.every}, but {there_are(steps, 'step')}: evaluations are only before the first and "
                "after the last step."
            )
        if self.batch_exact_every is not None and self.batch_exact_every > steps:
            remark(
                f"--batch-exact-every is {self.batch_exact_every}, but {there_are(steps, 'step')}: only "
                "evaluations have batch_exact."
            )
        return parts

    def run(self, task: Match, report: Report, place: Place | None = None) -> Iterator[Row]:
        """Play a game and yield the rows of its steps and looks; one that diverged ends with that row."""
        from wcheck.experiments.playing import Play
        from wcheck.generators.playable import is_small

        parts, folder = self.read(report), self.data.preprocessing.folder
        alone = self.device == "cpu" and is_small(task.game, parts.train, folder)
        with on_threads(1) if alone else nullcontext():
            yield from Play(self, task, self.stage(report)).rows(report, place)

    def stage(self, report: Report) -> Stage:
        """Return what all games are looked at on, made the first time."""
        return self.kept.once("stage", lambda: self._set(report))

    def _set(self, report: Report) -> Stage:
        from wcheck.experiments.centroids import centroids
        from wcheck.learning.samplers import FrozenPoints
        from wcheck.transport.solve.batch import exact_batch

        parts, preprocessing = self.read(report), self.data.preprocessing
        given = None
        if self.centroids is not None:
            given = centroids(self.centroids, parts.train, preprocessing, report)
        scene = Scene.of(
            parts.reference,
            parts.real,
            parts.train,
            centroids=None if given is None else given.dense(),
            mixture=self.data.mixture(),
            embedding=self._embedding(),
            patches=self.patches,
            device=self.device,
            report=report,
        )
        seed = preprocessing.data_seed
        sheets = None if self.grid is None else Sheets.of(self.grid, parts, given, seed, report)
        train, reference = (FrozenPoints(points, self.device) for points in (parts.train, parts.reference))
        first = reference.points[None, :1].cpu().numpy()
        exact_batch(first, first)  # compiled here, where no step's time is taken
        return Stage(scene, sheets, train, reference, self.about(report))

    def _embedding(self) -> Embedding | None:
        """Return what maps points to the feature space, if one was named."""
        from wcheck.measures.embeddings.registry import embedding

        if self.feature_space is None:
            return None
        named = self.feature_space, self.data.preprocessing.folder
        return self.kept.once("feature space", lambda: embedding(*named))


def _match(options: dict[str, Any]) -> tuple[Game, int]:
    from wcheck.generators.game import Game

    steps = options.pop("steps")
    return Game.of(**options), steps
