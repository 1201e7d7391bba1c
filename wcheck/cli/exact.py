"""``wcheck exact``: certified W1 between two sources."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wcheck.cli import options, output
from wcheck.cli.groups import as_typed, grouped
from wcheck.cli.points import Points
from wcheck.cli.settings import setting
from wcheck.cli.written import Writes
from wcheck.experiments.exact import PATCHES, Exact


@grouped()
def exact(
    *,
    costs: options.PairOrMatrix,
    p: Annotated[list[int] | None, setting("p", Exact.p)] = None,
    metric: Annotated[list[str] | None, setting("metric", Exact.metric)] = None,
    partial: Annotated[list[float] | None, setting("partial", "")] = None,
    penalty_unmatched: Annotated[list[float] | None, setting("penalty_unmatched", "")] = None,
    tol: Annotated[list[float] | None, setting("tol", Exact.tol)] = None,
    by: Annotated[str | None, setting("by", "")] = None,
    patches: Annotated[list[int] | None, setting("patches", "none")] = None,
    patch_limit: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="The largest number of patches of either side; where there are more, as many are drawn at random by "
            "--seed.",
            show_default=as_typed(PATCHES),
        ),
    ] = None,
    preset: Annotated[str | None, options.presets(Exact)] = None,
    points: Points,
    device: options.Device = Exact.device,
    memory: options.Memory = None,
    time_limit: options.TimeLimit = None,
    seed: options.Seed = Exact.seed,
    save_plan: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.npz",
            help="Save the plan (row, col, mass, shape) and the potentials (u, v).",
            show_default=False,
        ),
        Writes(".npz"),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Resume from this file if it exists, and keep the state of a long solve in it.",
            show_default=False,
        ),
        Writes(),
    ] = None,
    dask: options.Dask = None,
    into: options.Output,
) -> None:
    """Certify the Wasserstein distance between two sets.

    The result is a bracket, a lower and an upper bound that hold the exact empirical distance between the two finite
    sets, rounding included. The status is optimal where the bracket is as narrow as --tol asks, and rounding where
    float64 cannot narrow it further; any other status ends the command with exit status 1.

    With --cost it is the least cost for a cost matrix instead: the sum of mass times cost, whose gap is relative to the
    sum of mass times |cost| (absolute_cost). If every plan uses a forbidden pair, the error names the rows and columns
    that prove it.

    With --by, the points of two tables are compared group by group, with one row per group that both tables have.

    With --patches the two sets are those of all patches of the images, or as many as --patch-limit allows, drawn by
    --seed; the columns source_patches and target_patches say how many there are.

    Example: wcheck exact "digits[0:200]" "digits[200:400]" -o exact.csv
    """
    chosen = options.given(
        p=p,
        metric=metric,
        partial=partial,
        penalty_unmatched=penalty_unmatched,
        tol=tol,
        by=by,
        patches=patches,
        patch_limit=patch_limit,
        device=device,
        memory=memory,
        time_limit=time_limit,
        seed=seed,
        save_plan=save_plan,
        checkpoint=checkpoint,
        dask=dask,
    )
    output.run(Exact.of(preset, **costs.given(), **points.given(), **chosen), into)
