"""The error of each estimator against the time that it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wcheck.plots.artists import estimates
from wcheck.plots.kind import Kind
from wcheck.plots.page import panels, tell
from wcheck.plots.rows import data_of, finite, plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

PANELS = (
    ("error_empirical", "from the empirical $W_1$ (exact, certified)"),
    ("error_population", "from the distributions' $W_1$ (known)"),
)


def error_against_time(frame: DataFrame) -> Figure:
    """Draw median errors against median times, with a line through the settings of each estimator.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``benchmarks/estimators.py``, of one pair.

    Returns
    -------
    Figure
        One panel for the distance from the certified empirical W1, and one for that from the population's where it is
        known. Bars reach from the least to the greatest of all repeats; an error of 0 is not drawn.
    """
    import numpy as np

    drawn = finite(frame, "seconds", "error_empirical")
    shown = [(column, title) for column, title in PANELS if drawn[column].notna().any()]
    estimators = list(dict.fromkeys(drawn["estimator"]))
    figure, grid = panels(len(shown), series=len(estimators), sharey=True)
    for axes, (column, title) in zip(grid, shown, strict=True):
        for index, estimator in enumerate(estimators):
            own = drawn[drawn["estimator"] == estimator]
            own = own.assign(error=own[column].abs())
            own = own[own["error"] > 0]
            middle = own.groupby("setting", sort=False, dropna=False)[["seconds", "error"]]
            found = middle.median().sort_values("seconds")
            low, high = (end.loc[found.index] for end in (middle.min(), middle.max()))
            estimates(
                axes, found["seconds"], found["error"], index, label=plain(estimator),
                errors=[found["error"] - low["error"], high["error"] - found["error"]],
                xerr=np.array([found["seconds"] - low["seconds"], high["seconds"] - found["seconds"]]),
            )  # fmt: skip
        axes.set(title=title, xlabel="time, seconds", xscale="log", yscale="log")
        axes.set_ylabel("distance of the estimate")
    tell(
        figure,
        grid,
        data_of(drawn),
        "Points: estimates, as medians of repeats, one for each setting; bars extend from the smallest to the largest "
        "value. An estimator targets one of the two distances, so its error with respect to the other does not vanish.",
    )
    return figure


KIND = Kind(
    "estimators",
    error_against_time,
    numbers=("seconds", "error_empirical", "error_population"),
    texts=("estimator", "setting"),
)
