"""``wcheck data``: listing, downloading and showing sources."""

from __future__ import annotations

from typing import Annotated

import typer

from wcheck.cli import options, output
from wcheck.cli.groups import grouped
from wcheck.cli.points import Points
from wcheck.cli.progress import ProgressDisplay
from wcheck.cli.usage import Command
from wcheck.errors import ParameterError, did_you_mean
from wcheck.rows.csvfile import check_writable
from wcheck.rows.table import Row

app = typer.Typer(rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def data(ctx: typer.Context) -> None:
    """List the sources of points, fetch one, look at one.

    Example: wcheck data list
    """
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


@app.command("list", cls=Command)
def list_sources(json: options.Json = False) -> None:
    """List the forms of a source: what P, Q or --data may be.

    Example: wcheck data list
    """
    from wcheck.measures.sources import registry

    output.list_rows(
        ("source", "about"), [{"source": kind.form, "about": kind.about} for kind in registry()], json=json
    )


@app.command("embeddings", cls=Command)
def list_embeddings(json: options.Json = False) -> None:
    """List the embeddings: what --embed may be.

    Example: wcheck data embeddings
    """
    from wcheck.measures.embeddings.registry import EMBEDDINGS

    rows: list[Row] = [{"embedding": kind.form, "about": kind.about} for kind in EMBEDDINGS]
    output.list_rows(("embedding", "about"), rows, json=json)


@app.command(cls=Command)
def fetch(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="The data set to fetch: cifar10, mnist or fashion-mnist.", show_default=False
        ),
    ],
    data_dir: options.DataDir = None,
) -> None:
    """Download a data set, check it, and keep it where wcheck finds it.

    Example: wcheck data fetch cifar10
    """
    from wcheck.measures import cifar10, idx

    if name != "cifar10" and name not in idx.DATA_SETS:
        rest = (
            f"only cifar10, {' and '.join(idx.DATA_SETS)} can be downloaded; other sources need no download."
        )
        meant = did_you_mean(name, ("cifar10", *idx.DATA_SETS), rest)
        raise ParameterError(f"{name} cannot be fetched{meant}")
    with ProgressDisplay() as report:
        if name == "cifar10":
            called, folder = "CIFAR-10", cifar10.fetch(data_dir, report=report)
        else:
            called, folder = (
                idx.DATA_SETS[name].called,
                idx.fetch(idx.DATA_SETS[name], data_dir, report=report),
            )
    output.say(f"{called} is in {folder}.")


@app.command(cls=Command)
@grouped()
def show(
    source: options.P,
    *,
    points: Points,
    grid: options.Grid = None,
    json: options.Json = False,
) -> None:
    """Say what a source holds: size, shape, dtype, scale, weights, range, content hash.

    Example: wcheck data show "digits[0:64]" --grid digits.png
    """
    from wcheck.measures.grid import save_grid
    from wcheck.measures.sources import describe, load

    if grid is not None:
        check_writable(grid)
    with ProgressDisplay() as report:
        measure = load(
            source,
            preprocessing=points.preprocessing(),
            report=report,
        )
        row = describe(measure, report=report)
    if grid is not None:
        save_grid(measure, grid)
    output.list_rows(tuple(row), [row], json=json)
