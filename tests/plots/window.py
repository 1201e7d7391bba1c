"""A matplotlib backend that stands for one with a display: its window notes in a file what it shows, and closes."""

import os
from pathlib import Path

from matplotlib.backend_bases import FigureCanvasBase, FigureManagerBase


class FigureManager(FigureManagerBase):
    def show(self):
        pass

    @classmethod
    def start_main_loop(cls):
        from matplotlib import _pylab_helpers

        (manager,) = _pylab_helpers.Gcf.get_all_fig_managers()
        titles = [axes.get_xlabel() for axes in manager.canvas.figure.axes]
        Path(os.environ["WCHECK_TEST_WINDOW"]).write_text("\n".join(titles))


class FigureCanvas(FigureCanvasBase):
    required_interactive_framework = "headless"  # what matplotlib calls a machine like that of the tests
    manager_class = FigureManager
