"""Equal findings are one, with all its places, and so are those at the same place of several modules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable

import numpy as np

from keras_cnns import mistakes
from keras_cnns.comparison.alignment.pairing import Pairing
from keras_cnns.comparison.canonical.canonical_graph import MERGES, CanonicalNode
from keras_cnns.comparison.findings.finding import Finding, content
from keras_cnns.comparison.findings.known_mistakes import known_mistake

# Habits: whoever does one of these does it throughout, with other numbers in each place.
HABITS = {
    mistakes.UNEVEN_PADDING,
    mistakes.PADDING_AFTER_CONVOLUTION,
    mistakes.PROJECTION_FOR_IDENTITY,
    mistakes.OPTION_A,
    mistakes.EXTRA_SHORTCUT,
    mistakes.ADDED_TO_ITSELF,
    mistakes.SHORTCUT_INSIDE,
    mistakes.TOWERS_IN_DIFFERENT_ORDER,
    mistakes.CONCATENATED_FOR_ADDED,
    mistakes.ADDED_FOR_CONCATENATED,
    mistakes.NORMALIZATION_AXIS,
    mistakes.ACTIVATION_AND_NORMALIZATION_SWAPPED,
    mistakes.STRIDE_IN_THE_3X3,
    mistakes.GROUPS_READ_THE_SAME,
    mistakes.JOINED_ALONG,
    mistakes.GATE_ELSEWHERE,
}
# Attributes that have other numbers in each module.
OF_MODULES = {"filters", "groups", "multiplier"}
# With fewer, each is said by itself.
FEWEST_MODULES = 3
# Whoever never pads does it in every convolution.
NO_PADDING = "no padding"


def group_equal(pairing: Pairing, found: list[Finding]) -> list[Finding]:
    """Make equal findings one, with all its places."""
    groups: dict[Hashable, Finding] = {}
    for one in found:
        mistake = known_mistake(pairing, one)
        key = mistake.name if mistake in HABITS else _key(pairing, one)
        first = groups.setdefault(key, one)
        if first is not one:
            first.places += one.places
            first.parameters += one.parameters
            first.of_biases += one.of_biases
            first.follow += one.follow
    return _group_modules(pairing, list(groups.values()))


def _group_modules(pairing: Pairing, found: list[Finding]) -> list[Finding]:
    """Make findings one that are the same but for their numbers, at the same place of several modules."""
    groups = defaultdict(list)
    for one in found:
        groups[_place_in_module(pairing, one)].append(one)
    to_drop = set()
    for place, (first, *more) in groups.items():
        if place is None or len(more) + 1 < (2 if place == NO_PADDING else FEWEST_MODULES):
            continue
        first.others = [first.values] * (len(first.places) - 1)
        for one in more:
            first.places += one.places
            first.others += [one.values] * len(one.places)
            first.parameters += one.parameters
            first.of_biases += one.of_biases
            first.follow += one.follow
        to_drop |= {*map(id, more)}
    return [one for one in found if id(one) not in to_drop]


def _place_in_module(pairing: Pairing, one: Finding) -> Hashable:
    """What a finding is, without its numbers, and where it is in a module that a sum or a join ends."""
    if one.kind == "changed" and one.attribute == "padding":
        node = pairing.student.nodes[one.student[0]]
        pads = np.any(node.attributes.get("padding")) and one.values[0] != "valid"
        return None if pads or node.kind != "convolution" else NO_PADDING
    if one.kind == "rewired" or (one.kind == "changed" and one.attribute not in OF_MODULES) or one.more:
        return None
    graph, group = pairing.student, one.student
    if one.kind == "missing":
        graph, group = pairing.reference, one.reference
    readers, at = graph.readers(), group[-1]
    after = []
    while len(readers[at]) == 1 and graph.nodes[readers[at][0]].kind not in MERGES:
        at = readers[at][0]
        after.append(_form(graph.nodes[at]))
    before, first = [], group[0]
    while len(graph.nodes[first].sources) == 1 and len(readers[graph.nodes[first].sources[0]]) == 1:
        first = graph.nodes[first].sources[0]
        before.append(_form(graph.nodes[first]))
    if len(readers[at]) != 1 or not graph.nodes[first].sources:
        return None  # it is in no module
    forms = tuple(_form(graph.nodes[i]) for i in group)
    return one.kind, one.attribute, forms, tuple(before), tuple(after)


def _form(node: CanonicalNode) -> Hashable:
    return node.kind, str(node.attributes.get("kernel")), str(node.attributes.get("function"))


def _key(pairing: Pairing, one: Finding) -> Hashable:
    """What two findings must share to be equal."""
    if one.kind in ("missing", "extra"):
        graph = pairing.reference if one.kind == "missing" else pairing.student
        return (one.kind, str(content(graph, one.reference or one.student)))
    if one.attribute in ("inputs", "order of inputs", "outputs", "in_shape", "order of the model's inputs"):
        return (one.kind, one.attribute, one.position)
    kinds = tuple(pairing.student.nodes[i].original[0] for i in one.student)
    moved = str(content(pairing.student, one.student)) if one.attribute == "place" else ""
    return (one.kind, one.attribute, kinds, str(_values(pairing, one)), str(one.more), moved)


def _values(pairing: Pairing, one: Finding) -> Hashable:
    """The values, of a padding in effect: "same" and 1 on every side may be one."""
    if one.attribute != "padding":
        return one.values
    mine = pairing.student.nodes[one.student[0]].attributes.get("padding")
    return (mine if isinstance(mine, tuple) else one.values[0], one.values[1])
