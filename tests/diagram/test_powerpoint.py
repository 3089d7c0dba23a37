"""A slide has boxes with their text, connectors glued to the right ones, and groups, as python-pptx reads it.

Where LibreOffice is installed, it draws the slide as the scene says.
"""

import io
import shutil
import subprocess
import zipfile
from collections import defaultdict

import keras
import pytest
from PIL import Image
from support.pictures import picture
from support.sizes import weightless
from support.slides import read
from test_drawio import assert_near

from keras_cnns.diagram.draw.geometry import bounds
from keras_cnns.diagram.draw.scene import Circle, Line, Polygon, Rectangle, Scene, Text
from keras_cnns.diagram.output import powerpoint
from keras_cnns.diagram.output.figure import figure
from keras_cnns.diagram.output.powerpoint import to_pptx
from keras_cnns.diagram.output.wires import Wire, is_bracket
from keras_cnns.safe_text import one_line
from keras_cnns.visualize import plot_model

PICTURES = {
    "lenet_5": {},
    "resnet50": {"show_shapes": True},
    "inception_v3": {"rankdir": "TB", "show_shapes": True, "show_params": True},
    "resnext50": {"background": "dark", "rankdir": "BT"},
    "inception_v1": {"rankdir": "RL"},
    "xception": {"width": "12cm", "background": "transparent"},
}
DOT = 2.0  # a joint is no larger
# Joints, and not boxes, have neither border nor text and are of the size of a line's thickness.


def slide(scene):
    return read(io.BytesIO(to_pptx(scene)))


def is_joint(shape):
    left, top, right, bottom = shape.corners
    return right - left < DOT and bottom - top < DOT


@pytest.mark.parametrize("name", PICTURES)
def test_everything_is_in_its_place(name):
    scene = picture(name, **PICTURES[name]).scene
    seen = slide(scene)
    assert seen.size == pytest.approx((scene.width, scene.height), abs=0.01)
    assert (seen.title, seen.ground) == (scene.title, scene.ground)
    areas = [one for one in scene.shapes if not isinstance(one, (Line, Text))]
    drawn = [one for one in seen.shapes.values() if one.kind in ("rect", "ellipse", "freeform") and one.fill]
    drawn = [one for one in drawn if not is_joint(one)]
    assert_near([one.corners for one in drawn], [*map(bounds, areas)])
    assert sorted(one.fill for one in drawn) == sorted(one.fill for one in areas)
    words = [line for one in seen.shapes.values() for line in one.text.split("\n") if line]
    assert sorted(words) == sorted(one.string for one in scene.shapes if isinstance(one, Text))


@pytest.mark.parametrize("name", PICTURES)
def test_connectors_are_glued_to_what_their_lines_lead_to(name):
    """Every end is at a place of its shape, and by way of joints they join the boxes that the lines join."""
    scene = picture(name, **PICTURES[name]).scene
    seen = slide(scene)
    after, heads = defaultdict(list), set()
    for number, line in enumerate(seen.connectors):
        for glue, at in ((line.start, line.points[0]), (line.end, line.points[-1])):
            if glue:
                assert seen.shapes[glue[0]].sites[glue[1]] == pytest.approx(at, abs=0.01)
        ends = [glue and glue[0] for glue in (line.start, line.end)]
        assert any(ends)
        after[ends[0] or f"from {number}"].append(ends[1] or f"to {number}")
        heads |= {ends[1]} if line.arrow else set()
    found = set()
    for start in [one for one in after if not (one in seen.shapes and is_joint(seen.shapes[one]))]:
        ahead, passed = [*after[start]], set()
        while ahead:
            at = ahead.pop()
            assert at not in passed or not is_joint(seen.shapes[at])  # no way leads round
            passed.add(at)
            if at in seen.shapes and is_joint(seen.shapes[at]):
                ahead += after[at]
            else:
                found.add((place(seen, start), place(seen, at)))
    wires = [one for one in figure(scene).items() if isinstance(one, Wire) and not is_bracket(one.line)]
    expected = {tuple(end and tuple(map(round, end.corners)) for end in (w.start, w.end)) for w in wires}
    assert found == expected
    assert not any(one and is_joint(seen.shapes[one]) for one in heads)


