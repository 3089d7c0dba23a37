"""The gallery: its files, its page as text, and the page as a browser shows it."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from support.browser import browser, installed

from keras_cnns.catalog import facts as catalog
from keras_cnns.catalog import papers
from keras_cnns.gallery import ARTICLE, Gallery, charts, in_order
from keras_cnns.gallery.page import Entry, page
from keras_cnns.gallery.shapes import label_frame

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="1400" height="300" viewBox="0 0 1400 300" role="img">'
SVG += '<rect width="1400" height="300" fill="#ffffff"/></svg>'
VOID = {"meta", "link", "input", "br", "rect", "path"}
NASTY = """"><script>alert(1)</script><img src='http://x/' onerror=alert(1)>&amp;'"""


def entries(*names):
    return [Entry(catalog.find_network(name), SVG, f"{name}\nlane: input → softmax") for name in names]


@pytest.fixture(scope="module")
def small():
    return page(entries("lenet_5", "alexnet", "inception_resnet_v2"), entries("nin", "resnet18"))


class Structure(HTMLParser):
    """What of a page matters here: whether its tags match, ids, links, headings, texts."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.ids, self.links, self.levels = [], [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.tags.append((tag, values))
        self.ids += [values["id"]] if "id" in values else []
        self.links += [values["href"]] if tag == "a" else []
        self.levels += [int(tag[1])] if re.fullmatch("h[1-6]", tag) else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_page_is_well_formed(small):
    structure = Structure(small)
    assert len(structure.ids) == len(set(structure.ids))
    assert all(link[1:] in structure.ids for link in structure.links if link.startswith("#"))
    assert structure.levels[0] == 1 and structure.levels.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(structure.levels, structure.levels[1:]))
    named = {v for _, values in structure.tags for v in values.get("aria-labelledby", "").split()}
    assert named <= set(structure.ids)
    assert "$" not in re.sub(r"<style>.*?</style>", "", small, flags=re.DOTALL)


def test_page_stands_alone(small):
    structure = Structure(small)
    assert not {"script", "img", "iframe", "object"} & {tag for tag, _ in structure.tags}
    assert [values["href"] for tag, values in structure.tags if tag == "link"] == ["data:,"]
    assert not re.search(r"url\(|@import|\sstyle=|\son\w+=", small)
    assert "default-src 'none'" in small


def test_page_says_what_is_known_of_each_network(small):
    text = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", small))
    for name in ("lenet_5", "alexnet", "inception_resnet_v2", "nin", "resnet18"):
        row = catalog.find_network(name)
        for fact in (row.title, str(row.paper.year), row.paper.title, f"{row.trainable:,}", f"{row.macs:,}"):
            assert fact in text, (name, fact)
        assert f'href="{row.paper.url}"' in small
        assert f"from keras_cnns.architectures import {name} model = {name}(in_shape={row.in_shape}" in text
    assert small.index('id="alexnet"') < small.index('id="inception_resnet_v2"') < small.index('id="nin"')
    assert "1×1 convolutions as small networks" in text
    assert small.count(SVG) == 5
    assert "for want of such a figure: LeNet-5; Network in Network." in text


def test_code_samples_work(small):
    code = re.search(r"<code>(from keras_cnns.*?)</code>", small, re.DOTALL)[1]
    namespace = {}
    exec(code, namespace)
    assert namespace["model"].name == "lenet_5"


def test_text_cannot_become_markup():
    facts = {**vars(catalog.find_network("nin")), "title": NASTY, "introduced": NASTY, "checked_against": NASTY}
    facts["paper"] = papers.Paper(NASTY, NASTY, NASTY, "2013-12", link="https://x/" + NASTY)
    facts |= {"top1": 50.0, "top1_source": NASTY}
    text = page([Entry(catalog.Network(**facts), SVG, NASTY)], [])
    tags = Structure(text).tags
    assert not {"script", "img"} & {tag for tag, _ in tags}
    assert not any(key.startswith("on") for _, values in tags for key in values)


def test_same_page_for_the_same_networks(small):
    assert small == page(entries("lenet_5", "alexnet", "inception_resnet_v2"), entries("nin", "resnet18"))


def test_article_comes_first_in_its_order():
    names = [network.name for network in in_order(catalog.NETWORKS)]
    assert tuple(names[: len(ARTICLE)]) == ARTICLE
    assert sorted(names) == sorted(catalog.list_models())


@pytest.mark.parametrize("draw", [charts.timeline, charts.comparison, lambda _: charts.challenge()])
def test_labels_in_charts_do_not_overlap(draw):
    """Nor are they cut at the edge; ResNeXt's three are the hardest."""
    tree = ElementTree.fromstring(draw(sorted(catalog.NETWORKS, key=lambda row: row.paper.published)))
    groups = [group.get("transform") for group in tree.iter("g")]
    down = float(re.search(r"translate\(0 (.*)\)", groups[0])[1]) if groups else 0
    frames = {}
    for text in tree.iter("text"):
        place = float(text.get("x")), float(text.get("y")) + down
        frames[text.text, place] = label_frame(*place, [text.text], text.get("text-anchor"))
    width, height = float(tree.get("width")), float(tree.get("height"))
    for name, frame in frames.items():
        assert frame.left >= -2 and frame.right <= width + 2, name
        assert frame.top >= -2 and frame.bottom <= height + 2, name
        inner = frame._replace(top=frame.top + 3, bottom=frame.bottom - 3)
        overlapped = [other for other, taken in frames.items() if other != name and inner.meets(taken)]
        assert not overlapped, (name, overlapped)


