"""Paired graphs → what differs, root causes only, the heaviest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable

from keras_cnns.comparison.alignment.align import connected
from keras_cnns.comparison.alignment.pairing import Pairing
from keras_cnns.comparison.canonical.canonical_graph import Attributes, CanonicalGraph, CanonicalNode
from keras_cnns.comparison.canonical.layer_configs import HELD
from keras_cnns.comparison.findings.finding import Finding, content
from keras_cnns.comparison.findings.gates import split_at_joins
from keras_cnns.comparison.findings.grouping import group_equal
from keras_cnns.comparison.findings.merging import merged
from keras_cnns.comparison.findings.merging_blocks import merge_preactivated
from keras_cnns.comparison.findings.merging_gates import merge_moved_gates
from keras_cnns.comparison.findings.root_causes import (
    charge_consequences,
    merge_moved_strides,
    merge_separable,
)
from keras_cnns.comparison.findings.weights import weight

# Attributes in the order of their weight: filters come before strides, and all others come last, by name.
ORDER = ("in_shape", "kind", "function", "statistic", "filters", "kernel", "window", "strides", "groups")
SHARED = "calls that share the weights"
# A layer counts as moved, not as missing in one place and extra in another, up to this many nodes ...
LARGEST_MOVE = 4
# ... and this far.
FARTHEST_MOVE = 12


def find_differences(pairing: Pairing) -> list[Finding]:
    """Return what differs, by weight, then in the reference's order, with equal findings as one."""
    found = [*_changed(pairing), *_rewired(pairing), *_unpaired(pairing), *_outputs(pairing)]
    found += [*_shared_weights(pairing), *_order_of_model_inputs(pairing)]
    found = merge_moved_gates(pairing, merge_preactivated(pairing, found))
    found = merge_moved_strides(pairing, merge_separable(pairing, found))
    found = sorted(merged(pairing, found), key=lambda one: one.position)
    charge_consequences(pairing, found)
    # The sort keeps the order of the network among findings of one weight.
    return sorted(group_equal(pairing, found), key=lambda one: weight(pairing, one))


def changes(one: CanonicalNode, other: CanonicalNode) -> list[tuple[str, Hashable, Hashable]]:
    """Return the attributes in which two nodes compute differently: (attribute, one's value, the other's)."""
    if one.original == other.original or (one.kind, one.attributes) == (other.kind, other.attributes):
        return []
    (kind, first), (other_kind, second) = one.original, other.original
    if kind == other_kind:
        first, second = _without_equivalent(one, other, first, second)
    elif one.kind == other.kind:
        first, second = one.attributes, other.attributes
    else:
        return [("kind", kind, other_kind), *_changed_filters(first, second)]
    names = sorted({*first, *second}, key=lambda name: (ORDER.index(name) if name in ORDER else 99, name))
    names = [name for name in names if first.get(name) != second.get(name)]
    if len(names) > 1:
        # The settings that differ are held, too; along other axes the same padding is written otherwise.
        follows = {HELD} | ({"padding", "padded with zeros"} if "channels" in names else set())
        names = [name for name in names if name not in follows]
    return [(name, first.get(name), second.get(name)) for name in names]


def _without_equivalent(
    one: CanonicalNode, other: CanonicalNode, first: Attributes, second: Attributes
) -> tuple[Attributes, Attributes]:
    """Leave out of both the attributes whose values differ as written but not in effect."""
    equal = []
    same_padding = one.attributes.get("padding", "whole") == other.attributes.get("padding", "wide")
    if same_padding or (one.border and one.border == other.border):  # a border is known of windows only
        equal.append("padding")
    if one.border == other.border:
        # Zeros around the map count for something only if the activation before it differs.
        equal.append("padded with zeros")
    if "bias" in first and (
        one.attributes["bias"] == other.attributes["bias"] or one.has_own_bias == other.has_own_bias
    ):
        equal.append("bias")
    if min(len(one.shape), len(other.shape)) > 2:
        equal.append("at each position")  # both read maps, perhaps of one position
    without = dict.fromkeys(equal)
    return {**first, **without}, {**second, **without}


