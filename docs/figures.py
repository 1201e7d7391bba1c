"""Draw the figures of docs/measurements.md anew from their rows: ``python docs/figures.py [FOLDER]``.

Rows lie in docs/results, or in the folder that is given, where the commands of docs/measurements.md have written
them; a figure whose rows lie in neither stays as it is, and is named.
"""

from __future__ import annotations

import sys
from pathlib import Path

from wcheck.plots.figure import save
from wcheck.plots.registry import draw, load

DOCS = Path(__file__).parent
FIGURES = {
    "batch": ("batch", ["batch"]),
    "bernoulli": ("bernoulli", ["bernoulli"]),
    "compare": ("compare", ["compare-pixels"]),
    "critics": ("oracle", ["critics"]),
    "crossover": ("crossover", ["crossover"]),
    "estimators": ("estimators", ["estimators"]),
    "extrapolation": ("extrapolation", ["complexity", "complexity.fit"]),
    "false-minima": ("false-minima", ["false-minima"]),
    "gan": ("gan", ["gan-digits"]),
    "growth": ("timings", ["growth"]),
    "kmedians": ("kmedians", ["kmedians"]),
    "known": ("known", ["known"]),
    "mechanisms": ("oracle", ["mechanisms"]),
    "pixels": ("pixels", ["pixels"]),
    "sample-complexity": ("sample-complexity", ["complexity"]),
    "sweep": ("sweep", ["sweep"]),
    "toys": ("toys", ["toys"]),
    "two-gaussians": ("two-gaussians", ["two-gaussians"]),
}
"""The kind of each figure, and the files of its rows."""


def main(folder: Path | None = None, into: Path = DOCS / "figures") -> list[str]:
    """Draw every figure whose rows are there, and return the names of the others."""
    missing = []
    for name, (kind, files) in FIGURES.items():
        paths = [_rows(file, folder) for file in files]
        found = [path for path in paths if path is not None]
        if len(found) == len(files):
            save(draw(load(found), kind), into / f"{name}.png")
        else:
            missing.append(name)
    return missing


def _rows(file: str, folder: Path | None) -> Path | None:
    for place in (DOCS / "results", folder):
        if place is not None and (place / f"{file}.csv").exists():
            return place / f"{file}.csv"
    return None


if __name__ == "__main__":
    if undrawn := main(*map(Path, sys.argv[1:2])):
        sys.exit(f"No rows for {', '.join(undrawn)}: run their commands, and give the folder of their files.")