def place(seen, end):
    return tuple(map(round, seen.shapes[end].corners)) if end in seen.shapes else None


def test_a_group_for_each_module():
    seen = slide(picture("inception_v3").scene)
    modules = {"Stem", "Inception-A", "Inception-B", "Inception-C", "Reduction-A", "Reduction-B"}
    large = [group for group in seen.groups if len(group.shapes) > 5]
    assert sorted(group.name for group in large) == sorted(modules)
    (module,) = [group for group in large if group.name == "Inception-A"]
    assert {"Inception-A", "conv 5×5", "avg-pool\n3×3", "concat", "×2"} <= set(texts_in(module))


def texts_in(group):
    """The texts in a group and in the groups in it."""
    for shape in group.shapes:
        if hasattr(shape, "shapes"):
            yield from texts_in(shape)
        elif shape.has_text_frame:
            yield shape.text_frame.text


def test_captions_are_in_a_group_with_their_box():
    seen = slide(picture("alexnet", show_shapes=True).scene)
    found = [(group.name, [*texts_in(group)]) for group in seen.groups]
    assert ("input", ["input", "227×227×3"]) in found
    beside = [shape.text for shape in seen.shapes.values() if shape.kind == "text" and "×" in shape.text]
    assert len(beside) > 5 and {*beside} <= {text for _, inside in found for text in inside}


@pytest.mark.parametrize("name", ["lenet_5", "alexnet", "resnet50"])
def test_lines_between_solids_are_glued_to_them(name):
    """Every connector begins and ends at a place of a face, a window, a ball or a joint."""
    seen = slide(picture(name, style="volumes").scene)
    assert len(seen.connectors) > 20
    for line in seen.connectors:
        for glue, at in ((line.start, line.points[0]), (line.end, line.points[-1])):
            assert seen.shapes[glue[0]].sites[glue[1]] == pytest.approx(at, abs=0.32)
    drawn = [one for one in seen.shapes.values() if one.name == "line"]  # brackets and the edges of sheets
    assert len(drawn) == {"lenet_5": 10, "alexnet": 0, "resnet50": 8}[name]


def test_badges_and_cards_are_in_a_group_with_their_box():
    seen = slide(picture("resnext50").scene)
    inside = [
        [shape.text_frame.text for shape in group.shapes if shape.has_text_frame] for group in seen.groups
    ]
    assert ["", "", "conv 3×3", "B", "R"] in inside


def test_every_kind_of_shape():
    shapes = (
        Polygon(((10, 60), (30, 60), (50, 20), (30, 20)), "#00ff00", tooltip="a <face>"),
        Rectangle(60, 20, 40, 30, None, "#ff0000"),
        Circle(150, 35, 10, "#0000ff"),
        Line(((100, 28), (140, 28)), arrow=True, thickness=3, colour="#123456"),
        Line(((0, 5), (10, 10), (20, 0))),
        Text(80, 35, "two", 12, 20, bold=True, colour="#654321"),
    )
    scene = Scene("Shapes", 200, 80, shapes, ground=None)
    assert to_pptx(scene) == to_pptx(scene)
    seen = slide(scene)
    by_name = {one.corners: one for one in seen.shapes.values()}
    assert by_name[10, 20, 50, 60].kind == "freeform" and by_name[10, 20, 50, 60].description == "a <face>"
    box = by_name[60, 20, 100, 50]
    assert (box.text, box.fill, len(box.sites)) == ("two", None, 5)  # a place more, where the line leaves it
    assert by_name[140, 25, 160, 45].kind == "ellipse"
    assert by_name[0, 0, 20, 10].kind == "freeform"
    (line,) = seen.connectors
    assert (line.start, line.end, line.arrow) == ((box.id, 4), None, True)


def test_what_is_too_large_for_a_slide_is_smaller():
    """A side has 1 to 56 inches."""
    words = Text(6000, 25, "a", 12, 7)
    seen = slide(Scene("wide", 12_000, 50, (words,)))
    assert seen.size == pytest.approx((56 * 96, 96))
    (text,) = seen.shapes.values()
    assert (text.corners[0] + text.corners[2]) / 2 == pytest.approx(56 * 48, abs=0.1)


