"""The losses of games during training, and their exact distances: Stanczuk et al. 2021, Figures 4 to 6."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from wcheck.errors import TableError, counted
from wcheck.plots.artists import CERTIFIED, colour, estimates, marker, undrawn
from wcheck.plots.kind import Kind
from wcheck.plots.page import SMALLEST, panels, tell
from wcheck.plots.rows import FACTS, REPLICATES, data_of, differing, finite, groups, settings, telling
from wcheck.plots.ticks import whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame, Series

MARKED = 40
"""Points of a curve up to which each has a marker."""
TOGETHER = 6
"""Games that share panels at most; more have a panel each."""
EVERY_STEP = {"marker": "none", "linewidth": 0.6, "alpha": 0.7}
SCALES = ("linear", "log")
STEP, UNIT = "step of the generator", "distance, in the unit of the points"


def curves(frame: DataFrame) -> Figure:
    """Draw each game's loss and its exact distance from the data over the steps, on a linear and a logarithmic axis.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``wcheck gan``, or of a watch.

    Returns
    -------
    Figure
        Losses are thin lines, with points where they are few: what games say of themselves. Dotted: the critic's claim
        at other points over its steepest slope there. Exact distances are bare lines, whose width hides their certified
        brackets. Dashed: the distance of as many real points. Games that differ in their seed alone are one curve. More
        than six games have a panel each, on one linear axis.
    """
    looks = finite(frame, "step", "exact", "exact_lower", "exact_real")
    played = list(games(frame))
    figure, grid, shown = _shared_out(played, panels_together=len(SCALES))
    alone = len(played) > TOGETHER
    for axes, some, scale in zip(grid, shown, SCALES[:1] * len(grid) if alone else SCALES, strict=True):
        for index, (name, rows) in enumerate(some):
            _course(axes, rows, index, name, scale)
        for real in {real for _, rows in some for real in rows["exact_real"].dropna()}:
            axes.axhline(real, color=CERTIFIED, linestyle="--", linewidth=1)
        axes.set_yscale(scale)
        _over_the_steps(axes, UNIT)
    ends = looks["exact"].min(), max(looks["exact"].max(), looks["exact_real"].max())
    cut = [_squeezed(axes, *ends) for axes in (grid[:1] if alone else grid)]
    _proxies(grid[0], not alone and len(played) > 1, bool(looks["normalised"].notna().any()))
    tell(
        figure,
        grid,
        data_of(looks),
        "Bold lines: the certified exact W1 between generated points and the reference, with brackets. Thin lines: "
        "losses. Dotted lines: the critic's claim divided by the steepest slope found. Neither certifies anything. "
        "Dashed line: W1 of real points, the distance of a perfect generator; a generator below it is closer than "
        "real data, which is a warning.",
        "" if alone else "Values of 0 and below are not on the logarithmic axis.",
        "Some losses are outside the axes." if any(cut) else "",
        "Means over seeds." if differing(frame, ["seed"]) else "",
    )
    return figure


def batches(frame: DataFrame) -> Figure:
    """Draw losses against the exact distances of their own batches, with the line of equality, and both over the steps.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``wcheck gan``, or of a watch.

    Returns
    -------
    Figure
        Each point is a step whose batches were solved exactly. More than six games have a panel each, without the one
        over the steps.

    Raises
    ------
    TableError
        If no row has both.
    """
    drawn = finite(frame, "step", "loss", "batch_exact")
    played = list(games(drawn))
    figure, grid, shown = _shared_out(played, panels_together=2)
    alone = len(played) > TOGETHER
    limits = _limits(drawn)
    for axes, some in zip(grid, shown, strict=True) if alone else [(grid[0], played)]:
        for index, (name, rows) in enumerate(some):
            axes.plot(
                rows["batch_exact"], rows["loss"], marker(index), markersize=3, alpha=0.6,
                color=colour(index), label=name or "loss",
            )  # fmt: skip
        axes.axline(
            (limits[1], limits[1]), slope=1.0, color=CERTIFIED, linestyle="--", linewidth=1,
            label="loss = distance",
        )  # fmt: skip
        axes.set(xlim=_padded(drawn["batch_exact"]), ylim=limits)
        axes.set(xlabel="exact $W_1$ between the batches of the step", ylabel="loss on the same batches")
    if not alone:
        _batches_over_steps(grid[1], played, limits)
    tell(
        figure,
        grid,
        data_of(drawn),
        f"{counted(len(drawn), 'step', separator=',')}. Distances are exact and certified (bold lines against "
        "the steps); losses, as points "
        "and thin lines, are at best estimates of them. A loss on the dashed line equals its distance.",
        undrawn(int(frame["loss"].notna().sum()), len(drawn)),
    )
    return figure


def divergences(frame: DataFrame) -> Figure:
    """Draw the Jensen-Shannon divergences that discriminators claim over the steps: Arjovsky et al. 2017b, Figure 4.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``wcheck gan``, or of a watch.

    Returns
    -------
    Figure
        Thin lines: at the batches of the step. Points: at points that no player saw. Dashed: log 2, the largest
        divergence there is.

    Raises
    ------
    TableError
        If no game has a discriminator.
    """
    if frame["js_estimate"].isna().all():
        raise TableError(
            "js shows the claims of minimax and non-saturating discriminators, and there are none in these rows: "
            "choose --kind gan."
        )
    drawn = finite(frame, "step", "js_estimate")
    played = list(games(drawn))
    figure, grid, shown = _shared_out(played, panels_together=1)
    for axes, some in zip(grid, shown, strict=True):
        for index, (name, rows) in enumerate(some):
            own = _over_steps(rows, "js_estimate")["mean"]
            held_out = _over_steps(rows, "js_held_out")["mean"]
            axes.plot(
                own.index, own, color=colour(index), linewidth=0.8, label=name or "on the batches of the step"
            )
            if len(held_out):
                unseen = "" if name else "on held-out points"
                estimates(axes, held_out.index, held_out, index, linestyle="none", label=unseen)
        axes.axhline(math.log(2), color=CERTIFIED, linestyle="--", linewidth=1, label="log 2, the largest")
        _over_the_steps(axes, "JS divergence, as claimed")
    tell(
        figure,
        grid,
        data_of(drawn),
        "Lines: the Jensen-Shannon divergence by the discriminator's log-likelihood on the batches of the step. "
        "Points: the same on held-out points. Both are estimates, and only the second is at most the divergence on "
        "average. If data and generated points are on surfaces, the divergence is log 2 however close they are.",
    )
    return figure


def games(frame: DataFrame) -> Iterator[tuple[str, DataFrame]]:
    """Yield the rows of each game with a name, those that differ in their seed alone as one."""
    yield from groups(frame, telling(frame, settings(frame, "step", *FACTS, *REPLICATES)))


def replicates(rows: DataFrame) -> Iterator[DataFrame]:
    """Yield the rows of each seed in the order of steps; all of them where there are no seeds."""
    ordered = rows.sort_values("step", kind="stable")
    yield from (own for _, own in ordered.groupby("seed", dropna=False)) if "seed" in rows else [ordered]


def last_looks(rows: DataFrame) -> DataFrame:
    """Return the last row of each seed of a game."""
    import pandas as pd

    return pd.concat([own.tail(1) for own in replicates(rows)])


def _shared_out(
    played: Sequence[tuple[str, DataFrame]], *, panels_together: int
) -> tuple[Figure, list[Axes], list[Sequence[tuple[str, DataFrame]]]]:
    """Return a figure, its panels, and the games of each: all games, or where they are many one, named by the title."""
    if len(played) <= TOGETHER:
        return *panels(panels_together), [played] * panels_together
    figure, grid = panels(len(played), height=1.7, narrowest=SMALLEST, sharey=True)
    for axes, (name, _) in zip(grid, played, strict=True):
        axes.set_title(name)
    return figure, grid, [[("", rows)] for _, rows in played]


def _over_the_steps(axes: Axes, drawn: str) -> None:
    """Make the axis of steps, and name the other one."""
    axes.set(xlabel=STEP, ylabel=drawn)
    axes.set_xlim(left=0)
    whole(axes.xaxis)


def _course(axes: Axes, rows: DataFrame, index: int, name: str, scale: str) -> None:
    """Draw a game's loss, its exact distance and the critic's claim over its steepest slope over the steps."""
    _claim(axes, rows, "loss", index, name, scale)
    certified = _over_steps(rows, "exact")["mean"]
    lower = _over_steps(rows, "exact_lower")["mean"]
    axes.plot(certified.index, certified, color=colour(index), linewidth=2.0)
    axes.fill_between(certified.index, lower, certified, color=colour(index), linewidth=0)
    steep = _over_steps(rows, "normalised")["mean"]
    axes.plot(steep.index, steep, color=colour(index), linestyle=":", linewidth=1.2)


def _batches_over_steps(
    axes: Axes, played: Sequence[tuple[str, DataFrame]], limits: tuple[float, float]
) -> None:
    """Draw each game's loss and the exact distance of the same batches over the steps."""
    for index, (_, rows) in enumerate(played):
        _claim(axes, rows, "loss", index, "", "linear")
        own = _over_steps(rows, "batch_exact")["mean"]
        axes.plot(own.index, own, color=colour(index), linewidth=1.2)
    axes.set_ylim(limits)
    _over_the_steps(axes, UNIT)


