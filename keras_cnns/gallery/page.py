"""The gallery's page: one HTML file that works offline, without scripts and other files."""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from keras_cnns.catalog.facts import Network
from keras_cnns.diagram.output.svg import to_svg
from keras_cnns.gallery import charts, ilsvrc
from keras_cnns.safe_text import html_text
from keras_cnns.tables import Cell, Span, Table, axes_text, count_text, html_cell
from keras_cnns.version import __version__

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Entry:
    """A network with its picture, an `<svg>` element, and the same as text."""

    network: Network
    svg: str
    outline: str


def page(ten: Sequence[Entry], others: Sequence[Entry]) -> str:
    """Return the page.

    Args:
        ten: the networks that come first, in this order.
        others: those that follow under a heading of their own.

    Returns:
        HTML. Equal arguments give equal pages.
    """
    networks = [entry.network for entry in (*ten, *others)]
    networks.sort(key=lambda network: (network.paper.published, network.module, network.macs))
    style = (HERE / "page.css").read_text(encoding="utf-8")
    unknown = [network.title for network in networks if network.top1 is None]
    return Template((HERE / "page.html").read_text(encoding="utf-8")).substitute(
        style=style,
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        count=len(networks),
        first=min((network.paper.year for network in networks), default=""),
        last=max((network.paper.year for network in networks), default=""),
        contents="\n".join(f"<li>{html_cell(link(entry.network))}</li>" for entry in ten),
        other_contents="\n".join(f"<li>{html_cell(link(entry.network))}</li>" for entry in others),
        timeline=to_svg(charts.timeline(networks)),
        challenge=to_svg(charts.challenge()),
        challenge_source=html_text(ilsvrc.SOURCE),
        comparison=to_svg(charts.comparison(networks)),
        unknown=html_text("; ".join(unknown)) or "none",
        table=figures(networks).html(styled=False),
        ten="\n".join(map(section, ten)),
        others="\n".join(map(section, others)),
        version=html_text(__version__),
    )


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


def section(entry: Entry) -> str:
    """A network: what it is, its picture, its outline, how to call it."""
    network, paper = entry.network, entry.network.paper
    call = f"{network.name}(in_shape={network.in_shape}, n_classes={network.n_classes})"
    facts = {
        "Parameters": f"{network.trainable:,}",
        "Multiply-adds": count_text(network.macs),
        "Input": axes_text(network.in_shape),
        "Classes": f"{network.n_classes:,}",
    }
    if network.top1 is not None:
        facts["Top-1 accuracy"] = f"{network.top1:.1f} %"
    return Template((HERE / "section.html").read_text(encoding="utf-8")).substitute(
        name=html_text(network.name),
        title=html_text(network.title),
        year=paper.year,
        new=html_text(re.sub(r"(?<=\d)x(?=\d)", "×", network.introduced)),
        authors=html_text(paper.authors),
        paper=html_text(paper.title),
        url=html_text(paper.url),
        venue=html_text(paper.venue),
        facts="".join(
            f"<div><dt>{key}</dt><dd>{html_text(value)}</dd></div>" for key, value in facts.items()
        ),
        svg=entry.svg,
        outline=html_text(entry.outline),
        code=html_text(f"from keras_cnns.architectures import {network.name}\nmodel = {call}"),
    )
