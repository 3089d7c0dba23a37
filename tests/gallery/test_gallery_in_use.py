"""The gallery's page in use: order, choice, two side by side, a phone, the dark, paper, without script."""

import json
import re
from base64 import b64decode

import pytest
from support.sizes import weightless

import keras_cnns
from keras_cnns.catalog import facts
from keras_cnns.diagram.draw.captions import CaptionOptions
from keras_cnns.diagram.draw.layout import layout
from keras_cnns.diagram.draw.palettes import palette
from keras_cnns.diagram.draw.print_width import Length
from keras_cnns.diagram.draw.scene import Circle, Rectangle, Text
from keras_cnns.gallery import ARTICLE
from keras_cnns.gallery.page import STEPS, page
from keras_cnns.gallery.section import Entry
from keras_cnns.gallery.starter import starter

DRAWN = ("alexnet", "resnet50", "inception_v4")
CHANGED = ("alexnet", "alexnet_owt")
STAND_IN = '<svg class="{}" width="{}" height="184" viewBox="0 0 {} 184" role="img"><path d="M0 0"/></svg>'
ROWS = {row.name: row for row in facts.NETWORKS}


def fill(tab, **values):
    """Type into controls, as a person does."""
    for name, value in values.items():
        target = f"document.getElementById({json.dumps(name.replace('_', '-'))})"
        event = "dispatchEvent(new Event('input', {bubbles: true}))"
        tab.value(f"{target}.value = {json.dumps(str(value))}; {target}.{event}")


def settle(tab):
    """Wait until the page has done what it was to do next, such as tell of its having been scrolled."""
    done = "new Promise(done => requestAnimationFrame(() => setTimeout(done, 30)))"
    tab.ask("Runtime.evaluate", expression=done, awaitPromise=True)


SEEN = "[...document.querySelectorAll('article')].filter(e => e.checkVisibility()).map(e => e.id)"


def test_order_and_choice(tab, address):
    tab.show(address, 1280)
    first = tab.value(SEEN)
    assert sorted(first) == sorted(ROWS)
    for key, value in {
        "year": lambda row: row.paper.year,
        "parameters": lambda row: row.trainable,
        "macs": lambda row: row.macs,
        "top1": lambda row: row.top1,
    }.items():
        for sign in ("", "-"):
            fill(tab, sort=sign + key)
            values = [value(ROWS[name]) for name in tab.value(SEEN)]
            known = [each for each in values if each is not None]
            assert len(values) == len(ROWS)
            assert known == sorted(known, reverse=sign == "-")
            assert values == known + [None] * (len(values) - len(known))  # what is not known comes last
    fill(tab, sort="", year_from=2014, most_parameters=30, most_macs=6, least_top1=75)
    chosen = {
        row.name
        for row in facts.NETWORKS
        if row.paper.year >= 2014 and row.trainable <= 30e6 and row.macs <= 6e9 and (row.top1 or 0) >= 75
    }
    assert 2 < len(chosen) < len(ROWS) / 3 and set(tab.value(SEEN)) == chosen
    assert (
        tab.value("document.getElementById('count').textContent") == f"{len(chosen)} of {len(ROWS)} networks"
    )
    rows = "[...document.querySelectorAll('.figures tbody tr')].filter(e => !e.hidden).length"
    assert tab.value(rows) == len(chosen)
    dim = (
        "[...document.querySelectorAll('#cost + p + figure .wide a.dim')]"
        ".map(e => e.getAttribute('href').slice(1))"
    )
    assert set(tab.value(dim)) == {row.name for row in facts.NETWORKS if row.top1} - chosen
    tab.value("document.querySelector('[type=reset]').click()")
    settle(tab)
    assert tab.value(SEEN) == first


def test_permalink_shows_what_was_filtered_away(tab, address):
    tab.show(address, 1280)
    fill(tab, year_from=2016)
    assert "resnet50" not in tab.value(SEEN)
    tab.value("location.hash = '#resnet50'")
    settle(tab)
    assert "resnet50" in tab.value(SEEN)
    anchor = "document.querySelector('#resnet50 .anchor')"
    assert tab.value(f"{anchor}.getAttribute('href')") == "#resnet50"


