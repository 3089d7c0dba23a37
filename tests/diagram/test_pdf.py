"""The PDF of a scene: a sound file without fonts of the machine, of its size, with text that can be read."""

import re
import sys
import warnings
import zlib

import pytest
from support.sizes import weightless

from keras_cnns.diagram.draw.scene import Circle, Line, Rectangle, Scene, Text
from keras_cnns.diagram.output import graphviz_engines, scene_file
from keras_cnns.diagram.output.pdf import to_pdf
from keras_cnns.diagram.output.pdf_letters import WIDTHS, natural_width, runs, with_escapes
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


def objects(pdf):
    """The objects of a PDF by number, found by its own table of where they begin."""
    table = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", pdf)[1])
    head, *rows = pdf[table:].split(b"trailer")[0].splitlines()[1:]
    assert head.split() == [b"0", str(len(rows)).encode()] and rows[0].startswith(b"0000000000 65535 f")
    found = {}
    for number, row in enumerate(rows[1:], 1):
        body = pdf[int(row[:10]) :]
        assert body.startswith(f"{number} 0 obj\n".encode())
        found[number] = body[: body.index(b"\nendobj")].split(b"obj\n", 1)[1]
    return found


def page(pdf):
    """The size of the page, its drawing, and its fonts."""
    found = objects(pdf)
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", found[3])
    length, stream = re.match(rb"<< /Length (\d+) .*?stream\n(.*)\nendstream", found[4], re.DOTALL).groups()
    assert len(stream) == int(length)
    fonts = re.findall(rb"/(F\d) (\d+) 0 R", found[3])
    names = {name: re.search(rb"/BaseFont /(\S+)", found[int(number)])[1] for name, number in fonts}
    return (float(box[1]), float(box[2])), zlib.decompress(stream).decode("ascii"), names


def words(pdf):
    """What is written, line by line: as WinAnsi, or of Symbol the arrow."""
    _, drawing, names = page(pdf)
    lines = []
    for block in re.findall(r"BT .*?ET", drawing, re.DOTALL):
        parts = re.findall(r"/(F\d) [\d.]+ Tf <([0-9a-f]*)> Tj", block)
        lines.append(
            "".join(
                "→" if names[font.encode()] == b"Symbol" else bytes.fromhex(codes).decode("cp1252")
                for font, codes in parts
            )
        )
    return lines


def test_a_page_of_the_size_of_the_scene_with_its_words():
    size, drawing, names = page(to_pdf(SCENE))
    assert size == (150, 76.125)
    assert set(names.values()) == {b"Helvetica", b"Helvetica-Bold", b"Symbol"}
    assert words(to_pdf(SCENE)) == ["×N (bold)", "a → é\\"]
    assert objects(to_pdf(SCENE))[5].decode().removeprefix("<< /Title <").removesuffix("> >>") == (
        "Pile →".encode("utf-16").hex()
    )
    assert b"FontFile" not in to_pdf(SCENE)


def test_shapes_are_painted_in_order_on_the_ground():
    _, drawing, _ = page(to_pdf(SCENE))
    assert re.findall(r"^.* (re|h|l|c) ?(f|S|B)$", drawing, re.MULTILINE)[:2] == [("re", "f"), ("re", "f")]
    order = ["0 0 200 101.5 re f", "10 10 80 60 re f", "20 30 40 20 re S", "70 60 m", "0 50 m", "Tj"]
    places = [drawing.index(mark) for mark in order]
    assert places == sorted(places)
    assert "0 0 200 101.5 re" not in page(to_pdf(Scene("", 200, 101.5, SHAPES, ground=None)))[1]


def test_text_keeps_to_its_width():
    """Its natural width, by metrics that `style` has too, times the stretch is what the scene gives it."""
    _, drawing, _ = page(to_pdf(SCENE))
    stretch = [float(number) for number in re.findall(r"([\d.]+) Tz", drawing)]
    assert stretch[0] * 20 * natural_width("×N (bold)", True) == pytest.approx(8000, rel=1e-3)
    assert stretch[1] * 10 * natural_width("a → é\\", False) == pytest.approx(4000, rel=1e-3)


def test_widths_are_those_of_the_layout():
    from keras_cnns.diagram.draw import style

    for letter, width in style.WIDTHS.items():
        if letter in WIDTHS["Helvetica"]:
            assert WIDTHS["Helvetica"][letter] == pytest.approx(1000 * width), letter


def test_every_letter_has_a_code_and_a_width():
    every = "".join(dict.fromkeys("".join(map("".join, WIDTHS.values()))))
    for bold in (False, True):
        assert sum(len(codes) for _, codes in runs(every, bold)) == len(every)
        assert natural_width(every, bold) > 0
    assert with_escapes(every + "日\U0001f600") == every + r"\u65e5\U0001f600"


def no_fonts(folder):
    path = folder / "fonts.conf"
    path.write_text('<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig></fontconfig>')
    return path


def test_a_machine_with_nothing_writes_the_same_pdf(tmp_path, monkeypatch):
    model = weightless("lenet_5")
    plot_model(model, tmp_path / "with.pdf")
    monkeypatch.setattr(graphviz_engines, "_commands", lambda *arguments: iter(()))
    monkeypatch.setitem(sys.modules, "pydot", None)
    monkeypatch.setenv("FONTCONFIG_FILE", str(no_fonts(tmp_path)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plot_model(model, tmp_path / "without.pdf")
    assert (tmp_path / "with.pdf").read_bytes() == (tmp_path / "without.pdf").read_bytes()
    said = words((tmp_path / "without.pdf").read_bytes())
    assert {"input", "conv 5×5", "convolution", "84", "10"} <= set(said)


def test_size_for_print(tmp_path):
    plot_model(weightless("lenet_5"), tmp_path / "a.pdf", width="8.9cm")
    (width, _), _, _ = page((tmp_path / "a.pdf").read_bytes())
    assert width / 72 * 2.54 == pytest.approx(8.9, abs=1e-4)


def test_letters_that_helvetica_has_not(tmp_path, monkeypatch):
    """Graphviz writes them if it has a font; else they are escapes, and a warning says so."""
    scene = Scene("", 100, 50, (Text(50, 25, "日本", 12, 24),))
    monkeypatch.setattr(graphviz_engines, "_commands", lambda *arguments: iter(()))
    with pytest.warns(
        UserWarning, match=r"a.pdf has escapes for letters that Helvetica has not, such as \\u65e5"
    ):
        scene_file.write_scene(scene, tmp_path / "a.pdf", 96)
    assert words((tmp_path / "a.pdf").read_bytes()) == [r"\u65e5\u672c"]
    monkeypatch.setattr(graphviz_engines, "_drawn", lambda *arguments: b"%PDF /Length1 3")
    scene_file.write_scene(scene, tmp_path / "b.pdf", 96)
    assert (tmp_path / "b.pdf").read_bytes() == b"%PDF /Length1 3"
    if sys.platform == "linux":
        monkeypatch.setattr(graphviz_engines, "_drawn", lambda *arguments: b"%PDF of boxes")
        with pytest.warns(UserWarning, match="has escapes"):
            scene_file.write_scene(scene, tmp_path / "c.pdf", 96)
