"""The gallery's page: one HTML file that needs no network, no script and no other file."""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template

from keras_cnns.catalog.facts import Network
from keras_cnns.gallery import charts, ilsvrc
from keras_cnns.tables import count_text
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
        contents="\n".join(f"<li>{link(entry.network)}</li>" for entry in ten),
        other_contents="\n".join(f"<li>{link(entry.network)}</li>" for entry in others),
        timeline=charts.timeline(networks),
        challenge=charts.challenge(),
        challenge_source=escape(ilsvrc.SOURCE),
        comparison=charts.comparison(networks),
        unknown=escape("; ".join(unknown)) or "none",
        table="\n".join(map(table_row, networks)),
        ten="\n".join(map(section, ten)),
        others="\n".join(map(section, others)),
        version=escape(__version__),
    )


def link(network: Network) -> str:
    """A line of the contents."""
    return f'<a href="#{escape(network.name)}">{escape(network.title)}</a> <span>{network.paper.year}</span>'


def table_row(network: Network) -> str:
    """A network's figures for the table below the comparison."""
    top1 = "–" if network.top1 is None else f"{network.top1:.1f} %"
    cells = [f"<th scope=row>{link(network)}</th>", f"<td>{network.trainable:,}</td>"]
    cells += [
        f"<td>{network.macs:,}</td>",
        f"<td>{top1}</td>",
        f"<td>{escape(network.top1_source or '–')}</td>",
    ]
    return f"<tr>{''.join(cells)}</tr>"


def section(entry: Entry) -> str:
    """A network: what it is, its picture, its outline, how to call it."""
    network, paper = entry.network, entry.network.paper
    call = f"{network.name}(in_shape={network.in_shape}, n_classes={network.n_classes})"
    facts = {
        "Parameters": f"{network.trainable:,}",
        "Multiply-adds": count_text(network.macs),
        "Input": "×".join(map(str, network.in_shape)),
        "Classes": f"{network.n_classes:,}",
    }
    if network.top1 is not None:
        facts["Top-1 accuracy"] = f"{network.top1:.1f} %"
    return Template((HERE / "section.html").read_text(encoding="utf-8")).substitute(
        name=escape(network.name),
        title=escape(network.title),
        year=paper.year,
        new=escape(re.sub(r"(?<=\d)x(?=\d)", "×", network.introduced)),
        authors=escape(paper.authors),
        paper=escape(paper.title),
        url=escape(paper.url),
        venue=escape(paper.venue),
        facts="".join(f"<div><dt>{key}</dt><dd>{escape(value)}</dd></div>" for key, value in facts.items()),
        svg=entry.svg,
        outline=escape(entry.outline),
        code=escape(f"from keras_cnns.architectures import {network.name}\nmodel = {call}"),
    )
