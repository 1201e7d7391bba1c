"""``wcheck two-sample``: whether two samples are of one distribution."""

from __future__ import annotations

from typing import Annotated

from wcheck.cli import options, output
from wcheck.cli.groups import grouped
from wcheck.cli.points import Points
from wcheck.cli.settings import setting
from wcheck.experiments.two_sample import TwoSample


@grouped()
def two_sample(
    source: options.P,
    target: options.Q,
    *,
    statistic: Annotated[list[str] | None, setting("statistic", TwoSample.statistic)] = None,
    permutations: Annotated[int, setting("permutations")] = TwoSample.permutations,
    points: Points,
    seed: options.Seed = TwoSample.seed,
    into: options.Output,
) -> None:
    """Test whether two samples have the same distribution.

    It is a permutation test: its level is exact for any distributions, and no diameter is needed. The only assumption
    is that points are independent, within and between the samples. At the same sample size, the energy distance detects
    more differences than W1.

    Example: wcheck two-sample "digits[0:200]" "digits[200:400]"
    """
    others = options.given(statistic=statistic, permutations=permutations, seed=seed)
    output.run(TwoSample.of(source=source, target=target, **points.given(), **others), into)
