"""``wcheck oracle``: critics on a frozen pair of measures, beside the exact value."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from wcheck.cli import options, output
from wcheck.cli.terminal import rounded
from wcheck.errors import ParameterError
from wcheck.experiments.oracle import PRESETS, Oracle
from wcheck.table import Row

SHOWN = (
    "lipschitz", "penalty", "clip", "arch", "optimizer", "lr", "betas", "batch_size", "seed", "step", "value",
    "normalised", "normalised_pairs", "lower", "ratio", "normalised_ratio", "normalised_pairs_ratio",
)  # fmt: skip
"""What a terminal shows; a file has every column."""


class Preset(StrEnum):
    """Named settings."""

    QUICK = "quick"
    PAPER = "paper"


def oracle(
    data: Annotated[
        str,
        typer.Option(
            metavar="SOURCE",
            help="A source whose first and second n points are the two measures (cifar10: training images).",
        ),
    ] = Oracle.data,
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
    lipschitz: Annotated[
        list[str] | None,
        typer.Option(
            metavar="gp|clip", help="How the critic's slope is held; may repeat.", show_default="gp"
        ),
    ] = None,
    penalty: Annotated[
        list[float] | None,
        typer.Option(metavar="LAMBDA", help="Weight of gp's penalty; may repeat.", show_default="10"),
    ] = None,
    clip: Annotated[
        list[float] | None,
        typer.Option(metavar="C", help="Bound of clip's weights; may repeat.", show_default="0.01"),
    ] = None,
    arch: Annotated[
        list[str] | None,
        typer.Option(
            metavar="mlp|dcgan",
            help="The critic; dcgan takes 32x32 or 64x64; may repeat.",
            show_default="mlp",
        ),
    ] = None,
    lr: Annotated[
        list[float] | None,
        typer.Option(metavar="RATE", help="Step size; may repeat.", show_default="gp: 1e-4, clip: 5e-5"),
    ] = None,
    batch_size: Annotated[
        list[int] | None,
        typer.Option(metavar="N", help="Points of each measure in a step; may repeat.", show_default="64"),
    ] = None,
    optimizer: Annotated[
        list[str] | None,
        typer.Option(
            metavar="adam|rmsprop|sgd",
            help="The optimiser; may repeat.",
            show_default="gp: adam, clip: rmsprop",
        ),
    ] = None,
    betas: Annotated[
        list[str] | None,
        typer.Option(metavar="B1,B2", help="Adam's decay rates; may repeat.", show_default="0,0.9"),
    ] = None,
    steps: Annotated[
        list[int] | None, typer.Option(metavar="N", help="Optimiser steps; may repeat.", show_default="2000")
    ] = None,
    every: Annotated[
        int | None,
        typer.Option(metavar="N", help="Steps between two rows.", show_default="a tenth of the steps"),
    ] = None,
    seed: Annotated[
        list[int] | None,
        typer.Option(
            metavar="SEED", help="Of weights, batches and gradient points; may repeat.", show_default="0"
        ),
    ] = None,
    grad_points: Annotated[
        int, typer.Option(help="Points on lines between the sets that the largest gradient is taken over.")
    ] = Oracle.grad_points,
    scale: options.Scale = None,
    image_size: options.ImageSize = None,
    subset: options.Subset = None,
    data_seed: options.DataSeed = 0,
    data_dir: options.DataDir = None,
    device: options.Device = Oracle.device,
    save: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Write the trained critics here: weights and a JSON.", show_default=False
        ),
    ] = None,
    output_file: options.Output = None,
    overwrite: options.Overwrite = False,
) -> None:
    """Train critics on two fixed sets of points and hold what they claim against the exact distance.

    Every row is one look at one critic: its value V, V over the largest gradient norm found (which proves
    nothing), what is certified from it, and the exact W1 of the two sets, solved once and kept.

    Example: wcheck oracle --data digits --penalty 1 --penalty 10 -o critics.csv
    """
    given: dict[str, Any] = {
        "n": n,
        "lipschitz": lipschitz,
        "penalty": penalty,
        "clip": clip,
        "arch": arch,
        "lr": lr,
        "batch_size": batch_size,
        "optimizer": optimizer,
        "betas": [_pair(text) for text in betas] if betas else None,
        "steps": steps,
        "every": every,
        "seed": seed,
    }
    chosen = {
        name: tuple(value) if isinstance(value, list) else value for name, value in given.items() if value
    }
    experiment = Oracle(
        options.preprocessing(scale, image_size, subset, data_seed, data_dir, paper=preset is Preset.PAPER),
        data=data,
        source=source,
        target=target,
        grad_points=grad_points,
        device=device,
        save=save,
        **{**(PRESETS[preset] if preset else {}), **chosen},
    )
    output.run(experiment, output_file, overwrite, summary=_summary, shown=SHOWN)


def _pair(text: str) -> tuple[float, float]:
    try:
        first, second = (float(part) for part in text.split(","))
    except ValueError:
        raise ParameterError(f"--betas {text} is not two numbers: write them as 0,0.9.") from None
    return first, second


def _summary(rows: Sequence[Row]) -> str:
    lower, upper = (cast("float", rows[0][column]) for column in ("exact_lower", "exact_upper"))
    sentences = [
        "The exact Wasserstein-1 distance between these two sets lies between "
        f"{rounded(lower, 6, ROUND_FLOOR)} and {rounded(upper, 6, ROUND_CEILING)}."
    ]
    last = [row for row in _last_looks(rows) if row["status"] == "ok"]
    if last:
        sentences += [_claimed(last), _certified(last)]
    return "\n".join(sentences)


def _last_looks(rows: Sequence[Row]) -> Sequence[Row]:
    """Return the last row of each critic: the next critic's steps start again from 0."""
    return [
        row
        for row, following in itertools.zip_longest(rows, rows[1:])
        if following is None or following["step"] == 0
    ]