def test_two_side_by_side(tab, address):
    tab.show(address, 1280)
    assert tab.value("document.getElementById('compare').hidden")
    fill(tab, one="alexnet", two="resnet50")
    assert tab.value("location.hash") == "#compare=alexnet,resnet50"
    assert tab.value("document.getElementById('compare-title').textContent") == "AlexNet and ResNet-50"
    lines = tab.value(
        "[...document.querySelectorAll('#compare tbody tr')]"
        ".map(e => [...e.children].map(c => c.textContent))"
    )
    found = {line[0]: line[1:] for line in lines}
    assert found["Parameters"] == ["60,965,224", "25,557,032", "×0.419"]
    assert found["Multiply-adds"] == ["724 M", "3.86 G", "×5.33"]
    assert found["Classes"] == ["1,000", "1,000", ""]
    differs = "[...document.querySelectorAll('#compare .differs th')].map(e => e.textContent)"
    assert "Classes" not in tab.value(differs) and "Year" in tab.value(differs)
    boxes = tab.value(
        "[...document.querySelectorAll('#compare svg')].filter(e => e.checkVisibility())"
        ".map(e => [e.getAttribute('aria-label'), e.getBoundingClientRect().top])"
    )
    assert [label for label, _ in boxes] == ["alexnet", "resnet50"] and boxes[0][1] < boxes[1][1]


def test_what_changed_is_marked(tab, address):
    """Groups and widths are those of the two models' own layers."""
    one, two = (
        [layer for layer in weightless(name).layers if type(layer).__name__ == "Conv2D"] for name in CHANGED
    )
    changed = {("filters", a.filters, b.filters) for a, b in zip(one, two) if a.filters != b.filters}
    changed |= {("groups", a.groups, b.groups) for a, b in zip(one, two) if a.groups != b.groups}
    assert len(changed) == 4
    for dark in (False, True):
        tab.show("about:blank", 1280)
        tab.show(address, 1280, dark=dark)
        tab.value("document.querySelector('.changes details').open = true")
        words = tab.value("document.querySelector('.changes table').innerText").split("\n")
        for what, before, after in changed:
            assert [line for line in words if what in line and line.endswith(f"\t{before}\t{after}")]
        assert any(line.endswith("local response normalization\t–") for line in words)
        tab.value("document.querySelector('.changes .see a').click()")
        settle(tab)
        assert (
            tab.value("document.getElementById('compare-title').textContent")
            == "AlexNet and AlexNet (one tower)"
        )
        inks = "[...document.querySelectorAll('#compared .mark > rect')].map(e => getComputedStyle(e).stroke)"
        assert set(tab.value(inks)) == {"rgb(255, 143, 208)" if dark else "rgb(163, 24, 107)"}
        lines = "[...document.querySelectorAll('#compared .wide path')].map(e => getComputedStyle(e).stroke)"
        assert set(tab.value(lines)) - {"none"} == {rgb(palette("article", "dark" if dark else "white").ink)}
        for turn in (1, -1):  # in whichever order
            fill(tab, **dict(zip(("one", "two"), CHANGED[::turn])))
            rows = "[...document.querySelectorAll('#found tbody tr')]"
            cells = f"{rows}.map(e => [...e.children].map(c => c.textContent))"
            listed = {tuple(cells[-2:]) for cells in tab.value(cells) if ": " in cells[1]}
            assert listed == {(str(before), str(after))[::turn] for _, before, after in changed}
        assert tab.value("document.querySelectorAll('#compared svg.wide').length") == 2


