"""The driver: runs an experiment into a table, in this process or in others."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from wcheck.columns.statuses import RAISED
from wcheck.errors import CostFunctionError, SourceError, WcheckError
from wcheck.experiments.base import Experiment, Task
from wcheck.experiments.tally import mark, tally, writer
from wcheck.importing import is_users
from wcheck.parallel import Finished, at_once, on_threads, processes, threads
from wcheck.progress import TASK, Report, interruptible, remark, remarks, silent
from wcheck.rows import sidecar
from wcheck.rows.scratch import Scratch
from wcheck.rows.table import Row, Table


@dataclass(frozen=True, slots=True)
class Workers:
    """Who runs the tasks of an experiment whose tasks are independent; their rows are the same whoever does.

    Attributes
    ----------
    jobs : int, optional
        How many local processes; one a core if left out. One is this very process, which writes row by row.
    dask : str, optional
        The address of a running Dask cluster instead, whose workers read the sources themselves.
    threads : int, optional
        How many each task computes on; if left out, the tasks that run at a time share the threads of this machine.
        Sums, and with them rows, differ by rounding with it.
    """

    jobs: int | None = None
    dask: str | None = None
    threads: int | None = 1

    def at_once(self, tasks: int) -> int:
        """Return how many tasks run at a time in local processes."""
        return min(at_once(self.jobs), max(1, tasks))

    def threads_each(self, tasks: int) -> int:
        """Return how many threads each task computes on."""
        return self.threads or max(1, threads() // self.at_once(tasks))


def write_rows(
    experiment: Experiment[Task], table: Table, report: Report = silent, workers: Workers | None = None
) -> None:
    """Run what the table does not hold yet of an experiment.

    Parameters
    ----------
    experiment : Experiment
        What to run.
    table : Table
        Takes the rows; a file that holds finished tasks of the same configuration continues after them.
    report : Report
        Called with the label ``tasks`` where there are several, and by the experiment.
    workers : Workers, optional
        Who runs the tasks, which the table takes as they finish; for an experiment that is a dataclass. If left out,
        they run one after the other in this process, row by row, on all its threads.

    Raises
    ------
    WcheckError
        Whatever the experiment or the table raises; rows written before stay.
    """
    workers = workers or Workers(jobs=1, threads=None)
    with table:
        experiment = experiment.fitting(report)
        tasks = experiment.tasks()
        threads = workers.threads_each(len(tasks))
        table.begin(experiment.name, lambda: experiment.config(report), len(tasks), threads)
        missing = [number for number in range(table.finished, len(tasks)) if number not in table.early]
        threads = table.threads
        if table.scratch is not None and experiment.resumes and missing:
            threads = table.scratch.start(threads)
        if workers.dask is None and workers.at_once(len(missing)) == 1:
            _write_here(experiment, tasks, missing, table, report, threads)
        elif missing:
            _write_finished(experiment, tasks, missing, table, report, workers, threads)
        table.finish()


def _write_here(
    experiment: Experiment[Task],
    tasks: Sequence[Task],
    missing: Sequence[int],
    table: Table,
    report: Report,
    threads: int,
) -> None:
    """Write row by row, in the order of the tasks."""
    for number in missing:
        told = _as_one_of(report, number, len(tasks), experiment.name)
        with on_threads(threads), interruptible():
            for row in _run(experiment, number, tasks[number], told, table.scratch):
                table.write(row)
        table.finish_task()
        table.write_due()
        _forget(table, number)


def _as_one_of(report: Report, number: int, tasks: int, name: str) -> Report:
    """Return a report in which what a task says of itself is about all of them."""

    def told(label: str, done: float, total: float, note: str = "") -> None:
        if label != TASK:
            report(label, done, total, note)
        elif tasks == 1:
            report(name, done, total, note)
        else:
            report("tasks", number + done / total, tasks, note)

    if tasks > 1:
        report("tasks", number, tasks)
    return told


def _write_finished(
    experiment: Experiment[Task],
    tasks: Sequence[Task],
    missing: Sequence[int],
    table: Table,
    report: Report,
    workers: Workers,
    threads: int,
) -> None:
    """Write task by task, as they finish elsewhere."""
    report("tasks", len(tasks) - len(missing), len(tasks))
    prepared, fingerprint = experiment.prepared(report), _fingerprint(experiment, report)
    _held[fingerprint] = experiment
    try:
        with _pool(workers, len(missing), threads) as finished, tally(len(tasks), report) as path:
            for number in set(range(len(tasks))).difference(missing):
                mark(path, number, 1.0)
            remote = _Remote(prepared, fingerprint, table.scratch, path)
            work = finished(partial(_rows, remote), [(number, tasks[number]) for number in missing])
            with closing(work) as results:
                for index, (rows, remarked) in results:
                    for sentence in remarked:
                        remark(sentence)
                    table.take(missing[index], rows)
                    _forget(table, missing[index])
                    if path:
                        mark(path, missing[index], 1.0)
                    else:
                        report("tasks", table.finished + len(table.early), len(tasks))
    finally:
        del _held[fingerprint]


@contextmanager
def _pool(workers: Workers, tasks: int, threads: int) -> Iterator[Finished]:
    if workers.dask is None:
        yield processes(workers.at_once(tasks), threads)
        return
    from wcheck.transport.cluster.connection import connect

    with connect(workers.dask) as connection:
        if connection is not None:
            yield connection.finished


@dataclass(frozen=True, slots=True)
class _Remote:
    """An experiment as another process gets it: small, with nothing that was read, and what it must read.

    Attributes
    ----------
    experiment : Experiment
        The configuration; relative paths of its sources start from the folder of the process that sent it.
    fingerprint : str
        The hash of its configuration, content hashes of the data included.
    scratch : Scratch, optional
        Where unfinished tasks keep what they need.
    tally : str
        The file in which each says how much of it is done, if there is one.
    """

    experiment: Experiment[Any]
    fingerprint: str
    scratch: Scratch | None
    tally: str


def _rows(remote: _Remote, numbered: tuple[int, Any]) -> tuple[list[Row], list[str]]:
    """Run one task, in whatever process this is; return its rows, and what was remarked."""
    report = writer(remote.tally, numbered[0])
    with remarks() as remarked:
        rows = list(_run(_read(remote), *numbered, report, remote.scratch))
    return rows, remarked


def _run(
    experiment: Experiment[Task], number: int, task: Task, report: Report, scratch: Scratch | None
) -> Iterator[Row]:
    """Yield the rows of a task; where a user's own code raises in its midst, the last one says so."""
    place = scratch.place(number) if scratch is not None and experiment.resumes else None
    try:
        yield from experiment.run(task, report, place)
    except Exception as error:
        if (said := _of_own_code(error)) is None or "status" not in experiment.columns:
            raise
        row = experiment.undone(task, report)
        remark(f"task {number}: {said}; its row has the status {RAISED}.")
        yield {column: value for column, value in row.items() if column in experiment.columns} | {
            "status": RAISED
        }


