"""How poorly the distance between pixels reflects the content of images: what ``wcheck pixels`` runs."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, cast

from wcheck.errors import ParameterError, counted
from wcheck.experiments.data import CIFAR10, OnPoints, Points
from wcheck.experiments.telling import pixels as telling
from wcheck.progress import TASK, Report, silent
from wcheck.rows.scratch import Place
from wcheck.rows.table import Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wcheck.measures.embeddings.embedding import Embedding
    from wcheck.measures.measure import Measure

BLACK_AND_WHITE: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"0,1": (0.0, 1.0), "-1,1": (-1.0, 1.0)}
)
"""The scales in which an image can be made darker."""


@dataclass(frozen=True)
class Pixels(OnPoints[int]):
    """A reference image, the same slightly altered, and the images of other classes that are nearer to it.

    (Stanczuk et al. 2021, Figure 16.) The whole data set is searched, by direct differences in float64. Where classes
    are not known, every other image counts as different. With an embedding all distances are those of its vectors.

    Attributes
    ----------
    data : Points
        The images, and what is done to them, the embedding included.
    index : tuple of int
        The references; drawn by seed if empty.
    references : int
        How many are drawn.
    seed : int
        The seed of the draw.

    Raises
    ------
    ParameterError
        If a value is not allowed.
    """

    data: Points = field(default_factory=lambda: Points(CIFAR10))
    index: tuple[int, ...] = ()
    references: int = 100
    seed: int = 0

    name: ClassVar[str] = "pixels"
    columns: ClassVar[tuple[str, ...]] = (
        "data", "n", "dim", "scale", "image_size", "embed", "seed", "index", "label", "alteration", "amount",
        "altered_distance", "nearest_index", "nearest_label", "nearest_distance", "nearer", "others", "seconds",
        "status",
    )  # fmt: skip
    told = staticmethod(telling.told)

    def __post_init__(self) -> None:
        """Refuse what cannot be run before any data is read."""
        if self.references < 1:
            raise ParameterError(f"references is {self.references}: give an integer of at least 1.")
        if self.index and min(self.index) < 0:
            raise ParameterError(f"index is {min(self.index)}: give an integer of at least 0.")
        if self.data.preprocessing.scale not in (None, *BLACK_AND_WHITE):
            raise ParameterError(
                f"scale is {self.data.preprocessing.scale!r}: images are darkened towards black; "
                f"give one of {', '.join(map(repr, BLACK_AND_WHITE))}."
            )

    def tasks(self) -> Sequence[int]:
        """Return the positions of the references."""
        return range(len(dict.fromkeys(self.index)) or self.references)

    def run(self, task: int, report: Report, place: Place | None = None) -> Iterator[Row]:
        """Search the data set for one reference and yield a row for each alteration."""
        import numpy as np

        held = self._held(report)
        begun = time.perf_counter()
        index = self._index(task)
        distances = _distances(held.vectors, index, report)
        others = np.flatnonzero(different(held.images, held.labels, index))
        nearest = int(others[distances[others].argmin()])
        image = held.images.block(slice(index, index + 1))[0]
        for name, alteration in ALTERATIONS.items():
            altered = float(self._distance(held, image, self.altered(image, name)))
            yield {
                **self.about(report),
                "dim": held.vectors.dim,
                "seed": self.seed,
                "index": index,
                "label": held.label(index),
                "alteration": name,
                "amount": alteration.amount,
                "altered_distance": altered,
                "nearest_index": nearest,
                "nearest_label": held.label(nearest),
                "nearest_distance": float(distances[nearest]),
                "nearer": int((distances[others] < altered).sum()),
                "others": len(others),
                "seconds": time.perf_counter() - begun,
                "status": "ok",
            }

    def altered(self, image: NDArray[Any], alteration: str) -> NDArray[Any]:
        """Return an image ``(d,)`` of the data, altered."""
        held = self._held(silent)
        black, white = BLACK_AND_WHITE[held.scale]
        bright = (image.astype(float).reshape(held.images.shape) - black) / (white - black)
        changed = ALTERATIONS[alteration].change(bright)
        flat: NDArray[Any] = (black + (white - black) * changed).reshape(-1).astype(image.dtype)
        return flat

    def triple(self, row: Row) -> NDArray[np.float64]:
        """Return reference, altered and nearest different image of a row, ``(3, channels, height, width)``, 0 to 1."""
        import numpy as np

        from wcheck.measures.images import brightness

        held = self._held(silent)
        rows = np.array([cast("int", row["index"]), cast("int", row["nearest_index"])])
        image, nearest = held.images.block(rows)
        shown = np.stack([image, self.altered(image, cast("str", row["alteration"])), nearest])
        return brightness(shown, held.images.shape, held.scale)

    def _index(self, task: int) -> int:
        from wcheck.rng import generator

        if self.index:
            return list(dict.fromkeys(self.index))[task]
        n = len(self.read(silent))
        return int(generator(self.seed, "references").choice(n, self.references, replace=False)[task])

    def _distance(self, held: _Held, image: NDArray[Any], altered: NDArray[Any]) -> float:
        import numpy as np

        pair = np.stack([image, altered])
        if held.embedding is not None:
            pair = held.embedding(pair, held.images.shape, held.scale)
        return float(np.linalg.norm(pair[0].astype(np.float64) - pair[1].astype(np.float64)))

    def _held(self, report: Report) -> _Held:
        return self.kept.once("held", lambda: self._embedded(report))

    def load(self, report: Report) -> Measure:
        """Read the images themselves, of which there must be enough."""
        from wcheck.measures.images import check_shape

        images = self._images().load(report)
        source = images.name
        check_shape(source, images.shape)
        if self.index and max(self.index) >= len(images):
            raise ParameterError(
                f"index is {max(self.index)}, but {source} has {counted(len(images), 'image')}: give 0 to "
                f"{len(images) - 1}."
            )
        if not self.index and self.references > len(images):
            raise ParameterError(
                f"references is {self.references}, but {source} has {counted(len(images), 'image')}: "
                f"give at most {len(images)}."
            )
        if not different(images, self._labels(), 0).any():
            raise ParameterError(
                f"{source} holds nothing to compare an image with: give a source of more images."
            )
        return images

    def _labels(self) -> NDArray[np.str_] | None:
        from wcheck.measures.sources import load_labels

        images = self._images()
        return load_labels(images.source, preprocessing=images.preprocessing)

    def _images(self) -> Points:
        return replace(self.data, preprocessing=replace(self.data.preprocessing, embed=None))

    def _embedded(self, report: Report) -> _Held:
        from wcheck.measures.embeddings.registry import embedding as embedding_of

        images, preprocessing = self.read(report), self.data.preprocessing
        if preprocessing.embed is None:
            return _Held(images, images, self._labels(), None)
        embedding = embedding_of(preprocessing.embed, preprocessing.folder)
        return _Held(images, embedding.measure(images, report), self._labels(), embedding)


@dataclass(frozen=True, slots=True)
class _Held:
    """The images, their coordinates, their classes if known, and what makes the coordinates."""

    images: Measure
    vectors: Measure
    labels: NDArray[np.str_] | None
    embedding: Embedding | None

    @property
    def scale(self) -> str:
        from wcheck.measures.scaling import scale_of

        return scale_of(self.images)

    def label(self, index: int) -> str | None:
        return None if self.labels is None else str(self.labels[index])


def different(images: Measure, labels: NDArray[np.str_] | None, index: int) -> NDArray[np.bool_]:
    """Return which images are of another class than one of them; where classes are not known, all others are."""
    import numpy as np

    classes = np.arange(len(images)) if labels is None else labels
    differing: NDArray[np.bool_] = classes != classes[index]
    return differing


def _distances(vectors: Measure, index: int, report: Report) -> NDArray[np.float64]:
    """Return the distances from one point to all."""
    import numpy as np

    from wcheck.transport.cost.pairs import pair_costs

    centre = vectors.block(slice(index, index + 1))
    found = np.empty(len(vectors))
    for rows, block in vectors.blocks():
        report(TASK, rows.start, len(vectors))
        found[rows] = pair_costs(centre, block, np.zeros(len(block), int), np.arange(len(block)))
    return found


class Alteration(NamedTuple):
    """A change of an image ``(channels, height, width)`` from 0 to 1, and by how much."""

    amount: float | None
    change: Callable[[NDArray[np.float64]], NDArray[np.float64]]


CROP = 1 / 16
"""The share of each side's length that is cut off at both ends; the rest is magnified."""
ANGLE = 10.0
"""Degrees."""
BRIGHTNESS = 0.8
"""The factor by which a darkened image is as bright."""


