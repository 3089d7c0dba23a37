"""A picture in a page of a notebook: it shrinks to the cell and is never larger than by itself."""

import re
from base64 import b64decode

import keras
import pytest
from support.browser import browser, installed

from keras_cnns.visualize import plot_model

pytestmark = pytest.mark.skipif(not installed(), reason="no Chromium is installed")
# As JupyterLab and nbconvert set an HTML output, and with no rules at all as in VS Code.
LAB = ".jp-RenderedHTMLCommon img, .jp-RenderedHTMLCommon svg { max-width: 100%; height: auto; }"
PAGE = """<!doctype html><meta charset="utf-8"><style>{rules} body {{ margin: 0 }}</style>
<div style="width: 900px; padding: 0 50px; box-sizing: border-box">
<div class="jp-RenderedHTMLCommon" id="cell">{output}</div></div>"""


def drawn(n_layers):
    lines = [
        keras.layers.Conv2D(2, 1 + i % 5, padding="same", activation="relu" if i % 3 else None)
        for i in range(n_layers)
    ]
    return plot_model(keras.Sequential([keras.Input((32, 32, 3)), *lines]))


@pytest.fixture(scope="module")
def tab():
    with browser() as page:
        yield page


@pytest.mark.parametrize("rules", ["", LAB], ids=["no rules", "Lab"])
@pytest.mark.parametrize("form", ["html", "svg"])
@pytest.mark.parametrize("n_layers", [1, 25])
def test_fits_the_cell(tab, tmp_path, rules, form, n_layers):
    picture = drawn(n_layers)
    output = picture._repr_html_() if form == "html" else picture._repr_svg_()
    (tmp_path / "page.html").write_text(PAGE.format(rules=rules, output=output), encoding="utf-8")
    tab.show((tmp_path / "page.html").as_uri(), width=1000)
    element = "document.querySelector('#cell img, #cell svg').getBoundingClientRect()"
    width, height = tab.value(f"[{element}.width, {element}.height]")
    natural = picture.scene.width
    assert (natural > 800) == (n_layers > 1)
    assert width == pytest.approx(min(natural, 800), abs=1)
    assert height == pytest.approx(width * picture.scene.height / natural, abs=1)
    assert tab.value("document.documentElement.scrollWidth") == 1000


def test_image_is_the_picture_and_has_its_name():
    picture = drawn(1)
    html = picture._repr_html_()
    data = re.fullmatch(r'<img style="[^"]*" alt="([^"]*)" src="data:image/svg\+xml;base64,([^"]*)">', html)
    assert data[1] == picture.scene.title
    assert b64decode(data[2]).decode() == picture.svg()
