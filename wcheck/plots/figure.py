"""What all figures share: a style, and a file that is written in one step; no display is needed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wcheck.errors import OutputError, ParameterError, TableError, WcheckError
from wcheck.rows.replace import replacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray


STYLE = Path(__file__).with_name("wcheck.mplstyle")
"""The style of the house."""
NARROWEST, WIDEST = 2.5, 40.0
"""Inches that a figure may be wide."""


@contextmanager
def styled(style: str | None = None, inches: float | None = None) -> Iterator[None]:
    """Draw in the style of the house, with another laid over it; figures must be saved in the style they are drawn in.

    Parameters
    ----------
    style : str, optional
        A matplotlib style file, or the name of one of matplotlib's.
    inches : float, optional
        The width of a figure; that of the style (``figure.figsize``) if left out.

    Raises
    ------
    ParameterError
        If the style cannot be read, or the width is none of a figure.
    """
    import matplotlib.style

    with ExitStack() as stack:
        try:
            stack.enter_context(
                matplotlib.style.context([str(STYLE)] if style is None else [str(STYLE), style])
            )
        except (OSError, UnicodeError) as error:
            raise ParameterError(
                f"--style {style} cannot be read: give a matplotlib style file, or a name such as ggplot."
            ) from error
        if inches is not None:
            if not NARROWEST <= inches <= WIDEST:
                raise ParameterError(
                    f"--inches {inches:g} is not the width of a figure: give {NARROWEST:g} to {WIDEST:g}."
                )
            stack.enter_context(matplotlib.rc_context({"figure.figsize": (inches, inches)}))
        yield


@contextmanager
def drawable(kind: str) -> Iterator[None]:
    """Within it rows are drawn: what damaged ones make fail, in as many ways as there are damages, is said in one line.

    Raises
    ------
    TableError
        If they cannot be drawn as a figure of this kind.
    """
    try:
        yield
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        if isinstance(error, WcheckError):
            raise
        why = " ".join(str(error).split())
        raise TableError(
            f"these rows cannot be drawn as the figure {kind} ({type(error).__name__}: {why}): a column is blank or "
            "holds what wcheck does not write there; give the rows as they were written."
        ) from error


def save(figure: Figure, path: Path, style: str | None = None) -> None:
    """Write a figure in the format that the suffix names, such as .png, .pdf or .svg; whole, or not at all.

    Parameters
    ----------
    figure : Figure
        What to write.
    path : Path
        The path of the file.
    style : str, optional
        As for :func:`styled`.

    Raises
    ------
    OutputError
        If the suffix is none of a figure, or the file cannot be written.
    ParameterError
        If the style cannot be read.
    """
    check_suffix(path)
    encoded = io.BytesIO()
    with styled(style), drawable("that was asked for"):
        figure.savefig(encoded, format=path.suffix[1:].lower(), bbox_inches="tight")
    with replacing(path) as file:
        file.write(encoded.getvalue())


def check_suffix(path: Path) -> None:
    """Raise an OutputError unless a figure can be written to a file of this name."""
    from matplotlib.backend_bases import FigureCanvasBase

    known = FigureCanvasBase.get_supported_filetypes()
    if path.suffix[1:].lower() not in known:
        raise OutputError(f"{path} has no suffix of a figure: name it .png, .pdf or .svg.")


def show_image(axes: Axes, image: NDArray[Any]) -> None:
    """Draw an image ``(1 or 3, height, width)`` from 0 (black) to 1 (white), pixel by pixel and without axes."""
    grey = image.shape[0] == 1
    axes.imshow(image[0] if grey else image.transpose(1, 2, 0), cmap="gray" if grey else None, vmin=0, vmax=1)
    axes.set_axis_off()
