"""The rows of a finished run: the experiment that made them, what they mean, and their figure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wcheck.columns import former
from wcheck.columns.statuses import RAISED, advised
from wcheck.errors import OutputError
from wcheck.experiments.base import Experiment
from wcheck.experiments.registry import EXPERIMENTS
from wcheck.rows import sidecar
from wcheck.rows.table import Row, parse_rows

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def sentences(experiment: type[Experiment[Any]], rows: Sequence[Row]) -> Iterator[str]:
    """Yield what the rows of an experiment mean, and for each status that is not fine what to do about it."""
    if rows:
        if whole := [row for row in rows if row.get("status") != RAISED]:
            yield experiment.told(whole)
        yield from advised([row["status"] for row in rows])


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished file of rows.

    Attributes
    ----------
    path : Path
        The CSV file, beside its sidecar.
    experiment : type of Experiment
        The experiment that wrote it.
    rows : sequence of Row
        Its rows, under today's column names; columns that the experiment has gained since are blank.
    """

    path: Path
    experiment: type[Experiment[Any]]
    rows: Sequence[Row]

    @staticmethod
    def read(path: Path) -> Finished | None:
        """Return a file with its experiment; None unless a sidecar shows that a run of wcheck finished these rows."""
        try:
            record = sidecar.read(path.with_name(path.name + ".json"))
        except OutputError:
            return None
        experiment = EXPERIMENTS.get(record["experiment"])
        content = path.read_bytes()
        as_written = hashlib.sha256(content).hexdigest() == record["sha256"]
        if experiment is None or record["status"] != "finished" or not as_written:
            return None
        blank = dict.fromkeys(experiment.columns)
        rows = list(parse_rows(content.decode()))
        names = former.renamed(rows[0] if rows else ())
        rows = [blank | {names.get(name, name): value for name, value in row.items()} for row in rows]
        return Finished(path, experiment, rows)

    def told(self) -> str:
        """Return what the rows mean in sentences, one per line."""
        return "\n".join(sentences(self.experiment, self.rows))

    def figure(self, kind: str | None = None, style: str | None = None) -> Figure:
        """Draw the figure that belongs to the rows; see :func:`wcheck.plots.registry.draw`."""
        from wcheck.plots.registry import draw, load

        return draw(load([self.path]), kind, style)
