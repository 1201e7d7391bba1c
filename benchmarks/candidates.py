"""Seven candidates for CIFAR-10 and what ``wcheck compare`` says of them: ``python benchmarks/candidates.py FOLDER``.

All are made of *training* images alone, each of its own 5,000: unaltered, with noise of deviation 0.05, blurred with
deviation 1, as 8-bit JPEG of quality 10, 64 k-medians centroids repeated by their weights, and generators of ``wcheck
gan`` by WGAN-GP and by the c-transform, as they are after a fixed number of steps. They are written to FOLDER as
images; what is there is not made again. Then the two commands that are printed are run in FOLDER: in pixels, with the
training images named, and in the features of EfficientNet-Lite0. ``--small`` does it with few images and few steps.
"""

from __future__ import annotations

import argparse
import io
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from wcheck import GeometricKMedians
from wcheck.measures.sources import Preprocessing, load
from wcheck.rng import generator
from wcheck.rows.table import parse_rows

WCHECK = (sys.executable, "-c", "import sys; sys.argv[0] = 'wcheck'; from wcheck.cli.app import main; main()")
Images = NDArray[np.uint8]


def images(first: int, count: int) -> Images:
    """Return training images ``(count, 3, 32, 32)``."""
    return eight_bits(load(f"cifar10:train[{first}:{first + count}]").dense())


def eight_bits(points: NDArray[np.floating]) -> Images:
    """Return points from 0 to 1 as images of 8 bits."""
    return np.rint(255.0 * points.clip(0.0, 1.0)).astype(np.uint8).reshape(-1, 3, 32, 32)


def noisy(given: Images) -> Images:
    """Add normal noise of deviation 0.05."""
    noise = generator(0, "candidates", "noise").normal(scale=0.05, size=given.shape)
    return eight_bits(given / 255.0 + noise)


def blurred(given: Images) -> Images:
    """Blur each channel with a Gaussian of deviation 1 pixel."""
    return eight_bits(gaussian_filter(given / 255.0, (0, 0, 1.0, 1.0)))


def compressed(given: Images) -> Images:
    """Write and read each image as JPEG of quality 10."""

    def one(image: Images) -> Images:
        file = io.BytesIO()
        Image.fromarray(image.transpose(1, 2, 0)).save(file, "JPEG", quality=10)
        return np.asarray(Image.open(file)).transpose(2, 0, 1)

    return np.stack([one(image) for image in given])


def centroids(given: Images) -> Images:
    """Repeat 64 k-medians centroids by their weights."""
    points = given.reshape(len(given), -1) / np.float32(255)
    found = GeometricKMedians(64, n_init=1, random_state=0).fit(points)
    shares = np.bincount(found.labels_, minlength=64) / len(points)
    drawn = generator(0, "candidates", "centroids").choice(64, len(given), p=shares)
    return eight_bits(found.cluster_centers_[drawn])


ALTERED: Mapping[str, Callable[[Images], Images]] = {
    "unaltered": lambda given: given,
    "noise": noisy,
    "blur": blurred,
    "jpeg": compressed,
    "centroids": centroids,
}
GAMES = {"wgan-gp": "wasserstein", "c-transform": "c-transform"}


def generated(folder: Path, name: str, first: int, count: int, steps: int) -> Images:
    """Train a generator on half of 2 count training images by ``wcheck gan``, and draw count images of it."""
    data = f"cifar10:train[{first}:{first + 2 * count}]"
    run(folder, "gan", "--preset", "cifar", "--data", data, "--objective", GAMES[name], "--steps", steps, "--every",
        steps, "--grad-points", 100, "--save", f"{name}.generators", "-o", f"{name}.csv")  # fmt: skip
    last = list(parse_rows((folder / f"{name}.csv").read_text()))[-1]
    points = load(f"generator:{last['saved']},n={count}", preprocessing=Preprocessing(folder=folder))
    return eight_bits(points.dense())


def run(folder: Path, *words: object) -> None:
    """Print a command and run it in the folder."""
    texts = [*map(str, words)]
    print(shlex.join(["wcheck", *texts]), flush=True)
    subprocess.run([*WCHECK, *texts], cwd=folder, check=True, env=os.environ)


def main(arguments: Sequence[str] | None = None) -> None:
    """Make what is missing, and compare."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument(
        "folder", type=Path, metavar="FOLDER", help="the folder for images, generators and rows"
    )
    parser.add_argument("--steps", type=int, default=5000, help="generator steps (default: 5,000)")
    parser.add_argument("--small", action="store_true", help="100 images and 20 steps each")
    options = parser.parse_args(arguments)
    count, steps = (100, 20) if options.small else (5000, options.steps)
    folder = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, altered) in enumerate(ALTERED.items()):
        write(folder / f"{name}.npy", lambda a=altered, k=number: a(images(k * count, count)))
    first = len(ALTERED) * count
    for number, name in enumerate(GAMES):
        start = first + 2 * number * count
        write(folder / f"{name}.npy", lambda a=name, s=start: generated(folder, a, s, count, steps))
    names = [f"{name}.npy" for name in (*ALTERED, *GAMES)]
    reference = f"cifar10:test[0:{10 * count // 5}]"
    train = f"cifar10:train[0:{first + 4 * count}]"
    run(folder, "compare", reference, *names, "--n", count // 5, "--train", train, "-o", "compare-pixels.csv")
    run(folder, "compare", reference, *names, "--n", count // 5, "--embed", "efficientnet-lite0", "-o",
        "compare-features.csv")  # fmt: skip


def write(path: Path, make: Callable[[], Images]) -> None:
    """Write what is not there yet."""
    if not path.exists():
        made = make()
        np.save(path.with_suffix(".part.npy"), made)
        path.with_suffix(".part.npy").replace(path)


if __name__ == "__main__":
    main()
