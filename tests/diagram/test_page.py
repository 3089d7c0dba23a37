"""The explorable page in a real browser: what opens, where it stands, what it says, what it never does."""

import random
import re
import xml.etree.ElementTree as ET

import IPython
import keras
import pytest
from axe_playwright_python.base import AXE_SCRIPT
from IPython.core.formatters import DisplayFormatter
from IPython.core.interactiveshell import InteractiveShell
from support.browser import installed
from support.pages import Opened, chromium, data_of, overlapping
from support.sizes import weightless
from support.stretch import Sheet

import keras_cnns
from keras_cnns.diagram.output import notebook
from keras_cnns.visualize import Diagram, plot_model
from keras_cnns.weightless import build_weightless

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
            plot_model(build_weightless(OWN[name]) if name in OWN else weightless(name), path)
        return path.as_uri()

    return write


def test_closed_it_is_the_picture():
    picture = plot_model(weightless("resnet50"))
    page = picture.html()
    drawn = re.search(r"<svg .*?</svg>\n", page, re.DOTALL)[0]
    assert re.sub(r' class="[^"]*"', "", drawn) == picture.svg()


# What the cards of the lane say, in all: each layer's costs are seen once, whatever is open.
SUMS = """() => [...document.querySelectorAll('#view > svg > g > .block:first-child .place[aria-label]')]
  .filter((one) => one.getClientRects().length && !one.ariaLabel.startsWith('repeats'))
  .map((one) => one.ariaLabel.match(/([\\d,]+) parameters/)?.[1].replaceAll(',', '') || 0).map(Number)
"""


@pytest.mark.parametrize("name", ["resnet50", "inception_v3"])
def test_everything_opens_nothing_overlaps_and_parts_cost_what_the_whole_does(browser, address, name):
    with Opened(browser, address(name)) as opened:
        closed = opened.boxes()
        seen = [len(closed)]
        whole = weightless(name).count_params()
        assert sum(opened.page.evaluate(SUMS)) == whole
        for _ in range(6):
            opened.press("#all")
            boxes = opened.boxes()
            assert overlapping(boxes) == []
            assert sum(opened.page.evaluate(SUMS)) == whole
            seen.append(len(boxes))
        assert seen == sorted(seen) and seen[-1] == seen[-2] > 3 * seen[0]
        opened.press("#none")
        assert opened.boxes() == closed
        assert opened.complaints == []


