"""The sidecar beside a table: what was run, on what, with which versions, and how far it came."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import os
import platform
import shlex
import sys
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from wcheck._version import __version__
from wcheck.errors import OutputError

PACKAGES = ("torch", "numpy", "scipy", "POT")
"""Whose versions are recorded: their code decides the last digits."""

REQUIRED = ("experiment", "config", "columns", "tasks", "tasks_finished", "bytes", "sha256", "status")


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
    """Read a sidecar.

    Raises
    ------
    OutputError
        If the file cannot be read or is not a sidecar.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _unreadable(path) from error
    if not isinstance(record, dict) or any(key not in record for key in REQUIRED):
        raise _unreadable(path)
    return record


def save(path: Path, record: Mapping[str, object]) -> None:
    """Write a sidecar in one step: at any moment the old one or the new one is there, whole."""
    part = path.with_name(path.name + ".part")
    with open(part, "w", encoding="utf-8") as file:
        json.dump(record, file, indent=1, allow_nan=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)


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
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _unreadable(path: Path) -> OutputError:
    return OutputError(
        f"{path} is not a record that wcheck can read, so {path.stem} cannot be resumed; "
        "give another -o, or --overwrite to start anew."
    )


def _flat(config: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in config.items():
        values |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return values


def _shown(value: object) -> str:
    text = "not set" if value is None else json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."
