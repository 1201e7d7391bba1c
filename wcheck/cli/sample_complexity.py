"""``wcheck sample-complexity``: how an estimate changes with the number of points."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from wcheck.cli import options, output
from wcheck.cli.groups import grouped
from wcheck.cli.points import Points
from wcheck.errors import ParameterError
from wcheck.experiments.fit import COLUMNS, check_fit
from wcheck.experiments.fit import fit as fitted_rows
from wcheck.experiments.sample_complexity import SINKHORN_N, SINKHORN_REPS, SampleComplexity
from wcheck.experiments.sampling import unique
from wcheck.experiments.telling.fit import told
from wcheck.rows.csvfile import check_writable
from wcheck.rows.replace import replacing
from wcheck.rows.table import Row, csv_text


@grouped(but=("subset", "data_seed"))
def sample_complexity(
    *,
    dim: Annotated[
        list[int] | None,
        typer.Option(metavar="D", help="Dimension of standard normal samples.", show_default="20"),
    ] = None,
    n: Annotated[
        list[int] | None,
        typer.Option(
            "--n",
            metavar="N",
            help="Points of each sample.",
            show_default="10 25 50 75 1000 10000",
        ),
    ] = None,
    reps: Annotated[
        int,
        typer.Option(
            metavar="K",
            help=f"Pairs of samples of each size; sinkhorn above n = {SINKHORN_N}: at most {SINKHORN_REPS}.",
        ),
    ] = SampleComplexity.reps,
    estimator: options.Estimator = None,
    source: Annotated[
        str | None,
        typer.Option(
            metavar="P",
            help="Instead of --dim: data, of which disjoint random subsets are drawn, or a distribution without n, "
            "such as gaussian:dim=20 or 8gaussians.",
            show_default=False,
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            metavar="Q", help="Where the second sample is from; as the first by default.", show_default=False
        ),
    ] = None,
    epsilon: options.Epsilon = None,
    scaling: options.Scaling = None,
    batch_size: Annotated[
        list[int] | None,
        typer.Option(metavar="N", help="Points of each batch of the estimator batch.", show_default="64"),
    ] = None,
    batches: Annotated[
        list[int] | None,
        typer.Option(metavar="K", help="Batches that the estimator batch averages.", show_default="100"),
    ] = None,
    projections: options.Projections = None,
    kernel: options.Kernel = None,
    fit: Annotated[
        bool,
        typer.Option(
            "--fit",
            help="Fit lines on logarithmic axes and say, by a range over them and the slope in theory, what n an error "
            "of 0.1 and 0.01 would need; with -o FILE.csv write them to FILE.fit.csv.",
        ),
    ] = False,
    points: Points,
    seed: options.Seed = SampleComplexity.seed,
    device: options.Device = "cpu",
    workers: options.Workers,
    into: options.Output,
) -> None:
    """Estimate the distance between pairs of samples of growing size.

    By default both samples are of one distribution, so that the truth is 0 and what an estimator says is its bias.

    Example: wcheck sample-complexity --dim 5 --n 10 --n 40 --reps 20 --estimator exact --fit
    """
    given: dict[str, Any] = {
        "dim": dim,
        "n": n,
        "estimator": estimator,
        "epsilon": epsilon,
        "scaling": scaling,
        "batch_size": batch_size,
        "batches": batches,
        "projections": projections,
        "kernel": kernel,
    }
    if source is not None and dim:
        raise ParameterError("--dim is of normal samples, and --source was given: leave one out.")
    experiment = SampleComplexity.of(
        preprocessing=points.preprocessing(),
        source=source,
        target=target,
        reps=reps,
        seed=seed,
        device=device,
        **{name: unique(values) for name, values in given.items() if values},
    )
    path = None
    if fit:
        check_fit(experiment)
        path = into.path and into.path.with_suffix(".fit.csv")
    if path is not None:
        check_writable(path)
    output.run(
        experiment,
        into,
        also=(lambda rows: _fitted(rows, path)) if fit else None,
        workers=workers.on(device),
    )


def _fitted(rows: Sequence[Row], path: Path | None) -> str:
    found = list(fitted_rows(rows))
    if path is None:
        return told(found)
    with replacing(path) as file:
        file.write(csv_text(COLUMNS, found).encode())
    return f"{told(found)}\nThe lines with their ranges are in {path}."
