"""A folder that ``wcheck reproduce`` wrote, read again: its studies, their claims and their runs, finished or not."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wcheck.errors import TableError, WcheckError
from wcheck.report.anonymous import anonymous

VERDICTS = ("reproduced", "not reproduced", "not settled")
LARGEST = 1 << 26
"""The largest size of a file of studies or claims, in bytes."""
SCHEMA = 1
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class Claim:
    """A row of ``claims.csv``: what a paper says and what was found; see :mod:`wcheck.studies.study`."""

    study: str
    claim: str
    source: str
    says: str
    number: str
    rule: str
    rule_then: str
    found: str
    verdict: str
    data: str
    more: str
    why: str


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a study.

    Attributes
    ----------
    name, command : str
        The name of the run, and the command that repeats it.
    seconds : float or None
        How long it took.
    figures : tuple of (str, str)
        The kinds of its figures, each with a description.
    beside : tuple of str
        The names of the runs whose rows these figures show too.
    pictures : tuple of (str, str)
        The pictures that it wrote, as ``FOLDER/NAME`` below the folder of rows, each with a description.
    """

    name: str
    command: str
    seconds: float | None
    figures: tuple[tuple[str, str], ...]
    beside: tuple[str, ...]
    pictures: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Study:
    """A finished study, as its file in ``studies`` describes it."""

    name: str
    title: str
    question: str
    means: str
    runs: tuple[Run, ...]
    claims: tuple[str, ...]
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Reproduction:
    """The contents of a folder that ``wcheck reproduce`` wrote.

    Attributes
    ----------
    folder : Path
        The folder.
    preset, data, rules_commit : str
        The preset, the data, and the commit in which the rules were recorded.
    versions : mapping
        Package -> its version.
    machine : mapping
        A description of the machine.
    planned : tuple of str
        The names of all studies that were asked for, in order.
    studies : tuple of Study
        The finished studies.
    claims : tuple of Claim
        The claims of the finished studies.
    draws : float or None
        The number of draws of each game, if it was given; None for that of the preset.
    """

    folder: Path
    preset: str
    data: str
    rules_commit: str
    versions: Mapping[str, str]
    machine: Mapping[str, str]
    planned: tuple[str, ...]
    studies: tuple[Study, ...]
    claims: tuple[Claim, ...]
    draws: float | None = None

    @property
    def missing(self) -> list[str]:
        """The names of the studies that are not finished."""
        there = {study.name for study in self.studies}
        return [name for name in self.planned if name not in there]

    @staticmethod
    def read(folder: Path) -> Reproduction:
        """Read the folder.

        Raises
        ------
        TableError
            If ``wcheck reproduce`` did not write it, or a file in it is damaged.
        """
        path = folder / "reproduction.json"
        if not path.is_file():
            raise TableError(
                f"{folder} holds no reproduction.json, so wcheck reproduce did not write it: give the folder of its "
                "option -o, or CSV files."
            )
        record = _json(path)
        schema = _of(path, record, "schema", int)
        if schema != SCHEMA:
            raise _damaged(path, f"its schema is {schema}, and this wcheck reads {SCHEMA}")
        planned = tuple(_names(path, record, "studies"))
        files = [folder / "studies" / f"{name}.json" for name in planned]
        return Reproduction(
            folder,
            _text(path, record, "preset"),
            _text(path, record, "data"),
            _text(path, record, "rules_commit"),
            _told(path, record, "versions"),
            _told(path, record, "machine"),
            planned,
            tuple(_study(file) for file in files if file.exists()),
            tuple(_claims(folder / "claims.csv")),
            _number(path, record, "draws"),
        )


def _study(path: Path) -> Study:
    record = _json(path)
    return Study(
        _name(path, record, "name"),
        _text(path, record, "title"),
        _text(path, record, "question"),
        _text(path, record, "means"),
        tuple(_run(path, run) for run in _list(path, record, "runs", dict)),
        tuple(_list(path, record, "claims", str)),
        _number(path, record, "seconds"),
    )


