"""``wcheck bernoulli``: the biased gradient and the wrong minimum of batches of Bernoulli variables."""

from __future__ import annotations

from typing import Annotated

from wcheck.cli import options, output
from wcheck.cli.groups import grouped
from wcheck.cli.settings import setting
from wcheck.experiments.bernoulli import Bernoulli


@grouped()
def bernoulli(
    *,
    theta_star: Annotated[list[float] | None, setting("theta_star", Bernoulli.theta_star)] = None,
    n: Annotated[list[int] | None, setting("n", Bernoulli.n)] = None,
    reps: Annotated[int, setting("reps")] = Bernoulli.reps,
    workers: options.Workers,
    seed: options.Seed = Bernoulli.seed,
    into: options.Output,
) -> None:
    """Show what minimises the batch loss of Bernoulli measures.

    In closed form and by Monte Carlo, it shows that the expected gradient of the Wasserstein-1 distance from a batch is
    not the gradient of the distance, and that the expected distance from batches is smallest at their median, not at
    the parameter of the data.

    Example: wcheck bernoulli --theta-star 0.4 --n 5 --n 64
    """
    experiment = Bernoulli(**options.given(theta_star=theta_star, n=n, reps=reps, seed=seed))
    output.run(experiment, into, workers=workers.on())
