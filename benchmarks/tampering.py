"""Files from which a run resumes, changed in every way: ``python benchmarks/tampering.py --mutations 5000``.

A run that was cut off leaves a CSV file, its sidecar, a journal of tasks that were early, and checkpoints of unfinished
tasks. One of them is changed: bytes are flipped, dropped, added, doubled; values in JSON are replaced by hostile ones,
also with the seal of the record made anew; the file becomes a folder or a pipe. Then the run goes on. Allowed is one
line of refusal, or the very rows of a run that was never cut off; what would be wrong is another exception, or a
finished file that holds other rows. Seeded: mutation k of a seed is always the same. Only where a seal was made anew
may rows differ: nothing else in the file could tell that such a lie, tasks_finished 2 of 5 for 3, is one.

Prints, for each file, how many mutations were refused, ended right, ended with rows that a new seal vouches for, were
wrong, and raised something else; exits with 1 if anything was wrong.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from wcheck.errors import WcheckError
from wcheck.experiments.base import Experiment
from wcheck.experiments.driver import write_rows
from wcheck.progress import Report
from wcheck.rows import sidecar
from wcheck.rows.checkpoint import Checkpoint as TrainingCheckpoint
from wcheck.rows.csvfile import CsvFile
from wcheck.rows.scratch import Place
from wcheck.rows.table import Row
from wcheck.transport.solve.checkpoint import Checkpoint, State

KINDS = ("sidecar", "csv", "journal", "finished sidecar", "finished csv", "scratch", "training", "solve")
OUTCOMES = ("refused", "right", "vouched for", "wrong", "raised")
HOSTILE: tuple[Any, ...] = (
    None, True, False, -1, 0, 1, 2, 5, 100, 2**70, 1.5, -0.0, 1e308, math.nan, "", "x", "\ud800", "\u2028", [], [[]],
    {}, [None], {"a": []}, "0" * 64, "finished", "running", "a\nb", "1e999", [[[[[[]]]]]], "\x00",
)  # fmt: skip
"""Values that stand in for what a record should hold."""


@dataclass(frozen=True)
class Counting(Experiment[int]):
    """An experiment of known rows, two a task, so that nothing but the files decides the outcome."""

    size: int = 5

    name = "counting"
    columns = ("task", "row", "text", "value", "blank", "status")
    resumes = True

    @staticmethod
    def told(rows: Sequence[Row]) -> str:
        """Say nothing."""
        return ""

    def config(self, report: Report) -> dict[str, object]:
        """Return all options."""
        return {"size": self.size, "nested": {"a": None, "b": [1.5, "x"]}}

    def tasks(self) -> range:
        """Return the tasks."""
        return range(self.size)

    def run(self, task: int, report: Report, place: Place | None = None) -> Iterator[Row]:
        """Yield the rows of a task."""
        for row in range(2):
            value = math.sqrt(task) / 3 + row
            yield {"task": task, "row": row, "text": f'a "b", {task}\n', "value": value, "status": "ok"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the campaign; return the exit status."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--mutations", type=int, default=5000, help="the mutations of each kind of file")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--small", action="store_true", help="60 mutations of each kind")
    chosen = options.parse_args(arguments)
    total = Counter[str]()
    for kind in KINDS:
        counts = campaign(kind, 60 if chosen.small else chosen.mutations, chosen.seed)
        total += counts
        print(f"{kind}: " + ", ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES), flush=True)
    print(f"all {total.total()}: " + ", ".join(f"{total[outcome]} {outcome}" for outcome in OUTCOMES))
    return 1 if total["wrong"] or total["raised"] else 0


def campaign(kind: str, mutations: int, seed: int) -> Counter[str]:
    """Return how many mutations of one kind of file ended how."""
    counts = Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        origin = Path(folder, "origin")
        origin.mkdir()
        name, go_on = _prepared(kind, origin)
        for number in range(mutations):
            place = Path(folder, "mutated")
            shutil.copytree(origin, place)
            outcome, what = _outcome(go_on, place, place / name, random.Random(f"{seed} {kind} {number}"))
            counts[outcome] += 1
            if outcome in ("wrong", "raised"):
                print(f"{kind} {number} of seed {seed}: {outcome}: {what}", file=sys.stderr)
            shutil.rmtree(place)
    return counts


def _outcome(
    go_on: Callable[[Path], bool], place: Path, file: Path, chance: random.Random
) -> tuple[str, str]:
    sealed = _mutate(file, chance)
    try:
        right = go_on(place)
    except WcheckError as error:
        one_line = len(str(error).splitlines()) == 1
        return ("refused", "") if one_line else ("raised", f"an error of several lines: {error}")
    except Exception as error:
        return "raised", f"{type(error).__name__}: {error}"
    return ("right" if right else "vouched for" if sealed else "wrong"), "other rows"


def _prepared(kind: str, origin: Path) -> tuple[str, Callable[[Path], bool]]:
    """Write the files of a run that was cut off; return which one is to be changed, and what goes on from it."""
    if kind in ("training", "solve"):
        return (_training if kind == "training" else _solve)(origin)
    names = {"sidecar": ".json", "csv": "", "journal": ".journal", "scratch": ".unfinished/run"}
    experiment = Counting()
    table = CsvFile(origin / "rows.csv", Counting.columns)
    if kind.startswith("finished"):
        write_rows(experiment, table)
    else:
        with table:
            table.begin(experiment.name, lambda: experiment.config(_silent), experiment.size)
            assert table.scratch is not None
            table.scratch.start(1)
            for task in (0, 1, 3, 4):
                table.take(task, list(experiment.run(task, _silent)))
    return "rows.csv" + names[kind.removeprefix("finished ")], _rows_are_right


def _rows_are_right(place: Path) -> bool:
    experiment = Counting()
    write_rows(experiment, CsvFile(place / "rows.csv", Counting.columns))
    whole = place / "whole.csv"
    write_rows(experiment, CsvFile(whole, Counting.columns))
    return (place / "rows.csv").read_bytes() == whole.read_bytes()


def _training(origin: Path) -> tuple[str, Callable[[Path], bool]]:
    state = {"weights": torch.arange(24.0).reshape(4, 6), "step": 7, "rows": json.dumps([[{"step": 7}]])}
    TrainingCheckpoint(Place(origin / "0.checkpoint", "a run 0", 0.0)).keep(lambda: state)

    def right(place: Path) -> bool:
        found: dict[str, Any] = {}
        TrainingCheckpoint(Place(place / "0.checkpoint", "a run 0", 0.0)).restore(found.update)
        return not found or (
            np.array_equal(found["weights"], state["weights"]) and found["rows"] == state["rows"]
        )

    return "0.checkpoint", right


def _solve(origin: Path) -> tuple[str, Callable[[Path], bool]]:
    state = State(np.linspace(0.0, 1.0, 6), np.linspace(-1.0, 0.0, 5), np.arange(0, 30, 3))
    Checkpoint(origin / "solve.checkpoint", "a digest", (6, 5), 1.0).save(state)

    def right(place: Path) -> bool:
        found = Checkpoint(place / "solve.checkpoint", "a digest", (6, 5), 1.0).state
        return found is None or all(
            np.array_equal(getattr(found, name), getattr(state, name)) for name in ("u", "v", "arcs")
        )

    return "solve.checkpoint", right


def _mutate(file: Path, chance: random.Random) -> bool:
    """Change a file; return whether a seal was made anew."""
    content = file.read_bytes()
    if file.suffix in (".json", ".journal") and chance.random() < 0.7:
        changed, sealed = _json_mutated(content, chance)
        file.write_bytes(changed)
        return sealed
    if chance.random() < 0.03:
        file.unlink()
        chance.choice((file.mkdir, lambda: os.mkfifo(file), lambda: file.symlink_to("/dev/null"), bool))()
        return False
    for _ in range(chance.choice((1, 1, 1, 2, 8))):
        content = chance.choice(_BYTES)(content, chance)
    file.write_bytes(content)
    return False


def _json_mutated(content: bytes, chance: random.Random) -> tuple[bytes, bool]:
    """Change a value in one of the lines of JSON, or of a whole that is JSON."""
    whole = content.count(b"\n{") == 0
    lines = [content] if whole else content.splitlines(keepends=True)
    index = chance.randrange(len(lines))
    record = json.loads(lines[index])
    _change(record, chance)
    sealed = sidecar.SEAL in record and chance.random() < 0.5
    if sealed:
        record[sidecar.SEAL] = sidecar.seal(record)
    lines[index] = json.dumps(record, indent=1 if whole else None).encode() + b"\n"
    return b"".join(lines), sealed


def _change(record: dict[str, Any], chance: random.Random) -> None:
    """Replace, drop or add a value somewhere in a record."""
    where: Any = record
    while True:
        keys = list(where) if isinstance(where, dict) else list(range(len(where)))
        if not keys:
            return
        key = chance.choice(keys)
        inner = where[key]
        if not isinstance(inner, dict | list) or not inner or chance.random() < 0.4:
            break
        where = inner
    choice = chance.randrange(5)
    if choice == 0:
        del where[key]
    elif choice == 1 and isinstance(where, dict):
        where["more"] = chance.choice(HOSTILE)
    elif choice == 2 and isinstance(inner, int | float) and not isinstance(inner, bool):
        where[key] = inner + chance.choice((-1, 1))
    else:
        where[key] = chance.choice(HOSTILE)


def _flip(content: bytes, chance: random.Random) -> bytes:
    if not content:
        return b"\0"
    at = chance.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :]


def _drop(content: bytes, chance: random.Random) -> bytes:
    start, stop = _slice(content, chance)
    return content[:start] + content[stop:]


def _double(content: bytes, chance: random.Random) -> bytes:
    start, stop = _slice(content, chance)
    return content[:stop] + content[start:]


def _add(content: bytes, chance: random.Random) -> bytes:
    at, _ = _slice(content, chance)
    return content[:at] + chance.randbytes(chance.choice((1, 4, 100))) + content[at:]


def _cut(content: bytes, chance: random.Random) -> bytes:
    return content[: _slice(content, chance)[0]]


def _drop_line(content: bytes, chance: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    if lines:
        lines.pop(chance.randrange(len(lines)))
    return b"".join(lines)


def _nest(content: bytes, chance: random.Random) -> bytes:
    return chance.choice((b"[" * 100_000, b'{"a":' * 100_000, b"9" * 10_000, b"", b"null", b"[]", b"{}"))


def _slice(content: bytes, chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(len(content) + 1)
    return start, min(len(content), start + chance.choice((1, 2, 10, 1000)))


_BYTES = (_flip, _flip, _drop, _double, _add, _cut, _drop_line, _nest)


def _silent(label: str, done: float, total: float, note: str = "") -> None: ...


if __name__ == "__main__":
    sys.exit(main())
