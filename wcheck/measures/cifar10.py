"""CIFAR-10 in its official binary layout: download, checks, and rows; no pickle anywhere.

Source: A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009;
https://www.cs.toronto.edu/~kriz/cifar.html, binary version.
"""

from __future__ import annotations

import tarfile
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import SourceError
from wcheck.measures.homes import Downloaded, home
from wcheck.measures.rows import Rows, Selection, unreadable
from wcheck.progress import Report, silent

URL = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
CHECKSUM = "sha256:c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"
FOLDER = "cifar-10-batches-bin"
FILES = {"train": tuple(f"data_batch_{i}.bin" for i in range(1, 6)), "test": ("test_batch.bin",)}

SHAPE = (3, 32, 32)
PER_FILE = 10_000
RECORD = 1 + 3 * 32 * 32
LABELS = 10
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def rows(part: str, data_dir: Path | None = None) -> Rows:
    """Open ``"train"`` (50,000 images), ``"test"`` (10,000) or ``""`` (all 60,000, training images first).

    Images are uint8 of shape ``(3, 32, 32)``: red, green, blue, each row-major. Only the rows that are read
    are taken into memory.

    Raises
    ------
    SourceError
        If the part is another, or the data are not there, truncated or damaged.
    """
    if part not in ("", *FILES):
        raise SourceError(f"cifar10:{part} is not a source: the parts are cifar10:train and cifar10:test.")
    files = _paths(locate(data_dir).parent, part)
    return Rows(PER_FILE * len(files), partial(_read, files), white=255.0, labels=partial(_labels, files))


def locate(data_dir: Path | None = None) -> Path:
    """Return the folder ``cifar-10-batches-bin``, all six files in it and complete; uses no network.

    Parameters
    ----------
    data_dir : Path, optional
        The folder that directly contains it; if left out, the environment variable ``WCHECK_DATA``, and
        without that the user's cache.

    Raises
    ------
    SourceError
        If a file is missing, or has not the size of 10,000 images.
    """
    place = _home(data_dir)
    for path in _paths(place):
        if not path.is_file():
            raise SourceError(
                f"CIFAR-10 is not in {place} (no {FOLDER}/{path.name}): run `wcheck data fetch cifar10`, "
                f"or give the folder that contains {FOLDER}/ as --data-dir or in WCHECK_DATA."
            )
        _check_size(path)
    return place / FOLDER


def fetch(
    data_dir: Path | None = None, *, url: str = URL, checksum: str = CHECKSUM, report: Report = silent
) -> Path:
    """Download CIFAR-10 where :func:`locate` looks for it, unless it is there already; return its folder.

    The archive is checked by its checksum before it is unpacked, and the unpacked files before they take
    their place, so that whatever interrupts this leaves either all of the data or none.

    Parameters
    ----------
    data_dir : Path, optional
        As for :func:`locate`.
    url, checksum : str
        The archive, and its ``algorithm:digest``.
    report : Report
        Told the bytes as ``"download"`` and the files as ``"unpack"``.

    Raises
    ------
    SourceError
        If the archive cannot be downloaded, its checksum is another, it holds other data, or the folder
        cannot be written.
    """
    import pooch

    home = _home(data_dir)
    if _is_whole(home):
        return home / FOLDER
    # pooch announces every download on its own; the report says it already.
    pooch.get_logger().setLevel("WARNING")
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{FOLDER}-", dir=home) as scratch:
            downloader = pooch.HTTPDownloader(progressbar=Downloaded(report, "CIFAR-10"), chunk_size=1 << 18)
            archive = pooch.retrieve(url, checksum, fname="archive", path=scratch, downloader=downloader)
            _unpack(Path(archive), Path(scratch), report)
            if not _is_whole(Path(scratch)):
                raise ValueError("the archive does not hold CIFAR-10 in its binary layout")
            # File by file, each whole: an interruption leaves some missing, never one half-written.
            (home / FOLDER).mkdir(exist_ok=True)
            for path in (Path(scratch) / FOLDER).iterdir():
                path.replace(home / FOLDER / path.name)
    except (OSError, ValueError, EOFError, tarfile.TarError) as error:
        reason = " ".join(str(error).split())
        raise SourceError(
            f"CIFAR-10 could not be fetched from {url} into {home} ({reason}): try again, or put {FOLDER}/ "
            "into a folder of yours and give that as --data-dir or in WCHECK_DATA."
        ) from error
    return home / FOLDER


def _home(data_dir: Path | None) -> Path:
    return home(data_dir, "CIFAR-10", FOLDER)


def _paths(home: Path, part: str = "") -> list[Path]:
    return [home / FOLDER / name for key, names in FILES.items() if part in ("", key) for name in names]


def _is_whole(home: Path) -> bool:
    try:
        for path in _paths(home):
            _records(path)
    except SourceError:
        return False
    return True


def _check_size(path: Path) -> None:
    if path.stat().st_size != PER_FILE * RECORD:
        raise SourceError(
            f"{path} has {path.stat().st_size:,} bytes, not {PER_FILE * RECORD:,}: it is incomplete; "
            "run `wcheck data fetch cifar10` to replace it."
        )


def _records(path: Path) -> NDArray[np.uint8]:
    """Map a file as records ``(10000, 3073)`` of one label and the pixels, its labels checked."""
    try:
        _check_size(path)
        records = np.memmap(path, np.uint8, "r", shape=(PER_FILE, RECORD))
    except OSError as error:
        raise unreadable(path, error, "run `wcheck data fetch cifar10` to replace it") from error
    wrong = np.flatnonzero(records[:, 0] >= LABELS)
    if len(wrong):
        raise SourceError(
            f"{path} has the label {records[wrong[0], 0]} at image {wrong[0]}: labels are 0 to 9; "
            "it is damaged, run `wcheck data fetch cifar10` to replace it."
        )
    return records


def _read(files: list[Path], wanted: Selection) -> NDArray[np.uint8]:
    indices = np.arange(PER_FILE * len(files))[wanted]
    images = np.empty((len(indices), RECORD - 1), np.uint8)
    for number, path in enumerate(files):
        here = np.flatnonzero(indices // PER_FILE == number)
        if len(here):
            images[here] = _records(path)[indices[here] % PER_FILE, 1:]
    return images.reshape(-1, *SHAPE)


def _labels(files: list[Path]) -> NDArray[np.str_]:
    found: NDArray[np.str_] = np.array(CLASSES)[np.concatenate([_records(path)[:, 0] for path in files])]
    return found


def _unpack(archive: Path, scratch: Path, report: Report) -> None:
    with tarfile.open(archive) as tar:
        for done, member in enumerate(tar):
            report("unpack", done, 0, member.name)
            tar.extract(member, scratch, filter="data")
