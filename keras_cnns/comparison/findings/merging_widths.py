"""Numbers of filters that one number of the design decides: growth rate, compression, expansion.

A network has such a number if all its layers bear it out; then it is one finding, whatever follows from it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction

from keras_cnns.comparison.alignment.gates import gates_of
from keras_cnns.comparison.alignment.pairing import Pairing
from keras_cnns.comparison.canonical.canonical_graph import CanonicalGraph
from keras_cnns.comparison.findings.dense_blocks import DenseBlocks, dense_blocks
from keras_cnns.comparison.findings.finding import Finding
from keras_cnns.comparison.findings.inverted_blocks import maps_before, widened_layers

GROWTH_RATE, COMPRESSION, EXPANSION = "growth rate", "compression", "expansion"
# With fewer places it is a number of filters like any other.
FEWEST = 2
# A factor such as 3.67 is no number of a design.
LARGEST_DENOMINATOR = 4


def merge_widths_of_gates(pairing: Pairing, found: list[Finding]) -> list[Finding]:
    """The layers of a gate are as wide as the map that they multiply, or a share of it, which stays."""
    widths = _widths(pairing, found)
    if not widths:
        return found
    dropped = set()
    theirs = {gate.product: gate for gate in gates_of(pairing.reference)}
    for gate in gates_of(pairing.student):
        other = theirs.get(pairing.pairs.get(gate.product, -1))
        start = maps_before(pairing.student, gate.gated)
        cause = widths.get(start, None) if start is not None else None
        if other is None or cause is None:
            continue
        maps = [
            graph.nodes[one.gated].shape[-1] or 0
            for graph, one in ((pairing.student, gate), (pairing.reference, other))
        ]
        for i in gate.inside:
            one = widths.get(i)
            if (
                one
                and one.reference[0] in other.inside
                and one.values[0] * maps[1] == one.values[1] * maps[0]
            ):
                _take(cause, [one])
                dropped.add(id(one))
    return [one for one in found if id(one) not in dropped]


def merge_growth(pairing: Pairing, found: list[Finding]) -> list[Finding]:
    """What differs in dense blocks because of their growth rate, and between them because of compression."""
    widths = _widths(pairing, found)
    if not widths:
        return found
    mine, theirs = dense_blocks(pairing.student), dense_blocks(pairing.reference)
    if mine is None or theirs is None:
        return found
    between = [
        one for i, one in widths.items() if i in mine.transitions and one.reference[0] in theirs.transitions
    ]
    dropped = _compressed(mine, theirs, between)
    growers = [one for i, one in widths.items() if i in mine.growing and one.reference[0] in theirs.growing]
    if mine.rate != theirs.rate and len(growers) >= FEWEST:
        follow = [one for one in widths.values() if _is_multiple(one, mine, theirs)]
        follow += between if mine.compression == theirs.compression is not None else []
        dropped += _made_one(growers, GROWTH_RATE, (mine.rate, theirs.rate), follow)
    gone = {*map(id, dropped)}
    return [one for one in found if id(one) not in gone]


def merge_expansion(pairing: Pairing, found: list[Finding]) -> list[Finding]:
    """What differs in inverted blocks because of the factor by which they widen their input."""
    widths = _widths(pairing, found)
    if not widths:
        return found
    graphs = pairing.student, pairing.reference
    mine, theirs = map(widened_layers, graphs)
    groups = defaultdict(list)
    for i, one in widths.items():
        j = one.reference[0]
        if i in mine and j in theirs:
            first, second = _factor(graphs[0], i), _factor(graphs[1], j)
            if first and second and first != second:
                groups[first, second].append(one)
    dropped: list[Finding] = []
    for (own, other), members in groups.items():
        narrow = any(mine[one.student[0]] and theirs[one.reference[0]] for one in members)
        if narrow and len(members) >= FEWEST:
            dropped += _made_one(members, EXPANSION, (_number(own), _number(other)))
    gone = {*map(id, dropped)}
    return [one for one in found if id(one) not in gone]


def _widths(pairing: Pairing, found: list[Finding]) -> dict[int, Finding]:
    """The findings that are a number of filters, by the student's layer, in the reference's order."""
    return {
        one.student[0]: one
        for one in sorted(found, key=lambda one: one.position)
        if one.kind == "changed"
        and one.attribute == "filters"
        and pairing.pairs.get(one.student[0]) == one.reference[0]
    }


def _compressed(mine: DenseBlocks, theirs: DenseBlocks, between: list[Finding]) -> list[Finding]:
    """Make one finding of all transitions if their networks compress by different factors."""
    first, second = mine.compression, theirs.compression
    if first is None or second is None or first == second or not between:
        return []
    return _made_one(between, COMPRESSION, (_number(first), _number(second)))


def _is_multiple(one: Finding, mine: DenseBlocks, theirs: DenseBlocks) -> bool:
    """Whether a layer that comes before a growing one, or before all, has the same multiple of the rate."""
    i, j = one.student[0], one.reference[0]
    is_before = i in mine.widened and j in theirs.widened
    is_first = i == mine.first and j == theirs.first
    own, other = one.values
    return (is_before or is_first) and own * theirs.rate == other * mine.rate and own % mine.rate == 0


def _made_one(
    members: list[Finding], attribute: str, values: tuple[object, object], follow: Iterable[Finding] = ()
) -> list[Finding]:
    """Make the first of some findings stand for all; return the others."""
    first, *rest = members
    first.attribute, first.values = attribute, values
    for one in rest:
        first.places += one.places
    others = [*rest, *follow]
    _take(first, others)
    return others


def _take(cause: Finding, others: Iterable[Finding]) -> None:
    for one in others:
        cause.student, cause.reference = cause.student + one.student, cause.reference + one.reference
        cause.position = min(cause.position, one.position)


def _factor(graph: CanonicalGraph, i: int) -> Fraction | None:
    """By how much a layer widens the map that it reads, if that is a number of a design."""
    node = graph.nodes[i]
    maps = graph.nodes[node.sources[0]].shape[-1]
    factor = Fraction(node.attributes["filters"], maps) if maps else None
    return factor if factor and factor.denominator <= LARGEST_DENOMINATOR else None


def _number(value: Fraction) -> int | float:
    return value.numerator if value.denominator == 1 else float(value)
