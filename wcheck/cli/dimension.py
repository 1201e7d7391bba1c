"""``wcheck dimension``: the intrinsic dimension of a set of points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, cast

import typer

from wcheck.cli import options, output
from wcheck.cli.points import UNCHANGED, Points, takes_points
from wcheck.cli.terminal import rounded
from wcheck.experiments.dimension import Dimension
from wcheck.experiments.sampling import unique
from wcheck.table import Row


@takes_points(but=("embed",))
def dimension(
    p_source: options.P,
    k: Annotated[
        list[int] | None,
        typer.Option(
            "--k",
            metavar="K",
            help="Neighbours of the maximum likelihood; may repeat.",
            show_default="3 5 10 20",
        ),
    ] = None,
    points: Points = UNCHANGED,
    output_file: options.Output = None,
    overwrite: options.Overwrite = False,
) -> None:
    """Estimate the intrinsic dimension of a set of points, which decides how fast its samples approach it.

    Two ways, both from nearest neighbours: maximum likelihood over k neighbours, and the ratio of the first two.

    Example: wcheck dimension digits --k 5 --k 10
    """
    experiment = Dimension(
        p_source,
        points.preprocessing(),
        **({"k": unique(k)} if k else {}),
    )
    output.run(experiment, output_file, overwrite, summary=_summary)


def _summary(rows: Sequence[Row]) -> str:
    found = ", ".join(f"{rounded(cast('float', row['value']), 3)} ({_way(row)})" for row in rows)
    first = rows[0]
    return (
        f"The {first['n']} distinct points of {first['source']} ({first['duplicates']} duplicates left out), in "
        f"{first['dim']} coordinates, have an intrinsic dimension of about {found}."
    )


def _way(row: Row) -> str:
    return str(row["method"]) if row["k"] is None else f"{row['method']}, k = {row['k']}"
