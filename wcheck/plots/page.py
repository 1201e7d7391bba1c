"""The page of a figure: panels over its width, names above them or at the ends of lines, and what they show below."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from wcheck.plots.artists import colours
from wcheck.plots.text import height_of, inches_of, wrapped
from wcheck.plots.ticks import numbered

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT = 2.7
"""Inches of a panel."""
NARROWEST, SMALLEST = 2.2, 1.8
"""Inches of a panel at least, and of one of many that share what stands beside them; where a page has no room for them
beside each other, they stand below each other."""
NAMES = 0.4
"""The share of a panel's width that names beside its rows may take."""
LINES_APART = 0.145
"""Inches between the names of two lines at their ends."""
BESIDE = 1.05
"""Where names at the ends of lines begin, in widths of a panel."""
BESIDE_PANEL, BELOW_PANEL = 1.0, 0.9
"""Inches that numbers and labels take beside and below a panel at most."""
PASSES = 3
"""Layouts of a figure at most, until no label is longer than its panel."""
EDGE = 0.15
"""Inches that stay free at the sides of a page."""
SAID, NAMED, SMALL = 9.0, 8.0, 7.5
"""Sizes of text in points: of titles, of names, and of what is said below."""


def width() -> float:
    """Return the width of a page in inches: that of ``figure.figsize`` in the style in force."""
    import matplotlib

    return float(matplotlib.rcParams["figure.figsize"][0])


def many(series: int) -> bool:
    """Whether there are more series than colours, so that a list of their names would be hard to follow."""
    return series > len(colours())


