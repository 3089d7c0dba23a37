"""A sheet of exercises gives nothing away, its key tells all."""

import re
from base64 import b64decode

import pytest
from support.browser import browser, installed
from support.compare_cases import residual
from support.sizes import weightless
from typer.testing import CliRunner

import keras_cnns
from keras_cnns.cli.main import app
from keras_cnns.exercises import sheet as making
from keras_cnns.exercises.sheet import exercise_sheet, picture
from keras_cnns.mutation.table import KINDS


@pytest.fixture(scope="module")
def sheet():
    return exercise_sheet("lenet_caffe", 5, 12345)


def test_the_sheet_gives_nothing_away(sheet):
    page = sheet.html()
    assert "12345" not in page and "mutant" not in page
    own = {
        layer.name for layer in weightless("lenet_caffe").layers if re.match(r"(conv|pool|ip)\d", layer.name)
    }
    assert own == {"conv1", "pool1", "conv2", "pool2", "ip1", "ip2"}
    assert not own & set(re.findall(r"\w+", page))
    for kind in KINDS:
        assert kind not in page or kind in ("bias", "shortcut")
    for _, change in sheet.mutants:
        assert change.sentence not in page
    assert [f"Network {i}" for i in range(1, 6)] == re.findall("<h2>(.*?)</h2>", page)
    assert re.findall("<svg.*?<title>(.*?)</title>", page, re.DOTALL) == [f"Network {i}" for i in range(1, 6)]


def test_the_picture_shows_each_mistake(sheet, monkeypatch):
    """What is printed: strip what only a mouse finds, and compare with the network without a mistake."""
    printed = [
        re.sub("<title>.*?</title>", "", svg, flags=re.DOTALL)
        for svg in re.findall(
            "<svg.*?</svg>", exercise_sheet("lenet_caffe", 5, 12345, with_original=True).html(), re.DOTALL
        )
    ]
    assert len(printed) == len(set(printed)) == 6
    drawn = []
    monkeypatch.setattr(making, "picture", lambda *given: drawn.append(given) or picture(*given))
    with pytest.raises(ValueError, match="got 'different epsilon': 8 variants of 'functional' with it look"):
        exercise_sheet(residual(), 1, kind="different epsilon")
    assert len(drawn) == 9, "it does not try all that there are"


def test_the_key_tells_all(sheet):
    key = sheet.key()
    assert "seed 12345" in key
    for (model, change), report in zip(sheet.mutants, sheet.reports):
        assert change.mistake in key and change.sentence.replace('"', "&quot;") in key
        assert f"{model.count_params() - 431_080:+,}" in key
        assert report.verdict in ("same shapes", "different")
        named = set(report.differences[0].places[0])
        assert named & set(change.layers) or "missing" in change.sentence


def test_no_page_needs_another_file_or_script(sheet):
    for page in (sheet.html(), sheet.key()):
        assert "<script" not in page and not re.search(r"(src|href)=", page)
        assert 'name="viewport"' in page and "@page" in page


def test_save(sheet, tmp_path):
    assert sheet.save(tmp_path / "a.html") == tmp_path / "a.key.html"
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == sheet.html()
    assert (tmp_path / "a.key.html").read_text(encoding="utf-8") == sheet.key()
    with pytest.raises(ValueError, match="key must be another file"):
        sheet.save(tmp_path / "a.html", tmp_path / "a.html")
    with pytest.raises(ValueError, match="path must end in .html"):
        sheet.save(tmp_path / "a.pdf")


def test_the_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call = lambda *words: CliRunner().invoke(app, ["exercises", *words])  # noqa: E731
    made = call("lenet_caffe", "-n", "2", "--verdict", "same shapes")
    assert made.exit_code == 0, made.output
    assert {path.name for path in tmp_path.iterdir()} == {"exercises.html", "exercises.key.html"}
    assert "same shapes" in (tmp_path / "exercises.key.html").read_text(encoding="utf-8")
    seeds = {re.search(r"seed (\d+)", (tmp_path / "exercises.key.html").read_text())[1]}
    assert "exercises.html is there already" in str(call("lenet_caffe", "-n", "2").exception)
    assert call("lenet_caffe", "-n", "2", "--force").exit_code == 0
    seeds.add(re.search(r"seed (\d+)", (tmp_path / "exercises.key.html").read_text())[1])
    assert len(seeds) == 2
    listed = call("lenet_caffe", "--list", "--verdict", "same shapes")
    assert listed.output.split("\n")[:-1] == [*keras_cnns.mutations("lenet_caffe", verdict="same shapes")]


def test_a_model_of_ones_own():
    from support.compare_cases import residual

    made = keras_cnns.exercise_sheet(residual(), 3)
    assert repr(made) == "<3 exercises on functional>"
    assert made.html().count("<svg") == 3


def test_a_picture_wider_than_paper_is_drawn():
    """The dense layers of LeNet-5 with their shapes need 17.1 cm; the page shrinks the picture."""
    page = exercise_sheet("lenet_5", 1, 1).html()
    assert re.search(r"<svg[^>]* width=\"(\d+)", page)
    assert float(re.search(r"<svg[^>]* width=\"([\d.]+)", page)[1]) > 17 / 2.54 * 96


@pytest.mark.skipif(not installed(), reason="needs Chromium")
def test_on_paper_each_network_has_a_page_with_its_answers(tmp_path):
    """A picture higher than the page would be cut, and leave an empty page before it."""
    exercise_sheet("resnet18", 3, 0).save(tmp_path / "sheet.html")
    with browser() as page:
        page.show((tmp_path / "sheet.html").as_uri(), 900)
        printed = b64decode(page.ask("Page.printToPDF", preferCSSPageSize=True)["data"])
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 3
