"""The command ``wcheck``: its commands, and how each way of ending becomes an exit status."""

from __future__ import annotations

import logging
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from wcheck import cache
from wcheck._version import __version__
from wcheck.cli import (
    audit,
    batch,
    bernoulli,
    certify,
    columns,
    compare,
    crossover,
    data,
    dimension,
    exact,
    false_minima,
    gan,
    interval,
    kmedians,
    known,
    oracle,
    pixels,
    plot,
    refused,
    sample_complexity,
    toys,
    two_gaussians,
    two_sample,
)
from wcheck.cli.output import say
from wcheck.columns import former
from wcheck.errors import WcheckError
from wcheck.progress import remark

USAGE_ERROR = 2
BUG = 70
INTERRUPTED = 130


class _Guarded(TyperGroup):
    """Reads old spellings as new ones, says why an option is not there, and turns endings into an exit status.

    These are a mistake, an interruption and a closed pipe.
    """

    def make_context(self, info_name: str | None, args: list[str], *more: Any, **kwargs: Any) -> Any:
        args, sentences = former.respelled(args)
        for sentence in sentences:
            remark(sentence)
        with _guarded():
            refused.check(args)
            return super().make_context(info_name, args, *more, **kwargs)

    def invoke(self, ctx: Any) -> Any:
        with _guarded():
            return super().invoke(ctx)


class _Remarks(logging.Handler):
    """Writes what is said of the input to stderr, each sentence once."""

    def __init__(self) -> None:
        super().__init__()
        self._said: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        sentence = " ".join(record.getMessage().split())
        if sentence not in self._said:
            self._said.add(sentence)
            say(sentence)


app = typer.Typer(
    cls=_Guarded,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("exact")(exact.exact)
app.command("certify")(certify.certify)
app.command("oracle")(oracle.oracle)
app.command("gan")(gan.gan)
app.command("audit")(audit.audit)
app.command("batch")(batch.batch)
app.command("sample-complexity")(sample_complexity.sample_complexity)
app.command("compare")(compare.compare)
app.command("two-sample")(two_sample.two_sample)
app.command("interval")(interval.interval)
app.command("dimension")(dimension.dimension)
app.command("kmedians")(kmedians.kmedians)
app.command("false-minima")(false_minima.false_minima)
app.command("crossover")(crossover.crossover)
app.command("bernoulli")(bernoulli.bernoulli)
app.command("pixels")(pixels.pixels)
app.command("known")(known.known)
app.command("toys")(toys.toys)
app.command("two-gaussians")(two_gaussians.two_gaussians)
app.command("plot")(plot.plot)
app.command("columns")(columns.columns)
app.add_typer(data.app, name="data")


def main() -> None:
    """Run ``wcheck`` as the shell calls it.

    The exit status is 0 where all rows are fine, 1 where some failed, 2 for wrong usage, 70 for a bug of
    wcheck's (with its traceback), 130 after Ctrl-C or SIGTERM.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    logger = logging.getLogger("wcheck")
    logger.setLevel(logging.INFO)
    logger.addHandler(_Remarks())
    try:
        app()
    except Exception:
        traceback.print_exc()
        sys.exit(BUG)


@app.callback(invoke_without_command=True)
def wcheck(
    ctx: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Measure how far an estimate is from the Wasserstein-1 distance.

    Rows go to standard output: a table on a terminal, CSV in a pipe. Progress and remarks go to standard
    error.

    Example: wcheck exact "digits[0:200]" "digits[200:400]"
    """
    if version:
        typer.echo(f"wcheck {__version__}")
    elif ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())
    else:
        cache.lend_to_matplotlib()  # which other libraries import unasked


@contextmanager
def _guarded() -> Iterator[None]:
    try:
        yield
    except WcheckError as error:
        say("wcheck: " + " ".join(error.line.split()))
        raise typer.Exit(USAGE_ERROR) from error
    except MemoryError as error:
        say(f"wcheck: the memory is full ({error}): take fewer points, by a slice or --subset.")
        raise typer.Exit(USAGE_ERROR) from error
    except KeyboardInterrupt:
        say("wcheck: interrupted.")
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        # Python would complain once more when it flushes the closed pipe at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
