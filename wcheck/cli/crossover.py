"""``wcheck crossover``: the dimension from which a single point beats real batches of Gaussians."""

from __future__ import annotations

from typing import Annotated

from wcheck.cli import options, output
from wcheck.cli.groups import grouped
from wcheck.cli.settings import setting
from wcheck.experiments.crossover import Crossover


@grouped()
def crossover(
    *,
    dim: Annotated[list[str] | None, options.dims("1:100")] = None,
    n: Annotated[list[int] | None, setting("n", Crossover.n)] = None,
    reps: Annotated[int, setting("reps")] = Crossover.reps,
    workers: options.Workers,
    seed: options.Seed = Crossover.seed,
    into: options.Output,
) -> None:
    """Find when one point is closer than another real batch.

    From some dimension on, a batch of Gaussian points is closer to their mean, repeated, than to another such batch.
    From there on, a generator that makes only this point has a smaller mean Wasserstein-1 distance to batches than one
    that has learned the Gaussian.

    Example: wcheck crossover --n 8 --dim 3:14 --reps 20
    """
    chosen = options.given(n=n, dim=options.all_dims(dim), reps=reps, seed=seed)
    output.run(Crossover(**chosen), into, workers=workers.on())