def _over_steps(rows: DataFrame, column: str) -> DataFrame:
    """Return mean, least and greatest value of a column at each step that has one."""
    import numpy as np

    seen = rows[np.isfinite(rows[column])]
    found: DataFrame = seen.groupby("step")[column].agg(["mean", "min", "max"])
    return found


def _claim(axes: Axes, rows: DataFrame, column: str, index: int, name: str, scale: str) -> None:
    """Draw what a game says of itself, without values that the axis does not have."""
    seen = _over_steps(rows, column)
    seen = seen[seen["mean"] > 0] if scale == "log" else seen
    style: dict[str, Any] = EVERY_STEP if len(seen) > MARKED else {}
    estimates(axes, seen.index, seen["mean"], index, label=name, **style)


def _proxies(axes: Axes, several: bool, critics: bool) -> None:
    """Say in the legend what kinds of lines there are."""
    own: dict[str, Any] = {"color": CERTIFIED if several else colour(0)}
    axes.plot([], [], linewidth=0.8, marker="o", label="loss", **own)
    if critics:
        axes.plot([], [], linestyle=":", linewidth=1.2, label="$V / L$", **own)
    axes.plot([], [], linewidth=2.0, label="exact $W_1$ to the reference", **own)
    axes.plot([], [], color=CERTIFIED, linestyle="--", linewidth=1, label="exact $W_1$ of real points")