def _changed_filters(first: Attributes, second: Attributes) -> list[tuple[str, Hashable, Hashable]]:
    values = first.get("filters"), second.get("filters")
    return [("filters", *values)] if None not in values and values[0] != values[1] else []


def _changed(pairing: Pairing) -> list[Finding]:
    found = []
    for i, j in pairing.pairs.items():
        one, other = pairing.student.nodes[i], pairing.reference.nodes[j]
        for place, (name, first, second) in enumerate(changes(one, other)):
            at = j + place / 100
            found.append(Finding("changed", [i], [j], at, name, (first, second), [(i, j)]))
    return found


def _rewired(pairing: Pairing) -> list[Finding]:
    """Nodes with different inputs, unless missing or extra layers explain it."""
    found = []
    for i, j in pairing.pairs.items():
        mine, theirs = pairing.student.nodes[i].sources, pairing.reference.nodes[j].sources
        near_mine = [pairing.near_student[source] for source in mine]
        near_theirs = [pairing.near_reference[source] for source in theirs]
        ordered = pairing.reference.nodes[j].has_order or pairing.student.nodes[i].has_order
        if _is_same(near_mine, near_theirs, ordered) or _is_explained(pairing, i, j, ordered):
            continue
        name = "inputs" if Counter(near_mine) != Counter(near_theirs) else "order of inputs"
        found.append(Finding("rewired", [i], [j], j + 0.5, name, (tuple(mine), tuple(theirs)), [(i, j)]))
    return found


def _is_same(one: list, other: list, ordered: bool) -> bool:
    return one == other if ordered else Counter(one) == Counter(other)


def _is_explained(pairing: Pairing, i: int, j: int, ordered: bool) -> bool:
    """Whether the inputs of a pair differ only because a layer before them is missing or extra."""
    mine, theirs = pairing.student.nodes[i].sources, pairing.reference.nodes[j].sources
    paired_mine = [pairing.near_student[source] for source in mine if source in pairing.pairs]
    paired_theirs = [pairing.near_reference[source] for source in theirs if source in pairing.back]
    if _is_same(paired_mine, paired_theirs, ordered):
        return True
    extra = [pairing.near_student[source] for source in mine if source not in pairing.pairs]
    missing = [pairing.near_reference[source] for source in theirs if source not in pairing.back]
    only_mine = Counter(paired_mine) - Counter(paired_theirs)
    only_theirs = Counter(paired_theirs) - Counter(paired_mine)
    explained = all(any(near <= gap for gap in missing) for near in only_mine)
    explained &= all(any(near <= gap for gap in extra) for near in only_theirs)
    return bool(explained and (only_mine or only_theirs))


def _unpaired(pairing: Pairing) -> list[Finding]:
    """What only one graph has; layers that are only in a different place are rewired."""
    missing = [j for j in range(len(pairing.reference.nodes)) if j not in pairing.back]
    extra = [i for i in range(len(pairing.student.nodes)) if i not in pairing.pairs]
    found = []
    extra_groups = _groups(pairing.student, extra)
    for group in _groups(pairing.reference, missing):
        moved = next((other for other in extra_groups if _is_same_content(pairing, other, group)), None)
        moved = moved or next((one for one in extra_groups if _is_normalization(pairing, one, group)), None)
        if moved and abs(_position(pairing, moved[0]) - group[0]) <= FARTHEST_MOVE:
            extra_groups.remove(moved)
            at = min(group[0], _position(pairing, moved[0]))
            finding = Finding("rewired", moved, group, at, "place", (None, None), [(moved[0], group[0])])
            constants = changes(pairing.student.nodes[moved[0]], pairing.reference.nodes[group[0]])
            for name, first, second in constants if len(group) == 1 else ():
                values, here = (first, second), at + 0.01
                found.append(Finding("changed", moved, group, here, name, values, [(moved[0], group[0])]))
        else:
            finding = Finding("missing", [], group, group[0], places=[(None, group[0])])
        found.append(finding)
    for group in extra_groups:
        found.append(Finding("extra", group, [], _position(pairing, group[0]), places=[(group[0], None)]))
    return found


def _groups(graph: CanonicalGraph, nodes: list[int]) -> list[list[int]]:
    """Return unpaired nodes in groups that edges join; shortcuts in a row are one group each."""
    return [piece for group in connected(graph, nodes) for piece in split_at_joins(graph, group)]


