"""What differs between any two networks: rows of a list, and at which boxes of both pictures each row is."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from keras_cnns.catalog.facts import Network
from keras_cnns.comparison.alignment.pairing import Pairing
from keras_cnns.comparison.canonical.canonical_graph import CanonicalGraph, CanonicalNode
from keras_cnns.comparison.compare_models import closest_pairing
from keras_cnns.comparison.findings.finding import Finding
from keras_cnns.comparison.findings.merging_gates import PLACE_OF_GATE
from keras_cnns.comparison.report.decisions import equal_layers
from keras_cnns.comparison.report.report import LITTLE, MOST_OF_ANOTHER
from keras_cnns.comparison.report.sentences import description, sources_text
from keras_cnns.comparison.report.wording import (
    attribute_title,
    describe,
    is_readable,
    join_names,
    padding_words,
    value_text,
)
from keras_cnns.gallery.differences import Both, Pair, Row
from keras_cnns.gallery.places import Places

NONE = "–"
NOWHERE = -1
# Attributes whose values are numbers of nodes, and those of which the layers themselves say most.
NODES = ("inputs", "order of inputs", "outputs", "order of the model's inputs")
LAYERS = {"kind": "kind of layer", "stem": "how it begins", "shortcut": "shortcut"}
LAYERS |= {"place of the stride": "where the stride is"}
PLACES = {PLACE_OF_GATE: "where the gate is", "order in blocks": "order in blocks"}


def pair(
    networks: tuple[Network, Network],
    graphs: tuple[CanonicalGraph, CanonicalGraph],
    places: tuple[Places, Places],
) -> Pair:
    """Compare two networks, given with their graphs and where their layers are in their pictures."""
    pairing, findings = closest_pairing(graphs[1], graphs[0])
    equal, of_second, of_first = equal_layers(pairing)
    has_little = len(findings) > MOST_OF_ANOTHER and equal < LITTLE * max(of_first, of_second)
    shown = findings[:MOST_OF_ANOTHER] if has_little else findings
    rows = [_row(pairing, finding, places) for finding in shown]
    in_line = [] if has_little else columns(pairing, places)
    return Pair(*networks, rows, len(findings), (equal, of_first, of_second), in_line)


def _row(pairing: Pairing, finding: Finding, places: tuple[Places, Places]) -> Row:
    second, first = pairing.student, pairing.reference
    mine = {*finding.student, *(i for i, _ in finding.places if i is not None)}
    theirs = {*finding.reference, *(j for _, j in finding.places if j is not None)}
    extra = [i for i, j in finding.places if j is None and i is not None]
    missing = [j for i, j in finding.places if i is None and j is not None]
    before_extra = {_before(pairing.near_student, second, i) for i in extra} - {NOWHERE}
    before_missing = {_before(pairing.near_reference, first, j) for j in missing} - {NOWHERE}
    return Row(
        _what(pairing, finding),
        _values(pairing, finding),
        len(finding.places),
        not finding.others,
        (_boxes(first, theirs, places[0]), _boxes(second, mine, places[1])),
        (
            _boxes(first, before_extra, places[0]),
            _boxes(second, {pairing.back[j] for j in before_missing}, places[1]),
        ),
    )


def _before(near: Sequence[frozenset[int]], graph: CanonicalGraph, i: int) -> int:
    """The first network's last node that both have before node i of a graph; `near` leads there."""
    return max((j for source in graph.nodes[i].sources for j in near[source]), default=NOWHERE)


def _boxes(graph: CanonicalGraph, nodes: Iterable[int], places: Places) -> list[int]:
    return sorted({box for i in nodes for box in places.boxes_of(graph.nodes[i].layer)})


def _nodes(pairing: Pairing, finding: Finding) -> tuple[list[CanonicalNode], list[CanonicalNode]]:
    """The first network's nodes, and the second's."""
    theirs = [pairing.reference.nodes[j] for j in finding.reference]
    return theirs, [pairing.student.nodes[i] for i in finding.student]


