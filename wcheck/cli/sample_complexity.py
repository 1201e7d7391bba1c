"""``wcheck sample-complexity``: how an estimate changes with the number of points."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from wcheck.cli import options, output
from wcheck.cli.groups import grouped
from wcheck.cli.points import Points
from wcheck.cli.settings import Settings, setting, settings
from wcheck.errors import ParameterError
from wcheck.experiments.fit import check_fit, write_fit
from wcheck.experiments.fit import fit as fitted_rows
from wcheck.experiments.sample_complexity import SampleComplexity
from wcheck.experiments.telling.fit import told
from wcheck.rows.csvfile import check_writable
from wcheck.rows.table import Row


@grouped(but=("subset", "data_seed"))
def sample_complexity(
    source: options.First = None,
    target: options.Second = None,
    *,
    dim: Annotated[list[str] | None, options.dims(SampleComplexity.dim)] = None,
    n: Annotated[list[int] | None, setting("n", SampleComplexity.n)] = None,
    reps: Annotated[int, setting("reps")] = SampleComplexity.reps,
    estimator: Annotated[list[str] | None, setting("estimator", SampleComplexity.estimator)] = None,
    chosen: Annotated[Settings, settings("estimator", epsilon="100")],
    fit: Annotated[
        bool,
        typer.Option(
            "--fit",
            help="Fit lines on logarithmic axes and say what n an error of 0.1 and of 0.01 would need, as a range "
            "over these lines and the theoretical slope; with -o FILE.csv, write the lines to FILE.fit.csv.",
        ),
    ] = False,
    points: Points,
    seed: options.Seed = SampleComplexity.seed,
    device: options.Device = SampleComplexity.device,
    workers: options.Workers,
    into: options.Output,
) -> None:
    """Show how estimates change with the number of points.

    Estimates are made from pairs of samples of growing size. By default both samples are of one standard normal
    distribution, so that the true distance is 0 and an estimate is pure bias. P and Q (P again if Q is left out) are
    data, of which disjoint random subsets are drawn, or distributions without n, such as gaussian:dim=20 or 8gaussians.
    Sinkhorn has at most 20 repetitions above n = 1000.

    Example: wcheck sample-complexity --dim 5 --n 10 --n 40 --reps 20 --estimator exact --fit
    """
    if source is not None and dim:
        raise ParameterError("--dim is for normal samples, but P was given: leave one of them out.")
    others = options.given(
        source=source,
        target=target,
        dim=options.all_dims(dim),
        n=n,
        reps=reps,
        estimator=estimator,
        seed=seed,
        device=device,
    )
    experiment = SampleComplexity.of(preprocessing=points.preprocessing(), **chosen, **others)
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
    if path is None:
        return told(list(fitted_rows(rows)))
    return f"{told(write_fit(path, rows))}\nThe lines with their ranges are in {path}."
