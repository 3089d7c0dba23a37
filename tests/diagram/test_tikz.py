"""A picture for LaTeX has each box, text and line of the scene in its place, and no text in it is a command.

Where pdfLaTeX is installed, pictures are typeset, and have their size.
"""

import re
import shutil
import subprocess

import keras
import pytest
from support.pictures import picture
from support.sizes import weightless
from test_drawio import assert_near
from test_hostile_names import NAMES

from keras_cnns.diagram.draw.geometry import bounds
from keras_cnns.diagram.draw.scene import Circle, Line, Polygon, Rectangle, Scene, Text
from keras_cnns.diagram.output.figure import figure
from keras_cnns.diagram.output.tex_letters import tex_text
from keras_cnns.diagram.output.tikz import to_tex, to_tikz
from keras_cnns.diagram.output.wires import Wire
from keras_cnns.visualize import plot_model

PICTURES = {
    "lenet_5": {},
    "resnet50": {"show_shapes": True},
    "inception_v3": {"rankdir": "TB", "background": "dark"},
    "resnext50": {"width": "12cm", "background": "transparent"},
}
PLACE = r"\(([-\d.]+),([-\d.]+)\)"
HELD = re.compile(rf"\\path {PLACE} node\[([^\]]*)\] \((\w+)\) \{{\}};")
NODE = re.compile(r"\\node\[(?P<look>(?:[^\[\]]|\{.*?\})*)\] at \((?P<place>[-\w.,]+)\) \{(?P<text>.*)\};")
SHAPES = (
    Rectangle(60, 20, 40, 30, "#00ff00", "#ff0000"),
    Polygon(((10, 60), (30, 60), (50, 20), (30, 20)), "#00ff00"),
    Circle(150, 35, 10, "#0000ff"),
    Line(((100, 35), (120, 35), (120, 10)), arrow=True, thickness=3, colour="#123456"),
    Text(80, 27, "two", 12, 20, bold=True, colour="#654321"),
    Text(80, 42, "lines × → [2cm]", 12, 20, bold=True, colour="#654321"),
)
SCENE = Scene("Shapes\n\\evil", 200, 80, SHAPES, ground=None)
HOSTILE = [
    r"\input{/etc/passwd}",
    r"\write18{id}",
    r"}\end{tikzpicture}\undefined{",
    "^^5cinput ^^M %\n\\par",
    "{{}{ $ $$ # #1 & ~ _ ^",
    "a--b ,, `` '' ?` -> \"x\" [12cm] \\\\[3cm]",
    "日本 ∑ \U0001f600 Ð ß é \x1b[31m\x00",
]


def corners(x, y, look):
    size = re.findall(r"minimum (?:width|height)=([\d.]+)bp", look)
    across, down = (float(side) / 0.75 / 2 for side in size or (0, 0))
    return x - across, y - down, x + across, y + down


def places(text):
    """The corners of the places that lines hold, in pixels, by name."""
    found = HELD.findall(text)
    return {name: corners(float(x), float(y), look) for x, y, look, name in found}


def nodes(text):
    """The look of each node, its corners where it has a size, and its text."""
    held, found = places(text), []
    for line in text.splitlines():
        if line.startswith(r"\node"):
            node = NODE.fullmatch(line)
            assert node, line
            if node["place"] in held:
                area = held[node["place"]]
                x, y = (area[0] + area[2]) / 2, (area[1] + area[3]) / 2
            else:
                x, y = map(float, node["place"].split(","))
            found.append((node["look"], corners(x, y, node["look"]), node["text"]))
    return found


def plain(text):
    """What is read of a text in LaTeX, by the rules of LaTeX that it keeps to."""
    text = re.sub(r"\\fit\{[\d.]+bp\}\{(.*?)\}(?= \\\\ |$)", r"\1", text)
    text = re.sub(r"\\letters\{(.*?)\}\{.*?\}(?!\})", r"\1", text)
    signs = {
        r"$\times$": "×",
        r"$\rightarrow$": "→",
        r"\ldots{}": "…",
        r"$\cdot$": "·",
        "{[}": "[",
        "--": "–",
    }
    for written, sign in signs.items():
        text = text.replace(written, sign)
    return re.sub(r"\\([&%$#_{}])", r"\1", text)


