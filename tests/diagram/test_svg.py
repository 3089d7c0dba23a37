"""The SVG of a scene says what the scene says, whatever strings are in it."""

import re
from math import dist
from xml.etree import ElementTree

import pytest

from keras_cnns.diagram.draw.scene import Circle, Line, Rectangle, Scene, Text
from keras_cnns.diagram.output.svg import to_svg

NAMESPACE = "{http://www.w3.org/2000/svg}"

HOSTILE = [
    '"><script>alert(1)</script>',
    "</text><rect/>&lt;&amp;&#0;",
    "' onload='x",
    "]]><![CDATA[",
    "<!-- -- >",
    "\\N \\G \\",
    "日本語 ×→ \U0001f600",
    "x" * 10_000,
]


def parsed(*shapes, title="", width=100, height=50):
    return ElementTree.fromstring(to_svg(Scene(title, width, height, shapes)))


def all_of(svg, tag):
    return list(svg.iter(NAMESPACE + tag))


def points_of(path):
    numbers = [float(number) for number in re.findall(r"-?[\d.]+", path.get("d"))]
    return list(zip(numbers[::2], numbers[1::2]))


def test_size_ground_and_title():
    svg = parsed(title="LeNet-5", width=640.5, height=200)
    assert (svg.get("width"), svg.get("height"), svg.get("viewBox")) == ("640.5", "200", "0 0 640.5 200")
    assert (svg.get("role"), svg.get("aria-label")) == ("img", "LeNet-5")
    assert svg[0].tag == NAMESPACE + "title" and svg[0].text == "LeNet-5"
    assert svg[1].attrib == {"width": "640.5", "height": "200", "fill": "#ffffff"}


def test_shapes_keep_their_order():
    box, circle = Rectangle(0, 0, 10, 10, "#e06666"), Circle(10, 0, 3, "#ffff00")
    text, line = Text(5, 5, "conv", 12, 25), Line(((0, 0), (9, 9)))
    group = all_of(parsed(line, box, circle, text, box), "g")[0]
    tags = [element.tag.removeprefix(NAMESPACE) for element in group]
    assert tags == ["path", "rect", "circle", "text", "rect"]


def test_box():
    _, rect = all_of(parsed(Rectangle(1.004, -0.001, 10.126, 20, "#e06666")), "rect")
    expected = {"x": "1", "y": "0", "width": "10.13", "height": "20", "fill": "#e06666", "stroke": "#000000"}
    assert rect.attrib == expected


def test_box_without_colours():
    _, rect = all_of(parsed(Rectangle(0, 0, 1, 1, None, stroke=None)), "rect")
    assert rect.get("fill") == "none" and rect.get("stroke") is None


def test_circle():
    (circle,) = all_of(parsed(Circle(3, 4, 5.5, "#ffff00")), "circle")
    expected = {"cx": "3", "cy": "4", "r": "5.5", "fill": "#ffff00", "stroke": "#000000"}
    assert circle.attrib == expected


@pytest.mark.parametrize(
    "shape", [Rectangle(0, 0, 1, 1, None, tooltip="a\nb"), Circle(0, 0, 1, "#ffffff", "a\nb")]
)
def test_tooltip(shape):
    assert [title.text for title in all_of(parsed(shape, title="all"), "title")] == ["all", "a\nb"]


def test_text_is_centred_and_fits_its_width_in_any_font():
    plain, bold = all_of(parsed(Text(5, 6, "a b", 12, 25), Text(0, 0, "c", 9.5, 5, True, "#ff0000")), "text")
    assert plain.text == "a b"
    assert plain.attrib == {
        "x": "5",
        "y": "6",
        "dy": "0.35em",
        "font-size": "12",
        "fill": "#000000",
        "textLength": "25",
        "lengthAdjust": "spacingAndGlyphs",
    }
    assert (bold.get("font-weight"), bold.get("fill"), bold.get("font-size")) == ("bold", "#ff0000", "9.5")
    assert all_of(parsed(), "g")[0].get("text-anchor") == "middle"


