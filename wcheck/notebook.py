"""Progress in a notebook: one line under the cell, which is updated and disappears at the end."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

from wcheck.progress import Report, silent

SECONDS = 0.2
"""How often the line may change."""


def is_notebook() -> bool:
    """Whether this runs in the kernel of a notebook, which shows HTML."""
    interactive = sys.modules.get("IPython")
    shell = interactive.get_ipython() if interactive is not None else None
    return getattr(shell, "kernel", None) is not None


@contextmanager
def watched(report: Report | None = None) -> Iterator[Report]:
    """Yield the report that was given; without one that of a notebook, and outside of notebooks a silent one."""
    if report is not None or not is_notebook():
        yield report or silent
        return
    line = Line()
    try:
        yield line
    finally:
        line.clear()


class Line:
    """A :class:`wcheck.progress.Report` that shows the label that was told last."""

    def __init__(self) -> None:
        self._handle: Any = None
        self._due = 0.0

    def __call__(self, label: str, done: float, total: float, note: str = "") -> None:
        """Take one report."""
        clock = time.monotonic()
        if clock < self._due and not 0 < total <= done:
            return
        self._due = clock + SECONDS
        share = f" {100 * min(1.0, done / total):.0f} %" if total > 0 else ""
        self._show(f"{label}{share}{f' ({note})' if note else ''}")

    def clear(self) -> None:
        """Remove the line."""
        if self._handle is not None:
            self._show("")

    def _show(self, text: str) -> None:
        from IPython.display import HTML, display

        found = HTML(f"<small>{escape(text)}</small>")
        if self._handle is None:
            self._handle = display(found, display_id=True)
        else:
            self._handle.update(found)
