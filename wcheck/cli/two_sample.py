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
    """Test whether two samples are of one distribution.

    It is a permutation test: its level is exact for any distributions, and no diameter is needed. Points within and
    between the samples are taken to be independent, nothing else. The energy distance tells more distributions apart
    than W1 does, at the same sizes.

    Example: wcheck two-sample "digits[0:200]" "digits[200:400]"
    """
    others = options.given(statistic=statistic, permutations=permutations, seed=seed)
    output.run(TwoSample.of(source=source, target=target, **points.given(), **others), into)
