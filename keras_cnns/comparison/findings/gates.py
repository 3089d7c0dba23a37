"""Squeeze and excitation, and sums with a shortcut, as groups of nodes that only one graph has."""

from __future__ import annotations

from keras_cnns.comparison.canonical.canonical_graph import CanonicalGraph
from keras_cnns.comparison.findings.context import FindingContext
from keras_cnns.comparison.findings.merging_shortcuts import is_projection_step

# What a joined way may have beside a projection.
JOINS = ("add", "concatenate")


def is_gate(graph: CanonicalGraph, group: list[int]) -> bool:
    """Whether nodes multiply a map by what the means of its own channels decide."""
    inside, last = {*group}, graph.nodes[group[-1]]
    means = [i for i in group if graph.nodes[i].attributes.get("window") == "whole map"]
    if last.kind != "multiply" or len(last.sources) != 2 or len(means) != 1:
        return False
    (gated,) = graph.nodes[means[0]].sources
    ends = [source for source in last.sources if source != gated]
    if gated not in last.sources or gated in inside or len(ends) != 1:
        return False
    at = ends[0]
    while at in inside and at != means[0] and len(graph.nodes[at].sources) == 1:
        at = graph.nodes[at].sources[0]
    return at == means[0]


def is_lone_gate(context: FindingContext, kind: str) -> bool:
    """Whether a gate is all that is missing, or extra."""
    return context.finding.kind == kind and is_gate(context.graph, context.members)


def is_extra_shortcut(context: FindingContext) -> bool:
    """Whether a sum is extra that adds what its other input comes from, or a projection of that."""
    is_sum = context.kinds.count("add") == 1
    return context.finding.kind == "extra" and is_sum and is_shortcut_group(context.graph, context.members)


def is_shortcut_group(graph: CanonicalGraph, group: list[int]) -> bool:
    """Whether nodes are one sum or join, and at most a projection of the input that goes past the other."""
    (*steps, last), inside = group, {*group}
    node = graph.nodes[last]
    if node.kind not in JOINS or len(node.sources) != 2 or len(steps) > 2:
        return False
    if not all(is_projection_step(graph.nodes[i]) for i in steps):
        return False
    for way, other in (node.sources, node.sources[::-1]):
        start = way
        while start in inside and len(graph.nodes[start].sources) == 1:
            (start,) = graph.nodes[start].sources
        passed = len(steps) == 0 or way in steps
        if passed and other not in steps and start != other and _depends(graph, other, start):
            return True
    return False


def split_at_joins(graph: CanonicalGraph, group: list[int]) -> list[list[int]]:
    """Return a group as one group for each shortcut, if it has nothing else."""
    if sum(graph.nodes[i].kind in JOINS for i in group) < 2:
        return [group]
    pieces: list[list[int]] = [[]]
    for i in group:
        pieces[-1].append(i)
        if graph.nodes[i].kind in JOINS:
            pieces.append([])
    *whole, rest = pieces
    return whole if not rest and all(is_shortcut_group(graph, piece) for piece in whole) else [group]


def _depends(graph: CanonicalGraph, end: int, start: int) -> bool:
    """Whether a node depends on another; each comes after what it reads, so little is looked at."""
    seen, waiting = {end}, [end]
    while waiting:
        for source in graph.nodes[waiting.pop()].sources:
            if source == start:
                return True
            if source > start and source not in seen:
                seen.add(source)
                waiting.append(source)
    return False
