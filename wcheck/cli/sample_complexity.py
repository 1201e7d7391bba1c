"""``wcheck sample-complexity``: how an estimate changes with the number of points."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Annotated, Any, cast

import typer

from wcheck.cli import options, output
from wcheck.cli.points import UNCHANGED, Points, takes_points
from wcheck.cli.unconverged import rounding, unconverged
from wcheck.columns.rounding import rounded
from wcheck.errors import ParameterError
from wcheck.experiments.fit import COLUMNS, check_fit, wanted
from wcheck.experiments.fit import fit as fitted_rows
from wcheck.experiments.sample_complexity import SINKHORN_N, SINKHORN_REPS, SampleComplexity
from wcheck.experiments.sampling import OPTIONS, unique
from wcheck.rows.csvfile import check_writable
from wcheck.rows.table import CsvStream, Row


@takes_points(but=("subset", "data_seed"))
def sample_complexity(
    dim: Annotated[
        list[int] | None,
        typer.Option(
            metavar="D", help="Dimension of standard normal samples; may repeat.", show_default="20"
        ),
    ] = None,
    n: Annotated[
        list[int] | None,
        typer.Option(
            "--n",
            metavar="N",
            help="Points of each sample; may repeat.",
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
        typer.Option(
            metavar="N", help="Points of each batch of the estimator batch; may repeat.", show_default="64"
        ),
    ] = None,
    batches: Annotated[
        list[int] | None,
        typer.Option(
            metavar="K", help="Batches that the estimator batch averages; may repeat.", show_default="100"
        ),
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
    points: Points = UNCHANGED,
    seed: options.Seed = SampleComplexity.seed,
    device: options.Device = "cpu",
    jobs: options.Jobs = None,
    dask: options.DaskTasks = None,
    output_file: options.Output = None,
    overwrite: options.Overwrite = False,
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
    experiment = SampleComplexity(
        points.preprocessing(),
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
        path = _fit_path(output_file)
    if path is not None:
        check_writable(path)
    output.run(
        experiment,
        output_file,
        overwrite,
        summary=lambda rows: _summary(rows, fit, path),
        workers=options.workers(jobs, dask, device),
    )


def _fit_path(output_file: Path | None) -> Path | None:
    if output_file is None or str(output_file) == "-":
        return None
    return output_file.with_suffix(".fit.csv")


def _summary(rows: Sequence[Row], with_fit: bool, path: Path | None) -> str:
    keys = ("source", "target", "dim", "estimator", *OPTIONS)
    lines = []
    for key in dict.fromkeys(tuple(row[name] for name in keys) for row in rows):
        own = [row for row in rows if tuple(row[name] for name in keys) == key]
        lines.append(f"{_name(own[0])} between samples of {key[0]} and {key[1]}:")
        for size in sorted({cast("int", row["n"]) for row in own}):
            values = [
                cast("float", row["value"]) for row in own if row["n"] == size and row["value"] is not None
            ]
            if values:
                spread = f" +- {rounded(stdev(values), 2)}" if len(values) > 1 else ""
                lines.append(f"  n = {size:,}: mean {rounded(fmean(values), 5)}{spread} over {len(values)}")
    lines += unconverged(rows, "give a --scaling nearer to 1, such as 0.99") + rounding(rows)
    if with_fit:
        lines += _fitted(rows, path)
    return "\n".join(lines)


def _fitted(rows: Sequence[Row], path: Path | None) -> list[str]:
    fitted = list(fitted_rows(rows))
    if path is not None:
        with path.open("w", newline="", encoding="utf-8") as file:
            stream = CsvStream(file, COLUMNS)
            for row in fitted:
                stream.write(row)
            stream.finish()
    lines = [f"{_name(row)}: {row['status']}." for row in fitted if row["status"] != "ok"]
    for line, needs in wanted(fitted):
        slope, low, high = (
            rounded(cast("float", line[key]), 3) for key in ("slope", "slope_lower", "slope_upper")
        )
        lines.append(
            f"{_name(line)}: the error falls as n^({slope}) by the line through all sizes, by lines through the last "
            f"ones as n^({low}) to n^({high}){_in_theory(line)}."
        )
        lines += [f"  an error of {row['wanted_error']} would need {_needed(row)}." for row in needs]
    return lines + ([f"The lines with their ranges are in {path}."] if path is not None else [])


def _in_theory(line: Row) -> str:
    if line["rate"] is None:
        return ""
    if line["dim"] == 2 and line["estimator"] == "exact":
        return ", in theory as sqrt(log n / n)"
    return f", in theory as n^({rounded(cast('float', line['rate']), 4)})"


def _needed(row: Row) -> str:
    low, high = _power(row["n_lower"], math.floor), _power(row["n_upper"], math.ceil)
    models = {"the line through all sizes": "n", "that through the nearest two": "n_last"}
    if row["rate"] is not None:
        models["the slope in theory"] = "n_theory"
    ways = ", ".join(f"{_power(row[column], round)} by {name}" for name, column in models.items())
    found = {
        "at least": f"at least {low} points: the slope flattens with n",
        "at most": f"at most {high} points: the slope steepens with n",
    }.get(cast("str", row["bound"]), f"{low} to {high} points")
    return f"{found} ({ways})"


def _power(n: object, to_integer: Callable[[float], int]) -> str:
    """Return a number of points with three digits, or as a power of 10 with one decimal place."""
    if n is None:
        return "more than 10^308"
    exponent = math.log10(cast("float", n))
    if exponent >= 6:
        return f"10^{to_integer(10 * exponent) / 10:.1f}"
    unit = 10 ** max(0, math.floor(exponent) - 2)
    return f"{to_integer(cast('float', n) / unit) * unit:,}"


def _name(row: Row) -> str:
    told = ", ".join(f"{option} = {row[option]}" for option in OPTIONS if row.get(option) is not None)
    return f"{row['estimator']} ({told})" if told else str(row["estimator"])
