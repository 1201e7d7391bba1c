"""Kinds of real data: images, photographs, text, tables, and what networks make of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from kinds import Array, Kind, dirichlet
from problems import Points

from wcheck.measures.preprocessing import Preprocessing
from wcheck.measures.sources import load

WORDS = 25
"""Lines of source code that make a text."""
DIRECTIONS = 256
"""Dimension of the embeddings of texts."""


def real(data_dir: Path | None, fashion_dir: Path | None) -> list[Kind]:
    """Return the kinds of real data; CIFAR-10 and Fashion-MNIST are looked for in these folders."""
    images = _Images(data_dir)
    return [
        Kind("cifar10", "CIFAR-10's images against other images", images.apart),
        Kind("cifar10-collapsed", "images against 30 others with noise of 0.02", images.collapsed),
        Kind("cifar10-noise", "images against noise of their mean and deviation", images.noise),
        Kind("cifar10-blurred", "images against themselves blurred", images.blurred),
        Kind("cifar10-600", "2 n images against n / 5 others", images.unequal),
        Kind(
            "cifar10-shared", "images against images, a third the same, a third moved by 1e-3", images.shared
        ),
        Kind("cifar10-weighted", "images against images, weights Dirichlet(0.3)", images.weighted),
        Kind("image-embeddings", "features of EfficientNet-Lite0 of CIFAR-10, d = 1,280", images.embedded),
        Kind("fashion-mnist", "Fashion-MNIST's images against other images", _fashion(fashion_dir)),
        Kind("text-embeddings", "TF-IDF and SVD of source code, d = 256, of torch against others'", _texts),
        Kind("patches", "8x8 patches of a photograph against those of another", _patches(8)),
        Kind("colours", "pixels of a photograph against those of another, integers, d = 3", _patches(1)),
        Kind("digits", "scikit-learn's digits against others, at most 898", _digits),
        Kind("breast-cancer", "scikit-learn's benign against malignant tumours, as measured", _breast_cancer),
        Kind("diabetes", "scikit-learn's diabetes patients: the first half against the second", _diabetes),
    ]


class _Images:
    """CIFAR-10, as float32 in [0, 1]."""

    def __init__(self, data_dir: Path | None) -> None:
        self._data_dir = data_dir

    def _some(self, start: int, stop: int, **options: Any) -> Array:
        preprocessing = Preprocessing(data_dir=self._data_dir, scale="0,1", **options)
        return np.array(load(f"cifar10[{start}:{stop}]", preprocessing=preprocessing).dense(), np.float32)

    def apart(self, n: int, random: np.random.Generator) -> Points:
        return Points(self._some(0, n), self._some(30_000, 30_000 + n))

    def collapsed(self, n: int, random: np.random.Generator) -> Points:
        few = self._some(30_000, 30_030)[random.integers(30, size=n)]
        noise = random.standard_normal(few.shape, np.float32) * np.float32(0.02)
        return Points(self._some(0, n), few + noise)

    def noise(self, n: int, random: np.random.Generator) -> Points:
        x = self._some(0, n)
        return Points(x, random.standard_normal(x.shape, np.float32) * x.std(axis=0) + x.mean(axis=0))

    def blurred(self, n: int, random: np.random.Generator) -> Points:
        """By a separable Gaussian of deviation 1 that takes what lies outside as black."""
        from scipy.ndimage import correlate1d

        x = self._some(0, n)
        kernel = np.exp(-0.5 * np.arange(-7.0, 8.0) ** 2)
        kernel /= kernel.sum()
        y = x.reshape(n, 3, 32, 32)
        for axis in (2, 3):
            y = correlate1d(y, kernel, axis=axis, mode="constant")
        return Points(x, random.permutation(y.reshape(n, -1)))

    def unequal(self, n: int, random: np.random.Generator) -> Points:
        return Points(self._some(0, 2 * n), self._some(30_000, 30_000 + max(1, n // 5)))

    def shared(self, n: int, random: np.random.Generator) -> Points:
        x, y, third = self._some(0, n), self._some(30_000, 30_000 + n), n // 3
        y[:third] = x[:third]
        y[third : 2 * third] = x[third : 2 * third]
        y[third : 2 * third] += np.float32(1e-3) * random.standard_normal((third, x.shape[1]), np.float32)
        return Points(x, random.permutation(y))

    def weighted(self, n: int, random: np.random.Generator) -> Points:
        points = self.apart(n, random)
        return Points(points.x, points.y, dirichlet(n, 0.3, random), dirichlet(n, 0.3, random))

    def embedded(self, n: int, random: np.random.Generator) -> Points:
        network = {"embed": "efficientnet-lite0"}
        return Points(self._some(0, n, **network), self._some(30_000, 30_000 + n, **network))


def _fashion(data_dir: Path | None) -> Callable[[int, np.random.Generator], Points]:
    def draw(n: int, random: np.random.Generator) -> Points:
        x = load(f"fashion-mnist:train[0:{2 * n}]", preprocessing=Preprocessing(data_dir=data_dir))
        points = np.array(x.dense(), np.float32)
        return Points(points[:n], points[n:])

    return draw


def _texts(n: int, random: np.random.Generator) -> Points:
    """Embed what is installed beside wcheck: a text is 25 lines of a package's source code."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    one = _some_texts(("torch",), n, random)
    other = _some_texts(("sklearn", "scipy", "numpy", "pandas", "numba", "matplotlib"), n, random)
    found = TfidfVectorizer(max_features=20_000, sublinear_tf=True).fit_transform([*one, *other])
    reduced = TruncatedSVD(min(DIRECTIONS, found.shape[1] - 1), random_state=0).fit_transform(found)
    lengths = np.linalg.norm(reduced, axis=1, keepdims=True)
    vectors = (reduced / np.maximum(lengths, 1e-12)).astype(np.float32)
    return Points(vectors[: len(one)], vectors[len(one) :])


