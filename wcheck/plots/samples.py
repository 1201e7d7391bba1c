"""Points of saved generators: in the plane on those of the data, images as sheets (Stanczuk et al. 2021, Figure 17)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from wcheck.errors import TableError, WcheckError, counted_are
from wcheck.measures.grid import sheet
from wcheck.plots.artists import CERTIFIED, colour
from wcheck.plots.gan import games
from wcheck.plots.kind import Kind
from wcheck.plots.page import EDGE, SAID, caption, width
from wcheck.plots.rows import data_of, finite, parts
from wcheck.plots.text import height_of, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from pandas import DataFrame

    from wcheck.measures.measure import Measure

LOOKS = 4
"""Looks of a game that are drawn, the first and the last among them."""
GAMES = 6
"""Games that are drawn, the first ones."""
DOTS, IMAGES = 2000, 36
"""Points in the plane, and images of a sheet, that are drawn of each."""


def panels(frame: DataFrame) -> Figure:
    """Draw points of each game's saved generators, a row per game and a column per evaluation, and those of the data.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``wcheck gan --save``; generators and data are read where the columns ``saved`` and ``data`` say.

    Returns
    -------
    Figure
        In the plane generated points lie on those of the data; images are sheets, and those of the data the last one.

    Raises
    ------
    TableError
        If no generator was saved, or its points are neither images nor of the plane.
    WcheckError
        If a generator cannot be read.
    """
    from matplotlib.figure import Figure

    if frame["saved"].isna().all():
        raise TableError("samples shows saved generators, and no row names one: run wcheck gan with --save.")
    saved = finite(frame[frame["saved"].notna()], "step")
    played = list(games(saved))
    shown = [(name, list(_looks(rows))) for name, rows in played[:GAMES]]
    data, reason = _data(saved)
    flat = _is_flat(shown[0][1][0][1])
    across = max(len(looks) for _, looks in shown) + (data is not None and not flat)
    inches = width() / max(2, across)
    names = [wrapped(name, width() - EDGE, SAID) for name, _ in shown]
    tall = [inches + 0.35 + (height_of(name, SAID) if name else 0.0) for name in names]
    figure = Figure(figsize=(width(), sum(tall)), layout="constrained")
    lines = figure.subfigures(len(shown), 1, squeeze=False, height_ratios=tall)[:, 0]
    for index, (name, (_, looks), line) in enumerate(zip(names, shown, lines, strict=True)):
        _draw_game(line, name, looks, data, flat, across, index)
    caption(
        figure,
        data_of(saved, "data"),
        "Generated points of one seed at each evaluation"
        + (", on grey points of the data." if flat and data else "."),
        "Nothing is estimated.",
        reason,
        f"{counted_are(len(played) - GAMES, 'more game')} not drawn." if len(played) > GAMES else "",
    )
    return figure


def _draw_game(
    line: SubFigure,
    name: str,
    looks: list[tuple[float, Measure]],
    data: Measure | None,
    flat: bool,
    across: int,
    index: int,
) -> None:
    grid = line.subplots(1, across, squeeze=False)[0]
    line.suptitle(name, x=0.01, ha="left", fontsize=SAID)
    for axes in grid:
        axes.set_axis_off()
    for axes, (step, points) in zip(grid, looks, strict=False):
        axes.set_title(f"step {step:,.0f}")
        if flat:
            axes.set_axis_on()
            _scatter(axes, points, data, index)
        else:
            axes.imshow(sheet(points, IMAGES), interpolation="none")
    if data is not None and not flat:
        grid[len(looks)].set_title("data")
        grid[len(looks)].imshow(sheet(data, IMAGES), interpolation="none")


def _scatter(axes: Axes, points: Measure, data: Measure | None, index: int) -> None:
    """Draw points on those of the data, in a frame of these."""
    style: dict[str, Any] = {"linestyle": "none", "marker": ".", "markeredgewidth": 0}
    own = points.block(slice(0, DOTS))
    frame = own if data is None else data.block(slice(0, DOTS))
    if data is not None:
        axes.plot(*frame.T, color=CERTIFIED, alpha=0.25, markersize=4, **style)
    axes.plot(*own.T, color=colour(index), alpha=0.6, markersize=3, **style)
    low, high = frame.min(axis=0), frame.max(axis=0)
    half = 0.62 * float((high - low).max()) or 1.0
    middle = (low + high) / 2
    axes.set(xlim=(middle[0] - half, middle[0] + half), ylim=(middle[1] - half, middle[1] + half))
    axes.locator_params(nbins=3)
    axes.tick_params(labelsize=6)
    axes.spines[:].set(visible=True, color="#cccccc")
    axes.set_aspect("equal")


def _looks(rows: DataFrame) -> Iterator[tuple[float, Measure]]:
    """Yield a few looks of a game, evenly spread, with the points of the generator that was saved at each."""
    from wcheck.measures.sources import load

    steps = [(step, look["saved"].iloc[0]) for step, look in parts(rows, "step")]
    count = min(LOOKS, len(steps))
    places = {round(k * (len(steps) - 1) / max(1, count - 1)) for k in range(count)}
    for place in sorted(places | {len(steps) - 1}) if count > 1 else [len(steps) - 1]:
        step, source = steps[place]
        yield step, load(_source(str(source)))


def _source(saved: str) -> str:
    """Return the source of a saved generator with as many points as are drawn, if it does not say how many."""
    return f"generator:{saved}" if ",n=" in saved else f"generator:{saved},n={max(DOTS, IMAGES)}"


def _data(rows: DataFrame) -> tuple[Measure | None, str]:
    """Return the data of the first row as the generators saw them; None, with a sentence, where they cannot be read."""
    from wcheck.measures.sources import Preprocessing, load

    first = rows.iloc[0].dropna()
    size = first.get("image_size")
    as_seen = Preprocessing(scale=first.get("scale"), image_size=None if size is None else int(size))
    try:
        return load(str(first["data"]), preprocessing=as_seen), ""
    except (WcheckError, KeyError):
        return None, "The data cannot be read from this folder, and are not drawn."


def _is_flat(points: Measure) -> bool:
    """Whether points lie in the plane; otherwise they are images."""
    if points.dim == 2:
        return True
    if len(points.shape) != 3 or points.shape[0] not in (1, 3):
        raise TableError(
            f"{points.name} has points of dimension {points.dim}: images and points of the plane are drawn; "
            "choose --kind gan."
        )
    return False


KIND = Kind("samples", panels, numbers=("step",), texts=("saved", "data"))
