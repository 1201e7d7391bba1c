"""A saved generator as a source: ``generator:DIR,n=1000``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import SourceError
from wcheck.measures.drawing import drawing, stream
from wcheck.measures.registry import Kind, Request
from wcheck.measures.rows import Rows, Selection, check_memory

FORM = "generator:DIR[,n=10000][,seed=0][,factory=MODULE:FUNCTION]"


def rows(request: Request) -> Rows:
    """Open a generator that was saved; its points are drawn when they are read.

    The source or first set is what :meth:`wcheck.generators.generator.Generator.sample` draws by this seed, before any
    zscore of the data; the second set, and another data seed, are independent draws.

    Raises
    ------
    SourceError
        If the folder holds no generator that can be read, or one of a function that is not named; if its points would
        be embedded twice, or would not fit into memory.
    """
    from wcheck.generators.generator import Generator
    from wcheck.generators.saved import GENERATORS

    preprocessing = request.preprocessing

    def place(text: str) -> Path:
        return preprocessing.folder / Path(text).expanduser()

    drawn = drawing(request.base, FORM, factory=True, is_whole=lambda text: place(text).is_dir())
    folder = place(drawn.of)
    generator = Generator.load(folder, factory=drawn.factory, modules=preprocessing.folder)
    if preprocessing.embed and GENERATORS.describe(folder).get("embed"):
        raise SourceError(
            f"{folder} holds a generator of embedded vectors, to which --embed {preprocessing.embed} would "
            "be applied again: save the embedded data to a file, and compare them without --embed."
        )
    check_memory(8 * drawn.n * generator.dim, request.base, "give a smaller n")

    def read(wanted: Selection) -> NDArray[Any]:
        indices = np.arange(drawn.n)[wanted]
        first, last = int(indices.min(initial=drawn.n)), int(indices.max(initial=0)) + 1
        others = stream(request.role, preprocessing)
        made = generator.rows(slice(first, last), drawn.seed, *others, report=request.report)
        points = made[indices - first]
        before = points if generator.moments is None else generator.moments.undone(points)
        return before.reshape(-1, *generator.shape)

    ends = generator.ends if generator.moments is None else generator.moments.ends
    black, white = ends or (0.0, None)
    return Rows(drawn.n, read, white=white, black=black, names=generator.columns)


KIND = Kind(
    FORM,
    "n points of a generator that wcheck gan --save wrote, images as images; if your own function made the "
    "generator, name the function",
    rows,
    frozenset({"pixel_range"}),
    drawn=True,
)
