"""``wcheck compare``: which of several sample sets is nearest to the data, and whether that is more than chance."""

from __future__ import annotations

from typing import Annotated

import typer

from wcheck.cli import options, output
from wcheck.cli.groups import grouped
from wcheck.cli.points import Points
from wcheck.cli.settings import setting
from wcheck.experiments.compare import Compare


@grouped(but=("embed",))
def compare(
    reference: Annotated[
        str,
        typer.Argument(
            metavar="REFERENCE",
            help="The source of the real data with which candidates are compared; it is cut into twice as many blocks.",
            show_default=False,
        ),
    ],
    candidates: Annotated[
        list[str],
        typer.Argument(
            metavar="CANDIDATE...",
            help="The sources of the candidates, in the same forms as REFERENCE.",
            show_default=False,
        ),
    ],
    *,
    n: Annotated[
        int | None, setting("n", "a tenth of the reference or a fifth of a candidate, at most 1000")
    ] = None,
    blocks: Annotated[int, setting("blocks")] = Compare.blocks,
    estimator: Annotated[list[str] | None, setting("estimator", Compare.estimator)] = None,
    p: Annotated[list[int] | None, setting("p", Compare.p)] = None,
    embed: options.Embeddings = None,
    train: Annotated[list[str] | None, setting("train")] = None,
    statistic: Annotated[str, setting("statistic")] = Compare.statistic,
    permutations: Annotated[int, setting("permutations")] = Compare.permutations,
    confidence: Annotated[float, setting("confidence")] = Compare.confidence,
    shuffle_seed: Annotated[int | None, setting("shuffle_seed")] = None,
    points: Points,
    seed: options.Seed = Compare.seed,
    into: options.Output,
) -> None:
    """Find the sample set that is closest, beyond chance.

    A distance alone does not answer this: between mini-batches it is smaller for blurred sets than for real data. So
    each candidate is compared with other real data of the same size, block by block, with an interval of the
    difference; pairs of candidates are compared on the same points; and a permutation test says whether a candidate has
    the reference's distribution. With --train, copies of training points are searched for in the reference.

    Example: wcheck compare "digits[0:600]" "digits[600:900]" "digits[900:1200]" --n 50
    """
    others = options.given(
        n=n,
        blocks=blocks,
        estimator=estimator,
        p=p,
        embed=embed,
        train=train,
        statistic=statistic,
        permutations=permutations,
        confidence=confidence,
        shuffle_seed=shuffle_seed,
        seed=seed,
    )
    experiment = Compare.of(reference=reference, candidates=tuple(candidates), **points.given(), **others)
    output.run(experiment, into)
