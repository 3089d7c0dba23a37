"""What differs between any two networks of the catalogue, made beforehand, as it takes long."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from keras_cnns.catalog.facts import Network
from keras_cnns.gallery.data import Words, pair_data
from keras_cnns.gallery.differences import Pair, Row
from keras_cnns.precomputed import PAIRS
from keras_cnns.precomputed.archives import text_of
from keras_cnns.precomputed.columns import as_text


def pairs_text(pairs: Sequence[Pair]) -> str:
    """Return what the file of all pairs has: JSON, a line for each pair and at the end the words."""
    words = Words()
    lines = [
        f"{as_text(f'{each.one.name} {each.two.name}')}:{as_text(pair_data(each, words))}" for each in pairs
    ]
    return '{"pairs":{\n' + ",\n".join(lines) + '},\n"words":' + as_text(words.all) + "}\n"


def recorded_pairs(networks: Iterable[Network]) -> dict[tuple[str, str], Pair]:
    """Return the pairs of these networks that are in the file, by both names."""
    rows_of = {network.name: network for network in networks}
    known = json.loads(text_of(PAIRS) or "")
    found = {}
    for names, data in known["pairs"].items():
        one, two = names.split()
        if one not in rows_of or two not in rows_of:
            continue
        rows = [_row(values, known["words"]) for values in data["rows"]]
        columns = [(first, second) for first, second in data["columns"]]
        found[one, two] = Pair(rows_of[one], rows_of[two], rows, data["found"], tuple(data["equal"]), columns)
    return found


def _row(values: list[Any], words: list[str]) -> Row:
    what, first, second, count, *boxes = values
    both = words[first], words[second]
    return Row(words[what], both, abs(count), count > 0, (boxes[0], boxes[1]), (boxes[2], boxes[3]))