def test_sizes_and_policy():
    page = plot_model(weightless("inception_resnet_v2")).html()
    assert len(page.encode()) <= 121_000
    assert "default-src 'none'" in page and "unsafe" not in page
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|@import|url\(|\sstyle=|\son\w+=", page)


def test_calls_are_those_of_profile():
    model = weightless("inception_v1")
    calls = data_of(plot_model(model).html())["calls"]
    costs = keras_cnns.profile(model)
    assert calls["params"] == [row.params for row in costs.rows]
    assert calls["macs"] == [row.macs for row in costs.rows]
    assert [calls["words"][n] for n in calls["kind"]] == [row.kind for row in costs.rows]


# The middles of all boxes that are seen, on the sheet.
MIDDLES = """() => {
  const sheet = document.querySelector('#view > svg').getScreenCTM().inverse();
  const seen = [...document.querySelectorAll('.place')].filter((one) => one.getClientRects().length);
  return seen.flatMap((one) => {
    const own = [...one.children].filter((node) => node.localName === 'rect').pop();
    if (own.getAttribute('fill') === 'none') return [];
    const [x, y, w, h] = ['x', 'y', 'width', 'height'].map((key) => +own.getAttribute(key));
    const point = new DOMPoint(x + w / 2, y + h / 2).matrixTransform(sheet.multiply(one.getScreenCTM()));
    return [[point.x, point.y]];
  });
}"""


# Of what can be opened or closed and is seen, press the one that is this far on the way from first to last.
PRESS_ONE = """(share) => {
  const seen = [...document.querySelectorAll('.place.opens')].filter((one) => one.checkVisibility());
  seen[Math.floor(share * seen.length)].dispatchEvent(new MouseEvent('click', { bubbles: true }));
}"""


def to_pixels(point):
    """Coordinates are halves of pixels, so these do not depend on how the last digits are rounded."""
    return [round(value + 0.1) for value in point]


@pytest.mark.parametrize("name", ["resnet50", "inception_v3"])
@pytest.mark.parametrize("rankdir", ["LR", "TB", "RL"])
def test_boxes_are_where_the_rule_puts_them(browser, tmp_path, name, rankdir):
    path = tmp_path / "page.html"
    plot_model(weightless(name), path, rankdir=rankdir)
    data = data_of(path.read_text(encoding="utf-8"))
    chance = random.Random(1)
    with Opened(browser, path.as_uri()) as opened:
        for _ in range(6):
            state = opened.page.evaluate("location.hash").removeprefix("#open=").split(",")
            rule = sorted(Sheet(data, state).centres, key=to_pixels)
            shown = sorted(opened.page.evaluate(MIDDLES), key=to_pixels)
            assert len(shown) == len(rule)
            assert all(abs(a - b) < 0.1 for one, other in zip(shown, rule) for a, b in zip(one, other))
            assert overlapping(opened.boxes()) == []
            for _ in range(2):
                opened.page.evaluate(PRESS_ONE, chance.random())


def test_a_model_called_twice_is_one_call_in_each_place(browser, address):
    with Opened(browser, address("twins")) as opened:
        for _ in range(3):
            opened.press("#all")
        assert sum(opened.page.evaluate(SUMS)) == build_weightless(twins).count_params()
        opened.page.keyboard.press("m")
        # Two inputs, and of each call two convolutions and a sum, then the join.
        assert opened.page.locator("#ribbon rect").count() == 2 + 2 * 3 + 1
        assert opened.complaints == []


def names(opened):
    return [name for name, _ in opened.boxes()]


def test_a_repeat_opens_to_copies_with_shapes_of_their_own(browser, address):
    with Opened(browser, address("inception_v3")) as opened:
        copies = opened.page.get_by_role("button", name="repeats 3 times")
        copies.first.dispatch_event("click")
        shapes = opened.page.locator(".block .block .place .s1").all_text_contents()
        assert shapes == ["35×35×256", "35×35×288", "35×35×288"]


def test_keyboard_alone(browser, address):
    with Opened(browser, address("resnet50")) as opened:
        page, focus = opened.page, "document.activeElement.getAttribute('aria-label')"
        page.locator("#help").focus()
        page.keyboard.press("Tab")
        assert page.evaluate(focus).startswith("conv 7×7")
        assert (
            page.locator("#card").is_visible()
            and "224×224×3 → 112×112×64" in page.locator("#card").inner_text()
        )
        page.keyboard.press("Enter")
        assert page.evaluate(focus) == "close conv 7×7"
        page.keyboard.press("ArrowDown")
        assert page.evaluate(focus) == "ZeroPadding2D"
        page.keyboard.press("ArrowRight")
        assert page.evaluate(focus).startswith("Conv2D, 9,408 parameters")
        page.keyboard.press("ArrowUp")
        assert page.evaluate(focus) == "close conv 7×7"
        page.keyboard.press("Space")
        assert page.evaluate(focus).startswith("conv 7×7")
        assert page.evaluate("document.activeElement.ariaExpanded") == "false"
        page.keyboard.press("Enter")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        assert page.evaluate(focus).startswith("conv 7×7")
        before = page.locator("#view > svg").get_attribute("viewBox")
        page.keyboard.press("+")
        assert page.locator("#view > svg").get_attribute("viewBox") != before
        page.keyboard.press("0")
        assert page.locator("#view > svg").get_attribute("viewBox") == before
        page.keyboard.press("?")
        assert page.locator("#keys").is_visible()
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.id") == "search"
        assert opened.complaints == []


def test_every_button_is_reached_by_tab_and_seen(browser, address):
    with Opened(browser, address("lenet_5")) as opened:
        reached = set()
        opened.page.locator("body").press("Tab")
        for _ in range(40):
            reached.add(opened.page.evaluate("document.activeElement.id || document.activeElement.ariaLabel"))
            outlined = opened.page.evaluate(
                "(() => { const e = document.activeElement, r = e.querySelector(':scope > rect:not(.reach)');"
                " return e === document.body || getComputedStyle(e).outlineStyle !== 'none' ||"
                " (r && getComputedStyle(r).strokeWidth === '4px'); })()"
            )
            assert outlined
            opened.page.keyboard.press("Tab")
        wanted = opened.page.evaluate(
            "[...document.querySelectorAll('button, input, select, summary, [tabindex=\"0\"]')]"
            ".filter((e) => e.checkVisibility()).map((e) => e.id || e.ariaLabel)"
        )
        assert set(wanted) <= reached


def test_search_counts_and_opens_what_hides_a_layer(browser, address):
    model = weightless("resnet50")
    wanted = [
        layer
        for layer in model.layers
        if getattr(layer, "kernel_size", None) == (3, 3) and layer.filters == 512
    ]
    with Opened(browser, address("resnet50")) as opened:
        opened.page.fill("#search", "3×3 512")
        assert opened.page.locator("#hits").inner_text() == f"{len(wanted)} found"
        for layer in wanted:
            opened.page.press("#search", "Enter")
            assert layer.name in opened.page.locator("#card").inner_text()
        assert opened.complaints == []


def test_steps_from_input_to_output(browser, address):
    with Opened(browser, address("resnet50")) as opened:
        opened.page.keyboard.press("s")
        said = []
        for _ in range(13):
            said.append(opened.page.locator("#card p").first.inner_text())
            opened.page.keyboard.press("PageDown")
        assert said[0] == "Step 1 of 13: 224×224×3 comes in."
        assert said[1] == "Step 2 of 13: 224×224×3 → 112×112×64."
        assert said[-1] == "Step 13 of 13: 2048 → 1000."
        assert opened.page.locator(".now").count() == 1
        opened.page.keyboard.press("Escape")
        assert opened.page.locator(".now").count() == 0


def shapes_of(model):
    """Of each call in turn, without the batch."""
    return ["×".join(map(str, layer.output.shape[1:])) for layer in model.layers]


def test_the_ribbon_has_a_bar_for_each_map(browser, address):
    """As high as the map is wide, as thick as it has channels; each copy of a ×N has its own."""
    model = weightless("vgg16")
    wanted = [
        layer.output.shape[1:]
        for layer in model.layers
        if isinstance(layer, (keras.layers.InputLayer, keras.layers.Conv2D, keras.layers.MaxPooling2D))
    ]
    bars = """[...document.querySelectorAll('#ribbon rect')]
      .map((one) => [+one.getAttribute('width'), +one.getAttribute('height')])"""
    with Opened(browser, address("vgg16")) as opened:
        assert not opened.page.locator("#ribbon").is_visible()
        opened.page.keyboard.press("m")
        drawn = opened.page.evaluate(bars)
        assert len(drawn) == len(wanted) + 3  # the dense layers
        heights = dict(zip([side for side, *_ in wanted], [high for _, high in drawn]))
        assert [high for _, high in drawn[:-3]] == [heights[side] for side, *_ in wanted]
        assert sorted(heights, reverse=True) == sorted(heights, key=heights.get, reverse=True)
        widths = [(wide / drawn[1][0]) ** 2 * 64 for wide, _ in drawn[1:]]  # the first has the least width
        assert widths[:-3] == pytest.approx([channels for *_, channels in wanted[1:]], rel=0.01)
        assert widths[-3:] == pytest.approx([4096, 4096, 1000], rel=0.01)
        said = opened.page.locator("#ribbon text").all_text_contents()
        assert set(said) <= set(shapes_of(model)) and said[0] == "224×224×3" and said[-1] == "1000"
        opened.press("#all")
        opened.press("#all")
        assert len(opened.page.evaluate(bars)) == len(model.layers)
        opened.press("#shapes")
        assert not opened.page.locator("#ribbon").is_visible() and not opened.page.locator(".shape").count()
        assert opened.complaints == []


def test_shapes_stand_on_the_boxes(browser, address):
    with Opened(browser, address("resnet50")) as opened:
        opened.press("#shapes")
        lane = "#view > svg > g > .block:first-child > .place > .shape"
        assert opened.page.locator(lane).all_text_contents()[:5] == [
            *("224×224×3", "112×112×64", "56×56×64", "56×56×256", "56×56×256")
        ]
        boxes = opened.boxes()
        opened.press(".place.opens", 2)
        assert opened.page.locator(".block .block .shape").count() == 0  # where they stand anyway
        opened.press(".close")
        assert opened.boxes() == boxes


# The longest stretch of the line through a frame, from side to side, that nothing covers.
GAPS = """() => [...document.querySelectorAll('.frame')].filter((one) => one.checkVisibility()).map(
(frame) => {
  const own = frame.parentNode, box = frame.getBoundingClientRect(), covered = [];
  const comesIn = (line) => Math.abs(line.left - box.left) < 1 && line.height < 2;
  const axis = [...own.children].filter((one) => one.localName === 'path')
    .map((one) => one.getBoundingClientRect()).find(comesIn);
  for (const one of own.querySelectorAll('path, rect')) {
    const at = one.getBoundingClientRect();
    const counts = one !== frame && !one.closest('.close') && one.checkVisibility();
    if (counts && at.top <= axis.bottom && at.bottom >= axis.top) covered.push([at.left, at.right]);
  }
  covered.sort((a, b) => a[0] - b[0]);
  let reached = box.left, gap = 0;
  for (const [low, high] of covered) {
    gap = Math.max(gap, low - reached);
    reached = Math.max(reached, high);
  }
  return Math.max(gap, box.right - reached);
})"""


@pytest.mark.parametrize("name", ["lenet_5", "vgg16"])
def test_the_line_through_what_is_open_has_no_gap(browser, address, name):
    with Opened(browser, address(name)) as opened:
        for _ in range(3):
            opened.press("#all")
        opened.press("#fit")
        gaps = opened.page.evaluate(GAPS)
        assert len(gaps) > 4 and max(gaps) < 1.2


def test_fit_shows_all_and_then_fills_the_screen(browser, address):
    with Opened(browser, address("resnet50")) as opened:
        for _ in range(4):
            opened.press("#all")
        box = "document.querySelector('#view > svg > g').getBoundingClientRect()"
        room = opened.page.evaluate("document.querySelector('#view').clientHeight")
        opened.press("#fit")
        assert (
            opened.page.evaluate(f"{box}.width") <= 1280 and opened.page.evaluate(f"{box}.height") < room / 2
        )
        opened.press("#fit")
        assert opened.page.evaluate(f"{box}.width") > 3 * 1280
        opened.press("#fit")
        assert opened.page.evaluate(f"{box}.width") <= 1280


def test_words_that_nobody_sees_are_left_out_but_for_what_is_saved(browser, tmp_path):
    """What makes a picture of thousands of boxes open fast."""
    kinds = [(size, name) for size in range(1, 12) for name in (None, "relu", "tanh", "elu", "gelu")]
    chosen = random.Random(1).choices(kinds, k=230)

    def many():
        lines = [keras.layers.Conv2D(1, size, padding="same", activation=name) for size, name in chosen]
        return keras.Sequential([keras.Input((8, 8, 1)), *lines])

    model = build_weightless(many)
    plot_model(model, tmp_path / "page.html")
    words = "[...document.querySelectorAll('.place text')].filter((e) => e.getClientRects().length).length"
    with Opened(browser, (tmp_path / "page.html").as_uri(), accept_downloads=True) as opened:
        n_boxes = len(opened.boxes())
        assert n_boxes > 200
        opened.press("#fit")
        for _ in range(20):
            opened.press("#in")
        assert 0 < opened.page.evaluate(words) < n_boxes / 2
        assert len(opened.boxes()) == n_boxes
        on_screen = """[...document.querySelectorAll('.place')].filter((e) => {
          const { left, right, top, bottom } = e.querySelector('rect').getBoundingClientRect();
          return left < innerWidth && right > 0 && top < innerHeight && bottom > 0;
        }).every((e) => [...e.querySelectorAll('text')].every((t) => t.getClientRects().length))"""
        assert opened.page.evaluate(on_screen)
        with opened.page.expect_download() as download:
            opened.press("#svg")
        saved = ET.parse(download.value.path()).getroot()
        assert len([*saved.iter("{http://www.w3.org/2000/svg}text")]) >= n_boxes
        assert opened.complaints == []


@pytest.mark.parametrize("key", ["params", "macs", "size"])
def test_colours_say_which_costs_most(browser, address, key):
    with Opened(browser, address("vgg16")) as opened:
        opened.page.select_option("#colour", key)
        fills = opened.page.evaluate(
            "[...document.querySelectorAll('.place')].map((e) => [e.ariaLabel, "
            "[...e.children].filter((c) => c.localName === 'rect').pop().style.fill])"
        )
        deepest = [name for name, fill in fills if fill == "rgb(8, 69, 140)"]
        # The first dense layer; two stages of equal work; in the first two stages both convolutions.
        most = {
            "params": ["dense 4096, 102,764,544 parameters"],
            "macs": ["conv 3×3, 3 times, 5,309,696 parameters in all"] * 2,
            "size": [f"conv 3×3, 2 times, {n} parameters in all" for n in ("75,648", "184,512")],
        }
        assert deepest == most[key]
        opened.page.select_option("#colour", "kind")
        assert not opened.page.locator(".pill").count()


def test_a_profile_is_a_page_with_the_costs_on_the_picture(browser, tmp_path):
    costs = keras_cnns.profile(weightless("vgg16"))
    costs.save(tmp_path / "costs.html")
    with browser.new_context(viewport={"width": 1000, "height": 700}) as context:
        tab, complaints = context.new_page(), []
        tab.on("console", lambda message: complaints.append(message.text))
        tab.goto((tmp_path / "costs.html").as_uri())
        frame = tab.frame_locator("iframe")
        frame.locator("body[data-ready]").wait_for(state="attached")
        assert frame.locator("#colour").input_value() == "macs"
        numbers = frame.locator("#view > svg > g > .block:first-child .pill").all_text_contents()
        assert len(numbers) == 5 + 3 and "103 M" in numbers  # of five convolutions for each place, and dense
        assert tab.locator("table").count() == 1
        assert tab.evaluate("document.documentElement.scrollWidth") == 1000
        tab.evaluate(AXE_SCRIPT)
        assert tab.evaluate(VIOLATIONS) == []
        assert complaints == []
    assert "explored" not in costs.json() and costs == keras_cnns.profile(weightless("vgg16"))
    assert (
        keras_cnns.profiling.profile_model.profile_model(weightless("lenet_5")).page().count("<iframe") == 0
    )


def test_a_page_starts_with_the_colour_it_is_told(browser, tmp_path):
    (tmp_path / "page.html").write_text(plot_model(weightless("lenet_5")).html("parameters"), "utf-8")
    with Opened(browser, (tmp_path / "page.html").as_uri()) as opened:
        assert opened.page.locator("#colour").input_value() == "params"
        assert opened.page.evaluate("location.hash") == ""
        opened.page.select_option("#colour", "kind")
        opened.go(opened.page.evaluate("location.hash"))
        assert (
            opened.page.locator("#colour").input_value() == "kind"
            and not opened.page.locator(".pill").count()
        )
    with pytest.raises(ValueError, match="colour must be"):
        plot_model(weightless("lenet_5")).html("macs")


def test_state_is_in_the_address_and_strange_ones_do_nothing(browser, address):
    with Opened(browser, address("resnet50")) as opened:
        opened.press(".place.opens", 3)
        opened.press("#fit")
        opened.page.select_option("#colour", "macs")
        state, boxes = opened.page.evaluate("location.hash"), opened.boxes()
        assert re.fullmatch(r"#open=[0-9.,]+&colour=macs", state)
        opened.go(state)
        opened.press("#fit")
        assert opened.boxes() == boxes
        for strange in ("#open=0.99999.3,9.9,x,0.1.1.1&colour=red&x=<b>", "#open=" + "0.1," * 900, "#%00"):
            opened.go(strange)
            assert opened.page.evaluate("document.querySelectorAll('.close').length") <= 1
            assert opened.complaints == []


def test_the_view_is_saved(browser, address, tmp_path):
    with Opened(browser, address("resnet50"), accept_downloads=True) as opened:
        opened.press("#all")
        with opened.page.expect_download() as download:
            opened.press("#svg")
        download.value.save_as(tmp_path / "view.svg")
        with opened.page.expect_download() as download:
            opened.press("#png")
        download.value.save_as(tmp_path / "view.png")
        texts = opened.page.evaluate(
            "[...document.querySelectorAll('#view text')].filter((e) => e.getClientRects().length)"
            ".map((e) => e.textContent).filter(Boolean)"
        )
    root = ET.parse(tmp_path / "view.svg").getroot()
    saved = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text") if text.text]
    assert sorted(saved) == sorted(texts)
    assert float(root.get("width")) > 1500
    assert (tmp_path / "view.png").read_bytes().startswith(b"\x89PNG")


def unet():
    inputs = x = keras.Input((32, 32, 3))
    skips = []
    for filters in (8, 16):
        x = keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        skips.append(x)
        x = keras.layers.MaxPooling2D()(x)
    for filters, skip in zip((16, 8), reversed(skips)):
        x = keras.layers.Conv2DTranspose(filters, 2, 2)(x)
        x = keras.layers.Conv2D(filters, 3, padding="same")(keras.layers.Concatenate()([x, skip]))
    return keras.Model(inputs, x, name="u_shape")


def twins():
    inputs = keras.Input((16, 16, 4))
    x = keras.layers.Conv2D(4, 3, padding="same", activation="relu")(inputs)
    shared = keras.Model(inputs, keras.layers.Add()([keras.layers.Conv2D(4, 3, padding="same")(x), inputs]))
    both = [keras.Input((16, 16, 4)), keras.Input((16, 16, 4))]
    return keras.Model(both, keras.layers.Concatenate()([shared(one) for one in both]), name="twins")


OWN = {"u_shape": unet, "twins": twins}
VIOLATIONS = """axe.run({ resultTypes: ['violations'] }).then((found) => found.violations.map(
  ({ id, nodes }) => [id, nodes[0].html.slice(0, 200)]))"""
SCREENS = [
    ("resnet50", "light", 390),
    ("resnet50", "dark", 1280),
    ("lenet_5", "dark", 390),
    ("inception_v1", "light", 1280),
    ("DenseNet121", "dark", 768),
    ("u_shape", "light", 768),
    ("twins", "light", 390),
    ("twins", "dark", 1280),
]


@pytest.mark.parametrize("name, scheme, width", SCREENS)
def test_nobody_is_shut_out(browser, address, name, scheme, width):
    with Opened(browser, address(name), width, color_scheme=scheme, reduced_motion="reduce") as opened:
        opened.page.evaluate(AXE_SCRIPT)
        assert opened.page.evaluate(VIOLATIONS) == []
        for act in ("#all", "#shapes", "#help"):
            opened.press(act)
        assert opened.page.evaluate(VIOLATIONS) == []
        opened.page.select_option("#colour", "params")
        assert opened.page.evaluate(VIOLATIONS) == []
        assert opened.page.evaluate("document.documentElement.scrollWidth") == width
        assert opened.complaints == []


def test_by_touch(browser, address):
    with Opened(browser, address("resnet50"), 390, has_touch=True, is_mobile=True) as opened:
        opened.page.locator(".place.opens").first.tap()
        assert "conv1_conv" in opened.page.locator("#card").inner_text()
        assert not opened.page.locator(".close").count()
        opened.page.locator("#card button").tap()
        assert opened.page.locator(".close").count() == 1
        small = opened.page.evaluate(
            "[...document.querySelectorAll('button, select, input, summary')]"
            ".map((e) => [e.id, e.getBoundingClientRect()])"
            ".filter(([, box]) => box.width && Math.min(box.width, box.height) < 32).map(([id]) => id)"
        )
        assert small == []


def test_without_scripts_it_is_the_static_picture(browser, address):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(address("resnet50"))
    assert page.locator("#view > svg").bounding_box()["width"] == 1494
    assert not page.locator("#tools").is_visible()
    context.close()


def test_names_of_strangers_stay_text(browser, tmp_path):
    nasty = "</script><img src=x onerror=alert(1)>"

    def strange():
        layers = [keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 3, name="a&b<c")]
        inner = keras.Sequential(layers, name=nasty.replace("/", "|"))
        return keras.Sequential(
            [keras.Input((8, 8, 3)), inner, keras.layers.ReLU(name="<b>bold")], name=nasty.replace("/", "|")
        )

    model = build_weightless(strange)
    plot_model(model, tmp_path / "page.html")
    with Opened(browser, (tmp_path / "page.html").as_uri()) as opened:
        for _ in range(3):
            opened.press("#all")
        opened.page.locator(".place").last.focus()
        opened.page.fill("#search", "a&b<c")
        opened.page.press("#search", "Enter")
        assert opened.page.locator("img, b").count() == 0
        assert "a&b<c" in opened.page.locator("#card").inner_text()
        assert opened.complaints == []


