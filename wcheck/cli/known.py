"""``wcheck known``: critics and estimators on pairs whose distance and optimal gradient are known."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from wcheck.cli import options, output
from wcheck.cli.groups import grouped
from wcheck.experiments.known import KnownTruth
from wcheck.experiments.sampling import unique


@grouped()
def known(
    *,
    dim: Annotated[
        list[int] | None,
        typer.Option(metavar="D", help="Dimension.", show_default="2 16"),
    ] = None,
    funnels: Annotated[
        list[int] | None,
        typer.Option(metavar="K", help="Centres that points are moved to, 1 for a cone.", show_default="4"),
    ] = None,
    move: Annotated[
        float, typer.Option(metavar="SHARE", help="How far of their way to their centre points are moved.")
    ] = KnownTruth.move,
    n: Annotated[
        list[int] | None,
        typer.Option("--n", metavar="N", help="Points of each sample.", show_default="1000"),
    ] = None,
    lipschitz: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MECHANISM",
            help="How a critic's slope is held, as in wcheck oracle.",
            show_default="all, or none with --estimator",
        ),
    ] = None,
    estimator: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="An estimator, as in wcheck batch.",
            show_default="all, or none with --lipschitz",
        ),
    ] = None,
    arch: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="The critic.", show_default="mlp"),
    ] = None,
    width: Annotated[
        list[int] | None,
        typer.Option(metavar="N", help="Of the critic's hidden layers.", show_default="the critic's own"),
    ] = None,
    penalty: Annotated[
        list[float] | None,
        typer.Option(
            metavar="LAMBDA",
            help="Weight of a critic's penalty.",
            show_default="the mechanism's own",
        ),
    ] = None,
    lr: Annotated[
        list[float] | None,
        typer.Option(metavar="RATE", help="Step size of critics.", show_default="the mechanism's own"),
    ] = None,
    batch_size: Annotated[
        list[int] | None,
        typer.Option(metavar="N", help="Points of each sample in a critic's step.", show_default="64"),
    ] = None,
    steps: Annotated[
        list[int] | None,
        typer.Option(metavar="N", help="Steps of critics.", show_default="2000"),
    ] = None,
    epsilon: Annotated[
        list[float] | None,
        typer.Option(
            metavar="EPS",
            help="Regularisation of sinkhorn and of c-eps-transform, in the unit of the points.",
            show_default="1",
        ),
    ] = None,
    seed: Annotated[
        list[int] | None,
        typer.Option(metavar="SEED", help="Of the pair, its samples and the methods.", show_default="0 1 2"),
    ] = None,
    workers: options.Workers,
    into: options.Output,
) -> None:
    """Hold every critic and every estimator against pairs whose distance and optimal gradient are known.

    Uniform points of a cube, and others moved towards the nearest of some centres (MinFunnel pairs, Korotin, Kolesov
    and Burnaev 2022). All methods see the same two independent samples; gradients are compared where they are
    determined.

    Example: wcheck known --dim 2 --funnels 4 --n 200 --steps 300 --width 64 --seed 0 -o known.csv
    """
    given: dict[str, Any] = {
        "dim": dim,
        "funnels": funnels,
        "n": n,
        "lipschitz": lipschitz,
        "estimator": estimator,
        "arch": arch,
        "width": width,
        "penalty": penalty,
        "lr": lr,
        "batch_size": batch_size,
        "steps": steps,
        "epsilon": epsilon,
        "seed": seed,
    }
    experiment = KnownTruth.of(
        move=move, **{name: unique(values) for name, values in given.items() if values}
    )
    output.run(experiment, into, workers=workers.on())
