"""All commands here and in another revision, byte by byte: ``python benchmarks/golden.py --against REVISION``.

Runs the commands of ``commands.py`` in this tree and in the other one, each in a folder of its own, and compares what
they wrote: CSV files (timing columns aside), sidecars (times, versions and platform aside), and everything else as it
lies. Then it continues, in this tree, with the runs that were interrupted in the other: each ends as one that was not
interrupted, or is refused in one line with nothing changed. Prints each difference: a column that was added or removed,
a value that changed and how far. With ``--words`` also where what a command says differs. Exits with 1 if any differs.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import difflib
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from commands import COMMANDS, CUT, needed

ROOT = Path(__file__).parents[1]
SMALL = ("exact", "exact-weighted", "bernoulli", "toys")
"""What ``--small`` compares."""
TIMING = frozenset({"seconds", "batch_seconds"})
"""Columns that differ from run to run."""
PASSING = frozenset(
    {
        "started",
        "ended",
        "seconds",
        "threads",
        "versions",
        "platform",
        "check",
        "sha256",
        "bytes",
        "earlier",
        "wcheck",
    }
)
"""Keys of sidecars and of other JSON that differ from run to run, or with the bytes of the rows."""


DIFF = ("--", "++", "@@")
"""What lines of a diff begin with that say nothing."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--against", required=True, help="a checkout, a revision, or a folder that --keep left"
    )
    parser.add_argument(
        "--only", nargs="+", choices=tuple(COMMANDS), help="the commands to run; default: all"
    )
    parser.add_argument("--small", action="store_true", help=f"these: {', '.join(SMALL)}")
    parser.add_argument("--words", action="store_true", help="also compare the sentences of commands")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="keep the files of the other tree in this folder"
    )
    options = parser.parse_args(arguments)
    names = needed(SMALL if options.small else options.only or tuple(COMMANDS))
    with tempfile.TemporaryDirectory() as scratch:
        ours, resumed = Path(scratch, "ours"), Path(scratch, "resumed")
        theirs = options.keep or Path(scratch, "theirs")
        if Path(options.against, "mine.py").is_file():
            theirs = Path(options.against)
        else:
            with checkout(options.against, Path(scratch, "tree")) as tree:
                record(tree, theirs, names)
        record(ROOT, ours, names)
        interrupted = [name for name in names if COMMANDS[name].cut]
        put(theirs, resumed, interrupted)
        record(ROOT, resumed, [name + CUT for name in interrupted])
        found = compared(theirs, ours, names, words=options.words)
        found += [line for name in interrupted for line in gone_on(theirs, resumed, ours, name)]
    for difference, places in grouped(found).items():
        more = f" and {len(places) - 3} more" if len(places) > 3 else ""
        print(f"{', '.join(places[:3])}{more}: {difference}")
    print(f"{len(names)} commands, {len(found)} differences")
    return 1 if found else 0


@contextlib.contextmanager
def checkout(text: str, place: Path) -> Iterator[Path]:
    """Give a tree: the folder itself, or a work tree of a revision, which is removed afterwards."""
    if Path(text, "wcheck").is_dir():
        yield Path(text).absolute()
        return
    git = ("git", "-C", str(ROOT), "worktree")
    subprocess.run([*git, "add", "--quiet", "--detach", str(place), text], check=True)
    try:
        yield place
    finally:
        subprocess.run([*git, "remove", "--force", str(place)], check=True)


def record(tree: Path, folder: Path, names: Sequence[str]) -> None:
    """Run commands by the wcheck of a tree."""
    command = [sys.executable, str(Path(__file__).with_name("commands.py")), str(folder), *names]
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)


def compared(theirs: Path, ours: Path, names: Sequence[str], *, words: bool = False) -> list[str]:
    """Return the differences between what commands wrote in two folders."""
    paths = {
        path.relative_to(folder): None
        for name in names
        for run in (name, name + CUT)
        for folder in (theirs, ours)
        for path in sorted(files(folder, run))
        if words or path.suffix != ".said"
    }
    return [f"{path}: {line}" for path in paths for line in differences(theirs / path, ours / path)]


def grouped(found: Sequence[str]) -> dict[str, list[str]]:
    """Return the differences, each with the files that differ so."""
    groups: dict[str, list[str]] = {}
    for line in found:
        place, _, difference = line.partition(": ")
        groups.setdefault(difference, []).append(place)
    return groups


def files(folder: Path, run: str) -> Iterator[Path]:
    """Yield all files that a run left."""
    for path in folder.glob(f"{run}.*"):
        yield from (inner for inner in ([path] if path.is_file() else path.rglob("*")) if inner.is_file())


