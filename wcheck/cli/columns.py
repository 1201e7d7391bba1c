"""``wcheck columns``: what the columns of rows are."""

from __future__ import annotations

from typing import Annotated

import typer

from wcheck.cli import options, output


def columns(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME...",
            help="The columns to look up: by name, by table heading (V/L), or all columns of a "
            "command, such as oracle. Without a name, all columns are listed.",
            show_default=False,
            autocompletion=lambda incomplete: _names(incomplete),
        ),
    ] = None,
    json: options.Json = False,
) -> None:
    """Say what columns mean, and what they prove.

    A column is a setting, a fact about the data or the run, an estimate, which certifies nothing, a certified lower or
    upper bound, or the status of the row.

    Example: wcheck columns V/L
    """
    from wcheck.experiments.telling.glossary import glossary

    found = glossary(names or ())
    output.list_rows(tuple(found[0]), found, json=json)


def _names(incomplete: str) -> list[str]:
    """Return the columns whose names begin so: what a shell offers."""
    from wcheck.columns.registry import VOCABULARY

    return [name for name in VOCABULARY if name.startswith(incomplete)]
