"""Differences → decisions: what a student decided once counts once, and costs points once."""

from __future__ import annotations

from collections.abc import Mapping

from keras_cnns import mistakes
from keras_cnns.comparison.alignment.pairing import Pairing
from keras_cnns.comparison.canonical.canonical_graph import CanonicalGraph, CanonicalNode
from keras_cnns.comparison.report.messages import Difference
from keras_cnns.comparison.report.scale import check_scale

Unit = frozenset[int]
WITH_KERNEL = ("convolution", "depthwise convolution", "dense")
# What sets the size of the maps. Whoever takes another window needs another padding, too.
SIZE_OF_MAPS = {"kernel", "strides", "padding", "dilation", "window", "place of the stride"}
POOLING = {mistakes.POOLING_MISSING.name, mistakes.EXTRA_POOLING.name}
COST = 0.25  # of the points, for a decision unless something else is said


def decisions(differences: tuple[Difference, ...], pairing: Pairing) -> tuple[tuple[Difference, ...], ...]:
    """Return the differences in groups, one for each decision, in their order.

    Kernel, stride, padding and pooling of one convolution are one decision, which is how large the maps are
    from there on. So are they if the same is done at several convolutions. All else is a decision of its own.
    """
    mine, theirs = _units(pairing)
    groups: dict[object, list[Difference]] = {}
    for number, one in enumerate(differences):
        key: object = number
        if one.attribute in SIZE_OF_MAPS or one.mistake in POOLING:
            units = (_unit(pairing, mine, theirs, place) for place in one.places)
            key = frozenset().union(*units) or number
        groups.setdefault(key, []).append(one)
    return tuple(map(tuple, groups.values()))


def score(
    groups: tuple[tuple[Difference, ...], ...],
    share: float,
    points: float,
    weights: Mapping[str, float] | None = None,
    each: float | None = None,
) -> float:
    """Return the points that are left; see `Report.score`."""
    check_scale(points, weights, each)
    weights, each = weights or {}, points * COST if each is None else each
    cost = sum(_cost(group, weights, each) for group in groups)
    return round(max(0.0, min(points - cost, points * share)), 2) if groups else float(points)


def share_of_layers(pairing: Pairing) -> float:
    """Return the share of the reference's layers that the student's network has, in whatever form."""
    layers = [j for j, node in enumerate(pairing.reference.nodes) if node.kind != "input"]
    return sum(j in pairing.back for j in layers) / len(layers) if layers else 1.0


def equal_layers(pairing: Pairing) -> tuple[int, int, int]:
    """Return how many layers are as in the reference, of how many the student's has, and the reference."""
    mine, theirs = pairing.student.nodes, pairing.reference.nodes
    equal = sum(
        (mine[i].kind, mine[i].attributes) == (theirs[j].kind, theirs[j].attributes)
        for i, j in pairing.pairs.items()
        if mine[i].kind != "input"
    )
    return equal, _count(mine), _count(theirs)


def _count(nodes: list[CanonicalNode]) -> int:
    return sum(node.kind != "input" for node in nodes)


def _cost(group: tuple[Difference, ...], weights: Mapping[str, float], each: float) -> float:
    """What a decision costs: the largest weight of its mistakes and attributes, if one has a weight."""
    words = [word for one in group for word in (one.mistake, one.attribute) if word]
    return max((weights[word] for word in words if word in weights), default=each)


def _units(pairing: Pairing) -> tuple[list[Unit], list[Unit]]:
    """For each node of both graphs the reference's layers with a kernel that it belongs to.

    That is the layer itself, or the last one before it.
    """
    theirs: list[Unit] = []
    for j, node in enumerate(pairing.reference.nodes):
        before = (theirs[source] for source in node.sources)
        theirs.append(frozenset([j]) if node.kind in WITH_KERNEL else frozenset().union(*before))
    mine: list[Unit] = []
    for i, node in enumerate(pairing.student.nodes):
        before = (mine[source] for source in node.sources)
        mine.append(theirs[pairing.pairs[i]] if i in pairing.pairs else frozenset().union(*before))
    return mine, theirs


def _unit(
    pairing: Pairing, mine: list[Unit], theirs: list[Unit], place: tuple[str | None, str | None]
) -> Unit:
    """The layers with a kernel at which something was found."""
    if place[1] is not None:
        return _of_layer(pairing.reference, theirs, place[1])
    return _of_layer(pairing.student, mine, place[0])


def _of_layer(graph: CanonicalGraph, units: list[Unit], layer: str | None) -> Unit:
    return frozenset().union(*(unit for node, unit in zip(graph.nodes, units) if node.layer == layer))
