"""Names that are not harmless, of a model and of its layers, through every output: they stay names."""

import csv
import io
import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import keras
import pytest
from keras import layers
from markdown_it import MarkdownIt

import keras_cnns
from keras_cnns.safe_text import one_line

# No slash, which Keras forbids in names.
MARKUP = "<img src=x onerror=alert(1)>|*_`[a](b){{c}}&lt;$"
MODEL, LAYER = f'=M"{MARKUP}', f"@L'{MARKUP}\n\x1b[31m"
OURS = {"html", "head", "meta", "title", "style", "body", "div", "p", "strong", "ul", "li", "br"}
OURS |= {"table", "caption", "thead", "tbody", "tr", "th", "td"}


def model(filters):
    """Its only convolution has a name of LAYER, and a number of filters that two of them can differ in."""
    inputs = keras.Input((4, 4, 3))
    x = layers.Conv2D(filters, 3, name=LAYER)(inputs)
    return keras.Model(inputs, layers.Dense(2)(layers.Flatten()(x)), name=MODEL)


@pytest.fixture
def profile():
    return keras_cnns.profile(model(2))


@pytest.fixture
def report():
    return keras_cnns.compare(model(2), model(3))


class Page(HTMLParser):
    """The tags of a page, and its text."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.texts = set(), set(), []
        self.feed(html)
        self.text = one_line("".join(self.texts))

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}

    def handle_data(self, data):
        self.texts.append(data)


def is_only_text(html):
    """Whether nothing but our tags is in it, and both names are, letter for letter."""
    page = Page(html)
    assert page.tags <= OURS
    assert page.attributes <= {"style", "scope", "charset"}
    return one_line(MODEL) in page.text and one_line(LAYER) in page.text


def markdown_text_of(markdown):
    """What a reader of the rendered Markdown sees; no image, link or HTML may be in it."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown)
    inside = [child for token in tokens for child in token.children or ()]
    kinds = {token.type for token in tokens} | {child.type for child in inside}
    assert not {"html_inline", "html_block", "link_open", "image", "code_inline", "s_open"} & kinds
    return one_line(" ".join("".join(c.content for c in t.children or ()) for t in tokens))


def test_profile_as_html(profile):
    assert is_only_text(profile.html())
    assert profile._repr_html_() == profile.html()
    table = ElementTree.fromstring(profile.html().replace("<br>", "<br/>"))
    headings = [cell.text or "" for cell in table.findall("thead/tr/th")]
    rows = [[cell.text or "" for cell in row] for row in table.findall("tbody/tr")]
    row = dict(zip(headings, next(row for row in rows if row[1] == "Conv2D")))
    assert one_line(row["layer"]) == one_line(LAYER)
    assert (row["parameters"], row["MACs"], row["output"], row["field"]) == ("56", "216", "2×2×2", "3")


def test_profile_as_text(profile):
    for stages in (True, False):
        page = profile.text(stages)
        assert all(line.isprintable() and len(line) <= 80 for line in page.splitlines())
        assert page.startswith(one_line(MODEL)[:40])
    headings, line = (
        next(x for x in page.splitlines() if x.startswith(start)) for start in ("layer", "@L'<")
    )
    for heading, figure in (("parameters", "56"), ("MACs", "216"), ("field", "3"), ("stride", "1")):
        end = headings.index(heading) + len(heading)
        assert re.search(r"\S+$", line[:end])[0] == figure


def test_profile_as_markdown(profile):
    text = markdown_text_of(profile.markdown())
    assert f"{one_line(LAYER)} Conv2D 2×2×2 56 3·3·3·2 + 2 216" in text
    lines = profile.markdown().splitlines()
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines[: len(profile.rows) + 2]}) == 1


def test_profile_as_csv_and_json(profile):
    rows = {row["kind"]: row for row in csv.DictReader(io.StringIO(profile.csv(), newline=""))}
    assert rows["Conv2D"]["name"] == "'" + one_line(LAYER)
    assert (rows["Conv2D"]["params"], rows["Conv2D"]["macs"]) == ("56", "216")
    totals = json.loads(profile.json())
    assert (totals["name"], totals["macs"]) == (MODEL, profile.macs)
    assert [row["name"] for row in totals["rows"] if row["kind"] == "Conv2D"] == [LAYER]


def test_report_as_html(report):
    assert is_only_text(report.html())
    assert is_only_text(report.page())
    assert f"Yours, {one_line(MODEL)}, and the reference, {one_line(MODEL)}" in Page(report.html()).text
    assert report._repr_html_() == report.html()


def test_report_as_text_and_markdown(report):
    assert all(line.isprintable() for line in report.text().splitlines())
    text = markdown_text_of(report.markdown())
    assert one_line(MODEL) in text and one_line(LAYER) in text


def test_report_as_csv_and_json(report):
    (row,) = csv.DictReader(io.StringIO(report.csv(), newline=""))
    assert (row["student"], row["layer"], row["attribute"]) == ("'" + MODEL, "'" + one_line(LAYER), "filters")
    parsed = json.loads(report.json())
    assert (parsed["model"], parsed["reference"]) == (MODEL, MODEL)
    assert (parsed["differences"][0]["layer"], parsed["differences"][0]["yours"]) == (LAYER, 2)


def test_report_saved(report, tmp_path):
    for suffix in ("txt", "csv", "json", "md", "html", "svg"):
        report.save(tmp_path / f"report.{suffix}")
        assert (tmp_path / f"report.{suffix}").stat().st_size > 100
    assert is_only_text((tmp_path / "report.html").read_text(encoding="utf-8"))
    ElementTree.parse(tmp_path / "report.svg")
    with pytest.raises(ValueError, match=r"path must end in \.txt"):
        report.save(tmp_path / "report.xls")


def test_picture():
    diagram = keras_cnns.visualize.plot_model(model(2))
    root = ElementTree.fromstring(diagram.svg())
    assert {element.tag.split("}")[1] for element in root.iter()} <= {
        "svg", "title", "rect", "g", "text", "path", "circle"
    }  # fmt: skip
    assert all(line.isprintable() for line in diagram.outline().splitlines())
