"""Findings on a shortcut that have one cause."""

from __future__ import annotations

from keras_cnns.comparison.alignment.pairing import Pairing
from keras_cnns.comparison.canonical.canonical_graph import CanonicalGraph, CanonicalNode
from keras_cnns.comparison.findings.finding import Finding

# A projection is one convolution, with its normalization.
PROJECTION = {"convolution", "batch normalization"}


def is_projection(graph: CanonicalGraph, group: list[int]) -> bool:
    """Whether nodes are one 1x1 convolution, and at most a normalization and an activation after it."""
    nodes = [graph.nodes[i] for i in group]
    kernels = [node.attributes.get("kernel", ()) for node in nodes if node.kind == "convolution"]
    return (
        len(kernels) == 1
        and {*kernels[0]} <= {1}
        and {node.kind for node in nodes} <= PROJECTION | {"activation"}
    )


def is_projection_step(node: CanonicalNode) -> bool:
    """Whether a node may be part of a shortcut that is projected: a 1x1 convolution or its normalization."""
    return (
        node.kind in PROJECTION and len(node.sources) == 1 and {*node.attributes.get("kernel", (1,))} <= {1}
    )


def sums_after(graph: CanonicalGraph, group: list[int]) -> list[int]:
    """Return the sums that read the last node of a group, directly or through further nodes of it."""
    return [i for i, node in enumerate(graph.nodes) if node.kind == "add" and group[-1] in node.sources]


def all_before(graph: CanonicalGraph, end: int) -> set[int]:
    """Return all nodes that a node depends on."""
    found, waiting = set(), [end]
    while waiting:
        for source in graph.nodes[waiting.pop()].sources:
            if source not in found:
                found.add(source)
                waiting.append(source)
    return found


def is_beside_branch(graph: CanonicalGraph, group: list[int], total: int) -> bool:
    """Whether what a group reads goes another way, too, to the sum that reads the group: it is a shortcut."""
    others = [source for source in graph.nodes[total].sources if source != group[-1]]
    starts = {*graph.nodes[group[0]].sources}
    return any(starts <= all_before(graph, other) | {other} for other in others)


def merge_option_a(pairing: Pairing, found: list[Finding]) -> list[Finding]:
    """A missing projection, and steps without weights in its place, are one shortcut of another kind."""
    extra = [
        one
        for one in found
        if one.kind == "extra" and not any(pairing.student.nodes[i].parameters for i in one.student)
    ]
    dropped = set()
    for one in found:
        if one.kind != "missing" or not is_projection(pairing.reference, one.reference):
            continue
        sums = {pairing.back.get(j) for j in sums_after(pairing.reference, one.reference)}
        for other in extra:
            if id(other) not in dropped and sums & {*sums_after(pairing.student, other.student)}:
                one.kind, one.attribute, one.student = "changed", "shortcut", other.student
                one.places = [(other.student[0], one.reference[0])]
                dropped.add(id(other))
                break
    return [one for one in found if id(one) not in dropped]
