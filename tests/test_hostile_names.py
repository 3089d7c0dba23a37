"""Names that are not harmless, of a model and of its layers, through every output: they stay names."""

import csv
import importlib.util
import io
import json
import re
import sys
import unicodedata
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from itertools import chain, product
from xml.etree import ElementTree

import keras
import pytest
from keras import layers
from markdown_it import MarkdownIt

import keras_cnns
from keras_cnns.cli import main
from keras_cnns.comparison.report.messages import Difference
from keras_cnns.diagram.output.drawio import to_drawio
from keras_cnns.diagram.output.tikz import to_tikz
from keras_cnns.safe_text import one_line
from keras_cnns.tables import Table
from keras_cnns.visualize import plot_model

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
    """The tags of a page, its text, where its images are, and the page in its frame."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.texts, self.sources, self.inside = set(), set(), [], [], ""
        self.feed(html)
        self.text = one_line("".join(self.texts))

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}
        self.sources += [value for name, value in attributes if name == "src"]
        self.inside = dict(attributes).get("srcdoc", self.inside)

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
    headings = [cell.text or "" for cell in table.find("thead/tr")]
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
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    page = Page(html)
    assert page.tags <= OURS | {"details", "summary", "iframe", "img"}
    assert page.attributes <= {"style", "scope", "charset", "title", "alt", "src", "srcdoc"}
    assert page.sources and all(source.startswith("data:image/svg+xml;base64,") for source in page.sources)
    inside = Page(page.inside)
    assert not {"img", "iframe", "object", "embed", "base"} & inside.tags  # what its icon names is empty
    assert not [name for name in inside.attributes if name.startswith("on")]
    assert "Content-Security-Policy" in page.inside
    assert all(one_line(name) in page.text for name in (MODEL, LAYER))
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


# ---- every label in every format ----

CONTROLS = "".join(map(chr, (*range(0x20), *range(0x7F, 0xA1))))  # C0, DEL, C1, the hard space
DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
NOT_SEEN = "\u00ad\u034f\u115f\u180e\u200b\u200c\u200d\u2028\u2029\u2060\u206f\ufeff\u3164\uffa0\u2800\ufe0f"
NOT_LETTERS = "\ufffe\ufff9\ue000\U000e0041\U000e0101"
LABELS = (
    *(f"a{'b'.join(CONTROLS[i : i + 11])}c" for i in range(0, len(CONTROLS), 11)),
    "\x1b]0;title\x07\x1b[2J\x1b[31m",
    "\x9b31mone byte\x9c",
    *(f"a{'b'.join(marks)}c" for marks in (DIRECTIONS, NOT_SEEN, NOT_LETTERS)),
    '"><img src=x onerror=alert(1)>',
    "<script>alert(1)",
    "<!-- comment",
    "\\<b>behind a backslash\\<br>",
    "]]><![CDATA[",
    "&lt;b&gt; &#60;b&#62; &amp;",
    "<javascript:alert(1)> <a@example.org>",
    "www.example.org mailto:a@example.org",
    "[text](javascript:alert(1)) ![image](x)",
    "[^1] [ref][1] [x]: y",
    "- [ ] task",
    "# heading",
    "1. list",
    "+ list",
    "> quote",
    "    code",
    "``` fence",
    "**strong** __strong__ *em* _em_ ~~strike~~ $x$ `code` ^up^",
    "a | b",
    "{: onclick=alert(1) } {{ 7*7 }} {% x %}",
    "=HYPERLINK(1)",
    "+1+cmd|' C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "＝1",
    "＋1",
    "－1",
    "＠1",
    "  =1",
    "\t=1",
    '"=1',
    "x;=1",
    'x; "@SUM(1)',
    "[bold red]rich[reset] [link=https:x]",
    ":bomb:",
    "\\N \\G \\n \\",
    'a"];evil [label="b',
    "${x} %s %n",
)
NAMES = [f"{label} n{i:03}" for i, label in enumerate(LABELS)]
# What shows nothing and is called neither a control nor a format character; from DerivedCoreProperties.txt.
IGNORABLE = {0x34F, 0x115F, 0x1160, 0x3164, 0xFFA0, *range(0xFE00, 0xFE10), *range(0xE0000, 0xE1000), 0x2800}


@pytest.fixture(scope="module")
def network():
    """A network with a layer of each name."""
    x = inputs = keras.Input((2,))
    for i, layer in enumerate(NAMES):
        x = layers.Dense(2 + i % 2, name=layer)(x)
    return keras.Model(inputs, x, name=NAMES[0])


@pytest.fixture(scope="module")
def written(network):
    """Each format's text."""
    costs, whole = keras_cnns.profile(network), plot_model(network, show_layer_names=True)
    found = replace(
        keras_cnns.compare(network, network),
        reference=NAMES[1],
        verdict="different",
        differences=tuple(
            Difference("changed", "filters", name, name, name, name, f"{name}: changed", at=(name,), why=name)
            for name in NAMES
        ),
        equivalences=tuple(NAMES),
        notes=tuple(NAMES),
    )
    whole = plot_model(network, show_layer_names=True)
    return {
        "profile.text": costs.text(stages=False),
        "stages.text": costs.text(stages=True),
        "profile.csv": costs.csv(),
        "profile.json": costs.json(),
        "profile.md": costs.markdown(),
        "profile.html": costs.html(),
        "report.text": found.text(),
        "report.csv": found.csv(),
        "report.json": found.json(),
        "report.md": found.markdown(),
        "report.html": found.html(),
        "page.html": found.page(),
        "marked.svg": found.diagram().svg(),
        "picture.svg": whole.svg(),
        "picture.dot": whole.dot().to_string(),
        "picture.drawio": to_drawio(whole.scene),
        "picture.tikz": to_tikz(whole.scene),
        "layers.dot": plot_model(network, detail="layers", show_layer_names=True).dot().to_string(),
        "outline.text": whole.outline(),
        "repr.text": f"{costs!r} {found!r} {whole!r}",
        "headline.text": found.headline,
    }