def test_line():
    (path,) = all_of(parsed(Line(((0, 0), (10, 0), (10, 20)), thickness=2)), "path")
    assert points_of(path) == [(0, 0), (10, 0), (10, 20)]
    assert (path.get("fill"), path.get("stroke"), path.get("stroke-width")) == ("none", "#000000", "2")


@pytest.mark.parametrize("end", [(60, 0), (0, 60), (-30, -40), (1, 0)])
def test_tip_of_an_arrow_is_the_last_point(end):
    shaft, head = (points_of(path) for path in all_of(parsed(Line(((0, 0), end), arrow=True)), "path"))
    tip, left, right = head
    assert tip == end
    assert dist(tip, left) == pytest.approx(dist(tip, right), abs=0.02)
    # The blunt end of the shaft is inside the head, and the shaft does not run backwards.
    assert 0 < dist(shaft[-1], tip) < dist(left, tip)
    assert dist((0, 0), shaft[-1]) + dist(shaft[-1], tip) == pytest.approx(dist((0, 0), tip), abs=0.02)


@pytest.mark.parametrize("points", [(), ((1, 1),), ((1, 1), (1, 1))])
def test_line_of_no_length_is_not_drawn(points):
    assert not all_of(parsed(Line(points, arrow=True)), "path")


def test_repeated_points_do_not_turn_an_arrow():
    once, twice = (
        Line(points, arrow=True) for points in (((0, 0), (9, 9)), ((0, 0), (0, 0), (9, 9), (9, 9)))
    )
    assert to_svg(Scene("", 10, 10, (once,))) == to_svg(Scene("", 10, 10, (twice,)))


@pytest.mark.parametrize("string", HOSTILE, ids=range(len(HOSTILE)))
def test_any_string_is_shown_and_nothing_else(string):
    shapes = Text(5, 5, string, 12, 25, colour=string), Rectangle(0, 0, 9, 9, string, string, string)
    svg = parsed(*shapes, title=string)
    _, rect = all_of(svg, "rect")
    (text,) = all_of(svg, "text")
    shown = [svg.get("aria-label"), text.text, text.get("fill"), rect.get("fill"), rect.get("stroke")]
    assert shown + [title.text for title in all_of(svg, "title")] == [string] * 7
    assert len(list(svg.iter())) == 7


def test_what_cannot_be_seen_is_written_out():
    """Much of it XML 1.0 forbids altogether."""
    every = "".join(map(chr, [*range(0x20), 0x7F, 0x85, 0xD7FF, 0xD800, 0xDFFF, 0xFFFE, 0xFFFF, 0x10FFFF]))
    svg = parsed(Text(0, 0, every, 12, 25), Rectangle(0, 0, 9, 9, None, tooltip=every), title=every)
    texts = [all_of(svg, "text")[0].text, *(title.text for title in all_of(svg, "title"))]
    assert all(text.replace("\t", "").replace("\n", "").isprintable() for text in texts)
    for escape in (r"\x00", r"\x1b", r"\x7f", r"\ud7ff", r"\ud800", r"\ufffe", r"\U0010ffff"):
        assert all(escape in text for text in texts), escape
    assert all(text.count("\n") == 1 for text in texts[1:])


@pytest.mark.parametrize("string", ["", "  ", "\n", "\x85"])
def test_blank_text_is_not_drawn(string):
    assert not all_of(parsed(Text(0, 0, string, 12, 0)), "text")


def test_pictures_can_share_a_page():
    """No ids, no style sheets, nothing fetched."""
    text = to_svg(Scene("t", 9, 9, (Line(((0, 0), (9, 9)), arrow=True), Rectangle(0, 0, 1, 1, "#ffffff"))))
    assert not re.search(r'\bid="|<style|<defs|href|url\(', text)


def test_small():
    boxes = tuple(Rectangle(i / 3, 0, 10, 10, "#e06666") for i in range(100))
    assert len(to_svg(Scene("", 100, 100, boxes))) < 100 * 100