def test_explored_in_place_and_loaded_only_then(tab, address):
    tab.show("about:blank", 1280)
    tab.show(address, 1280)
    tab.value("document.querySelector('#alexnet').scrollIntoView({behavior: 'instant'})")
    settle(tab)

    def asked():
        requests = [e for e in tab.events if e["method"] == "Network.requestWillBeSent"]
        urls = [request["params"]["request"]["url"] for request in requests]
        return [url for url in urls if not url.startswith("data:")]

    def shown():
        parts = ["iframe", ".scroll", ".size"]
        one = "e => document.querySelector(`#alexnet .picture ${e}`)?.checkVisibility() ?? null"
        return tab.value(f"{json.dumps(parts)}.map({one})")

    assert asked() == [address] and shown() == [None, True, True]
    tab.value("document.querySelector('#alexnet .explore button').click()")
    while not any(event["method"] == "Page.frameStoppedLoading" for event in tab.events):
        settle(tab)
    assert asked() == [address, address.replace("index", "alexnet")]
    assert shown() == [True, False, False]
    wrong = {"Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"}
    assert not [event for event in tab.events if event["method"] in wrong]
    tab.value("document.querySelector('#alexnet .explore button').click()")
    assert shown() == [None, True, True]


def test_pairs_are_of_the_catalogue():
    assert all(name in ROWS for pair in STEPS for name in pair)


@pytest.mark.parametrize(
    "hash", ["#compare=vgg16,vgg19", "#compare=<b>,vgg19", "#compare=vgg16,none", "#x%22"]
)
def test_address_is_data(tab, address, hash):
    tab.show("about:blank", 1280)
    tab.show(address + hash, 1280)
    assert tab.value("document.getElementById('compare').hidden") == (hash != "#compare=vgg16,vgg19")
    assert not [event for event in tab.events if event["method"] == "Runtime.exceptionThrown"]


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("kind", ["wide", "narrow"])
def test_dark_pictures_have_the_dark_palette(tab, address, folded, name, kind):
    """As `plot_model` draws them with background="dark", shape by shape."""
    tab.show(address, 1280 if kind == "wide" else 390, dark=True)
    parts = f"#{name} .picture svg.{kind} :is(rect, circle, text)"
    look = f"""[...document.querySelectorAll('{parts}')].map(e => {{
        const style = getComputedStyle(e);
        return [e.tagName, style.fill, style.stroke];
    }})"""
    ground, *shown = tab.value(look)
    assert ground[1] == "rgb(30, 30, 30)"
    size = tab.value(f"document.querySelector('#{name} svg.{kind}').viewBox.baseVal.width")
    width = None if kind == "wide" else Length(size, "px")
    scene = layout(folded[name], CaptionOptions(), palette=palette("article", "dark"), width=width)
    kinds = {Rectangle: "rect", Circle: "circle", Text: "text"}
    expected = [
        [
            kinds[type(shape)],
            rgb(shape.colour if isinstance(shape, Text) else shape.fill),
            "none" if isinstance(shape, Text) else rgb(shape.stroke),
        ]
        for shape in scene.shapes
        if type(shape) in kinds
    ]
    assert shown == expected and len(expected) > 30


def rgb(colour):
    if colour is None:
        return "none"
    return f"rgb({', '.join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))})"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_phone_cuts_nothing_and_marks_what_scrolls(tab, address, dark):
    tab.show(address, 390, dark=dark)
    assert tab.value("document.documentElement.scrollWidth") == 390
    cut = """[...document.querySelectorAll('.scroll')].filter(e => e.checkVisibility()).map(e => [
        e.scrollWidth > e.clientWidth + 1, getComputedStyle(e, '::after').content.includes('scroll sideways'),
        getComputedStyle(e).maskImage !== 'none', e.closest('article')?.id || ''])"""
    found = tab.value(cut)
    assert all(scrolls == sign == fades for scrolls, sign, fades, _ in found)
    # The widest picture is not shrunk until nobody can read it; all others fit.
    assert [name for scrolls, *_, name in found if scrolls] == ["inception_v4"]
    tab.value("const e = document.querySelector('#inception_v4 .scroll'); e.scrollLeft = e.scrollWidth; 1")
    settle(tab)
    assert tab.value("getComputedStyle(document.querySelector('#inception_v4 .scroll')).maskImage") == "none"
    small = """[...document.querySelectorAll('svg.narrow text')].filter(e => e.checkVisibility())
        .map(e => e.getBoundingClientRect().height)"""
    assert min(tab.value(small)) > 8
    wide = "[...document.querySelectorAll('pre')].filter(e => e.scrollWidth > e.clientWidth + 1).length"
    assert tab.value(wide) == 0
    targets = """[...document.querySelectorAll('#choice :is(input, select, button)')]
        .map(e => e.getBoundingClientRect().height)"""
    assert min(tab.value(targets)) >= 32


