"""The table and the figure of ``zoo.py``: ``python benchmarks/zoo_show.py zoo.csv --before old.csv --figure zoo.svg``.

Prints, as Markdown, a line per kind of data: wcheck's median time, and how many times as long POT dense and the better
of lapx's two took, for p = 1 and p = 2, no kind left out; then the medians and the worst kinds by name. ``--before``
adds POT's times against an earlier wcheck; where that was timed alone, POT's are those of now. ``--into PAGE.md NAME``
writes it between the lines ``<!-- zoo NAME -->`` and ``<!-- end of zoo NAME -->`` of a page instead. A peer that was
cut off counts with the limit, which is marked by ``>``. Of several files, a later one replaces what it has timed again.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from wcheck.plots.artists import INK, colour
from wcheck.plots.figure import save, styled
from wcheck.plots.page import panels, rows_named, tell

LAPX = ("lapjvr", "lapjvh")
TIMED = ("optimal", "rounding", "time_limit")
WORST = 3
"""How many of the smallest multiples are named."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Show what the options ask for; return the exit status."""
    options = _options(arguments)
    rows = joined([pd.read_csv(path) for path in options.files])
    found = ratios(rows)
    if options.before:
        earlier = ratios(_with_peers(pd.concat(map(pd.read_csv, options.before), ignore_index=True), rows))
        found["before"] = earlier["pot"].reindex(found.index)
    text = "\n".join([*table(found), "", *told(found)])
    if options.into:
        page, name = Path(options.into[0]), options.into[1]
        page.write_text(replaced(page.read_text(encoding="utf-8"), name, text), encoding="utf-8")
    else:
        print(text)
    if options.figure:
        with styled():
            save(figure(found), Path(options.figure))
    return 0


