"""``wcheck pixels``: images of other classes that are nearer than the same image, slightly altered."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, cast

import typer

from wcheck.cli import options, output
from wcheck.cli.points import UNCHANGED, Points, takes_points
from wcheck.columns.rounding import rounded
from wcheck.experiments.base import Workers
from wcheck.experiments.pixels import ALTERATIONS, Pixels, most_absurd
from wcheck.rows.csvfile import check_writable
from wcheck.rows.table import Row

DRAWN = 3
"""References of each alteration in a picture."""


@takes_points()
def pixels(
    data: Annotated[str, typer.Option(metavar="SOURCE", help="The source of the images.")] = Pixels.data,
    index: Annotated[
        list[int] | None,
        typer.Option(
            metavar="I", help="The reference image; may repeat.", show_default="100 drawn by --seed"
        ),
    ] = None,
    references: Annotated[
        int | None,
        typer.Option(metavar="N", help="How many references are drawn.", show_default=f"{Pixels.references}"),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.png",
            help="Draw references, their altered images and the nearest of another class: the three of each "
            "alteration where that one is nearest in comparison.",
            show_default=False,
        ),
    ] = None,
    points: Points = UNCHANGED,
    jobs: options.Jobs = None,
    dask: options.DaskTasks = None,
    seed: options.Seed = Pixels.seed,
    output_file: options.Output = None,
    overwrite: options.Overwrite = False,
) -> None:
    """Find images of other classes that are nearer to an image than the same image slightly altered.

    The reference is cropped, rotated, flipped and darkened; the whole data set is searched for images of other classes
    at a smaller Euclidean distance, that of pixels or of your own embedding.

    Example: wcheck pixels --data digits --index 3 --picture pixels.png
    """
    if picture is not None:
        from wcheck.plots.figure import check_suffix

        check_suffix(picture)
        check_writable(picture)
    experiment = Pixels(
        points.preprocessing(),
        data=data,
        index=tuple(index or ()),
        references=Pixels.references if references is None else references,
        seed=seed,
    )
    rows = output.run(experiment, output_file, overwrite, summary=_summary, workers=Workers(jobs, dask))
    if picture is not None:
        from wcheck.plots.figure import save
        from wcheck.plots.pixels import triples

        drawn = most_absurd(rows, DRAWN)
        save(triples([experiment.triple(row) for row in drawn], [_captions(row) for row in drawn]), picture)


def _captions(row: Row) -> tuple[str, str, str]:
    altered, nearest = (
        rounded(cast("float", row[f"{which}_distance"]), 3) for which in ("altered", "nearest")
    )
    return (
        str(row["label"] or row["index"]),
        f"{row['alteration']}: {altered}",
        f"{row['nearest_label'] or row['nearest_index']}: {nearest}",
    )


def _summary(rows: Sequence[Row]) -> str:
    kind = "an image of another class" if rows[0]["label"] is not None else "another image"
    return "\n".join(
        _sentence(name, [row for row in rows if row["alteration"] == name], kind) for name in ALTERATIONS
    )


def _sentence(alteration: str, rows: Sequence[Row], kind: str) -> str:
    beaten = sum(cast("int", row["nearer"]) > 0 for row in rows)
    sentence = (
        f"{alteration}: for {beaten} of {len(rows)} references {kind} is nearer than the altered reference"
    )
    most = max(rows, key=lambda row: cast("int", row["nearer"]))
    if not most["nearer"]:
        return sentence + "."
    return f"{sentence}; for image {most['index']}, {most['nearer']:,} of {most['others']:,} are."