# What a front end says of the page that its cells are in: nothing, and what VS Code does if it is told to.
LAB = ""
VS_CODE = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src https: http: data:; font-src https:; connect-src https:; child-src https: data:"
)
NO_SCRIPT = "script-src 'none'"


def in_a_cell(browser, path, output, policy=""):
    """A tab with an output as a cell shows it, 800 pixels wide, and what it says to the console."""
    rules = f'<meta http-equiv="Content-Security-Policy" content="{policy}">' if policy else ""
    path.write_text(
        f"<!doctype html><meta charset=utf-8>{rules}<div id=cell style='width:800px'>{output}</div>", "utf-8"
    )
    context = browser.new_context(viewport={"width": 900, "height": 700})
    tab, complaints = context.new_page(), []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.goto(path.as_uri())
    return tab, complaints


@pytest.mark.parametrize("policy", [LAB, VS_CODE], ids=["Lab", "VS Code"])
def test_in_a_cell_of_a_notebook(browser, tmp_path, policy):
    bundle, _ = DisplayFormatter().format(plot_model(weightless("lenet_5")))
    assert bundle["image/svg+xml"].startswith("<svg ") and "LeNet" not in bundle["text/plain"]
    tab, complaints = in_a_cell(browser, tmp_path / "notebook.html", bundle["text/html"], policy)
    frame = tab.frame_locator("iframe")
    frame.locator("body[data-ready]").wait_for(state="attached")
    frame.locator(".place.opens").first.click()
    assert frame.locator(".close").count() == 1
    assert tab.locator("#cell").bounding_box() == tab.locator("iframe").bounding_box()
    tab.evaluate("document.querySelector('iframe').remove()")  # as viewers do that take frames out
    assert tab.locator("#cell img").bounding_box()["width"] > 500
    assert complaints == []
    tab.context.close()


