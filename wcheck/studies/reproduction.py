"""A reproduction: the runs of studies into a folder, resumed as all is, and what their rows say of the claims."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from wcheck.errors import WcheckError
from wcheck.experiments.driver import Workers, write_rows
from wcheck.experiments.fit import check_fit, write_fit
from wcheck.progress import TASK, Report, silent
from wcheck.rows.csvfile import CsvFile
from wcheck.rows.table import Row
from wcheck.studies import commands, rules
from wcheck.studies.folder import Folder
from wcheck.studies.judging import judged
from wcheck.studies.plan import Plan
from wcheck.studies.registry import STUDIES
from wcheck.studies.study import Run, Study

if TYPE_CHECKING:
    from wcheck.experiments.sample_complexity import SampleComplexity

OUTER = "reproduction"
"""The label under which a reproduction says how much of it is done, in seconds as they were declared."""


@dataclass
class Reproduction:
    """A plan that is carried out in a folder; what is finished there is left as it is.

    Attributes
    ----------
    plan : Plan
        What is run.
    folder : Folder
        Where.
    jobs : int, optional
        How many processes run the tasks; one a core if left out.
    claims : dict
        The rows of the claims of each study that was judged, by its name.
    failed : dict
        What went wrong in each run that did not finish, by its name.
    undone : dict
        How many rows of each run have a status that is not as it should be, where there are any.
    """

    plan: Plan
    folder: Folder
    jobs: int | None = None
    claims: dict[str, list[Row]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    undone: dict[str, int] = field(default_factory=dict)

    def missing(self) -> Sequence[Run]:
        """Return the runs that are not finished."""
        return [run for run in self.plan.runs if not self.folder.is_finished(run)]

    def run(self, report: Report = silent, after: Callable[[], object] = lambda: None) -> None:
        """Run what is missing, and judge each study as soon as its rows are there.

        Parameters
        ----------
        report : Report
            Told how far all of it is, under :data:`OUTER`, and how far each run is.
        after : callable
            Called whenever a study was judged and the files are written.

        Raises
        ------
        OutputError
            If the folder holds something else, or cannot be written; what goes wrong in a run is kept in
            :attr:`failed` instead.
        """
        self.committed = rules.read()
        self.folder.open(self.plan, self.committed.commit, [study.name for study in STUDIES])
        self._judge_those_before()
        missing = self.missing()
        whole, done = sum(map(self.plan.seconds, missing)), 0.0
        for study in self.plan.studies:
            for run in study.runs:
                fresh = run in missing
                share = self.plan.seconds(run) if fresh else 0.0
                if run.name not in self._ran:
                    self._ran.add(run.name)
                    self._run(run, _within(report, run, done, share, whole))
                    done += share
            self._judge(study)
            self._write()
            after()

    _ran: set[str] = field(default_factory=set, init=False, repr=False)
    committed: rules.Committed = field(default_factory=rules.read, init=False, repr=False)

    def _run(self, run: Run, report: Report) -> None:
        try:
            self._write_rows(run, report)
        except WcheckError as error:
            self.failed[run.name] = " ".join(error.line.split())
        except Exception as error:  # a run that is at fault does not end the others
            path = self.folder.csv(run).with_suffix(".error.txt")
            path.write_text(traceback.format_exc(), encoding="utf-8")
            self.failed[run.name] = f"{type(error).__name__}: {error} (its traceback is in {path.name})"

    def _write_rows(self, run: Run, report: Report) -> None:
        plan, own = self.plan, str(self.folder.csv(run).with_suffix(""))
        given = commands.options(run, plan.preset, plan.data)
        experiment = commands.experiment(run, plan.preset, plan.data, own)
        if fits := given.get(commands.FIT, False):
            check_fit(cast("SampleComplexity", experiment))
        table = CsvFile(self.folder.csv(run), experiment.columns, experiment.fine, neutral=experiment.neutral)
        on_gpu = given.get("device", "cpu") != "cpu"
        workers = Workers(1 if on_gpu and self.jobs is None else self.jobs, threads=None)
        write_rows(experiment, table, report, workers)
        if fits:
            write_fit(self.folder.fit(run), table.rows)
        if table.failed:
            self.undone[run.name] = table.failed

    def _judge(self, study: Study) -> None:
        failed = {run.name: self.failed[run.name] for run in study.runs if run.name in self.failed}
        missing = {run.name: "it is not finished" for run in study.runs if not self.folder.is_finished(run)}
        rows = {} if missing or failed else self.folder.rows(study.runs)
        self.claims[study.name] = judged(
            study, rows, self.plan.named_data, self.committed, {**missing, **failed}
        )
        self.folder.write_study(study, self.plan)

    def _judge_those_before(self) -> None:
        """Judge the studies that are in the folder already, and are not in the plan."""
        planned = {study.name for study in self.plan.studies}
        for study in STUDIES:
            if study.name not in self.folder.planned() or study.name in planned:
                continue
            if all(self.folder.is_finished(run) for run in study.runs):
                self._judge(study)

    def _write(self) -> None:
        order = [study.name for study in STUDIES if study.name in self.claims]
        self.folder.write_claims(row for name in order for row in self.claims[name])


def _within(report: Report, run: Run, before: float, share: float, whole: float) -> Report:
    """Return a report in which what a run says of itself is about the whole too."""

    def told(label: str, done: float, total: float, note: str = "") -> None:
        if label in ("tasks", TASK, run.command):
            part = done / total if total > 0 else 0.0
            report(OUTER, before + share * part, whole)
            report(run.name, done, total, note)
        else:
            report(label, done, total, note)

    report(OUTER, before, whole)
    return told