def test_labels_in_the_comparison_touch_no_disc():
    tree = ElementTree.fromstring(charts.comparison(catalog.NETWORKS))
    discs = [
        [float(c.get(key)) for key in ("cx", "cy", "r")]
        for c in tree.iter("circle")
        if "disc" in c.get("class")
    ]
    titles = {row.title for row in catalog.NETWORKS if row.top1}
    texts = [text for text in tree.iter("text") if text.text in titles]
    assert len(texts) == len(titles) > 10
    for text in texts:
        frame = label_frame(float(text.get("x")), float(text.get("y")), [text.text])
        assert all(charts.away(frame, disc) > 0 for disc in discs), text.text


def test_files(tmp_path, monkeypatch):
    """Other files stay; our own are replaced only when asked."""
    rows = [catalog.find_network("nin_cifar"), catalog.find_network("lenet_5")]
    (tmp_path / "notes.txt").write_text("mine")
    gallery = Gallery(tmp_path, rows)
    for network in gallery.networks:
        gallery.draw(network)
    assert [network.name for network in gallery.networks] == ["lenet_5", "nin_cifar"]
    written = gallery.write_page()
    text = written.read_text(encoding="utf-8")
    svg = (tmp_path / "lenet_5.svg").read_text(encoding="utf-8")
    assert svg in text
    assert "lane: input" in text or "lane: [" in text
    expected = {"notes.txt", "index.html", "lenet_5.svg", "nin_cifar.svg"}
    bitmaps = {"lenet_5.png", "nin_cifar.png"} if gallery.no_bitmaps is None else set()
    assert {path.name for path in tmp_path.iterdir()} == expected | bitmaps
    with pytest.raises(ValueError, match="lenet_5.svg is there already; give --force"):
        Gallery(tmp_path, rows)
    Gallery(tmp_path, rows, force=True)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_folder_that_is_a_file(tmp_path):
    (tmp_path / "gallery").touch()
    with pytest.raises(ValueError, match="is a file"):
        Gallery(tmp_path / "gallery", catalog.NETWORKS)


def test_without_an_engine_for_png(tmp_path, monkeypatch):
    from keras_cnns.diagram.output import graphviz_engines

    monkeypatch.setattr(graphviz_engines, "_commands", lambda *arguments: iter(()))
    gallery = Gallery(tmp_path / "new" / "gallery", [catalog.find_network("lenet_5")])
    gallery.draw(gallery.networks[0])
    assert "none is installed" in gallery.no_bitmaps
    assert [path.name for path in gallery.folder.iterdir()] == ["lenet_5.svg"]


