"""``wcheck audit``: what a saved critic is worth on any two sources."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from wcheck.cli import options, output
from wcheck.cli.groups import grouped
from wcheck.cli.points import Points
from wcheck.cli.settings import argument, setting
from wcheck.experiments.audit import SavedCritic
from wcheck.experiments.telling.audit import told_of_scales


@grouped()
def audit(
    critic: Annotated[Path, argument("critic")],
    source: options.P,
    target: options.Q,
    *,
    arch: Annotated[str | None, setting("arch", options.AS_SAVED)] = None,
    grad_points: Annotated[int, setting("grad_points")] = SavedCritic.grad_points,
    points: Points,
    device: options.Device = SavedCritic.device,
    seed: options.Seed = SavedCritic.seed,
    into: options.Output,
) -> None:
    """Judge a saved critic on two sources: its claim, its slope, and what it certifies beside the exact distance.

    It is to be high on P and low on Q. The first row is about the whole critic, one more about each layer: its norm,
    how well it keeps its constraint, and the mean norm of the critic's gradient with respect to it.

    Example: wcheck audit critics "digits[0:200]" "digits[200:400]"
    """
    experiment = SavedCritic.of(
        source=source,
        target=target,
        **points.given(),
        critic=critic,
        grad_points=grad_points,
        seed=seed,
        arch=arch,
        device=device,
    )
    output.run(
        experiment,
        into,
        also=lambda rows: told_of_scales(rows[0], experiment.trained_on()),
    )
