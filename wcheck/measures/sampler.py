"""The source of a user's own model: ``sampler:module:function,n=1000``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import SourceError
from wcheck.importing import import_function
from wcheck.measures.arraylike import as_array
from wcheck.measures.drawing import drawing, stream
from wcheck.measures.frames import is_frame
from wcheck.measures.rows import Rows, Selection, rows_of
from wcheck.rng import derived_seed

if TYPE_CHECKING:
    from wcheck.measures.registry import Request

FORM = "sampler:MODULE:FUNCTION[,n=10000][,seed=0]"


def rows(request: Request) -> Rows:
    """Open a source that a function of the user's draws, called as ``function(n, seed)`` when points are read.

    The source or first set is drawn by the seed itself; the second set, and other data seeds, by seeds of 31 bits that
    are derived from it: the same in every process, so that the function must return the same there.

    Raises
    ------
    SourceError
        If there is no such function; when rows are read, if it fails or returns something else than n points.
    ParameterError
        If it returns what is not an array of numbers.
    """
    drawn = drawing(request.base, FORM)
    function = import_function(drawn.of, "sampler", request.preprocessing.folder)
    others = stream(request.role, request.preprocessing)
    seed = derived_seed(drawn.seed, "sampler", *others) >> 32 if others else drawn.seed

    def read(wanted: Selection) -> NDArray[Any]:
        try:
            found = function(drawn.n, seed)
        except (Exception, SystemExit) as error:  # whatever the user's code raises
            raise SourceError(
                f"{request.base} failed for n = {drawn.n} and the seed {seed} ({type(error).__name__}: "
                f"{' '.join(str(error).split())}): repair the function."
            ) from error
        if is_frame(found):
            raise SourceError(
                f"{request.base} returned a data frame: return an array or a tensor, with its coordinates in the "
                "order of the data with which they are compared."
            )
        points = as_array(found, f"what {request.base} returned")
        if points.ndim == 0 or len(points) != drawn.n:
            raise SourceError(
                f"{request.base} returned an array of shape {points.shape}: return n = {drawn.n} points, one along the "
                "first axis."
            )
        return rows_of(np.asarray(points)).read(wanted)

    return Rows(drawn.n, read)
