"""Work cut into spans, one after another or shared among the threads of this process."""

from __future__ import annotations

import functools
import os
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from typing import TypeVar

PIECES = 4
"""Spans per thread: one that another process keeps from the processor holds up the others by a piece, not by a half."""
GRAIN = 1 << 15
"""Numbers that torch hands to a thread at least."""

Item = TypeVar("Item")
Result = TypeVar("Result")

_own = threading.local()


def spans(count: int, step: int) -> Iterator[slice]:
    """Cut ``range(count)`` into slices of ``step``, the last one shorter."""
    for start in range(0, count, step):
        yield slice(start, min(start + step, count))


def over_spans(count: int, parts: int, work: Callable[[slice], None]) -> None:
    """Run ``work`` on at most ``parts`` about equal spans of ``range(count)``, in as many threads as torch uses.

    For compiled work that releases the interpreter, and whose results do not depend on the cuts.
    """
    threads = 1
    if parts > 1 and not _is_in_pool():
        import torch

        threads = min(parts, torch.get_num_threads())
    if threads == 1:
        work(slice(0, count))
    else:
        import numpy as np

        cuts = np.linspace(0, count, min(parts, PIECES * threads) + 1).astype(int)
        list(shared(work, [slice(int(s), int(e)) for s, e in pairwise(cuts)], threads))


def shared(
    work: Callable[[Item], Result], items: Iterable[Item], threads: int
) -> Generator[Result, None, None]:
    """Yield ``work(item)`` for all items, in their order, from a number of threads.

    When it ends early, by an error, Ctrl-C or its ``close``, what is not yet begun is given up. One of these threads
    that shares out work of its own does it alone: it would wait for threads that wait for it.
    """
    yield from map(work, items) if _is_in_pool() else _pool(threads).map(work, items)


@contextmanager
def patient() -> Iterator[None]:
    """Have torch's threads sleep instead of spin while they wait for each other; for one caller or many at a time.

    On Linux torch shares work out by GNU's OpenMP, in which a thread that is ready first spins for milliseconds. Beside
    other processes it thereby keeps the thread that it waits for from the processor: a solve took up to 12 times as
    long. Where OpenMP has more threads than there are processors it goes to sleep after about a microsecond (libgomp's
    manual, GOMP_SPINCOUNT), and this can be brought about while a program runs: a thread beside holds a team that is
    just large enough, and does nothing.
    """
    with _changing:
        _waiting.ever = True
        if _waiting.count == 0:
            _waiting.team = _Team.of_this_process()
        _waiting.count += 1
    try:
        yield
    finally:
        with _changing:
            _waiting.count -= 1
            if _waiting.count == 0 and _waiting.team is not None:
                _waiting.team.end()


class _Team:
    """Threads of OpenMP that belong to a sleeping thread."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._ready, self._done = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._hold, name="wcheck-team", daemon=True)
        try:
            self._thread.start()
            self._ready.wait()
        except KeyboardInterrupt:  # an interpreter that ends while a thread is within torch aborts
            self._done.set()
            self._ready.wait()
            raise

    @staticmethod
    def of_this_process() -> _Team | None:
        """Return one that makes OpenMP's threads more than processors; None where nothing spins."""
        import torch

        threads = torch.get_num_threads()
        if threads == 1 or not sys.platform.startswith("linux"):
            return None
        return _Team(max(2, len(os.sched_getaffinity(0)) - threads + 2))

    def end(self) -> None:
        """Let the threads go."""
        self._done.set()
        self._thread.join()

    def _hold(self) -> None:
        import torch

        before = torch.get_num_threads()
        try:
            torch.set_num_threads(self._size)
            torch.zeros(self._size * GRAIN, dtype=torch.uint8).add_(1)  # the team begins with its first work
        finally:
            torch.set_num_threads(before)
            self._ready.set()
        self._done.wait()


class _Waiting:
    """How many callers are patient at the moment, the team that makes them so, and whether one ever was."""

    count = 0
    team: _Team | None = None
    ever = False


_changing = threading.Lock()
_waiting = _Waiting()


def _is_in_pool() -> bool:
    return getattr(_own, "is_in_pool", False)


@functools.cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, "wcheck", lambda: setattr(_own, "is_in_pool", True))


def _begin_alone() -> None:
    """Make a forked process usable: it has none of its parent's threads, but all that waits for them.

    GNU's OpenMP waits for ever for the threads that the parent's work began, unless there is to be only one.
    """
    global _changing, _waiting
    used, _changing, _waiting = _waiting.ever, threading.Lock(), _Waiting()
    _pool.cache_clear()
    if used and "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_alone)
