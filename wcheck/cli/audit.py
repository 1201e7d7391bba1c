"""``wcheck audit``: how much of the distance a saved critic finds on any two sources."""

from __future__ import annotations

from typing import Annotated

import typer

from wcheck.cli import options, output
from wcheck.cli.groups import grouped
from wcheck.cli.points import Points
from wcheck.cli.settings import setting
from wcheck.columns import former
from wcheck.errors import ParameterError
from wcheck.experiments.audit import SavedCritic
from wcheck.experiments.telling.audit import told_of_scales
from wcheck.progress import remark


@grouped()
def audit(
    first: Annotated[
        str | None,
        typer.Argument(metavar="CRITIC", help="The critic, unless --critic names it.", show_default=False),
    ] = None,
    source: options.First = None,
    target: options.Second = None,
    *,
    critic: Annotated[str | None, setting("critic", "CRITIC")] = None,
    state: Annotated[str | None, setting("state", "")] = None,
    arch: Annotated[str | None, setting("arch", options.AS_SAVED)] = None,
    grad_points: Annotated[int, setting("grad_points")] = SavedCritic.grad_points,
    points: Points,
    device: options.Device = SavedCritic.device,
    seed: options.Seed = SavedCritic.seed,
    into: options.Output,
) -> None:
    """Judge a critic from files on two sets of points.

    The critic should be high on P and low on Q. It is one that wcheck saved, or one of your own: a function that makes
    the network (--critic module:factory) and a file with its weights (--state), which is read and never run. The first
    row is about the whole critic, one more about each layer: its norm, how well it keeps its constraint, and the mean
    norm of the critic's gradient with respect to it.

    Example: wcheck audit critics "digits[0:200]" "digits[200:400]"

    Example: wcheck audit --critic mine:critic --state critic.pt "digits[0:200]" "digits[200:400]"
    """
    if state is None and arch is None and None not in (critic, first, source, target):
        remark(former.told("--critic of a saved critic", "--arch"))
        critic, arch = None, critic
    named = [first, source, target] if critic is None else [critic, first, source, target]
    given = [each for each in named if each is not None]
    if len(given) != 3:
        raise ParameterError(
            f"a critic and two sources are needed, but the number given is {len(given)}: write wcheck audit CRITIC "
            "P Q, or wcheck audit --critic module:factory --state critic.pt P Q."
        )
    experiment = SavedCritic.of(
        source=given[1],
        target=given[2],
        **points.given(),
        critic=given[0],
        state=state,
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
