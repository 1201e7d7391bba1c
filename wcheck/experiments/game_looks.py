"""An evaluation of a game: the generator's points, the critic on held-out points, and the last batch."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from wcheck.rows.table import Row

if TYPE_CHECKING:
    from torch import Tensor

    from wcheck.critics.critic import Critic
    from wcheck.critics.objective import Objective
    from wcheck.learning.samplers import FrozenPoints

OF_CRITIC = ("value", "grad_points", "grad_max", "normalised", "js_held_out", "clip_share")
"""The columns of :func:`of_critic`."""
SCALING = 0.99
"""The annealing of the entropic cost that a loss is compared with: as exact as takes a moment for a batch."""


def of_critic(
    critic: Critic, reference: FrozenPoints, points: FrozenPoints, *, grad_points: int, seed: int
) -> Row:
    """Say what a critic claims at points that it was not trained on.

    ``value`` is its mean at the reference less that at generated points, ``grad_max`` its largest gradient norm on
    lines between them. For the discriminator of a GAN, ``js_held_out`` is ``(mean log s(D(x)) + mean log(1 -
    s(D(y)))) / 2 + log 2`` of the same points.

    Parameters
    ----------
    critic : Critic
        Which returns a value for each point.
    reference, points : FrozenPoints
        Real points that no player saw, and generated ones.
    grad_points : int
        How many points the gradient is taken at.
    seed : int
        The seed of these points.
    """
    from torch.nn.functional import logsigmoid

    from wcheck.critics.classification import Minimax
    from wcheck.critics.gradients import gradient_norms
    from wcheck.critics.residuals import clip_share

    at_real, at_fake = (critic.values(points).double() for points in (reference.points, points.points))
    row: Row = {"value": _finite(at_real.mean() - at_fake.mean()), "grad_points": grad_points}
    row["clip_share"] = clip_share(critic.network, critic.recipe.constraint)
    if isinstance(critic.recipe.objective, Minimax):
        likelihood = logsigmoid(at_real).mean() + logsigmoid(-at_fake).mean()
        row["js_held_out"] = _finite(likelihood / 2 + math.log(2))
    if row["value"] is not None and critic.has_gradient(points.points[:1]):
        norms = gradient_norms(critic, reference, points, count=grad_points, seed=seed)
        steepest = norms.line_max if math.isfinite(norms.line_max) else None
        row["grad_max"] = steepest
        row["normalised"] = float(row["value"]) / steepest if steepest else None  # type: ignore[arg-type]
    return row


def of_target(objective: Objective, row: Row, real: Tensor, fake: Tensor) -> Row:
    """Say what an objective that is entropic approximates at two batches, and the loss as a share of it."""
    if objective.approximates not in ("ot-eps", "sinkhorn-divergence"):
        return {}
    from wcheck.measures.measure import Measure
    from wcheck.transport.entropic.sinkhorn import sinkhorn

    x, y = (Measure.of(batch.detach().cpu().numpy()) for batch in (real, fake))
    found = sinkhorn(x, y, objective.epsilon, scaling=SCALING)  # type: ignore[attr-defined]
    target = found.regularised_cost if objective.approximates == "ot-eps" else found.divergence
    loss: Any = row["loss"]
    return {"batch_target": target, "target_ratio": loss / target if target > 0 else None}


def _finite(number: Tensor) -> float | None:
    return float(number) if bool(number.isfinite()) else None
