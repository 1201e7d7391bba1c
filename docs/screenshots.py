"""Take the pictures of a page in docs/figures: ``python docs/screenshots.py DIR``, after ``wcheck reproduce -o DIR``.

They are the page on a wide screen in the light, and on a telephone in the dark. It takes what the tests of pages take:
Chromium, its driver and selenium.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parent.parent
COLOURS = 128
"""Colours of a picture: enough for text and lines, and a third of the bytes."""
PICTURES = {"page-light": (1100, "light", 1500, 0), "page-dark-telephone": (390, "dark", 1500, 2)}
"""The name of each picture -> the width of the screen, its scheme, how much is shown, and from which section on."""


def main(folder: Path, into: Path = ROOT / "docs" / "figures") -> None:
    """Write the page of a reproduction anew, and its pictures."""
    sys.path.insert(0, str(ROOT))
    from tests.report.browser import Browser
    from wcheck.report.page import write

    browser = Browser()
    try:
        with tempfile.TemporaryDirectory() as place:
            page = write(folder, Path(place) / "page.html")
            for name, (width, scheme, height, section) in PICTURES.items():
                browser.open(page, width=width, scheme=scheme)
                shown = io.BytesIO(browser.picture(height=height, section=section))
                Image.open(shown).convert("RGB").quantize(COLOURS).save(into / f"{name}.png", optimize=True)
    finally:
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Give the folder that wcheck reproduce wrote: python docs/screenshots.py DIR")
    main(Path(sys.argv[1]))
