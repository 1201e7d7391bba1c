"""How far tasks in other processes are: a small shared file that each writes its share of, and one process reads.

A process on another machine does not see the file, and its tasks count when they are finished.
"""

from __future__ import annotations

import contextlib
import os
import struct
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from wcheck.progress import TASK, Report, silent

SECONDS = 0.5
"""Between two looks at the file."""
NUMBER = struct.Struct("d")


@contextmanager
def tally(count: int, report: Report) -> Iterator[str]:
    """Report how much of ``count`` tasks is done as ``tasks``, now and then, from a thread of its own.

    Yields
    ------
    str
        The file that tasks write to by :func:`writer`; empty where none can be had.
    """
    try:
        file = tempfile.NamedTemporaryFile(prefix="wcheck-", buffering=0)  # noqa: SIM115 - closed below
        file.write(bytes(count * NUMBER.size))
    except OSError:
        yield ""
        return
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(SECONDS):
            file.seek(0)
            shares = struct.unpack(f"{count}d", file.read(count * NUMBER.size))
            report("tasks", sum(shares), count)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield file.name
    finally:
        ended.set()
        watcher.join()
        file.close()


def writer(path: str, number: int) -> Report:
    """Return what writes how much of task ``number`` is done; silent where the file is not to be seen."""
    if not os.path.isfile(path):
        return silent
    due = 0.0

    def write(label: str, done: float, total: float, note: str = "") -> None:
        nonlocal due
        if label == TASK and total > 0 and time.monotonic() >= due:
            due = time.monotonic() + SECONDS
            mark(path, number, done / total)

    return write


def mark(path: str, number: int, share: float) -> None:
    """Write how much of a task is done."""
    with contextlib.suppress(OSError), open(path, "r+b", buffering=0) as file:
        file.seek(number * NUMBER.size)
        file.write(NUMBER.pack(share))
