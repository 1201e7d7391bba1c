"""How long-running code says where it is: a plain callback, so that nothing below the command line draws."""

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


def silent(label: str, done: float, total: float, note: str = "") -> None:
    """Report to nobody: the default of every function that takes a ``report``."""
