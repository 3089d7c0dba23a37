"""Equal findings are one, with all its places."""

from __future__ import annotations

from collections.abc import Hashable

from keras_cnns import mistakes
from keras_cnns.comparison.alignment.pairing import Pairing
from keras_cnns.comparison.findings.finding import Finding, content
from keras_cnns.comparison.findings.known_mistakes import known_mistake

# Habits: whoever does one of these does it throughout, with other numbers in each place.
HABITS = {
    mistakes.UNEVEN_PADDING,
    mistakes.PADDING_AFTER_CONVOLUTION,
    mistakes.PROJECTION_FOR_IDENTITY,
    mistakes.OPTION_A,
    mistakes.ADDED_TO_ITSELF,
    mistakes.SHORTCUT_INSIDE,
    mistakes.TOWERS_IN_DIFFERENT_ORDER,
    mistakes.CONCATENATED_FOR_ADDED,
    mistakes.ADDED_FOR_CONCATENATED,
    mistakes.NORMALIZATION_AXIS,
    mistakes.ACTIVATION_AND_NORMALIZATION_SWAPPED,
    mistakes.STRIDE_IN_THE_3X3,
}


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
            first.follow += one.follow
    return list(groups.values())


def _key(pairing: Pairing, one: Finding) -> Hashable:
    """What two findings must share to be equal."""
    if one.kind in ("missing", "extra"):
        graph = pairing.reference if one.kind == "missing" else pairing.student
        return (one.kind, str(content(graph, one.reference or one.student)))
    if one.attribute in ("inputs", "order of inputs", "outputs", "in_shape", "order of the model's inputs"):
        return (one.kind, one.attribute, one.position)
    kinds = tuple(pairing.student.nodes[i].original[0] for i in one.student)
    moved = str(content(pairing.student, one.student)) if one.attribute == "place" else ""
    return (one.kind, one.attribute, kinds, str(one.values), str(one.more), moved)
