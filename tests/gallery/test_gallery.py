"""The gallery: its files, its page as text, its charts, and the page as a browser shows it."""

import re
import threading
from base64 import b64encode
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser
from math import log10, pi

import pytest

from keras_cnns.catalog import facts as catalog
from keras_cnns.catalog import papers
from keras_cnns.diagram.draw.scene import Circle, Line, Rectangle, Text
from keras_cnns.gallery import ARTICLE, Gallery, charts, ilsvrc, in_order
from keras_cnns.gallery.challenge import challenge
from keras_cnns.gallery.chart_labels import Frame
from keras_cnns.gallery.page import Card, page
from keras_cnns.gallery.section import Entry
from keras_cnns.gallery.timeline import names_of, timeline
from keras_cnns.gallery.tradeoff import MACS, PARAMETERS, front, gap, tradeoff
from keras_cnns.visualize import Diagram

SVG = '<svg xmlns="http://www.w3.org/2000/svg" class="wide" width="1400" height="300" viewBox="0 0 1400 300" '
SVG += 'role="img"><rect width="1400" height="300" fill="#ffffff"/></svg>'
NARROW = SVG.replace("wide", "narrow").replace("1400", "358")
VOID = {"meta", "link", "input", "br"}
NASTY = """"><script>alert(1)</script><img src='http://x/' onerror=alert(1)>&amp;'"""


def entries(*names):
    rows = map(catalog.find_network, names)
    return [
        Entry(row, SVG, NARROW, f"{row.name}\nlane: input → softmax", (("SVG", f"{row.name}.svg"),))
        for row in rows
    ]


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
    assert "$" not in re.sub(r"<(style|script)>.*?</\1>", "", small, flags=re.DOTALL)


