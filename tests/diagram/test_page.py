"""The explorable page in a real browser: what opens, where it stands, what it says, what it never does."""

import json
import re
import zlib
from base64 import b64decode

import pytest
from support.browser import installed
from support.pages import Opened, chromium, overlapping
from support.sizes import weightless

from keras_cnns.visualize import plot_model

pytestmark = pytest.mark.skipif(not installed(), reason="no Chromium is installed")


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")

    def write(name):
        path = folder / f"{name}.html"
        if not path.exists():
            plot_model(weightless(name), path)
        return path.as_uri()

    return write


def data_of(page):
    packed = re.search(r'<script id="data" type="text/plain">(.*?)</script>', page)[1]
    return json.loads(zlib.decompress(b64decode(packed)))


def test_closed_it_is_the_picture():
    picture = plot_model(weightless("resnet50"))
    page = picture.html()
    drawn = re.search(r"<svg .*?</svg>\n", page, re.DOTALL)[0]
    assert re.sub(r' class="[^"]*"', "", drawn) == picture.svg()


@pytest.mark.parametrize("name", ["resnet50", "inception_v3"])
def test_everything_opens_and_nothing_overlaps(browser, address, name):
    with Opened(browser, address(name)) as opened:
        closed = opened.boxes()
        seen = [len(closed)]
        for _ in range(6):
            opened.press("#all")
            boxes = opened.boxes()
            assert overlapping(boxes) == []
            seen.append(len(boxes))
        assert seen == sorted(seen) and seen[-1] == seen[-2] > 3 * seen[0]
        opened.press("#none")
        assert opened.boxes() == closed
        assert opened.complaints == []