@pytest.fixture(scope="module")
def opened(tmp_path_factory, small):
    if not installed():
        pytest.skip("needs Chromium; on Debian: apt-get install chromium")
    file = tmp_path_factory.mktemp("page") / "index.html"
    file.write_text(small, encoding="utf-8")
    with browser() as tab:
        yield tab, file.as_uri()


SEEN = """[...document.querySelectorAll(".picture svg, svg.chart")].map(svg => {
    const box = svg.getBoundingClientRect(), frame = svg.parentElement.getBoundingClientRect();
    const x = Math.max(frame.left, box.left) + 20, y = box.top + box.height / 2;
    window.scrollTo({top: scrollY + y - innerHeight / 2, behavior: "instant"});
    const hit = document.elementFromPoint(x, svg.getBoundingClientRect().top + box.height / 2);
    return {width: box.width, height: box.height, hit: svg.contains(hit) || hit === svg,
            inside: frame.left >= 0 && frame.right <= innerWidth};
})"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_browser_shows_every_picture(opened, width, dark):
    tab, address = opened
    tab.show(address, width, dark=dark)
    pictures = tab.value(SEEN)
    assert len(pictures) == 8
    for picture in pictures:
        assert picture["hit"] and picture["inside"]
        assert picture["width"] > 600 and picture["height"] > 80
    assert tab.value("document.documentElement.scrollWidth") == width  # only pictures scroll sideways
    grounds = (
        "[...document.querySelectorAll('.picture .scroll')].map(e => getComputedStyle(e).backgroundColor)"
    )
    assert set(tab.value(grounds)) == {"rgb(255, 255, 255)"}
    assert (tab.value("getComputedStyle(document.body).backgroundColor") == "rgb(27, 26, 24)") == dark


def test_browser_finds_nothing_wrong_and_asks_for_nothing(opened):
    tab, address = opened
    tab.show(address, 1280)
    tab.value("document.querySelectorAll('details').forEach(e => e.open = true)")
    tab.value("document.querySelectorAll('.size').forEach(e => e.click())")
    wrong = {"Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"}
    assert not [event for event in tab.events if event["method"] in wrong]
    asked = [
        event["params"]["request"]["url"]
        for event in tab.events
        if event["method"] == "Network.requestWillBeSent"
    ]
    assert [url for url in asked if not url.startswith("data:")] == [address]


def test_browser_lets_no_script_run(opened):
    """The policy in the page is in force: it stops what would be the first step of a mischief."""
    tab, address = opened
    tab.show(address, 1280)
    tab.value("document.body.insertAdjacentHTML('beforeend', '<p id=x onclick=\"window.ran = 1\"></p>')")
    tab.value("document.getElementById('x').click()")
    assert tab.value("window.ran") is None
    assert "Content Security Policy" in str(tab.events)


def test_browser_reads_text_with_enough_contrast(opened):
    """WCAG's 4.5 to 1 for text on the page, in both schemes."""
    tab, address = opened
    for dark in (False, True):
        tab.show(address, 1280, dark=dark)
        ground = tab.value("getComputedStyle(document.body).backgroundColor")
        inks = tab.value(
            "[...document.querySelectorAll('body, a, p, figcaption, .year, dt, summary, label, th')]"
            ".map(e => getComputedStyle(e).color)"
        )
        assert min(contrast(ink, ground) for ink in set(inks)) >= 4.5


def contrast(one, other):
    """WCAG's ratio of two colours."""

    def light(colour):
        shares = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
        return sum(weight * share for weight, share in zip((0.2126, 0.7152, 0.0722), linear))

    brighter, darker = sorted((light(one), light(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def test_browser_keyboard_reaches_and_enlarges(opened):
    tab, address = opened
    tab.show(address, 1280)
    widest = "document.querySelector('.picture svg').getBoundingClientRect().width"
    before = tab.value(widest)
    tab.value("document.querySelector('.size').focus()")
    key = {"key": " ", "code": "Space", "windowsVirtualKeyCode": 32, "text": " "}
    tab.ask("Input.dispatchKeyEvent", type="keyDown", **key)
    tab.ask("Input.dispatchKeyEvent", type="keyUp", **key)
    assert tab.value("document.activeElement.checked") is True
    assert before < tab.value(widest) == 1400
