"""``wcheck oracle``: critics on a frozen pair of measures, beside the exact value."""

from __future__ import annotations

from typing import Annotated

import typer

from wcheck.cli import options, output
from wcheck.cli.groups import grouped
from wcheck.cli.points import Points
from wcheck.cli.settings import Settings, setting, settings
from wcheck.experiments.oracle import Oracle


@grouped()
def oracle(
    pair: options.Pair,
    *,
    preset: Annotated[str | None, options.presets(Oracle)] = None,
    protocol: Annotated[list[str] | None, setting("protocol", Oracle.protocol)] = None,
    critic: Annotated[Settings, settings("critic", "training", "run", ranges=True)],
    samples: options.Samples = None,
    together: Annotated[
        int,
        typer.Option(
            metavar="K",
            help="Train up to K critics at once that differ only in --seed, --lr and --penalty: mlp with gp, lp, "
            "clip or none; small critics train several times as fast. Off by default: rows then match one-by-one "
            "training only up to rounding.",
        ),
    ] = Oracle.together,
    every: options.Every = None,
    grad_points: Annotated[int, setting("grad_points")] = Oracle.grad_points,
    held_out: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE|N",
            help="The share or the number of the points of each measure that are withheld from the critics, drawn by "
            "--data-seed; rows say what the critics claim there.",
            show_default=False,
        ),
    ] = None,
    fresh_batches: Annotated[int | None, setting("fresh_batches", str(Oracle.fresh_batches))] = None,
    points: Points,
    device: options.Device = Oracle.device,
    compile: options.Compile = False,
    save: options.SaveFolder = None,
    workers: options.Workers,
    into: options.Output,
) -> None:
    """Train critics and compare them with the exact distance.

    Critics are trained on two fixed sets of points. Every row is an evaluation of one critic: its value V, V divided by
    the largest gradient norm that was found (which proves nothing), its certified bounds, and the exact W1 of the two
    sets, which is solved once and kept. With -o a run that was interrupted in mid-training resumes there. Where there
    are fewer critics than cores, large ones are trained on several threads each, unless --jobs is given.

    Example: wcheck oracle --data digits --penalty 1 --penalty 10 -o critics.csv
    """
    experiment = Oracle.of(
        preset,
        **pair.given(),
        **points.given(),
        **critic,
        **options.given(
            protocol=protocol,
            samples=samples,
            together=together,
            every=every,
            grad_points=grad_points,
            held_out=held_out,
            fresh_batches=fresh_batches,
            device=device,
            compile=compile,
            save=save,
        ),
    )
    # a compiler's work is shared by no processes
    output.run(experiment, into, workers=workers.on(device, alone=compile, spare_threads=True))
