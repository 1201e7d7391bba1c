"""The folders of downloaded data sets: one of the user's or the cache; and the progress of a download."""

from __future__ import annotations

import os
from pathlib import Path

from wcheck import cache
from wcheck.errors import SourceError
from wcheck.progress import Report


def home(data_dir: Path | None, called: str, folder: str) -> Path:
    """Return what directly contains the folder of a data set: the one given, that in ``WCHECK_DATA``, or the cache.

    Raises
    ------
    SourceError
        If there is none, for a user without a home.
    """
    if data_dir is not None:
        return Path(data_dir)
    if os.environ.get("WCHECK_DATA"):
        return Path(os.environ["WCHECK_DATA"])
    place = cache.home()
    if place is None:
        raise SourceError(
            f"there is no home folder in which to keep {called}: give the folder that contains {folder}/, or that "
            "should, as --data-dir or in WCHECK_DATA."
        )
    return place


class Downloaded:
    """What pooch wants of a progress bar, handing on to a report."""

    def __init__(self, report: Report, called: str) -> None:
        self.report = report
        self.called = called
        self.total = 0
        self.done = 0

    def update(self, amount: int) -> None:
        """Take what has come."""
        self.done = min(self.done + amount, self.total) if self.total else self.done + amount
        self.report("download", self.done, self.total, self.called)

    def reset(self) -> None:
        """Begin again."""
        self.done = 0

    def close(self) -> None:
        """Do nothing."""
