"""The table of games: ``python benchmarks/gan.py -o DIR``.

Plays games on the digits, on CIFAR-10 and on the ring of eight Gaussians, and prints for each the loss at the end, the
exact distance of the same batches, that between generated points and a reference that no player saw beside that of real
points, spread, sharpness and seconds. Each study writes ``DIR/STUDY.csv`` with its sidecar, as ``wcheck gan`` does; the
same command resumes where it stopped. ``--small`` takes a minute; ``--only`` names studies; ``--jobs`` is the number of
processes, among which times are only comparable at the same number.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from wcheck.cli.progress import ProgressDisplay
from wcheck.columns.rounding import rounded
from wcheck.experiments.driver import Workers, write_rows
from wcheck.experiments.gan import Gan
from wcheck.rows.csvfile import CsvFile
from wcheck.rows.table import Row

CRITICS = ("wasserstein", "c-transform", "c-eps-transform", "minimax", "non-saturating", "least-squares", "hinge",
           "energy-based", "began", "feature-energy", "feature-mmd")  # fmt: skip
DIRECT = ("exact", "sinkhorn", "sliced", "energy", "mmd")
DIGITS = {"data": "digits", "scale": "-1,1", "generator_width": (256,), "steps": (2000,)}
CIFAR = {"data": "cifar10", "scale": "-1,1", "latent": (128,), "grad_points": 1000}
STORY = ("wasserstein", "c-transform", "exact", "sinkhorn")
"""The games of the paper's story."""

STUDIES: Mapping[str, Mapping[str, Any]] = {
    "digits": {**DIGITS, "objective": CRITICS + DIRECT},
    "digits-wasserstein": {
        **DIGITS, "objective": ("wasserstein",), "lipschitz": ("clip", "lp", "ct", "spectral", "orthonormal", "aol"),
    },
    "digits-non-saturating": {
        **DIGITS, "objective": ("non-saturating",), "lipschitz": ("r1", "dragan", "spectral", "orthonormal"),
    },
    "digits-points": {
        **DIGITS, "objective": STORY, "generator": ("points",), "free_points": (64,), "generator_lr": (1e-2,),
    },
    "cifar": {**CIFAR, "objective": STORY, "steps": (2000,)},
    "cifar-dcgan": {
        **CIFAR, "objective": STORY, "steps": (200,), "arch": ("dcgan",), "generator": ("dcgan",), "critic_steps": (2,),
    },
    "ring": {"preset": "ring"},
    "ring-lipschitz": {"preset": "ring-lipschitz"},
    "every-step": {**DIGITS, "objective": ("wasserstein", "c-transform"), "batch_exact_every": 1},
}  # fmt: skip
"""Name -> options of :meth:`wcheck.experiments.gan.Gan.of`, a preset among them."""
SMALL: Mapping[str, Any] = {
    "steps": (10,), "every": 5, "width": (16,), "generator_width": (16,), "batch_size": (16,), "grad_points": 20,
}  # fmt: skip
"""What ``--small`` changes; of CIFAR-10 nothing is played then."""
SHOWN = ("study", "game", "steps", "loss", "batch W1", "loss / batch W1", "W1", "W1 of real", "spread", "sharpness",
         "modes", "seconds", "in batch W1")  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Play, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR")
    parser.add_argument("--only", nargs="+", choices=tuple(STUDIES), help="the studies to run; default: all")
    parser.add_argument(
        "--small", action="store_true", help="a few steps of small networks, without CIFAR-10"
    )
    parser.add_argument(
        "--jobs", type=int, default=None, metavar="N", help="processes; default: one per core"
    )
    options = parser.parse_args(arguments)
    options.output.mkdir(parents=True, exist_ok=True)
    names = options.only or [name for name in STUDIES if not (options.small and name.startswith("cifar"))]
    table = Table(*SHOWN, title="Games at their last look")
    for name in names:
        for row in last(played(name, options.output / f"{name}.csv", options.small, options.jobs)):
            table.add_row(*cells(name, row))
    Console(width=200).print(table)


def played(name: str, path: Path, small: bool, jobs: int | None) -> Sequence[Row]:
    """Play the games of a study, or go on with them, and return their rows."""
    chosen = {**STUDIES[name], **(SMALL if small else {})}
    experiment = Gan.of(chosen.pop("preset", None), **chosen)
    table = CsvFile(path, experiment.columns, experiment.fine, neutral=experiment.neutral)
    with ProgressDisplay() as report:
        write_rows(experiment, table, report, Workers(jobs))
    return table.rows


def last(rows: Sequence[Row]) -> Iterator[Row]:
    """Yield the last row of each game."""
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        if following is None or following["step"] == 0:
            yield row


def cells(study: str, row: Row) -> list[str]:
    """Return what a table shows of a row."""
    game = " ".join(str(row[name]) for name in ("objective", "lipschitz") if row[name] not in (None, "none"))
    numbers = (
        "loss",
        "batch_exact",
        "loss_ratio",
        "exact",
        "exact_real",
        "spread",
        "sharpness",
        "modes",
        "seconds",
    )
    shown = [rounded(float(str(row[name])), 3) if row[name] is not None else "" for name in numbers]
    share = float(str(row["batch_seconds"] or 0)) / max(float(str(row["seconds"])), 1e-9)
    note = "" if row["status"] == "ok" else f" ({row['status']})"
    return [study, game + note, str(row["step"]), *shown, f"{100 * share:.2g} %"]


if __name__ == "__main__":
    main()
