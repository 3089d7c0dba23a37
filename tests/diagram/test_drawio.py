"""The drawing for draw.io is a sound file with each box, its text and each wire of the scene in its place."""

import re

import keras
import pytest
from support.drawio import read
from support.pictures import picture
from support.sizes import weightless

from keras_cnns.diagram.draw.geometry import bounds
from keras_cnns.diagram.draw.scene import Circle, Line, Polygon, Rectangle, Scene, Text
from keras_cnns.diagram.output.drawio import to_drawio
from keras_cnns.diagram.output.figure import figure
from keras_cnns.diagram.output.wires import Wire
from keras_cnns.safe_text import one_line
from keras_cnns.visualize import plot_model

PICTURES = {
    "lenet_5": {},
    "resnet50": {"show_shapes": True},
    "inception_v3": {"rankdir": "TB"},
    "resnext50": {"background": "dark", "rankdir": "RL"},
    "xception": {"width": "12cm", "background": "transparent"},
}


def rounded(rows):
    """Rows of places, to a tenth of a pixel, in an order that does not depend on less."""
    return sorted([round(10 * number) for number in row] for row in rows)


def assert_near(one, other):
    assert len(one) == len(other)
    for a, b in zip(rounded(one), rounded(other)):
        assert a == pytest.approx(b, abs=1)


@pytest.mark.parametrize("name", PICTURES)
def test_everything_is_in_its_place(name):
    scene = picture(name, **PICTURES[name]).scene
    drawing = read(to_drawio(scene))
    assert drawing.size == (pytest.approx(scene.width, abs=1), pytest.approx(scene.height, abs=1))
    assert (drawing.name, drawing.ground) == (scene.title, scene.ground)
    areas = [one for one in scene.shapes if not isinstance(one, (Line, Text))]
    drawn = [cell for cell in drawing.vertices() if cell.style.keys().isdisjoint(("group", "text"))]
    assert_near([cell.corners for cell in drawn], [*map(bounds, areas)])
    words = [line for cell in drawing.vertices() for line in cell.label.split("\n") if line]
    assert sorted(words) == sorted(one.string for one in scene.shapes if isinstance(one, Text))
    wires = [item for item in figure(scene).items() if isinstance(item, Wire)]
    assert_near([sum(edge.points, ()) for edge in drawing.edges()], [sum(w.line.points, ()) for w in wires])


def test_texts_are_in_boxes_and_connectors_hold_them():
    drawing = read(to_drawio(picture("resnet50").scene))
    labels = {cell.id: cell.label for cell in drawing.vertices()}
    joined = {(labels.get(edge.source), labels.get(edge.target)) for edge in drawing.edges()}
    assert ("input", "conv 7×7") in joined and ("conv 7×7", "max-pool\n3×3") in joined
    assert ("identity block", "conv block") in joined  # out of brackets
    assert {(None, "conv 1×1"), (None, "add"), ("conv 1×1", "add"), ("add", None)} <= joined
    assert "input" in labels.values() and "B" in labels.values()


def test_a_group_for_each_module():
    drawing = read(to_drawio(picture("resnet50").scene))
    plain = [cell for cell in drawing.vertices() if cell.style.get("strokeColor") == "none"]
    groups = [cell.parent for cell in plain if cell.style["fillColor"] != "none"]
    assert len(groups) == 2 and all("group" in drawing.cells[group].style for group in groups)
    for group in groups:
        inside = [cell for cell in drawing.cells.values() if group in above(drawing, cell)]
        labels = sorted(cell.label for cell in inside if len(cell.label) > 1)
        assert labels[:2] == ["add", "conv 1×1"] and labels[-1].endswith("block")
        ids = {cell.id for cell in inside}
        ends = {end for cell in inside for end in (cell.source, cell.target) if end}
        assert ends <= ids  # what is connected moves together


def above(drawing, cell):
    """The cells with which one moves."""
    found = []
    while cell.parent in drawing.cells:
        cell = drawing.cells[cell.parent]
        found.append(cell.id)
    return found


def test_captions_move_with_their_box():
    drawing = read(to_drawio(picture("alexnet", show_shapes=True).scene))
    captions = [cell for cell in drawing.vertices() if "text" in cell.style and "×" in cell.label]
    assert len(captions) > 5
    for caption in captions:
        parent = drawing.cells[caption.parent]
        beside = [cell for cell in drawing.cells.values() if cell.parent == parent.id]
        kinds = {"text" if "text" in cell.style else "wire" if cell.points else "box" for cell in beside}
        assert "group" in parent.style and kinds in (
            {"text", "box"},
            {"text", "wire"},
        )  # or a bracket's count