def panels(
    count: int,
    *,
    height: float = HEIGHT,
    series: int = 1,
    narrowest: float = NARROWEST,
    **options: Any,
) -> tuple[Figure, list[Axes]]:
    """Return a figure of panels over the width of a page, without a display, and their axes.

    Parameters
    ----------
    count : int
        The number of panels.
    height : float
        Inches of a panel.
    series : int
        How many curves a panel has; where they are many, each panel has the whole width, and room for their names.
    narrowest : float
        Inches that a panel needs at least.
    **options
        The options of :meth:`matplotlib.figure.Figure.subplots`.
    """
    from matplotlib.figure import Figure

    fitting = 1 if many(series) else max(1, int(width() / narrowest))
    rows = -(-count // fitting)
    across = -(-count // rows)
    if many(series):
        height = max(height, series * LINES_APART + 0.8)
    figure = Figure(figsize=(width(), height * rows))
    figure.set_layout_engine("constrained", w_pad=0.12, h_pad=0.05)
    grid = list(figure.subplots(rows, across, squeeze=False, **options).ravel())
    for axes in grid[count:]:
        axes.remove()
    return figure, grid[:count]


def tell(figure: Figure, grid: Sequence[Axes], *sentences: str) -> None:
    """Name what is drawn, above the panels or at the ends of lines, and say below what is certified and estimated.

    Parameters
    ----------
    figure : Figure
        A figure that is drawn.
    grid : sequence of Axes
        Its panels.
    *sentences
        What is said below them; empty ones are left out.
    """
    for axes in grid:
        _plain(axes, grid)
    crowded = [axes for axes in grid if many(len(_series(axes)))]
    laid_out = bool(crowded) or any(_may_be_too_long(axes) for axes in grid)
    _legend(figure, grid, {name for axes in crowded for name in _series(axes)})
    caption(figure, *sentences)
    for axes in crowded:
        _room_for_names(axes)
    if not laid_out:
        return
    said = [(axes.get_title(loc="left"), axes.get_xlabel(), axes.get_ylabel()) for axes in grid]
    for layout in range(PASSES + 1):  # each line more leaves less room for others
        sizes = [_size(axes) if layout else _share(axes) for axes in grid]
        lines = [_broken(axes, *texts, size) for axes, texts, size in zip(grid, said, sizes, strict=True)]
        if layout and not any(lines):
            break
        figure.set_figheight(figure.get_figheight() + _rows(grid[0]) * max(lines))
        figure.draw_without_rendering()
    if crowded:
        short = max(_height_of_names(axes) - _size(axes)[1] for axes in crowded)
        figure.set_figheight(figure.get_figheight() + max(0.0, short) * len(grid))
        figure.draw_without_rendering()
    for axes in crowded:
        _names_at_ends(axes)


def caption(figure: Figure, *sentences: str) -> None:
    """Say below the panels what is certified in them and what is estimated."""
    text = wrapped(
        " ".join(sentence for sentence in sentences if sentence), figure.get_figwidth() - EDGE, SMALL
    )
    figure.set_figheight(figure.get_figheight() + height_of(text, SMALL))
    figure.supxlabel(text, x=0.01, ha="left", fontsize=SMALL)


def rows_named(names: Iterable[str], *, lanes: float = 0.0, apart: float = 0.22) -> tuple[list[str], float]:
    """Return names that fit beside rows, broken into lines, and the height in inches that all rows need.

    Parameters
    ----------
    names : iterable of str
        The names of the rows.
    lanes : float
        The height that a row needs for what is drawn in it.
    apart : float
        The height of a row at least.
    """
    broken = [wrapped(name, NAMES * width(), NAMED) for name in names]
    tallest = max((height_of(name, NAMED) for name in broken), default=0.0)
    return broken, len(broken) * max(apart, lanes, tallest + 0.1)


def _plain(axes: Axes, grid: Sequence[Axes]) -> None:
    """Write plain numbers beside the axes of a panel, and no label that stands at its row or below its column too."""
    numbered(axes.xaxis)
    numbered(axes.yaxis)
    place = axes.get_subplotspec()
    if place is None:
        return
    if not place.is_first_col() and axes.get_shared_y_axes().joined(axes, grid[0]):
        axes.set_ylabel("")
    below = list(grid).index(axes) + place.get_gridspec().ncols
    if below < len(grid) and grid[below].get_xlabel() == axes.get_xlabel():
        axes.set_xlabel("")


def _series(axes: Axes) -> dict[str, Any]:
    """Return the series of a panel, which are what has bars in the sense of matplotlib, by their names."""
    from matplotlib.container import ErrorbarContainer

    named = zip(*axes.get_legend_handles_labels(), strict=True)
    return {name: handle for handle, name in named if isinstance(handle, ErrorbarContainer)}


def _legend(figure: Figure, grid: Sequence[Axes], elsewhere: set[str]) -> None:
    """Put what is named in the panels above all of them, each name once; nothing where there are none."""
    handles: dict[str, Any] = {}
    for axes in grid:
        for handle, name in zip(*axes.get_legend_handles_labels(), strict=True):
            if name not in elsewhere:
                handles.setdefault(name, handle)
    if not handles:
        return
    key, between = 2.8 * NAMED / 72, 1.2 * NAMED / 72
    room = figure.get_figwidth() - EDGE
    names = [wrapped(name, room - key - EDGE, NAMED) for name in handles]
    widths = [key + max(inches_of(line, NAMED) for line in name.split("\n")) for name in names]
    for columns in range(len(names), 0, -1):
        long = [len(names) // columns + (place < len(names) % columns) for place in range(columns)]
        starts = [sum(long[:place]) for place in range(columns)]
        taken = [max(widths[start : start + size]) for start, size in zip(starts, long, strict=True)]
        if sum(taken) + between * (columns - 1) <= room:
            break
    deepest = max(
        sum(height_of(name, NAMED) for name in names[start : start + size])
        for start, size in zip(starts, long, strict=True)
    )
    figure.set_figheight(figure.get_figheight() + deepest + 0.1)
    figure.legend(
        handles.values(), names, loc="outside upper left", ncols=columns, columnspacing=1.2, fontsize=NAMED
    )


def _may_be_too_long(axes: Axes) -> bool:
    """Whether a label may be longer than its panel, which is found out by laying it out."""
    from matplotlib.ticker import FixedFormatter

    place = axes.get_subplotspec()
    if place is None or isinstance(axes.yaxis.get_major_formatter(), FixedFormatter):
        return True
    across, up = _share(axes)
    across, up = across - BESIDE_PANEL, up - BELOW_PANEL
    labels = ((axes.get_title(loc="left"), across), (axes.get_xlabel(), across), (axes.get_ylabel(), up))
    return any(inches_of(text, SAID) > room for text, room in labels)


def _share(axes: Axes) -> tuple[float, float]:
    """Return the width and height that a panel has of its figure at most: a wider title leaves it no room at all."""
    place = axes.get_subplotspec()
    box, dpi = axes.figure.bbox, axes.figure.dpi
    columns, rows = (1, 1) if place is None else (place.get_gridspec().ncols, place.get_gridspec().nrows)
    return box.width / dpi / columns - EDGE, box.height / dpi / rows - EDGE


def _size(axes: Axes) -> tuple[float, float]:
    """Return the width and the height of a panel that is laid out, in inches."""
    box = axes.get_window_extent()
    return box.width / axes.figure.dpi, box.height / axes.figure.dpi


def _height_of_names(axes: Axes) -> float:
    return sum(height_of(wrapped(name, NAMES * width(), NAMED), NAMED) for name in _series(axes))


def _rows(axes: Axes) -> int:
    """Return the number of rows of panels."""
    place = axes.get_subplotspec()
    return 1 if place is None else place.get_gridspec().nrows


def _broken(axes: Axes, title: str, x: str, y: str, size: tuple[float, float]) -> float:
    """Break title and labels into lines no longer than a panel of a size; return by how much that makes it higher."""
    across, up = size
    before = axes.get_title(loc="left"), axes.get_xlabel(), axes.get_ylabel()
    sizes = SAID, axes.xaxis.label.get_fontsize(), axes.yaxis.label.get_fontsize()
    rooms = zip((title, x, y), (across, across, up), sizes, strict=True)
    title, x, y = (wrapped(text, room, float(points)) for text, room, points in rooms)
    axes.set_title(title, loc="left")
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    return sum(
        abs(height_of(new, SAID) - height_of(old, SAID))
        for new, old in zip((title, x, y), before, strict=True)
    )


def _room_for_names(axes: Axes) -> None:
    """Make room on the right of a panel for the names of its lines."""
    for name in _series(axes):
        axes.annotate(
            wrapped(name, NAMES * width(), NAMED), (BESIDE, 0.5), xycoords="axes fraction", fontsize=NAMED, va="center",
            alpha=0, gid="name",
        )  # fmt: skip


def _names_at_ends(axes: Axes) -> None:
    """Write the names of lines at their ends, one below the other."""
    import numpy as np

    for text in [text for text in axes.texts if text.get_gid() == "name"]:
        text.remove()
    box = axes.get_window_extent()
    dpi = axes.figure.dpi
    ends = []
    for name, handle in _series(axes).items():
        line = handle.lines[0]
        drawn = axes.transData.transform(np.column_stack([line.get_xdata(), line.get_ydata()]).astype(float))
        seen = drawn[np.isfinite(drawn).all(axis=1)]
        inside = seen[(seen[:, 1] >= box.y0 - 1) & (seen[:, 1] <= box.y1 + 1)]
        if len(inside):
            x, y = inside[np.argmax(inside[:, 0])]
            shown = wrapped(name, NAMES * width(), NAMED)
            ends.append((y, x, shown, height_of(shown, NAMED) * dpi, line))
    ends.sort(key=lambda end: -end[0])
    top = box.y1
    places = []
    for y, _, _, tall, _ in ends:  # downwards, each below the one before
        places.append(min(y, top - tall / 2))
        top = places[-1] - tall / 2
    below = box.y0
    for index in reversed(range(len(ends))):  # upwards again, where they went too far
        tall = ends[index][3]
        places[index] = max(places[index], below + tall / 2)
        below = places[index] + tall / 2
    back = axes.transAxes.inverted()
    for (y, x, shown, _, line), place in zip(ends, places, strict=True):
        style = {"arrowstyle": "-", "color": line.get_color(), "linewidth": 0.6, "shrinkA": 1, "shrinkB": 2}
        axes.annotate(
            shown, tuple(back.transform((x, y))), xytext=(BESIDE, float(back.transform((x, place))[1])),
            xycoords="axes fraction", textcoords="axes fraction", fontsize=NAMED, va="center",
            annotation_clip=False, arrowprops=style | {"relpos": (0.0, 0.5)},
        )  # fmt: skip
