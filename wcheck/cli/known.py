"""``wcheck known``: critics and estimators on pairs whose distance and optimal gradient are known."""

from __future__ import annotations

from typing import Annotated

from wcheck.cli import options, output
from wcheck.cli.groups import grouped
from wcheck.cli.settings import Settings, setting, settings
from wcheck.experiments.known import KnownTruth


@grouped(but=("amp",))
def known(
    *,
    dim: Annotated[list[str] | None, options.dims(KnownTruth.dim)] = None,
    funnels: Annotated[list[int] | None, setting("funnels", KnownTruth.funnels)] = None,
    move: Annotated[float, setting("move")] = KnownTruth.move,
    n: Annotated[list[int] | None, setting("n", KnownTruth.n)] = None,
    estimator: Annotated[list[str] | None, setting("estimator", "all, or none with --lipschitz")] = None,
    chosen: Annotated[
        Settings,
        settings("critic", "training", "run", lipschitz="all, or none with --estimator", seed="0, 1, 2"),
    ],
    workers: options.Workers,
    into: options.Output,
) -> None:
    """Judge all methods on pairs whose distance is known.

    Every critic and every estimator is tested on pairs whose distance and optimal gradient are known: uniform points
    of a cube, and others moved towards the nearest of some centres (MinFunnel pairs, Korotin, Kolesov and Burnaev
    2022). All methods see the same two independent samples; gradients are compared where they are determined.

    Example: wcheck known --dim 2 --funnels 4 --n 200 --steps 300 --width 64 --seed 0 -o known.csv
    """
    others = options.given(dim=options.all_dims(dim), funnels=funnels, move=move, n=n, estimator=estimator)
    output.run(KnownTruth.of(**chosen, **others), into, workers=workers.on())
