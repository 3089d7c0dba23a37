"""A polygon is in its place in every format, below what is painted later and above what came before."""

from dataclasses import fields
from functools import partial
from xml.etree import ElementTree

import pytest
from support.pdf_reader import read
from test_graphviz import engine, pixels  # noqa: F401

from keras_cnns.diagram.draw.fragments import moved, turned
from keras_cnns.diagram.draw.geometry import bounds, in_ink, mirrored, z_order
from keras_cnns.diagram.draw.print_width import SCALE, to_scale
from keras_cnns.diagram.draw.scene import Circle, Line, Polygon, Rectangle, Scene, Text
from keras_cnns.diagram.output.pdf import to_pdf
from keras_cnns.diagram.output.svg import to_svg

WHITE, RED, GREEN, BLUE, BLACK = (255,) * 3, (255, 0, 0), (0, 255, 0), (0, 0, 255), (0,) * 3
# A leaning face with a part of a rectangle under it, a triangle on it, and a rectangle and a line on that.
LEANING = Polygon(((20, 80), (60, 80), (100, 20), (60, 20)), "#00ff00", tooltip="a & b")
SCENE = Scene(
    "Faces",
    200,
    100,
    (
        Rectangle(10, 10, 60, 80, "#ff0000", None),
        Line(((10, 40), (190, 40)), arrow=True, thickness=4),
        Circle(80, 40, 9, "#0000ff"),
        LEANING,
        Polygon(((40, 80), (60, 80), (60, 60)), "#0000ff", None),
        Text(150, 70, "×N", 20, 26.0),
        Rectangle(50, 70, 20, 6, "#000000"),
    ),
)
COLOURS = {
    (5, 5): WHITE,
    (20, 20): RED,
    (26, 76): GREEN,  # on the rectangle, in the lower left corner
    (78, 30): GREEN,  # on the circle
    (88, 28): GREEN,
    (24, 40): BLACK,  # the line leads under the face
    (60, 40): GREEN,
    (110, 40): BLACK,
    (90, 80): WHITE,  # right of the leaning side
    (57, 66): BLUE,
    (60, 73): BLACK,
}


def test_bitmaps(engine, tmp_path):  # noqa: F811
    from keras_cnns.diagram.output.graphviz_engines import render
    from keras_cnns.diagram.output.pydot_graph import to_dot

    render(to_dot(SCENE), tmp_path / "a.png")
    image = pixels(tmp_path / "a.png")
    assert image.size == pytest.approx((200, 100), abs=2)
    assert {place: image.getpixel(place) for place in COLOURS} == COLOURS


def test_pdf():
    paths = read(to_pdf(SCENE)).paths
    looks = [
        (path.painted, path.fill, [point[1:] for point in path.points if point[0] in "ml"])
        for path in paths
        if len(path.points) > 2 and path.points[-1][0] == "h"
    ]
    near = partial(pytest.approx, abs=0.02)
    faces = [look for look in looks if look[1] in ("#00ff00", "#0000ff")]
    assert faces == [
        ("B", "#00ff00", [near(corner) for corner in ((20, 80), (60, 80), (100, 20), (60, 20))]),
        ("f", "#0000ff", [near(corner) for corner in ((40, 80), (60, 80), (60, 60))]),
    ]
    assert {path.join for path in paths if path.fill == "#00ff00" and path.painted == "B"} == {1}
    starts = [path.points[0][1:] for path in paths]
    order = [near(start) for start in ((10, 10), (10, 40), (20, 80), (40, 80), (50, 70))]
    assert (places := [starts.index(start) for start in order]) == sorted(places)


def test_svg():
    root = ElementTree.fromstring(to_svg(SCENE))
    faces = root.findall(".//{*}polygon")
    assert [face.get("points") for face in faces] == ["20,80 60,80 100,20 60,20", "40,80 60,80 60,60"]
    assert [face.get("stroke") for face in faces] == ["#000000", None]
    assert faces[0][0].text == "a & b"
    kinds = [element.tag.split("}")[1] for element in root.find("{*}g")]
    assert kinds == ["rect", "path", "path", "circle", "polygon", "polygon", "text", "rect"]


def test_helpers():
    assert bounds(LEANING) == (20, 20, 100, 80)
    assert moved(LEANING, 1, 2).points[0] == (21, 82)
    assert turned(LEANING).points[2] == (20, 100)
    assert mirrored(LEANING, 200, 100, "RL").points[0] == (180, 80)
    assert mirrored(LEANING, 200, 100, "BT").points[0] == (20, 20)
    assert in_ink(LEANING, "#f0f0f0").stroke == "#f0f0f0"
    assert to_scale([LEANING])[0].points[0] == (20 * SCALE, 80 * SCALE)
    assert z_order(LEANING) == z_order(Rectangle(0, 0, 1, 1, None))
    for change in (moved(LEANING, 1, 2), turned(LEANING), *to_scale([LEANING])):
        assert (change.fill, change.stroke, change.tooltip) == ("#00ff00", "#000000", "a & b")


@pytest.mark.parametrize("kind", [Rectangle, Circle, Polygon, Line, Text])
def test_a_shape_that_is_moved_or_turned_keeps_all_else(kind):
    """Each field has a value of its own, those that a shape may be given later included."""
    place = {"points": ((1.0, 2.0), (3.0, 5.0)), "x": 1.0, "y": 2.0, "arrow": True, "bold": True}
    given = {
        one.name: place.get(one.name, i + 7.0 if one.type == "float" else f"value {i}")
        for i, one in enumerate(fields(kind))
    }
    shape = kind(**given)
    assert moved(moved(shape, 3.0, 4.0), -3.0, -4.0) == shape
    assert turned(turned(shape)) == shape