def _what(pairing: Pairing, finding: Finding) -> str:
    """What differs, in a few words."""
    first, second = _nodes(pairing, finding)
    nodes = first or second
    if finding.kind in ("missing", "extra"):
        return "layer" if len(nodes) == 1 else f"{len(nodes)} layers"
    attribute = finding.attribute or ""
    if attribute in LAYERS or attribute in PLACES:
        return (LAYERS | PLACES)[attribute]
    kind, title = nodes[0].original[0], attribute_title(attribute)
    kernels = _kernels(pairing, finding)
    kind += f" {kernels.pop()}" if len(kernels) == 1 else ""
    title = "units" if kind.startswith("dense") and attribute == "filters" else title
    return title if kind == title or attribute == "in_shape" else f"{kind}: {title}"


def _kernels(pairing: Pairing, finding: Finding) -> set[str]:
    """The kernels of all layers at which something was found."""
    graphs = pairing.student, pairing.reference
    nodes = [graph.nodes[i] for place in finding.places for graph, i in zip(graphs, place) if i is not None]
    return {value_text(node.original[1].get("kernel")) for node in nodes} - {value_text(None)}


def _values(pairing: Pairing, finding: Finding) -> Both:
    """What the first network has, and the second."""
    second, first = pairing.student, pairing.reference
    theirs, mine = _nodes(pairing, finding)
    if finding.attribute == "place":
        places = sources_text(first, finding.reference[0]), sources_text(second, finding.student[0])
        return f"after {places[0]}", f"after {places[1]}"
    if finding.attribute == PLACE_OF_GATE:
        gated = zip((second, first), finding.values)
        mine_of, theirs_of = (f"of {describe(graph.nodes[i])}" for graph, i in gated)
        return theirs_of, mine_of
    if finding.attribute == "order in blocks":
        mine_first, theirs_first = (", ".join(order) for order in finding.values)
        return theirs_first, mine_first
    if finding.kind == "rewired" and finding.attribute in NODES:
        return _listed(first, finding.values[1]), _listed(second, finding.values[0])
    values = [(finding.attribute or "", finding.values), *finding.more]
    in_words = finding.kind in ("missing", "extra") or finding.attribute in LAYERS
    in_words = in_words or finding.attribute == "function"
    if in_words or not all(is_readable(value) for value in finding.values):
        return description(theirs) or NONE, description(mine) or NONE
    return _said(values, 1, theirs[0]), _said(values, 0, mine[0])


def _said(values: list[tuple[str, tuple[Any, Any]]], side: int, node: CanonicalNode) -> str:
    """The values that one network has, the first without its name."""
    words: list[str] = []
    for name, both in values:
        value = both[side]
        is_padding = name == "padding"
        text = padding_words(value, node.attributes.get(name)) if is_padding else value_text(value)
        words.append(f"{attribute_title(name)} {text}" if words else text)
    return "; ".join(words)


def _listed(graph: CanonicalGraph, numbers: Iterable[int]) -> str:
    return join_names([describe(graph.nodes[i]) for i in numbers]) or NONE


def columns(pairing: Pairing, places: tuple[Places, Places]) -> list[tuple[int, int]]:
    """Return boxes of both lanes, first and second, that stand for most of the same layers, in order."""
    if not all(place.is_one_row for place in places):
        return []
    votes: Counter[tuple[int, int]] = Counter()
    for i, j in pairing.pairs.items():
        layers = pairing.reference.nodes[j].layer, pairing.student.nodes[i].layer
        one, two = (set(place.boxes_of(layer)) & place.lane for place, layer in zip(places, layers))
        votes.update((a, b) for a in one for b in two)
    best: list[tuple[int, list[tuple[int, int]]]] = []
    found = sorted(votes)
    for a, b in found:
        before = (one for one in best if one[1][-1][0] < a and one[1][-1][1] < b)
        count, chain = max(before, key=lambda one: one[0], default=(0, []))
        best.append((count + votes[a, b], [*chain, (a, b)]))
    return max(best, key=lambda one: one[0], default=(0, []))[1]