def test_points_lead_to_networks_by_keyboard(tab, address):
    tab.show(address, 1280)
    tab.value("document.querySelector('.chart.wide a[href=\"#xception\"] circle').closest('a').focus()")
    key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
    tab.ask("Input.dispatchKeyEvent", type="keyDown", **key)
    tab.ask("Input.dispatchKeyEvent", type="keyUp", **key)
    assert tab.value("location.hash") == "#xception"
    names = "[...document.querySelectorAll('.chart a:not([aria-hidden])')].map(e => e.textContent.trim())"
    assert all(tab.value(names))


def test_every_control_has_a_label(tab, address):
    tab.show(address, 1280)
    controls = "[...document.querySelectorAll('input, select')].map(e => [e.id, e.labels.length])"
    assert {count for _, count in tab.value(controls)} == {1}
    links = "[...document.querySelectorAll('.files a')].map(e => e.getAttribute('aria-label'))"
    assert len(set(tab.value(links))) == len(ROWS)


def test_prints_two_networks_on_a_page(tab, tmp_path, folded):
    """With a picture as tall as the tallest for every one that is not a plain lane."""
    tall = STAND_IN.format("wide", 1400, 1400).replace("184", "1260")
    low = STAND_IN.format("wide", 1000, 1000)

    def entry(row):
        plain = row.family == "plain" or row.module == "resnet_cifar"
        return Entry(row, low if plain else tall, "", row.name)

    ten, others = (
        [row for row in facts.NETWORKS if (row.name in ARTICLE) == first] for first in (True, False)
    )
    file = tmp_path / "index.html"
    file.write_text(page([entry(row) for row in ten], [entry(row) for row in others]), encoding="utf-8")
    tab.show(file.as_uri(), 1280)
    for size in ({}, {"paperWidth": 8.27, "paperHeight": 11.69}):  # Letter, A4
        printed = b64decode(tab.ask("Page.printToPDF", preferCSSPageSize=False, **size)["data"])
        assert 8 < len(re.findall(rb"/Type\s*/Page\b", printed)) <= len(facts.NETWORKS) * 2 / 3


def test_without_script_all_is_there(tab, tmp_path, in_use):
    file = tmp_path / "index.html"
    file.write_text(re.sub("<script>.*?</script>", "", in_use, flags=re.DOTALL), encoding="utf-8")
    tab.show(file.as_uri(), 1280)
    assert sorted(tab.value(SEEN)) == sorted(ROWS)
    assert not tab.value("document.getElementById('choice').checkVisibility()")
    assert not tab.value("document.getElementById('compare').checkVisibility()")
    assert tab.value("document.querySelectorAll('.chart.wide a[href]').length") > 30
    assert not tab.value("[...document.querySelectorAll('button')].filter(e => e.checkVisibility()).length")
    assert tab.value("document.querySelectorAll('.explore a[href]').length") == len(ROWS)


def test_share_card(in_use):
    tags = dict(re.findall(r'<meta property="(og:[\w:]+)" content="(.*?)">', in_use))
    assert tags["og:image"] == "https://x.org/g/share.png" and tags["og:url"] == "https://x.org/g/"
    assert tags["og:title"] and tags["og:description"].startswith(f"{len(ROWS)} networks")
    assert (tags["og:image:width"], tags["og:image:height"]) == ("1200", "630")


def test_notebook_runs(monkeypatch):
    import nbformat

    assert callable(keras_cnns.create)
    monkeypatch.setattr(keras_cnns, "create", weightless)  # which needs no values for its weights

    book = nbformat.reads(starter(ROWS["lenet_5"]), as_version=4)
    nbformat.validate(book)
    namespace = {}
    for cell in book.cells:
        if cell.cell_type == "code":
            exec(cell.source, namespace)
    assert namespace["model"].count_params() == ROWS["lenet_5"].trainable
    assert "What" not in book.cells[0].source and "sub-sampling" not in book.cells[0].source
