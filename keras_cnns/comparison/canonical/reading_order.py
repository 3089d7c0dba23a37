"""A graph of calls → nodes, and nodes in the order in which a person reads a network."""

from __future__ import annotations

from collections import Counter, defaultdict

from keras_cnns.comparison.canonical.layer_attributes import is_keras, parameter_counts, parts
from keras_cnns.comparison.canonical.nodes import COMMUTATIVE, Node
from keras_cnns.graph import Graph, Vertex


def nodes_of(whole: Graph, also: frozenset[str]) -> tuple[list[Node], list[int], dict[str, list[str]]]:
    """One node for each thing that a call computes, in the order of the graph."""
    nodes: list[Node] = []
    ends: list[int] = []
    aside: dict[str, list[str]] = defaultdict(list)
    calls = Counter(id(vertex.operation) for vertex in whole.vertices)
    seen: set[int] = set()
    for vertex in whole.vertices:
        sources = [ends[source] for source in vertex.sources]
        found = _scaled_addition(vertex) or parts(vertex, also)
        counts = parameter_counts(
            vertex.operation, len(found), type(vertex.operation).__name__.startswith("Sep")
        )
        if id(vertex.operation) in seen:
            counts = [0] * len(found)
        seen.add(id(vertex.operation))
        for (kind, facts), count in zip(found, counts):
            if calls[id(vertex.operation)] > 1 and getattr(vertex.operation, "weights", None):
                facts = {**facts, "calls that share the weights": calls[id(vertex.operation)]}
            if kind == "dropout":
                aside["dropout"].append(f"{facts['rate']}")
            reads = sources
            if kind == "rescaling" and len(sources) > 1:
                reads, sources = sources[1:], [sources[0], len(nodes)]
            else:
                sources = [len(nodes)]
            nodes.append(Node(kind, facts, list(reads), vertex.name, vertex.shapes[0], count))
        ends.append(len(nodes) - 1)
    return nodes, [ends[output] for output in whole.outputs], dict(aside)


def _scaled_addition(vertex: Vertex) -> list | None:
    """`keras.applications` has a layer that scales the second of its inputs and adds it to the first."""
    operation = vertex.operation
    if type(operation).__name__ != "CustomScaleLayer" or is_keras(operation) or len(vertex.sources) != 2:
        return None
    return [("rescaling", {"scale": operation.scale, "offset": 0.0}), ("add", {})]


def in_reading_order(nodes: list[Node], outputs: list[int]) -> tuple[list[Node], list[int]]:
    """Order nodes by the outputs they lead to, first inputs of a merge first, whatever was built first.

    What is added has no order, so the longest way to it comes first.
    """
    depth = [0] * len(nodes)
    for i, node in enumerate(nodes):
        depth[i] = 1 + max((depth[source] for source in node.sources), default=0)
    order: list[int] = []
    done = [False] * len(nodes)
    ahead = list(reversed(outputs))
    while ahead:
        i = ahead[-1]
        sources = nodes[i].sources
        if nodes[i].kind in COMMUTATIVE:
            sources = sorted(sources, key=lambda source: -depth[source])
        missing = [source for source in sources if not done[source]]
        if done[i] or not missing:
            ahead.pop()
            if not done[i]:
                done[i] = True
                order.append(i)
        else:
            ahead.extend(reversed(missing))
    order += [i for i in range(len(nodes)) if not done[i]]
    place = {old: new for new, old in enumerate(order)}
    ordered = [nodes[i] for i in order]
    for node in ordered:
        node.sources = [place[source] for source in node.sources]
    return ordered, [place[output] for output in outputs]
