"""An experiment with known rows, and a command that runs it: ``python -m tests.fakes FOLDER ...``."""

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from wcheck.cli import app as cli
from wcheck.cli import options, output
from wcheck.cli.groups import grouped
from wcheck.errors import SolverError
from wcheck.experiments.base import Experiment
from wcheck.experiments.driver import Workers


@dataclass(frozen=True)
class Counting(Experiment):
    """Each task writes ``rows`` rows of known values, slowly enough to be cut off in between."""

    size: int = 4
    rows: int = 3
    pause: float = 0.0
    factor: float = 1.0
    fail: int = -1
    stop: int = -1
    memory: str | None = None
    failed: str = "failed"

    name = "counting"
    columns = ("task", "row", "text", "value", "blank", "seconds", "status")
    neutral = frozenset({"memory", "pause", "stop"})

    def tasks(self):
        return range(self.size)

    @staticmethod
    def told(rows):
        return f"{len(rows)} rows were counted."

    def run(self, task, report, place=None):
        if task == self.stop:
            raise SolverError("task 2 cannot be solved;\n do something else.")
        for row in range(self.rows):
            report("counting", row, self.rows, f"task {task}")
            time.sleep(self.pause)
            yield {
                "task": task,
                "row": row,
                "text": f'a "b", {task}',
                "value": self.factor * math.sqrt(task) / 3 + row,
                "seconds": time.perf_counter(),
                "status": self.failed if task == self.fail else "ok",
            }


@grouped()
def counting(
    *,
    size: int = Counting.size,
    rows: int = Counting.rows,
    pause: float = Counting.pause,
    factor: float = Counting.factor,
    fail: int = Counting.fail,
    stop: int = Counting.stop,
    memory: Annotated[str | None, typer.Option()] = None,
    failed: str = Counting.failed,
    jobs: int | None = None,
    into: options.Output,
) -> None:
    """Count."""
    experiment = Counting(size, rows, pause, factor, fail, stop, memory, failed)
    output.run(
        experiment,
        into,
        workers=Workers(jobs) if jobs else None,
    )


def broken() -> None:
    """Have a bug."""
    raise ZeroDivisionError("a bug")


if __name__ == "__main__":
    cli.app.command("counting")(counting)
    cli.app.command("broken")(broken)
    cli.main()


def command() -> tuple[str, ...]:
    """How a process of its own runs the commands above."""
    import sys

    return (sys.executable, str(Path(__file__)))