def crop(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cut the margins off and magnify the rest, bilinearly."""
    return _moved(image, [[1 - 2 * CROP, 0.0], [0.0, 1 - 2 * CROP]])


def rotate(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn about the middle, bilinearly; corners repeat the nearest pixel."""
    cosine, sine = math.cos(math.radians(ANGLE)), math.sin(math.radians(ANGLE))
    return _moved(image, [[cosine, -sine], [sine, cosine]])


def flip(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mirror left and right."""
    return image[:, :, ::-1]


def darken(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """Make every pixel darker by the same factor."""
    return BRIGHTNESS * image


ALTERATIONS: Mapping[str, Alteration] = MappingProxyType(
    {
        "crop": Alteration(CROP, crop),
        "rotate": Alteration(ANGLE, rotate),
        "flip": Alteration(None, flip),
        "darken": Alteration(BRIGHTNESS, darken),
    }
)


def _moved(image: NDArray[np.float64], matrix: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Read every pixel from ``matrix`` times its place, relative to the middle."""
    import numpy as np
    from scipy.ndimage import affine_transform

    linear = np.array(matrix)
    middle = (np.array(image.shape[1:]) - 1) / 2
    offset = middle - linear @ middle
    return np.stack([affine_transform(channel, linear, offset, order=1, mode="nearest") for channel in image])
