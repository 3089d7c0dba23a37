"""Grouped convolution written out: a layer for each group of channels, and a concatenation.

The groups are slices of one map, or what separate layers make of one map: two convolutions that read the same
map are side by side one convolution with the filters of both.
"""

from __future__ import annotations

from typing import Any

from keras_cnns.comparison.canonical.canonical_graph import CanonicalGraph, CanonicalNode
from keras_cnns.comparison.canonical.towers import is_elementwise

FORM = "groups written out"
SIDE_BY_SIDE = "layers side by side"
# Layers that compute each group of channels by itself when they read all groups side by side.
BY_GROUP = {"convolution", "depthwise convolution", "batch normalization", "activation", "pooling"}
BY_GROUP |= {"zero padding", "dropout", "identity"}


def open_splits(canonical: CanonicalGraph) -> None:
    """Read each output of a split of the channels as a slice of what the split reads."""
    for node in canonical.nodes:
        if node.kind != "further output":
            continue
        split = canonical.nodes[node.sources[0]]
        if split.kind == "split":
            number = node.attributes["number"] - 1
            node.kind, node.attributes = "slice", _range(split, number)
            node.sources = [*split.sources]
    for node in canonical.nodes:
        if node.kind == "split":
            node.kind, node.attributes = "slice", _range(node, 0)


def _range(split: CanonicalNode, number: int) -> dict[str, int]:
    bounds = split.attributes["bounds"]
    return {"from": bounds[number], "to": bounds[number + 1]}


def join_groups(canonical: CanonicalGraph) -> None:
    """Write slices, equal layers on each and their concatenation as the one grouped layer that they are."""
    nodes = canonical.nodes
    joins = [i for i, node in enumerate(nodes) if node.kind == "concatenate" and len(node.sources) > 1]
    uses = canonical.uses() if joins else []
    to_drop: set[int] = set()
    for i in joins:
        node = nodes[i]
        rows = _rows(canonical, node, uses)
        if rows is None:
            continue
        slices = rows.pop() if nodes[rows[-1][0]].kind == "slice" else []
        wrong = _mistakes(canonical, node, slices)
        convolutions = [row[0] for row in rows if "convolution" in nodes[row[0]].kind]
        if wrong and not (slices and convolutions):
            continue
        for row in rows:
            reads_one_map = len({nodes[k].sources[0] for k in row}) == 1
            width = nodes[nodes[row[0]].sources[0]].shape[-1] or 0
            _join([nodes[k] for k in row], width, by_group=not reads_one_map)
        if wrong:
            last = nodes[convolutions[-1]]
            last.attributes = {**last.attributes, **wrong}
            last.equivalent_forms = [form for form in last.equivalent_forms if form != FORM]
            nodes[rows[0][0]].shape = node.shape
        to_drop |= {i, *slices, *(k for row in rows for k in row[1:])}
    canonical.drop(to_drop)


def _rows(canonical: CanonicalGraph, join: CanonicalNode, uses: list[int]) -> list[list[int]] | None:
    """The nodes between a concatenation and what it comes from, row by row; slices, if any, last."""
    nodes = canonical.nodes
    rows = [join.sources]
    while True:
        row = [nodes[k] for k in rows[-1]]
        first = row[0]
        if len({*rows[-1]}) < len(row) or any(uses[k] != 1 for k in rows[-1]):
            return None
        if first.kind == "slice":
            fits = all(node.kind == "slice" for node in row) and _covers(canonical, row, len(rows) > 1)
            return rows if fits or _reads_twice(canonical, row) else None
        if any((node.kind, node.attributes) != (first.kind, first.attributes) for node in row):
            return None
        if len(first.sources) != 1 or "calls that share the weights" in first.attributes:
            return None
        if len({node.sources[0] for node in row}) == 1:
            return rows if _are_side_by_side(row) else None
        if not _is_by_group(row):
            return None
        rows.append([node.sources[0] for node in row])


def _is_by_group(row: list[CanonicalNode]) -> bool:
    first = row[0]
    if first.kind not in BY_GROUP or "calls that share the weights" in first.attributes:
        return False
    if "channels" in first.attributes or "training" in first.attributes:
        return False
    if first.kind == "batch normalization" and first.attributes["axis"] != -1:
        return False
    if first.kind == "activation" and not is_elementwise(first):
        return False
    return all(node.shape == first.shape for node in row)


def _are_side_by_side(row: list[CanonicalNode]) -> bool:
    """Whether layers that read one map are one layer, whose weights are theirs side by side."""
    first = row[0]
    if "channels" in first.attributes or "training" in first.attributes:
        return False
    if first.kind == "convolution" and first.attributes["groups"] != 1:
        return False
    return first.kind in ("convolution", "dense") and all(node.shape == first.shape for node in row)


def _covers(canonical: CanonicalGraph, slices: list[CanonicalNode], equal: bool) -> bool:
    """Whether slices are all channels of one map in their order, and as wide as each other if need be."""
    if len({node.sources[0] for node in slices}) != 1:
        return False
    source = canonical.nodes[slices[0].sources[0]]
    ends = [0, *(node.attributes["to"] for node in slices)]
    starts = [node.attributes["from"] for node in slices]
    widths = {node.attributes["to"] - node.attributes["from"] for node in slices}
    return starts == ends[:-1] and ends[-1] == source.shape[-1] and (len(widths) == 1 or not equal)


def _reads_twice(canonical: CanonicalGraph, slices: list[CanonicalNode]) -> bool:
    """Whether slices are as wide as groups of one map would be, and some of them are the same channels."""
    if any(node.kind != "slice" for node in slices) or len({node.sources[0] for node in slices}) != 1:
        return False
    starts, widths = _starts(slices), {node.attributes["to"] - node.attributes["from"] for node in slices}
    channels = canonical.nodes[slices[0].sources[0]].shape[-1]
    return len({*starts}) < len(starts) and {width * len(slices) for width in widths} == {channels}


def _starts(slices: list[CanonicalNode]) -> tuple[int, ...]:
    return tuple(node.attributes["from"] for node in slices)


def _mistakes(canonical: CanonicalGraph, join: CanonicalNode, slices: list[int]) -> dict[str, Any]:
    """What makes layers on slices another function than the grouped layer that they look like."""
    starts = _starts([canonical.nodes[k] for k in slices])
    found: dict[str, Any] = {}
    if join.attributes != {"axis": -1}:
        found["joined along"] = join.attributes.get("axis")
    if len({*starts}) < len(starts):
        found["maps read from"] = starts
    return found


def _join(row: list[CanonicalNode], width: int, by_group: bool) -> None:
    """Make the first of equal layers the one layer that does what all do.

    Args:
        row: the layers.
        width: how many channels each reads.
        by_group: whether each reads its own group of channels; else all read the same map.
    """
    first, n = row[0], len(row)
    first.shape = (*first.shape[:-1], (first.shape[-1] or 0) * n)
    first.parts = tuple(node.operation for node in row)
    first.parameters = sum(node.parameters for node in row)
    if first.kind not in ("convolution", "dense"):
        return
    attributes = dict(first.attributes)
    if not by_group:
        first.attributes["filters"] = attributes["filters"] * n
        first.equivalent_forms.append(SIDE_BY_SIDE)
        return
    filters, groups = attributes.pop("filters"), attributes.pop("groups")
    if width == groups:
        first.kind, first.attributes = (
            "depthwise convolution",
            {"multiplier": filters // groups, **attributes},
        )
    else:
        first.attributes = {"filters": filters * n, "groups": groups * n, **attributes}
    first.equivalent_forms.append(FORM)
