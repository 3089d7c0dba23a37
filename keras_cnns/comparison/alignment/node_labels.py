"""When nodes count as equal: four labels, from strict to loose, and fingerprints by them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from keras_cnns.comparison.canonical.canonical_graph import Attributes, CanonicalGraph, CanonicalNode
from keras_cnns.fingerprints import Interner, downstream_fingerprints, upstream_fingerprints

Label = Callable[[CanonicalNode], Hashable]


def canonical_label(node: CanonicalNode) -> Hashable:
    """The function that the node computes."""
    return _label(node.kind, node.attributes)


def original_label(node: CanonicalNode) -> Hashable:
    """The layer as it is written."""
    return _label(*node.original)


def _label(kind: str, attributes: Attributes) -> Hashable:
    """Inputs are paired whatever their shapes."""
    return kind if kind == "input" else (kind, *sorted(attributes.items(), key=lambda item: item[0]))


def rough_label(node: CanonicalNode) -> Hashable:
    """Only the attributes that say most about which layer it is."""
    return (
        node.kind,
        *(node.attributes.get(name) for name in ("filters", "kernel", "statistic", "function")),
    )


def kind_label(node: CanonicalNode) -> Hashable:
    return node.kind


def numbered(graph: CanonicalGraph, label: Label, intern: Interner) -> list[int]:
    """The label of each node as a number, which is made once and is quick to compare."""
    return [intern(("label", label(node))) for node in graph.nodes]


def upstream(
    graph: CanonicalGraph, labels: Sequence[int], intern: Interner, ordered: bool = True
) -> list[int]:
    """A fingerprint of each node and all that comes before it.

    If `ordered`, it counts in which order inputs are joined, where that makes a difference.
    """
    return upstream_fingerprints(
        labels,
        [node.sources for node in graph.nodes],
        [ordered and not node.commutes for node in graph.nodes],
        intern,
    )


def downstream(
    graph: CanonicalGraph, labels: Sequence[int], intern: Interner, ordered: bool = True
) -> list[int]:
    """A fingerprint of each node and all that comes after it.

    If `ordered`, it counts which input of a node another one is, where that makes a difference.
    """
    return downstream_fingerprints(
        labels,
        [node.sources for node in graph.nodes],
        [ordered and not node.commutes for node in graph.nodes],
        intern,
        graph.outputs,
    )
