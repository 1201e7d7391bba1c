"""A constraint with an option, added as a developer would, and what becomes of it: ``python -m tests.added FOLDER``.

It is a program of its own, since commands and rows are made of the vocabulary as they are imported.
"""

import contextlib
import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from torch import Tensor

from tests.scripts import script
from wcheck import columns
from wcheck.critics.constraint import Constraint
from wcheck.critics.constraints import CONSTRAINTS
from wcheck.learning.settings import Range, number

COMMAND = ("--data", "digits", "--n", "20", "--steps", "2", "--every", "1", "--grad-points", "20", "--width", "8",
           "--lipschitz", "damped", "--lipschitz", "none", "--damping", "1", "--damping", "2.5",
           "--jobs", "1")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Damped(Constraint):
    """``damping * mean D^2`` on the batches: the first of the two edits, the field where it acts."""

    name: ClassVar[str] = "damped"

    damping: float = number(0.5, Range(0))

    def loss(self, objective, network, x: Tensor, y: Tensor, generator) -> Tensor:
        """Return the loss and the term."""
        return (
            Constraint.loss(self, objective, network, x, y, generator)
            + self.damping * network(x).square().mean()
        )


CONSTRAINTS[Damped.name] = Damped
columns.register(
    columns.Setting(  # the second edit: its line
        name="damping",
        kind=float,
        metavar="DELTA",
        meaning="the weight of the square of damped's values",
        symbol="δ",
        published="0.5",
        groups=("critic",),
        ranges=True,
    )
)


def arrived(folder: Path) -> dict[str, object]:
    """Return what there is of the option in the help, the rows, a terminal, a legend and the page of a command."""
    import typer.testing

    from wcheck.cli.app import app
    from wcheck.cli.terminal import show
    from wcheck.experiments.known import KnownTruth
    from wcheck.experiments.oracle import Oracle
    from wcheck.plots.registry import draw, load
    from wcheck.rows.table import parse_rows

    def called(*arguments: str) -> typer.testing.Result:
        return typer.testing.CliRunner().invoke(
            app, arguments, env={"COLUMNS": "300"}, catch_exceptions=False
        )

    path = folder / "rows.csv"
    ran = called("oracle", *COMMAND, "-o", str(path))
    if ran.exit_code:
        raise SystemExit(ran.stderr)
    rows = [row for row in parse_rows(path.read_text()) if row["step"] == 2]
    with contextlib.redirect_stdout(io.StringIO()) as terminal:
        show(list(Oracle.columns), rows)
    refused = called("oracle", *COMMAND, "--damping", "-1")
    generate = script("docs/generate.py")
    return {
        "refused": [refused.exit_code, refused.stderr],
        "help": called("oracle", "--help").stdout,
        "help_of_known": called("known", "--help").stdout,
        "rows": [row["damping"] for row in rows],
        "columns_of_known": list(KnownTruth.columns),
        "terminal": terminal.getvalue(),
        "legend": [text.get_text() for legend in draw(load([path])).legends for text in legend.get_texts()],
        "page": generate.pages()["oracle.md"],
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(arrived(Path(sys.argv[1]))))
