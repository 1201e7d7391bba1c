"""``wcheck report``: a reproduction, or any files of rows, as one page of HTML."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wcheck.cli.groups import grouped
from wcheck.cli.output import say
from wcheck.cli.written import Writes
from wcheck.errors import ParameterError, SourceError
from wcheck.rows.csvfile import check_writable


@grouped()
def report(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="DIR|FILE.csv...",
            help="The folder of wcheck reproduce, or the rows that commands wrote, one section per file.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write the page: .html. Without it, it is report.html in the folder, or beside the first CSV.",
            show_default=False,
        ),
        Writes(".html"),
    ] = None,
) -> None:
    """Write one page of HTML about finished rows.

    For a folder of wcheck reproduce, the page holds the answer, the table of claims, and a section for each study. For
    CSV files, it holds what their rows mean, their figure, the first rows, all rows as a download, and how they were
    made. Nothing is run, and the page is one file that loads nothing from outside.

    Example: wcheck report critics.csv batch.csv -o page.html
    """
    from wcheck.report.page import PAGE, write, write_rows

    for source in sources:
        if sources.count(source) > 1:
            raise ParameterError(f"{source} was given twice: give it once.")
        if not source.exists():
            raise SourceError(f"there is no {source}: give the folder of wcheck reproduce, or CSV files.")
    folders = [source for source in sources if source.is_dir()]
    if folders and len(sources) > 1:
        raise ParameterError(f"{folders[0]} is a folder: give it alone, or CSV files without it.")
    page = output or (folders[0] / PAGE if folders else sources[0].with_name(PAGE))
    check_writable(page)
    if folders:
        write(folders[0], page)
    else:
        write_rows(sources, page)
    say(f"The page is in {page}.")
