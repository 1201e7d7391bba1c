"""How runs share the processes: tasks of a run that has many, and side by side those runs that have few."""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from wcheck.errors import WcheckError
from wcheck.experiments.base import Experiment
from wcheck.experiments.driver import Workers, write_rows
from wcheck.experiments.fit import check_fit, write_fit
from wcheck.experiments.tally import SECONDS, mark, tally
from wcheck.parallel import at_once, processes
from wcheck.progress import TASK, Report, remark, remarks
from wcheck.rows.csvfile import CsvFile
from wcheck.studies import commands
from wcheck.studies.folder import Folder
from wcheck.studies.plan import Plan
from wcheck.studies.study import Run

if TYPE_CHECKING:
    from wcheck.experiments.sample_complexity import SampleComplexity

OUTER = "reproduction"
"""The label under which a reproduction says how much of it is done, in seconds as they were declared."""
MANY = 2
"""Tasks a process from which on the processes share the tasks of a run."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended.

    Attributes
    ----------
    reason : str
        Why it did not finish; empty where it did.
    undone : int
        How many of its rows have a status that is not as it should be.
    """

    reason: str = ""
    undone: int = 0


def ended(plan: Plan, folder: Folder, jobs: int | None, report: Report) -> Iterator[tuple[Run, Ended]]:
    """Run what a plan has, and yield each run as it ends; what is finished already comes first and stays as it is.

    Each task computes on one thread, so that rows do not depend on how many processes there are.

    Parameters
    ----------
    plan : Plan
        What is run.
    folder : Folder
        Where.
    jobs : int, optional
        How many processes; one a core, as memory allows, if left out.
    report : Report
        Told how far all of it is, under :data:`OUTER`, and how far each run is.
    """
    jobs = at_once(jobs)
    finished = [run for run in plan.runs if folder.is_finished(run)]
    missing = [run for run in plan.runs if run not in finished]
    few = [run for run in missing if jobs > 1 and _is_narrow(plan, run, jobs)]
    few = few if len(few) > 1 else []
    left = {run.name: folder.seconds_left(plan, run) for run in missing}
    whole, done = sum(left.values()), 0.0
    for run in finished:
        yield run, _carried_out(plan, folder, jobs, report, run)
    report(OUTER, 0.0, whole)
    for run in missing:
        if run not in few:
            told = _within(report, run, folder.share(run), plan.seconds(run), done, whole)
            yield run, _carried_out(plan, folder, jobs, told, run)
            done += left[run.name]
    longest_first = sorted(few, key=lambda run: left[run.name], reverse=True)
    yield from _side_by_side(plan, folder, jobs, report, longest_first, done, whole)


def _is_narrow(plan: Plan, run: Run, jobs: int) -> bool:
    """Whether a run has too few tasks for all processes, and is on no GPU, which they would share."""
    try:
        made = commands.experiment(run, plan.preset, plan.data)
        return len(made.tasks()) < MANY * jobs and not _is_on_gpu(made)
    except WcheckError:
        return False  # is said when it is run


def _is_on_gpu(experiment: Experiment[Any]) -> bool:
    return str(getattr(experiment, "device", "cpu")) != "cpu"


def _side_by_side(
    plan: Plan, folder: Folder, jobs: int, report: Report, runs: Sequence[Run], before: float, whole: float
) -> Iterator[tuple[Run, Ended]]:
    """Yield runs as they end in processes of their own."""
    if not runs:
        return

    def told(label: str, done: float, total: float, note: str = "") -> None:
        report(OUTER, before + done, whole)  # seconds, as runs mark them

    left = dict(enumerate(runs))
    with tally(len(runs), told) as path:
        remote = partial(_remote, replace(plan, studies=()), folder, path)
        work = processes(min(jobs, len(runs)))(remote, list(left.items()))
        try:
            with closing(work) as results:
                for number, (end, remarked) in results:
                    for sentence in remarked:
                        remark(sentence)
                    yield left.pop(number), end
        except WcheckError as error:  # processes that died
            for run in left.values():
                yield run, Ended(error.line)


def _remote(plan: Plan, folder: Folder, path: str, numbered: tuple[int, Run]) -> tuple[Ended, list[str]]:
    """Carry out a run in a process of its own; return how it ended, and what was remarked."""
    number, run = numbered
    due, left = 0.0, folder.seconds_left(plan, run)

    def report(label: str, done: float, total: float, note: str = "") -> None:
        nonlocal due
        if path and label == OUTER and time.monotonic() >= due:
            due = time.monotonic() + SECONDS
            mark(path, number, done)

    with remarks() as remarked:
        told = _within(report, run, folder.share(run), plan.seconds(run), 0.0, left)
        end = _carried_out(plan, folder, 1, told, run)
    if path:
        mark(path, number, left)
    return end, remarked


def _carried_out(plan: Plan, folder: Folder, jobs: int, report: Report, run: Run) -> Ended:
    """Run what is missing of a run; a run that is at fault ends no other."""
    try:
        return Ended(undone=_write(plan, folder, jobs, report, run))
    except WcheckError as error:
        return Ended(_told(folder, error.line))
    except Exception as error:
        path = folder.csv(run).with_suffix(".error.txt")
        path.write_text(traceback.format_exc(), encoding="utf-8")
        return Ended(_told(folder, f"{type(error).__name__}: {error} (its traceback is in {path.name})"))


def _told(folder: Folder, reason: str) -> str:
    """Return a reason on one line, without the folder: others read it too."""
    return " ".join(reason.replace(f"{folder.path}{os.sep}", "").split())


def _write(plan: Plan, folder: Folder, jobs: int, report: Report, run: Run) -> int:
    """Write the rows of a run, and the fit of them if it has one; return how many failed."""
    own = str(folder.csv(run).with_suffix(""))
    experiment = commands.experiment(run, plan.preset, plan.data, own)
    fits = commands.options(run, plan.preset, plan.data).get(commands.FIT, False)
    if fits:
        check_fit(cast("SampleComplexity", experiment))
    fine = experiment.fine | run.fine
    table = CsvFile(folder.csv(run), experiment.columns, fine, neutral=experiment.neutral)
    on_gpu = _is_on_gpu(experiment)
    write_rows(experiment, table, report, Workers(1 if on_gpu else jobs, threads=None if on_gpu else 1))
    if fits:
        write_fit(folder.fit(run), table.rows)
    return table.failed


def _within(report: Report, run: Run, share: float, seconds: float, before: float, whole: float) -> Report:
    """Return a report that adds the progress of a run to that of the whole, without the share done earlier."""

    def told(label: str, done: float, total: float, note: str = "") -> None:
        if _is_of_all(label, run):
            now = done / total if total > 0 else share
            report(OUTER, before + seconds * max(now - share, 0.0), whole)
            report(run.name, done, total, note)
        else:
            report(label, done, total, note)

    return told


def _is_of_all(label: str, run: Run) -> bool:
    """Whether a report is about all tasks of a run."""
    return label in ("tasks", TASK, run.command)
