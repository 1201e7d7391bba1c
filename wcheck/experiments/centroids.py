"""Centroids that generated points are compared with: those of a source, or found of the training points."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wcheck.errors import ParameterError
from wcheck.progress import Report, silent

if TYPE_CHECKING:
    from wcheck.measures.measure import Measure
    from wcheck.measures.preprocessing import Preprocessing

CLUSTERED = 5000
"""The most training points that centroids are found of."""


def centroids(text: str, train: Measure, preprocessing: Preprocessing, report: Report = silent) -> Measure:
    """Return the centroids that a text asks for: a number of them, found of the training points, or a source's.

    Parameters
    ----------
    text : str
        A number, or a source.
    train : Measure
        The training points.
    preprocessing : Preprocessing
        That of the data, of which a source of centroids takes the folders alone.
    report : Report
        Told that centroids are sought.

    Raises
    ------
    ParameterError
        If the number is not at least 1 and at most that of the training points.
    WcheckError
        If the source cannot be read.
    """
    from wcheck.measures.preprocessing import Preprocessing
    from wcheck.measures.sources import load

    if is_number(text):
        count, most = int(text), min(CLUSTERED, len(train))
        if not 1 <= count <= most:
            raise ParameterError(f"centroids is {text}: give a number from 1 to {most}, or a source.")
        return k_medians(train, count, preprocessing.data_seed, report)
    plain = Preprocessing(data_dir=preprocessing.data_dir, folder=preprocessing.folder)
    return load(text, preprocessing=plain, report=report)


def is_number(text: str) -> bool:
    """Whether a text asks for so many centroids, and is not a source."""
    return text.strip().lstrip("+-").isdecimal()


def k_medians(train: Measure, count: int, seed: int, report: Report = silent) -> Measure:
    """Return geometric k-medians of points, those of the largest cells first.

    Parameters
    ----------
    train : Measure
        The points; the first :data:`CLUSTERED` of them in random order are clustered.
    count : int
        How many centroids are found; at most as many as there are points.
    seed : int
        The seed of that order, and of the clustering.
    report : Report
        Told that centroids are sought.
    """
    import numpy as np

    from wcheck.clustering import GeometricKMedians
    from wcheck.measures.measure import Measure
    from wcheck.rng import derived_seed, generator

    report("k-medians", 0, 1)
    rows = np.sort(generator(seed, "sheets").permutation(len(train))[:CLUSTERED])
    points = train.take(rows)
    state = derived_seed(seed, "sheets", "k-medians") % 2**32
    clusters = GeometricKMedians(min(count, len(rows)), random_state=state)
    found = clusters.fit(points.dense(), sample_weight=points.weights)
    order = (-found.cluster_weights_).argsort(kind="stable")
    return Measure.of(found.cluster_centers_[order], name="k-medians", shape=train.shape)
