"""A finding as a sentence: what is there, what should be, and where."""

from __future__ import annotations

from typing import Any

from keras_cnns import mistakes
from keras_cnns.comparison.alignment.pairing import Pairing
from keras_cnns.comparison.canonical.canonical_graph import CanonicalGraph, CanonicalNode
from keras_cnns.comparison.findings.finding import Finding
from keras_cnns.comparison.findings.grouping import HABITS
from keras_cnns.comparison.findings.merging_blocks import EARLIER
from keras_cnns.comparison.findings.merging_gates import PLACE_OF_GATE
from keras_cnns.comparison.report.wording import (
    attribute_title,
    axis_text,
    describe,
    is_readable,
    join_names,
    padding_words,
    value_text,
)

# Attributes that a layer has or has not.
PARTS = {"bias": "bias", "scale": "gamma", "center": "beta"}
HABIT_NAMES = {mistake.name for mistake in HABITS}
# The activation of a layer is at most so many steps after it.
NEAR = 2


def is_argument(graph: CanonicalGraph, i: int) -> bool:
    """Whether a node is the activation that is an argument of another layer."""
    node, at = graph.nodes[i], i
    if node.kind != "activation":
        return False
    for _ in range(NEAR):
        if len(graph.nodes[at].sources) != 1:
            return False
        at = graph.nodes[at].sources[0]
        if graph.nodes[at].layer == node.layer and graph.nodes[at].kind != "activation":
            return True
    return False


def title(graph: CanonicalGraph, i: int) -> str:
    """Return what a node is called: the layer's name, or "the activation of conv2d"."""
    layer = graph.nodes[i].layer
    return f"the activation of {layer}" if is_argument(graph, i) else layer


def named(graph: CanonicalGraph, i: int) -> str:
    """Return the name of a node and what it is: "conv2d (convolution 3×3, 64 filters)"."""
    what, name = describe(graph.nodes[i]), title(graph, i)
    return name if name == what else f"{name} ({what})"


def description(nodes: list[CanonicalNode]) -> str | None:
    """Return what some nodes are, in their order; None if there are none."""
    return join_names([describe(node) for node in nodes], most=6) if nodes else None


def sources_text(graph: CanonicalGraph, i: int) -> str:
    """Return what a node reads."""
    sources = graph.nodes[i].sources
    return join_names([named(graph, source) for source in sources]) if sources else "the input"


def changed(pairing: Pairing, finding: Finding, one: Any) -> str:
    """The sentence of an attribute that differs."""
    student, i, j = pairing.student, finding.student[0], finding.reference[0]
    stretches = student.nodes[i].kind == "activation" and {"scale", "slope"} & {
        str(one.attribute),
        *(name for name, _ in finding.more),
    }
    own = _stretched if stretches else _CHANGED.get(str(one.attribute))
    if own:
        return own(pairing, finding, one)
    attribute = str(finding.attribute)
    node = student.nodes[i]
    if attribute in PARTS and all(isinstance(value, bool) or value is None for value in finding.values):
        have, has = (bool(value) for value in finding.values)
        return (
            f"{named(student, i)} has {'a' if have else 'no'} {PARTS[attribute]}, the reference has "
            f"{'one' if has else 'none'}"
        )
    values = [(str(one.attribute), (one.yours, one.reference)), *finding.more]
    dense = node.original[0] == pairing.reference.nodes[j].original[0] == "dense"
    return f"{named(student, i)}: " + "; ".join(_value(name, both, dense) for name, both in values)


def _value(name: str, values: tuple[Any, Any], dense: bool) -> str:
    words = "units" if dense and name == "filters" else attribute_title(name)
    if name == "scale" and not isinstance(values[1], bool):
        words = name  # it is gamma in batch normalization only
    if not all(map(is_readable, values)):
        return f"{words}: another than the reference has"
    return f"{words} {value_text(values[0])}, the reference has {value_text(values[1])}"


def _kind(pairing: Pairing, finding: Finding, one: Any) -> str:
    theirs = named(pairing.reference, finding.reference[0])
    return f"{named(pairing.student, finding.student[0])} stands where the reference has {theirs}"


def _separable(pairing: Pairing, finding: Finding, one: Any) -> str:
    name = named(pairing.student, finding.student[0])
    return f"{name}: separable no, the reference has yes, one filter for each map and then a 1×1"


def _stride(pairing: Pairing, finding: Finding, one: Any) -> str:
    strides = finding.values
    first, second = finding.student[:2]
    if max(strides[0]) <= 1:
        strides, first, second = strides[::-1], second, first
    names = named(pairing.student, first), named(pairing.student, second)
    return f"{names[0]} has the stride {value_text(strides[0])} that the reference gives to {names[1]}"


def _stem(pairing: Pairing, finding: Finding, one: Any) -> str:
    first = pairing.student.nodes[finding.student[0]].layer
    return f"{first}: the network begins with {one.yours}; the reference begins with {one.reference}"


