"""Where the texts of a figure lie, by the boxes that matplotlib draws them in."""

import itertools

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from wcheck.plots.registry import draw

PAGE, HALF = 7.4, 3.7
"""Inches of a figure in the README, and of half of it."""
TOUCH = 1.0
"""Pixels by which boxes may overlap: letters do not fill theirs."""


def boxes(figure):
    """The text and the box of everything that is written in a figure."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    hidden = set()
    for axes in figure.findobj(lambda artist: hasattr(artist, "get_xaxis")):
        for axis in (axes.xaxis, axes.yaxis):
            shown = axis._update_ticks() if axes.axison and axis.get_visible() else []
            for tick in [*axis.majorTicks, *axis.minorTicks]:
                if tick not in shown:
                    hidden |= {tick.label1, tick.label2}
            if not axes.axison:
                hidden |= {axis.label, axis.offsetText}
    texts = [
        text
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip() and text not in hidden and text.get_alpha() != 0
    ]
    extent = Text.get_window_extent  # of the text alone, without the line from an annotation to its point
    return [(text.get_text(), extent(text, canvas.get_renderer())) for text in texts], figure.bbox


def faults(figure):
    """Pairs of texts that lie on each other, and texts that leave the canvas."""
    found, canvas = boxes(figure)
    cut = [
        text
        for text, box in found
        if box.x0 < canvas.x0 - TOUCH
        or box.y0 < canvas.y0 - TOUCH
        or box.x1 > canvas.x1 + TOUCH
        or box.y1 > canvas.y1 + TOUCH
    ]
    touching = [
        (one, other)
        for (one, a), (other, b) in itertools.combinations(found, 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > TOUCH and min(a.y1, b.y1) - max(a.y0, b.y0) > TOUCH
    ]
    return touching, cut


def looked_at(frame, kind, inches):
    """A figure of this width, whose texts neither touch nor leave it."""
    figure = draw(frame, kind, inches=inches)
    assert faults(figure) == ([], [])
    return figure
