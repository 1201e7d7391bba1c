"""The user's own coordinates: a function that maps points, such as images, to vectors whose distances mean more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import ParameterError, SourceError
from wcheck.importing import import_function
from wcheck.measures.measure import Measure
from wcheck.measures.scaling import ScaledPoints, scale_of
from wcheck.progress import Report, silent


class Embedding:
    """A function named ``module:function``; the module is looked for in a folder first.

    The function takes an array ``(k, ...)`` of k points (images as ``(k, channels, height, width)``, in the scale that
    was asked for) and returns an array or tensor ``(k, ...)`` of as many vectors. It is called block by block, so what
    it makes of a point may depend on that point alone.

    Parameters
    ----------
    text : str
        The name.
    folder : Path
        Where the module may lie.

    Raises
    ------
    SourceError
        If there is no such function, or its module cannot be imported.
    """

    def __init__(self, text: str, folder: Path = Path()) -> None:
        self.text = text
        self._function = import_function(text, "--embed", folder)

    def __call__(self, points: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
        """Map points ``(k, d)`` of this shape to vectors ``(k, dim)``.

        Raises
        ------
        SourceError
            If the function fails.
        ParameterError
            If it returns anything but a finite vector for each point.
        """
        try:
            found = self._function(points.reshape(-1, *shape))
        except Exception as error:  # whatever the user's code raises
            raise SourceError(
                f"{self.text} failed on {len(points)} points of shape {shape} "
                f"({type(error).__name__}: {' '.join(str(error).split())}): repair it, or leave --embed out."
            ) from error
        vectors = Measure.of(found, name=f"what {self.text} returned")
        if len(vectors) != len(points):
            raise ParameterError(
                f"{self.text} returned {len(vectors)} vectors for {len(points)} points: return one for each."
            )
        return vectors.dense()

    def measure(self, measure: Measure, report: Report = silent) -> Measure:
        """Map all points of a measure; what they are still tells the scale that went before."""
        parts = []
        for rows, block in measure.blocks():
            parts.append(self(block, measure.shape))
            report("embed", rows.stop, len(measure))
        if len({part.shape[1] for part in parts}) > 1:
            raise ParameterError(
                f"{self.text} returned vectors of different lengths: return the same for every point."
            )
        points = ScaledPoints(np.concatenate(parts), _same, scale_of(measure))
        return replace(measure, points=points, shape=(points.shape[1],), columns=None)


def _same(block: NDArray[Any]) -> NDArray[Any]:
    return block
