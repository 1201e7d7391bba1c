"""``wcheck gan``: generators in training, their loss beside the exact distance."""

from __future__ import annotations

from typing import Annotated

import typer

from wcheck.cli import options, output
from wcheck.cli.completion import completer
from wcheck.cli.groups import grouped
from wcheck.cli.points import Points
from wcheck.cli.settings import Settings, setting, settings
from wcheck.columns.choices import ALL, GAMES
from wcheck.experiments.gan import Gan
from wcheck.experiments.parts import DIGITS

Games = Annotated[
    list[str] | None,
    typer.Option(
        "--game",
        metavar="NAME|all",
        help=f"A game by its name in the literature, instead of --objective and --lipschitz: {', '.join(GAMES)}; all "
        "means every one of them.",
        show_default=False,
        autocompletion=completer("NAME|all", (*GAMES, ALL)),
    ),
]


@grouped()
def gan(
    *,
    data: Annotated[str | None, setting("data", DIGITS)] = None,
    n: Annotated[int | None, setting("n", "1000, or as many as the reference has")] = None,
    preset: Annotated[str | None, options.presets(Gan)] = None,
    game: Annotated[
        Settings,
        settings(
            *Gan.groups,
            "training",
            "run",
            ranges=True,
            objective=", ".join(Gan.published["objective"]),
        ),
    ],
    named: Games = None,
    samples: options.Samples = None,
    every: options.Every = None,
    batch_exact_every: Annotated[int | None, setting("batch_exact_every", "only at evaluations")] = None,
    grad_points: Annotated[int | None, setting("grad_points", str(Gan.grad_points))] = None,
    collapse: Annotated[float, setting("collapse")] = Gan.collapse,
    centroids: Annotated[str | None, setting("centroids")] = None,
    feature_space: Annotated[str | None, setting("feature_space", "none")] = None,
    patches: Annotated[int | None, setting("patches", "none")] = None,
    points: Points,
    device: options.Device = Gan.device,
    compile: options.Compile = False,
    save: options.SaveFolder = None,
    grid: options.GridFolder = None,
    workers: options.Workers,
    into: options.Output,
) -> None:
    """Train generators; compare losses with exact distances.

    A game is an objective, a constraint on the critic's slope, and a generator. Each row is an evaluation: the loss and
    the exact W1 of the same two batches; the exact W1 between n generated points and n real points on which neither
    network was trained; and the spread, sharpness and originality of the generated points. With -o an interrupted run
    resumes in mid-training.

    Example: wcheck gan --data digits --objective wasserstein --objective c-transform -o games.csv
    """
    experiment = Gan.of(
        preset,
        **points.given(),
        **game,
        **options.given(
            data=data,
            n=n,
            game=named,
            samples=samples,
            every=every,
            batch_exact_every=batch_exact_every,
            grad_points=grad_points,
            collapse=collapse,
            centroids=centroids,
            feature_space=feature_space,
            patches=patches,
            device=device,
            compile=compile,
            save=save,
            grid=grid,
        ),
    )
    # a compiler's work is shared by no processes
    output.run(experiment, into, workers=workers.on(device, alone=compile, spare_threads=True))
