"""The best of k draws of a game's settings against k: how far luck goes, as in Lucic et al. 2018."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wcheck.errors import TableError, counted
from wcheck.plots.artists import CERTIFIED, colour
from wcheck.plots.kind import Kind
from wcheck.plots.page import panels, tell
from wcheck.plots.rows import FACTS, data_of, plain, records, settings
from wcheck.plots.ticks import whole

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure
    from numpy.typing import NDArray
    from pandas import DataFrame

    Array = NDArray[np.float64]

FAILED = ("diverged", "failed", "raised")
"""The statuses of draws that have no score, and come last."""
RESAMPLES, LEVELS = 1000, (2.5, 97.5)
"""Bootstrap samples of the draws, and the percentiles that are the ends of a band."""


def best(frame: DataFrame) -> Figure:
    """Draw, for each game, the mean score of the best of k draws against k.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``wcheck gan`` with several draws of each game.

    Returns
    -------
    Figure
        A panel for each game, that of the best draw first. Lines are means over all choices of k of its draws, bands
        their 95 % intervals over bootstrap samples of the draws; dashed: the least of all games.

    Raises
    ------
    TableError
        If no draw has a score.
    """
    import numpy as np

    scores = filled(draws(frame))
    played = [(str(name), own["score"].to_numpy()) for name, own in scores.groupby("game", sort=False)]
    played.sort(key=lambda game: game[1].min())
    figure, grid = panels(len(played), height=1.7, sharey=True)
    longest = max(len(own) for _, own in played)
    least = np.minimum.accumulate(
        [min(best_of(own)[: k + 1].min() for _, own in played) for k in range(longest)]
    )
    for axes, (name, own) in zip(grid, played, strict=True):
        k = np.arange(1, len(own) + 1)
        low, high = band(own)
        axes.fill_between(k, low, high, color=colour(0), alpha=0.25, linewidth=0)
        axes.plot(k, best_of(own), "o-", color=colour(0), markersize=2.5, linewidth=1.0)
        axes.plot(np.arange(1, longest + 1), least, color=CERTIFIED, linestyle="--", linewidth=0.8)
        axes.set(xlabel="draws (k)", ylabel="energy distance", title=plain(name))
        axes.set_xlim(0.5, longest + 0.5)
        whole(axes.xaxis)
    if scores["score"].min() > 0:
        for axes in grid:
            axes.set_yscale("log")
    failed = int(scores["failed"].sum())
    tell(
        figure,
        grid,
        data_of(frame),
        f"{counted(len(scores), 'draw')}. Lines: the mean of the best of k draws of a game, by the energy "
        "distance at its last "
        "evaluation (an estimate; smaller is better). Bands: 95 % over bootstrap samples of the draws, too narrow for "
        "few draws. Dashed: the smallest of all games.",
        f"{counted(failed, 'draw')} that failed: counted as the worst of all." if failed else "",
    )
    return figure


def draws(frame: DataFrame) -> DataFrame:
    """Return one row for each game that was played, of its last look.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``wcheck gan``.

    Returns
    -------
    DataFrame
        ``game``, its objective and constraint; ``score``, its energy distance, nan where it failed; ``failed``;
        ``excess``, the size of that of W1; ``log_spread``, the size of the logarithm of the spread; ``seconds``; and
        ``draw``, the step size of its generator, which is what the games of one draw have in common.
    """
    import numpy as np
    import pandas as pd

    told = settings(frame, "step", "status", *FACTS)
    found = []
    for _, own in frame.groupby(told, sort=False, dropna=False):
        last = next(records(own.iloc[-1:]))
        score = float(last.energy_distance)
        failed = last.status in FAILED or not np.isfinite(score)
        constraint = (
            "" if last.lipschitz in ("none", None) or pd.isna(last.lipschitz) else f" {last.lipschitz}"
        )
        spread = float(last.spread)
        found.append(
            {
                "game": f"{last.objective}{constraint}",
                "score": np.nan if failed else score,
                "failed": failed,
                "excess": np.nan if failed else abs(float(last.excess)),
                "log_spread": np.nan if failed or not spread > 0 else abs(np.log(spread)),
                "seconds": float(last.seconds),
                "draw": float(last.generator_lr),
            }
        )
    return pd.DataFrame(found)


def filled(scores: DataFrame) -> DataFrame:
    """Return the scores with the worst of all in the place of those that failed.

    Raises
    ------
    TableError
        If all failed.
    """
    worst = scores["score"].max()
    if not worst == worst:  # nan
        raise TableError("no draw has an energy distance: there is nothing to draw.")
    return scores.assign(score=scores["score"].fillna(worst))


def best_of(scores: Array) -> Array:
    """Return the mean of the least of k of n scores, over all choices of k of them, for k from 1 to n.

    The i-th smallest is the least of ``C(n - i, k - 1)`` of the ``C(n, k)`` choices.
    """
    import numpy as np

    found: Array = _weights(len(scores)) @ np.sort(scores)
    return found


def band(scores: Array, seed: int = 0) -> tuple[Array, Array]:
    """Return the ends of the 95 % bands of :func:`best_of`, over bootstrap samples of the scores."""
    import numpy as np

    from wcheck.rng import generator

    n = len(scores)
    resampled = np.sort(generator(seed, "best of").choice(scores, (RESAMPLES, n)), axis=1)
    low, high = np.percentile(resampled @ _weights(n).T, LEVELS, axis=0)
    return low, high


def _weights(n: int) -> Array:
    import numpy as np
    from scipy.special import comb

    k, i = np.arange(1, n + 1)[:, None], np.arange(1, n + 1)[None]
    return np.asarray(comb(n - i, k - 1) / comb(n, k))


KIND: Any = Kind(
    "best-of",
    best,
    numbers=("step", "energy_distance", "excess", "spread", "seconds", "generator_lr"),
    texts=("objective", "lipschitz", "status"),
)
