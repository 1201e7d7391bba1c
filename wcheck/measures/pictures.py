"""One picture file as pixels: an ambiguous file is refused, not guessed.

Decoded by Pillow, whose header is looked at before anything is decoded.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import SourceError
from wcheck.measures.rows import unreadable

if TYPE_CHECKING:
    from PIL import Image

FORMATS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
"""How the names of image files end, in any case, and what such a file must then be."""

GREY = ("1", "L", "LA")
DEEP = ("I;16", "I;16B", "I;16L")
"""Pillow's modes of one channel of 16 bits."""
MODES = (*GREY, *DEEP, "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr")
"""Pillow's modes that are read; the others would be clipped when they are converted."""

ORIENTATION, BITS, PHOTOMETRIC = 0x0112, 0x0102, 0x0106
"""Tags of EXIF and TIFF."""
TRANSPOSED = (5, 6, 7, 8)
"""Orientations in which height and width are exchanged."""


@dataclass(frozen=True, slots=True)
class Header:
    """What is known of a picture before it is decoded.

    Attributes
    ----------
    size : (int, int)
        Height and width, upright.
    grey : bool
        Whether it has one channel.
    deep : bool
        Whether it has 16 bits a channel.
    """

    size: tuple[int, int]
    grey: bool
    deep: bool


def header(file: Path) -> Header:
    """Look at a picture without decoding it.

    Raises
    ------
    SourceError
        If it is damaged, too large (by Pillow's limit against decompression bombs), animated or of several pages, of
        16 bits in more than one channel (which Pillow would cut to 8) or of more, or in CMYK with a colour profile.
    """
    with _opened(file) as image:
        problem = _problem(image)
        upright = image.getexif().get(ORIENTATION) not in TRANSPOSED
        size = (image.height, image.width) if upright else (image.width, image.height)
        found = Header(size, image.mode in (*GREY, *DEEP), image.mode in DEEP)
    if problem:
        raise SourceError(f"{file} {problem}.")
    return found


def decode(file: Path, expected: Header) -> NDArray[np.uint8 | np.float32]:
    """Return a picture as RGB ``(3, height, width)``, upright by its orientation tag.

    Palettes are looked up, grey is repeated, CMYK is converted as ``255 - min(255, ink + black)`` as Pillow does, and
    transparency that is nowhere used is dropped. 8 bits are uint8; 16 bits are float32, divided by 257, so that
    white is 255.

    Raises
    ------
    SourceError
        If it is damaged, another than it was when its header was read, or has transparent pixels: their colour depends
        on what lies behind.
    """
    from PIL import ImageOps

    see_through = False
    pixels: NDArray[np.uint8 | np.float32]
    with _opened(file) as image:
        whole = ImageOps.exif_transpose(image)
        if whole.mode in DEEP:
            pixels = np.repeat(np.asarray(whole)[None] / np.float32(257), 3, axis=0).astype(np.float32)
        else:
            # Pillow warns when it drops the transparency of a palette; by way of RGBA it need not.
            if "transparency" in whole.info or whole.mode in ("LA", "PA", "RGBA"):
                whole = whole.convert("RGBA")
                see_through = np.asarray(whole)[..., 3].min() < 255
            pixels = np.asarray(whole.convert("RGB"), np.uint8).transpose(2, 0, 1)
        if pixels.shape != (3, *expected.size):
            raise ValueError("it has changed")
    if see_through:
        raise SourceError(
            f"{file} has transparent pixels, whose colour depends on what lies behind: flatten it onto a background."
        )
    return pixels


def _problem(image: Image.Image) -> str:
    """Return why a picture cannot be read rightly, and what to do; nothing if it can."""
    if image.mode not in MODES:
        return f"has pixels of Pillow's mode {image.mode}: give images of 8 bits a channel, or of 16 in grey"
    if (
        image.format != "MPO" and getattr(image, "n_frames", 1) > 1
    ):  # an MPO's first picture is the photograph
        return f"has {image.n_frames} frames or pages: extract one of them"  # type: ignore[attr-defined]
    bits = _bits(image)
    if bits > 8 and image.mode not in DEEP:
        return (
            f"has {bits} bits in each of several channels, of which Pillow keeps 8: convert it to 8 bits, or to a .npy "
            f"file that is read with --pixel-range=0,{2**bits - 1}"
        )
    if bits > 8 and image.format == "TIFF" and image.tag_v2.get(PHOTOMETRIC) == 0:  # type: ignore[attr-defined]
        return "has 16 bits in which 0 is white: invert it"
    if image.mode == "CMYK" and image.info.get("icc_profile"):
        return "is in CMYK with a colour profile: convert it to RGB by that profile"
    return ""


def _bits(image: Image.Image) -> int:
    """Return the bits of a channel as they are in the file, whatever Pillow makes of them."""
    if any(
        ";16" in str(tile) for tile in getattr(image, "tile", ())
    ):  # Pillow's name of what it decodes from
        return 16
    if image.format == "TIFF":
        bits = image.tag_v2.get(BITS, (1,))  # type: ignore[attr-defined]
        return int(max(bits if isinstance(bits, tuple) else (bits,)))
    return 8


@contextmanager
def _opened(file: Path) -> Iterator[Image.Image]:
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            # TIFF readers warn of tags that they leave out; pixels do not depend on those.
            warnings.filterwarnings("ignore", category=UserWarning)
            with Image.open(file, formats=(FORMATS[file.suffix.lower()],)) as image:
                yield image
    except SourceError:
        raise
    except Exception as error:  # a damaged file can make its readers raise anything
        repair = "it is damaged or not an image; replace it or remove it from the folder"
        raise unreadable(file, error, repair) from error
