"""``wcheck known``: critics and estimators on pairs whose distance and optimal gradient are known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, cast

import typer

from wcheck.cli import options, output
from wcheck.cli.unconverged import unconverged
from wcheck.columns.rounding import rounded
from wcheck.experiments.base import Workers
from wcheck.experiments.known import KnownTruth, summarised
from wcheck.experiments.sampling import unique
from wcheck.rows.table import Row

PAIR = ("dim", "funnels", "n")
SETTINGS = ("epsilon", "arch", "width", "penalty", "lr", "batch_size", "steps")
"""What a method is told by the command."""
AVERAGED = {
    "ratio": "ratio",
    "held_out_ratio": "held out",
    "normalised_ratio": "V/L",
    "cosine": "cosine",
    "gradient_l2": "L2",
    "seconds": "seconds",
}


def known(
    dim: Annotated[
        list[int] | None,
        typer.Option(metavar="D", help="Dimension; may repeat.", show_default="2 16"),
    ] = None,
    funnels: Annotated[
        list[int] | None,
        typer.Option(
            metavar="K", help="Centres that points are moved to, 1 for a cone; may repeat.", show_default="4"
        ),
    ] = None,
    move: Annotated[
        float, typer.Option(metavar="SHARE", help="How far of their way to their centre points are moved.")
    ] = KnownTruth.move,
    n: Annotated[
        list[int] | None,
        typer.Option("--n", metavar="N", help="Points of each sample; may repeat.", show_default="1000"),
    ] = None,
    lipschitz: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MECHANISM",
            help="How a critic's slope is held, as in wcheck oracle; may repeat.",
            show_default="all, or none with --estimator",
        ),
    ] = None,
    estimator: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="An estimator, as in wcheck batch; may repeat.",
            show_default="all, or none with --lipschitz",
        ),
    ] = None,
    arch: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="The critic; may repeat.", show_default="mlp"),
    ] = None,
    width: Annotated[
        list[int] | None,
        typer.Option(
            metavar="N", help="Of the critic's hidden layers; may repeat.", show_default="the critic's own"
        ),
    ] = None,
    penalty: Annotated[
        list[float] | None,
        typer.Option(
            metavar="LAMBDA",
            help="Weight of a critic's penalty; may repeat.",
            show_default="the mechanism's own",
        ),
    ] = None,
    lr: Annotated[
        list[float] | None,
        typer.Option(
            metavar="RATE", help="Step size of critics; may repeat.", show_default="the mechanism's own"
        ),
    ] = None,
    batch_size: Annotated[
        list[int] | None,
        typer.Option(
            metavar="N", help="Points of each sample in a critic's step; may repeat.", show_default="64"
        ),
    ] = None,
    steps: Annotated[
        list[int] | None,
        typer.Option(metavar="N", help="Steps of critics; may repeat.", show_default="2000"),
    ] = None,
    epsilon: Annotated[
        list[float] | None,
        typer.Option(
            metavar="EPS",
            help="Regularisation of sinkhorn and of c-eps-transform, in the unit of the points; may repeat.",
            show_default="1",
        ),
    ] = None,
    seed: Annotated[
        list[int] | None,
        typer.Option(
            metavar="SEED", help="Of the pair, its samples and the methods; may repeat.", show_default="0 1 2"
        ),
    ] = None,
    jobs: options.Jobs = None,
    dask: options.DaskTasks = None,
    output_file: options.Output = None,
    overwrite: options.Overwrite = False,
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
    experiment = KnownTruth(move=move, **{name: unique(values) for name, values in given.items() if values})
    output.run(experiment, output_file, overwrite, summary=_summary, workers=Workers(jobs, dask))


def _summary(rows: Sequence[Row]) -> str:
    lines = []
    for pair in dict.fromkeys(tuple(row[name] for name in PAIR) for row in rows):
        own = [row for row in rows if tuple(row[name] for name in PAIR) == pair]
        truths = sorted({cast("float", row["truth"]) for row in own})
        span = " to ".join(dict.fromkeys(rounded(truth, 4) for truth in (truths[0], truths[-1])))
        seeds = len({row["seed"] for row in own})
        lines.append(
            f"d = {pair[0]}, {pair[1]} funnel{'s' if pair[1] != 1 else ''}, n = {pair[2]}: the distance is {span}; "
            f"means over {seeds} pair{'s' if seeds > 1 else ''}, +- standard errors."
        )
        lines += _table(own)
    return "\n".join([*lines, *unconverged(rows, "give a larger --epsilon")])


def _table(rows: Sequence[Row]) -> list[str]:
    """Write a line for each method and its settings, under the names of the columns."""
    told = [name for name in SETTINGS if len({(row["method"], row[name]) for row in rows}) > _methods(rows)]
    keys = ("method", *told)
    cells = [["", *AVERAGED.values()]]
    for key in dict.fromkeys(tuple(row[name] for name in keys) for row in rows):
        own = [row for row in rows if tuple(row[name] for name in keys) == key]
        found = summarised([row for row in own if row["status"] in KnownTruth.fine], tuple(AVERAGED))
        name = " ".join(
            [str(key[0]), *(f"{name}={value}" for name, value in zip(told, key[1:], strict=True))]
        )
        cells.append([name, *(_cell(found.get(column)) for column in AVERAGED)])
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(["", line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]).rstrip()
        for line in cells
    ]


def _methods(rows: Sequence[Row]) -> int:
    return len({row["method"] for row in rows})


def _cell(found: tuple[float, float | None] | None) -> str:
    if found is None:
        return "-"
    mean, error = found
    return (
        f"{mean:.3g}"
        if error is None
        else f"{mean:.3f} +- {error:.1g}"
        if abs(mean) >= 1e-2
        else f"{mean:.2g} +- {error:.1g}"
    )
