"""Independent tasks in processes of their own: results as they finish, and the same bytes however many share the work.

A task computes on a number of threads that does not depend on where it runs, one unless told otherwise: sums by several
threads round differently, and one core per task is what keeps all of them busy.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Protocol, TypeAlias, TypeVar, cast

from wcheck.errors import ParameterError, SolverError
from wcheck.threads import patient

Argument = TypeVar("Argument")
Result = TypeVar("Result")

PROCESS = 3 << 29
"""Bytes that one more process may take: torch, and a copy of the data."""

Results: TypeAlias = Generator[tuple[int, Result], None, None]
"""What calls return, each with the index of its argument."""


class Finished(Protocol):
    """Runs a function on arguments and yields ``(index, result)`` as they finish, in any order.

    What a call raises ends the iteration; calls that are not finished are given up when the iterator is closed.
    """

    def __call__(
        self, function: Callable[[Argument], Result], arguments: Sequence[Argument]
    ) -> Results[Result]:
        """Start the calls."""


def here(
    function: Callable[[Argument], Result], arguments: Sequence[Argument], threads: int = 1
) -> Results[Result]:
    """Call one after the other in this process; see :class:`Finished`."""
    for index, argument in enumerate(arguments):
        with on_threads(threads):
            result = function(argument)
        yield index, result


def processes(jobs: int | None = None, threads: int = 1) -> Finished:
    """Return what calls in local processes, which end with this one, however it ends.

    Parameters
    ----------
    jobs : int, optional
        How many at a time; as many as :func:`at_once` allows if left out. One means this very process.
    threads : int
        How many each call computes on.

    Raises
    ------
    ParameterError
        If ``jobs`` is below 1.
    """
    jobs = at_once(jobs)
    if jobs == 1:
        return partial(here, threads=threads)
    return partial(_in_processes, jobs=jobs, threads=threads)


def at_once(jobs: int | None) -> int:
    """Return ``jobs``, or how many processes this machine has cores and free memory for, at least 1.

    Raises
    ------
    ParameterError
        If ``jobs`` is below 1.
    """
    if jobs is None:
        import psutil

        return max(1, min(cores(), int(psutil.virtual_memory().available // PROCESS)))
    if jobs < 1:
        raise ParameterError(
            f"jobs is {jobs}: give an integer of at least 1, or leave it out for one per core."
        )
    return jobs


def cores() -> int:
    """Return how many cores this process may use: of a container, its share."""
    import joblib

    return int(joblib.cpu_count())


def threads() -> int:
    """Return how many threads torch computes on, no more than there are cores for this process."""
    import torch

    return min(torch.get_num_threads(), cores())


def _in_processes(
    function: Callable[[Argument], Result], arguments: Sequence[Argument], jobs: int, threads: int
) -> Results[Result]:
    """Call in processes; what was under way when one died is started again, once."""
    missing = dict(enumerate(arguments))
    for last in (False, True):
        try:
            with _attempt(partial(_call, function, os.getpid(), threads), missing, jobs, threads) as results:
                for index, result in results:
                    del missing[index]
                    yield index, result
            return
        except _died() as error:
            if last:
                raise SolverError(
                    "processes died twice in the middle of a task, most likely because memory ran "
                    "out: use fewer --jobs, or smaller tasks."
                ) from error


@contextmanager
def _attempt(
    call: Callable[[int, Argument], tuple[int, Result]], missing: dict[int, Argument], jobs: int, threads: int
) -> Iterator[Results[Result]]:
    import joblib

    with joblib.parallel_config(backend="loky", inner_max_num_threads=threads):
        run = joblib.Parallel(n_jobs=jobs, batch_size=1, pre_dispatch=jobs, return_as="generator_unordered")
        # A list: what is missing shrinks while calls are still being handed out.
        started = run([joblib.delayed(call)(*item) for item in missing.items()])
    results = cast("Results[Result]", started)
    try:
        yield results
    finally:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*cancelled", UserWarning)  # as was asked for
            results.close()


def _call(
    function: Callable[[Argument], Result], parent: int, threads: int, index: int, argument: Argument
) -> tuple[int, Result]:
    """Run one call in a process that is there for calls of its parent alone."""
    _end_with(parent)
    _stay()
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent answers it
    stay_on(threads)
    return index, function(argument)


@functools.cache
def _stay() -> None:
    """Keep joblib from replacing this process once it has grown by 300 MB, as it does by loading torch and kernels.

    Each replacement loads them again; and where the last process leaves like that while the parent waits for it, nobody
    may be told.
    """
    from joblib.externals.loky import process_executor

    process_executor._MAX_MEMORY_LEAK_SIZE = sys.maxsize


@functools.cache
def _end_with(parent: int) -> None:
    """End this process soon after its parent has ended without a word, by ``kill -9`` or for want of memory."""
    if os.name != "posix":
        return  # there, nobody else becomes the parent

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="wcheck-parent", daemon=True).start()


def _died() -> type[Exception]:
    from joblib.externals.loky.process_executor import BrokenProcessPool

    died: type[Exception] = BrokenProcessPool
    return died


@contextmanager
def on_threads(count: int) -> Iterator[None]:
    """Have torch and the linear algebra libraries compute on ``count`` threads; for one caller at a time.

    Several of them sleep while they wait for each other (:func:`wcheck.threads.patient`).
    """
    import torch
    from threadpoolctl import threadpool_limits

    before = torch.get_num_threads()
    with threadpool_limits(count):
        torch.set_num_threads(count)
        try:
            with patient():
                yield
        finally:
            torch.set_num_threads(before)


def stay_on(count: int) -> None:
    """Have this thread, of a process that is there for calls alone, compute on ``count`` threads from now on.

    The libraries keep one number for the whole process, torch one for each thread: to give them back after a call
    would disturb others that are under way.
    """
    import torch
    from threadpoolctl import threadpool_limits

    threadpool_limits(count)
    torch.set_num_threads(count)
