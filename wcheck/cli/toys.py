"""``wcheck toys``: closed forms beside computed values."""

from __future__ import annotations

from typing import Annotated

from wcheck.cli import options, output
from wcheck.cli.groups import grouped
from wcheck.cli.settings import setting
from wcheck.experiments.toys import Toys


@grouped()
def toys(
    *,
    toy: Annotated[list[str] | None, setting("toy", "all")] = None,
    seed: options.Seed = Toys.seed,
    into: options.Output,
) -> None:
    """Draw distances that are known in closed form.

    Parallel segments and a moved peak, where only the Wasserstein-1 distance sees how far apart they are; a shift, and
    measures on a line. Beside the closed forms stand the distances as they are computed, the Jensen-Shannon and
    Kullback-Leibler divergences, the total variation, and the loss of a generator against the best energy-based
    discriminator.

    Then what theory says of them: atoms that converge in the Wasserstein-1 distance alone; coins and tilted measures,
    with the bounds of the distance by the total variation and of that by Kullback-Leibler; the slope of the distance by
    the optimal potential, by differences and by the backward pass; the energy-based discriminator by a linear program;
    the norms that power iteration and spectral normalisation reach; and the best k-medians on a line.

    Example: wcheck toys --toy segments
    """
    output.run(Toys(**options.given(toy=toy, seed=seed)), into)
