"""Tables in every format, numbers for people, and untrusted text: all read back by other programs."""

import csv
import io
import json
import re
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from keras_cnns import tables
from keras_cnns.safe_text import html_text, one_line, outline_name, shortened, visible
from keras_cnns.tables import Span, Table, axes_text, count_text, memory_text, percent_text, shape_text

HOSTILE = "=a|b_<img src=x onerror=alert(1)>&lt;`*[x](y)~{{z}}$\"'\\\n\x1b[31m# "
anything = st.text(alphabet=st.characters(exclude_categories=()), max_size=30) | st.sampled_from(
    [HOSTILE, "", " ", "a\0b"]
)
SCALE = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18}


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0"),
        (1, "1"),
        (999, "999"),
        (1000, "1.00 k"),
        (1004, "1.00 k"),
        (1006, "1.01 k"),
        (9_994, "9.99 k"),
        (9_996, "10.0 k"),
        (99_940, "99.9 k"),
        (99_960, "100 k"),
        (328_096, "328 k"),
        (999_499, "999 k"),
        (999_500, "1.00 M"),
        (999_600, "1.00 M"),
        (999_600_000, "1.00 G"),
        (724_406_816, "724 M"),
        (3_857_973_248, "3.86 G"),
        (999_400 * 10**15, "999 E"),
        (999_600 * 10**15, "1,000 E"),
        (12_345 * 10**18, "12,345 E"),
    ],
)
def test_three_significant_digits(count, text):
    assert count_text(count) == text


