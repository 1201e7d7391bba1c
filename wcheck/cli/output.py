"""Output: rows as a table on a terminal, as CSV in a pipe or in a file; sentences go to stderr."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import typer

from wcheck.cli.grid import folded
from wcheck.cli.options import Output
from wcheck.cli.progress import ProgressDisplay
from wcheck.cli.terminal import show
from wcheck.columns.layout import Layout
from wcheck.errors import ParameterError, counted, counted_are
from wcheck.experiments.base import Experiment, Task
from wcheck.experiments.driver import Workers, write_rows
from wcheck.experiments.telling.layouts import LAYOUTS
from wcheck.progress import remark
from wcheck.report.finished import sentences
from wcheck.rows.csvfile import CsvFile
from wcheck.rows.jsonlines import JsonStream
from wcheck.rows.table import CsvStream, Row, Table


def run(
    experiment: Experiment[Task],
    into: Output,
    *,
    also: Callable[[Sequence[Row]], str] | None = None,
    workers: Workers | None = None,
) -> Sequence[Row]:
    """Run an experiment, put its rows where they belong, and end the command with the status they deserve.

    Parameters
    ----------
    experiment : Experiment
        What to run.
    into : Output
        A file, CSV on standard output, or neither for a table on a terminal and CSV elsewhere. A terminal shows the
        table of a file as well.
    also : callable, optional
        Says more of the rows than the experiment does, and does what the command has to do with them before.
    workers : Workers, optional
        Who runs the tasks, where they are independent.

    Returns
    -------
    sequence of Row
        All rows, those of a resumed file included.

    Raises
    ------
    typer.Exit
        With status 1 if a row failed, 130 if the run was interrupted.
    """
    layout = LAYOUTS.get(experiment.name, Layout())
    if into.is_table and into.is_stream:
        raise ParameterError(
            "--wide and --show ask for a table, -o - and --json for rows instead: leave one of them out."
        )
    chosen = into.chosen(experiment.columns, layout)
    with_table = into.is_table or (sys.stdout.isatty() and not into.is_stream)
    table = _table(experiment, into, collect=with_table)
    interrupted = False
    with _remarks_last(held=with_table):
        try:
            with ProgressDisplay() as report:
                write_rows(experiment, table, report, workers)
        except KeyboardInterrupt:
            interrupted = True
        finally:
            if with_table and table.rows:
                show(table.columns, table.rows, layout, chosen=chosen, whole=into.wide)
                sys.stdout.write("\n")  # the sentences stand apart
        _tell(experiment, table.rows, also)
    if interrupted:
        say(f"interrupted; {_kept(table)}")
        raise typer.Exit(130)
    if table.failed:
        count = f"{table.failed} of {len(table.rows)} rows" if len(table.rows) > 1 else "The one row"
        say(f"{count} failed: see the column status.")
        raise typer.Exit(1)
    return table.rows


def list_rows(columns: Sequence[str], rows: Sequence[Row], *, json: bool = False) -> None:
    """Show rows that no experiment made: a table on a terminal, CSV elsewhere, or JSON anywhere."""
    if sys.stdout.isatty() and not json:
        show(columns, rows, whole=True)
        return
    stream = JsonStream(sys.stdout, columns) if json else CsvStream(sys.stdout, columns)
    for row in rows:
        stream.write(row)
    stream.finish()


def say(text: str) -> None:
    """Write a line or several to stderr; on a terminal they are folded between words."""
    if sys.stderr.isatty():
        from rich.console import Console

        width = Console(stderr=True).width
        lines = (folded(line, width, indent=_indent(line)) for line in text.splitlines() or [""])
        text = "\n".join(part for parts in lines for part in parts)
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _indent(line: str) -> int:
    """Return how far the lines that follow a folded one stand in: those of an entry of a list more than the first."""
    blanks = len(line) - len(line.lstrip())
    return 2 * blanks


@contextmanager
def _remarks_last(held: bool) -> Iterator[None]:
    """Within it what is remarked is held back, if a table follows, and said when it ends, under the table."""
    if not held:
        yield
        return
    sentences: list[str] = []

    def keep(record: logging.LogRecord) -> bool:
        sentences.append(record.getMessage())
        return False

    logger = logging.getLogger("wcheck")
    logger.addFilter(keep)
    try:
        yield
    finally:
        logger.removeFilter(keep)
        for sentence in dict.fromkeys(sentences):
            remark(sentence)


def _tell(
    experiment: Experiment[Task], rows: Sequence[Row], also: Callable[[Sequence[Row]], str] | None
) -> None:
    for sentence in sentences(type(experiment), rows):
        say(sentence)
    if rows and also is not None and (more := also(rows)):
        say(more)


def _table(experiment: Experiment[Task], into: Output, collect: bool) -> Table:
    columns, fine = experiment.columns, experiment.fine
    if into.path is not None:
        return CsvFile(
            into.path, columns, fine, overwrite=into.overwrite, neutral=experiment.neutral, notify=say
        )
    if into.json:
        return JsonStream(sys.stdout, columns, fine)
    return Table(columns, fine) if collect else CsvStream(sys.stdout, columns, fine)


def _kept(table: Table) -> str:
    finished = len(table.rows) + sum(map(len, table.early.values()))
    if table.scratch is not None and table.scratch.holds_tasks:
        rows = counted_are(finished, "row") if finished else "no row is"
        return f"{rows} finished: the same command resumes in the middle of the unfinished tasks."
    if not finished:
        return "no row was finished."
    rows = counted(finished, "row")
    if isinstance(table, CsvFile):
        return f"{rows} kept in {table.path}: the same command resumes after the last finished task."
    return f"{rows} finished."
