"""The PDF of a scene: a sound file with its fonts in it, of its size, with all that the SVG has."""

import shutil
import subprocess
import sys
import warnings
from itertools import product
from pathlib import Path
from xml.etree import ElementTree

import keras
import pytest
from support.pdf_reader import read
from support.sizes import weightless

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.scene import Circle, Line, Rectangle, Scene, Text
from keras_cnns.diagram.output import pdf as pdf_writer
from keras_cnns.diagram.output import scene_file, system_fonts
from keras_cnns.diagram.output.pdf import to_pdf
from keras_cnns.diagram.output.pdf_letters import OURS, Letters
from keras_cnns.visualize import plot_model

SHAPES = (
    Rectangle(10, 10, 80, 60, "#ff0000", None),
    Rectangle(20, 30, 40, 20, None),
    Circle(60, 60, 10, "#0000ff"),
    Line(((0, 50), (50, 50), (50, 20), (190, 20)), arrow=True, thickness=4),
    Text(150, 70, "×N (bold)", 20, 80, bold=True),
    Text(150, 30, "a → é\\", 10, 40, colour="#ffffff"),
)
SCENE = Scene("Pile →", 200, 101.5, SHAPES)
NEAR = 0.02  # pixels; the file has hundredths of a point


@pytest.fixture
def no_other_fonts(monkeypatch):
    """A machine without fonts of its own."""
    monkeypatch.setattr(system_fonts, "folders", list)
    system_fonts.fonts_for.cache_clear()
    yield
    system_fonts.fonts_for.cache_clear()


@pytest.fixture
def fonts_in(monkeypatch, tmp_path):
    """A folder that is all that the machine has of fonts."""
    folder = tmp_path / "fonts"
    folder.mkdir()
    monkeypatch.setattr(system_fonts, "folders", lambda: [folder])
    system_fonts.fonts_for.cache_clear()
    yield folder
    system_fonts.fonts_for.cache_clear()


def test_a_page_of_the_size_of_the_scene_with_its_words():
    page = read(to_pdf(SCENE))
    assert (page.width, page.height) == (200, pytest.approx(101.5, abs=NEAR))
    assert [words.string for words in page.words] == ["×N (bold)", "a → é\\"]
    assert [words.colour for words in page.words] == ["#000000", "#ffffff"]
    assert page.title == "Pile →"
    assert {font.name.split("+")[1] for font in page.fonts} == {"DiagramSans", "DiagramSansBold"}
    assert all(font.is_embedded for font in page.fonts)


def test_equal_scenes_give_equal_bytes():
    assert to_pdf(SCENE) == to_pdf(Scene("Pile →", 200, 101.5, SHAPES))


