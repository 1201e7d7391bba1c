"""Progress of long-running code, reported by a callback, so that only the command line draws it; and how to stop it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Report(Protocol):
    """Called as ``report(label, done, total, note)``.

    Parameters
    ----------
    label : str
        What is being done; one label is one progress bar.
    done, total : float
        Work done and work in all, in any unit; ``total`` is 0 where it is unknown.
    note : str
        A short state to show beside the bar, such as the bracket so far.
    """

    def __call__(self, label: str, done: float, total: float, note: str = "") -> None:
        """Take one progress report."""


TASK = "task"
"""The label under which one of several tasks says how much of it is done; the driver makes it that of all of them."""


def within(report: Report, first: float, last: float) -> Report:
    """Return the report of a part of a task, which takes the task from one share of it to another."""

    def told(label: str, done: float, total: float, note: str = "") -> None:
        if total > 0:
            report(TASK, first + (last - first) * done / total, 1.0, note or label)

    return told


def silent(label: str, done: float, total: float, note: str = "") -> None:
    """Report to nobody: the default of every function that takes a ``report``."""


def remark(sentence: str) -> None:
    """Say what became of an input that is neither an error nor a number, such as files that were passed over.

    It goes to the logger ``wcheck`` at the level INFO, which is silent unless asked for; the command line writes it to
    stderr, each sentence once.
    """
    logging.getLogger("wcheck").info(sentence)


@contextmanager
def remarks() -> Iterator[list[str]]:
    """Within it, collect what is remarked, for a process whose logs nobody reads."""
    found: list[str] = []

    class Collecting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(record.getMessage())

    logger, handler = logging.getLogger("wcheck"), Collecting()
    level = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        yield found
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


@contextmanager
def interruptible() -> Iterator[None]:
    """Within it, a Ctrl-C that arrives while compiled code runs is a KeyboardInterrupt, as everywhere else.

    numba's functions return with the signal's exception set, which the interpreter turns into a SystemError.
    """
    try:
        yield
    except SystemError as error:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, KeyboardInterrupt):
                raise KeyboardInterrupt from error
            cause = cause.__cause__ or cause.__context__
        raise
