"""The gallery's page by axe's rules and by the keyboard alone: nothing wrong, all is reached."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from support.browser import installed
from support.pages import Opened, chromium

pytestmark = pytest.mark.skipif(not installed(), reason="no Chromium is installed")
SCREENS = [(1400, "light"), (768, "dark"), (390, "light")]
QUICK = {"resultTypes": ["violations"], "preload": False}
SEEN = "[...document.querySelectorAll('article')].filter(e => e.checkVisibility()).map(e => e.dataset.year)"
TITLE = "document.getElementById('compare-title').textContent"


@pytest.fixture(scope="module")
def program():
    with chromium() as found:
        yield found


@pytest.mark.parametrize("width,scheme", SCREENS)
def test_axe_finds_nothing_and_nothing_is_asked_for(program, address, width, scheme):
    """With a comparison shown, a difference lit and all that unfolds unfolded."""
    options = {"color_scheme": scheme, "has_touch": width < 800}
    with Opened(program, f"{address}#compare=alexnet,resnet50", width, 900, **options) as opened:
        opened.page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
        opened.page.evaluate("document.querySelector('#found button').click()")
        found = Axe().run(opened.page, options=QUICK).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
        assert opened.complaints == []
        assert opened.page.evaluate("document.documentElement.scrollWidth") == width


def tab_to(page, wanted, most=400):
    """Press the tab key until what has the focus matches a selector."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
    raise AssertionError(f"the keyboard does not come to {wanted}")


def test_keyboard_alone_does_everything(program, address):
    """Skip to the networks, sort, filter, compare, light a difference, explore a picture and leave it."""
    with Opened(program, address) as opened:
        page = opened.page
        tab_to(page, ".skip", 1)
        page.keyboard.press("Enter")
        tab_to(page, "#sort", 3)
        page.keyboard.type("newest")
        assert page.evaluate(SEEN) == sorted(page.evaluate(SEEN), reverse=True)
        tab_to(page, "#year-from", 2)
        page.keyboard.type("2016")
        assert min(page.evaluate(SEEN)) == "2016"
        tab_to(page, "[type=reset]", 12)
        page.keyboard.press("Enter")
        page.wait_for_timeout(100)  # a form is empty only after those who hear of it
        assert len({*page.evaluate(SEEN)}) > 3
        for name, words in (("one", "AlexNet"), ("two", "ResNet-50")):
            page.evaluate("document.getElementById('sort').focus()") if name == "one" else None
            tab_to(page, f"#{name}", 8)
            page.keyboard.type(words)
        assert page.evaluate(TITLE) == "AlexNet and ResNet-50"
        tab_to(page, "#found button", 8)
        assert page.evaluate("document.querySelectorAll('.mark.lit').length") > 1
        page.keyboard.press("Space")
        tab_to(page, "#compared", 100)  # by the other rows
        assert page.evaluate("document.querySelectorAll('.mark.lit').length") > 1  # it was pressed, and stays
        page.keyboard.press("ArrowRight")  # scrolls
        tab_to(page, "#alexnet .explore button")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.getAttribute('aria-expanded')") == "true"
        page.keyboard.press("Enter")
        assert not page.evaluate("document.querySelectorAll('iframe').length")
        tab_to(page, "#alexnet .size", 3)
        page.keyboard.press("Space")
        assert page.evaluate("document.activeElement.checked")
