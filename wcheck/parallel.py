"""Independent tasks in processes of their own: results as they finish, and the same bytes however many share the work.

A task computes on one thread, wherever it runs: sums by several threads round differently, and one core a task is what
keeps all of them busy.
"""

from __future__ import annotations

import signal
import threading
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Protocol, TypeAlias, TypeVar, cast

from wcheck.errors import ParameterError, SolverError

Argument = TypeVar("Argument")
Result = TypeVar("Result")


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


def here(function: Callable[[Argument], Result], arguments: Sequence[Argument]) -> Results[Result]:
    """Call one after the other in this process, on one thread; see :class:`Finished`."""
    for index, argument in enumerate(arguments):
        with one_thread():
            result = function(argument)
        yield index, result


def processes(jobs: int | None = None) -> Finished:
    """Return what calls in local processes.

    Parameters
    ----------
    jobs : int, optional
        How many at a time; as many as this process may use cores if left out. One means this very process.

    Raises
    ------
    ParameterError
        If ``jobs`` is below 1.
    """
    if jobs is None:
        jobs = cores()
    if jobs < 1:
        raise ParameterError(
            f"jobs is {jobs}: give an integer of at least 1, or leave it out for one a core."
        )
    return here if jobs == 1 else partial(_in_processes, jobs=jobs)


def cores() -> int:
    """Return how many cores this process may use."""
    import joblib

    return int(joblib.cpu_count())


def _in_processes(
    function: Callable[[Argument], Result], arguments: Sequence[Argument], jobs: int
) -> Results[Result]:
    """Call in processes; what was under way when one died is started again, once."""
    missing = dict(enumerate(arguments))
    for last in (False, True):
        try:
            with _attempt(function, missing, jobs) as results:
                for index, result in results:
                    del missing[index]
                    yield index, result
            return
        except _died() as error:
            if last:
                raise SolverError(
                    "processes died twice in mid-task, most likely of too little memory: "
                    "take fewer --jobs, or smaller tasks."
                ) from error


@contextmanager
def _attempt(
    function: Callable[[Argument], Result], missing: dict[int, Argument], jobs: int
) -> Iterator[Results[Result]]:
    import joblib

    with joblib.parallel_config(backend="loky", inner_max_num_threads=1):
        run = joblib.Parallel(n_jobs=jobs, batch_size=1, pre_dispatch=jobs, return_as="generator_unordered")
        # A list: what is missing shrinks while calls are still being handed out.
        started = run([joblib.delayed(_call)(function, *item) for item in missing.items()])
    results = cast("Results[Result]", started)
    try:
        yield results
    finally:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*cancelled", UserWarning)  # as was asked for
            results.close()


def _call(function: Callable[[Argument], Result], index: int, argument: Argument) -> tuple[int, Result]:
    """Run one call in a process that is there for calls alone."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent answers it
    stay_on_one_thread()
    return index, function(argument)


def _died() -> type[Exception]:
    from joblib.externals.loky.process_executor import BrokenProcessPool

    died: type[Exception] = BrokenProcessPool
    return died


@contextmanager
def one_thread() -> Iterator[None]:
    """Have torch and the linear algebra libraries compute on one thread; for one caller at a time."""
    import torch
    from threadpoolctl import threadpool_limits

    before = torch.get_num_threads()
    with threadpool_limits(1):
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(before)


def stay_on_one_thread() -> None:
    """Have this thread, of a process that is there for calls alone, compute on one thread from now on.

    The libraries keep one number for the whole process, torch one for each thread: to give them back after a call
    would disturb others that are under way.
    """
    import torch
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
    torch.set_num_threads(1)
