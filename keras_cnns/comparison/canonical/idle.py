"""What gives what it reads: layers and functions that do nothing, at inference."""

from __future__ import annotations

from keras import tree

from keras_cnns.comparison.canonical.canonical_graph import CanonicalGraph, CanonicalNode


def drop_identities(canonical: CanonicalGraph) -> None:
    """Drop layers whose output is their input, at inference."""
    canonical.drop({i for i, node in enumerate(canonical.nodes) if _is_identity(node, canonical)})


def _is_identity(node: CanonicalNode, canonical: CanonicalGraph) -> bool:
    if does_nothing(node, canonical.also) or _moves_nothing(node):
        return True
    if node.kind in ("add", "concatenate"):
        return len(node.sources) == 1
    if node.kind in ("flatten", "reshape"):
        before = canonical.nodes[node.sources[0]]
        if before.shape == node.shape and None not in node.shape[1:]:
            return True
        # With at most one axis longer than one there is only one order of the values.
        # Where that axis is the last one, what reads it finds it in the same place.
        return before.size == node.size and all({*one.shape[1:-1]} <= {1} for one in (before, node))
    if node.kind == "pooling" and "channels" not in node.attributes:
        before = canonical.nodes[node.sources[0]]
        of_one = {*before.shape[1:-1], *node.shape[1:-1]} <= {1} and len(before.shape) > 2
        return of_one and before.size == node.size
    return False


def does_nothing(node: CanonicalNode, also: frozenset[str]) -> bool:
    """Return whether a node leaves each value as it is, at inference."""
    if node.kind == "dropout":
        return "dropout" not in also and "training" not in node.attributes
    nothing = {"scale": 1.0, "offset": 0.0}
    return node.kind == "identity" or (node.kind == "rescaling" and node.attributes == nothing)


def _moves_nothing(node: CanonicalNode) -> bool:
    """Whether a layer that pads, crops, repeats, pools or turns has a setting with which it does not."""
    given = node.attributes
    if node.kind == "pooling":
        return {*tree.flatten((given.get("window"), given.get("strides")))} == {1}
    if node.kind.startswith("Permute"):
        return given.get("dims") == tuple(range(1, len(node.shape)))
    idle = {"zero padding": ("padding", 0), "Cropping": ("cropping", 0), "UpSampling": ("size", 1)}
    for kind, (setting, value) in idle.items():
        if node.kind.startswith(kind) and setting in given:
            return {*tree.flatten(given[setting])} == {value}
    return False
