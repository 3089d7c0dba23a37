"""Gates that stand elsewhere: networks are aligned without their gates, then the gates with each other.

A gate multiplies a map by what the means of its own channels decide, as squeeze and excitation does.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from keras_cnns.comparison.alignment.pairing import Pairing
from keras_cnns.comparison.canonical.canonical_graph import CanonicalGraph, Pairs

# How far apart, in nodes, two gates may be that stand for each other.
FARTHEST = 12

Align = Callable[[CanonicalGraph, CanonicalGraph], Pairs]


@dataclass(frozen=True, slots=True)
class Gate:
    """Nodes that are a gate.

    Attributes:
        gated: what is multiplied.
        inside: the mean and what makes factors of it, in a line.
        product: the multiplication.
    """

    gated: int
    inside: tuple[int, ...]
    product: int


def gates_of(graph: CanonicalGraph) -> list[Gate]:
    """Return all gates, in the order of their products."""
    if not any(node.kind == "multiply" for node in graph.nodes):
        return []
    readers = graph.readers()
    found = (_gate(graph, readers, i) for i, node in enumerate(graph.nodes) if node.kind == "multiply")
    return [gate for gate in found if gate]


def align_without_gates(student: CanonicalGraph, reference: CanonicalGraph, align: Align) -> Pairs | None:
    """Return the pairs if gates are left out, which are paired by where they stand; None without gates."""
    mine, theirs = gates_of(student), gates_of(reference)
    if not (mine and theirs):
        return None
    (first, kept), (second, others) = _without(student, mine), _without(reference, theirs)
    pairs = {kept[i]: others[j] for i, j in align(first, second).items()}
    near = Pairing(student, reference, pairs).near_student
    places = [max(near[gate.gated], default=-1) for gate in mine], [gate.gated for gate in theirs]
    for i, j in _nearest(*places):
        pairs.update(_within(student, reference, mine[i], theirs[j]))
    return pairs


def _gate(graph: CanonicalGraph, readers: list[list[int]], product: int) -> Gate | None:
    sources = graph.nodes[product].sources
    if len(sources) != 2:
        return None
    for gated, at in (sources, sources[::-1]):
        inside: list[int] = []
        while at != gated and len(readers[at]) == 1 and len(graph.nodes[at].sources) == 1:
            inside.insert(0, at)
            (at,) = graph.nodes[at].sources
        if inside and at == gated and graph.nodes[inside[0]].attributes.get("window") == "whole map":
            return Gate(gated, tuple(inside), product)
    return None


def _without(graph: CanonicalGraph, gates: list[Gate]) -> tuple[CanonicalGraph, list[int]]:
    """Return the graph without gates, and for each of its nodes the number that it has in the graph."""
    product_of = {gate.product: gate.gated for gate in gates}
    inside = {i for gate in gates for i in gate.inside}
    place: list[int] = []
    kept: list[int] = []
    nodes = []
    for i, node in enumerate(graph.nodes):
        place.append(place[product_of[i]] if i in product_of else len(kept))
        if i not in product_of and i not in inside:
            kept.append(i)
            nodes.append(replace(node, sources=[place[source] for source in node.sources]))
    again = copy(graph)
    again.nodes, again.known_readers = nodes, None
    again.outputs, again.inputs = ([place[i] for i in ends] for ends in (graph.outputs, graph.inputs))
    again.finish()
    return again, kept


def _nearest(mine: list[int], theirs: list[int]) -> list[tuple[int, int]]:
    """Pair equally many places in their order if none is far; or else those next to each other."""
    if len(mine) == len(theirs) and all(abs(p - q) <= FARTHEST for p, q in zip(mine, theirs)):
        return [(i, i) for i in range(len(mine))]

    def closest(places: list[int], wanted: int) -> int:
        at = bisect(places, wanted)
        near = [k for k in (at - 1, at) if 0 <= k < len(places)]
        return min(near, key=lambda k: (abs(places[k] - wanted), k))

    mine_in_order = sorted(range(len(mine)), key=mine.__getitem__)
    places = [mine[i] for i in mine_in_order]
    found = []
    for i, place in enumerate(places):
        j = closest(theirs, place)
        if abs(theirs[j] - place) <= FARTHEST and closest(places, theirs[j]) == i:
            found.append((mine_in_order[i], j))
    return found


def _within(student: CanonicalGraph, reference: CanonicalGraph, one: Gate, other: Gate) -> Pairs:
    """The nodes of two gates in pairs, those between mean and product by their kinds."""
    mine = [student.nodes[i].kind for i in one.inside]
    theirs = [reference.nodes[j].kind for j in other.inside]
    pairs = {one.product: other.product}
    for block in SequenceMatcher(None, mine, theirs, autojunk=False).get_matching_blocks():
        pairs.update((one.inside[block.a + k], other.inside[block.b + k]) for k in range(block.size))
    return pairs
