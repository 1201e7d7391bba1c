"""Embeddings of your own: a function that maps points, such as images, to vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from wcheck.errors import SourceError, counted
from wcheck.importing import import_function
from wcheck.measures.embeddings.embedding import Embedding


class Function(Embedding):
    """A function named ``module:function``; the module is looked for in a folder first.

    The function takes an array ``(k, ...)`` of k points (images as ``(k, channels, height, width)``, in the scale that
    was asked for) and returns an array or tensor ``(k, ...)`` of as many vectors. It is called block by block, so what
    it makes of a point may depend on that point alone. Nothing is kept between runs, for its code may be another.

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
        self._function = import_function(text, "The embedding", folder)

    def vectors(self, points: NDArray[Any], scale: str) -> Any:
        """Call the function.

        Raises
        ------
        SourceError
            If it fails.
        """
        try:
            return self._function(points)
        except Exception as error:  # whatever the user's code raises
            raise SourceError(
                f"{self.text} failed on {counted(len(points), 'point')} of shape {points.shape[1:]} "
                f"({type(error).__name__}: {' '.join(str(error).split())}): repair it, or leave the embedding out."
            ) from error
