"""The exit status for each way of ending, with one line that explains it."""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import typer

from wcheck.cli.output import say
from wcheck.cli.usage import mistake
from wcheck.errors import WcheckError

USAGE_ERROR = 2
BUG = 70
INTERRUPTED = 130


@contextmanager
def endings(words: Sequence[str]) -> Iterator[None]:
    """Turn a mistake of the user's, an interruption and a closed pipe into an exit status.

    Parameters
    ----------
    words : sequence of str
        The command line, from the command on.

    Raises
    ------
    typer.Exit
        With the status.
    """
    try:
        yield
    except WcheckError as error:
        say("wcheck: " + " ".join(error.line.split()))
        raise typer.Exit(USAGE_ERROR) from error
    except KeyboardInterrupt:
        say("wcheck: interrupted.")
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        raise typer.Exit(0) from None
    except Exception as error:
        if _is_of_memory(error):
            why = f" ({' '.join(str(error).split())})" if str(error) else ""
            sentence: str | None = f"out of memory{why}: use fewer points, with a slice or --subset."
        else:
            sentence = mistake(error, words)
        if sentence is None:
            raise
        say(f"wcheck: {sentence}")
        raise typer.Exit(USAGE_ERROR) from error


def end_with_bug(error: Exception) -> None:
    """Say in one line what was not foreseen, and where its traceback is; exit with status 70.

    Raises
    ------
    SystemExit
        Always.
    """
    text = _report()
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="wcheck-error-", suffix=".txt", delete=False, encoding="utf-8"
        ) as file:
            file.write(text)
    except OSError:  # no place for it
        say(text)
        say(f"wcheck: an unexpected error, {' '.join(what.split())}: {_reported('the traceback above')}")
        sys.exit(BUG)
    say(
        f"wcheck: an unexpected error, {' '.join(what.split())}: its traceback is in {file.name}; "
        f"{_reported('that file')}"
    )
    sys.exit(BUG)


def _is_of_memory(error: Exception) -> bool:
    """Whether an error says that memory is full; torch has a RuntimeError for it, on a GPU one of its own kind."""
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or "DefaultCPUAllocator" in str(error)
    )


def _report() -> str:
    from wcheck.cli import versions

    command = shlex.join([os.path.basename(sys.argv[0]), *sys.argv[1:]])
    return f"{command}\n\n{versions.told()}\n\n{traceback.format_exc()}"


def _reported(what: str) -> str:
    """Say how it is reported, and where, if the project says so."""
    from importlib import metadata  # no help needs it

    try:
        urls = metadata.metadata("wcheck").get_all("Project-URL") or []
    except metadata.PackageNotFoundError:
        urls = []
    places = [url.partition(", ")[2] for url in urls if url.lower().startswith(("issues", "tracker", "bug"))]
    return f"please report it with {what}" + (
        f" at {places[0]}." if places else " to whoever gave you wcheck."
    )
