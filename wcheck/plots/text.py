"""Text by its size: how wide it is, and where its lines break."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

WORD = re.compile(r"(?:(?<!\\)\$(?:\\\$|[^$])*\$|[^\s$]|\\\$|\$)+")
"""What no line breaks: formulas count as one word."""
HINTED = 1.04
"""How much wider letters may be once they are set on pixels."""
LINE = 1.25
"""The height of a line, in sizes of its font."""


@functools.lru_cache(4096)
def inches_of(text: str, size: float) -> float:
    """Return the width of a line of text whose font has this size, in points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    formula = len(re.findall(r"(?<!\\)\$", text)) > 1
    shown = text if formula else text.replace(r"\$", "$")
    width, _, _ = TextToPath().get_text_width_height_descent(shown, FontProperties(size=size), formula)
    return HINTED * width / 72


def wrapped(text: str, inches: float, size: float) -> str:
    """Return text whose lines are at most so wide; a word that is wider is broken."""
    return "\n".join(line for part in text.split("\n") for line in _lines(part, inches, size))


def height_of(text: str, size: float) -> float:
    """Return the height of text in inches."""
    return (text.count("\n") + 1) * LINE * size / 72


def _lines(text: str, inches: float, size: float) -> Iterator[str]:
    line = ""
    for word in WORD.findall(text):
        for place, piece in enumerate(_pieces(word, inches, size)):
            longer = f"{line} {piece}" if line else piece
            if line and (place > 0 or inches_of(longer, size) > inches):
                yield line
                line = piece
            else:
                line = longer
    yield line


def _pieces(word: str, inches: float, size: float) -> Iterator[str]:
    """Yield a word, in pieces where it is wider than a line; formulas stay whole."""
    if "$" not in word:
        while len(word) > 1 and inches_of(word, size) > inches:
            length = max(1, int(len(word) * inches / inches_of(word, size)))
            while length > 1 and inches_of(word[:length], size) > inches:
                length -= 1
            at = max(word.rfind(mark, length // 3, length) for mark in "/_-:,")
            length = at + 1 if at > 0 else length
            yield word[:length]
            word = word[length:]
    yield word