def _position(pairing: Pairing, i: int) -> float:
    """Where in the reference an extra node of the student's graph would be."""
    return max(pairing.near_student[i], default=-1) + 0.25 + i / 1e6


def _is_same_content(pairing: Pairing, extra: list[int], missing: list[int]) -> bool:
    if len(extra) != len(missing) or len(missing) > LARGEST_MOVE:
        return False
    return content(pairing.student, extra) == content(pairing.reference, missing)


def _shared_weights(pairing: Pairing) -> list[Finding]:
    """Calls of layers that are called several times, where other calls share the weights."""
    found: list[Finding] = []
    partner: dict[Hashable, Hashable] = {}
    back: dict[Hashable, Hashable] = {}
    for i, j in sorted(pairing.pairs.items(), key=lambda pair: pair[1]):
        one, other = pairing.student.nodes[i], pairing.reference.nodes[j]
        if not all(SHARED in node.attributes for node in (one, other)):
            continue
        mine, theirs = (one.operation, one.kind), (other.operation, other.kind)
        if partner.setdefault(mine, theirs) != theirs or back.setdefault(theirs, mine) != mine:
            found.append(
                Finding("rewired", [i], [j], j + 0.6, "shared weights", (one.layer, other.layer), [(i, j)])
            )
    return found[:1]


def _order_of_model_inputs(pairing: Pairing) -> list[Finding]:
    mine, theirs = pairing.student.inputs, pairing.reference.inputs
    partners = [pairing.pairs.get(i) for i in mine]
    if partners == theirs or sorted(partners, key=str) != sorted(theirs, key=str):
        return []
    values = (tuple(mine), tuple(theirs))
    return [
        Finding("rewired", [*mine], [*theirs], -0.5, "order of the model's inputs", values, [(None, None)])
    ]


def _is_normalization(pairing: Pairing, extra: list[int], missing: list[int]) -> bool:
    """Whether both are one normalization of the same kind, whatever its constants."""
    kinds = [
        [graph.nodes[i].kind for i in group]
        for graph, group in ((pairing.student, extra), (pairing.reference, missing))
    ]
    return kinds[0] == kinds[1] and len(kinds[0]) == 1 and "normalization" in kinds[0][0]


def _outputs(pairing: Pairing) -> list[Finding]:
    mine, theirs = pairing.student.outputs, pairing.reference.outputs
    first = [pairing.near_student[output] for output in mine if output in pairing.pairs]
    second = [pairing.near_reference[output] for output in theirs if output in pairing.back]
    all_paired = len(first) == len(mine) and len(second) == len(theirs)
    if first == second or (not all_paired and _outputs_explained(pairing, first, second)):
        return _shapes_of_outputs(pairing)
    end, values = len(pairing.reference.nodes), (tuple(mine), tuple(theirs))
    return [Finding("rewired", list(mine), list(theirs), end, "outputs", values, [(None, None)])]


def _shapes_of_outputs(pairing: Pairing) -> list[Finding]:
    """Outputs that are equal but for axes of length one: a map of one pixel is no vector of classes."""
    end, mine, theirs = len(pairing.reference.nodes) + 0.5, pairing.student, pairing.reference
    for k, (i, j) in enumerate(zip(mine.outputs, theirs.outputs)):
        one, other = mine.output_shapes[k][1:], theirs.output_shapes[k][1:]
        is_pair = pairing.pairs.get(i) == j
        if is_pair and one != other and [n for n in one if n != 1] == [n for n in other if n != 1]:
            return [Finding("changed", [i], [j], end, "shape of the output", (one, other), [(i, j)])]
    return []


def _outputs_explained(pairing: Pairing, first: list, second: list) -> bool:
    """Whether each output that only one graph has comes before a layer that is missing or extra."""
    gaps = [pairing.near_reference[o] for o in pairing.reference.outputs if o not in pairing.back]
    gaps += [pairing.near_student[o] for o in pairing.student.outputs if o not in pairing.pairs]
    only_one = [near for near in first if near not in second] + [near for near in second if near not in first]
    return all(any(near <= gap for gap in gaps) for near in only_one)
