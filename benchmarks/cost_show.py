"""The table of ``cost.py``: ``python benchmarks/cost_show.py docs/results/cost.csv docs/results/cost-scipy.csv``.

Prints a line per problem as Markdown: wcheck's seconds, those of POT and of the better of lapx's two, and how many
times as long they and SciPy took as wcheck in the same file. Bold: faster than wcheck. ``--into PAGE.md`` writes it
between the lines ``<!-- cost -->`` and ``<!-- end of cost -->`` of a page instead.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

NAMES = {
    "euclidean-2": "distances, d = 2",
    "euclidean-20": "distances, d = 20",
    "cifar10": "distances, CIFAR-10",
    "uniform": "uniform at random",
    "integers": "integers from 1 to 100",
    "euclidean-2-weighted": "d = 2, weighted",
    "euclidean-20-weighted": "d = 20, weighted",
    "cifar10-weighted": "CIFAR-10, weighted",
    "uniform-weighted": "uniform, weighted",
    "integers-weighted": "integers, weighted",
}
"""The problems in the table's order."""
PEERS = {"POT": ("pot",), "lapx": ("lapjvr", "lapjvh"), "SciPy": ("scipy",)}
BEGIN, END = "<!-- cost -->", "<!-- end of cost -->"


def main(arguments: Sequence[str] | None = None) -> int:
    """Show the table; return the exit status."""
    parser = argparse.ArgumentParser(description="The table of benchmarks/cost.py.")
    parser.add_argument(
        "files", nargs="+", help="files that cost.py wrote; a pair is taken from the first file that has it"
    )
    parser.add_argument("--into", metavar="PAGE.md", help="the page for the table")
    options = parser.parse_args(arguments)
    text = table([pd.read_csv(path) for path in options.files])
    if not options.into:
        print(text)
        return 0
    page = Path(options.into)
    before, rest = page.read_text(encoding="utf-8").split(BEGIN)
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}", encoding="utf-8")
    return 0


def table(files: Sequence[pd.DataFrame]) -> str:
    """Return the table as Markdown."""
    lines = [
        "| costs | wcheck | POT | lapx | POT / wcheck | lapx / wcheck | SciPy / wcheck |",
        "|---|---|---|---|---|---|---|",
    ]
    for problem, about in NAMES.items():
        timed = [_seconds(rows, problem) for rows in files]
        own = next((seconds["wcheck"] for seconds in timed if "wcheck" in seconds), None)
        if own is None:
            continue
        first = {name: next((s[name] for s in timed if name in s and "wcheck" in s), None) for name in PEERS}
        ratio = {
            name: next((s[name] / s["wcheck"] for s in timed if name in s and "wcheck" in s), None)
            for name in PEERS
        }
        cells = [f"{own:.2f} s", *(_shown(first[name], " s", own) for name in ("POT", "lapx"))]
        cells += [_shown(ratio[name], "", 1.0) for name in PEERS]
        lines.append(f"| {' | '.join([about, *cells])} |")
    return "\n".join(lines)


def _seconds(rows: pd.DataFrame, problem: str) -> dict[str, float]:
    """Return the seconds of whoever solved a problem, lapx's by the better of the two."""
    solved = rows[(rows["problem"] == problem) & rows["status"].isin(["optimal", "rounding"])]
    found = {}
    for name, peers in {"wcheck": ("wcheck",), **PEERS}.items():
        seconds = solved["seconds"][solved["peer"].isin(peers)]
        if len(seconds):
            found[name] = float(seconds.min())
    return found


def _shown(value: float | None, unit: str, own: float) -> str:
    if value is None:
        return ""
    digits = f"{value:.0f}" if value >= 9.5 and not unit else f"{value:.3g}"
    return f"**{digits}{unit}**" if value < own else f"{digits}{unit}"


if __name__ == "__main__":
    sys.exit(main())