def joined(files: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of all files; of a peer that several have on the same task, those of the last one."""
    keys = ["kind", "p", "peer"]
    numbered = pd.concat([rows.assign(file=number) for number, rows in enumerate(files)], ignore_index=True)
    last = numbered.groupby(keys)["file"].transform("max")
    return numbered[numbered["file"] == last].drop(columns="file").reset_index(drop=True)


def _with_peers(earlier: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of an earlier wcheck, with those of the peers now where it was timed alone."""
    if set(earlier["peer"]) != {"wcheck"}:
        return earlier
    return pd.concat([earlier, rows[rows["peer"] != "wcheck"]], ignore_index=True)


def ratios(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a line per kind and exponent: wcheck's seconds, peers' over them, and whether those were cut off."""
    keys = ["kind", "p"]
    timed = rows[rows["status"].isin(TIMED)]
    own = timed[timed["peer"] == "wcheck"].groupby(keys, sort=False)
    found = pd.DataFrame(
        {
            "about": own["about"].first(),
            "seconds": own["seconds"].median(),
            "megabytes": own["above_copy_bytes"].max() / 1e6,
        }
    )
    for name, peers in (
        ("pot", ("pot-dense",)),
        ("lazy", ("pot-lazy",)),
        ("lapx", LAPX),
        ("scipy", ("scipy",)),
    ):
        theirs = timed[timed["peer"].isin(peers)].sort_values("seconds").groupby(keys).first()
        found[name] = theirs["seconds"].reindex(found.index) / found["seconds"]
        found[f"{name}_cut"] = theirs["status"].reindex(found.index) == "time_limit"
    return found


def table(found: pd.DataFrame) -> list[str]:
    """Return the table's lines."""
    peers = {"before": "POT / earlier", "pot": "POT / wcheck", "lapx": "lapx / wcheck"}
    peers = {name: called for name, called in peers.items() if name in found and found[name].notna().any()}
    exponents = sorted(found.index.unique(level="p"))
    heads = [f"{name}, p = {p}" for p in exponents for name in ("wcheck", *peers.values())]
    lines = ["| kind | " + " | ".join(heads) + " |", "|---" * (1 + len(heads)) + "|"]
    for kind, group in found.groupby(level="kind", sort=False):
        cells = []
        for p in exponents:
            row = group.loc[(kind, p)] if (kind, p) in group.index else None
            cells.append("" if row is None else f"{row['seconds']:.2g} s")
            cells += [_times(row, name) for name in peers]
        lines.append(f"| {group['about'].iloc[0]} | " + " | ".join(cells) + " |")
    return lines


def told(found: pd.DataFrame) -> list[str]:
    """Return, for each peer, the median over all kinds and the smallest multiples."""
    lines = []
    for name, called, own in (
        ("before", "POT dense", "the earlier wcheck"), ("pot", "POT dense", "wcheck"), ("lazy", "POT lazy", "wcheck"),
        ("lapx", "lapx", "wcheck"), ("scipy", "SciPy", "wcheck"),
    ):  # fmt: skip
        times = found[name].dropna() if name in found else pd.Series(dtype=float)
        if len(times):
            worst = times.nsmallest(WORST)
            named = ", ".join(f"{value:.2g} ({kind}, p = {p})" for (kind, p), value in worst.items())
            lines.append(
                f"* {called} takes {times.median():.2g} times as long as {own} in the median of {len(times)} problems. "
                f"The smallest multiples are {named}."
            )
    largest = found["megabytes"].idxmax()
    lines.append(
        "* The memory of wcheck on top of the inputs and a float32 copy of them is "
        f"{found['megabytes'].median():.0f} MB in the median, and at most {found['megabytes'].max():.0f} MB "
        f"({largest[0]}, p = {largest[1]})."
    )
    return lines


def replaced(page: str, name: str, text: str) -> str:
    """Return a page with a text between the marks of a name.

    Raises
    ------
    SystemExit
        If the page has no such marks.
    """
    begin, end = f"<!-- zoo {name} -->\n", f"\n<!-- end of zoo {name} -->"
    if begin not in page or end not in page:
        sys.exit(
            f"the page lacks the lines {begin.strip()} and {end.strip()}: write them where the table belongs."
        )
    head, rest = page.split(begin, 1)
    return head + begin + text + end + rest.split(end, 1)[1]


def figure(found: pd.DataFrame) -> Any:
    """Draw a point per kind, exponent and peer: how many times as long as wcheck it took."""
    order = found["pot"].groupby(level="kind").min().sort_values(ascending=False, na_position="first").index
    names, height = rows_named([kind.replace("-", " ") for kind in order], apart=0.17)
    drawn, (axes,) = panels(1, height=0.9 + height)
    places = {kind: place for place, kind in enumerate(order)}
    for index, (name, called) in enumerate((("pot", "POT dense"), ("lapx", "lapx's best"))):
        for p, marker in ((1, "o"), (2, "^")):
            part = found.xs(p, level="p")[name].dropna() if p in found.index.get_level_values("p") else []
            if len(part):
                at = [places[kind] for kind in part.index]
                axes.plot(
                    part,
                    at,
                    marker,
                    color=colour(index),
                    markersize=5,
                    label=f"{called}, $p = {p}$",
                    alpha=0.85,
                )
    axes.axvline(1.0, color=INK, linewidth=1)
    axes.set(xscale="log", xlabel="times as long as wcheck", ylim=(-0.7, len(order) - 0.3))
    axes.set_yticks(range(len(order)), names, fontsize=7)
    tell(
        drawn,
        [axes],
        "Every kind of data, ordered by the lesser of POT's two times. Right of the line wcheck is faster. Its time "
        "is the median of repeats; peers ran once, in between, with their cost matrix in their time. lapx takes equal "
        "numbers of points of equal weight alone.",
    )
    return drawn


def _times(row: Any, name: str) -> str:
    if row is None or not np.isfinite(row[name]):
        return ""
    text = f"{'>' if row.get(f'{name}_cut') else ''}{row[name]:.2g}"
    return f"**{text}**" if row[name] < 1.0 else text


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Show what benchmarks/zoo.py measured.")
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE.csv",
        help="rows of zoo.py with the same n; a later file counts where it has the same",
    )
    parser.add_argument(
        "--before",
        action="append",
        metavar="OLD.csv",
        help="rows of an earlier wcheck; can be given more than once",
    )
    parser.add_argument(
        "--into",
        nargs=2,
        metavar=("PAGE.md", "NAME"),
        help="the page and the name of its marks for the table",
    )
    parser.add_argument("--figure", metavar="FILE.svg", help="the file for the figure")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
