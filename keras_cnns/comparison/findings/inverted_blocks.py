"""Inverted blocks: a layer widens the map, a depthwise convolution filters it, and a 1x1 narrows it again."""

from __future__ import annotations

from keras_cnns.comparison.alignment.gates import gates_of
from keras_cnns.comparison.canonical.canonical_graph import CanonicalGraph

WITH_FILTERS = ("convolution", "dense")


def maps_before(graph: CanonicalGraph, i: int) -> int | None:
    """Return the layer that makes the maps of a node: nothing after it changes how many there are."""
    while graph.nodes[i].kind not in WITH_FILTERS:
        node = graph.nodes[i]
        if len(node.sources) != 1 or graph.nodes[node.sources[0]].shape[-1] != node.shape[-1]:
            return None
        (i,) = node.sources
    return i


def widened_layers(graph: CanonicalGraph) -> dict[int, bool]:
    """Return the layers that widen the map of an inverted block, and whether its end narrows it again.

    The depthwise convolution stands between the two, or before both, as in ConvNeXt. In a network of such
    blocks it may be fused with the layer that widens, as in EfficientNetV2.
    """
    gated = {gate.product: gate.gated for gate in gates_of(graph)}
    found: dict[int, bool] = {}
    fused: dict[int, bool] = {}
    for i, node in enumerate(graph.nodes):
        if node.kind in WITH_FILTERS and {*node.attributes.get("kernel", (1,))} == {1}:
            start, depthwise = _start(graph, i, gated)
            if start is not None and _widens(graph, start, i):
                narrows = graph.nodes[start].attributes["filters"] > node.attributes["filters"]
                if depthwise or _is_filtered_before(graph, start):
                    found[start] = narrows
                elif max(graph.nodes[start].attributes.get("kernel", (1,))) > 1:
                    fused[start] = narrows
    return found | fused if found else found


def _start(graph: CanonicalGraph, end: int, gated: dict[int, int]) -> tuple[int | None, bool]:
    """The layer that makes the maps which a 1x1 reads, and whether a depthwise convolution is between."""
    (at,), depthwise = graph.nodes[end].sources, False
    width = graph.nodes[at].shape[-1]
    while graph.nodes[at].kind not in WITH_FILTERS:
        node = graph.nodes[at]
        before = [gated[at]] if at in gated else node.sources
        if len(before) != 1 or node.kind == "pooling" or graph.nodes[before[0]].shape[-1] != width:
            return None, False
        depthwise |= node.kind == "depthwise convolution"
        (at,) = before
    return at, depthwise


def _widens(graph: CanonicalGraph, start: int, end: int) -> bool:
    """Whether the first of two layers widens its map, and the second does not widen it further."""
    wide = graph.nodes[start].attributes["filters"]
    maps = graph.nodes[graph.nodes[start].sources[0]].shape[-1] or wide
    return maps < wide >= graph.nodes[end].attributes["filters"]


def _is_filtered_before(graph: CanonicalGraph, i: int) -> bool:
    """Whether a layer reads a depthwise convolution, normalized."""
    (at,) = graph.nodes[i].sources
    while "ormalization" in graph.nodes[at].kind and len(graph.nodes[at].sources) == 1:
        (at,) = graph.nodes[at].sources
    return graph.nodes[at].kind == "depthwise convolution"