def test_page_stands_alone(small):
    structure = Structure(small)
    assert not {"img", "iframe", "object"} & {tag for tag, _ in structure.tags}
    assert [values for tag, values in structure.tags if tag == "script"] == [{}]
    for kind, tag in (("style", "style"), ("script", "script")):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", small, re.DOTALL)
        digest = b64encode(sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in small
    assert [values["href"] for tag, values in structure.tags if tag == "link"] == ["data:,"]
    assert not re.search(r"url\(|@import|\sstyle=|\son\w+=", small)
    assert "default-src 'none'" in small


def text_of(html):
    return re.sub(r"\s+", " ", unescape(re.sub("<[^>]+>", " ", html))).strip()


def sections(page):
    """The facts of each network as the page has them, by the headings in its <dl>."""
    return {
        name: dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", body))
        for name, body in re.findall(r'<article id="(\w+)"(.*?)</article>', page, re.DOTALL)
    }


@pytest.fixture(scope="module")
def whole():
    return page(entries(*ARTICLE), entries(*(set(catalog.list_models()) - set(ARTICLE))))


def test_sections_say_what_each_network_costs(whole):
    found = sections(whole)
    assert sorted(found) == sorted(catalog.list_models())
    # By hand, from the papers and from published weights.
    assert found["vgg16"] == {
        "Parameters": "138,357,544",
        "Multiply-adds": "15.5 G",
        "Input": "224×224×3",
        "Classes": "1,000",
        "Top-1 accuracy": "71.6 %",
    }
    assert found["lenet_5"] == {
        "Parameters": "60,850",
        "Multiply-adds": "328 k",
        "Input": "32×32×1",
        "Classes": "10",
    }
    for row in catalog.NETWORKS:
        facts = found[row.name]
        assert facts["Parameters"] == f"{row.trainable:,}"
        number, unit = facts["Multiply-adds"].split()
        printed = float(number) * {"k": 1e3, "M": 1e6, "G": 1e9}[unit]
        assert printed == pytest.approx(row.macs, rel=0.005)
        assert facts["Input"].split("×") == list(map(str, row.in_shape))
        assert facts["Classes"] == f"{row.n_classes:,}"
        assert facts.get("Top-1 accuracy") == (None if row.top1 is None else f"{row.top1:.1f} %")


def test_table_of_figures(whole):
    table = re.search(r"<table>.*?</table>", whole, re.DOTALL)[0]
    headings = [text_of(cell) for cell in re.findall(r"<th scope=\"col\">.*?</th>", table)]
    assert headings == ["network", "parameters", "multiply-adds", "top-1", "measured with"]
    found = {}
    for line in re.findall(r"<tr>(<th scope=\"row\">.*?)</tr>", table):
        name = re.search(r'href="#(\w+)"', line)[1]
        cells = [text_of(cell) for cell in re.findall(r"<t[dh].*?</t[dh]>", line)]
        found[name] = dict(zip(headings, cells))
    assert len(found) == len(catalog.NETWORKS)
    for row in catalog.NETWORKS:
        assert found[row.name] == {
            "network": f"{row.title} {row.paper.year}",
            "parameters": f"{row.trainable:,}",
            "multiply-adds": f"{row.macs:,}",
            "top-1": "–" if row.top1 is None else f"{row.top1:.1f} %",
            "measured with": row.top1_source or "–",
        }


def test_page_says_what_is_known_of_each_network(small):
    text = text_of(small)
    for name in ("lenet_5", "alexnet", "inception_resnet_v2", "nin", "resnet18"):
        row = catalog.find_network(name)
        article = re.search(rf'<article id="{name}".*?</article>', small, re.DOTALL)[0]
        assert re.search(r"<h3.*?</h3>", article)[0].count(row.title) == 1
        assert f'<span class="year">{row.paper.year}</span>' in article
        assert f'<a href="{row.paper.url}"><cite>{row.paper.title}</cite></a>' in article
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
    facts = {
        **vars(catalog.find_network("nin")),
        "title": NASTY,
        "introduced": NASTY,
        "checked_against": NASTY,
    }
    facts["paper"] = papers.Paper(NASTY, NASTY, NASTY, "2013-12", link="https://x/" + NASTY)
    facts |= {"top1": 50.0, "top1_source": NASTY}
    card = Card("share.png", "https://x/" + NASTY)
    text = page([Entry(catalog.Network(**facts), SVG, NARROW, NASTY, ((NASTY, NASTY),))], [], card)
    tags = Structure(text).tags
    assert "img" not in {tag for tag, _ in tags}
    assert [values for tag, values in tags if tag == "script"] == [{}]
    assert not any(key.startswith("on") for _, values in tags for key in values)


def test_same_page_for_the_same_networks(small):
    assert small == page(entries("lenet_5", "alexnet", "inception_resnet_v2"), entries("nin", "resnet18"))


def test_article_comes_first_in_its_order():
    names = [network.name for network in in_order(catalog.NETWORKS)]
    assert tuple(names[: len(ARTICLE)]) == ARTICLE
    assert sorted(names) == sorted(catalog.list_models())


def placed_texts(scene):
    """The texts of a chart with the frames that their letters take up."""
    texts = [shape for shape in scene.shapes if isinstance(shape, Text)]
    frames = [Frame(t.x - t.width / 2, t.y - t.size / 2, t.x + t.width / 2, t.y + t.size / 2) for t in texts]
    return list(zip((text.string for text in texts), frames))


NAMES = set(catalog.list_models())
DRAWN = {
    "timeline": lambda: timeline(sorted(catalog.NETWORKS, key=lambda row: row.paper.published)),
    "by multiply-adds": lambda: tradeoff(catalog.NETWORKS, MACS),
    "by parameters": lambda: tradeoff(catalog.NETWORKS, PARAMETERS),
    "challenge": lambda: challenge(NAMES),
}
KINDS = ("wide", "narrow")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("chart", DRAWN)
def test_labels_in_charts_do_not_overlap(chart, kind):
    """Nor are they cut at the edge; ResNeXt's three are the hardest."""
    scene = getattr(DRAWN[chart](), kind)
    frames = placed_texts(scene)
    assert len(frames) > 15
    for i, (name, frame) in enumerate(frames):
        assert frame.left >= -2 and frame.right <= scene.width + 2, name
        assert frame.top >= -2 and frame.bottom <= scene.height + 2, name
        overlapped = [other for other, taken in frames[:i] + frames[i + 1 :] if frame.meets(taken)]
        assert not overlapped, (name, overlapped)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cost", [MACS, PARAMETERS], ids=["macs", "parameters"])
def test_labels_in_the_comparison_touch_no_disc(cost, kind):
    scene = getattr(tradeoff(catalog.NETWORKS, cost), kind)
    discs = [(shape.x, shape.y, shape.radius) for shape in scene.shapes if isinstance(shape, Circle)]
    titles = {row.title for row in catalog.NETWORKS if row.top1}
    labels = [(name, frame) for name, frame in placed_texts(scene) if name in titles]
    best = {row.title for row in front(catalog.NETWORKS, cost)}
    assert best <= {name for name, _ in labels}
    assert len(labels) > len(titles) * (0.5 if kind == "wide" else 0.3)
    tooltips = " ".join(shape.tooltip for shape in scene.shapes if isinstance(shape, Circle))
    assert all(f"{title}: " in tooltips for title in titles)
    for name, frame in labels:
        assert all(gap(frame, disc) > 0 for disc in discs), name


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cost", [MACS, PARAMETERS], ids=["macs", "parameters"])
def test_discs_stand_where_the_axes_say(cost, kind):
    """The scales are read off the numbers on the axes, and each disc's figures off these scales."""
    scene = getattr(tradeoff(catalog.NETWORKS, cost), kind)
    unit, factor, ticks = {
        MACS: ("G", 1e9, [0.05, 0.2, 1, 5, 20]),
        PARAMETERS: ("M", 1e6, [2, 10, 50, 200]),
    }[cost]
    lowest = max(text.y for text in scene.shapes if isinstance(text, Text) and text.string == "55 %")
    centres = {
        text.string: (text.x, text.y)
        for text in scene.shapes
        if isinstance(text, Text) and (text.string.endswith("%") or lowest < text.y < lowest + 60)
    }
    across = {float(s[:-2]): x for s, (x, _) in centres.items() if re.fullmatch(rf"[\d.]+ {unit}", s)}
    up = {float(s[:-2]): y for s, (_, y) in centres.items() if re.fullmatch(r"\d+ %", s)}
    assert sorted(across) == ticks and sorted(up) == [55, 60, 65, 70, 75, 80, 85]
    left, right, low, high = across[ticks[0]], across[ticks[-2]], up[55], up[80]
    whole = log10(ticks[-2] / ticks[0])
    for number in ticks[:-1]:  # logarithmic; the last may be pushed in from the edge
        assert across[number] == pytest.approx(
            left + (right - left) * log10(number / ticks[0]) / whole, abs=0.1
        )
    for percent, y in up.items():
        assert y == pytest.approx(low + (high - low) * (percent - 55) / 25, abs=0.1)
    discs = {shape.link: shape for shape in scene.shapes if isinstance(shape, Circle) and shape.link}
    rows = [row for row in catalog.NETWORKS if row.top1 is not None]
    assert len(discs) == len(rows)
    # A grid line runs through the middle of the digits of its number.
    lines = [s.points[0][1] for s in scene.shapes if isinstance(s, Line) and s.css == "grid"]
    shift = min(lines) - up[85]
    assert abs(shift) < 1
    for row in rows:
        disc, exact = discs[f"#{row.name}"], row.macs if cost is MACS else row.trainable
        assert disc.tooltip.startswith(f"{row.title}: ") and disc.tooltip.endswith(f", {row.top1} %")
        read = ticks[0] * 10 ** (whole * (disc.x - left) / (right - left))
        assert read == pytest.approx(exact / factor, rel=1e-3)
        assert 55 + 25 * (disc.y - shift - low) / (high - low) == pytest.approx(row.top1, abs=0.01)
        assert disc.fill == charts.FAMILIES[row.family][1]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cost", [MACS, PARAMETERS], ids=["macs", "parameters"])
def test_areas_of_discs_are_the_other_cost(cost, kind):
    """As the key says, whose rings carry their numbers."""
    scene = getattr(tradeoff(catalog.NETWORKS, cost), kind)
    rings = [shape for shape in scene.shapes if isinstance(shape, Circle) and shape.css == "ring"]
    words = [text.string for text in scene.shapes if isinstance(text, Text)]
    unit, factor = ("M", 1e6) if cost is MACS else ("G", 1e9)
    numbers = [float(word[:-2]) * factor for word in words if re.fullmatch(rf"\d+ {unit}", word)]
    assert len(rings) == len(numbers) == 3
    (density,) = {round(number / (pi * ring.radius**2), -2) for number, ring in zip(numbers, rings)}
    rows = {f"#{row.name}": row for row in catalog.NETWORKS}
    for shape in scene.shapes:
        if isinstance(shape, Circle) and shape.link:
            row = rows[shape.link]
            exact = row.trainable if cost is MACS else row.macs
            assert pi * shape.radius**2 * density == pytest.approx(exact, rel=0.02)
            assert f": {exact / factor:.1f} {unit} " in shape.tooltip


@pytest.mark.parametrize("cost", ["macs", "trainable"])
def test_front_has_all_that_nothing_beats(cost):
    """By going through all pairs of networks."""
    best = front(catalog.NETWORKS, MACS if cost == "macs" else PARAMETERS)
    costs = [getattr(row, cost) for row in best]
    assert costs == sorted(costs)
    known = [row for row in catalog.NETWORKS if row.top1 is not None]
    for row in known:
        beaten = [
            other
            for other in known
            if other is not row and getattr(other, cost) <= getattr(row, cost) and other.top1 >= row.top1
        ]
        assert (row in best) == (not beaten), row.name


@pytest.mark.parametrize("chart", DRAWN)
def test_points_lead_to_networks(chart):
    for scene in DRAWN[chart]():
        links = {shape.link for shape in scene.shapes if not isinstance(shape, Line) and shape.link}
        assert links and {link.removeprefix("#") for link in links} <= NAMES
        if chart.startswith("by"):
            assert len(links) == sum(row.top1 is not None for row in catalog.NETWORKS)


def test_bars_of_the_challenge_are_errors():
    scene = challenge(NAMES).wide
    bars = [shape for shape in scene.shapes if isinstance(shape, Rectangle)]
    (person,) = [s.points[0][1] for s in scene.shapes if isinstance(s, Line) and s.css == "dashed"]
    base = bars[0].y + bars[0].height
    scale = (base - person) / ilsvrc.PERSON
    texts = [text for text in scene.shapes if isinstance(text, Text)]
    for bar, winner in zip(bars, ilsvrc.WINNERS):
        assert bar.y + bar.height == base
        assert bar.height / scale == pytest.approx(winner.error)
        middle = bar.x + bar.width / 2
        assert [t.string for t in texts if abs(t.x - middle) < 0.01] == [
            f"{winner.error:g} %",
            str(winner.year),
            winner.team,
        ]
        assert (bar.fill == "#e06666") == (winner.name is not None)
    assert [winner.name for winner in ilsvrc.WINNERS if winner.name] == [
        "alexnet",
        "inception_v1",
        "resnet152",
    ]


def test_papers_stand_at_their_months():
    """Each in its year, at the share of it that has passed; the colour is the family's."""
    networks = sorted(catalog.NETWORKS, key=lambda row: row.paper.published)
    scene = timeline(networks).wide
    ticks = [s.points[0][0] for s in scene.shapes if isinstance(s, Line) and s.points[0][0] == s.points[1][0]]
    years = {
        int(t.string): t.x for t in scene.shapes if isinstance(t, Text) and re.fullmatch(r"\d{4}", t.string)
    }
    assert sorted(years) == [1998, *range(2012, 2023)]
    year_width = years[2013] - years[2012]
    dots = {shape.tooltip: shape for shape in scene.shapes if isinstance(shape, Circle)}
    assert len(dots) == len({row.paper for row in networks})
    for paper in {row.paper for row in networks}:
        introduced = [row for row in networks if row.paper == paper]
        lines = names_of(introduced)
        dot = dots[", ".join(lines)]
        year, month = map(int, paper.published.split("-"))
        assert dot.x in ticks  # its flag's pole
        if year >= 2012:
            passed = (dot.x - (years[year] - year_width / 2)) / year_width
            assert 12 * passed == pytest.approx(month - 1, abs=0.01)
        assert dot.fill == charts.colour_of(introduced[0])


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
    assert svg in re.sub(r' class="(d[0-9a-f]{6}|wide)"', "", text)
    assert "lane: input" in text or "lane: [" in text
    expected = {"notes.txt", "index.html", "lenet.py", "nin.py"}
    expected |= {f"{row.name}.{kind}" for row in rows for kind in ("svg", "pdf", "ipynb", "html")}
    bitmaps = {"lenet_5.png", "nin_cifar.png", "share.png"} if gallery.no_bitmaps is None else set()
    linked = {link for link in Structure(text).links if not link.startswith(("#", "https:"))}
    assert linked == (expected | bitmaps) - {"share.png", "notes.txt", "index.html"}
    assert (tmp_path / "nin.py").read_text(encoding="utf-8") == rows[0].file.read_text(encoding="utf-8")
    if bitmaps:
        assert (tmp_path / "share.png").read_bytes()[16:24] == b"\0\0\4\xb0\0\0\2\x76"  # 1200 by 630
    assert {path.name for path in tmp_path.iterdir()} == expected | bitmaps
    with pytest.raises(ValueError, match="lenet_5.svg is there already; give --force"):
        Gallery(tmp_path, rows)
    Gallery(tmp_path, rows, force=True)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_page_is_made_while_the_engine_draws(tmp_path, monkeypatch):
    """The engine is another program, so what is made here need not wait for it."""
    page_made, in_time = threading.Event(), []
    html = Diagram.html

    def save(diagram, path, dpi=144):
        if path.suffix == ".png":
            in_time.append(page_made.wait(timeout=20))

    def page_of(diagram):
        page_made.set()
        return html(diagram)

    monkeypatch.setattr(Diagram, "save", save)
    monkeypatch.setattr(Diagram, "html", page_of)
    gallery = Gallery(tmp_path / "gallery", [catalog.find_network("lenet_5")])
    gallery.draw(gallery.networks[0])
    assert in_time == [True]


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
    names = {"lenet_5.svg", "lenet_5.pdf", "lenet_5.html", "lenet_5.ipynb", "lenet.py"}
    assert {path.name for path in gallery.folder.iterdir()} == names
    text = gallery.write_page().read_text(encoding="utf-8")
    assert ".png" not in text


def test_without_what_writes_pdf(tmp_path, monkeypatch):
    from keras_cnns.diagram.output import pdf

    monkeypatch.setattr(pdf, "is_installed", lambda: False)
    gallery = Gallery(tmp_path / "gallery", [catalog.find_network("lenet_5")])
    gallery.draw(gallery.networks[0])
    assert "needs fpdf2" in gallery.no_pdf and gallery.no_bitmaps is None
    assert "lenet_5.png" in {path.name for path in gallery.folder.iterdir()}
    assert ".pdf" not in gallery.write_page().read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def opened(tab, tmp_path_factory, small):
    file = tmp_path_factory.mktemp("small") / "index.html"
    file.write_text(small, encoding="utf-8")
    return tab, file.as_uri()


SEEN = """[...document.querySelectorAll(".picture svg, svg.chart")].filter(svg => svg.checkVisibility())
.map(svg => {
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
    assert len(pictures) == 9
    for picture in pictures:
        assert picture["hit"] and picture["inside"]
        assert picture["width"] > (600 if width > 1000 else 300) and picture["height"] > 80
    assert tab.value("document.documentElement.scrollWidth") == width  # only pictures scroll sideways
    grounds = (
        "[...document.querySelectorAll('.picture .scroll')].map(e => getComputedStyle(e).backgroundColor)"
    )
    assert set(tab.value(grounds)) == {"rgb(30, 30, 30)" if dark else "rgb(255, 255, 255)"}
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
