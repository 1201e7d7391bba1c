"""``wcheck plot``: the figure that belongs to a CSV."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wcheck.cli.output import say
from wcheck.errors import ParameterError, SourceError
from wcheck.report.finished import Finished
from wcheck.rows.csvfile import check_writable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STDIN = "-"


def plot(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE.csv...",
            help="The rows that a command wrote, several files joined; '-' reads standard input.",
            show_default=False,
        ),
    ],
    figure_file: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write the figure to this .png, .svg or .pdf file. Without it, a terminal with a display opens a "
            "window; elsewhere the figure goes to FILE.KIND.png beside the first CSV.",
            show_default=False,
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind",  # said, as --device is
            metavar="KIND",
            help=(
                "The figure to draw, if the rows have several, such as sinkhorn for sample-complexity or sweep for "
                "oracle."
            ),
            show_default="recognised from the columns",
        ),
    ] = None,
    style: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|NAME",
            help="A matplotlib style file or the name of a matplotlib style, applied on top of wcheck's style.",
            show_default=False,
        ),
    ] = None,
    inches: Annotated[
        float | None,
        typer.Option(
            metavar="INCHES",
            help="The width of the figure in inches, such as 3.3 for a column of a paper; text keeps its size, and "
            "panels are stacked if they do not fit side by side.",
            show_default="7.4",
        ),
    ] = None,
) -> None:
    """Draw the figure that belongs to a CSV file.

    The figure is recognised from the columns. Certified values are bands or bare lines, estimates are points with error
    bars, and the caption says which. Every command that writes rows can be piped into it: wcheck toys | wcheck plot -
    -o toys.svg.

    Example: wcheck plot critics.csv -o critics.svg
    """
    from wcheck.plots.figure import check_suffix, save
    from wcheck.plots.registry import draw, load, named, recognise

    if figure_file is not None:
        check_suffix(figure_file)
        check_writable(figure_file)
    if kind is not None:
        named(kind)
    frame = load([sys.stdin if file == STDIN else _existing(file) for file in _once(files)])
    chosen = kind or recognise(frame.columns).name
    figure = draw(frame, chosen, style, inches)
    for file in files:
        if file != STDIN and (finished := Finished.read(Path(file))) is not None:
            say(finished.told())
    if figure_file is None and sys.stdout.isatty() and _shown(figure, style):
        return
    path = figure_file or _beside(files[0], chosen)
    save(figure, path, style)
    if figure_file is None:
        say(f"The figure is in {path}.")


def _once(files: list[str]) -> list[str]:
    for file in files:
        if files.count(file) > 1:
            raise ParameterError(f"{file} was given twice: its rows would count double; give it once.")
    return files


def _existing(file: str) -> Path:
    path = Path(file)
    if not path.is_file():
        raise SourceError(f"there is no file {file}: give a CSV that wcheck wrote, or - for standard input.")
    return path


def _beside(file: str, kind: str) -> Path:
    return Path(f"{kind}.png") if file == STDIN else Path(file).with_suffix(f".{kind}.png")


def _shown(figure: Figure, style: str | None) -> bool:
    """Show a figure in a window until it is closed; return False where matplotlib finds no display."""
    import matplotlib.pyplot as plt

    from wcheck.plots.figure import styled

    try:
        window = plt.figure()
    except ImportError:  # MPLBACKEND names windows that cannot be opened here
        return False
    manager = window.canvas.manager
    if window.canvas.required_interactive_framework is None or manager is None:
        plt.close(window)
        return False
    manager.canvas.figure = figure
    figure.set_canvas(manager.canvas)
    with styled(style):
        plt.show()
    return True
