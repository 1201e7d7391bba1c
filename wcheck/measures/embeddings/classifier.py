"""The last hidden layer of a small classifier of labelled images, trained here by a seed: features without a download.

In a feature space that tells classes apart, points that look alike are near to each other, which they need not be by
their pixels (Stanczuk et al. 2021, Section 7.1). For the digits a network of two hidden layers does.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import ParameterError, SourceError, counted
from wcheck.measures.embeddings import kept
from wcheck.measures.embeddings.embedding import Embedding
from wcheck.measures.layout import times
from wcheck.measures.scaling import ENDS

if TYPE_CHECKING:
    from torch import Tensor, nn

    from wcheck.measures.measure import Measure

FORM = "classifier:SOURCE[,seed=N]"
PREFIX = "classifier:"
WIDTH = 128
"""Units of each of the two hidden layers, and so the length of a vector."""
BATCH, PASSES, LEAST = 128, 20, 300
"""Images a step of training; passes over all images, and the steps that are taken at least. After so few, the digits
that the network was trained on lie no farther from others than these do among themselves."""
STEP_SIZE = 1e-3
"""That of Adam, with its published averages."""


class Classifier(Embedding):
    """The last hidden layer of a network that tells the classes of a source of labelled images.

    The network takes flat pixels in [-1, 1] and has two hidden layers of :data:`WIDTH` units with ReLU and a value for
    each class. It is trained by cross entropy on the processor, on one thread, so that one source and one seed give the
    same vectors on the same machine. Its weights are kept between runs, as numbers. Images of another size than the
    source's are resized to it, bilinearly.

    Parameters
    ----------
    text : str
        ``classifier:SOURCE`` or ``classifier:SOURCE,seed=N``.
    folder : Path
        Where relative paths of the source start.

    Attributes
    ----------
    shape : tuple of int
        ``(channels, height, width)`` of the images that it was trained on.
    network : Module
        From flat images to values of classes; all but its last layer is the embedding.

    Raises
    ------
    SourceError
        If there is no such source, or its points have no classes.
    ParameterError
        If they are not images.
    """

    def __init__(self, text: str, folder: Path = Path()) -> None:
        source, seed = _parsed(text)
        images, labels = _labelled(source, folder)
        self.text, self.shape = text, images.shape
        self._identity = _identity(images, labels, seed)
        self.network = _trained(images, labels, seed, kept.key(self._identity))

    def vectors(self, points: NDArray[Any], scale: str) -> Any:
        """Map images of a known scale.

        Raises
        ------
        ParameterError
            If the points are not images of as many channels, or their black and white are not known.
        """
        import torch

        shape = points.shape[1:]
        if len(shape) != 3 or shape[0] != self.shape[0]:
            raise ParameterError(
                f"{self.text} maps images of {counted(self.shape[0], 'channel')}, and these points have the shape "
                f"{times(shape)}: give such images (--layout, --pixel-range, --channels), or another embedding."
            )
        if scale not in ENDS:
            raise ParameterError(
                f"{self.text} needs images with known black and white, but the scale of these is "
                f"{scale or 'not known'}: give black and white (--pixel-range), or another --scale."
            )
        low, high = ENDS[scale]
        images = torch.from_numpy(np.ascontiguousarray(points, np.float32))
        images = (images - low) * (2.0 / (high - low)) - 1.0
        if shape != self.shape:
            images = torch.nn.functional.interpolate(
                images, size=self.shape[1:], mode="bilinear", align_corners=False
            )
        with torch.inference_mode():
            return self.network[:-1](images.flatten(1)).numpy()

    def classes(self, vectors: NDArray[Any]) -> NDArray[np.int64]:
        """Return the number of the class whose value is the largest, in the order of the sorted names of classes."""
        import torch

        with torch.inference_mode():
            values = self.network[-1](torch.from_numpy(np.ascontiguousarray(vectors, np.float32)))
        found: NDArray[np.int64] = values.argmax(dim=1).numpy()
        return found

    def fingerprint(self) -> str:
        """Return what the network was trained on, and how."""
        return self._identity


def _parsed(text: str) -> tuple[str, int]:
    """Return the source and the seed."""
    found = re.fullmatch(r"(.+?)(?:,seed=(\d{1,18}))?", text.removeprefix(PREFIX))
    if found is None:
        raise SourceError(f"{text} names no source: write {FORM}, such as {PREFIX}digits.")
    return found[1], int(found[2] or 0)


def _labelled(source: str, folder: Path) -> tuple[Measure, NDArray[np.str_]]:
    from wcheck.measures.preprocessing import Preprocessing
    from wcheck.measures.sources import load, load_labels

    preprocessing = Preprocessing(folder=folder)
    labels = load_labels(source, preprocessing=preprocessing)
    if labels is None or len(np.unique(labels)) < 2:
        raise SourceError(
            f"{PREFIX}{source} is not an embedding: {source} has no class labels; give labelled images, such as "
            f"{PREFIX}digits."
        )
    images = load(source, preprocessing=preprocessing)
    if len(images.shape) != 3:
        raise ParameterError(
            f"{PREFIX}{source} is not an embedding: {source} holds vectors; give labelled images, such as "
            f"{PREFIX}digits."
        )
    return images, labels


def _identity(images: Measure, labels: NDArray[np.str_], seed: int) -> str:
    import torch

    how = (seed, WIDTH, BATCH, PASSES, LEAST, STEP_SIZE, torch.__version__)
    return f"classifier {images.digest()} {kept.key(labels.tolist())} {how}"


def _trained(images: Measure, labels: NDArray[np.str_], seed: int, key: str) -> nn.Sequential:
    """Return the network with the weights that were kept under a key, or with those that training gives it."""
    import torch
    from torch.nn.utils import parameters_to_vector, vector_to_parameters

    from wcheck.parallel import on_threads

    classes, numbers = np.unique(labels, return_inverse=True)
    network = _fresh(images.dim, len(classes), seed)
    count = sum(parameter.numel() for parameter in network.parameters())
    held = kept.read(key, 1)
    if held is not None and held.shape == (1, count) and held.dtype == np.float32 and np.isfinite(held).all():
        vector_to_parameters(torch.from_numpy(held[0]), network.parameters())
        return network.requires_grad_(False)
    points = torch.from_numpy(np.array(images.dense(), np.float32)).mul_(2.0).sub_(1.0)
    with on_threads(1), torch.inference_mode(False), torch.enable_grad():
        _train(network, points, torch.from_numpy(numbers), seed)
    network.requires_grad_(False)
    kept.write(key, parameters_to_vector(network.parameters())[None].numpy())
    return network


def _fresh(dim: int, classes: int, seed: int) -> nn.Sequential:
    import torch
    from torch import nn

    from wcheck.rng import derived_seed

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derived_seed(seed, "classifier", "weights"))
        return nn.Sequential(
            nn.Linear(dim, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, classes)
        )


def _train(network: nn.Module, points: Tensor, labels: Tensor, seed: int) -> None:
    import torch

    from wcheck.rng import torch_generator

    optimiser = torch.optim.Adam(network.parameters(), STEP_SIZE)
    batches = torch_generator(seed, "classifier", "batches")
    for _ in range(max(LEAST, PASSES * len(points) // BATCH)):
        rows = torch.randint(len(points), (BATCH,), generator=batches)
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(network(points[rows]), labels[rows]).backward()
        optimiser.step()
