"""Findings at windows that have one cause: paddings that follow from something else, and the stem."""

from __future__ import annotations

from typing import Any

from keras_cnns.comparison.alignment.pairing import Pairing
from keras_cnns.comparison.canonical.canonical_graph import CanonicalNode
from keras_cnns.comparison.canonical.padding import window_of
from keras_cnns.comparison.findings.finding import Finding

# Between a convolution and the pooling that belongs to the stem.
BETWEEN = ("batch normalization", "activation", "local response normalization")


def merge_padding_after(pairing: Pairing, found: list[Finding]) -> list[Finding]:
    """A layer without its padding, and the padding after it, are one padding in the wrong place."""
    nodes = pairing.student.nodes
    pads = {
        nodes[one.student[0]].sources[0]: one
        for one in found
        if one.kind == "extra" and [nodes[i].kind for i in one.student] == ["zero padding"]
    }
    dropped = set()
    for one in found:
        if one.attribute == "padding" and one.student[0] in pads:
            extra = pads[one.student[0]]
            if nodes[extra.student[0]].attributes.get("padding") == one.values[1]:
                one.attribute, one.student = "place of the padding", one.student + extra.student
                dropped.add(id(extra))
    return [one for one in found if id(one) not in dropped]


def drop_padding_of_other_windows(pairing: Pairing, found: list[Finding]) -> list[Finding]:
    """Where the window has another size, the padding that keeps the map's size does, too."""
    windows = {(one.student[0], one.reference[0]) for one in found if one.attribute in ("kernel", "window")}

    def follows(one: Finding) -> bool:
        if one.attribute != "padding" or (one.student[0], one.reference[0]) not in windows:
            return False
        mine, theirs = pairing.student.nodes[one.student[0]], pairing.reference.nodes[one.reference[0]]
        return _keeps_size(mine, one.values[0]) and _keeps_size(theirs, one.values[1])

    return [one for one in found if not follows(one)]


def _keeps_size(node: CanonicalNode, padding: Any) -> bool:
    """Whether a padding is "same", or as many rows on every side as the window reaches beyond its middle."""
    attributes = node.original[1]
    if "kernel" not in attributes and not isinstance(attributes.get("window"), tuple):
        return False
    window = window_of(attributes)
    dilation = attributes.get("dilation", (1,) * len(window))
    half = tuple((((size - 1) * rate) // 2,) * 2 for size, rate in zip(window, dilation))
    return padding in ("same", half)


def merge_stem(pairing: Pairing, found: list[Finding]) -> list[Finding]:
    """A smaller first window, smaller steps and no pooling are one choice: a stem for small images."""
    at_start = [
        one
        for one in found
        if one.kind == "changed"
        and one.attribute in ("kernel", "strides", "padding")
        and "kernel" in pairing.reference.nodes[one.reference[0]].attributes
        and pairing.reference.nodes[pairing.reference.nodes[one.reference[0]].sources[0]].kind == "input"
    ]
    if len({one.student[0] for one in at_start}) != 1:
        return found
    by_attribute = {one.attribute: one for one in at_start}
    smaller = [
        one
        for name in ("strides", "kernel")
        if (one := by_attribute.get(name)) and _less(one.values[0], one.values[1])
    ]
    pooling = [one for one in found if _is_pooling_of_stem(pairing, one, at_start[0].reference[0])]
    if len(smaller) + len(pooling) < 2:
        return found
    stem = smaller[0]
    stem.more = [(str(one.attribute), one.values) for one in at_start if one is not stem]
    stem.attribute, stem.values = "stem", (None, None)
    stem.reference = [*stem.reference, *(j for one in pooling for j in one.reference)]
    dropped = {id(one) for one in (*at_start, *pooling) if one is not stem}
    return [one for one in found if id(one) not in dropped]


def _less(mine: tuple[int, ...], theirs: tuple[int, ...]) -> bool:
    return all(one < other for one, other in zip(mine, theirs))


def _is_pooling_of_stem(pairing: Pairing, one: Finding, first: int) -> bool:
    """Whether a finding is a missing pooling that follows the first layer, but for its activation."""
    nodes = pairing.reference.nodes
    if one.kind != "missing" or [nodes[j].kind for j in one.reference] != ["pooling"]:
        return False
    at = nodes[one.reference[0]].sources[0]
    while nodes[at].kind in BETWEEN:
        at = nodes[at].sources[0]
    return at == first


def drop_pooling_of_one_position(pairing: Pairing, found: list[Finding]) -> list[Finding]:
    """Pooling a map of one position is no step at all; that the map is larger has another reason."""

    def follows(one: Finding) -> bool:
        if one.kind not in ("extra", "missing") or not any(o.position < one.position for o in found):
            return False
        graph, other, partner, group = (
            (pairing.student, pairing.reference, pairing.pairs, one.student)
            if one.kind == "extra"
            else (pairing.reference, pairing.student, pairing.back, one.reference)
        )
        node = graph.nodes[group[0]]
        if len(group) != 1 or node.attributes.get("window") != "whole map":
            return False
        shape = other.nodes[partner[node.sources[0]]].shape if node.sources[0] in partner else ()
        return len(shape) > 2 and {*shape[1:-1]} == {1}

    return [one for one in found if not follows(one)]


def merge_border_of_other_images(pairing: Pairing, found: list[Finding]) -> list[Finding]:
    """Zeros around smaller images make the maps of larger ones: both differ, for one reason."""
    images = next((one for one in found if one.attribute == "in_shape"), None)
    if images is None:
        return found
    kept = []
    for one in found:
        if one.attribute == "padding":
            mine, theirs = pairing.student.nodes[one.student[0]], pairing.reference.nodes[one.reference[0]]
            at_start = pairing.student.nodes[mine.sources[0]].kind == "input"
            if at_start and mine.shape[1:-1] == theirs.shape[1:-1]:
                images.more.append(("padding", one.values))
                continue
        kept.append(one)
    return kept
