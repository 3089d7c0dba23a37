"""Channel shuffles written as papers describe them: reshaped to groups, transposed, and reshaped back."""

from __future__ import annotations

import numpy as np

from keras_cnns.comparison.canonical.canonical_graph import CanonicalGraph, CanonicalNode, Step
from keras_cnns.graph.shuffles import interleaved

Array = np.ndarray
KIND = "channel shuffle"


def join_shuffles(canonical: CanonicalGraph) -> None:
    """Write three such steps as the one shuffle that they are."""
    nodes, to_drop = canonical.nodes, set()
    ends = [node for node in nodes if node.kind == "reshape"]
    uses = canonical.uses() if ends else []
    for node in ends:
        turned = node.sources[0]
        grouped = nodes[turned].sources[0] if nodes[turned].sources else turned
        if uses[turned] != 1 or uses[grouped] != 1 or nodes[grouped].kind != "reshape":
            continue
        before = nodes[nodes[grouped].sources[0]]
        if before.shape == node.shape and _swaps_groups(nodes[grouped], nodes[turned], node):
            groups = nodes[grouped].shape[-2]
            node.kind, node.attributes = (KIND, {"groups": groups}) if groups != 1 else ("identity", {})
            to_drop |= {turned, grouped}
    canonical.drop(to_drop)


def _swaps_groups(grouped: CanonicalNode, turned: CanonicalNode, joined: CanonicalNode) -> bool:
    """Whether the last axis is parted in two, these change places, and are one again."""
    *others, groups, size = grouped.shape
    last = joined.shape[-1]
    if not groups or not size or others != [*joined.shape[:-1]] or groups * size != last:
        return False
    rank = len(grouped.shape)
    swapped = (*range(rank - 2), rank - 1, rank - 2)
    given = turned.attributes
    if turned.kind == "Permute":
        return tuple(given.get("dims", ())) == swapped[1:]
    axes = given.get("axes")
    if turned.kind != "Transpose" or not isinstance(axes, (tuple, list)):
        return False
    return tuple(axis % rank for axis in axes) == swapped


def shuffled(x: Array, y: Array) -> Step | None:
    """Return the step of a function that gives `y` for `x`, if it shuffles channels."""
    n = x.shape[-1]
    if x.shape != y.shape or x.ndim < 3:
        return None
    for groups in range(2, n // 2 + 1):
        if n % groups == 0 and np.array_equal(y, x[..., interleaved(n, groups)]):
            return KIND, {"groups": groups}
    return None
