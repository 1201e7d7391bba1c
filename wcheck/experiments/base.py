"""What an experiment is, and the driver that runs one into a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Protocol, TypeVar

from wcheck.progress import Report, silent
from wcheck.table import Row, Table

Task = TypeVar("Task")


class Experiment(Protocol[Task]):
    """A frozen configuration that can be run: a dataclass with every option explicit.

    Its rows depend on the configuration and the seed alone, so that a run which was cut off goes on as if it
    had not been.

    Attributes
    ----------
    name : str
        How the sidecar calls it: the command's name.
    columns : tuple of str
        Of its rows, in order.
    fine : frozenset of str
        The values of the column ``status`` that mean a row is as it should be; with any other the command
        ends with status 1.
    neutral : frozenset of str
        Dotted names in :meth:`config` that change no row: a resumed run may differ in them.
    """

    name: ClassVar[str]
    columns: ClassVar[tuple[str, ...]]
    fine: ClassVar[frozenset[str]]
    neutral: ClassVar[frozenset[str]]

    def config(self, report: Report) -> Mapping[str, object]:
        """Return all options, and the content hash of the data they name; data may be read here."""

    def tasks(self) -> Sequence[Task]:
        """Return the tasks in the order of their rows; cheap."""

    def run(self, task: Task, report: Report) -> Iterator[Row]:
        """Yield the rows of one task as they come; a task that was cut off is run again from its start."""


def write_rows(experiment: Experiment[Task], table: Table, report: Report = silent) -> None:
    """Run what the table does not hold yet of an experiment, row by row.

    Parameters
    ----------
    experiment : Experiment
        What to run.
    table : Table
        Takes the rows; a file that holds finished tasks of the same configuration goes on after them.
    report : Report
        Called with the label ``tasks`` where there are several, and by the experiment.

    Raises
    ------
    WcheckError
        Whatever the experiment or the table raises; rows written before stay.
    """
    tasks = experiment.tasks()
    with table:
        table.begin(experiment.name, lambda: experiment.config(report), len(tasks))
        for done, task in enumerate(tasks[table.finished :], start=table.finished):
            if len(tasks) > 1:
                report("tasks", done, len(tasks))
            for row in experiment.run(task, report):
                table.write(row)
            table.finish_task()
        table.finish()
