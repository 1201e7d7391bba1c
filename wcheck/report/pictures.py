"""Pictures that a run wrote, as part of a page: PNG files of moderate size, embedded in the page."""

from __future__ import annotations

import base64
import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path

SIGNATURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
"""The first bytes of a PNG file; its width and its height follow."""
LARGEST = 1 << 20
"""The largest size of a picture, in bytes, so that the page still opens."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a page.

    Attributes
    ----------
    key : str
        The name of the picture within the page.
    alt : str
        A description of what the picture shows.
    href : str
        The picture as text; empty where it cannot be shown.
    width, height : int
        Its size in pixels.
    problem : str
        The reason why it cannot be shown.
    before : str
        The section that shows the same picture already.
    """

    key: str
    alt: str
    href: str = ""
    width: int = 0
    height: int = 0
    problem: str = ""
    before: str = ""

    @staticmethod
    def read(path: Path, alt: str) -> Picture:
        """Read a PNG file; the page names the problem where the file is not a PNG file or is too large."""
        try:
            size = path.stat().st_size
            content = path.read_bytes() if size <= LARGEST else b""
        except OSError as error:
            return Picture("", alt, problem=f"{path.name} cannot be read: {error.strerror}.")
        if size > LARGEST:
            return Picture("", alt, problem=f"{path.name} has more than {LARGEST:,} bytes.")
        end = len(SIGNATURE) + 8
        if not content.startswith(SIGNATURE) or len(content) < end:
            return Picture("", alt, problem=f"{path.name} is not a PNG file.")
        width, height = struct.unpack(">II", content[len(SIGNATURE) : end])
        href = f"data:image/png;base64,{base64.b64encode(content).decode()}"
        return Picture("p" + hashlib.sha256(content).hexdigest()[:10], alt, href, width, height)