@pytest.mark.parametrize("name", PICTURES)
def test_everything_is_in_its_place(name):
    scene = picture(name, **PICTURES[name]).scene
    text = to_tikz(scene)
    drawn = [(look, area) for look, area, _ in nodes(text) if "minimum" in look]
    areas = [one for one in scene.shapes if isinstance(one, (Rectangle, Circle))]
    assert_near([area for _, area in drawn], [*map(bounds, areas)])
    fills = sorted(re.search(r"fill=hex(\w+)", look)[1] for look, _ in drawn)
    assert fills == sorted(one.fill[1:] for one in areas)
    words = [line for _, _, inside in nodes(text) for line in plain(inside).split(r" \\ ") if line]
    assert sorted(words) == sorted(one.string for one in scene.shapes if isinstance(one, Text))
    size = re.search(r"bounding box\] \(0,0\) rectangle \(([\d.]+),([\d.]+)\);", text).groups()
    assert tuple(map(float, size)) == pytest.approx((scene.width, scene.height), abs=0.01)
    assert (r"\fill[" in text) == bool(scene.ground)


def test_what_is_painted_on_a_line_is_on_it():
    """A box in the middle of a line that is not its own comes after that."""
    shapes = (
        Line(((0, 20), (100, 20))),
        Rectangle(40, 10, 20, 20, "#ffffff"),
        Rectangle(100, 0, 9, 40, None),
    )
    text = to_tikz(Scene("", 110, 40, shapes))
    assert text.index(r"\draw") < text.index(r"\node[rectangle, fill=hexffffff")


@pytest.mark.parametrize("name", PICTURES)
def test_lines_hold_boxes(name):
    """A line begins and ends at the names of what it leads from and to, and turns where the scene says."""
    scene = picture(name, **PICTURES[name]).scene
    text = to_tikz(scene)
    anchors = {}
    for name, (left, top, right, bottom) in places(text).items():
        x, y = (left + right) / 2, (top + bottom) / 2
        anchors |= {f"{name}.west": (left, y), f"{name}.east": (right, y)}
        anchors |= {f"{name}.north": (x, top), f"{name}.south": (x, bottom)}
    ways, held = [], 0
    for line in re.findall(r"^\\draw\[.*\] (\(.*\));$", text, re.MULTILINE):
        stops = line[1:-1].split(") -- (")
        held += sum(stop in anchors for stop in stops)
        ways.append([anchors.get(stop) or tuple(map(float, stop.split(","))) for stop in stops])
    wires = [one for one in figure(scene).items() if isinstance(one, Wire)]
    assert_near([sum(way, ()) for way in ways], [sum(wire.line.points, ()) for wire in wires])
    assert held == sum(end is not None for wire in wires for end in (wire.start, wire.end))


def test_every_kind_of_shape():
    text = to_tikz(SCENE)
    assert text == to_tikz(SCENE)
    assert (
        r"\path[fill=hex00ff00, box, draw=hex000000, line join=round] (10,60) -- (30,60) -- (50,20)" in text
    )
    assert r"\draw[hex123456, line width=2.25bp, -{Triangle[length=18bp, width=12.6bp]}] (box1.east)" in text
    assert r"\bfseries] at (box1) {two \\ lines $\times$ $\rightarrow$ {[}2cm]};" in text
    assert "circle, fill=hex0000ff" in text and "% Shapes \\textbackslash{}evil\n" in text


def test_what_is_beside_a_box_begins_there():
    """The legend's words are not centred, whatever the font is, and captions are."""
    scene = picture("lenet_5", **PICTURES["lenet_5"]).scene
    begins = {one.string: one.x - one.width / 2 for one in scene.shapes if isinstance(one, Text)}
    found = {inside: (look, area[0]) for look, area, inside in nodes(to_tikz(scene))}
    for word in ("convolution", "pooling", "dense", "softmax"):
        look, x = found[rf"\fit{{{fitted(scene, word)}bp}}{{{word}}}"]
        assert "anchor=west" in look and x == pytest.approx(begins[word], abs=0.01)
    assert not any("anchor" in look for word, (look, _) in found.items() if "trainable" in word)