def unseen(text):
    """The characters that a reader cannot see; a line break and a space are not among them."""
    return {
        character
        for character in text.replace("\n", "")
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
        or ord(character) in IGNORABLE
    }


def of(written, kind):
    return {name: text for name, text in written.items() if name.endswith(kind)}.items()


def test_no_output_has_a_character_that_cannot_be_seen(written):
    assert {name: found for name, text in written.items() if (found := unseen(text))} == {}


def test_every_name_is_there(written):
    for name in ("profile.text", "profile.csv", "profile.md", "profile.html", "layers.dot"):
        assert [label for label in NAMES if label.split()[-1] not in written[name]] == [], name


def test_no_tag_of_theirs_in_html_or_svg(written):
    for _, text in of(written, "html"):
        page = Page(text)
        assert page.tags <= OURS and page.attributes <= {"style", "scope", "charset"}
        words = "".join(page.text.split())
        assert "<imgsrc=xonerror=alert(1)>" in words and "<script>alert(1)" in words
    for _, text in of(written, "svg"):
        root = ElementTree.fromstring(text)
        kinds = {element.tag.split("}")[1] for element in root.iter()}
        assert kinds <= {"svg", "title", "rect", "g", "text", "path", "circle"}
        assert not {key for element in root.iter() for key in element.attrib if key.startswith("on")}


def renderers():
    """Programs that make HTML of Markdown: each takes other signs for marks."""
    yield MarkdownIt("commonmark").enable(["table", "strikethrough"]).render
    if importlib.util.find_spec("markdown"):  # comes with what builds the documentation
        from markdown import Markdown

        kinds = ["extra", "attr_list", "sane_lists", "smarty", "toc", "wikilinks"]
        yield lambda text: Markdown(extensions=kinds).convert(text)


MARKDOWN = {"table", "thead", "tbody", "tr", "th", "td", "p", "ul", "ol", "li", "strong", "em"}


def test_no_mark_of_theirs_in_markdown(written):
    """Neither tags nor links, and each name reads as it does in text."""
    for name, text in of(written, "md"):
        assert not re.search(r"https?://|www\.\w|\w@\w", text)  # what GitHub and others make links of
        for render in renderers():
            page = Page(render(text))
            assert page.tags <= MARKDOWN and page.attributes <= {"style", "align"}
            words = re.sub(r"\W", "", page.text)
            assert [label for label in NAMES if re.sub(r"\W", "", one_line(label)) not in words] == [], name


