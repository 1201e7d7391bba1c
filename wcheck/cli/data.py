"""``wcheck data``: what sources there are, fetching them, looking at one."""

from __future__ import annotations

import typer

app = typer.Typer(rich_markup_mode=None)
