"""Figures as tests look at them: what is drawn in them, and what is written."""

import io

import numpy as np

from tests.plots import frames
from wcheck.plots.registry import draw


def drawn(name):
    """The rows of a kind, and its figure laid out as a file would have it."""
    frame = frames.FRAMES[name]()
    figure = draw(frame, name)
    figure.savefig(io.BytesIO(), format="svg")
    return frame, figure


def lines(axes):
    """All (x, y) of an axes' lines that show something, rounded."""
    return [
        (np.round(np.asarray(line.get_xdata(), float), 9), np.round(np.asarray(line.get_ydata(), float), 9))
        for line in axes.lines
    ]


def shows(axes, x, y):
    """Whether one line is exactly these points."""
    x, y = np.round(np.asarray(x, float), 9), np.round(np.asarray(y, float), 9)
    return any(np.array_equal(a, x) and np.array_equal(b, y) for a, b in lines(axes))


def caption(figure):
    return " ".join(figure.get_supxlabel().split())


def legend(figure):
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]
