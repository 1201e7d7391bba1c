"""What all critics of a run share: the frozen sets and all that depends on them alone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from wcheck.errors import counted
from wcheck.experiments.base import Kept
from wcheck.experiments.data import Pair
from wcheck.experiments.held_out import HeldOut
from wcheck.experiments.judged import judged
from wcheck.experiments.protocols import FreshBatches, Protocol
from wcheck.progress import Report
from wcheck.rows.table import Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wcheck.critics.critic import Critic
    from wcheck.learning.samplers import FrozenPoints
    from wcheck.measures.measure import Measure
    from wcheck.transport.bounds.certificate import Bracket
    from wcheck.transport.bounds.potentials import AllPairs


@dataclass(frozen=True, slots=True)
class Stage:
    """Two frozen sets, where critics are trained and looked at.

    Attributes
    ----------
    x, y : FrozenPoints
        The sets.
    pairs : AllPairs
        Their distances.
    exact : Bracket
        The bracket of their W1.
    about : dict
        What every row says of them.
    held_out : HeldOut
        Points that critics are not trained on.
    columns : tuple of str, optional
        The names of the coordinates, where they have any.
    kept : Kept
        The fresh batches that critics of one size and seed share.
    """

    x: FrozenPoints
    y: FrozenPoints
    pairs: AllPairs
    exact: Bracket
    about: Row
    held_out: HeldOut
    columns: tuple[str, ...] | None = None
    kept: Kept = field(default_factory=Kept)

    @staticmethod
    def of(
        data: Pair,
        x: Measure,
        y: Measure,
        held_out: HeldOut,
        archs: Sequence[str],
        device: str,
        report: Report,
    ) -> Stage:
        """Set a stage.

        Raises
        ------
        ParameterError
            If one of the architectures has no form for such points.
        WcheckError
            As :func:`wcheck.exact`.
        """
        from wcheck.critics.networks import check
        from wcheck.experiments.reference import reference
        from wcheck.learning.samplers import FrozenPoints
        from wcheck.transport.bounds.potentials import AllPairs

        for arch in archs:
            check(arch, x.shape, data.preprocessing.folder)
        about = {name: value for name, value in data.about((x, y)).items() if name != "data"}
        exact = reference(x, y, device=device, report=report)
        # converted once: training, distances and direct measurements read the same floats
        x, y = (replace(measure, points=measure.dense()) for measure in (x, y))
        frozen_x, frozen_y = (FrozenPoints(measure, device) for measure in (x, y))
        pairs = AllPairs(x, y, device, report=report)
        return Stage(frozen_x, frozen_y, pairs, exact, about, held_out, x.columns)

    def judge(self, critic: Critic, protocol: Protocol, fresh_batches: int, grad_points: int) -> Row:
        """Look at a critic and say what it is worth beside what the protocol holds it against."""
        from wcheck.critics.audit import audit
        from wcheck.critics.in_training import batch_dependence, generator_gradient

        seed = critic.recipe.seed
        found = audit(critic, self.x, self.y, self.pairs, grad_points=grad_points, seed=seed)
        exact, row = self.exact, Row(estimand=protocol.estimand)
        constant: float | None = self.pairs.lower_constant
        if protocol.fresh:
            batches = self._batches(fresh_batches, critic.recipe.batch_size or 0, seed)
            found, exact, errors = batches.judge(critic, found, self.x, self.y, self.pairs)
            row |= errors
            constant = None
        if not found.diverged:
            row |= {
                "generator_gradient": generator_gradient(critic, self.x, self.y, seed=seed),
                "batch_dependence": batch_dependence(critic, self.x, self.y, seed=seed),
            }
        return row | judged(found, exact, constant, grad_points) | self.held_out.judged(critic, found)

    def _batches(self, count: int, size: int, seed: int) -> FreshBatches:
        name = f"{counted(count, 'batch', 'batches')} of {size} by {seed}"
        return self.kept.once(name, lambda: FreshBatches(self.x, self.y, count, size, seed))
