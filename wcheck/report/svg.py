"""Vector figures as part of a page: known elements and attributes alone, no style attributes, names of their own."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias
from xml.etree import ElementTree

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

POINTS = 5000
"""Marks of a figure up to which each is an element of its own; where there are more, all of them are one image."""
FEW = 20
"""Marks of one series up to which it stays as it is, as ticks and keys do."""
ELEMENTS = frozenset(
    ("clipPath", "defs", "g", "image", "path", "pattern", "rect", "svg", "text", "tspan", "use")
)
"""What a figure is made of; anything else is left out, with what is in it."""
PRESENTATION = frozenset(
    (
        "clip-rule", "fill", "fill-opacity", "fill-rule", "font-family", "font-size", "font-stretch",
        "font-style", "font-variant", "font-weight", "image-rendering", "opacity", "stroke",
        "stroke-dasharray", "stroke-dashoffset", "stroke-linecap", "stroke-linejoin", "stroke-miterlimit",
        "stroke-opacity", "stroke-width", "text-anchor",
    )
)  # fmt: skip
"""Declarations of style that are attributes, too: a page that allows only its own styles still shows them."""
ATTRIBUTES = PRESENTATION | frozenset(
    (
        "clip-path", "clipPathUnits", "d", "height", "href", "id", "patternUnits", "preserveAspectRatio",
        "transform", "viewBox", "width", "x", "y",
    )
)  # fmt: skip
NO_MARKS = ("None", "none", " ", "", None)
FONTS = "'DejaVu Sans', Verdana, sans-serif"
"""Verdana is as wide as the font that the layout was made for."""
DARK: Mapping[str, str] = MappingProxyType(
    {
        "#000000": "#f2f4f7", "#333333": "#d9dde3", "#444444": "#b9c0ca", "#bbbbbb": "#6b7482", "#cccccc": "#545d6a",
        "#e8e8e8": "#333b46", "#ffffff": "#161a20", "#0072b2": "#5aa2f5", "#d55e00": "#ff8b45", "#009e73": "#35c99b",
        "#cc79a7": "#e79ccb", "#e69f00": "#f2b632", "#56b4e9": "#9be0ff",
    }
)  # fmt: skip
"""The colours of the house on white -> the same on a dark page."""
Styles: TypeAlias = "Mapping[str, Mapping[str, str]]"
"""The name of an element -> its declarations: what is drawn after it has no need of the same."""
_NUMBER = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_ID = re.compile(r"[A-Za-z][\w.-]*")
_HREF = "{http://www.w3.org/1999/xlink}href"
_INCH, _PIXELS = 72, 96


@dataclass(frozen=True, slots=True)
class Vector:
    """A figure as text of a page.

    Attributes
    ----------
    text : str
        An element ``svg`` without a name: what shows it says what is to be seen.
    width, height : int
        Its size in pixels of a page.
    recoloured : bool
        Whether all its colours are those of :data:`DARK`; others, and images, are shown on white everywhere.
    """

    text: str
    width: int
    height: int
    recoloured: bool

    @property
    def file(self) -> bytes:
        """The same as a file of its own."""
        return self.text.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).encode()


def vector(figure: Figure, prefix: str) -> Vector:
    """Return a figure that was drawn by :func:`wcheck.plots.registry.draw`; its paper is transparent afterwards.

    Parameters
    ----------
    figure : Figure
        The figure; where it has more than 5,000 marks, they become an image.
    prefix : str
        What the names in it begin with: other figures of the same page have others.

    Raises
    ------
    TableError
        If it cannot be laid out.
    """
    from wcheck.plots.figure import drawable, styled

    _rasterise(figure)
    for part in figure.findobj(_is_paper):
        part.set_facecolor("none")  # type: ignore[attr-defined]
    encoded = io.BytesIO()
    with styled(), drawable("of a page"):
        figure.savefig(encoded, format="svg", bbox_inches="tight", metadata={"Date": None})
    return cleaned(encoded.getvalue().decode(), prefix)


def cleaned(svg: str, prefix: str) -> Vector:
    """Return what of a figure may stand in a page."""
    root = ElementTree.fromstring(svg)
    box = [float(number) for number in root.get("viewBox", "0 0 1 1").split()]
    width, height = (round(size / _INCH * _PIXELS) for size in box[2:])
    styles = {
        each.get("id", ""): dict(_declared(each.get("style", "")))
        for each in root.iter()
        if "id" in each.attrib
    }
    text = "".join(_written(root, prefix, styles))
    inside = text.partition(">")[2]
    colours = set(_COLOUR.findall(" ".join(re.findall(r'(?:fill|stroke)="([^"]*)"', inside))))
    start = (
        f'<svg viewBox="{" ".join(f"{number:g}" for number in box)}" width="{width}" height="{height}" '
        'stroke-linejoin="round" stroke-linecap="butt" aria-hidden="true" focusable="false">'
    )
    return Vector(start + inside, width, height, "<image" not in inside and colours <= DARK.keys())


def _written(element: ElementTree.Element, prefix: str, styles: Styles) -> Iterator[str]:
    """Yield an element, and what is in it, as text; groups that say nothing are left out."""
    name = _name(element)
    if name not in ELEMENTS:
        return
    attributes = dict(_attributes(element, prefix, styles))
    inside = "".join(
        [
            escape(_kept(element.text, name)),
            *(
                part
                for child in element
                for part in (*_written(child, prefix, styles), escape(_kept(child.tail, name)))
            ),
        ]
    )
    if name in ("g", "defs") and (not attributes or not inside):
        yield inside if name == "g" or not inside else f"<defs>{inside}</defs>"
        return
    said = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
    yield f"<{name}{said}>{inside}</{name}>"


def _attributes(element: ElementTree.Element, prefix: str, styles: Styles) -> Iterator[tuple[str, str]]:
    name = _name(element)
    for key, value in element.attrib.items():
        key = key.rpartition("}")[2]
        if key == "style":
            own = styles.get(element.attrib.get(_HREF, "")[1:], {}) if name == "use" else {}
            yield from (pair for pair in _declared(value) if pair[0] not in own)
        elif key == "id":
            if name in ("path", "clipPath", "pattern") and _ID.fullmatch(value):
                yield key, f"{prefix}-{value}"
        elif key == "href":
            if value.startswith("#") and _ID.fullmatch(value[1:]):
                yield key, f"#{prefix}-{value[1:]}"
            elif name == "image" and value.startswith("data:image/png;base64,"):
                yield key, re.sub(r"\s", "", value)
        elif key == "clip-path":
            if found := re.fullmatch(r"url\(#([A-Za-z][\w.-]*)\)", value):
                yield key, f"url(#{prefix}-{found[1]})"
        elif key in ATTRIBUTES and "url(" not in value and not value.startswith("rotate(-0 "):
            yield key, _short(value) if name != "image" else value


def _declared(style: str) -> Iterator[tuple[str, str]]:
    """Yield the declarations of a style that are attributes, too."""
    for part in style.split(";"):
        key, _, value = (text.strip() for text in part.partition(":"))
        if key == "font":  # as matplotlib before 3.10 writes it
            if found := re.fullmatch(r"(?:(italic|oblique) )?(?:(\d+|bold) )?([\d.]+px) .*", value):
                named = zip(("font-style", "font-weight", "font-size"), found.groups(), strict=True)
                yield from ((name, each) for name, each in named if each)
                yield "font-family", FONTS
        elif key == "font-family":
            yield key, FONTS
        elif key in PRESENTATION and "url(" not in value:
            yield key, _short(value)


def _short(value: str) -> str:
    """Return numbers with two digits after the point, a hundredth of a 72nd of an inch; spaces in place of lines."""
    shorter = _NUMBER.sub(lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), value)
    return re.sub(r"\s+", " ", shorter).strip()


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _kept(text: str | None, name: str) -> str:
    """Return text that is shown; between other elements it is white space."""
    return text if text and name in ("text", "tspan") and (name == "tspan" or text.strip()) else ""


def _is_paper(artist: Artist) -> bool:
    """Whether something has a ground of its own, which is white: a figure, a part of one, a panel."""
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

    return isinstance(artist, Axes | FigureBase)


def _rasterise(figure: Figure) -> None:
    """Make an image of all marks where they are many: each would be an element."""
    marked = {artist: marks for artist in figure.findobj() if (marks := _marks(artist)) >= FEW}
    if sum(marked.values()) > POINTS:
        for artist in marked:
            artist.set_rasterized(True)


def _marks(artist: Artist) -> int:
    """Return the number of marks that an artist draws."""
    import numpy as np
    from matplotlib.collections import PathCollection
    from matplotlib.lines import Line2D

    if isinstance(artist, PathCollection):
        return len(np.asarray(artist.get_offsets()))
    if isinstance(artist, Line2D) and artist.get_marker() not in NO_MARKS:
        return len(np.asarray(artist.get_xdata()))
    return 0
