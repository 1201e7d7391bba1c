"""Work shared among the threads of this process."""

from __future__ import annotations

import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np


def over_spans(count: int, parts: int, work: Callable[[slice], None]) -> None:
    """Run ``work`` on about equal spans of ``range(count)``, in at most ``parts`` threads and as many as torch uses.

    For compiled work that releases the interpreter, and whose results do not depend on the cuts.
    """
    import torch

    parts = min(parts, torch.get_num_threads())
    if parts <= 1:
        work(slice(0, count))
    else:
        cuts = np.linspace(0, count, parts + 1).astype(int)
        list(_pool(parts).map(work, [slice(int(s), int(e)) for s, e in pairwise(cuts)]))


@functools.cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="wcheck")
