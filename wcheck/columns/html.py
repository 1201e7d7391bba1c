"""How a notebook shows a result: its numbers under the names that columns have, rounded as on a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from wcheck.columns.registry import find
from wcheck.columns.rounding import cell


def shown(title: str, row: Mapping[str, object]) -> str:
    """Return a table as HTML with a line for each number or text, and what it means where one points at its name.

    Parameters
    ----------
    title : str
        What the result is.
    row : mapping
        Names of columns and their values; what is None is left out. Certified bounds are rounded outward.
    """
    lines = []
    for name, value in row.items():
        if value is None:
            continue
        known = find(name)
        meaning = f' title="{escape(known.meaning)}"' if known is not None else ""
        lines.append(f"<tr><th{meaning}>{escape(name)}</th><td>{escape(cell(name, value))}</td></tr>")
    return f"<table><caption>{escape(title)}</caption>{''.join(lines)}</table>"
