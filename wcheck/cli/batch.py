"""``wcheck batch``: what mini-batches say of the distance between two sets."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from wcheck.cli import options, output
from wcheck.cli.groups import grouped
from wcheck.cli.points import Points
from wcheck.experiments.batch import BatchEstimates
from wcheck.experiments.data import CIFAR10
from wcheck.experiments.sampling import unique


@grouped()
def batch(
    p_source: Annotated[
        str | None,
        typer.Argument(metavar="[P]", help="A source, with Q instead of --data.", show_default=False),
    ] = None,
    q_source: Annotated[
        str | None, typer.Argument(metavar="[Q]", help="The other source.", show_default=False)
    ] = None,
    *,
    data: Annotated[
        str,
        typer.Option(
            metavar="SOURCE",
            help="A source whose first and second --size points are the two sets (cifar10: training images).",
        ),
    ] = CIFAR10,
    size: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Points a side of --data.", show_default="10,000, or half of the data"
        ),
    ] = None,
    batch_size: Annotated[
        list[int] | None,
        typer.Option(metavar="N", help="Points of each batch.", show_default="64"),
    ] = None,
    reps: Annotated[
        int, typer.Option(metavar="K", help="Pairs of batches of each size.")
    ] = BatchEstimates.reps,
    estimator: options.Estimator = None,
    epsilon: options.Epsilon = None,
    scaling: options.Scaling = None,
    projections: options.Projections = None,
    kernel: options.Kernel = None,
    points: Points,
    seed: options.Seed = BatchEstimates.seed,
    device: options.Device = "cpu",
    workers: options.Workers,
    into: options.Output,
) -> None:
    """Estimate from mini-batches of two sets, beside the exact distance of the whole sets.

    Example: wcheck batch --data digits --batch-size 16 --batch-size 64 --reps 20 --estimator exact --estimator sliced
    """
    given: dict[str, Any] = {
        "batch_size": batch_size,
        "estimator": estimator,
        "epsilon": epsilon,
        "scaling": scaling,
        "projections": projections,
        "kernel": kernel,
    }
    experiment = BatchEstimates.of(
        source=p_source,
        target=q_source,
        data=data,
        n=size,
        **points.given(),
        reps=reps,
        seed=seed,
        device=device,
        **{name: unique(values) for name, values in given.items() if values},
    )
    output.run(
        experiment,
        into,
        workers=workers.on(device),
    )
