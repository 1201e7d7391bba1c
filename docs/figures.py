"""Draw the figures of docs/measurements.md again from the rows that are kept: ``python docs/figures.py``.

Each says in its metadata which rows it shows, and a test compares: a figure whose rows changed is drawn anew.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

DOCS = Path(__file__).parent
RESULTS = DOCS / "results"
FIGURES = {
    "batch": ("batch", ["batch-digits"]),
    "bernoulli": ("bernoulli", ["bernoulli"]),
    "compare": ("compare", ["compare-pixels"]),
    "crossover": ("crossover", ["quick/runs/crossover"]),
    "extrapolation": ("extrapolation", ["quick/runs/complexity", "quick/runs/complexity.fit"]),
    "gan": ("gan", ["gan-digits"]),
    "sweep": ("sweep", ["quick/runs/oracle-sweep"]),
    "toys": ("toys", ["toys"]),
}
"""The kind of each figure, and the files of its rows in docs/results."""
PICTURES = {"centroids": "centroids", "triples": "triples"}
"""Pictures of images, and the rows of the commands that drew them."""


def main(into: Path = DOCS / "figures") -> None:
    """Draw every figure."""
    from wcheck.plots.figure import save
    from wcheck.plots.registry import draw, load

    for name, (kind, _) in FIGURES.items():
        save(draw(load(rows(name)), kind), into / f"{name}.png")
        _seal(into / f"{name}.png", seal(name))


def rows(name: str) -> list[Path]:
    """Return the files of a figure's rows."""
    return [RESULTS / f"{file}.csv" for file in FIGURES[name][1]]


def seal(name: str) -> str:
    """Return what tells the rows of a figure from others."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in rows(name))).hexdigest()


def _seal(path: Path, told: str) -> None:
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("rows", told)
    with Image.open(path) as image:
        image.save(path, pnginfo=info, dpi=image.info["dpi"])


if __name__ == "__main__":
    main()
