"""``wcheck pixels``: images of other classes that are nearer than the same image, slightly altered."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wcheck.cli import options, output
from wcheck.cli.groups import grouped
from wcheck.cli.points import Points
from wcheck.cli.settings import setting
from wcheck.cli.written import Writes
from wcheck.errors import ParameterError
from wcheck.experiments.data import CIFAR10
from wcheck.experiments.pixels import Pixels
from wcheck.rows.csvfile import check_writable


@grouped()
def pixels(
    *,
    data: options.Data = CIFAR10,
    index: Annotated[list[int] | None, setting("index", "those drawn by --seed")] = None,
    references: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="The number of references that are drawn, where --index does not name them.",
            show_default=str(Pixels.references),
        ),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.png",
            help="Draw, for each alteration, the reference whose nearest image of another class is nearest relative "
            "to the altered image, and these two.",
            show_default=False,
        ),
        Writes(),
    ] = None,
    points: Points,
    workers: options.Workers,
    seed: options.Seed = Pixels.seed,
    into: options.Output,
) -> None:
    """Find other images that are closer than an altered copy.

    The reference is cropped, rotated, flipped and darkened; the whole data set is searched for images of other classes
    at a smaller Euclidean distance from the reference than the altered image, between pixels or in an embedding of your
    own.

    Example: wcheck pixels --data digits --index 3 --picture pixels.png
    """
    if index and references is not None:
        raise ParameterError(
            "--index names the references, and --references draws them at random: give one of the two."
        )
    if picture is not None:
        from wcheck.plots.figure import check_suffix

        check_suffix(picture)
        check_writable(picture)
    experiment = Pixels.of(
        source=data,
        **points.given(),
        **options.given(index=index, references=references, seed=seed),
    )
    rows = output.run(experiment, into, workers=workers.on())
    if picture is not None:
        from wcheck.plots.figure import save
        from wcheck.plots.pixels import most_absurd, triples

        save(triples(most_absurd(rows), experiment.triple), picture)
