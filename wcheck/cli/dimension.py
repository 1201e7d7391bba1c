"""``wcheck dimension``: the intrinsic dimension of a set of points."""

from __future__ import annotations

from typing import Annotated

from wcheck.cli import options, output
from wcheck.cli.groups import grouped
from wcheck.cli.points import Points
from wcheck.cli.settings import setting
from wcheck.experiments.dimension import Dimension


@grouped()
def dimension(
    source: options.P,
    *,
    k: Annotated[list[int] | None, setting("k", Dimension.k)] = None,
    points: Points,
    into: options.Output,
) -> None:
    """Estimate the intrinsic dimension of a set of points.

    The dimension decides how fast samples approach their distribution. There are two estimates, both from nearest
    neighbours: maximum likelihood over k neighbours, and the ratio of the distances to the first two. Both are too low
    in many dimensions. Points on a lattice, or rounded to one, have no estimate: their status is ties.

    Example: wcheck dimension digits --k 5 --k 10
    """
    experiment = Dimension.of(
        source=source,
        **points.given(),
        **options.given(k=k),
    )
    output.run(experiment, into)
