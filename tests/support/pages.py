"""Explorable pages in Chromium, driven by Playwright, and what of a page the tests look at."""

import json
import re
import zlib
from base64 import b85decode
from contextlib import contextmanager

from support.browser import installed

LAUNCH = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
# Everything that stands somewhere: boxes, and the frames of what is open.
SEEN = """() => {
  const inked = (node) => node.getClientRects().length > 0;
  const own = (node) => [...node.children].filter((one) => one.localName === 'rect').pop();
  const filled = (node) => own(node) && own(node).getAttribute('fill') !== 'none';
  const corners = (node) => {
    const box = node.getBoundingClientRect();
    return [box.left, box.top, box.right, box.bottom];
  };
  return [...document.querySelectorAll('.place')].filter((one) => inked(one) && filled(one))
    .map((one) => [one.getAttribute('aria-label'), corners(own(one))]);
}"""


def data_of(page):
    """What the script of a page reads: base 85 with other letters for those that mean something to HTML."""
    packed = re.search(r'<script id="data" type="text/plain">(.*?)</script>', page)[1]
    return json.loads(zlib.decompress(b85decode(packed.translate(str.maketrans(",.:", "&<>")))))


@contextmanager
def chromium():
    """Give a browser; everything that a page says to its console or asks of a network is in `complaints`."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(), args=LAUNCH)
        yield browser
        browser.close()


class Opened:
    """A page in a window of its own; `complaints` are errors, console messages, and requests but its own."""

    def __init__(self, browser, address, width=1280, height=800, **options):
        self.context = browser.new_context(viewport={"width": width, "height": height}, **options)
        self.page = self.context.new_page()
        self.complaints = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.note(request.url))
        self.address = address
        self.go("")

    def go(self, state):
        """Open the page anew with this state in its address."""
        self.page.goto("about:blank")
        self.page.goto(self.address + state)
        self.page.wait_for_selector("body[data-ready]", state="attached")

    def note(self, url):
        if url.split("#")[0] not in (self.address.split("#")[0], "about:blank") and not url.startswith(
            ("data:", "blob:")
        ):
            self.complaints.append(f"request: {url}")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.context.close()

    def press(self, selector, number=0):
        """Click on the one of this number; what is off the screen comes there first."""
        self.page.locator(selector).nth(number).dispatch_event("click")

    def boxes(self):
        """The name and the corners of each box that is seen."""
        return self.page.evaluate(SEEN)


def overlapping(boxes, slack=0.5):
    """Pairs of boxes that lie on one another by more than `slack` pixels."""
    found, ordered = [], sorted(boxes, key=lambda box: box[1][0])
    for i, (name, (left, top, right, bottom)) in enumerate(ordered):
        for other, (left2, top2, right2, bottom2) in ordered[i + 1 :]:
            if left2 >= right - slack:
                break
            if top2 < bottom - slack and top < bottom2 - slack and right2 > left:
                found.append((name, other))
    return found
