"""scikit-learn's handwritten digits, the data set that needs no download."""

from __future__ import annotations

import numpy as np

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
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = digits.images.astype(np.uint8)[:, None]
    return rows_of(images, white=16.0, labels=lambda: digits.target.astype(str))
