"""What a linear classifier makes of an embedding of CIFAR-10, beside pixels: ``python benchmarks/embedding.py``.

Logistic regression on standardised features of the first 5,000 training images, tested on the first 1,000 test images;
of several strengths of its penalty, that which does best on a fifth of the training images is taken. ``--small`` takes
a tenth of the images. Features are kept between runs.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from wcheck.measures.sources import Preprocessing, load, load_labels

STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the share of test images that each embedding tells right."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument(
        "--embed", action="append", help="an embedding, besides pixels, which are always included"
    )
    parser.add_argument("--small", action="store_true", help="a tenth of the images")
    options = parser.parse_args(arguments)
    train, test = (500, 100) if options.small else (5000, 1000)
    for embed in (None, *(options.embed or ["efficientnet-lite0"])):
        share = accuracy(embed, train, test)
        print(
            f"{embed or 'pixels'}: {share:.1%} of {test} test images, by {train} training images", flush=True
        )


def accuracy(embed: str | None, train: int, test: int) -> float:
    """Return the share of test images whose class is told."""
    sides = [f"cifar10:train[0:{train}]", f"cifar10:test[0:{test}]"]
    (points, others), (labels, truth) = (
        [load(text, preprocessing=Preprocessing(embed=embed)).dense() for text in sides],
        [known(text) for text in sides],
    )
    kept = train - train // 5

    def fitted(strength: float, rows: slice) -> Pipeline:
        classifier = LogisticRegression(C=strength, max_iter=500)
        return make_pipeline(StandardScaler(), classifier).fit(points[rows], labels[rows])

    chosen = max(STRENGTHS, key=lambda each: fitted(each, slice(kept)).score(points[kept:], labels[kept:]))
    return float(fitted(chosen, slice(None)).score(others, truth))


def known(text: str) -> NDArray[np.str_]:
    """Return the classes of a source that has them."""
    labels = load_labels(text)
    if labels is None:
        raise SystemExit(f"{text} has no classes")
    return labels


if __name__ == "__main__":
    main()
