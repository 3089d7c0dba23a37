"""One gallery's page with a few networks drawn, and one browser, for all tests that only look at them."""

from itertools import combinations
from typing import NamedTuple

import pytest
from support.browser import browser, installed
from support.sizes import weightless

from keras_cnns.catalog import facts
from keras_cnns.comparison.canonical.canonicalize import canonicalize
from keras_cnns.diagram.fold.fold import fold
from keras_cnns.gallery import ARTICLE
from keras_cnns.gallery.page import Card, by_date, page
from keras_cnns.gallery.pairs import pair
from keras_cnns.gallery.pictures import pictures
from keras_cnns.gallery.section import Entry
from keras_cnns.visualize import plot_model

DRAWN = ("alexnet", "alexnet_owt", "vgg16", "resnet50", "inception_v4")
STAND_IN = '<svg class="{}" width="{}" height="184" viewBox="0 0 {} 184" role="img" aria-label="stand-in">'
STAND_IN += '<path d="M0 0"/></svg>'
ROWS = {row.name: row for row in facts.NETWORKS}
# A page without a script is ready at once.
READY = (
    "!document.querySelector('script') || !document.getElementById('data') || !!document.body.dataset.ready"
)


class Drawn(NamedTuple):
    """A page, and what is on it that tests ask for."""

    text: str
    pictures: dict
    pairs: list


@pytest.fixture(scope="session")
def folded():
    return {name: fold(weightless(name), False, {}) for name in DRAWN}


@pytest.fixture(scope="session")
def drawn(folded):
    """The page: the networks of `DRAWN` as they are, the others with a stand-in for a picture."""
    done = {name: pictures(folded[name]) for name in DRAWN}

    def entry(row):
        both = STAND_IN.format("wide", 900, 900), STAND_IN.format("narrow", 358, 358)
        picture = done.get(row.name)
        both = (picture.wide, picture.narrow) if picture else both
        files, outline = (("SVG", f"{row.name}.svg"),), f"{row.name}\nlane: input"
        return Entry(row, *both, outline, files, f"{row.name}.html", picture and picture.places)

    ten, others = ([r for r in facts.NETWORKS if (r.name in ARTICLE) == first] for first in (True, False))
    models = {name: weightless(name) for name in DRAWN}
    graphs = {name: canonicalize(model, ()) for name, model in models.items()}
    pairs = [
        pair((one, two), (graphs[one.name], graphs[two.name]), (done[one.name].places, done[two.name].places))
        for one, two in combinations(sorted((ROWS[name] for name in DRAWN), key=by_date), 2)
    ]
    card = Card("share.png", "https://x.org/g")
    text = page([entry(row) for row in ten], [entry(row) for row in others], card, pairs)
    return Drawn(text, done, pairs)


@pytest.fixture(scope="session")
def in_use(drawn):
    return drawn.text


@pytest.fixture(scope="session")
def address(tmp_path_factory, in_use):
    file = tmp_path_factory.mktemp("page") / "index.html"
    file.write_text(in_use, encoding="utf-8")
    (file.parent / "alexnet.html").write_text(plot_model(weightless("alexnet")).html(), encoding="utf-8")
    return file.as_uri()


@pytest.fixture(scope="session")
def tab():
    """A tab; `show` waits until the page's script has unpacked what comes compressed."""
    if not installed():
        pytest.skip("needs Chromium; on Debian: apt-get install chromium")
    with browser() as tab:
        show = tab.show

        def shown(*arguments, **options):
            show(*arguments, **options)
            while not tab.value(READY):
                pass

        tab.show = shown
        yield tab