HOSTILE = ["<a:t>&lt;", "]]><a:t>", "_x0041_ \x1b[31m\x00\x0b", '" onclick="', "日本 → \U0001f600"]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_text(name):
    inputs = keras.Input((4, 4, 3))
    model = keras.Model(inputs, keras.layers.Conv2D(2, 3, name=name.replace("/", ""))(inputs), name=name)
    file = to_pptx(plot_model(model, show_layer_names=True).scene)
    seen = read(io.BytesIO(file))
    assert seen.title == one_line(name)
    assert one_line(name.replace("/", "")) in [one.text for one in seen.shapes.values()]
    tags = zipfile.ZipFile(io.BytesIO(file)).read("ppt/slides/slide1.xml").decode()
    assert tags.replace("\n", "").isprintable()


def test_without_python_pptx(tmp_path, monkeypatch):
    """The message comes before any work, and says what to install."""
    monkeypatch.setattr(powerpoint, "is_installed", lambda: False)
    with pytest.raises(
        ValueError, match=r"'a.pptx' needs python-pptx, .*: pip install \"keras-cnns\[pptx\]\""
    ):
        plot_model(weightless("lenet_5"), tmp_path / "a.pptx")
    assert [*tmp_path.iterdir()] == []


def test_written_by_its_suffix(tmp_path):
    picture = plot_model(weightless("lenet_5"), tmp_path / "a.pptx")
    assert (tmp_path / "a.pptx").read_bytes() == to_pptx(picture.scene)


if shutil.which("soffice"):  # not skipped elsewhere: then there is nothing to test

    def test_libreoffice_draws_what_the_scene_says(tmp_path):
        """Each area has its colour up to its corners and not beyond, each line its own all along."""
        model = weightless("inception_v3")
        options = {"a": {}, "b": {"rankdir": "BT", "background": "dark"}}
        scenes = {name: plot_model(model, **chosen).scene for name, chosen in options.items()}
        files = [tmp_path / f"{name}.pptx" for name in scenes]
        for file, scene in zip(files, scenes.values()):
            file.write_bytes(to_pptx(scene))
        command = ["soffice", f"-env:UserInstallation={(tmp_path / 'home').as_uri()}", "--headless"]
        command += ["--convert-to", "png", "--outdir", tmp_path, *files]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        for name, scene in scenes.items():
            assert_drawn(scene, Image.open(tmp_path / f"{name}.png").convert("RGB"))


def assert_drawn(scene, picture):
    scale = picture.width / scene.width
    assert picture.height / scene.height == pytest.approx(scale, rel=0.01)
    ink = scene.shapes[-1].colour

    def near(x, y, colour, reach):
        """Whether a pixel there, or as near as `reach`, has nearly this colour."""
        around = [(x + a, y + b) for a in (-reach, 0, reach) for b in (-reach, 0, reach)]
        seen = [picture.getpixel((int(a * scale), int(b * scale))) for a, b in around]
        asked = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        # Of a line between two pixels each has a half.
        far = 150 if reach else 20
        return any(max(abs(a - b) for a, b in zip(pixel, asked)) < far for pixel in seen)

    areas = [one for one in scene.shapes if isinstance(one, Rectangle)]
    assert len(areas) > 60
    for area in areas:
        left, top, right, bottom = bounds(area)
        x, y = (left + right) / 2, (top + bottom) / 2
        inside = [(left + 3, y), (right - 3, y), (x, top + 3), (x, bottom - 3)]
        corners = [(a, b) for a in (left + 3, right - 3) for b in (top + 3, bottom - 3)]
        # A badge may be at the corner of a box, and a line lead into the side of a panel.
        for x, y in inside if area.stroke else corners:
            assert near(x, y, area.fill, 0), (area, x, y)
        if area.stroke:
            sides = [(left, top + 12), (right, top + 12), (left + 12, top), (left + 12, bottom)]
            assert all(near(x, y, ink, 1) for x, y in sides), area
    for line in [one for one in scene.shapes if isinstance(one, Line)]:
        for (a, b), (c, d) in zip(line.points, line.points[1:]):
            for share in (0.2, 0.4, 0.6, 0.8):
                assert near(a + share * (c - a), b + share * (d - b), ink, 1), (line, share)