@pytest.mark.parametrize(("below", "unit"), list(zip(SCALE, list(SCALE)[1:])))
def test_each_boundary_of_units(below, unit):
    factor = SCALE[unit]
    assert count_text(factor) == f"1.00 {unit}"
    assert count_text(factor * 9_995 // 10_000) == ("999" if unit == "k" else f"1.00 {unit}")
    assert count_text(factor * 9_994 // 10_000) == f"999 {below}".strip()
    assert count_text(10 * factor) == f"10.0 {unit}"
    assert count_text(100 * factor) == f"100 {unit}"


@given(st.integers(0, 10**21) | st.integers(0, 21).flatmap(lambda n: st.integers(10**n - 10, 10**n + 10)))
def test_what_is_printed_is_what_was_counted(count):
    count = abs(count)
    number, _, unit = count_text(count).partition(" ")
    assert re.fullmatch(r"\d{1,3}" if not unit else r"\d\.\d\d|\d\d\.\d|\d{3}|1,000", number)
    printed = float(number.replace(",", "")) * SCALE[unit]
    assert abs(printed - count) <= (0 if not unit else 0.00501 * count)


@given(st.lists(st.integers(0, 10**19), min_size=2, max_size=2).map(sorted))
def test_more_is_never_printed_as_less(pair):
    def value(count):
        number, _, unit = count_text(count).partition(" ")
        return float(number.replace(",", "")) * SCALE[unit]

    assert value(pair[0]) <= value(pair[1]) * (1 + 1e-12)


def test_other_numbers():
    sizes = (0, 40, 999, 1000, 60_950_432)
    assert list(map(memory_text, sizes)) == ["0 B", "40 B", "999 B", "1.00 kB", "61.0 MB"]
    assert (count_text(40, "FLOP"), count_text(4_586_000, "FLOP")) == ("40 FLOP", "4.59 MFLOP")
    assert list(map(percent_text, (0, 0.0099, 0.01, 0.126, 1))) == ["", "<1 %", "1 %", "13 %", "100 %"]
    assert [shape_text(shape) for shape in ((None, 7, 7, 512), (None, None, 3), (None,))] == [
        "7×7×512",
        "?×3",
        "1",
    ]
    assert [axes_text(sizes) for sizes in (None, 212, (9, 1), "all", [3])] == ["", "212", "9×1", "all", "3"]


TABLE = Table(
    ("name", "kind", "count"),
    [("first", "a kind", "1,024"), ("second", "b", "7")],
    left=(0, 1),
    title="a title",
    notes=[("", "It is a sentence."), ("heading", "A note."), ("* other", "Another.")],
    details=("where it comes from", ""),
)


def test_text():
    assert TABLE.text().splitlines() == [
        "a title",
        "",
        "name      kind    count",
        "───────────────────────",
        "first     a kind  1,024",
        "  where it comes from",
        "second    b           7",
        "",
        "It is a sentence.",
        "",
        "heading  A note.",
        "* other  Another.",
    ]


def test_text_shortens_names_in_the_middle_and_never_numbers():
    table = Table(("name", "count"), [("a_very_long_name_of_a_layer_1", "123,456,789"), ("short", "1")])
    lines = table.text(32).splitlines()
    assert max(map(len, lines)) <= 32
    assert lines[2].endswith("  123,456,789") and lines[2].startswith("a_very_") and "layer_1  " in lines[2]
    assert table.text(10).splitlines()[2].endswith("  123,456,789")


def test_markdown():
    assert TABLE.markdown().splitlines() == [
        "| name | kind | count |",
        "|---|---|---:|",
        "| first | a kind | 1,024 |",
        "| second | b | 7 |",
        "",
        "It is a sentence.",
        "- heading: A note.",
        "- other: Another.",
    ]


def test_html_numbers_stand_under_their_headings():
    page = ElementTree.fromstring(TABLE.html().replace("<br>", "<br/>"))
    assert [cell.text for cell in page.findall("thead/tr/th")] == list(TABLE.headings)
    assert [[cell.text for cell in row] for row in page.findall("tbody/tr")] == [
        list(row) for row in TABLE.rows
    ]
    sides = [cell.get("style") for cell in page.findall("tbody/tr/td")]
    assert sides == ["text-align: left", "text-align: right"] * 2
    assert "style" not in TABLE.html(styled=False)


def test_cells_with_links_and_code():
    cell = (
        Span("VGG-16", url="#vgg16"),
        " of ",
        Span("vgg.py", "code"),
        Span(" now", "strong"),
        Span("2014", "small"),
    )
    table = Table(("network",), [(cell,)])
    assert table.text().splitlines()[2] == "VGG-16 of vgg.py now2014"
    assert "| [VGG-16](#vgg16) of `vgg.py`** now**2014 |" in table.markdown()
    html = '<a href="#vgg16">VGG-16</a> of <code>vgg.py</code><strong> now</strong><small>2014</small>'
    assert html in table.html()
    strange = Table(("a",), [(Span("b`c|d", "code", 'x" onclick="y) z'),)])
    assert "[b\\`c\\|d](x%22%20onclick=%22y%29%20z)" in strange.markdown()
    assert 'href="x&quot; onclick=&quot;y) z"' in strange.html()


def rendered(markdown):
    """The texts of the body's cells of a Markdown table, row by row, and the kinds of all tokens inside."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown)
    starts = [i for i, token in enumerate(tokens) if token.type == "td_open"]
    insides = [tokens[i + 1].children or [] for i in starts]
    kinds = {child.type for inside in insides for child in inside}
    return ["".join(child.content for child in inside) for inside in insides], kinds


@given(anything)
@example(HOSTILE)
def test_any_text_is_only_text_in_markdown(string):
    cells, kinds = rendered(Table(("a", "b"), [(string, "7")]).markdown())
    assert cells == [one_line(string), "7"]
    assert kinds <= {"text", "text_special"}


@given(anything)
@example(HOSTILE)
def test_any_text_is_only_text_in_html(string):
    page = ElementTree.fromstring(Table(("a", "b"), [(string, "7")]).html())
    assert [cell.text or "" for cell in page.findall("tbody/tr/*")] == [visible(string, keep="\n"), "7"]
    attribute = ElementTree.fromstring(f'<a title="{html_text(one_line(string))}"/>').get("title")
    assert attribute == one_line(string)


@given(anything, st.integers() | st.none() | st.floats(allow_nan=False))
@example(HOSTILE, 1)
def test_any_text_is_a_cell_of_csv_and_no_formula(string, number):
    text = tables.as_csv([{"name": string, "number": number, "axes": (9, 1)}])
    text.encode("utf-8")
    head, (name, value, axes) = csv.reader(io.StringIO(text, newline=""))
    assert head == ["name", "number", "axes"]
    assert name.isprintable() or not string.isprintable()
    for cell in name.replace('"', "").split(";"):  # as where the semicolon parts the cells
        assert not cell.strip(" ").startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    if string.isprintable():
        assert name.replace("'", "") == string.replace("'", "")
    assert value == ("" if number is None else str(number))
    assert axes == "9×1"


@given(anything)
@example("\ud800")
def test_any_text_comes_back_from_json(string):
    text = tables.as_json({"name": string, "number": 1, "axes": (9, 1)})
    text.encode("utf-8")
    assert json.loads(text) == {"name": string, "number": 1, "axes": [9, 1]}


@given(anything, anything)
@example(HOSTILE, HOSTILE)
def test_any_text_stays_on_its_line(name, title):
    table = Table(("name", "count"), [(name, "1,024"), ("other", "7")], title=title)
    lines = table.text(30).splitlines()
    assert len(lines) == (6 if one_line(title) else 4)
    assert lines[-2].endswith("  1,024") and lines[-1].endswith("     7")
    assert all(line.isprintable() and len(line) <= 30 for line in lines)
    for short in (shortened(name, 10), outline_name(name)):
        assert short.isprintable() and len(short) <= 60
    assert not set("→[]()|·–↑↓:") & set(outline_name(name))


def test_save(tmp_path):
    writers = {".csv": lambda: "a\n", ".md": TABLE.markdown}
    tables.save(tmp_path / "table.MD", writers)
    assert (tmp_path / "table.MD").read_text(encoding="utf-8") == TABLE.markdown()
    with pytest.raises(ValueError, match=r"path must end in \.csv, \.md; got '.*table.xls'"):
        tables.save(tmp_path / "table.xls", writers)

    def broken():
        raise RuntimeError

    with pytest.raises(RuntimeError):
        tables.save(tmp_path / "table.csv", {".csv": broken})
    assert [file.name for file in tmp_path.iterdir()] == ["table.MD"]
