"""``wcheck oracle``: critics on a frozen pair of measures, beside the exact value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from wcheck.cli import options, output
from wcheck.cli.groups import grouped
from wcheck.cli.points import Points
from wcheck.errors import ParameterError
from wcheck.experiments.data import CIFAR10
from wcheck.experiments.oracle import Oracle
from wcheck.experiments.ranges import Number, Range, parse


class Preset(StrEnum):
    """Named settings."""

    QUICK = "quick"
    PAPER = "paper"


@grouped()
def oracle(
    *,
    data: Annotated[
        str,
        typer.Option(
            metavar="SOURCE",
            help="A source whose first and second n points are the two measures (cifar10: training images).",
        ),
    ] = CIFAR10,
    source: Annotated[
        str | None,
        typer.Option(metavar="P", help="With --target: this source instead of --data.", show_default=False),
    ] = None,
    target: Annotated[
        str | None, typer.Option(metavar="Q", help="The other source.", show_default=False)
    ] = None,
    n: Annotated[
        int | None,
        typer.Option(
            "--n", metavar="N", help="Points a side of --data.", show_default="10,000, or half of the data"
        ),
    ] = None,
    preset: Annotated[
        Preset | None,
        typer.Option(
            help="quick: penalties 0.1, 10 and 1000, minutes on CIFAR-10. paper: 64x64 pixels in [-1, 1], "
            "10,000 points a side, 300,000 steps, penalties 0.1 to 1000. An option that is given wins.",
            show_default=False,
        ),
    ] = None,
    protocol: Annotated[
        list[str] | None,
        typer.Option(
            metavar="stanczuk|pinetz|mallasto",
            help="stanczuk: trained on mini-batches, held against the exact distance of the whole sets. pinetz: full "
            "batches of the first 500 points a side. mallasto: mini-batches, held against the mean exact distance of "
            "fresh mini-batches.",
            show_default="stanczuk",
        ),
    ] = None,
    lipschitz: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="What keeps the critic's slope near 1, or does without: gp, lp, ct, clip, spectral, orthonormal, "
            "aol, c-transform, c-eps-transform, none.",
            show_default="gp",
        ),
    ] = None,
    penalty: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LAMBDA|RANGE",
            help="Weight of the penalty of gp, lp and ct.",
            show_default="10",
        ),
    ] = None,
    consistency: Annotated[
        list[str] | None,
        typer.Option(metavar="LAMBDA|RANGE", help="Weight of ct's consistency term.", show_default="2"),
    ] = None,
    dropout: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SHARE|RANGE",
            help="Of hidden outputs that ct drops in training.",
            show_default="0.5",
        ),
    ] = None,
    clip: Annotated[
        list[str] | None,
        typer.Option(metavar="C|RANGE", help="Bound of clip's weights.", show_default="0.01"),
    ] = None,
    epsilon: Annotated[
        list[str] | None,
        typer.Option(
            metavar="EPS|RANGE",
            help="Regularisation of c-eps-transform, in the unit of the points.",
            show_default="1",
        ),
    ] = None,
    arch: Annotated[
        list[str] | None,
        typer.Option(
            metavar="mlp|groupsort|dcgan|resnet",
            help="The critic; dcgan takes 32x32 or 64x64, resnet square images.",
            show_default="mlp",
        ),
    ] = None,
    critic: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MODULE:FACTORY",
            help="A critic of yours: a function that is given the shape of a point and returns a torch.nn.Module "
            "from points (n, d), flat, to values (n,), beside --arch.",
            show_default=False,
        ),
    ] = None,
    width: Annotated[
        list[str] | None,
        typer.Option(
            metavar="N|RANGE",
            help="Of the hidden layers of mlp and groupsort.",
            show_default="256",
        ),
    ] = None,
    lr: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RATE|RANGE",
            help="Step size.",
            show_default="1e-4; clip: 5e-5, spectral: 2e-4, orthonormal and aol: 1e-3",
        ),
    ] = None,
    batch_size: Annotated[
        list[str] | None,
        typer.Option(
            metavar="N|full|RANGE",
            help="Points of each measure in a step, full for all of them.",
            show_default="64",
        ),
    ] = None,
    optimizer: Annotated[
        list[str] | None,
        typer.Option(
            metavar="adam|rmsprop|sgd",
            help="The optimiser.",
            show_default="adam; clip: rmsprop",
        ),
    ] = None,
    betas: Annotated[
        list[str] | None,
        typer.Option(
            metavar="B1,B2",
            help="Adam's decay rates.",
            show_default="0,0.9; orthonormal and aol: 0.9,0.999",
        ),
    ] = None,
    steps: Annotated[
        list[int] | None, typer.Option(metavar="N", help="Optimiser steps.", show_default="2000")
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Draw each option that is a RANGE, low:high or low:high:log, this many times, by the first --seed; "
            "all else is multiplied out for each draw.",
            show_default=False,
        ),
    ] = None,
    together: Annotated[
        int,
        typer.Option(
            metavar="K",
            help="Train up to K critics at once that differ in --seed, --lr and --penalty alone: mlp under gp, lp, "
            "clip or none, several times as fast where they are small. It is not done unasked, for rows then agree "
            "with those of one by one up to rounding only.",
        ),
    ] = Oracle.together,
    every: Annotated[
        int | None,
        typer.Option(metavar="N", help="Steps between two rows.", show_default="a tenth of the steps"),
    ] = None,
    seed: Annotated[
        list[int] | None,
        typer.Option(metavar="SEED", help="Of weights, batches and gradient points.", show_default="0"),
    ] = None,
    grad_points: Annotated[
        int, typer.Option(help="Points on lines between the sets that the largest gradient is taken over.")
    ] = Oracle.grad_points,
    held_out: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE|N",
            help="Keep this share, or this many, of the points of each measure from the critics, and say what they "
            "claim there; drawn by --data-seed.",
            show_default=False,
        ),
    ] = None,
    fresh_batches: Annotated[
        int,
        typer.Option(metavar="M", help="Pairs of fresh mini-batches that --protocol mallasto averages over."),
    ] = Oracle.fresh_batches,
    points: Points,
    device: options.Device = Oracle.device,
    amp: Annotated[
        list[str] | None,
        typer.Option(
            metavar="bf16|fp16",
            help="Take the steps in mixed precision, on a GPU.",
            show_default="float32",
        ),
    ] = None,
    compile: Annotated[
        bool,
        typer.Option(
            "--compile",
            help="Compile each critic's steps with torch.compile, which takes up to a minute before them.",
        ),
    ] = False,
    save: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Write the trained critics here: weights and a JSON.", show_default=False
        ),
    ] = None,
    workers: options.Workers,
    into: options.Output,
) -> None:
    """Train critics on two fixed sets of points and hold what they claim against the exact distance.

    Every row is one look at one critic: its value V, V over the largest gradient norm found (which proves
    nothing), what is certified from it, and the exact W1 of the two sets, solved once and kept. With -o a run that was
    cut off in mid-training goes on from there. Where critics are fewer than cores, large ones are trained on several
    threads each, unless --jobs is given.

    Example: wcheck oracle --data digits --penalty 1 --penalty 10 -o critics.csv
    """
    given: dict[str, Any] = {
        "n": n,
        "protocol": protocol,
        "lipschitz": lipschitz,
        "penalty": _ranged("--penalty", penalty, float),
        "consistency": _ranged("--consistency", consistency, float),
        "dropout": _ranged("--dropout", dropout, float),
        "clip": _ranged("--clip", clip, float),
        "epsilon": _ranged("--epsilon", epsilon, float),
        "arch": [*(arch or ()), *(critic or ())],
        "width": _ranged("--width", width, int),
        "lr": _ranged("--lr", lr, float),
        "batch_size": _ranged("--batch-size", batch_size, int, "full"),
        "optimizer": optimizer,
        "amp": amp,
        "betas": [_pair(text) for text in betas] if betas else None,
        "steps": steps,
        "samples": samples,
        "every": every,
        "seed": seed,
    }
    chosen = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in given.items()
        if value is not None and value != []
    }
    experiment = Oracle.of(
        preset,
        source=source,
        target=target,
        data=data,
        **points.given(),
        grad_points=grad_points,
        held_out=held_out,
        fresh_batches=fresh_batches,
        together=together,
        device=device,
        compile=compile,
        save=save,
        **chosen,
    )
    # a compiler's work is shared by no processes
    output.run(experiment, into, workers=workers.on(device, alone=compile, spare_threads=True))


def _ranged(
    option: str, texts: Sequence[str] | None, kind: Callable[[str], Number], *words: str
) -> list[Number | Range | str]:
    """Read numbers and ranges; words stay as they are."""
    return [text if text in words else parse(option, text, kind) for text in texts or ()]


def _pair(text: str) -> tuple[float, float]:
    try:
        first, second = (float(part) for part in text.split(","))
    except ValueError:
        raise ParameterError(f"--betas {text} is not two numbers: write them as 0,0.9.") from None
    return first, second