def _shortcut(pairing: Pairing, finding: Finding, one: Any) -> str:
    name = title(pairing.student, finding.student[0])
    return f"{name}: on the shortcut is {one.yours}; the reference has {one.reference}"


def _at_each_position(pairing: Pairing, finding: Finding, one: Any) -> str:
    graph, i = pairing.student, finding.student[0]
    shape = value_text(tuple(graph.nodes[graph.nodes[i].sources[0]].shape[1:]))
    sentence = f"{named(graph, i)} works at each position of a map of {shape}"
    return f"{sentence}; in the reference the map is flattened before it"


def _axis(pairing: Pairing, finding: Finding, one: Any) -> str:
    graph, i = pairing.student, finding.student[0]
    nodes = [graph.nodes[i], *(graph.nodes[source] for source in graph.nodes[i].sources)]
    rank = max(len(node.shape) for node in nodes)  # a mean has fewer axes than what it is of
    mine, theirs = (axis_text(value, rank) for value in finding.values)
    return f"{named(graph, i)} works over {mine}, the reference over {theirs}"


def _channels(pairing: Pairing, finding: Finding, one: Any) -> str:
    mine, theirs = ("first" if value else "last" for value in finding.values)
    name = named(pairing.student, finding.student[0])
    after = " after the batch" if mine == "first" else ""
    return f"{name} has the channels on the {mine} axis{after}, the reference on the {theirs}"


def _padding(pairing: Pairing, finding: Finding, one: Any) -> str:
    nodes = pairing.student.nodes[finding.student[0]], pairing.reference.nodes[finding.reference[0]]
    mine, theirs = (
        padding_words(value, node.attributes.get("padding")) for value, node in zip(finding.values, nodes)
    )
    return f"{named(pairing.student, finding.student[0])} pads {mine}, the reference {theirs}"


def _padding_after(pairing: Pairing, finding: Finding, one: Any) -> str:
    layer, after = (title(pairing.student, i) for i in finding.student[:2])
    pads, where = padding_words(finding.values[1], None), named(pairing.student, finding.student[0])
    return f"{after} pads {pads} after {where}; the reference pads before {layer}"


def _function(pairing: Pairing, finding: Finding, one: Any) -> str:
    name = title(pairing.student, finding.student[0])
    more = "".join(f"; {_value(attribute, values, False)}" for attribute, values in finding.more)
    mine, theirs = map(value_text, finding.values)
    return f"{name}: activation {mine}, the reference has {theirs}{more}"


def _stretched(pairing: Pairing, finding: Finding, one: Any) -> str:
    mine, theirs = pairing.student.nodes[finding.student[0]], pairing.reference.nodes[finding.reference[0]]
    name, yours, reference = title(pairing.student, finding.student[0]), describe(mine), describe(theirs)
    return f"{name}: activation {yours}, the reference has {reference}"


def _maps_read(pairing: Pairing, finding: Finding, one: Any) -> str:
    starts, name = finding.values[0] or (), named(pairing.student, finding.student[0])
    what = "all read the same maps" if len({*starts}) == 1 else "read some maps twice and others not at all"
    return f"{name}: its {len(starts)} groups {what}; each of the reference's reads maps of its own"


def _joined(pairing: Pairing, finding: Finding, one: Any) -> str:
    graph, i = pairing.student, finding.student[0]
    axis = axis_text(finding.values[0], len(graph.nodes[i].shape))
    return f"{named(graph, i)}: its groups are joined over {axis}, the reference's over the channels"


def _code(pairing: Pairing, finding: Finding, one: Any) -> str:
    names = named(pairing.student, finding.student[0]), title(pairing.reference, finding.reference[0])
    return f"{names[0]} computes with other code than the reference's {names[1]}"


_CHANGED = {
    "kind": _kind,
    "separable": _separable,
    "place of the stride": _stride,
    "stem": _stem,
    "shortcut": _shortcut,
    "at each position": _at_each_position,
    "axis": _axis,
    "axes": _axis,
    "channels": _channels,
    "padding": _padding,
    "place of the padding": _padding_after,
    "function": _function,
    "code": _code,
    "maps read from": _maps_read,
    "joined along": _joined,
}


def missing(pairing: Pairing, finding: Finding, one: Any) -> str:
    """The sentence of what only the reference has."""
    place = f"after {one.layer}" if one.layer else "at the start"
    count = f"{len(finding.reference)} layers missing" if len(finding.reference) > 1 else "missing"
    first = finding.reference[0]
    argument = is_argument(pairing.reference, first)
    where = f"the activation of the reference's {one.reference_layer}" if argument else ""
    where = where or f"the reference's {one.reference_layer}"
    row = in_a_row(pairing.reference, finding.reference)
    where += f"; the reference has {row} of these in a row" if row > 1 else ""
    return f"{count} {place}: {one.reference} ({where})"


