"""The report of a comparison as text, Markdown, JSON, HTML, picture and on the command line."""

import csv
import io
import json
import re
import sys
from html import unescape
from html.parser import HTMLParser
from xml.etree import ElementTree

import keras
import pytest
from keras import layers
from support.browser import browser, installed
from support.compare_cases import conv, model, relu, residual
from support.pages import data_of

import keras_cnns
from keras_cnns import compare
from keras_cnns.cli import main
from keras_cnns.weightless import build_weightless


@pytest.fixture(scope="module")
def report():
    """Of a model whose layer is named to break things."""
    student = model(conv(4, 3, name="<b>|*`_x_`"), relu(), layers.Flatten(), layers.Dense(7, "softmax"))
    return compare(student, model(conv(8, 3), layers.Flatten(), layers.Dense(10, "softmax")))


def test_text_fits_the_terminal(report):
    assert max(map(len, str(report).splitlines())) <= 80
    assert max(map(len, report.text(50).splitlines())) <= 50
    assert " ".join(str(report).splitlines()[:2]).endswith("different (a different network).")


def test_json_and_html(report):
    data = json.loads(report.json())
    assert data["verdict"] == "different"
    filters = next(one for one in data["differences"] if one["attribute"] == "filters")
    assert (filters["yours"], filters["reference"]) == (4, 8)
    assert "<b>|" not in report._repr_html_()
    assert "&lt;b&gt;|" in report._repr_html_()
    assert "&lt;b&gt;\\|\\*\\`\\_x\\_\\`" in report.markdown()
    assert report.page().startswith("<!DOCTYPE html>")


HOSTILE = "\x1b[31mred\x07</strong><script>alert(1)</script>**bold** `code` [link](http://x) \u202e\n# title"


@pytest.fixture(scope="module")
def hostile():
    """A report on two models whose names are made to break what shows them."""
    student = model(conv(4, 3, name="a"), layers.Flatten(), layers.Dense(7, "softmax"))
    reference = model(conv(4, 3, name="b"), layers.Flatten(), layers.Dense(10, "softmax"))
    student.name = reference.name = HOSTILE
    return compare(student, reference)


def test_hostile_model_names_in_text(hostile):
    for width in (80, 40):
        text = hostile.text(width)
        assert all(character.isprintable() for character in text.replace("\n", ""))
        assert max(map(len, text.splitlines())) <= width
        assert not any(line.startswith("#") for line in text.splitlines())
    assert str(hostile) == hostile.text()


def test_hostile_model_names_in_markdown(hostile):
    text = hostile.markdown()
    assert "\x1b" not in text
    headline = text.splitlines()[0]
    for mark in ("\\*\\*bold\\*\\*", "\\`code\\`", "\\[link\\]", "&lt;script&gt;"):
        assert mark in headline
    assert not any(line.startswith("#") for line in text.splitlines())


@pytest.mark.parametrize("form", ["html", "page", "_repr_html_"])
def test_hostile_model_names_in_html(hostile, form):
    text = getattr(hostile, form)()
    assert "<script" not in text
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "&lt;script&gt;" in text
    expected = compare(model(conv(4, 3)), model(conv(8, 3)))
    assert text.count("</strong>") == len(hostile.differences) + 1 == expected.html().count("</strong>")


def test_hostile_model_names_in_json_and_csv(hostile):
    text = hostile.json()
    assert json.loads(text)["model"] == json.loads(text)["reference"] == HOSTILE
    assert "\x1b" not in text
    assert "\x07" not in text
    rows = list(csv.DictReader(io.StringIO(hostile.csv())))
    assert [row["mistake"] for row in rows] == ["wrong number of classes"]


def test_hostile_layer_names_in_the_picture():
    student = model(conv(4, 3, name="<script>&\x1b"), conv(5, 3))
    svg = compare(student, model(conv(8, 3), conv(5, 3))).diagram().svg()
    ElementTree.fromstring(svg)
    assert "<script" not in svg


def test_picture():
    """Notes under the boxes concerned, dashes around what is missing, and no mark where nothing differs."""
    report = compare(residual(slip={"activate": False}, at=3, classes=7), residual())
    svg = report.diagram().svg()
    for words in ("1 missing: ReLU", "2 changed: number", "of classes 7, not 10"):
        assert f">{words}</text>" in svg
    clean = compare(residual(classes=7), residual(classes=7)).diagram()
    assert "missing" not in clean.svg()
    assert "changed" not in clean.svg()
    assert svg.count("<path") > clean.svg().count("<path") + 20


@pytest.mark.parametrize(
    ("mine", "theirs", "note"),
    [
        (conv(4, 3), conv(4, 3, use_bias=False), "1 changed: a bias, not none"),
        (conv(4, 3, use_bias=False), conv(4, 3), "1 changed: no bias"),
        (
            conv(4, 3),
            layers.SeparableConv2D(4, 3, use_bias=False),
            "1 changed: full convolution for a",
        ),
        (layers.Activation("tanh"), layers.Activation("elu"), "1 changed: activation tanh, not ELU"),
    ],
)
def test_a_note_says_what_is_there_and_what_should_be(mine, theirs, note):
    svg = compare(model(mine), model(theirs)).diagram().svg()
    assert note in " ".join(re.findall(r">([^<]*)</text>", svg))