def test_shapes_are_painted_in_order_on_the_ground():
    page = read(to_pdf(SCENE))
    kinds = [path.points[0][:3] for path in page.paths]
    assert kinds[:3] == [
        ("re", 0, pytest.approx(0, abs=NEAR)),
        ("re", 10, pytest.approx(10, abs=NEAR)),
        ("re", 20, pytest.approx(30, abs=NEAR)),
    ]
    looks = [(path.painted, path.fill, path.stroke) for path in page.paths]
    assert looks[0][:2] == ("f", "#ffffff") and looks[1][:2] == ("f", "#ff0000")
    assert [look[0] for look in looks] == ["f", "f", "S", "B", "S", "f"]
    line, arrow = page.paths[4:]
    assert (line.thickness, line.cap) == (4, 0) and arrow.points[0][1:] == (190, pytest.approx(20, abs=NEAR))
    assert page.drawn[-1] is page.words[-1]
    clear = read(to_pdf(Scene("", 200, 101.5, SHAPES, ground=None)))
    assert len(clear.paths) == len(page.paths) - 1


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("inception_v3", {}),
        ("resnet50", {"style": "volumes"}),
        ("lenet_5", {"background": "dark", "show_shapes": True, "show_params": True}),
        ("resnext50", {"background": "transparent", "width": "17cm"}),
    ],
)
def test_all_that_the_svg_has_is_in_its_place(name, options):
    """Texts with their places, lengths, sizes and colours; rectangles and circles."""
    picture = plot_model(weightless(name), **options)
    root, page = ElementTree.fromstring(picture.svg()), read(to_pdf(picture.scene))
    texts = [
        (float(t.get("x")) - float(t.get("textLength")) / 2, float(t.get("y")), t)
        for t in root.iter(f"{SVG}text")
    ]
    assert len(texts) == len(page.words)
    for (left, middle, text), words in zip(texts, page.words):
        size = float(text.get("font-size"))
        assert words.string == text.text and words.colour == text.get("fill")
        assert ("Bold" in words.fonts[0]) == (text.get("font-weight") == "bold")
        assert words.x == pytest.approx(left, abs=NEAR) and words.size == pytest.approx(size, abs=NEAR)
        assert words.y == pytest.approx(middle + 0.35 * size, abs=NEAR)
        assert words.width == pytest.approx(float(text.get("textLength")), rel=2e-3)
    boxes = [[float(r.get(k) or 0) for k in ("x", "y", "width", "height")] for r in root.iter(f"{SVG}rect")]
    drawn = [path for path in page.paths if path.points[0][0] == "re"]
    assert len(boxes) == len(drawn)
    for box, path in zip(boxes, drawn):
        (_, x, y), (_, width, height) = path.points
        assert (x, y, width, height) == pytest.approx(box, abs=NEAR)
    fills = [r.get("fill") for r in root.iter(f"{SVG}rect")]
    assert fills == [path.fill if path.painted in "Bf" else "none" for path in drawn]
    circles = [(float(c.get("cx")), float(c.get("cy")), float(c.get("r"))) for c in root.iter(f"{SVG}circle")]
    rounds = [path for path in page.paths if path.points[1][0] == "c"]
    assert [(p.points[0][1] - r, p.points[0][2]) for p, (_, _, r) in zip(rounds, circles, strict=True)] == [
        pytest.approx((x, y), abs=NEAR) for x, y, _ in circles
    ]


SVG = "{http://www.w3.org/2000/svg}"


def test_the_fonts_have_the_widths_of_the_layout():
    from fontTools.ttLib import TTFont

    font = TTFont(OURS[""])
    glyphs, units = font.getBestCmap(), font["head"].unitsPerEm
    wrong = {
        letter
        for letter, width in style.WIDTHS.items()
        if abs(font["hmtx"][glyphs[ord(letter)]][0] / units - width) > 0.001
    }
    assert wrong <= {"·"}  # which is wider than Helvetica's, and stretched as all is


