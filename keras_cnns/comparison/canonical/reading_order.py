"""The calls of a model → steps, and steps in the order in which a person reads a network."""

from __future__ import annotations

from collections import Counter

from keras_cnns.comparison.canonical.canonical_graph import Attributes, CanonicalGraph, CanonicalNode, Step
from keras_cnns.comparison.canonical.expressions import expressions
from keras_cnns.comparison.canonical.layer_attributes import parameter_counts, steps
from keras_cnns.comparison.canonical.layer_configs import order_of_tensors
from keras_cnns.graph import Graph, Vertex, depth_first
from keras_cnns.layer_kinds import is_keras_class


def steps_of(
    whole: Graph, also: frozenset[str]
) -> tuple[list[CanonicalNode], list[int], list[int], list[str]]:
    """Return a node for each step of each call, in order, the outputs, the inputs, and the dropout rates."""
    nodes: list[CanonicalNode] = []
    ends: list[int] = []  # the last node of each call
    chosen: dict[tuple[int, int], int] = {}
    dropout_rates: list[str] = []

    def read_from(call: int, place: int) -> int:
        """The node that gives an output of a call; one that is not its first has a node of its own."""
        if place == 0:
            return ends[call]
        if (call, place) not in chosen:
            chosen[call, place] = len(nodes)
            vertex = whole.vertices[call]
            attributes: Attributes = {"number": place + 1}
            nodes.append(
                CanonicalNode("further output", attributes, [ends[call]], vertex.name, vertex.shapes[place])
            )
        return chosen[call, place]

    calls = Counter(id(vertex.operation) for vertex in whole.vertices)
    counted: set[int] = set()
    found_in = expressions(whole)
    inside = frozenset().union(*(one.inside for one in found_in.values()))
    for number, vertex in enumerate(whole.vertices):
        if number in inside:
            ends.append(-1)  # nothing else reads it
            continue
        reads = [(vertex.sources[k], vertex.places[k]) for k in order_of_tensors(vertex)]
        if number in found_in:
            reads, found = [found_in[number].start], [found_in[number].step]
        else:
            found = _scaled_addition(vertex) or steps(vertex, also)
        sources = [read_from(source, place) for source, place in reads]
        counts = parameter_counts(vertex, len(found))
        if id(vertex.operation) in counted:
            counts = [0] * len(found)
        counted.add(id(vertex.operation))
        for (kind, attributes), count in zip(found, counts):
            if calls[id(vertex.operation)] > 1 and getattr(vertex.operation, "weights", None):
                attributes = {**attributes, "calls that share the weights": calls[id(vertex.operation)]}
            if kind == "dropout":
                dropout_rates.append(f"{attributes['rate']}")
            given = sources
            if kind == "rescaling" and len(sources) > 1:
                given, sources = sources[1:], [sources[0], len(nodes)]
            else:
                sources = [len(nodes)]
            node = CanonicalNode(kind, attributes, list(given), vertex.name, vertex.shapes[0], count)
            node.operation, node.call = id(vertex.operation), number
            nodes.append(node)
        nodes[-1].is_result = True
        ends.append(len(nodes) - 1)
    outputs = [read_from(output, place) for output, place in zip(whole.outputs, whole.output_places)]
    return nodes, outputs, [ends[i] for i in whole.inputs], dropout_rates


def _scaled_addition(vertex: Vertex) -> list[Step] | None:
    """`keras.applications` has a layer that scales the second of its inputs and adds it to the first."""
    operation = vertex.operation
    if (
        type(operation).__name__ != "CustomScaleLayer"
        or is_keras_class(operation)
        or len(vertex.sources) != 2
    ):
        return None
    return [("rescaling", {"scale": operation.scale, "offset": 0.0}), ("add", {})]


def put_in_reading_order(canonical: CanonicalGraph) -> None:
    """Order nodes depth first from the outputs, first inputs of a merge first, whatever was built first.

    What is added has no order, so the longest way to it comes first. Nodes that no output depends on come
    last.
    """
    nodes = canonical.nodes
    depth = [0] * len(nodes)
    for i, node in enumerate(nodes):
        depth[i] = 1 + max((depth[source] for source in node.sources), default=0)

    def sources_of(i: int) -> list[int]:
        sources = nodes[i].sources
        return sorted(sources, key=lambda source: -depth[source]) if nodes[i].commutes else sources

    order = depth_first(canonical.outputs, sources_of)
    read = set(order)
    order += [i for i in range(len(nodes)) if i not in read]
    place = {old: new for new, old in enumerate(order)}
    canonical.nodes = [nodes[i] for i in order]
    for node in nodes:
        node.sources = [place[source] for source in node.sources]
    canonical.outputs = [place[output] for output in canonical.outputs]
    canonical.inputs = [place[i] for i in canonical.inputs]
