"""``wcheck two-gaussians``: a discriminator saturates where a critic stays linear."""

from __future__ import annotations

from typing import Annotated

from wcheck.cli import options, output
from wcheck.cli.groups import grouped
from wcheck.cli.settings import Settings, setting, settings
from wcheck.experiments.two_gaussians import TwoGaussians


@grouped()
def two_gaussians(
    *,
    mean: Annotated[float, setting("mean")] = TwoGaussians.mean,
    std: Annotated[float, setting("std")] = TwoGaussians.std,
    chosen: Annotated[Settings, settings("critic", "run", only=("lipschitz", "seed"), lipschitz="clip, lp")],
    n: Annotated[int, setting("n")] = TwoGaussians.n,
    width: Annotated[int, setting("width")] = TwoGaussians.width,
    steps: Annotated[int, setting("steps")] = TwoGaussians.steps,
    batch_size: Annotated[int, setting("batch_size")] = TwoGaussians.batch_size,
    lr: Annotated[float | None, setting("lr", "that of the constraint")] = None,
    workers: options.Workers,
    into: options.Output,
) -> None:
    """Show why a discriminator saturates and a critic does not.

    A GAN's discriminator and a WGAN's critics are trained to their optimum between two Gaussians on the line. The rows
    have their values and slopes along the line, and those of the optimal discriminator and the optimal critic. At the
    generator's own points, the loss is flat with the discriminator, and as steep as anywhere with the critic.

    Example: wcheck two-gaussians --steps 200 -o gaussians.csv
    """
    others = options.given(mean=mean, std=std, n=n, width=width, steps=steps, batch_size=batch_size, lr=lr)
    output.run(TwoGaussians.of(**chosen, **others), into, workers=workers.on())
