"""The gallery's page: one HTML file that works offline, with a small script that it also works without."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from keras_cnns.catalog.facts import Network
from keras_cnns.diagram.output.svg import to_svg
from keras_cnns.gallery import ilsvrc
from keras_cnns.gallery.challenge import challenge
from keras_cnns.gallery.charts import Drawn
from keras_cnns.gallery.dark import dark_style
from keras_cnns.gallery.data import data
from keras_cnns.gallery.section import Entry, section
from keras_cnns.gallery.timeline import timeline
from keras_cnns.gallery.tradeoff import MACS, PARAMETERS, tradeoff
from keras_cnns.safe_text import html_text
from keras_cnns.tables import Cell, Span, Table, html_cell
from keras_cnns.version import __version__

if TYPE_CHECKING:
    from keras_cnns.gallery.differences import Pair

HERE = Path(__file__).parent
TITLE = "Classic convolutional networks"
# Pairs that differ in few decisions, the earlier network first.
STEPS = (
    ("lenet_5", "lenet_caffe"),
    ("alexnet", "alexnet_owt"),
    ("vgg16", "vgg19"),
    ("inception_v1", "inception_net"),
    ("resnet50", "resnext50"),
)


@dataclass(frozen=True)
class Card:
    """What stands where a link to the page is shown: a picture's file, and the page's address if known."""

    image: str | None = None
    address: str | None = None

    def html(self) -> str:
        """Return the `<meta>` elements."""
        base = "" if self.address is None else self.address.rstrip("/") + "/"
        tags = [("og:url", base)] if base else []
        if self.image:
            tags += [("og:image", base + self.image), ("og:image:width", "1200"), ("og:image:height", "630")]
            tags += [("og:image:alt", "The networks by accuracy and multiply-adds")]
        lines = [f'<meta property="{key}" content="{html_text(value)}">' for key, value in tags]
        kind = "summary_large_image" if self.image else "summary"
        return "\n".join([*lines, f'<meta name="twitter:card" content="{kind}">'])


def page(
    ten: Sequence[Entry],
    others: Sequence[Entry],
    card: Card | None = None,
    pairs: "Sequence[Pair]" = (),
) -> str:
    """Return the page.

    Args:
        ten: the networks that come first, in this order.
        others: those that follow under a heading of their own.
        card: what stands where a link to the page is shown.
        pairs: what differs between any two.

    Returns:
        HTML. Equal arguments give equal pages.
    """
    entries = [*ten, *others]
    networks = [entry.network for entry in entries]
    networks.sort(key=by_date)
    sections = ["\n".join(map(section, entries)) for entries in (ten, others)]
    changed = changes_html(pairs)
    narrow = {entry.network.name: entry.narrow for entry in entries}
    style = _file("page.css") + dark_style("".join([*sections, *narrow.values()]))
    script = "\n".join(map(_file, ("compare.js", "page.js")))
    unknown = [network.title for network in networks if network.top1 is None]
    return Template(_file("page.html")).substitute(
        title=TITLE,
        description=html_text(description(networks)),
        card=(card or Card()).html(),
        style=style,
        style_hash=_hash(style),
        script=script,
        data=data(narrow, {entry.network.name: entry.places for entry in entries if entry.places}, pairs),
        script_hash=_hash(script),
        contents="\n".join(f"<li>{html_cell(link(entry.network))}</li>" for entry in ten),
        other_contents="\n".join(f"<li>{html_cell(link(entry.network))}</li>" for entry in others),
        timeline=_both(timeline(networks)),
        challenge=_both(challenge({network.name for network in networks})),
        challenge_source=html_text(ilsvrc.SOURCE),
        by_macs=_both(tradeoff(networks, MACS)),
        by_parameters=_both(tradeoff(networks, PARAMETERS)),
        unknown=html_text("; ".join(unknown)) or "none",
        table=figures(networks).html(styled=False),
        choice=choice(networks),
        changes=changed,
        ten=sections[0],
        others=sections[1],
        version=html_text(__version__),
    )


def by_date(network: Network) -> tuple[str, str, int]:
    """Return what networks are sorted by: the month of the paper, then its file, then their size."""
    return network.paper.published, network.module, network.macs


def _file(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """What a policy calls the text of a style sheet or script by."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _both(drawn: Drawn) -> str:
    return to_svg(drawn.wide) + to_svg(drawn.narrow)


def description(networks: Sequence[Network]) -> str:
    """Return what the page is, as a sentence."""
    years = [network.paper.year for network in networks]
    span = f", from {min(years)} to {max(years)}" if years else ""
    return (
        f"{len(networks)} networks that taught computers to see{span}: each on one screen, with what it "
        "costs and what was new about it."
    )


def choice(networks: Sequence[Network]) -> str:
    """Return the controls that sort, filter and compare, which the script shows."""
    options = "\n".join(
        f'<option value="{html_text(network.name)}">{html_text(network.title)}</option>'
        for network in networks
    )
    years = [network.paper.year for network in networks]
    return Template(_file("choice.html")).substitute(
        first=min(years, default=""), last=max(years, default=""), options=options
    )


def changes_html(pairs: "Sequence[Pair]") -> str:
    """Return what changed from one network to another, each to be opened; "" if there is nothing."""
    known = {(each.one.name, each.two.name): each for each in pairs}
    part = Template(_file("change.html"))
    parts = [
        part.substitute(
            one=html_text(each.one.name),
            two=html_text(each.two.name),
            first=html_text(each.one.title),
            second=html_text(each.two.title),
            table=changed(each).html(styled=False),
        )
        for each in (known[names] for names in STEPS if names in known)
    ]
    heading = '<div class="changes"><h3 id="changes">From one to the next</h3>\n'
    return f"{heading}{''.join(parts)}</div>" if parts else ""


def changed(pair: "Pair") -> Table:
    """What differs between two networks."""
    rows = [(row.where, *row.values) for row in pair.rows]
    return Table(("what", pair.one.title, pair.two.title), rows, left=(0, 1, 2))


def link(network: Network) -> Cell:
    """A line of the contents."""
    return Span(network.title, url=f"#{network.name}"), " ", Span(str(network.paper.year), "small")


def figures(networks: Sequence[Network]) -> Table:
    """The table below the comparison."""
    rows = [
        (
            link(network),
            f"{network.trainable:,}",
            f"{network.macs:,}",
            "–" if network.top1 is None else f"{network.top1:.1f} %",
            network.top1_source or "–",
        )
        for network in networks
    ]
    return Table(("network", "parameters", "multiply-adds", "top-1", "measured with"), rows, left=(0, 4))
