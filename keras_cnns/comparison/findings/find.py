"""Paired networks → what differs, causes only, in the order in which a person reads a network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable

from keras_cnns.comparison.alignment.align import connected
from keras_cnns.comparison.alignment.pairing import FEW, Finding, Pairing, content
from keras_cnns.comparison.canonical.nodes import Node
from keras_cnns.comparison.findings.root_causes import blame, collected, joined, strides_moved

# Facts in the order of their weight: a person wants to hear of the filters first.
ORDER = ("in_shape", "kind", "function", "statistic", "filters", "kernel", "window", "strides", "groups")


def find(pairing: Pairing) -> list[Finding]:
    """Return what differs, what comes first in the network first, equal findings as one."""
    found = [*_changed(pairing), *_rewired(pairing), *_unpaired(pairing), *_outputs(pairing)]
    found = strides_moved(pairing, joined(pairing, found))
    found.sort(key=lambda one: one.position)
    blame(pairing, found)
    return collected(pairing, found)


def changes(one: Node, other: Node) -> list[tuple[str, Hashable, Hashable]]:
    """The facts in which two nodes differ by what they compute: (attribute, one's value, other's)."""
    if one.kind == other.kind and one.facts == other.facts:
        return []
    if one.plain == other.plain:
        return []
    if one.plain[0] == other.plain[0]:
        first, second = one.plain[1], other.plain[1]
        same_numbers = one.facts.get("padding", "whole") == other.facts.get("padding", "wide")
        if same_numbers or one.border == other.border:
            first, second = ({**facts, "padding": None} for facts in (first, second))
        if one.border == other.border:
            # Zeros around the map count for something only if an activation before it is another.
            first, second = ({**facts, "padded with zeros": None} for facts in (first, second))
        if "bias" in first and (one.facts["bias"] == other.facts["bias"] or one.own_bias == other.own_bias):
            first, second = ({**facts, "bias": None} for facts in (first, second))
    elif one.kind == other.kind:
        first, second = one.facts, other.facts
    else:
        return [("kind", one.plain[0], other.plain[0]), *_common(one.plain[1], other.plain[1])]
    names = sorted({*first, *second}, key=lambda name: (ORDER.index(name) if name in ORDER else 99, name))
    return [(n, first.get(n), second.get(n)) for n in names if first.get(n) != second.get(n)]


def _common(first: dict, second: dict) -> list[tuple[str, Hashable, Hashable]]:
    return [
        (n, first[n], second[n]) for n in ("filters",) if n in first and n in second and first[n] != second[n]
    ]


def _changed(pairing: Pairing) -> list[Finding]:
    found = []
    for i, j in pairing.pairs.items():
        one, other = pairing.yours.nodes[i], pairing.reference.nodes[j]
        for place, (name, first, second) in enumerate(changes(one, other)):
            at = j + place / 100
            found.append(Finding("changed", [i], [j], at, name, (first, second), [(i, j)]))
    return found


def _rewired(pairing: Pairing) -> list[Finding]:
    """Nodes whose inputs are others, unless layers that are missing or too much explain it."""
    found = []
    for i, j in pairing.pairs.items():
        mine, theirs = pairing.yours.nodes[i].sources, pairing.reference.nodes[j].sources
        first = [pairing.near_yours[source] for source in mine]
        second = [pairing.near_reference[source] for source in theirs]
        ordered = not pairing.reference.nodes[j].commutes
        if first == second or (not ordered and Counter(first) == Counter(second)):
            continue
        here = [near for near, source in zip(first, mine) if source in pairing.pairs]
        there = [near for near, source in zip(second, theirs) if source in pairing.back]
        if here == there if ordered else Counter(here) == Counter(there):
            continue
        extra = [near for near, source in zip(first, mine) if source not in pairing.pairs]
        missing = [near for near, source in zip(second, theirs) if source not in pairing.back]
        odd = Counter(here) - Counter(there), Counter(there) - Counter(here)
        explained = all(any(near <= gap for gap in missing) for near in odd[0])
        explained &= all(any(near <= gap for gap in extra) for near in odd[1])
        if explained and (odd[0] or odd[1]):
            continue
        name = "inputs" if Counter(first) != Counter(second) else "order of inputs"
        values = tuple(mine), tuple(theirs)
        found.append(Finding("rewired", [i], [j], j + 0.5, name, values, [(i, j)]))
    return found


def _unpaired(pairing: Pairing) -> list[Finding]:
    """What one network has and the other has not; a layer that only stands elsewhere is rewired."""
    missing = [j for j in range(len(pairing.reference.nodes)) if j not in pairing.back]
    extra = [i for i in range(len(pairing.yours.nodes)) if i not in pairing.pairs]
    found = []
    gone = connected(pairing.reference, missing)
    new = connected(pairing.yours, extra)
    for group in gone:
        twin = next((other for other in new if _same_content(pairing, other, group)), None)
        if twin and _near_by(pairing, twin, group):
            new.remove(twin)
            at = min(group[0], _position(pairing, twin[0]))
            finding = Finding("rewired", twin, group, at, "place", (None, None), [(twin[0], group[0])])
        else:
            finding = Finding("missing", [], group, group[0], places=[(None, group[0])])
        found.append(finding)
    found += [Finding("extra", g, [], _position(pairing, g[0]), places=[(g[0], None)]) for g in new]
    return found


def _position(pairing: Pairing, i: int) -> float:
    """Where in the reference a node of yours that it has not would stand."""
    return max(pairing.near_yours[i], default=-1) + 0.25 + i / 1e6


def _same_content(pairing: Pairing, extra: list[int], missing: list[int]) -> bool:
    if len(extra) != len(missing) or len(missing) > FEW:
        return False
    return content(pairing.yours, extra) == content(pairing.reference, missing)


def _near_by(pairing: Pairing, extra: list[int], missing: list[int]) -> bool:
    """Whether few nodes lie between the two places."""
    return abs(_position(pairing, extra[0]) - missing[0]) <= 3 * FEW


def _outputs(pairing: Pairing) -> list[Finding]:
    mine, theirs = pairing.yours.outputs, pairing.reference.outputs
    first = [pairing.near_yours[output] for output in mine if output in pairing.pairs]
    second = [pairing.near_reference[output] for output in theirs if output in pairing.back]
    whole = len(first) == len(mine) and len(second) == len(theirs)
    if first == second or (not whole and _all_explained(pairing, first, second)):
        return []
    end = len(pairing.reference.nodes)
    return [
        Finding(
            "rewired", list(mine), list(theirs), end, "outputs", (tuple(mine), tuple(theirs)), [(None, None)]
        )
    ]


def _all_explained(pairing: Pairing, first: list, second: list) -> bool:
    """Whether each output that is another one's lies before a layer that is missing or too much."""
    gaps = [pairing.near_reference[o] for o in pairing.reference.outputs if o not in pairing.back]
    gaps += [pairing.near_yours[o] for o in pairing.yours.outputs if o not in pairing.pairs]
    odd = [near for near in first if near not in second] + [near for near in second if near not in first]
    return all(any(near <= gap for gap in gaps) for near in odd)
