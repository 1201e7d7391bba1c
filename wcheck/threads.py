"""Work cut into spans, one after another or shared among the threads of this process."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

import numpy as np

Item = TypeVar("Item")
Result = TypeVar("Result")

_own = threading.local()


def spans(count: int, step: int) -> Iterator[slice]:
    """Cut ``range(count)`` into slices of ``step``, the last one shorter."""
    for start in range(0, count, step):
        yield slice(start, min(start + step, count))


def over_spans(count: int, parts: int, work: Callable[[slice], None]) -> None:
    """Run ``work`` on about equal spans of ``range(count)``, in at most ``parts`` threads and as many as torch uses.

    For compiled work that releases the interpreter, and whose results do not depend on the cuts.
    """
    import torch

    parts = min(parts, torch.get_num_threads())
    if parts <= 1 or _is_in_pool():
        work(slice(0, count))
    else:
        cuts = np.linspace(0, count, parts + 1).astype(int)
        list(shared(work, [slice(int(s), int(e)) for s, e in pairwise(cuts)], parts))


def shared(
    work: Callable[[Item], Result], items: Iterable[Item], threads: int
) -> Generator[Result, None, None]:
    """Yield ``work(item)`` for all items, in their order, from a number of threads.

    When it ends early, by an error, Ctrl-C or its ``close``, what is not yet begun is given up. One of these threads
    that shares out work of its own does it alone: it would wait for threads that wait for it.
    """
    yield from map(work, items) if _is_in_pool() else _pool(threads).map(work, items)


def _is_in_pool() -> bool:
    return getattr(_own, "is_in_pool", False)


@functools.cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, "wcheck", lambda: setattr(_own, "is_in_pool", True))