def test_command(tmp_path, monkeypatch, capsys):
    def run(*typed):
        monkeypatch.setattr(sys, "argv", ["keras-cnns", "compare", *map(str, typed)])
        with pytest.raises(SystemExit) as stop:
            main.main()
        return stop.value.code or 0, *capsys.readouterr()

    file = tmp_path / "student.keras"
    keras_cnns.create("lenet_5", n_classes=7).save(file)
    status, out, _ = run(file, "lenet_5")
    assert status == 1
    assert "number of classes 7, the reference has 10" in " ".join(out.split())
    assert max(map(len, out.splitlines())) <= 80
    assert run(file, "lenet_5", "--ignore", "n_classes", "--level", "exact")[0] == 0
    assert run("lenet_5", file, "--format", "json", "-o", tmp_path / "report.md")[0] == 1
    assert "number of classes" in (tmp_path / "report.md").read_text(encoding="utf-8")
    for typed in (("lenet_6", "lenet_5"), ("none.keras", "lenet_5"), ("lenet_5", "lenet_5", "--ignore", "x")):
        status, _, err = run(*typed)
        assert (status, "error:" in err) == (2, True)
    assert run(file, "lenet_5", "-o", tmp_path / "report.md")[0] == 2
    assert run(file, "lenet_5", "-o", tmp_path / "picture.svg")[0] == 1
    assert (tmp_path / "picture.svg").read_text(encoding="utf-8").startswith("<svg")


class Elements(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


def test_html_brings_its_styles_along():
    """A grader's page has its own style sheet, or none, and may drop what it does not know."""
    student = model(conv(4, 3, 2, padding="same"), layers.Dense(7, "softmax"))
    report = compare(student, model(layers.ZeroPadding2D(1), conv(8, 3, 2), layers.Dense(10, "softmax")))
    found = Elements(report.html()).found
    assert not {"style", "script", "link"} & {tag for tag, _ in found}
    assert not any("class" in attributes or "id" in attributes for _, attributes in found)
    cells = [attributes for tag, attributes in found if tag in ("td", "th")]
    assert cells and all(
        "padding:" in cell["style"] and "vertical-align:top" in cell["style"] for cell in cells
    )
    assert sum(tag == "td" for tag, _ in found) == 2 * len(report.differences)
    assert "((" not in report.html() and "(3, 3)" not in report.html()


def test_picture_shrinks_to_the_page(report):
    ((_, image),) = [one for one in Elements(report.html(picture=True)).found if one[0] == "img"]
    assert "max-width:100%" in image["style"] and "height:auto" in image["style"]
    assert image["src"].startswith("data:image/svg+xml;base64,")
    assert "<img" not in report.html() and "<img" in report.page(picture=True)


def test_page_with_picture_has_one_to_be_opened():
    """The page in the frame is the diagram's own, with the findings also in the modules that are opened."""

    def residual_with(groups):
        inputs = keras.Input((16, 16, 8))
        x = layers.ReLU()(layers.Conv2D(8, 3, padding="same", groups=groups)(inputs))
        x = layers.Conv2D(8, 3, padding="same")(x)
        return keras.Model(inputs, layers.Dense(3)(layers.Add()([inputs, x])))

    report = compare(build_weightless(residual_with, 2), build_weightless(residual_with, 1), prove=False)
    page = report.page(picture=True)
    (framed,) = re.findall(r'<iframe srcdoc="(.*?)"', page, re.DOTALL)
    opened = report.diagram().html()
    assert unescape(framed) == opened and "Content-Security-Policy" in opened
    blocks = [block["svg"] for block in data_of(opened)["blocks"]]
    assert any("groups 2, not" in text_of(block) for block in blocks)
    assert "<iframe" not in report.page() and "<iframe" not in report.html(picture=True)


def text_of(svg):
    return " ".join(re.findall(r">([^<]+)</text>", svg))


@pytest.mark.skipif(not installed(), reason="needs Chromium; on Debian: apt-get install chromium")
def test_browser_shows_the_picture_in_its_frame_without_complaint(report, tmp_path):
    """It is loaded while the frame is closed and has no size."""
    file = tmp_path / "report.html"
    report.save(file)
    assert file.read_text(encoding="utf-8") == report.page(picture=True)
    with browser() as tab:
        tab.show(file.as_uri(), 1280)
        ready = "document.querySelector('iframe').contentDocument.querySelector('#tools')?.hidden === false"
        while not tab.value(ready):
            pass
        tab.value("document.querySelector('details').open = true")
        inside = "document.querySelector('iframe').contentDocument.querySelector('#view svg')"
        later = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        tab.ask("Runtime.evaluate", expression=later, awaitPromise=True)
        _, _, width, height = map(float, tab.value(f"{inside}.getAttribute('viewBox')").split())
        size = tab.value(f"[{inside}.clientWidth, {inside}.clientHeight]")
        assert size[0] > 900 and width / height == pytest.approx(size[0] / size[1], rel=0.02)
        wrong = {"Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"}
        assert not [event for event in tab.events if event["method"] in wrong]
