"""An existing Dask cluster: finding it, running calls on its workers, and saying in one line what went wrong."""

from __future__ import annotations

import asyncio
import concurrent.futures
import importlib.metadata
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from wcheck._version import __version__
from wcheck.errors import ParameterError, SolverError, WcheckError
from wcheck.measures.measure import Measure
from wcheck.parallel import Results, stay_on
from wcheck.threads import shared

if TYPE_CHECKING:
    from distributed import Client, Future

Argument = TypeVar("Argument")
Result = TypeVar("Result")

CONNECT_SECONDS = 3
"""How long a scheduler may take to answer."""
WORKER_SECONDS = 30
"""How long calls wait for a worker when there is none."""
POLL_SECONDS = 0.2
"""How often one who waits looks at the clock."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running Dask cluster, and the way in which its workers get the points.

    Attributes
    ----------
    address : str
        The address of the scheduler, such as ``"tcp://10.0.0.1:8786"``.
    load : callable, optional
        A function that returns the same two measures in every process of the cluster, such as
        ``functools.partial(load_pair, "cifar10:train", "cifar10:test")``. If left out, the points are written to files
        that workers map into memory.
    folder : path, optional
        The folder in which these files are written, and from which they are removed in the end; this machine and all
        workers must see it under the same name. If left out, this machine's temporary folder is used, which works if
        all workers run on this machine.

    Examples
    --------
    The scheduler is contacted only when a solve begins, ``wcheck.exact(x, y, dask=cluster)``:

    >>> from functools import partial
    >>> from wcheck.measures.sources import load_pair
    >>> cluster = Cluster("tcp://10.0.0.1:8786", load=partial(load_pair, "digits[0:9]", "digits[9:18]"))
    >>> x, y = cluster.load()
    >>> len(x), len(y)
    (9, 9)
    """

    address: str
    load: Callable[[], tuple[Measure, Measure]] | None = None
    folder: str | Path | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A function of ``(worker, *arguments)``, where the worker is the address of the one who runs it.

    It runs at ``home`` while that is there, and anywhere otherwise.
    """

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    home: str | None = None


class Connection:
    """A cluster that answers.

    Attributes
    ----------
    cluster : Cluster
        What was asked for.
    files : Path
        A folder for files, which goes when the connection does.
    """

    def __init__(self, client: Client, cluster: Cluster, files: Path) -> None:
        self.cluster, self.files = cluster, files
        self._client = client

    def workers(self) -> dict[str, int]:
        """Return the number of threads of each worker."""
        with self._in_words():
            return dict(sorted(self._client.nthreads().items()))

    def tell(self, value: object) -> Future[Any]:
        """Send a value that many calls take as an argument.

        It is the result of a task, which is run again if its worker dies: data that is scattered dies with it.
        """
        with self._in_words():
            return self._client.submit(_itself, value, pure=False)

    def run(self, calls: Sequence[Call], check: Callable[[], None]) -> list[Any]:
        """Run calls and return what they return, in their order.

        Parameters
        ----------
        check : callable
            Called now and then; what it raises ends the wait.

        Raises
        ------
        SolverError
            If the cluster is lost, or has had no worker for half a minute, or a call killed several.
        WcheckError
            What a call raised, with the worker's address.
        """
        results = dict(self._finished(calls, check))
        return [results[index] for index in range(len(calls))]

    def finished(
        self, function: Callable[[Argument], Result], arguments: Sequence[Argument]
    ) -> Results[Result]:
        """Run independent tasks; see :class:`wcheck.parallel.Finished`, and :meth:`run` for what is raised."""
        calls = [Call(_on_one_thread, (function, argument)) for argument in arguments]
        return self._finished(calls, lambda: None)

    def _finished(self, calls: Sequence[Call], check: Callable[[], None]) -> Results[Any]:
        """Yield the index of a call and what it returned, as they finish."""
        with self._in_words():
            index = {
                self._client.submit(
                    _at_worker,
                    call.function,
                    *call.arguments,
                    workers=call.home,
                    allow_other_workers=call.home is not None,
                    pure=False,
                ): number
                for number, call in enumerate(calls)
            }
        while index:
            with self._in_words():
                done = self._wait(index, check)
                results = self._client.gather(done)
            for future, result in zip(done, results, strict=True):
                yield index.pop(future), result

    def _wait(self, futures: Collection[Future[Any]], check: Callable[[], None]) -> list[Future[Any]]:
        """Wait for some to finish, and return them."""
        from distributed import wait

        seen = time.monotonic()
        while True:
            check()
            with suppress(TimeoutError), self._client.as_current():
                wait(list(futures), timeout=POLL_SECONDS, return_when="FIRST_COMPLETED")
            if done := [future for future in futures if future.done()]:
                return done
            if self._client.nthreads():
                seen = time.monotonic()
            elif time.monotonic() - seen > WORKER_SECONDS:
                raise SolverError(
                    f"the cluster at {self.cluster.address} has lost all workers: see their logs, and start some."
                )

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        from distributed import KilledWorker

        address = self.cluster.address
        try:
            yield
        except KilledWorker as error:
            raise SolverError(
                f"several workers of the cluster at {address} died in one task: give them more memory."
            ) from error
        except (OSError, asyncio.CancelledError, concurrent.futures.CancelledError) as error:
            raise SolverError(
                f"the cluster at {address} was lost ({str(error) or type(error).__name__}): start it, and run "
                "again; with a checkpoint a solve resumes where it stopped."
            ) from error


@contextmanager
def connect(cluster: str | Cluster | None) -> Iterator[Connection | None]:
    """Connect to a cluster for the time of a ``with``; without one there is nothing to connect to.

    Raises
    ------
    ParameterError
        If Dask is not installed, nothing answers at the address within seconds, there is no worker, workers have
        another version of wcheck, or the folder for files cannot be written.
    """
    if cluster is None:
        yield None
        return
    cluster = Cluster(cluster) if isinstance(cluster, str) else cluster
    try:
        import dask
        from distributed import Client
    except ImportError as error:
        raise ParameterError(
            f"dask is {cluster.address!r}, but Dask is not installed: pip install 'wcheck[dask]'."
        ) from error
    _greet(cluster.address)
    with (
        # What is told is some tens of MB in high dimension, on purpose and once.
        dask.config.set({"distributed.admin.large-graph-warning-threshold": "1TiB"}),
        Client(cluster.address, timeout=CONNECT_SECONDS, set_as_default=False) as client,
    ):
        _check_workers(client, cluster.address)
        try:
            files = tempfile.TemporaryDirectory(prefix="wcheck-", dir=cluster.folder)
        except OSError as error:
            raise ParameterError(
                f"folder is {str(cluster.folder)!r}: {error.strerror}; give one that can be written."
            ) from error
        with files as name:
            yield Connection(client, cluster, Path(name).absolute())


def _greet(address: str) -> None:
    """Raise a ParameterError unless a Dask scheduler answers; a client that fails to start leaves noise behind."""
    from distributed import Security
    from distributed.comm.core import connect as reach

    async def greet() -> None:
        reached = reach(address, timeout=CONNECT_SECONDS, **Security().get_connection_args("client"))
        # Its own timeout does not cover a server that accepts and then says nothing.
        await (await asyncio.wait_for(reached, CONNECT_SECONDS)).close()

    try:
        # In another thread: in a notebook, this one runs an event loop already.
        list(shared(lambda _: asyncio.run(greet()), [address], 1))
    except Exception as error:  # a server that is not Dask's may cause any
        raise ParameterError(
            f"dask is {address!r}, where no scheduler answers ({str(error) or type(error).__name__}): "
            "give the address of a running one, such as 'tcp://10.0.0.1:8786'."
        ) from error


def _check_workers(client: Client, address: str) -> None:
    # By a function that every worker can import: one that is sent a function that it cannot import dies of it.
    versions = client.run(importlib.metadata.version, "wcheck", on_error="return")
    if not versions:
        raise ParameterError(
            f"the cluster at {address} has no workers: start some, such as `dask worker {address}`."
        )
    for worker, version in versions.items():
        if version != __version__:
            raise ParameterError(
                f"worker {worker} has {'no wcheck' if isinstance(version, Exception) else f'wcheck {version}'}, and "
                f"here is wcheck {__version__}: install one version on every machine."
            )


def _on_one_thread(worker: str, function: Callable[[Argument], Result], argument: Argument) -> Result:
    stay_on(1)
    return function(argument)


def _itself(value: Any) -> Any:
    return value


def _at_worker(function: Callable[..., Any], *arguments: Any) -> Any:
    """Run a call on a worker."""
    from distributed import get_worker

    address = get_worker().address
    try:
        return function(address, *arguments)
    except WcheckError as error:
        raise type(error)(f"worker {address}: {error}") from error