def _run(path: Path, record: Mapping[str, Any]) -> Run:
    figures = _list(path, record, "figures", dict)
    pictures = _list(path, record, "pictures", dict) if "pictures" in record else ()
    return Run(
        _name(path, record, "name"),
        _text(path, record, "command"),
        _number(path, record, "seconds"),
        tuple((_text(path, figure, "kind"), _text(path, figure, "alt")) for figure in figures),
        tuple(_names(path, record, "beside")) if "beside" in record else (),
        tuple((_file(path, picture), _text(path, picture, "alt")) for picture in pictures),
    )


def _file(path: Path, record: Mapping[str, Any]) -> str:
    """Return the path of a picture: a folder and a name, and nothing that could lead elsewhere."""
    found = _text(path, record, "file")
    if len(parts := found.split("/")) != 2 or not all(map(_NAME.fullmatch, parts)):
        raise _damaged(path, f"file is {_shown(found)}, which is not a name in a folder")
    return found


def _claims(path: Path) -> list[Claim]:
    if not path.exists():
        return []
    columns = list(Claim.__dataclass_fields__)
    try:
        lines = list(csv.DictReader(io.StringIO(_content(path), newline=""), strict=True))
    except csv.Error as error:
        raise _damaged(path, str(error)) from None
    for line in lines:
        if None in line or None in line.values():
            raise _damaged(path, "a row has another number of cells than the header")
        if missing := [column for column in columns if column not in line]:
            raise _damaged(path, f"it lacks {', '.join(missing)}")
        if line["verdict"] not in VERDICTS:
            raise _damaged(path, f"a verdict is {line['verdict']!r}, not one of {', '.join(VERDICTS)}")
        line |= {
            column: anonymous(line[column]) for column in ("more", "why")
        }  # which name files where runs failed
    return [Claim(**{column: line[column] for column in columns}) for line in lines]


def _json(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(_content(path))
    except (ValueError, RecursionError):
        raise _damaged(path, "it is not JSON") from None
    if not isinstance(record, dict):
        raise _damaged(path, "it is not an object")
    return record


def _content(path: Path) -> str:
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            raise _damaged(path, "it is not a file of that size")
        return path.read_bytes().decode()
    except (OSError, UnicodeError) as error:
        raise _damaged(path, getattr(error, "strerror", None) or "it is not text") from None


def _of(path: Path, record: Mapping[str, Any], key: str, kind: type) -> Any:
    value = record.get(key)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise _damaged(path, f"{key} is {_shown(value)}")
    return value


def _text(path: Path, record: Mapping[str, Any], key: str) -> str:
    found: str = _of(path, record, key, str)
    return found


def _name(path: Path, record: Mapping[str, Any], key: str) -> str:
    """Return a name, which becomes the name of a file: nothing that could lead elsewhere."""
    found = _text(path, record, key)
    if not _NAME.fullmatch(found):
        raise _damaged(path, f"{key} is {_shown(found)}, which is not a name")
    return found


def _number(path: Path, record: Mapping[str, Any], key: str) -> float | None:
    value = record.get(key)
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise _damaged(path, f"{key} is {_shown(value)}")


def _list(path: Path, record: Mapping[str, Any], key: str, kind: type) -> Sequence[Any]:
    values = _of(path, record, key, list)
    if wrong := [value for value in values if not isinstance(value, kind)]:
        raise _damaged(path, f"{key} holds {_shown(wrong[0])}")
    return list(values)


def _names(path: Path, record: Mapping[str, Any], key: str) -> list[str]:
    names = _list(path, record, key, str)
    return [_name(path, {key: name}, key) for name in dict.fromkeys(names)]


def _told(path: Path, record: Mapping[str, Any], key: str) -> dict[str, str]:
    """Return a mapping of a record as texts; a bare text becomes a mapping with the key as its only name."""
    value = record.get(key)
    if isinstance(value, str):
        return {key: value}
    if not isinstance(value, dict):
        raise _damaged(path, f"{key} is {_shown(value)}")
    return {name: str(each) for name, each in value.items() if each is not None}


def _shown(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _damaged(path: Path, why: str) -> WcheckError:
    return TableError(
        f"{path} is not as wcheck reproduce writes it: {why}; run the study again, or give another folder."
    )
