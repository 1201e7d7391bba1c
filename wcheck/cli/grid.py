"""Columns of text side by side: which of them fit a width, and the lines that they make."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

GAP = 2
"""Blanks between two columns."""
TEXT_WIDTH = 20
"""Characters to which a column of text may shrink, where it is folded; a number is never folded."""


@dataclass(frozen=True, slots=True)
class Strip:
    """A column of a table as texts.

    Attributes
    ----------
    name, header : str
        What the column is called in rows, and what stands over it.
    cells : sequence of str
        Its texts, from top to bottom.
    is_number : bool
        Whether they are numbers, which stand at the right and are never folded.
    """

    name: str
    header: str
    cells: Sequence[str]
    is_number: bool

    @property
    def natural(self) -> int:
        """The width that it would have."""
        return max(map(_length, (self.header, *self.cells)))

    @property
    def least(self) -> int:
        """The width that it must have."""
        return self.natural if self.is_number else max(len(self.header), min(self.natural, TEXT_WIDTH))


def fitting(keys: Sequence[Strip], others: Sequence[Strip], width: int) -> list[Strip]:
    """Return the columns that fit a width: the first of the others, then as many keys, then as many others.

    The last ones go first, and all that is there stays in its order, keys before others.
    """
    chosen = list(others[:1])
    for key in keys:
        if _least([*chosen, key]) <= width:
            chosen.append(key)
    for other in others[1:]:
        if _least([*chosen, other]) > width:
            break
        chosen.append(other)
    return [strip for strip in (*keys, *others) if strip in chosen]


def blocks(keys: Sequence[Strip], others: Sequence[Strip], width: int) -> Iterator[list[Strip]]:
    """Yield all columns in parts that each fit a width, with the keys that leave half of it before every part."""
    part = fitting(keys, others, width)
    yield part
    rest = [strip for strip in (*keys, *others) if strip not in part]
    repeated = fitting([], keys, width // 2)
    while rest:
        part = fitting(repeated, [strip for strip in rest if strip not in repeated], width)
        yield part
        rest = [strip for strip in rest if strip not in part]


def drawn(strips: Sequence[Strip], width: int, *, rule: str = "─") -> Iterator[str]:
    """Yield the lines of a table, its head and a rule first; texts are folded where the width asks for it."""
    widths = _widths(strips, width)
    yield _line([strip.header for strip in strips], strips, widths)
    yield rule * (sum(widths) + GAP * (len(strips) - 1))
    for cells in zip(*(strip.cells for strip in strips), strict=True):
        parts = [
            [cell] if strip.is_number else folded(cell, room)
            for cell, strip, room in zip(cells, strips, widths, strict=True)
        ]
        for line in range(max(map(len, parts))):
            yield _line([part[line] if line < len(part) else "" for part in parts], strips, widths)


def folded(text: str, width: int, indent: int = 0) -> list[str]:
    """Return the lines of a text, broken between words where that is possible; the second and later ones indented."""
    if _length(text) <= width:
        return [text]
    from rich.console import Console
    from rich.text import Text

    console = Console(width=width)
    first, *more = (line.plain.rstrip() for line in Text(text).wrap(console, max(1, width), overflow="fold"))
    if not more or not indent:
        return [first, *more]
    rest = Text(text[len(first) :].lstrip()).wrap(console, max(1, width - indent), overflow="fold")
    return [first, *(" " * indent + line.plain.rstrip() for line in rest)]


def _widths(strips: Sequence[Strip], width: int) -> list[int]:
    """Return the width of each column: what is to spare goes to the texts that want it, in equal parts."""
    widths = [strip.least for strip in strips]
    spare = width - _least(strips)
    while hungry := [place for place, strip in enumerate(strips) if widths[place] < strip.natural]:
        share = spare // len(hungry)
        if share == 0:
            break
        for place in hungry:
            more = min(share, strips[place].natural - widths[place])
            widths[place] += more
            spare -= more
    return widths


def _least(strips: Sequence[Strip]) -> int:
    return sum(strip.least for strip in strips) + GAP * (len(strips) - 1)


def _line(cells: Sequence[str], strips: Sequence[Strip], widths: Sequence[int]) -> str:
    padded = []
    for cell, strip, width in zip(cells, strips, widths, strict=True):
        blanks = " " * (width - _length(cell))
        padded.append(blanks + cell if strip.is_number else cell + blanks)
    return (" " * GAP).join(padded).rstrip()


def _length(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)
