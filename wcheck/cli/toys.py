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

    The first toys are parallel segments and a shifted peak, for which only the Wasserstein-1 distance depends on how
    far apart they are, a shift, and measures on a line. The closed forms are compared with the computed distances, the
    Jensen-Shannon and Kullback-Leibler divergences, the total variation, and the loss of a generator against the best
    energy-based discriminator.

    Further toys illustrate the theory: atoms that converge only in the Wasserstein-1 distance; coins and tilted
    measures, with the bounds of the distance by the total variation and of that by Kullback-Leibler; the slope of the
    distance by the optimal potential, by differences and by the backward pass; the energy-based discriminator by a
    linear program; the norms that power iteration and spectral normalisation reach; and the best k-medians on a line.

    Example: wcheck toys --toy segments
    """
    output.run(Toys(**options.given(toy=toy, seed=seed)), into)
