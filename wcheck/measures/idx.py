"""MNIST and Fashion-MNIST in their original IDX files: download, checks, and rows.

Sources: LeCun, Cortes and Burges, The MNIST database of handwritten digits, 1998 (from the mirror that PyTorch keeps);
Xiao, Rasul and Vollgraf, Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms, 2017.
"""

from __future__ import annotations

import gzip
import tempfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import SourceError
from wcheck.measures.homes import Downloaded, home
from wcheck.measures.rows import Rows, Selection, unreadable
from wcheck.progress import Report, silent

PARTS = {"train": ("train", 60_000), "test": ("t10k", 10_000)}
"""Part -> how its files begin, and how many images it has."""
SIDE = 28
IMAGES, LABELS = "images-idx3-ubyte", "labels-idx1-ubyte"
UBYTE = 0x08
"""The type of the numbers in the header of an IDX file."""


@dataclass(frozen=True, slots=True)
class DataSet:
    """A data set in four IDX files.

    Attributes
    ----------
    name : str
        The source, and the folder that holds the files.
    called : str
        How people call it.
    url : str
        Where the files are.
    checksums : mapping of str to str
        MD5 of the compressed files there, as published; a file that was compressed again has another.
    classes : tuple of str
        By label.
    """

    name: str
    called: str
    url: str
    checksums: Mapping[str, str]
    classes: tuple[str, ...]

    @property
    def advice(self) -> str:
        """What to do about files that are missing or damaged."""
        return (
            f"run `wcheck data fetch {self.name}`, or give the folder that contains {self.name}/ as --data-dir or in "
            "WCHECK_DATA"
        )


MNIST = DataSet(
    "mnist",
    "MNIST",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    MappingProxyType(
        {
            f"train-{IMAGES}.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
            f"train-{LABELS}.gz": "d53e105ee54ea40749a09fcbcd1e9432",
            f"t10k-{IMAGES}.gz": "9fb629c4189551a2d022fa330f9573f3",
            f"t10k-{LABELS}.gz": "ec29112dd5afa0611ce80d1b7f02629c",
        }
    ),
    tuple("0123456789"),
)
FASHION = DataSet(
    "fashion-mnist",
    "Fashion-MNIST",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    MappingProxyType(
        {
            f"train-{IMAGES}.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            f"train-{LABELS}.gz": "25c81989df183df01b3e8a0aad5dffbe",
            f"t10k-{IMAGES}.gz": "bef4ecab320f06d8554ea6380940ec79",
            f"t10k-{LABELS}.gz": "bb300cfdad3c16e7a12a480ee83cd310",
        }
    ),
    (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
)
DATA_SETS: Mapping[str, DataSet] = MappingProxyType({each.name: each for each in (MNIST, FASHION)})


def rows(data: DataSet, part: str, data_dir: Path | None = None) -> Rows:
    """Open ``"train"`` (60,000 images), ``"test"`` (10,000) or ``""`` (all 70,000, training images first).

    Images are uint8 of shape ``(1, 28, 28)``. The files may be compressed, ``.gz``, or not.

    Raises
    ------
    SourceError
        If the part is another, or the files are not there or damaged.
    """
    if part not in ("", *PARTS):
        raise SourceError(
            f"{data.name}:{part} is not a source: the parts are {data.name}:train and {data.name}:test."
        )
    folder = home(data_dir, data.called, data.name) / data.name
    parts = [own for name, own in PARTS.items() if part in ("", name)]
    files = [(_path(folder, f"{start}-{IMAGES}", data), count) for start, count in parts]
    return Rows(
        sum(count for _, count in files),
        partial(_images, data, files),
        white=255.0,
        labels=partial(_labels, data, folder, parts),
    )


def fetch(
    data: DataSet, data_dir: Path | None = None, *, url: str | None = None, report: Report = silent
) -> Path:
    """Download a data set where :func:`rows` looks for it, unless it is there already; return its folder.

    Every file is checked by its checksum and read before any takes its place.

    Raises
    ------
    SourceError
        If a file cannot be downloaded, its checksum is another, or the folder cannot be written.
    """
    import pooch

    folder = home(data_dir, data.called, data.name) / data.name
    if _is_whole(data, folder):
        return folder
    pooch.get_logger().setLevel("WARNING")  # the report says it already
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{data.name}-", dir=folder.parent) as scratch:
            for name, checksum in data.checksums.items():
                downloader = pooch.HTTPDownloader(progressbar=Downloaded(report, name), chunk_size=1 << 18)
                pooch.retrieve(
                    (url or data.url) + name,
                    f"md5:{checksum}",
                    fname=name,
                    path=scratch,
                    downloader=downloader,
                )
            if not _is_whole(data, Path(scratch)):
                raise ValueError("the files are not those of the data set")
            folder.mkdir(exist_ok=True)
            for path in Path(scratch).iterdir():
                path.replace(folder / path.name)
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise SourceError(
            f"{data.called} could not be fetched from {url or data.url} into {folder} ({reason}): try again, or put "
            f"its four files into a folder {data.name}/ and give the folder that contains it as --data-dir or in "
            "WCHECK_DATA."
        ) from error
    return folder


def _is_whole(data: DataSet, folder: Path) -> bool:
    try:
        for start, count in PARTS.values():
            _read(data, _path(folder, f"{start}-{IMAGES}", data), (count, SIDE, SIDE))
            _read(data, _path(folder, f"{start}-{LABELS}", data), (count,))
    except SourceError:
        return False
    return True


def _path(folder: Path, name: str, data: DataSet) -> Path:
    for path in (folder / f"{name}.gz", folder / name):
        if path.is_file():
            return path
    raise SourceError(f"{data.called} is not in {folder.parent} (no {data.name}/{name}.gz): {data.advice}.")


def _read(data: DataSet, path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Read an IDX file that must hold bytes of this shape; not more than that is unpacked."""
    header = bytes([0, 0, UBYTE, len(shape)]) + b"".join(length.to_bytes(4, "big") for length in shape)
    size = len(header) + int(np.prod(shape))
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            content = file.read(size + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise unreadable(path, error, data.advice) from error
    if content[: len(header)] != header or len(content) != size:
        wanted = "x".join(map(str, shape))
        raise SourceError(
            f"{path} does not hold {wanted} bytes of {data.called} in an IDX file: {data.advice}."
        )
    return np.frombuffer(content, np.uint8, offset=len(header)).reshape(shape)


def _images(data: DataSet, files: list[tuple[Path, int]], wanted: Selection) -> NDArray[np.uint8]:
    starts = np.cumsum([0, *(count for _, count in files)])
    indices = np.arange(starts[-1])[wanted]
    images = np.empty((len(indices), 1, SIDE, SIDE), np.uint8)
    for number, (path, count) in enumerate(files):
        here = np.flatnonzero((starts[number] <= indices) & (indices < starts[number + 1]))
        if len(here):
            images[here, 0] = _read(data, path, (count, SIDE, SIDE))[indices[here] - starts[number]]
    return images


def _labels(data: DataSet, folder: Path, parts: list[tuple[str, int]]) -> NDArray[np.str_]:
    found = []
    for start, count in parts:
        path = _path(folder, f"{start}-{LABELS}", data)
        labels = _read(data, path, (count,))
        if labels.max() >= len(data.classes):
            raise SourceError(f"{path} holds the label {labels.max()}: labels are 0 to 9; {data.advice}.")
        found.append(labels)
    named: NDArray[np.str_] = np.array(data.classes)[np.concatenate(found)]
    return named
