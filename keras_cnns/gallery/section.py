"""A network on the page: what it is, its picture, what to look for in it, its files, how to call it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from keras_cnns.catalog.facts import Network
from keras_cnns.safe_text import html_text
from keras_cnns.tables import axes_text, count_text

if TYPE_CHECKING:
    from keras_cnns.gallery.places import Places

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Entry:
    """A network with its picture and the same as text.

    Attributes:
        network: its row of the catalogue.
        wide: the picture for a screen, an `<svg>` element, and `narrow` the one for a phone.
        places: where the boxes of both are.
        outline: the picture as text.
        files: what lies beside the page, each a name for people and the file's own.
        explorer: the page beside it on which the picture opens, if there is one.
    """

    network: Network
    wide: str
    narrow: str
    outline: str
    files: tuple[tuple[str, str], ...] = ()
    explorer: str = ""
    places: "Places | None" = None


def section(entry: Entry) -> str:
    """Return the network's part of the page, an `<article>`."""
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
        parameters=network.trainable,
        macs=network.macs,
        top1="" if network.top1 is None else network.top1,
        new=html_text(re.sub(r"(?<=\d)x(?=\d)", "×", network.introduced)),
        authors=html_text(paper.authors),
        paper=html_text(paper.title),
        url=html_text(paper.url),
        venue=html_text(paper.venue),
        facts="".join(
            f"<div><dt>{key}</dt><dd>{html_text(value)}</dd></div>" for key, value in facts.items()
        ),
        explorer=_explorer(entry),
        wide=entry.wide,
        look=html_text(network.see),
        files=_links(network, entry.files),
        outline=html_text(entry.outline),
        code=html_text(f"from keras_cnns.architectures import {network.name}\nmodel = {call}"),
    )


def _explorer(entry: Entry) -> str:
    """The way to the page on which the picture opens: a link, and a button for the script to load it here."""
    if not entry.explorer:
        return ""
    page, title = html_text(entry.explorer), html_text(entry.network.title)
    return (
        f'<p class="explore"><button type="button" aria-expanded="false" hidden>Explore<span class="unseen"> '
        f'{title}</span> here</button> <a href="{page}">Explore {title} on a page of its own</a>: open its '
        "blocks, see what each costs</p>\n"
    )


def _links(network: Network, files: Sequence[tuple[str, str]]) -> str:
    """Links to the files beside the page, each with a name that says of which network it is."""
    return " · ".join(
        f'<a href="{html_text(file)}" aria-label="{html_text(f"{words} of {network.title}")}">'
        f"{html_text(words)}</a>"
        for words, file in files
    )
