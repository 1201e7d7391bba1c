"""``wcheck interval``: a certified interval for the distance between two distributions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wcheck.cli import options, output
from wcheck.cli.groups import grouped
from wcheck.cli.points import Points
from wcheck.cli.settings import setting
from wcheck.errors import ParameterError
from wcheck.experiments.interval import Interval


@grouped()
def interval(
    source: options.P,
    target: options.Q,
    *,
    confidence: Annotated[float, setting("confidence")] = Interval.confidence,
    diameter: Annotated[
        str,
        typer.Option(
            metavar="D|bounds",
            help=(
                "The largest possible distance between points of the distributions, known in advance, or the word "
                "bounds, for images: the largest distance that their scale allows."
            ),
        ),
    ] = "bounds",
    critic: Annotated[Path | None, setting("critic", "none: exact potentials")] = None,
    arch: Annotated[str | None, setting("arch", options.AS_SAVED)] = None,
    splits: Annotated[int, setting("splits")] = Interval.splits,
    permutations: Annotated[int, setting("permutations")] = Interval.permutations,
    points: Points,
    seed: options.Seed = Interval.seed,
    into: options.Output,
) -> None:
    """Bound the distance between two distributions.

    With the given confidence, the interval contains the distance between the distributions from which two samples were
    drawn. It holds for all distributions of the given diameter; the only assumption is that all draws are independent,
    within and between the samples. The row also has an estimate of the upper end without a guarantee, the distances
    between random sets of the same sizes and between halves of one sample, and a permutation test.

    Example: wcheck interval "digits[0:800]" "digits[800:1600]" --permutations 19
    """
    experiment = Interval.of(
        source=source,
        target=target,
        **points.given(),
        diameter=diameter if diameter == "bounds" else _number(diameter),
        confidence=confidence,
        critic=critic,
        arch=arch,
        splits=splits,
        permutations=permutations,
        seed=seed,
    )
    output.run(experiment, into)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ParameterError(f"--diameter {text} is not a number: give one, or bounds for images.") from None