def test_in_a_cell_where_nothing_runs_it_is_the_picture(browser, tmp_path):
    bundle = plot_model(weightless("lenet_5")).explore(height=400)._repr_mimebundle_()
    tab, _ = in_a_cell(browser, tmp_path / "notebook.html", bundle["text/html"], NO_SCRIPT)
    frame = tab.frame_locator("iframe")
    assert frame.locator("#view > svg").bounding_box()["width"] > 500
    assert not frame.locator("#tools").is_visible()
    assert tab.locator("#cell").bounding_box()["height"] == 400
    tab.context.close()


def test_a_cell_shows_an_image_where_a_page_is_none_or_too_large(monkeypatch):
    flat = plot_model(weightless("lenet_5"))
    assert "<iframe" in flat._repr_mimebundle_()["text/html"]
    solid = plot_model(weightless("lenet_5"), style="volumes")
    assert solid._repr_mimebundle_()["text/html"] == solid._repr_html_()
    monkeypatch.setattr(notebook, "LARGEST_PAGE", 10_000)
    assert flat._repr_mimebundle_()["text/html"] == flat._repr_html_()
    monkeypatch.setattr(notebook, "LARGEST_PICTURE", 1000)
    monkeypatch.setattr(Diagram, "html", None)  # nor is the page made to be thrown away
    assert flat._repr_mimebundle_()["text/html"] == flat._repr_html_()


def test_a_terminal_makes_no_page(monkeypatch):
    shell = InteractiveShell.instance()
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    monkeypatch.setattr(Diagram, "html", None)
    shell.display_formatter.active_types = ["text/plain"]
    try:
        bundle, _ = shell.display_formatter.format(plot_model(weightless("lenet_5")))
    finally:
        InteractiveShell.clear_instance()
    assert "<iframe" not in bundle["text/html"]
