"""``wcheck.run``: an experiment run from Python, its rows as a data frame."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from wcheck import columns
from wcheck.columns.column import Setting, pair
from wcheck.errors import ParameterError, did_you_mean
from wcheck.experiments.base import Experiment
from wcheck.measures.preprocessing import Preprocessing
from wcheck.notebook import watched
from wcheck.progress import Report

if TYPE_CHECKING:
    from pathlib import Path

    from pandas import DataFrame


def run(
    experiment: Experiment[Any] | str,
    preset: str | None = None,
    /,
    *,
    output: str | Path | None = None,
    jobs: int = 1,
    report: Report | None = None,
    **options: Any,
) -> DataFrame:
    """Run an experiment and return its rows, as the command of the same name writes them.

    Parameters
    ----------
    experiment : Experiment or str
        An experiment object, or the name of its command, such as ``"oracle"``.
    preset : str, optional
        The name of a preset, such as ``"quick"``, for an experiment that is given by its name.
    output : path, optional
        A CSV file for the rows, with its sidecar; an interrupted run is continued in it. If left out, the rows are kept
        in memory.
    jobs : int
        The number of processes that run the tasks; with 1, they run in the current process.
    report : Report, optional
        Receives the progress. If left out, a notebook shows one line of progress; elsewhere nothing is shown.
    **options
        The options of an experiment that is given by its name, named as on the command line with ``_`` for ``-``. An
        option that can be given more than once there takes a value or a tuple of values.

    Returns
    -------
    DataFrame
        One row per observation, without the columns that are blank in all rows. ``attrs["told"]`` says in sentences
        what the rows mean, and the column ``status`` says whether each row is fine.

    Raises
    ------
    ParameterError
        If there is no such experiment, preset or option, or a value is not allowed.
    WcheckError
        Any error of the experiment; with ``output``, the rows that are finished stay in the file.

    Examples
    --------
    >>> import wcheck
    >>> rows = wcheck.run("exact", source="digits[0:20]", target="digits[20:40]", p=(1, 2))
    >>> rows[["p", "n", "status"]].values.tolist()
    [[1, 20, 'optimal'], [2, 20, 'optimal']]
    >>> print(rows.attrs["told"].splitlines()[0][:44])
    The Wasserstein-1 distance between these two
    """
    import pandas as pd

    from wcheck.experiments.driver import Workers, write_rows
    from wcheck.rows.csvfile import CsvFile
    from wcheck.rows.table import Table

    made = _made(experiment, preset, options)
    table = (
        Table(made.columns, made.fine)
        if output is None
        else CsvFile(output, made.columns, made.fine, neutral=made.neutral)
    )
    with watched(report) as told:
        write_rows(made, table, told, Workers(jobs=jobs, threads=None if jobs == 1 else 1))
    filled = [column for column in made.columns if any(row[column] is not None for row in table.rows)]
    frame = pd.DataFrame([{column: row[column] for column in filled} for row in table.rows])
    frame.attrs["told"] = made.told(table.rows) if table.rows else ""
    return frame


def _made(experiment: Experiment[Any] | str, preset: str | None, options: dict[str, Any]) -> Experiment[Any]:
    """Return the experiment, made of options if it is a name."""
    if isinstance(experiment, Experiment):
        if preset is not None or options:
            given = preset or ", ".join(options)
            raise ParameterError(
                f"{given} is for an experiment given by name: this one already has its options."
            )
        return experiment
    from wcheck.experiments.registry import named

    kind = named(experiment)
    several = _several(kind)
    chosen = {name: _as_tuple(name, value) if name in several else value for name, value in options.items()}
    try:
        return kind.of(preset, **chosen)
    except TypeError as error:  # of a dataclass: an option that there is not, or a value of another type
        if unknown := re.search("unexpected keyword argument '(.*)'", str(error)):
            near = did_you_mean(unknown[1], several, f"the page of wcheck {kind.name} lists them.")
            raise ParameterError(f"{kind.name} has no option {unknown[1]}{near}") from error
        raise ParameterError(
            f"{kind.name} cannot be made with these options ({error}): see its page."
        ) from error


def _several(kind: type[Experiment[Any]]) -> set[str]:
    """Return the options of which an experiment takes several values."""
    parts = [*fields(kind), *fields(Preprocessing)]
    own = {part.name for part in parts if str(part.type).startswith("tuple[") and "..." in str(part.type)}
    return own | {setting.name for setting in columns.settings(*getattr(kind, "groups", ()))}


def _as_tuple(name: str, value: Any) -> Any:
    """Return values as a tuple, a lone one as the only one of it; the lone value of some options is a pair itself."""
    if value is None or (isinstance(value, tuple) and not value):
        return value
    setting = columns.find(name)
    is_pair = isinstance(setting, Setting) and setting.kind is pair
    several = value if isinstance(value, list | tuple | range) else (value,)
    return (tuple(several),) if is_pair and not isinstance(several[0], list | tuple) else tuple(several)
