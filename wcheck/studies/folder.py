"""The folder of a reproduction: rows, claims and descriptions of studies, in files without any personal information."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wcheck.errors import OutputError
from wcheck.parallel import cores
from wcheck.rows import sidecar
from wcheck.rows.replace import as_output_error, replacing
from wcheck.rows.table import Row, csv_text
from wcheck.studies import commands
from wcheck.studies.judging import COLUMNS
from wcheck.studies.plan import PRESETS, Plan
from wcheck.studies.study import FOLDER, Run, Study

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = 1
RECORD = "reproduction.json"


class Folder:
    """A folder in which a plan is carried out.

    Parameters
    ----------
    path : Path
        The folder; made by :meth:`open`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def csv(self, run: Run) -> Path:
        """Return the path of the rows of a run."""
        return self.path / "runs" / f"{run.name}.csv"

    def fit(self, run: Run) -> Path:
        """Return the path of the fit of the rows of a run."""
        return self.csv(run).with_suffix(".fit.csv")

    def planned(self) -> Sequence[str]:
        """Return the names of the studies that are to be in the folder; none where it holds no reproduction."""
        record = self._record()
        return record["studies"] if record else ()

    def draws(self) -> int | None:
        """Return the draws of each game that the reproduction in the folder asked for, if it did."""
        record = self._record()
        return record.get("draws") if record else None

    def check(self, plan: Plan) -> None:
        """Refuse a plan that the folder cannot take; nothing is written.

        Raises
        ------
        OutputError
            If the folder holds something else, or a reproduction of another preset, of other data or other draws.
        """
        record = self._record()
        if record is None and self.path.is_dir() and any(self.path.iterdir()):
            raise OutputError(f"{self.path} is not empty and holds no reproduction: give a new folder.")
        for name, value in _asked(plan).items():
            if record is not None and record.get(name) != value:
                raise OutputError(
                    f"{self.path} holds a reproduction whose {name} is {record.get(name, 'that of the preset')}, not "
                    f"{value}: give another -o, or the same options."
                )

    def open(self, plan: Plan, commit: str, order: Sequence[str]) -> None:
        """Make the folder, or resume in one that holds a reproduction of the same preset and data.

        Parameters
        ----------
        plan : Plan
            What is to be run.
        commit : str
            That of the rules.
        order : sequence of str
            The names of all studies, in their order.

        Raises
        ------
        OutputError
            As :meth:`check`, or if the folder cannot be written.
        """
        self.check(plan)
        record = self._record()
        with as_output_error(self.path):
            for place in (self.path, self.path / "runs", self.path / "studies"):
                place.mkdir(parents=True, exist_ok=True)
        names = {*(record["studies"] if record else ()), *(study.name for study in plan.studies)}
        self._write_json(
            RECORD,
            {
                "schema": SCHEMA,
                **_asked(plan),
                "rules_commit": commit,
                "versions": sidecar.provenance()["versions"],
                "machine": f"{platform.system()} on {platform.machine()}, {cores()} cores",
                "studies": [name for name in order if name in names],
            },
        )

    def is_finished(self, run: Run) -> bool:
        """Whether all rows of a run are there."""
        record = self._sidecar(run)
        fitted = commands.FIT not in run.quick or self.fit(run).is_file()
        return record is not None and record["status"] == "finished" and fitted

    def share(self, run: Run) -> float:
        """Return the share of a run's tasks that are finished."""
        record = self._sidecar(run)
        return record["tasks_finished"] / record["tasks"] if record else 0.0

    def seconds_left(self, plan: Plan, run: Run) -> float:
        """Return what a run may still take on two cores."""
        return plan.seconds(run) * (1.0 - self.share(run))

    def seconds(self, run: Run) -> float | None:
        """Return what a run took so far, in all sessions; None where it is not there."""
        record = self._sidecar(run)
        if record is None:
            return None
        return float(sum(each.get("seconds", 0.0) for each in (record, *record.get("earlier", ()))))

    def rows(self, runs: Iterable[Run]) -> dict[str, pd.DataFrame]:
        """Return the rows of runs by their names, and those of a fit as ``NAME.fit``."""
        found = {}
        for run in runs:
            found[run.name] = frame(self.csv(run))
            if self.fit(run).is_file():
                found[f"{run.name}.fit"] = frame(self.fit(run))
        return found

    def write_claims(self, claims: Iterable[Row]) -> None:
        """Write the table of claims."""
        with replacing(self.path / "claims.csv") as file:
            file.write(csv_text(COLUMNS, claims).encode())

    def write_study(self, study: Study, plan: Plan) -> None:
        """Write what is said of a study, and the commands that redo its runs."""
        taken = {run.name: self.seconds(run) or 0.0 for run in study.runs}
        runs = [
            {
                "name": run.name,
                "command": commands.line(run, plan.preset, plan.named_data),
                "seconds": taken[run.name],
                "figures": [{"kind": kind, "alt": alt} for kind, alt in run.figures.items()],
                "beside": run.beside,
                "pictures": list(self._pictures(run)),
            }
            for run in study.runs
        ]
        said = {"name": study.name, "title": study.title, "question": study.question, "means": study.means}
        claims = [claim.name for claim in study.claims]
        self._write_json(
            f"studies/{study.name}.json",
            {**said, "runs": runs, "claims": claims, "seconds": sum(taken.values())},
        )

    def _pictures(self, run: Run) -> Iterator[dict[str, str]]:
        """Yield the pictures of a run that are there, by their paths from the folder of its rows."""
        rows = self.csv(run).parent
        for pattern, alt in run.pictures.items():
            for path in sorted(rows.glob(pattern.replace(FOLDER, run.name)))[-1:]:
                yield {"file": path.relative_to(rows).as_posix(), "alt": alt}

    def _write_json(self, name: str, record: Mapping[str, Any]) -> None:
        with replacing(self.path / name) as file:
            file.write((json.dumps(record, indent=1, ensure_ascii=False) + "\n").encode())

    def _record(self) -> dict[str, Any] | None:
        path = self.path / RECORD
        if not path.exists():
            return None
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            if record["schema"] != SCHEMA or record["preset"] not in PRESETS or not _is_sound(record):
                raise ValueError("another form")
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise OutputError(
                f"{path} is not the record of a reproduction that wcheck can read: give another -o."
            ) from error
        return dict(record)

    def _sidecar(self, run: Run) -> dict[str, Any] | None:
        path = self.csv(run)
        try:
            return sidecar.read(path.with_name(f"{path.name}.json")) if path.is_file() else None
        except OutputError:
            return None  # what is wrong with it is said when the run is gone on with


def _asked(plan: Plan) -> dict[str, str | int]:
    """Return what all runs of a folder have in common."""
    draws = {} if plan.draws is None else {"draws": plan.draws}
    return {"preset": plan.preset, "data": plan.named_data, **draws}


def frame(path: Path) -> pd.DataFrame:
    """Read rows: a column of numbers as floats, blank cells as NaN, everything else as text."""
    import pandas as pd

    texts = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=["", "nan"])
    return pd.DataFrame({name: _as_numbers(texts[name]) for name in texts})


def _as_numbers(column: pd.Series[Any]) -> pd.Series[Any]:
    import pandas as pd

    try:
        return pd.to_numeric(column).astype(float)
    except (ValueError, TypeError):
        return column


def _is_sound(record: Mapping[str, Any]) -> bool:
    draws = record.get("draws", 2)
    return (
        isinstance(record["data"], str)
        and all(isinstance(name, str) for name in record["studies"])
        and isinstance(draws, int)
        and draws > 1
    )
