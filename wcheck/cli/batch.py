"""``wcheck batch``: what mini-batches say of the distance between two sets."""

from __future__ import annotations

from typing import Annotated

from wcheck.cli import options, output
from wcheck.cli.groups import grouped
from wcheck.cli.points import Points
from wcheck.cli.settings import Settings, setting, settings
from wcheck.experiments.batch import BatchEstimates


@grouped(but=("batches",))
def batch(
    pair: options.Pair,
    *,
    reps: Annotated[int, setting("reps")] = BatchEstimates.reps,
    estimator: Annotated[list[str] | None, setting("estimator", BatchEstimates.estimator)] = None,
    metric: Annotated[list[str] | None, setting("metric", BatchEstimates.metric)] = None,
    chosen: Annotated[Settings, settings("estimator")],
    points: Points,
    seed: options.Seed = BatchEstimates.seed,
    device: options.Device = BatchEstimates.device,
    workers: options.Workers,
    into: options.Output,
) -> None:
    """Estimate the distance between two sets by mini-batches.

    The estimates are compared with the exact distance between the whole sets. Other metrics than the Euclidean one
    (--metric) work only with the estimator exact.

    Example: wcheck batch --data digits --batch-size 16 --batch-size 64 --reps 20 --estimator exact --estimator sliced
    """
    others = options.given(reps=reps, estimator=estimator, metric=metric, seed=seed, device=device)
    experiment = BatchEstimates.of(**pair.given(), **points.given(), **chosen, **others)
    output.run(experiment, into, workers=workers.on(device))
