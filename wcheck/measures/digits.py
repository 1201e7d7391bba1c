"""scikit-learn's handwritten digits, the data set that needs no download."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import SourceError
from wcheck.measures.rows import Rows, rows_of


def rows(parameters: str) -> Rows:
    """Open the 1,797 grey images of 8x8 pixels with values 0 to 16, shape ``(1, 8, 8)``, kept as uint8.

    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI, as `load_digits` ships
    it.
    """
    if parameters:
        raise SourceError(
            f"digits:{parameters} is not a source: digits has no parts; write digits or digits[a:b]."
        )
    pixels, classes = np.split(_table(), [64], axis=1)
    return rows_of(
        pixels.astype(np.uint8).reshape(-1, 1, 8, 8),
        white=16.0,
        labels=lambda: classes[:, 0].astype(int).astype(str),
    )


def _table() -> NDArray[Any]:
    """Return 64 pixels and the class of each digit, shape (1797, 65), from scikit-learn's file.

    To import scikit-learn takes far longer than to read it.
    """
    found = importlib.util.find_spec("sklearn")
    for folder in (found and found.submodule_search_locations) or ():
        file = Path(folder, "datasets", "data", "digits.csv.gz")
        if file.is_file():
            return np.loadtxt(file, delimiter=",")
    from sklearn.datasets import load_digits  # of a release that keeps it elsewhere

    data, target = load_digits(return_X_y=True)
    return np.column_stack([data, target])
