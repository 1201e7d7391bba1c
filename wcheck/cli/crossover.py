"""``wcheck crossover``: the dimension from which a single point beats real batches of Gaussians."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

import typer

from wcheck.cli import options, output
from wcheck.cli.groups import grouped
from wcheck.errors import ParameterError
from wcheck.experiments.crossover import Crossover


@grouped()
def crossover(
    *,
    dim: Annotated[
        list[str] | None,
        typer.Option(
            metavar="D|A:B",
            help="A dimension of the Gaussians, or all dimensions from A to B.",
            show_default="1:100",
        ),
    ] = None,
    n: Annotated[
        list[int] | None,
        typer.Option(
            "--n",
            metavar="N",
            help="The number of points in a batch.",
            show_default=", ".join(map(str, Crossover.n)),
        ),
    ] = None,
    reps: Annotated[
        int, typer.Option(metavar="K", help="The number of pairs of batches that are averaged over.")
    ] = Crossover.reps,
    workers: options.Workers,
    seed: options.Seed = Crossover.seed,
    into: options.Output,
) -> None:
    """Find the dimension from which a batch of Gaussians is nearer to one point than to another such batch.

    The point is their mean, repeated. A generator that had learned the Gaussian would from that dimension on lose, by
    the mean Wasserstein-1 distance of batches, to a generator that makes this one point.

    Example: wcheck crossover --n 8 --dim 3:14 --reps 20
    """
    experiment = Crossover(
        n=tuple(n or Crossover.n), dim=_dims(dim) if dim else Crossover.dim, reps=reps, seed=seed
    )
    output.run(experiment, into, workers=workers.on())


def _dims(texts: Sequence[str]) -> tuple[int, ...]:
    dims: list[int] = []
    for text in texts:
        match = re.fullmatch(r"(\d+)(?::(\d+))?", text.strip())
        if match is None or int(match[2] or match[1]) < int(match[1]):
            raise ParameterError(
                f"--dim {text} is not a dimension: write 20, or 1:100 for all from 1 to 100."
            )
        dims += range(int(match[1]), int(match[2] or match[1]) + 1)
    return tuple(dims)
