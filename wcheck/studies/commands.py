"""A run as a command: the experiment that its options make, and the line that redoes it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from wcheck.experiments.base import Experiment
from wcheck.experiments.registry import named
from wcheck.studies.study import DATA, FOLDER, Preset, Run

PLACES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"compare": ("reference", "candidates"), "audit": ("critic", "source", "target")}
)
"""What stands without an option's name on the line of a command, where it is not its sources."""
AS_DATA = frozenset({"false-minima", "kmedians", "pixels"})
"""Commands that take their one source by ``--data``."""
PRESET, FIT = "preset", "fit"
"""Options of a run that its experiment does not take by name: a preset of its own, and the fit beside its rows."""


def options(run: Run, preset: Preset, data: str, folder: str = "") -> dict[str, Any]:
    """Return the options of a run, in the order in which it names them; what another preset sets to None is left out.

    Parameters
    ----------
    run : Run
        The run.
    preset : str
        Which of its options.
    data : str
        The source that takes the place of ``{data}``.
    folder : str
        What takes the place of ``{folder}``; the name of the run if left out.
    """
    more = {"quick": {}, "full": run.full, "paper": run.paper}[preset]
    place = Path(folder or run.name)
    given = {name: value for name, value in {**run.quick, **more}.items() if value is not None}
    return {name: _filled(value, data, place) for name, value in given.items()}


def experiment(run: Run, preset: Preset, data: str, folder: str = "") -> Experiment[Any]:
    """Return the experiment of a run; nothing is read for it.

    Raises
    ------
    WcheckError
        If its options do not go together.
    """
    given = options(run, preset, data, folder)
    given.pop(FIT, None)
    return named(run.command).of(given.pop(PRESET, None), **given)


def line(run: Run, preset: Preset, data: str) -> str:
    """Return the line that redoes a run, into a file of its name."""
    return shlex.join([*words(run, preset, data), "-o", f"{run.name}.csv"])


def words(run: Run, preset: Preset, data: str) -> list[str]:
    """Return the words of the command of a run, ``wcheck`` the first."""
    given = options(run, preset, data)
    places = PLACES.get(run.command, () if run.command in AS_DATA else ("source", "target"))
    placed = [word for name in places if name in given for word in _values(given.pop(name))]
    said = [word for name, value in given.items() for word in _option(_called(name, run.command), value)]
    return ["wcheck", run.command, *placed, *said]


def _filled(value: Any, data: str, folder: Path) -> Any:
    if isinstance(value, tuple | list):
        return tuple(_filled(each, data, folder) for each in value)
    if isinstance(value, str) and value.startswith(FOLDER):
        return folder.with_name(folder.name + value.removeprefix(FOLDER))
    return value.replace(DATA, data) if isinstance(value, str) else value


def _called(name: str, command: str) -> str:
    name = "data" if name == "source" and command in AS_DATA else name
    return f"--{name.replace('_', '-')}"


def _option(option: str, value: Any) -> Iterator[str]:
    if value is True:
        yield option
    elif value is not False:
        for text in _values(value):
            yield from [f"{option}={text}"] if text.startswith("-") else [option, text]


def _values(value: Any) -> list[str]:
    return [_text(each) for each in (value if isinstance(value, tuple) else (value,))]


def _text(value: Any) -> str:
    return ",".join(map(_text, value)) if isinstance(value, tuple) else str(value)