def test_the_fonts_are_small_alike_and_free():
    from fontTools.ttLib import TTFont

    assert sum(file.stat().st_size for file in OURS.values()) <= 40_000
    plain, bold = (TTFont(file) for file in OURS.values())
    assert plain.getBestCmap().keys() == bold.getBestCmap().keys()
    for font in (plain, bold):
        assert font["OS/2"].fsType == 0
        names = {record.nameID: record.toUnicode() for record in font["name"].names}
        assert "Open Font License" in names[13]
        # The licence reserves the name of what these are made from.
        assert not any("Liberation" in names[i] or "Arimo" in names[i] for i in (1, 3, 4, 6))
    licence = (OURS[""].parent / "OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence and "Red Hat" in licence


def test_every_letter_of_ours_can_be_read_back():
    from fontTools.ttLib import TTFont

    every = "".join(chr(code) for code in TTFont(OURS[""]).getBestCmap() if chr(code).isprintable())
    for bold in (False, True):
        page = read(to_pdf(Scene("", 4000, 50, (Text(2000, 25, every, 12, 3900, bold=bold),))))
        assert "".join(words.string for words in page.words) == every


def test_a_machine_with_nothing_writes_the_same_pdf(tmp_path, monkeypatch):
    model = weightless("lenet_5")
    plot_model(model, tmp_path / "with.pdf")
    monkeypatch.setattr(system_fonts, "folders", list)
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    monkeypatch.setitem(sys.modules, "pydot", None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plot_model(model, tmp_path / "without.pdf")
    assert (tmp_path / "with.pdf").read_bytes() == (tmp_path / "without.pdf").read_bytes()
    said = {words.string for words in read((tmp_path / "without.pdf").read_bytes()).words}
    assert {"input", "conv 5×5", "convolution", "84", "10"} <= said


def test_size_for_print(tmp_path):
    plot_model(weightless("lenet_5"), tmp_path / "a.pdf", width="8.9cm")
    page = read((tmp_path / "a.pdf").read_bytes())
    assert page.width / 96 * 2.54 == pytest.approx(8.9, abs=2e-4)  # a hundredth of a point


def test_links():
    linked = (Circle(50, 25, 10, "#ff0000", link="a.html"), Text(80, 25, "a", 12, 8, link="b.html"))
    page = read(to_pdf(Scene("", 100, 50, linked)))
    assert [(corners, where) for corners, where in page.links] == [
        (pytest.approx([40, 15, 60, 35], abs=NEAR), "a.html"),
        (pytest.approx([76, 19, 84, 31], abs=NEAR), "b.html"),
    ]


def japanese(*others):
    return Scene("", 100, 50, (Text(50, 25, "日本 ×2", 12, 40), *others))


def test_letters_that_no_font_has(tmp_path, no_other_fonts):
    """They are escapes, and one warning says so."""
    with pytest.warns(UserWarning, match=r"^a.pdf has escapes such as \\u65e5 for letters") as said:
        scene_file.write_scene(japanese(Text(50, 40, "Вход", 12, 30)), tmp_path / "a.pdf", 96)
    assert len(said) == 1
    strings = [words.string for words in read((tmp_path / "a.pdf").read_bytes()).words]
    assert strings == [r"\u65e5\u672c ×2", r"\u0412\u0445\u043e\u0434"]


def font_with(path, letters):
    """A font of squares that has these letters."""
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    names = [".notdef", *(f"u{ord(letter):x}" for letter in letters)]
    pen = TTGlyphPen(None)
    for move, place in (
        ("moveTo", (0, 0)),
        ("lineTo", (0, 800)),
        ("lineTo", (800, 800)),
        ("lineTo", (800, 0)),
    ):
        getattr(pen, move)(place)
    pen.closePath()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap(dict(zip(map(ord, letters), names[1:])))
    builder.setupGlyf(dict.fromkeys(names, pen.glyph()))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (900, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable(
        {"familyName": path.stem, "styleName": "Regular", "psName": path.stem, "fullName": path.stem}
    )
    builder.setupOS2(sTypoAscender=800, fsType=0)
    builder.setupPost()
    builder.save(path)


def test_letters_of_a_font_of_the_machine(fonts_in):
    font_with(fonts_in / "Squares-Bold.ttf", "日本Вход")
    font_with(fonts_in / "Squares.ttf", "日本")
    font_with(fonts_in / "Other.ttf", "ф")
    (fonts_in / "Broken.ttf").write_bytes(b"\0\1\0\0 no font")
    (fonts_in / "Broken.ttc").write_bytes(b"ttcf")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        page = read(to_pdf(japanese(Text(50, 40, "Вход", 12, 30))))
    assert [words.string for words in page.words] == ["日本 ×2", "Вход"]
    assert [font.split("+")[1] for font in page.words[0].fonts] == ["Squares", "DiagramSans"]
    assert [font.split("+")[1] for font in page.words[1].fonts] == ["Squares-Bold"]
    assert all(font.is_embedded for font in page.fonts)
    for words, (middle, width) in zip(page.words, ((50, 40), (50, 30))):
        assert words.width == pytest.approx(width, rel=2e-3) and words.x == pytest.approx(
            middle - width / 2, abs=NEAR
        )


def test_a_font_that_may_not_be_embedded_is_left_alone(fonts_in):
    from fontTools.ttLib import TTFont

    font_with(fonts_in / "Squares.ttf", "日本")
    with TTFont(fonts_in / "Squares.ttf") as font:
        font["OS/2"].fsType = 0x0002
        font.save(fonts_in / "Squares.ttf")
    with pytest.warns(UserWarning, match="has escapes"):
        to_pdf(japanese())


def test_a_damaged_font_of_the_machine_is_left_alone(fonts_in, monkeypatch):
    """Its letters are known, but what draws them is not sound."""
    font_with(fonts_in / "Squares.ttf", "日本")
    content = bytearray((fonts_in / "Squares.ttf").read_bytes())
    at = content.index(b"glyf") + 8
    place = int.from_bytes(content[at : at + 4], "big")
    content[place : place + 8] = b"\x7f\xff" * 4
    (fonts_in / "Squares.ttf").write_bytes(bytes(content))
    with pytest.warns(UserWarning, match="has escapes"):
        page = read(to_pdf(japanese()))
    assert page.words[0].string == r"\u65e5\u672c ×2"


@pytest.mark.parametrize("string", ["שלום x", "مرحبا", "हिन्दी", "ภาษาไทยที่"])
def test_writing_that_letters_alone_do_not_make(fonts_in, string):
    """Hebrew runs from the right, letters of Arabic join, marks stand on others: no PDF shows it wrong."""
    font_with(fonts_in / "Squares.ttf", sorted(set(string) - {" ", "x"}))
    with pytest.warns(UserWarning, match="has escapes"):
        page = read(to_pdf(Scene("", 400, 50, (Text(200, 25, string, 12, 300),))))
    assert page.words[0].string == string.encode("ascii", "backslashreplace").decode()


def test_without_fpdf2(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf_writer, "is_installed", lambda: False)
    with pytest.raises(
        ValueError, match=r'needs fpdf2, which is not installed: pip install "keras-cnns\[plot\]"'
    ):
        plot_model(weightless("lenet_5"), tmp_path / "a.pdf")
    assert not list(tmp_path.iterdir())


def test_import_needs_no_fpdf2():
    code = "import sys; sys.modules['fpdf'] = sys.modules['fontTools'] = None; import keras_cnns.visualize"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_letters_are_taken_apart_and_lost_nowhere():
    letters = Letters({"日": (Path("x.ttf"), 0)})
    parts = list(letters.parts(letters.with_escapes("a日bж"), True))
    assert "".join(part for _, part in parts) == "a日b" + r"\u0436"
    assert [font for font, _ in parts] == [("sans", "B"), ("other0", ""), ("sans", "B")]
    assert letters.missing(["a日bж", "x"]) == {"ж"}


def test_picture_of_layers(tmp_path):
    """Graphviz lays it out, and its words, boxes and arrows are in the PDF."""
    pytest.importorskip("pydot")
    inner = keras.Sequential(
        [keras.Input((6, 6, 3)), keras.layers.Conv2D(3, 3, name="<Conv & 1>")], name="inner"
    )
    model = keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Conv2D(3, 3), inner, keras.layers.Flatten()]
    )
    options = {"detail": "layers", "show_shapes": True, "show_layer_names": True, "expand_nested": True}
    picture = plot_model(model, tmp_path / "a.pdf", **options)
    page = read((tmp_path / "a.pdf").read_bytes(), join=False)
    root = ElementTree.fromstring(picture.svg())
    assert sorted(words.string for words in page.words) == sorted(t.text for t in root.iter(f"{SVG}text"))
    assert (page.width, page.height) == tuple(
        pytest.approx(float(root.get(side).removesuffix("pt")) / 0.75, abs=1.5)
        for side in ("width", "height")
    )
    ground_and_boxes = len(list(root.iter(f"{SVG}polygon"))) + len(list(root.iter(f"{SVG}path")))
    assert len(page.paths) == pytest.approx(ground_and_boxes, abs=2)
    for words in page.words:
        assert 0 < words.x < words.x + words.width < page.width and 0 < words.y < page.height
    for one, other in product(page.words, repeat=2):
        assert (
            one is other
            or one.y != other.y
            or one.x + one.width <= other.x + 1
            or other.x + other.width <= one.x + 1
        )
