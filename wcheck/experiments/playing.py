"""A game in training: its steps, the evaluations between them, and the state from which it can be resumed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from wcheck.errors import DivergedError
from wcheck.experiments.game_looks import of_critic, of_target
from wcheck.experiments.game_rows import DIVERGED, GameRows, of_spread
from wcheck.experiments.sweep import Progress
from wcheck.progress import Report
from wcheck.rows.table import Row

if TYPE_CHECKING:
    from wcheck.experiments.gan import Gan, Match
    from wcheck.experiments.scene import Stage
    from wcheck.generators.steps import GameStep
    from wcheck.generators.training import GameTraining
    from wcheck.measures.measure import Measure
    from wcheck.rows.scratch import Place


@dataclass(frozen=True, slots=True)
class Play:
    """A game on its way.

    Attributes
    ----------
    options : Gan
        How it is looked at, and what is kept of it.
    match : Match
        The game.
    stage : Stage
        What all games of the run share.
    """

    options: Gan
    match: Match
    stage: Stage

    def rows(self, report: Report, place: Place | None) -> Iterator[Row]:
        """Yield the rows as they come; see :meth:`wcheck.experiments.gan.Gan.run`."""
        from wcheck.generators.training import GameTraining
        from wcheck.rows.checkpoint import Checkpoint

        game, options = self.match.game, self.options
        training = GameTraining(
            game, self.stage.train, compile=options.compile, modules=options.data.preprocessing.folder
        )
        rows = GameRows(game.objective)
        shared: Row = {
            **self.stage.about, **game.settings(), "steps": self.match.steps, "collapse": options.collapse,
            "batch_exact_every": options.batch_exact_every, "centroids": options.centroids,
            "feature_space": options.feature_space, "patches": options.patches,
        }  # fmt: skip

        def go_on(kept: Mapping[str, Any]) -> None:
            training.restore(kept["training"])
            rows.restore(kept, options.columns)

        checkpoint = Checkpoint(place)
        checkpoint.restore(go_on)
        yield from rows.due(shared)
        progress = Progress(self.match.steps, report)

        def keep() -> None:
            checkpoint.keep(lambda: {"training": training.state(), **rows.state()})

        def tick() -> None:
            progress(training.step)
            keep()

        for step, is_look in self._stops():
            if step <= rows.last_step or rows.ended:
                continue
            training.advance(step, tick)
            progress(step)
            if step:
                rows.measure(training, whole=is_look)
            if is_look:
                self._look(training, rows)
                yield from rows.due(shared)
                keep()

    def _stops(self) -> Iterator[tuple[int, bool]]:
        """Yield the steps after which something is measured, and whether that is a look."""
        from wcheck.learning.loop import looks

        steps, often = self.match.steps, self.options.batch_exact_every
        seen = set(looks(steps, self.options.every or max(1, steps // 10)))
        measured = range(often, steps, often) if often else ()
        for step in sorted(seen.union(measured)):
            yield step, step in seen

    def _look(self, training: GameTraining, rows: GameRows) -> None:
        """Look at the players, and add what is seen to the rows; a game that diverged has ended already, or ends."""
        step, options = training.step, self.options
        rows.collect()
        if rows.ended:
            return
        found: Row = {"seconds": training.seconds}
        try:
            points = training.generator.sample(len(self.stage.scene.reference), self.match.game.seed, "look")
        except DivergedError:
            rows.look(step, found | {"status": DIVERGED})
            return
        found |= self.stage.scene.judged(points) | self._of_players(training, rows, points)
        found |= of_spread(cast("float | None", found["spread"]), rows.widest, options.collapse)
        name = f"{self.match.number:03d}-{step:06d}"
        if options.save is not None:
            found["saved"] = self._save(training, options.save / name)
        if self.stage.sheets is not None:
            self.stage.sheets.save(points, name)
        rows.look(step, found)

    def _of_players(self, training: GameTraining, rows: GameRows, points: Measure) -> Row:
        """Say what the critic claims at points that no player saw, and what the last batch's loss approximates."""
        from wcheck.critics.objective import Needs
        from wcheck.learning.samplers import FrozenPoints

        game, found = self.match.game, Row()
        if training.step:
            last = cast("GameStep", training.last)
            found |= of_target(game.objective, rows.rows[-1], last.real, last.fake)
        if training.critic is not None and game.objective.needs is not Needs.FEATURES:
            seen = FrozenPoints(points, self.options.device)
            found |= of_critic(
                training.critic,
                self.stage.reference,
                seen,
                grad_points=self.options.grad_points,
                seed=game.seed,
            )
        return found

    def _save(self, training: GameTraining, folder: Path) -> str:
        """Save the generator, and return the text that the source generator takes."""
        home = self.options.data.preprocessing.folder
        about = {**self.stage.about, "step": training.step, "game": self.match.game.settings()}
        training.generator.save(home / folder, about)
        name = self.match.game.generator.generator
        return f"{folder},factory={name}" if self.match.game.generator.is_code else str(folder)