@pytest.mark.parametrize("name", ["lenet_5", "alexnet", "resnet18"])
def test_lines_between_solids_hold_them(name):
    """Each solid is a group that holds its faces and words; every line leads from one to another."""
    drawing = read(to_drawio(picture(name, style="volumes").scene))
    faces = [cell for cell in drawing.vertices() if "polyCoords" in cell.style]
    for tooltip in {face.tooltip for face in faces} - {""}:
        (group,) = {face.parent for face in faces if face.tooltip == tooltip}
        assert "group" in drawing.cells[group].style
    leading = [edge for edge in drawing.edges() if len(edge.points) != 4 or "blockThin" in str(edge.style)]
    assert len(leading) > 10
    for edge in leading:
        assert edge.source and edge.target
    between = [edge for edge in leading if edge.parent == "1"]
    assert all(drawing.cells[e.source].parent != drawing.cells[e.target].parent for e in between)


def test_bends_are_round():
    drawing = read(to_drawio(picture("resnet18", style="volumes").scene))
    bent = [edge for edge in drawing.edges() if edge.style.get("rounded") == "1"]
    assert len(bent) == 7 and {edge.style["arcSize"] for edge in bent} == {"16"}
    assert {len(edge.points) for edge in bent} <= {4, 5}


def test_what_is_on_a_box_moves_with_it():
    drawing = read(to_drawio(picture("resnext50").scene))
    badge = next(cell for cell in drawing.vertices() if cell.label == "R")
    assert drawing.cells[badge.parent].label.startswith("conv")
    grouped = next(cell for cell in drawing.vertices() if len(near_size(drawing, cell)) == 3)
    assert len({cell.parent for cell in near_size(drawing, grouped)}) == 1
    assert "group" in drawing.cells[grouped.parent].style


def near_size(drawing, cell):
    """The cells that are hardly beside one."""
    return [
        other
        for other in drawing.vertices()
        if "rounded" in other.style
        and max(abs(a - b) for a, b in zip(other.corners, cell.corners)) < 10
        and other.style.get("fillColor") == cell.style.get("fillColor")
    ]


def test_every_kind_of_shape():
    corners = ((10.0, 60.0), (30.0, 60.0), (50.0, 20.0), (30.0, 20.0))
    shapes = (
        Polygon(corners, "#00ff00", tooltip="a face"),
        Rectangle(60, 20, 40, 30, None, "#ff0000"),
        Circle(150, 35, 10, "#0000ff"),
        Line(((100, 35), (140, 35)), arrow=True, thickness=3, colour="#123456"),
        Text(80, 35, "two", 12, 20, bold=True, colour="#654321"),
    )
    text = to_drawio(Scene("Shapes", 200, 80, shapes, ground=None))
    assert text == to_drawio(Scene("Shapes", 200, 80, shapes, ground=None))
    drawing = read(text)
    assert drawing.ground is None
    face, box, disc = (cell for cell in drawing.vertices())
    assert face.corners == (10, 20, 50, 60) and face.tooltip == "a face"
    assert face.style["polyCoords"] == "[[0.0,1.0],[0.5,1.0],[1.0,0.0],[0.5,0.0]]"
    assert (box.label, box.style["fillColor"], box.style["strokeColor"]) == ("two", "none", "#ff0000")
    assert (box.style["fontColor"], box.style["fontStyle"], box.style["fontSize"]) == ("#654321", "1", "12")
    assert "ellipse" in disc.style
    (edge,) = drawing.edges()
    assert (edge.source, edge.target) == (box.id, None)
    assert (edge.style["strokeColor"], edge.style["strokeWidth"]) == ("#123456", "3")


HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "]]><!--",
    'a";html=1;fillColor=red;x="',
    "%id% $$x$$ \x1b[31m\x00 &amp;\nb",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_text(name):
    """No label is read as HTML, as a style, a formula or a placeholder."""
    inputs = keras.Input((4, 4, 3))
    model = keras.Model(inputs, keras.layers.Conv2D(2, 3, name=name.replace("/", ""))(inputs), name=name)
    text = to_drawio(plot_model(model, show_layer_names=True).scene)
    assert text.replace("\n", "").isprintable()
    drawing = read(text)
    assert drawing.name == one_line(name)
    assert one_line(name)[:20] in " ".join(cell.label for cell in drawing.vertices())
    for cell in drawing.cells.values():
        if "group" not in cell.style:
            assert cell.style["html"] == "0" and "whiteSpace" not in cell.style and "x" not in cell.style
        assert not re.search("[<>]", cell.tooltip)  # draw.io shows it as HTML
    assert 'math="0"' in text and "placeholders" not in text


def test_written_by_its_suffix(tmp_path):
    picture = plot_model(weightless("lenet_5"), tmp_path / "a.drawio")
    assert (tmp_path / "a.drawio").read_text(encoding="utf-8") == to_drawio(picture.scene)
    with pytest.raises(ValueError, match=r"must end in \.png, .*, \.drawio.*; got 'a.drawing'"):
        picture.save("a.drawing")
    with pytest.raises(ValueError, match=r"must end in \.png"):
        plot_model(weightless("lenet_5"), tmp_path / "b.drawio", detail="layers")
