"""Graphviz draws a scene as it stands, by each engine that is installed, or says clearly why not."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import keras
import pytest
from PIL import Image, ImageChops
from support.pdf_reader import read

from keras_cnns.diagram.draw.scene import Circle, Line, Rectangle, Scene, Text
from keras_cnns.diagram.output import graphviz_engines
from keras_cnns.diagram.output.graphviz_engines import render
from keras_cnns.diagram.output.pydot_graph import to_dot

pydot = pytest.importorskip("pydot")

HERE = {
    "graphviz-pure": shutil.which("graphviz-pure", path=os.pathsep.join(graphviz_engines._script_folders())),
    "dot": shutil.which("dot"),
}
WHITE, RED, GREEN, BLUE, BLACK = (255,) * 3, (255, 0, 0), (0, 255, 0), (0, 0, 255), (0,) * 3

SCENE = Scene(
    "Pile",
    200,
    100,
    (
        Rectangle(10, 10, 80, 80, "#ff0000", None),
        Line(((0, 50), (50, 50), (50, 20), (190, 20)), arrow=True, thickness=4),
        Rectangle(20, 40, 40, 20, "#00ff00"),
        Circle(60, 60, 10, "#0000ff"),
        Text(150, 70, "×N bold", 20, 73.9, bold=True),
    ),
)
HOSTILE = [
    "\\N \\G \\T \\E \\l\\n \\",
    "<b>bold</b>",
    "<<table><tr><td>x</td></tr></table>>",
    "&amp; &lt; &#65; &",
    '"',
    '\\"',
    '"quoted"',
    '];} digraph { node [label="x"]; //',
    "{a|<b>c}",
    "日本語 ×→ \U0001f600",
    "x" * 10_000,
]


def needs(engine):
    return pytest.mark.skipif(not HERE[engine], reason=f"{engine} is not installed")


@pytest.fixture(params=[pytest.param(name, marks=needs(name)) for name in HERE])
def engine(request, monkeypatch):
    """Only this engine is there."""
    leave_only(monkeypatch, request.param)
    return request.param


def leave_only(monkeypatch, *names):
    def commands(layout, kind, every=graphviz_engines._commands):
        for command in every(layout, kind):
            if Path(command[0]).stem in names:
                yield command

    monkeypatch.setattr(graphviz_engines, "_commands", commands)


def run_instead(monkeypatch, *scripts):
    """Engines that are Python scripts, in the place of all others."""
    commands = [[sys.executable, "-c", script] for script in scripts]
    monkeypatch.setattr(graphviz_engines, "_commands", lambda layout, kind: commands)


def pixels(path):
    with Image.open(path) as image:
        return image.convert("RGB")


def any_graph(**attributes):
    dot = pydot.Dot("any", **attributes)
    dot.add_edge(pydot.Edge("a", "b"))
    return dot


def test_import_needs_no_pydot():
    modules = "keras_cnns.diagram.output.pydot_graph, keras_cnns.diagram.output.graphviz_engines"
    code = f"import sys; sys.modules['pydot'] = None; import {modules}"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_pydot(monkeypatch):
    monkeypatch.setitem(sys.modules, "pydot", None)
    with pytest.raises(ImportError, match=r'pip install "keras-cnns\[plot\]"'):
        to_dot(SCENE)


@pytest.mark.parametrize("size, dpi, expected", [((201, 99), 96, (201, 99)), ((201, 99), 192, (402, 198))])
def test_bitmap_has_the_size_of_the_scene(engine, tmp_path, size, dpi, expected):
    render(to_dot(Scene("", *size, ())), tmp_path / "a.png", dpi)
    image = pixels(tmp_path / "a.png")
    # Graphviz 2, which is what many systems have as dot, rounds to whole points.
    assert image.size == pytest.approx(expected, abs=dpi / 72 if engine == "dot" else 0)
    assert [colour for _, colour in image.getcolors()] == [WHITE]


def test_shapes_are_in_their_places_and_later_ones_on_top(engine, tmp_path):
    render(to_dot(SCENE), tmp_path / "a.png")
    image = pixels(tmp_path / "a.png")
    colours = {
        (5, 5): WHITE,
        (15, 15): RED,
        (12, 11): RED,
        (88, 88): RED,
        (91, 88): WHITE,
        (5, 50): BLACK,  # the line, outside of the boxes
        (15, 50): BLACK,  # on the first box
        (30, 50): GREEN,  # under the second
        (50, 30): BLACK,
        (100, 20): BLACK,
        (60, 60): BLUE,  # the circle is on top of the corner
        (52, 58): BLUE,
        (72, 60): RED,
    }
    assert {place: image.getpixel(place) for place in colours} == colours


def test_tip_of_an_arrow_is_the_last_point(engine, tmp_path):
    render(to_dot(SCENE), tmp_path / "a.png", dpi=960)
    row = pixels(tmp_path / "a.png").crop((0, 200, 2000, 201))
    last = max(x for x in range(2000) if row.getpixel((x, 0)) == BLACK)
    # Graphviz 2 lets the outline of the head go beyond the tip, by one and a half thicknesses of the line.
    assert last == pytest.approx(1900, abs=60 if engine == "dot" else 5)


@needs("graphviz-pure")
def test_text_is_centred(tmp_path, monkeypatch):
    """Only where the font is known: others are wider or narrower than Arial."""
    leave_only(monkeypatch, "graphviz-pure")
    render(to_dot(SCENE), tmp_path / "a.png")
    image = pixels(tmp_path / "a.png").crop((95, 40, 200, 100))
    left, top, right, bottom = ImageChops.invert(image).getbbox()
    assert 95 + (left + right) / 2 == pytest.approx(150, abs=1.5)
    assert 40 + (top + bottom) / 2 == pytest.approx(70, abs=2.5)
    assert right - left == pytest.approx(73.9, abs=3)


@pytest.mark.parametrize("string", HOSTILE, ids=range(len(HOSTILE)))
def test_any_string_is_shown_and_nothing_else(engine, tmp_path, string):
    shapes = Text(50, 50, string, 12, 40), Rectangle(0, 0, 9, 9, "#ff0000", tooltip=string)
    path = tmp_path / "a.svg"
    render(to_dot(Scene(string, 100, 100, shapes)), path)
    svg = ElementTree.parse(path).getroot()
    assert [text.text for text in svg.iter("{http://www.w3.org/2000/svg}text")] == [string]
    assert len(list(svg.iter("{http://www.w3.org/2000/svg}polygon"))) == 3  # Graphviz' ground, ours, the box


def test_line_breaks_and_control_characters(engine, tmp_path):
    render(to_dot(Scene("\x00", 100, 100, (Text(50, 50, "a\nb\x07\ud800c", 12, 40),))), tmp_path / "a.svg")
    svg = ElementTree.parse(tmp_path / "a.svg").getroot()
    assert [text.text for text in svg.iter("{http://www.w3.org/2000/svg}text")] == [r"a b\x07\ud800c"]


KINDS = [(name, kind) for name in HERE for kind in ("png", "jpg", "svg", "pdf", "dot")]


@pytest.mark.parametrize(
    ("engine", "kind"),
    [pytest.param(*each, marks=needs(each[0])) for each in KINDS],
    indirect=["engine"],
)
def test_same_scene_same_bytes(engine, tmp_path, kind):
    for name in "ab":
        render(to_dot(SCENE), tmp_path / f"{name}.{kind}")
    one, other = ((tmp_path / f"{name}.{kind}").read_bytes() for name in "ab")
    assert one == other
    assert one.startswith(
        {"png": b"\x89PNG", "jpg": b"\xff\xd8", "pdf": b"%PDF", "svg": b"<?xml", "dot": b"digraph"}[kind]
    )


def test_pdf_has_no_date_and_the_size_of_the_graph(engine, tmp_path):
    render(any_graph(), tmp_path / "a.PDF", dpi=300)
    pdf, svg = (tmp_path / "a.PDF").read_bytes(), graphviz_engines.picture(any_graph(), "a.svg")
    sides = [float(side) for side in re.search(rb'width="(\d+)pt" height="(\d+)pt"', svg).groups()]
    page = read(pdf)
    assert [0.75 * page.width, 0.75 * page.height] == pytest.approx(sides, abs=1)
    assert [words.string for words in page.words] == ["a", "b"]
    assert not re.search(rb"D:20\d\d", pdf)


@needs("graphviz-pure")
def test_letters_without_any_font(tmp_path, monkeypatch):
    """A bare container: the picture is the same, letters and all."""
    leave_only(monkeypatch, "graphviz-pure")
    monkeypatch.setenv("FONTCONFIG_FILE", str(no_fonts(tmp_path)))
    monkeypatch.setenv("HOME", str(tmp_path))
    render(to_dot(SCENE), tmp_path / "without.png")
    monkeypatch.undo()
    leave_only(monkeypatch, "graphviz-pure")
    render(to_dot(SCENE), tmp_path / "with.png")
    assert (tmp_path / "with.png").read_bytes() == (tmp_path / "without.png").read_bytes()
    assert ImageChops.invert(pixels(tmp_path / "without.png").crop((100, 55, 195, 85))).getbbox()


def no_fonts(folder):
    path = folder / "fonts.conf"
    path.write_text('<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig></fontconfig>')
    return path


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_without_an_engine_nothing_is_written(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(ValueError, match=r'pip install "keras-cnns\[plot\]"'):
        render(to_dot(SCENE), tmp_path / f"a.{kind}")
    render(to_dot(SCENE), tmp_path / "a.dot")
    assert [path.name for path in tmp_path.iterdir()] == ["a.dot"]


@pytest.mark.parametrize("name", ["a", "a.bmp", "a.docx", "png"])
def test_unknown_suffix(tmp_path, name):
    with pytest.raises(ValueError, match=r"must end in \.png"):
        render(to_dot(SCENE), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_resolution_must_be_positive(tmp_path):
    with pytest.raises(ValueError, match="dpi"):
        render(to_dot(SCENE), tmp_path / "a.png", dpi=0)


@pytest.mark.parametrize(
    "script",
    [
        "import sys; print('half'); sys.exit('out of ink')",
        "import sys; print('other'); print('Error: out of ink', file=sys.stderr)",
        "import sys; sys.stderr.write('out of ink')",
    ],
    ids=["fails", "says it failed", "writes nothing"],
)
def test_failing_engine_leaves_the_old_file_alone(tmp_path, monkeypatch, script):
    (tmp_path / "a.svg").write_text("old")
    run_instead(monkeypatch, script)
    with pytest.raises(RuntimeError, match="out of ink"):
        render(to_dot(SCENE), tmp_path / "a.svg")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.svg", "old")]


def test_crash_of_an_engine_is_an_error_and_the_next_one_draws(tmp_path, monkeypatch):
    crash, draw = "import os; os.abort()", "import sys; sys.stdin.read(); print('<svg/>')"
    run_instead(monkeypatch, crash)
    with pytest.raises(RuntimeError, match="exit status"):
        render(to_dot(SCENE), tmp_path / "a.svg")
    run_instead(monkeypatch, crash, draw)
    render(to_dot(SCENE), tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_text().strip() == "<svg/>"


def test_engine_that_cannot_be_started(tmp_path, monkeypatch):
    monkeypatch.setattr(graphviz_engines, "_commands", lambda layout, kind: [[str(tmp_path / "gone")]])
    with pytest.raises(RuntimeError, match="gone"):
        render(to_dot(SCENE), tmp_path / "a.svg")


def test_other_edges_where_right_angles_crash(tmp_path, monkeypatch):
    last_word = "re.findall('splines=(.*);', sys.stdin.read())[-1]"
    run_instead(monkeypatch, f"import re, sys; word = {last_word}; print(word); sys.exit(word == 'ortho')")
    render(any_graph(splines="ortho"), tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_text().strip() == "polyline"


def test_resolution_is_for_bitmaps_only(engine, tmp_path):
    """With dpi=200 Graphviz 2.43 shows a part of an SVG."""
    render(any_graph(dpi=200), tmp_path / "a.svg", dpi=200)
    svg = ElementTree.parse(tmp_path / "a.svg").getroot()
    width, height = (float(svg.get(side).removesuffix("pt")) for side in ("width", "height"))
    assert [float(number) for number in svg.get("viewBox").split()] == pytest.approx(
        [0, 0, width, height], abs=1
    )
    render(any_graph(dpi=200), tmp_path / "a.png", dpi=36)
    assert pixels(tmp_path / "a.png").size == pytest.approx((width / 2, height / 2), abs=2)


def test_long_graph_is_drawn_at_a_resolution_that_fits(engine, tmp_path):
    dot = to_dot(Scene("", 40_000, 4, (Rectangle(0, 0, 40_000, 4, "#ff0000", None),)))
    with pytest.warns(UserWarning, match=r"drawn at 78 dpi, not 96.*svg"):
        render(dot, tmp_path / "a.png")
    image = pixels(tmp_path / "a.png")
    assert image.size == (pytest.approx(40_000 * 78 / 96, abs=1), 3)
    assert image.getpixel((image.width - 2, 1)) == RED


def test_graph_too_large_to_read(engine, tmp_path):
    with pytest.raises(ValueError, match="too large.*svg"):
        render(to_dot(Scene("", 100_000, 4, ())), tmp_path / "a.png")
    with pytest.raises(ValueError, match="too large.*svg"):
        render(to_dot(Scene("", 40_000, 40_000, ())), tmp_path / "a.png")
    assert not list(tmp_path.iterdir())


def test_keras_graph_has_the_same_bytes_each_time(tmp_path):
    """Keras names the nodes by their addresses, which are others in each run."""
    models = []
    for name in "ab":
        keras.utils.clear_session()
        inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)], name="inner")
        models.append(keras.Sequential([keras.Input((4,)), inner, keras.layers.Dense(2, name="123456789")]))
        dot = keras.utils.model_to_dot(models[-1], show_layer_names=True, expand_nested=True)
        render(dot, tmp_path / f"{name}.dot")
    text = (tmp_path / "a.dot").read_text()
    assert text == (tmp_path / "b.dot").read_text()
    assert len(re.findall(r"\d{6,}", text)) == text.count("<b>123456789</b>") == 1
    assert "\nlayer1 -> layer2" in text