def _some_texts(packages: tuple[str, ...], n: int, random: np.random.Generator) -> list[str]:
    texts = [text for package in packages for text in _all_texts(package)]
    chosen = random.permutation(len(texts))[:n]
    return [texts[index] for index in chosen]


def _all_texts(package: str) -> Iterator[str]:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return
    for file in sorted(Path(spec.origin).parent.rglob("*.py")):
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        for start in range(0, len(lines) - WORDS + 1, WORDS):
            text = "\n".join(lines[start : start + WORDS])
            if len(set(text.split())) >= WORDS:
                yield text


def _patches(side: int) -> Callable[[int, np.random.Generator], Points]:
    def draw(n: int, random: np.random.Generator) -> Points:
        from sklearn.datasets import load_sample_image

        found = []
        for name in ("china.jpg", "flower.jpg"):
            picture = load_sample_image(name).astype(np.float32)
            rows, columns = (random.integers(size - side + 1, size=n) for size in picture.shape[:2])
            windows = np.lib.stride_tricks.sliding_window_view(picture, (side, side), axis=(0, 1))
            found.append(windows[rows, columns].reshape(n, -1))
        return Points(*found)

    return draw


def _digits(n: int, random: np.random.Generator) -> Points:
    from sklearn.datasets import load_digits

    points = load_digits().data
    n = min(n, len(points) // 2)
    return Points(points[:n], points[n : 2 * n])


def _breast_cancer(n: int, random: np.random.Generator) -> Points:
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer()
    return Points(data.data[data.target == 1][:n], data.data[data.target == 0][:n])


def _diabetes(n: int, random: np.random.Generator) -> Points:
    from sklearn.datasets import load_diabetes

    points = load_diabetes(scaled=False).data
    n = min(n, len(points) // 2)
    return Points(points[:n], points[n : 2 * n])
