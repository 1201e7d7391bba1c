"""``wcheck certify``: a bracket from the plan, permutation or potentials of another solver."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wcheck.cli import options, output
from wcheck.cli.groups import grouped
from wcheck.cli.points import Points
from wcheck.cli.settings import setting
from wcheck.experiments.certify import Certify


@grouped()
def certify(
    *,
    costs: options.PairOrMatrix,
    plan: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The plan to certify: a dense matrix in .npy or .npz, or a sparse one in .npz, as wcheck exact "
            "--save-plan and scipy.sparse.save_npz write it.",
            show_default=False,
        ),
    ] = None,
    permutation: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The permutation to certify: the target point of each source point, counted from 0, "
            "in .npy or .npz; or its rows and columns, as SciPy returns them.",
            show_default=False,
        ),
    ] = None,
    potentials: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.npz",
            help="The potentials to certify: arrays u and v, f and g, alpha and beta, or log_u and log_v, or one array "
            "of such a pair; the sign and the scale that prove the most are used and reported.",
            show_default=False,
        ),
    ] = None,
    p: Annotated[int | None, setting("p", "1")] = None,
    metric: Annotated[str | None, setting("metric", Certify.metric)] = None,
    epsilon: Annotated[float | None, setting("epsilon", "none")] = None,
    polish: Annotated[float | None, setting("polish", "none")] = None,
    tol: Annotated[float, setting("tol")] = Certify.tol,
    points: Points,
    device: options.Device = Certify.device,
    memory: options.Memory = None,
    seed: options.Seed = Certify.seed,
    into: options.Output,
) -> None:
    """Certify what the plan or potentials of a solver prove.

    The result is a bracket that holds the exact empirical distance, or the least cost of a matrix, rounding included,
    whichever solver computed the plan, the permutation or the potentials. Wrong marginals are corrected at a cost that
    the bracket includes, potentials are made feasible, and the output names the sign and the scale that were assumed.
    The status is optimal where the bracket is as narrow as --tol asks, and certified where it is wider.

    Example: wcheck certify "digits[0:200]" "digits[200:400]" --permutation perm.npy --polish 10
    """
    chosen = options.given(
        plan=plan,
        permutation=permutation,
        potentials=potentials,
        p=p,
        metric=metric,
        epsilon=epsilon,
        polish=polish,
        tol=tol,
        device=device,
        memory=memory,
        seed=seed,
    )
    output.run(Certify.of(**costs.given(), **points.given(), **chosen), into)
