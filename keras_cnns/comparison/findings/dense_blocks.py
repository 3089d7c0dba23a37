"""Dense blocks in a graph: each layer adds maps to all maps before it; transitions take some of them away."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from keras_cnns.comparison.canonical.canonical_graph import CanonicalGraph

# Fewer layers are no dense block.
FEWEST_LAYERS = 3
# A layer has one convolution, or two with a bottleneck.
MOST_CONVOLUTIONS = 2
BETWEEN = ("batch normalization", "activation", "dropout", "zero padding")
# A share such as 0.4886 is no number of a design.
LARGEST_DENOMINATOR = 20


@dataclass(frozen=True, slots=True)
class DenseBlocks:
    """All dense blocks of a network.

    Attributes:
        rate: how many maps each layer adds.
        growing: the convolutions that add them.
        widened: the convolutions before those, within a layer.
        transitions: the 1x1 convolutions between two blocks.
        compression: the share of the maps that every transition keeps, rounded down; None if there is none.
        first: the last convolution before all dense blocks, if there is one.
    """

    rate: int
    growing: set[int]
    widened: set[int]
    transitions: set[int]
    compression: Fraction | None
    first: int | None


def dense_blocks(graph: CanonicalGraph) -> DenseBlocks | None:
    """Return the dense blocks, if all their layers add equally many maps and read each other's."""
    growing: set[int] = set()
    widened: set[int] = set()
    joins: list[int] = []
    for i, node in enumerate(graph.nodes):
        if node.kind != "concatenate":
            continue
        lines = [line for source in node.sources if (line := _layer(graph, i, source))]
        if len(lines) == 1:
            *before, last = lines[0]
            growing.add(last)
            widened.update(before)
            joins.append(i)
    rates = {graph.nodes[i].attributes["filters"] for i in growing}
    in_rows = any(not {*joins}.isdisjoint(graph.nodes[i].sources) for i in joins)
    if len(rates) != 1 or len(joins) < FEWEST_LAYERS or not in_rows:
        return None
    transitions = _transitions(graph, {*joins}, growing | widened)
    first = _convolution_before(graph, min(graph.nodes[joins[0]].sources))
    return DenseBlocks(rates.pop(), growing, widened, transitions, _share(graph, transitions), first)


def _layer(graph: CanonicalGraph, join: int, end: int) -> list[int]:
    """The convolutions of a layer whose maps are joined with all that it reads; none of another layer."""
    sources = {*graph.nodes[join].sources} - {end}
    line: list[int] = []
    at = end
    while at not in sources:
        node = graph.nodes[at]
        if node.kind == "concatenate" and {*node.sources} == sources:
            break  # what was joined before is joined once more, one by one
        if node.kind == "convolution":
            line.insert(0, at)
        if len(node.sources) != 1 or node.kind not in ("convolution", *BETWEEN):
            return []
        (at,) = node.sources
    return line if len(line) <= MOST_CONVOLUTIONS else []


def _transitions(graph: CanonicalGraph, joins: set[int], others: set[int]) -> set[int]:
    """The 1x1 convolutions that read what a block has joined, and are pooled or make the map smaller."""
    readers = graph.readers()
    found = set()
    for i, node in enumerate(graph.nodes):
        if node.kind != "convolution" or i in others or {*node.attributes["kernel"]} != {1}:
            continue
        (at,) = node.sources
        while graph.nodes[at].kind in BETWEEN:
            (at,) = graph.nodes[at].sources
        after = readers[i]
        while len(after) == 1 and graph.nodes[after[0]].kind in BETWEEN:
            after = readers[after[0]]
        is_pooled = [graph.nodes[k].kind for k in after] == ["pooling"]
        if at in joins and (is_pooled or {*node.attributes["strides"]} != {1}):
            found.add(i)
    return found


def _share(graph: CanonicalGraph, transitions: set[int]) -> Fraction | None:
    """The share that all transitions keep of the maps they read."""
    counts = []
    for i in sorted(transitions):
        maps = graph.nodes[graph.nodes[i].sources[0]].shape[-1]
        if not maps:
            return None
        counts.append((graph.nodes[i].attributes["filters"], maps))
    shares = {Fraction(kept, maps).limit_denominator(LARGEST_DENOMINATOR) for kept, maps in counts}
    fits = [share for share in shares if all(int(share * maps) == kept for kept, maps in counts)]
    return min(fits, key=lambda share: share.denominator, default=None)


def _convolution_before(graph: CanonicalGraph, i: int) -> int | None:
    """The convolution whose maps a node has, normalized, activated and pooled."""
    while graph.nodes[i].kind in ("pooling", *BETWEEN):
        (i,) = graph.nodes[i].sources
    return i if graph.nodes[i].kind == "convolution" else None
