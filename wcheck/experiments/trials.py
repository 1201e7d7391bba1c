"""One method on a pair whose distance and optimal gradient are known."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from wcheck import columns
from wcheck.errors import ParameterError, SolverError
from wcheck.experiments.sampling import Variant
from wcheck.progress import TASK, Report
from wcheck.rows.table import Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wcheck.critics.critic import Critic
    from wcheck.estimators.critic import TrainedCritic
    from wcheck.estimators.estimate import Estimate, Estimator
    from wcheck.measures.known import Known
    from wcheck.measures.measure import Measure

FIRST = ("epsilon", "arch", "width", "layers", "norm", "penalty")
SETTINGS = (
    *FIRST,
    *(
        each.name
        for each in columns.settings("critic")
        if each.name not in ("objective", "lipschitz", *FIRST)
    ),
)
"""The columns of a critic's settings; the column ``method`` says its objective and constraint."""
STATIONS, POINTS = 5, 400
"""Gradients are compared at 5 shares of the way from x to y, both ends included, at 400 points each."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A task: one method on one pair.

    Attributes
    ----------
    dim, funnels, n, seed : int
        The pair, and the points of its samples.
    method : Variant or TrainedCritic
        An estimator, or a critic.
    """

    dim: int
    funnels: int
    n: int
    seed: int
    method: Variant | TrainedCritic


@dataclass(frozen=True, slots=True)
class Scene:
    """What all methods share: two samples, two more that no method sees, and where gradients are compared."""

    x: Measure
    y: Measure
    held_x: Measure
    held_y: Measure
    on_rays: Measure
    truth: Known
    gradient: NDArray[np.float64]

    @staticmethod
    def of(task: Trial, move: float) -> Scene:
        """Draw the samples of a pair whose target is moved by a share of the way."""
        import numpy as np

        from wcheck.measures.known import known
        from wcheck.measures.measure import Measure
        from wcheck.measures.sources import Preprocessing, load

        preprocessing = Preprocessing(data_seed=task.seed)

        def drawn(share: float, n: int, role: str) -> Measure:
            text = f"funnel:dim={task.dim},n={n},funnels={task.funnels},move={share:g},pair={task.seed}"
            return load(text, role=role, preprocessing=preprocessing)

        x, y = drawn(0.0, task.n, "source"), drawn(move, task.n, "target")
        truth = known(x.name, y.name)
        if truth is None:
            raise ParameterError(f"{x.name} and {y.name} are not a pair whose distance is known.")
        shares = [move * station / (STATIONS - 1) for station in range(STATIONS)]
        on_rays = np.concatenate([drawn(share, POINTS, "on rays").dense() for share in shares])
        gradient = truth.potential.gradient(Measure.of(on_rays))
        determined = np.linalg.norm(gradient, axis=1) > 0  # not at a centre itself
        return Scene(
            x,
            y,
            drawn(0.0, task.n, "held-out source"),
            drawn(move, task.n, "held-out target"),
            Measure.of(on_rays[determined]),
            truth,
            gradient[determined],
        )


def judged(method: Variant | TrainedCritic, scene: Scene, seed: int, report: Report) -> Row:
    """Return what a method says of the samples beside the truth, and of a critic also what it says of others."""
    from wcheck.estimators.critic import TrainedCritic
    from wcheck.estimators.registry import make

    if isinstance(method, TrainedCritic):
        estimator: Estimator = method
        row: Row = {"kind": "critic", "method": method.recipe.title}
        row |= {name: value for name, value in method.published().items() if name in (*SETTINGS, "steps")}
    else:
        options = dict(method.options)
        estimator = make(method.name, known=scene.truth, **options)
        row = {"kind": "estimator", "method": method.name, **options}
    row |= {"estimand": estimator.estimand}
    begun = time.perf_counter()
    try:
        found = estimator(scene.x, scene.y, seed=seed, report=_of_task(report))
    except SolverError:
        return row | {"status": "failed", "seconds": time.perf_counter() - begun}
    numbers: dict[str, float | None] = {
        "estimate": found.value,
        "standard_error": found.standard_error,
        "ratio": found.value / scene.truth.distance,
        "marginal_violation": found.about.get("marginal_violation"),
    }
    row |= {"seconds": time.perf_counter() - begun, "status": found.status}
    if found.potential is not None:
        gradient = found.potential.gradient(scene.on_rays)
        numbers |= _compared(gradient, scene.gradient)
        if isinstance(method, TrainedCritic):
            numbers |= _of_critic(found, gradient, scene)
            if not math.isfinite(numbers["grad_max"] or 0.0):
                row["status"] = "diverged"
    return row | {
        column: number if number is not None and math.isfinite(number) else None
        for column, number in numbers.items()
    }


def _of_task(report: Report) -> Report:
    """Return a report to which the steps of a critic are how much of the task is done."""
    return lambda label, *numbers: report(TASK if label == "train" else label, *numbers)


def _of_critic(found: Estimate, gradient: NDArray[np.float64], scene: Scene) -> dict[str, float | None]:
    """Return what is asked of critics alone: their claim at points that they have not seen, and their slope."""
    import numpy as np

    from wcheck.estimators.critic import claimed

    held_out = claimed(cast("Critic", found.potential), scene.held_x, scene.held_y)
    steepest = float(np.linalg.norm(gradient, axis=1).max())
    truth = scene.truth.distance
    return {
        "value_held_out": held_out.value,
        "held_out_error": held_out.standard_error,
        "held_out_ratio": held_out.value / truth,
        "grad_max": steepest,
        "normalised_ratio": found.value / steepest / truth if steepest > 0 else None,
    }


def _compared(found: NDArray[np.float64], true: NDArray[np.float64]) -> dict[str, float | None]:
    """Return the cosine and the squared distance of two vector fields, in L2 of where they are compared.

    ``E<grad f, grad u> / sqrt(E|grad f|^2 E|grad u|^2)`` and ``E|grad f - grad u|^2`` (Korotin et al. 2022, Section
    5). The first does not depend on the scale of f; where f is flat there is none.
    """
    import numpy as np

    inner = float(np.einsum("nd,nd->", found, true))
    lengths = math.sqrt(float(np.square(found).sum()) * float(np.square(true).sum()))
    return {
        "cosine": inner / lengths if lengths > 0 else None,
        "gradient_l2": float(np.square(found - true).sum(axis=1).mean()),
    }