def in_a_row(graph: CanonicalGraph, group: list[int]) -> int:
    """Return how often a group of layers with weights is there in a row, itself counted."""
    size = len(group)
    if group != list(range(group[0], group[0] + size)) or not any(graph.nodes[i].parameters for i in group):
        return 1
    wanted = [graph.nodes[i].original for i in group]

    def equal(start: int) -> bool:
        return start >= 0 and [node.original for node in graph.nodes[start : start + size]] == wanted

    first, last = group[0], group[0]
    while equal(first - size):
        first -= size
    while equal(last + size):
        last += size
    return (last - first) // size + 1


def extra(pairing: Pairing, finding: Finding, one: Any) -> str:
    """The sentence of what only the student has."""
    i = finding.student[0]
    more = f"and {len(finding.student) - 1} more " if len(finding.student) > 1 else ""
    place = sources_text(pairing.student, i)
    return f"{title(pairing.student, i)} {more}should not be there: {one.yours}, after {place}"


def rewired(pairing: Pairing, finding: Finding, one: Any) -> str:
    """The sentence of what both have, connected differently."""
    if one.attribute == "outputs":
        return f"the outputs are {join_names(one.yours)}; the reference's are {join_names(one.reference)}"
    if one.attribute == "order of the model's inputs":
        theirs = join_names(one.reference)
        return f"the model takes {join_names(one.yours)} in this order, the reference {theirs}"
    if one.attribute == "shared weights":
        return f"{one.yours} shares its weights with other calls than {one.reference} does in the reference"
    if one.attribute == "place":
        what = description([pairing.student.nodes[i] for i in finding.student])
        name = title(pairing.student, finding.student[0])
        return f"{name} ({what}) comes {one.yours}; in the reference it comes {one.reference}"
    if one.attribute == PLACE_OF_GATE:
        name = title(pairing.student, finding.student[0])
        return f"{name} is the gate {one.yours}; in the reference it is the gate {one.reference}"
    if one.attribute == "order in blocks":
        return _order_in_blocks(pairing, finding)
    graphs = pairing.student, pairing.reference
    first, second = (
        join_names([named(graph, i) for i in numbers], most=9)
        for graph, numbers in zip(graphs, finding.values)
    )
    name = named(pairing.student, finding.student[0])
    if one.mistake == mistakes.ADDED_TO_ITSELF.name:
        twice = next(i for i in finding.values[0] if finding.values[0].count(i) > 1)
        return f"{name} adds {named(pairing.student, twice)} to itself; the reference adds {second}"
    order = " in this order" if one.attribute == "order of inputs" else ""
    return f"{name} reads {first}{order}; the reference's {one.reference_layer} reads {second}"


def _order_in_blocks(pairing: Pairing, finding: Finding) -> str:
    """The sentence of blocks that are activated before their convolutions, or after them."""
    more, is_earlier = dict(finding.more), finding.values[0] == EARLIER
    last = ", and once more after the last sum" if more["after the last sum"][0] else ""
    number, plain = more["projections"][0], ""
    if number:
        verb = "projection is" if number == 1 else "projections are"
        plain = f" ({number} {verb} {'not ' if is_earlier else ''}normalized)"
    block = f"{named(pairing.student, finding.student[0])} ends a block in which batch normalization and"
    if is_earlier:
        return (
            f"{block} activation come before each convolution{last}{plain}; in the reference they come after "
            "it, the last activation after the sum"
        )
    return (
        f"{block} activation come after each convolution, the last activation after the sum{plain}; in the "
        f"reference they come before it{last}"
    )


SENTENCES = {"changed": changed, "missing": missing, "extra": extra, "rewired": rewired}


def same_elsewhere(pairing: Pairing, finding: Finding, mistake: str | None) -> str:
    """Where else the same was found; "" if nowhere."""
    more = finding.places[1:]
    if not more:
        return ""
    names = [
        pairing.reference.nodes[j or 0].layer if i is None else pairing.student.nodes[i].layer
        for i, j in more
    ]
    if finding.others and finding.kind == "changed" and finding.attribute != "padding":
        pairs = (f"{value_text(mine)} for {value_text(theirs)}" for mine, theirs in finding.others)
        names = [f"{name}: {numbers}" for name, numbers in zip(names, pairs)]
    place = "place" if len(more) == 1 else "places"
    word = "likewise" if mistake in HABIT_NAMES or finding.others else "the same"
    return f"; {word} in {len(more)} other {place} ({join_names(names)})"


def consequences(finding: Finding) -> str:
    """What follows from a finding, in numbers; "" if nothing does."""
    texts = []
    if finding.parameters:
        texts.append(f"{finding.parameters:+,} parameters{_of_biases(finding)}")
    if finding.follow:
        words = "later shape follows" if finding.follow == 1 else "later shapes follow"
        texts.append(f"{finding.follow} {words} from it")
    return f": {'; '.join(texts)}" if texts else ""


def _of_biases(finding: Finding) -> str:
    """Which of its parameters are biases; "" if none are."""
    if not finding.of_biases:
        return ""
    part = "those" if finding.of_biases == finding.parameters else f"{finding.of_biases:,} of them those"
    return f", {part} of biases that batch normalization would subtract again without this"
