"""The layer calls of a model as the page holds them: columns, with each string once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os.path import commonprefix
from typing import Any

# Letters that a name shares with the one before, from which on it is shorter to say so.
FEWEST_SHARED = 3


@dataclass(frozen=True, slots=True)
class Call:
    """What is known of one call of a layer.

    `sources` are the calls that it reads; `macs` is None where they cannot be counted, and `note` says why.
    `size` is what its output takes up, in bytes; `field` its receptive field in words, `given` its settings.
    """

    name: str
    kind: str
    shape: str
    sources: tuple[int, ...] = ()
    params: int = 0
    params_formula: str = ""
    macs: int | None = 0
    macs_formula: str = ""
    size: int = 0
    field: str = ""
    note: str = ""
    given: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """What the whole model costs; `known` is whether it could be counted, `why` says why not."""

    params: int
    macs: int = 0
    size: int = 0
    depth: int = 0
    field: str = ""
    known: bool = True
    why: str = ""


def columns(calls: Sequence[Call]) -> dict[str, Any]:
    """Return the calls as lists of equal length; what is a number stands for the string in `words` there."""
    words: dict[str, int] = {}

    def word(string: str) -> int:
        return words.setdefault(string, len(words))

    word("")
    found: dict[str, Any] = {
        "name": _names([call.name for call in calls], word),
        "kind": [word(call.kind) for call in calls],
        "shape": [word(call.shape) for call in calls],
        "reads": [_reads(i, call.sources) for i, call in enumerate(calls)],
        "params": [call.params for call in calls],
        "pf": [word(call.params_formula) for call in calls],
        "macs": [call.macs for call in calls],
        "mf": [word(call.macs_formula) for call in calls],
        "size": [call.size for call in calls],
        "field": [word(call.field) for call in calls],
        "given": [word(call.given) for call in calls],
        "note": [word(call.note) for call in calls],
    }
    return found | {"words": list(words)}


def _names(names: Sequence[str], word: Callable[[str], int]) -> list[str | int | list[int]]:
    """Each name; or where it ends in a number what comes before and the number; or what it shares.

    The number is left out where it is one more than when the same came before, or 1. A name that begins like
    the one before is given by how many letters they share, which is below zero here, and what follows.
    """
    found: list[str | int | list[int]] = []
    last: dict[int, int] = {}
    for before, name in zip(("", *names), names):
        parts = re.fullmatch(r"(.*[^0-9])([1-9][0-9]{0,8})", name, re.DOTALL)
        shared = len(commonprefix([before, name]))
        if shared > FEWEST_SHARED:
            found.append([-shared, word(name[shared:])])
            continue
        if not parts:
            found.append(name)
            continue
        stem, number = word(parts[1]), int(parts[2])
        found.append(stem if number == last.get(stem, 0) + 1 else [stem, number])
        last[stem] = number
    return found


def _reads(i: int, sources: tuple[int, ...]) -> int | list[int]:
    """How far before this call those are that it reads; most read the one before."""
    back = [i - source for source in sources]
    return back[0] if len(back) == 1 else back