def _squeezed(axes: Axes, least: float, greatest: float) -> bool:
    """Keep losses of another size from pressing distances together; return whether some are beyond the axis."""
    low, high = axes.get_ylim()
    if axes.get_yscale() == "log":
        bottom, top = max(low, least / 100) if least > 0 else low, min(high, 100 * greatest)
    else:
        bottom, top = max(low, -greatest), min(high, 3 * greatest)
    axes.set_ylim(bottom, top)
    return bottom > low or top < high


def _limits(drawn: DataFrame) -> tuple[float, float]:
    low, high = (getattr(drawn[["loss", "batch_exact"]].to_numpy(), which)() for which in ("min", "max"))
    room = 0.04 * (high - low) or 1.0
    return float(min(0.0, low - room) if low > 0 else low - room), float(high + room)


def _padded(values: Series[Any]) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    room = 0.04 * (high - low) or 0.5
    return low - room, high + room


KIND = Kind(
    "gan",
    curves,
    numbers=("step", "loss", "normalised", "exact", "exact_lower", "exact_real"),
    texts=("objective", "lipschitz", "status"),
)
BATCHES = Kind("gan-batch", batches, numbers=("step", "loss", "batch_exact"), texts=KIND.texts)
DIVERGENCES = Kind("js", divergences, numbers=("step", "js_estimate", "js_held_out"), texts=KIND.texts)
