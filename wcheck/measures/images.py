"""Images: a folder of them as rows, resizing, and their brightness."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from wcheck.errors import ParameterError, SourceError, counted
from wcheck.measures.pictures import FORMATS, decode, header
from wcheck.measures.points import LazyPoints
from wcheck.measures.recolour import CHANNELS, recoloured
from wcheck.measures.rows import Rows, Selection, check_memory, unreadable
from wcheck.progress import Report, remark, silent

if TYPE_CHECKING:
    pass

SUFFIXES = tuple(FORMATS)
"""The names of image files end so, in any case."""


def folder(path: Path, size: int | None = None, report: Report = silent) -> Rows:
    """Open all PNG, JPEG, WebP and TIFF files in a folder and the folders in it, sorted by their path.

    Each becomes RGB of shape ``(3, height, width)`` as :func:`wcheck.measures.pictures.decode` says: grey is
    repeated. All that is not such a regular file, hidden files and links to folders are passed over, and
    :func:`wcheck.progress.remark` says so, and how many images are grey among others. Images are uint8 and
    resized later by block where that takes less memory, else float32 and resized as they are read; those of
    16 bits are float32, in which white is 255 too.

    Parameters
    ----------
    path : Path
        The folder.
    size : int, optional
        Height and width after resizing.
    report : Report
        Told the images read as ``"images"``.

    Raises
    ------
    SourceError
        If there is no image, or, when rows are read, one cannot be read rightly or has (without ``size``) another
        size than the first, or they would not fit into memory; the file is named.
    """
    files, passed_over = _files(path)
    if passed_over:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(passed_over.items()))
        remark(f"{path}: {counted(len(files), 'image')} taken, {passed_over.total()} left out: {kinds}.")
    if not files:
        raise SourceError(f"{path} holds no image: a folder as a source holds {', '.join(SUFFIXES)} files.")
    return Rows(
        len(files), partial(_read, files, size, report), white=255.0, labels=partial(_labels, path, files)
    )


def resize(size: int | None, images: NDArray[Any]) -> NDArray[np.float32]:
    """Resize images ``(k, channels, height, width)`` to ``size`` by ``size`` in float32, without rounding.

    Bilinear, half-pixel centres, no antialiasing: `torch.nn.functional.interpolate(mode="bilinear",
    align_corners=False)` on pixel values. Images that have the size already, or ``None``, are only converted.
    """
    as_float = images.astype(np.float32)
    if size is None or images.shape[2:] == (size, size):
        return as_float
    import torch

    resized = torch.nn.functional.interpolate(
        torch.from_numpy(as_float), size=(size, size), mode="bilinear", align_corners=False
    )
    return np.asarray(resized.numpy(), np.float32)


def as_points(
    images: NDArray[Any], size: int | None = None, channels: str | None = None
) -> tuple[LazyPoints, tuple[int, ...]]:
    """Return images as points that are resized and recoloured when they are read, and the shape of one.

    float64, and integers that float32 does not hold, stay float64 unless they are resized.
    """
    shape: tuple[int, ...] = images.shape[1:]
    resized = size is not None and shape[1:] != (size, size)
    dtype = np.float32 if resized else np.result_type(images.dtype, np.float32)
    if size is not None:
        shape = (shape[0], size, size)
    shape = (CHANNELS.get(channels or "", shape[0]), *shape[1:])
    convert = partial(_converted, size if resized else None, channels, dtype)
    return LazyPoints(images, convert, math.prod(shape), dtype), shape


def check_shape(name: str, shape: tuple[int, ...]) -> None:
    """Raise a ParameterError unless points of this shape are images that can be shown."""
    if len(shape) != 3 or shape[0] not in (1, 3):
        raise ParameterError(f"{name} has points of shape {shape}: a grid shows images (1 or 3, h, w).")


def brightness(points: NDArray[Any], shape: tuple[int, ...], scale: str) -> NDArray[np.float64]:
    """Return points ``(k, d)`` as images ``(k, channels, height, width)`` from 0 (black) to 1 (white).

    Black and white are the ends of the scale, or where it has none the least and the greatest coordinate.
    """
    low, high = {"0,1": (0.0, 1.0), "-1,1": (-1.0, 1.0)}.get(scale, (points.min(), points.max()))
    bright = (points.astype(np.float64) - low) / max(high - low, np.finfo(float).tiny)
    images: NDArray[np.float64] = np.clip(bright, 0, 1).reshape(-1, *shape)
    return images


def _converted(
    size: int | None, channels: str | None, dtype: DTypeLike, images: NDArray[Any]
) -> NDArray[Any]:
    return recoloured(images.astype(dtype) if size is None else resize(size, images), channels)


def _files(path: Path) -> tuple[list[Path], Counter[str]]:
    """Return the images, sorted, and the kinds of what is passed over."""

    def fail(error: OSError) -> None:
        raise unreadable(path, error, "make the folder readable") from error

    found, passed_over = [], Counter[str]()
    for top, folders, names in os.walk(path, onerror=fail):
        hidden = [name for name in folders if name.startswith(".")]
        folders[:] = [name for name in folders if name not in hidden]
        passed_over.update("hidden" for name in hidden)
        passed_over.update("linked folder" for name in folders if Path(top, name).is_symlink())
        for name in names:
            kind = _kind(Path(top, name))
            if kind:
                passed_over[kind] += 1
            else:
                found.append(Path(top, name))
    return sorted(found, key=lambda file: file.relative_to(path).as_posix()), passed_over


def _kind(file: Path) -> str:
    """Return what a file is that is not an image by its name; opening a pipe or a device would wait for someone."""
    if file.name.startswith("."):
        return "hidden"
    if not file.is_file():
        return "broken link" if file.is_symlink() and not file.exists() else "pipe, socket or device"
    return "" if file.name.lower().endswith(SUFFIXES) else file.suffix.lower() or "without suffix"


def _read(all_files: Sequence[Path], size: int | None, report: Report, wanted: Selection) -> NDArray[Any]:
    files = [all_files[index] for index in np.arange(len(all_files))[wanted]]
    headers = [header(file) for file in files]
    sizes = [found.size for found in headers]
    grey = sum(found.grey for found in headers)
    if 0 < grey < len(files):
        many = f"{grey} of {len(files)} images {'is' if grey == 1 else 'are'}"
        remark(f"{files[0].parent}: {many} grey, repeated in red, green and blue.")
    other = next((index for index, found in enumerate(sizes) if found != sizes[0]), None)
    if other is not None and size is None:
        raise SourceError(
            f"{files[other]} is {sizes[other][1]}x{sizes[other][0]} pixels and {files[0]} is "
            f"{sizes[0][1]}x{sizes[0][0]}: resize all to one size with --image-size, such as --image-size 64."
        )
    # float32 at the final size against uint8 at the first: whichever is smaller is kept.
    resized = size is not None and (other is not None or 4 * size * size < math.prod(sizes[0]))
    height, width = (size, size) if size is not None and resized else sizes[0]
    deep = any(found.deep for found in headers)
    shape, dtype = (len(files), 3, height, width), np.dtype(np.float32 if resized or deep else np.uint8)
    what = f"{len(files)} images of {width}x{height} pixels from {files[0].parent}"
    check_memory(math.prod(shape) * dtype.itemsize, what, "take a slice, --subset or a smaller --image-size")
    images = np.empty(shape, dtype)
    for index, (file, found) in enumerate(zip(files, headers, strict=True)):
        report("images", index, len(files), file.name)
        image = decode(file, found)[None]
        images[index] = (resize(size, image) if resized else image)[0]
    report("images", len(files), len(files))
    return images


def _labels(path: Path, files: Sequence[Path]) -> NDArray[np.str_]:
    """Return the folder of each file, as image data sets are laid out; below the one that is the source."""
    return np.array([file.parent.relative_to(path).as_posix() for file in files])
