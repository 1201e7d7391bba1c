"""A reproduction: the runs of studies, written into a folder and resumable, and the verdicts on their claims."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from wcheck.progress import Report, silent
from wcheck.report import page
from wcheck.rows.table import Row
from wcheck.studies import rules
from wcheck.studies.folder import Folder
from wcheck.studies.judging import judged
from wcheck.studies.plan import Plan
from wcheck.studies.registry import STUDIES, with_draws
from wcheck.studies.running import ended
from wcheck.studies.study import Run, Study


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
    unwritten : str
        Why the page was not written; empty where it was.
    """

    plan: Plan
    folder: Folder
    jobs: int | None = None
    claims: dict[str, list[Row]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    undone: dict[str, int] = field(default_factory=dict)
    unwritten: str = ""

    def missing(self) -> Sequence[Run]:
        """Return the runs that are not finished."""
        return [run for run in self.plan.runs if not self.folder.is_finished(run)]

    def run(self, report: Report = silent, after: Callable[[], object] = lambda: None) -> None:
        """Run what is missing, and judge each study as soon as its rows are there.

        Parameters
        ----------
        report : Report
            Told how far all of it is, in seconds as they were declared, and how far each run is.
        after : callable
            Called whenever studies were judged and the files are written.

        Raises
        ------
        OutputError
            If the folder holds something else, or cannot be written; what goes wrong in a run is kept in
            :attr:`failed` instead.
        """
        committed = rules.read()
        self.folder.open(self.plan, committed.commit, [study.name for study in STUDIES])
        self._judge_those_before(committed)
        waiting = {study.name: {run.name for run in study.runs} for study in self.plan.studies}
        for run, end in ended(self.plan, self.folder, self.jobs, report):
            if end.reason:
                self.failed[run.name] = end.reason
            if end.undone:
                self.undone[run.name] = end.undone
            for names in waiting.values():
                names.discard(run.name)
            due = [study for study in self.plan.studies if waiting.get(study.name) == set()]
            for study in due:
                del waiting[study.name]
                self._judge(study, committed)
            if due:
                self._write(report)
                after()

    def _judge(self, study: Study, committed: rules.Committed) -> None:
        failed = {run.name: self.failed[run.name] for run in study.runs if run.name in self.failed}
        rows = self.folder.rows(run for run in study.runs if run.name not in failed)
        self.claims[study.name] = judged(study, rows, self.plan.named_data, committed, failed)
        self.folder.write_study(study, self.plan)

    def _judge_those_before(self, committed: rules.Committed) -> None:
        """Judge the studies that are in the folder already, and are not in the plan."""
        planned = {study.name for study in self.plan.studies}
        for study in with_draws(STUDIES, self.plan.draws):
            if study.name not in self.folder.planned() or study.name in planned:
                continue
            if all(self.folder.is_finished(run) for run in study.runs):
                self._judge(study, committed)

    def _write(self, report: Report) -> None:
        """Write the claims and the page, whose figures take a moment."""
        report("page", 0, 1)
        order = [study.name for study in STUDIES if study.name in self.claims]
        self.folder.write_claims(row for name in order for row in self.claims[name])
        try:
            page.write(self.folder.path)
            self.unwritten = ""
        except Exception as error:  # `wcheck report` makes it anew from the files
            self.unwritten = f"{type(error).__name__}: {error}"
        report("page", 1, 1)
