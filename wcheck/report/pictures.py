"""Pictures that a run wrote, as part of a page: PNG files of a moderate size, held by the page itself."""

from __future__ import annotations

import base64
import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path

SIGNATURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
"""What a PNG file begins with; its width and its height follow."""
LARGEST = 1 << 20
"""Bytes of a picture at most, so that a page stays one that opens."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a page.

    Attributes
    ----------
    key : str
        Its name within the page.
    alt : str
        What is to be seen.
    href : str
        The picture as text; empty where it cannot be shown.
    width, height : int
        Its pixels.
    problem : str
        Why it cannot be shown.
    before : str
        The section in which it stands already.
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
        """Read a PNG file; what is not one, or too large for a page, is a problem that the page tells."""
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