def put(source: Path, target: Path, names: Sequence[str]) -> None:
    """Copy what interrupted runs left."""
    for name in names:
        for path in files(source, name + CUT):
            (target / path.relative_to(source)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target / path.relative_to(source))


def gone_on(theirs: Path, resumed: Path, ours: Path, name: str, close: float = 0.0) -> list[str]:
    """Return what is wrong with a run that was interrupted there and gone on with here.

    Parameters
    ----------
    theirs, resumed, ours : Path
        The folders of what was interrupted, of what was made of it here, and of the run that was not interrupted.
    name : str
        The name of the command.
    close : float
        Numbers may differ by this share.
    """
    run = name + CUT
    status, *said = (resumed / f"{run}.said").read_text().splitlines()
    if status == "status 2":
        changed = [
            f"{run}: refused, and {path.name} was changed"
            for path in files(theirs, run)
            if path.suffix != ".said"
            and path.read_bytes() != (resumed / path.relative_to(theirs)).read_bytes()
        ]
        return [f"{run}: refused: {said[-1]}", *changed]
    if status != (ours / f"{name}.said").read_text().splitlines()[0]:
        return [f"{run}: gone on with, it ended with {status}: {said[-1]}"]
    pair = (ours / f"{name}.csv", resumed / f"{run}.csv")
    return [f"{run}: gone on with: {line}" for line in csv_differences(*pair, close=close)]


def differences(old: Path, new: Path) -> list[str]:
    """Return how a file differs from an older one."""
    if old.suffix == ".journal" or ".unfinished" in old.parent.name:
        return []  # read by nobody but a resumed run, whose rows are compared
    if not (old.exists() and new.exists()):
        return ["is not written any more" if old.exists() else "is written, and was not"]
    if old.suffix == ".csv":
        return csv_differences(old, new)
    if old.suffix == ".json":
        return json_differences(*(json.loads(path.read_text()) for path in (old, new)))
    if old.suffix == ".said":
        return [
            line for line in difflib.unified_diff(*_lines(old, new), lineterm="", n=0) if line[:2] not in DIFF
        ]
    return [] if old.read_bytes() == new.read_bytes() else ["other bytes"]


def csv_differences(old: Path, new: Path, close: float = 0.0) -> list[str]:
    """Return which columns of a CSV file were added and removed, and which values of the others changed."""
    (before, then), (after, now) = map(_table, (old, new))
    found = [f"column {column} is gone" for column in before if column not in after]
    found += [f"column {column} is new" for column in after if column not in before]
    if len(then) != len(now):
        return [*found, f"{len(then)} rows, now {len(now)}"]
    for column in before:
        if column not in after or column in TIMING:
            continue
        pairs = [(row[column], other[column]) for row, other in zip(then, now, strict=True)]
        changed = [pair for pair in pairs if pair[0] != pair[1] and apart(*pair) > close]
        if changed:
            most = max(changed, key=lambda pair: apart(*pair))
            found.append(
                f"column {column}: {len(changed)} of {len(pairs)} values changed, most {most[0] or 'blank'} to "
                f"{most[1] or 'blank'}"
            )
    if not found and not close and [name for name in before if name in after] != [*after]:
        found.append("columns in another order")
    return found


def json_differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return which values changed, by dotted keys."""
    then, now = _flat(old), _flat(new)
    keys = [key for key in {**then, **now} if PASSING.isdisjoint(key.split("."))]
    return [
        f"{key} was {_shown(then, key)} and is {_shown(now, key)}"
        for key in keys
        if _shown(then, key) != _shown(now, key)
    ]


def apart(old: str, new: str) -> float:
    """Return how far two cells are apart: numbers as a share, of 0.1 at least; infinitely far where one is none."""
    try:
        first, second = float(old), float(new)
    except ValueError:
        return math.inf
    if first == second or (math.isnan(first) and math.isnan(second)):
        return 0.0
    return abs(first - second) / max(abs(first), abs(second), 0.1)


def _table(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    with path.open(newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    return list(reader.fieldnames or ()), rows


def _lines(*paths: Path) -> list[list[str]]:
    """Return what was said, without the seconds that end the lines of a table, and how far an interrupted run came."""
    timed = r"(?m)^(  .*) [\d.e-]+$|^(interrupted; )\d+ rows? "
    return [re.sub(timed, r"\1\2", path.read_text()).splitlines() for path in paths]


def _flat(record: object, prefix: str = "") -> dict[str, object]:
    if not isinstance(record, dict):
        return {prefix: record}
    return {
        key: value
        for name, inner in record.items()
        for key, value in _flat(inner, f"{prefix}.{name}" if prefix else name).items()
    }


def _shown(record: Mapping[str, object], key: str) -> str:
    return json.dumps(record[key]) if key in record else "not there"


if __name__ == "__main__":
    sys.exit(main())