def _claimed(last: Sequence[Row]) -> str:
    who = "The critic claims" if len(last) == 1 else f"The {len(last)} critics claim"
    sentence = f"{who} {_span(last, 'value', 'ratio', ' of it')}"
    if divided := _span(last, "normalised", "normalised_ratio"):
        sentence += (
            f", or {divided} after division by the steepest gradient that was met, which proves nothing"
        )
    return sentence + "."


def _certified(last: Sequence[Row]) -> str:
    constant = cast("float", last[0]["lower_constant"])
    transform = max([constant, *_numbers(last, "lower")])
    sentence = (
        f"Their c-transforms certify at most {rounded(transform, 4, ROUND_FLOOR)}, but of that "
        f"{rounded(constant, 4, ROUND_FLOOR)} is no critic's merit: it is the mean distance to the nearest "
        "neighbour, which a constant certifies."
    )
    if divided := _span(last, "normalised_pairs", "normalised_pairs_ratio", direction=ROUND_FLOOR):
        sentence = f"Division by the steepest slope between any two points certifies {divided}.\n{sentence}"
    return sentence


def _span(
    rows: Sequence[Row], column: str, share: str, of: str = "", direction: str = ROUND_HALF_EVEN
) -> str:
    """Write the least and the greatest number of a column, and which share of the exact value they are."""
    numbers, shares = _numbers(rows, column), _numbers(rows, share)
    text = _ends([rounded(number, 4, direction) for number in numbers])
    return f"{text} ({_ends([f'{100 * number:.0f}' for number in shares])} %{of})" if shares else text


def _ends(sorted_texts: Sequence[str]) -> str:
    return " to ".join(dict.fromkeys([*sorted_texts[:1], *sorted_texts[-1:]]))


def _numbers(rows: Sequence[Row], column: str) -> list[float]:
    return sorted(cast("float", row[column]) for row in rows if row[column] is not None)
