"""Every link, picture, script and style of the site leads to a file of it, and to an anchor that is there."""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ADDRESSES = {"a": "href", "link": "href", "img": "src", "script": "src", "source": "src", "iframe": "src"}
LOADED = {"link", "img", "script", "source", "iframe"}  # what a browser fetches by itself
NOT_LOADED = {"canonical", "prev", "next", "alternate"}  # links that it does not fetch
ABSOLUTE = ("404.html",)  # the server shows it at any address


class Page(HTMLParser):
    """The addresses that a page names, each with its tag, and the anchors that it has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[tuple[str, str]] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.anchors |= {given[key] or "" for key in ("id", "name") if key in given}
        address = given.get(ADDRESSES.get(tag, ""))
        if address is not None and given.get("rel") not in NOT_LOADED:
            self.addresses.append((tag, address))


def broken(site: Path) -> list[str]:
    """Return a line for each address that leads nowhere, or that makes a browser ask another host."""
    pages = {path.resolve(): Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    return [
        f"{path.relative_to(site.resolve())}: {fault}"
        for path, page in pages.items()
        if path.name not in ABSOLUTE
        for fault in faults(path, page, pages)
    ]


def faults(path: Path, page: Page, pages: dict[Path, Page]) -> Iterator[str]:
    """What is wrong with the addresses of one page."""
    for tag, address in page.addresses:
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            if tag in LOADED and parts.scheme != "data":
                yield f"loads {address}"
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if not target.is_file():
            yield f"no file {address}"
        elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
            yield f"no anchor {address}"