def fitted(scene, word):
    """How wide a word is at most, in points."""
    (text,) = [one for one in scene.shapes if isinstance(one, Text) and one.string == word]
    return f"{text.width * 0.75:.2f}".rstrip("0").rstrip(".")


def commands(text):
    return set(re.findall(r"\\([a-zA-Z]+|.)", text))


WORDS = "textbackslash textasciitilde textasciicircum letters times rightarrow leftarrow ldots cdot"
SAFE = {*"&%$#_{}", *re.findall(r"\w+", WORDS)}


@pytest.mark.parametrize("name", [*HOSTILE, *NAMES])
def test_no_text_is_a_command(name):
    written = tex_text(name)
    assert commands(written) <= SAFE
    depth = 0
    for sign in re.findall(r"\\.|[{}]", written):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        assert depth >= 0
    assert depth == 0
    assert not re.search(r"(?<!\\)[%#&_]|\^|~|--|''|``|,,|[?!]`", written.replace("{}", "\0"))


def test_names_are_text():
    for name in HOSTILE:
        inputs = keras.Input((4, 4, 3))
        layer = keras.layers.Conv2D(2, 3, name=name.replace("/", ""))
        scene = plot_model(
            keras.Model(inputs, layer(inputs), name=name.replace("/", "")), show_layer_names=True
        ).scene
        text = to_tikz(scene)
        assert text.replace("\n", "").isprintable()
        assert text.splitlines()[1] == "% " + tex_text(name.replace("/", ""))
        assert text.count(r"\end{tikzpicture}") == 1


def test_written_by_its_suffix(tmp_path):
    picture = plot_model(weightless("lenet_5"), tmp_path / "a.tex")
    picture.save(tmp_path / "b.tikz")
    whole, part = ((tmp_path / name).read_text(encoding="utf-8") for name in ("a.tex", "b.tikz"))
    assert (whole, part) == (to_tex(picture.scene), to_tikz(picture.scene))
    assert r"\documentclass{standalone}" in whole and "documentclass" not in part


def has_package(file):
    found = shutil.which("kpsewhich") and subprocess.run(["kpsewhich", file], capture_output=True).stdout
    return bool(found)


def typeset(document, folder):
    """Return what LaTeX says, which stops at the first error."""
    (folder / "a.tex").write_text(document, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "a.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=120)
    words = done.stdout.decode(errors="replace")
    assert done.returncode == 0, words[-2000:]
    return words


if shutil.which("pdflatex") and has_package(
    "tikz.sty"
):  # not skipped elsewhere: then there is nothing to test

    def test_a_document_takes_pictures_in(tmp_path):
        """Each has its size, one with the names of others, too."""
        lines = [Text(300, 12 * i, name, 10, 300) for i, name in enumerate((*HOSTILE, *NAMES), 1)]
        scenes = [picture(name, **options).scene for name, options in PICTURES.items()]
        scenes += [SCENE, Scene("names", 700, 12 * len(lines) + 20, tuple(lines))]
        document = r"\documentclass{article}\usepackage{tikz}\usetikzlibrary{arrows.meta}\begin{document}"
        for number, scene in enumerate(scenes):
            (tmp_path / f"{number}.tikz").write_text(to_tikz(scene), encoding="utf-8")
            document += rf"\setbox1=\hbox{{\input{{{number}.tikz}}\unskip}}"
            document += r"\typeout{[\the\wd1,\the\ht1]}\shipout\box1 "
        said = typeset(document + r"\end{document}", tmp_path)
        sizes = [tuple(map(float, pair)) for pair in re.findall(r"\[([\d.]+)pt,([\d.]+)pt\]", said)]
        point = 72.27 / 96  # TeX's own, of which an inch has more
        assert sizes == [pytest.approx((s.width * point, s.height * point), abs=0.5) for s in scenes]

    if has_package("standalone.cls"):

        def test_a_document_of_its_own(tmp_path):
            said = typeset(to_tex(picture("resnet50").scene), tmp_path)
            assert "(1 page" in said