def _of_own_code(error: Exception) -> str | None:
    """Say what a user's own code did; None if it was not that."""
    if isinstance(error, CostFunctionError):
        return error.line.rstrip(".")
    if isinstance(error, WcheckError) or not is_users(error):
        return None
    return f"your own code raised {type(error).__name__}: {error} ({_place(error)})"


def _place(error: Exception) -> str:
    """Say where in a file an exception was raised."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{frame.filename}, line {frame.lineno}"


def _forget(table: Table, number: int) -> None:
    """Remove what a task kept, now that the table has its rows."""
    if table.scratch is not None:
        table.scratch.forget(number)


_held: dict[str, Experiment[Any]] = {}
"""The experiment that this process has read its data for."""
_lock = threading.Lock()


def _read(remote: _Remote) -> Experiment[Any]:
    with _lock:
        if remote.fingerprint not in _held:
            _held.clear()
            if _fingerprint(remote.experiment, silent) != remote.fingerprint:
                raise SourceError(
                    f"{remote.experiment.name} reads different data here than where it was started: "
                    "put the same data and the same versions on every machine."
                )
            _held[remote.fingerprint] = remote.experiment
        return _held[remote.fingerprint]


def _fingerprint(experiment: Experiment[Task], report: Report) -> str:
    """Hash all that a row depends on; the data are read for it."""
    config = {"experiment": experiment.name, **experiment.config(report)}
    return sidecar.fingerprint(sidecar.jsonable(config), experiment.neutral)
