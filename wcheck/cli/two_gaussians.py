"""``wcheck two-gaussians``: a discriminator saturates where a critic stays linear."""

from __future__ import annotations

from typing import Annotated

import typer

from wcheck.cli import options, output
from wcheck.cli.groups import grouped
from wcheck.cli.settings import Settings, settings
from wcheck.experiments.two_gaussians import TwoGaussians


@grouped()
def two_gaussians(
    *,
    mean: Annotated[
        float, typer.Option(metavar="M", help="The data are around M, the generator's points around -M.")
    ] = TwoGaussians.mean,
    std: Annotated[float, typer.Option(metavar="S", help="Standard deviation of both.")] = TwoGaussians.std,
    chosen: Annotated[Settings, settings("critic", "run", only=("lipschitz", "seed"), lipschitz="clip lp")],
    n: Annotated[
        int, typer.Option("--n", metavar="N", help="Points of each side to train on.")
    ] = TwoGaussians.n,
    width: Annotated[int, typer.Option(metavar="N", help="Of the hidden layers.")] = TwoGaussians.width,
    steps: Annotated[int, typer.Option(metavar="N", help="Steps of each model.")] = TwoGaussians.steps,
    batch_size: Annotated[
        int, typer.Option(metavar="N", help="Points of each side in a step.")
    ] = TwoGaussians.batch_size,
    lr: Annotated[
        float | None,
        typer.Option(metavar="RATE", help="Step size of the critics.", show_default="the mechanism's own"),
    ] = None,
    workers: options.Workers,
    into: options.Output,
) -> None:
    """Train a GAN's discriminator and a WGAN's critics to their optimum between two Gaussians on the line.

    Rows hold values and slopes along the line, beside those of the best discriminator and the best critic. What the
    generator descends on is flat under its own points for the one, and as steep as anywhere for the other.

    Example: wcheck two-gaussians --steps 200 -o gaussians.csv
    """
    others = options.given(mean=mean, std=std, n=n, width=width, steps=steps, batch_size=batch_size, lr=lr)
    output.run(TwoGaussians.of(**chosen, **others), into, workers=workers.on())
