"""Figures as part of a page: what is kept of them, what is not, and which colours they have in the dark."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.figure import Figure

from tests.plots import frames
from wcheck.plots.figure import styled
from wcheck.plots.registry import draw
from wcheck.report.svg import DARK, ELEMENTS, POINTS, cleaned, vector

PAPER = "#161a20"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 72 36">{}</svg>'


def contrast(one, other):
    """The contrast of two colours, 1 to 21 (WCAG 2.2)."""
    shares = [[int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)] for colour in (one, other)]
    linear = [[c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in each] for each in shares]
    high, low = sorted((np.dot(each, (0.2126, 0.7152, 0.0722)) for each in linear), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_that_of_the_standard():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_all_that_is_drawn_is_seen_in_the_dark():
    """Text needs a contrast of 4.5; what is drawn faintly on white is faint in the dark."""
    for light, dark in DARK.items():
        if light == "#ffffff":
            assert dark == PAPER
        else:
            assert contrast(dark, PAPER) > min(4.5, 0.8 * contrast(light, "#ffffff")), light


@pytest.fixture(scope="module", params=["oracle", "sweep", "samples", "brackets"])
def drawn(request):
    return request.param, vector(draw(frames.FRAMES[request.param](), request.param), "f")


def test_figures_of_all_kinds_are_well_formed_without_styles(drawn):
    kind, found = drawn
    root = ElementTree.fromstring(found.file)
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert {"svg", "path", "text"} <= tags <= ELEMENTS
    keys = {key for element in root.iter() for key in element.attrib}
    assert not {"style", "class", "onload"} & keys
    assert len(root.findall(".//{*}text")) > 3
    names = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(names) == len(set(names))
    assert all(name.startswith("f-") for name in names)
    wanted = set(re.findall(r'href="#([^"]+)"', found.text)) | set(re.findall(r"url\(#([^)]+)\)", found.text))
    assert wanted <= set(names)
    assert found.recoloured == (kind != "sweep")  # whose lines have the colours of a scale
    assert found.width == pytest.approx(7.4 * 96, abs=30)


def test_a_figure_is_the_same_twice():
    found = [vector(draw(frames.FRAMES["brackets"](), "brackets"), "f") for _ in range(2)]
    assert found[0] == found[1]


@pytest.mark.parametrize(("points", "image"), [(POINTS // 2, False), (POINTS // 2 + 1, True)])
def test_many_marks_become_one_image(points, image):
    with styled():
        figure = Figure()
        axes = figure.subplots()
    x = np.linspace(0, 1, points)
    axes.scatter(x, x, color="#0072b2")
    axes.plot(x, x, linestyle="none", marker=".", color="#0072b2")
    axes.plot(
        np.linspace(0, 1, 3 * POINTS), np.linspace(0, 1, 3 * POINTS), color="#0072b2"
    )  # a line of any length stays one
    found = vector(figure, "f")
    assert ("<image" in found.text) == image
    assert ("data:image/png;base64," in found.text) == image
    assert found.recoloured != image
    assert len(found.text) < 400_000


def test_what_is_not_of_a_figure_is_left_out():
    inside = (
        "<script>x</script><style>x</style><foreignObject>x</foreignObject><a href='javascript:1'>x</a>"
        "<g onload='x' class='x'><path d='M 0 0' style='fill: url(http://a); stroke: #000000; position: fixed'/></g>"
        "<image xlink:href='http://a/b.png'/><use xlink:href='http://a#b'/><path id='&quot;x' clip-path='url(http://a)'/>"
        '<text>&lt;script&gt; &amp; "</text>'
    )
    found = cleaned(SVG.format(inside), "f")
    assert found.text.partition(">")[2] == (
        '<path d="M 0 0" stroke="#000000"></path><image></image><use></use><path></path>'
        "<text>&lt;script&gt; &amp; &quot;</text></svg>"
    )
    assert (found.width, found.height) == (96, 48)


def test_marks_keep_what_their_shape_does_not_say():
    shape = "<defs><path id='m' d='M 0 0' style='stroke: #0072b2'/></defs>"
    mark = "<use xlink:href='#m' x='1.23456' y='2' style='fill: #0072b2; stroke: #0072b2'/>"
    text = cleaned(SVG.format(shape + mark), "f").text
    assert '<use href="#f-m" x="1.23" y="2" fill="#0072b2"></use>' in text


def test_the_short_form_of_a_font_is_written_out():
    text = cleaned(
        SVG.format("<text style=\"font: italic 700 9px 'X'; text-anchor: middle\">a</text>"), "f"
    ).text
    assert 'font-style="italic" font-weight="700" font-size="9px" font-family=' in text
