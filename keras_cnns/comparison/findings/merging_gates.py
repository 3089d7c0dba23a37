"""Gates at another place of their block: one finding for all that follows from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable

from keras_cnns.comparison.alignment.gates import Gate, gates_of
from keras_cnns.comparison.alignment.pairing import Pairing
from keras_cnns.comparison.canonical.canonical_graph import CanonicalGraph, CanonicalNode
from keras_cnns.comparison.findings.finding import Finding

PLACE_OF_GATE = "place of the gate"


def merge_moved_gates(pairing: Pairing, found: list[Finding]) -> list[Finding]:
    """Make one finding of all gates that multiply another map, of one kind for another."""
    student, reference = pairing.student, pairing.reference
    mine, theirs = ({gate.product: gate for gate in gates_of(graph)} for graph in (student, reference))
    skipped = [{gate.product: gate.gated for gate in gates.values()} for gates in (mine, theirs)]
    for one in found:
        if one.attribute == "order in blocks":  # without what stands elsewhere, the gates stand alike
            for own, graph, nodes in zip(skipped, (student, reference), (one.student, one.reference)):
                own |= {i: graph.nodes[i].sources[0] for i in nodes[1:]}
    moved = []
    for i, gate in mine.items():
        other = theirs.get(pairing.pairs.get(i, -1))
        if other is None:
            continue
        # What is extra or missing before a gate does not move it.
        near_mine = pairing.near_student[_skip(gate.gated, skipped[0])]
        if near_mine != pairing.near_reference[_skip(other.gated, skipped[1])]:
            moved.append((gate, other))
    if not moved:
        return found
    inside = [{i for gates in moved for i in (*gates[k].inside, gates[k].product)} for k in (0, 1)]
    widths = {_last_layer(student, gate): _last_layer(reference, other) for gate, other in moved}
    kept = [one for one in found if not _follows(pairing, one, skipped, inside, widths)]
    return [*kept, *_findings(pairing, moved)]


def _findings(pairing: Pairing, moved: list[tuple[Gate, Gate]]) -> list[Finding]:
    """One finding for each kind of place, in the student's graph and in the reference."""
    student, reference = pairing.student.nodes, pairing.reference.nodes
    groups: dict[Hashable, Finding] = {}
    for gate, other in moved:
        kinds = student[gate.gated].kind, reference[other.gated].kind
        values, place = (gate.gated, other.gated), (gate.product, other.product)
        first = Finding("rewired", [], [], other.inside[0] - 0.5, PLACE_OF_GATE, values)
        one = groups.setdefault(kinds, first)
        one.places.append(place)
        last = _last_layer(pairing.student, gate)
        same = _last_layer(pairing.reference, other)
        if last is None or same is None or _filters(student[last]) == _filters(reference[same]):
            last = None  # it is as wide as in the reference: its parameters say nothing of the place
        one.student += [gate.product] if last is None else [gate.product, last]
        one.reference += [other.product]
    return [*groups.values()]


def _filters(node: CanonicalNode) -> int:
    return node.attributes["filters"]


def _skip(i: int, skipped: dict[int, int]) -> int:
    """Return what a node is without gates: of a product, what is multiplied."""
    while i in skipped:
        i = skipped[i]
    return i


def _last_layer(graph: CanonicalGraph, gate: Gate) -> int | None:
    """The last layer, if it gives a factor for each map."""
    last = next((i for i in reversed(gate.inside) if "filters" in graph.nodes[i].attributes), None)
    maps = graph.nodes[gate.gated].shape[-1]
    return last if last is not None and graph.nodes[last].attributes["filters"] == maps else None


def _follows(
    pairing: Pairing,
    one: Finding,
    skipped: list[dict[int, int]],
    inside: list[set[int]],
    widths: dict[int | None, int | None],
) -> bool:
    """Whether a finding says no more than that gates stand elsewhere."""
    if one.kind == "changed":
        i, j = one.student[0], one.reference[0]
        return one.attribute == "filters" and widths.get(i, -1) == j
    if one.kind != "rewired" or one.attribute not in ("inputs", "order of inputs", "outputs"):
        return False
    if one.attribute != "outputs" and one.student[0] in inside[0] and one.reference[0] in inside[1]:
        return True
    sources, wanted = ([_skip(i, own) for i in ends] for ends, own in zip(one.values, skipped))
    partners = [pairing.pairs.get(i) for i in sources]
    is_ordered = one.attribute == "outputs" or pairing.reference.nodes[one.reference[0]].has_order
    return partners == wanted if is_ordered else Counter(partners) == Counter(wanted)