def test_no_cell_of_theirs_is_a_formula(written):
    """Read with commas, or as a spreadsheet does where the comma is the decimal sign."""
    for (_, text), parted in product(of(written, "csv"), ",;\t"):
        for cell in chain.from_iterable(csv.reader(io.StringIO(text, newline=""), delimiter=parted)):
            start = cell.lstrip(" \"'")
            number = re.fullmatch(r"-?\d+(,.*)?", start)
            is_defused = cell[: len(cell) - len(start)].endswith("'")
            assert is_defused or number or not start.startswith(tuple("=+-@＝＋－＠")), cell


def test_numbers_in_csv_stay_numbers():
    text = keras_cnns.tables.as_csv(
        [{"a": -1, "b": -2.5, "c": (-1, 2), "d": "-1", "e": None, "f": ("=1", "b")}]
    )
    assert text.splitlines()[1] == "-1,-2.5,-1×2,'-1,,'=1×b"


def test_json_has_the_names_letter_by_letter(written):
    rows = json.loads(written["profile.json"])["rows"]
    assert [row["name"] for row in rows][1:] == NAMES
    found = json.loads(written["report.json"])
    assert (found["model"], found["reference"]) == (NAMES[0], NAMES[1])
    assert [one["layer"] for one in found["differences"]] == NAMES


def test_lists_in_markdown_begin_no_block():
    starts = [
        "# a",
        "1. a",
        "12) a",
        "- a",
        "+ a",
        "=",
        "---",
        ": a",
        "> a",
        "    a",
        "``` a",
        "[a]: b",
        "| a",
    ]
    table = Table(("a",), [("b",)], notes=[*(("", start) for start in starts), *((s, s) for s in starts)])
    for render in renderers():
        assert Page(render(table.markdown())).tags <= {*MARKDOWN} - {"ol"}


def test_commands_print_no_name_raw(network, tmp_path, monkeypatch, capsys):
    """As typed in a folder of files that other people named."""
    file = tmp_path / f"{NAMES[10]}[red]:bomb:\u202e\x1b[2J.keras"
    broken = tmp_path / "not\x9ba\x1b[2J\u202emodel\n.keras"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("config.json", json.dumps(keras.saving.serialize_keras_object(network)))
    broken.write_text("no archive")
    missing = tmp_path / "no\x1b[2Jne.keras"
    monkeypatch.chdir(tmp_path)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["keras-cnns", *map(str, words)])
        with pytest.raises(SystemExit) as stop:
            main.main()
        printed = capsys.readouterr()
        assert unseen(printed.out + printed.err) == set()
        return stop.value.code or 0, printed.out, printed.err

    assert run("profile", file.name, "--layers")[0] == 0
    status, out, err = run("compare", file.name, file.name)
    assert (status, err) == (0, "") and "exact" in out
    status, out, _ = run("draw", file.name)
    assert status == 0 and "[red]:bomb:\\u202e\\x1b[2J.svg written." in out
    assert (tmp_path / f"{file.stem}.svg").is_file()
    status, out, _ = run("list", "-o", "a\x1b[2J.csv")
    assert (status, out) == (0, "a\\x1b[2J.csv written.\n")
    for status, words in (
        (1, ["draw", broken.name]),
        (2, ["compare", broken.name, "lenet_5"]),
        (1, ["profile", missing.name]),
        (1, ["profile", file.name, "-o", f"{file.stem}.svg"]),
        (1, ["copy", "lenet_5\x1b[2J"]),
        (1, ["list", "-o", "no\u202e/folder.csv"]),
        (2, ["list", "--op\x1b[2Jtion"]),
        (2, ["list", "extra\x1b[2J"]),
        (2, ["--op\x1b[2Jtion"]),
        (2, ["no\x1b[2Jcommand"]),
        (2, ["list", "-f", "\x1b[2J"]),
    ):
        code, _, err = run(*words)
        assert code == status, words
        if status == 1 or words[0] == "compare":
            assert err.startswith("error: ") and err.count("\n") == 1, words
