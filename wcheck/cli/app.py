"""The command ``wcheck``: its commands by the question that they answer, and how it starts and ends."""

from __future__ import annotations

import inspect
import logging
import signal
import sys
from collections.abc import Mapping
from types import FrameType, MappingProxyType
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
    report,
    reproduce,
    sample_complexity,
    streams,
    toys,
    two_gaussians,
    two_sample,
    versions,
)
from wcheck.cli.endings import USAGE_ERROR, end_with_bug, endings
from wcheck.cli.output import say
from wcheck.cli.usage import Command
from wcheck.columns import former
from wcheck.errors import ParameterError, WcheckError
from wcheck.progress import remark

QUESTIONS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "How far apart are two sets of points?": {
            "exact": exact.exact,
            "certify": certify.certify,
            "compare": compare.compare,
            "two-sample": two_sample.two_sample,
            "interval": interval.interval,
        },
        "What is a critic or a generator worth?": {
            "oracle": oracle.oracle,
            "audit": audit.audit,
            "gan": gan.gan,
            "known": known.known,
            "two-gaussians": two_gaussians.two_gaussians,
        },
        "What are estimates from samples and batches worth?": {
            "batch": batch.batch,
            "sample-complexity": sample_complexity.sample_complexity,
            "dimension": dimension.dimension,
            "bernoulli": bernoulli.bernoulli,
            "toys": toys.toys,
        },
        "What minimises the distance to batches?": {
            "kmedians": kmedians.kmedians,
            "false-minima": false_minima.false_minima,
            "crossover": crossover.crossover,
            "pixels": pixels.pixels,
        },
        "What do the papers claim, and does it hold?": {"reproduce": reproduce.reproduce},
        "Data, figures and columns": {
            "plot": plot.plot,
            "report": report.report,
            "columns": columns.columns,
            "data": data.app,
        },
    }
)
"""A question -> the names of the commands that answer it -> the commands."""


class _Guarded(TyperGroup):
    """Reads old spellings as new ones, says why an option is not there, and lists commands by their questions."""

    def make_context(self, info_name: str | None, args: list[str], *more: Any, **kwargs: Any) -> Any:
        if kwargs.get("resilient_parsing"):  # a shell that completes a line
            return super().make_context(info_name, args, *more, **kwargs)
        args, sentences = former.respelled(args)
        for sentence in sentences:
            remark(sentence)
        with endings(args):
            refused.check(args)
            return super().make_context(info_name, args, *more, **kwargs)

    def invoke(self, ctx: Any) -> Any:
        with endings([*ctx._protected_args, *ctx.args]):
            return super().invoke(ctx)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands, each with its whole first sentence."""
        longest = max(map(len, self.commands))
        for question, commands in QUESTIONS.items():
            formatter.write_paragraph()
            formatter.write(f"{question}\n")
            with formatter.indentation():
                formatter.write_dl(
                    [(f"{name:<{longest}}", first_sentence(self.commands[name])) for name in commands]
                )


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
    context_settings={"help_option_names": ["-h", "--help"]},
)
for commands in QUESTIONS.values():
    for name, command in commands.items():
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name, cls=Command)(command)


def main() -> None:
    """Run ``wcheck`` as the shell calls it.

    The exit status is 0 where all rows are fine, 1 where some failed, 2 for wrong usage and for streams and files that
    cannot be written, 70 for a bug of wcheck's (whose traceback is then in a file), 130 after Ctrl-C or SIGTERM.
    """
    streams.guard()
    signal.signal(signal.SIGTERM, _interrupt)
    logger = logging.getLogger("wcheck")
    logger.setLevel(logging.INFO)
    logger.addHandler(_Remarks())
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except WcheckError as error:  # what was left in the buffer
        say(f"wcheck: {error.line}")
        sys.exit(USAGE_ERROR)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:
        end_with_bug(error)


@app.callback(invoke_without_command=True)
def wcheck(
    ctx: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose",
            help="With --version, print the versions of all libraries too, and the devices, for bug reports.",
        ),
    ] = False,
) -> None:
    """Measure how far an estimate is from the Wasserstein-1 distance.

    Rows go to standard output: a table on a terminal, CSV in a pipe. Progress and remarks go to standard
    error.

    Example: wcheck exact "digits[0:200]" "digits[200:400]"
    """
    if version:
        typer.echo(versions.told() if verbose else f"wcheck {__version__}")
    elif verbose:
        raise ParameterError("--verbose belongs to --version: write wcheck --version --verbose.")
    elif ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())
    else:
        cache.lend_to_matplotlib()  # which other libraries import unasked


def first_sentence(command: Any) -> str:
    """Return what a command does, in one sentence."""
    return inspect.cleandoc(command.help).partition("\n")[0]


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
