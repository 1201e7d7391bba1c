"""A CSV file as a table of a page: ``python benchmarks/table.py docs/results/couple.csv --columns n,dim,dtype``.

Prints the columns as Markdown, numbers to three digits, or to as many as ``--digits`` says. ``--into PAGE.md NAME``
writes it between the lines ``<!-- NAME -->`` and ``<!-- end of NAME -->`` of a page instead.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> int:
    """Show the table; return the exit status."""
    parser = argparse.ArgumentParser(description="A CSV file as a table of a page.")
    parser.add_argument("file")
    parser.add_argument("--columns", required=True, help="the columns, separated by commas")
    parser.add_argument("--digits", type=int, default=3)
    parser.add_argument("--into", nargs=2, metavar=("PAGE.md", "NAME"))
    options = parser.parse_args(arguments)
    columns = options.columns.split(",")
    with Path(options.file).open(newline="") as file:
        rows = [[_shown(row[name], options.digits) for name in columns] for row in csv.DictReader(file)]
    heads = [name.replace("_", " ") for name in columns]
    lines = [f"| {' | '.join(cells)} |" for cells in (heads, ["---"] * len(heads), *rows)]
    if not options.into:
        print("\n".join(lines))
        return 0
    page, name = Path(options.into[0]), options.into[1]
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    before, rest = page.read_text(encoding="utf-8").split(begin)
    text = "\n".join([f"{before}{begin}", *lines, f"{end}{rest.split(end)[1]}"])
    page.write_text(text, encoding="utf-8")
    return 0


def _shown(text: str, digits: int) -> str:
    """Return a number with so many digits, whole ones as they are, and other texts unchanged."""
    try:
        return text if float(text).is_integer() and "." not in text else f"{float(text):.{digits}g}"
    except ValueError:
        return text


if __name__ == "__main__":
    sys.exit(main())
