"""What the page's script reads: the pictures for a phone, where boxes are, what differs between networks."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from keras_cnns.gallery.differences import Pair, Row
    from keras_cnns.gallery.places import Places


class Words:
    """Each text once; `all` are the texts, which are referred to by their numbers."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self.numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        """Return the number of a text."""
        if text not in self.numbers:
            self.numbers[text] = len(self.all)
            self.all.append(text)
        return self.numbers[text]


def data(narrow: Mapping[str, str], places: Mapping[str, Places], pairs: Sequence[Pair]) -> str:
    """Return it as JSON, compressed, in letters that mean nothing to HTML.

    Args:
        narrow: the pictures for a phone, by the networks' names.
        places: where the boxes are, likewise.
        pairs: what differs.
    """
    words = Words()
    found: dict[str, Any] = {
        "narrow": dict(narrow),
        "places": {name: _places(each) for name, each in places.items()},
        "pairs": {f"{each.one.name} {each.two.name}": pair_data(each, words) for each in pairs},
    }
    text = json.dumps(found | {"words": words.all}, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def _places(places: Places) -> dict[str, object]:
    lane = sorted(places.lane)
    return {"wide": places.wide, "narrow": places.narrow, "lane": lane, "bottom": places.bottom}


def pair_data(pair: Pair, words: Words) -> dict[str, object]:
    """Return what differs between two networks, its texts as their numbers among the words."""
    return {
        "found": pair.found,
        "equal": pair.equal,
        "columns": pair.columns,
        "rows": [_row(row, words) for row in pair.rows],
    }


def _row(row: Row, words: Words) -> list[object]:
    texts = [words.number(text) for text in (row.what, *row.values)]
    return [*texts, row.count if row.is_alike else -row.count, *row.boxes, *row.after]
