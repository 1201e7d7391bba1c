"""The sidecar beside a table: what was run, on what, with which versions, and how far it came."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import os
import platform
import re
import shlex
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from wcheck._version import __version__
from wcheck.columns import former
from wcheck.errors import OutputError
from wcheck.rows.replace import replacing

PACKAGES = ("torch", "numpy", "scipy", "POT")
"""Whose versions are recorded: their code decides the last digits."""

STATUSES = ("running", "interrupted", "finished")

SEAL = "check"
"""The key under which a record carries its own hash: what was changed by hand or by a disk is not believed."""

SCHEMA = 2
"""What keys a record has and what they hold; one that names none is of the first, which had no seal at the start."""

LARGEST = 1 << 26
"""Bytes of a record; its lists of columns and options are small."""


def provenance() -> dict[str, object]:
    """Return what a run says of itself: the command, when it started, the versions and the platform."""
    return {
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "started": now(),
        "versions": {
            "wcheck": __version__,
            "python": platform.python_version(),
            **{package: _version(package) for package in PACKAGES},
        },
        "platform": platform.platform(),
    }


def session(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is kept of a session once another continues after it."""
    return {key: record[key] for key in (*provenance(), "tasks_finished", "seconds") if key in record}


def now() -> str:
    """Return the time, UTC, to the second, as ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def jsonable(value: object) -> Any:
    """Return ``value`` as JSON holds it: paths and non-finite numbers as text, dataclasses as objects.

    Raises
    ------
    TypeError
        If it is of a kind that has no such form.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: jsonable(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, float) and not math.isfinite(value):
        return repr(float(value))
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"a configuration holds no {type(value).__name__}")


def read(path: Path) -> dict[str, Any]:
    """Read a sidecar; the experiment has its name of now.

    Raises
    ------
    OutputError
        If the file cannot be read, is not a sidecar, or was changed since it was written.
    """
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            raise ValueError("it is not a file of that size")
        record = json.loads(path.read_text(encoding="utf-8"))
        json.dumps(record, allow_nan=False)  # nan and inf are not ours either
        problem = _problem(record) if isinstance(record, dict) else "it is not an object"
    except (OSError, ValueError, RecursionError) as error:
        raise _unreadable(path) from error
    if problem:
        raise _unreadable(path, problem)
    return {**record, "experiment": former.EXPERIMENTS.get(record["experiment"], record["experiment"])}


def save(path: Path, record: Mapping[str, object]) -> None:
    """Write a sidecar in one step.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    with replacing(path) as file:
        file.write(sealed(record).encode())


def sealed(record: Mapping[str, object]) -> str:
    """Return a record with its seal, as JSON."""
    return json.dumps({**record, SEAL: seal(record)}, indent=1, allow_nan=False) + "\n"


def seal(record: Mapping[str, object]) -> str:
    """Return the SHA-256 of a record, its own seal aside; it finds what was changed by accident or by hand."""
    text = json.dumps({key: value for key, value in record.items() if key != SEAL}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def differences(
    then: Mapping[str, Any], now: Mapping[str, Any], neutral: Collection[str] = ()
) -> Sequence[str]:
    """Say in which options two configurations differ, nested ones by dotted name, ``neutral`` ones aside."""
    old, new = _flat(then), _flat(now)
    return [
        f"{key} was {_shown(old.get(key))} and is {_shown(new.get(key))}"
        for key in {**old, **new}
        if old.get(key) != new.get(key) and key not in neutral
    ]


def fingerprint(config: Mapping[str, Any], neutral: Collection[str] = ()) -> str:
    """Hash a configuration in the form of :func:`jsonable`: the same only where :func:`differences` finds none."""
    relevant = sorted((key, value) for key, value in _flat(config).items() if key not in neutral)
    return hashlib.sha256(json.dumps(relevant).encode()).hexdigest()


def _version(package: str) -> str | None:
    from importlib import metadata  # no help needs it

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _problem(record: Mapping[str, Any]) -> str:
    """Return what is wrong with a record, or nothing."""
    schema = record.get("schema", 1)
    if type(schema) is not int or schema < 1:
        return f"schema is {_shown(schema)}"
    if schema > SCHEMA:
        return f"its schema is {schema}, of a later wcheck, and this one reads up to {SCHEMA}"
    for key, allowed in _ALLOWED.items():
        if key not in record:
            if key == SEAL and schema == 1:
                continue
            return f"it lacks {key}"
        if not allowed(record[key]):
            return f"{key} is {_shown(record[key])}"
    if not record["tasks_finished"] <= record["tasks"]:
        return f"tasks_finished is {record['tasks_finished']} of {record['tasks']}"
    if record["status"] == "finished" and record["tasks_finished"] != record["tasks"]:
        return f"its status is finished with {record['tasks_finished']} of {record['tasks']} tasks"
    if (record["tasks_finished"] == 0) != (record["bytes"] == 0):
        return f"tasks_finished is {record['tasks_finished']} and bytes {record['bytes']}"
    if not _is_list_of(dict)(record.get("earlier", [])):
        return f"earlier is {_shown(record['earlier'])}"
    if not (_is_count(record.get("threads", 1)) and record.get("threads", 1) > 0):
        return f"threads is {_shown(record['threads'])}"
    if record.get(SEAL, seal(record)) != seal(record):
        return "it was changed after wcheck wrote it"
    return ""


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value < 1 << 63


def _is_list_of(kind: type) -> Callable[[object], bool]:
    return lambda value: isinstance(value, list) and all(isinstance(item, kind) for item in value)


def _is_sha(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


_ALLOWED: Mapping[str, Callable[[object], bool]] = {
    "experiment": lambda value: isinstance(value, str),
    "config": lambda value: isinstance(value, dict),
    "columns": _is_list_of(str),
    "tasks": _is_count,
    "tasks_finished": _is_count,
    "rows": _is_count,
    "bytes": _is_count,
    "sha256": _is_sha,
    "status": lambda value: value in STATUSES,
    "started": lambda value: isinstance(value, str),
    SEAL: _is_sha,
}
"""What every record holds."""


def _unreadable(path: Path, problem: str = "") -> OutputError:
    why = f" ({problem})" if problem else ""
    return OutputError(
        f"{path} is not a record that wcheck can read{why}, so {path.stem} cannot be resumed; "
        "give another -o, or --overwrite to start again."
    )


def _flat(config: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in config.items():
        values |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return values


def _shown(value: object) -> str:
    text = "not set" if value is None else json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."
