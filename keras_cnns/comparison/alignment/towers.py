"""Which tower of a module is which, by what is in them and not by the place at which they are joined."""

from __future__ import annotations

from itertools import permutations

from keras_cnns.comparison.alignment.sequence_alignment import similarity
from keras_cnns.comparison.canonical.canonical_graph import CanonicalGraph, related
from keras_cnns.graph import depth_first

# Modules with more towers keep their order: the ways to order them are too many.
MOST_TOWERS = 6


def reading_order(student: CanonicalGraph, reference: CanonicalGraph) -> list[int]:
    """Return the student's nodes as a person reads them who follows the reference from tower to tower.

    The towers of a module are taken in the order of the reference's module that is as far into the network.
    Where the two graphs have unlike modules, the student's own order stays.
    """
    mine, theirs = (_joins(graph) for graph in (student, reference))
    if [len(student.nodes[i].sources) for i in mine] != [len(reference.nodes[j].sources) for j in theirs]:
        return list(range(len(student.nodes)))
    sources = {i: list(node.sources) for i, node in enumerate(student.nodes)}
    for i, j in zip(mine, theirs):
        if len(sources[i]) <= MOST_TOWERS:
            sources[i] = [sources[i][place] for place in _best_order(student, reference, i, j)]
    place = list(range(len(student.nodes)))
    order = depth_first(
        student.outputs,
        lambda i: sorted(sources[i], key=place.__getitem__) if student.nodes[i].commutes else sources[i],
    )
    read = set(order)
    return order + [i for i in place if i not in read]


def _joins(graph: CanonicalGraph) -> list[int]:
    return [i for i, node in enumerate(graph.nodes) if node.kind == "concatenate"]


def _best_order(student: CanonicalGraph, reference: CanonicalGraph, i: int, j: int) -> tuple[int, ...]:
    """The order in which the student's towers are most like the reference's; their own if none is better."""
    mine, theirs = _towers(student, i), _towers(reference, j)
    scores = [[_likeness(student, reference, one, other) for other in theirs] for one in mine]
    orders = permutations(range(len(mine)))
    return max(orders, key=lambda order: sum(scores[one][place] for place, one in enumerate(order)))


def _towers(graph: CanonicalGraph, join: int) -> list[list[int]]:
    """The nodes of each input of a node back to where all part, the last first."""
    lines = [_line(graph, source) for source in graph.nodes[join].sources]
    common = set(lines[0]).intersection(*lines[1:])
    return [[i for i in line if i not in common] for line in lines]


def _line(graph: CanonicalGraph, end: int) -> list[int]:
    """The nodes in a line that ends here, back to where a module before it ends."""
    found, at = [], end
    while graph.nodes[at].kind not in ("input", "concatenate", "add"):
        found.append(at)
        if len(graph.nodes[at].sources) != 1:
            break
        at = graph.nodes[at].sources[0]
    return found


def _likeness(student: CanonicalGraph, reference: CanonicalGraph, one: list[int], other: list[int]) -> float:
    """How alike two towers are, step by step from their ends."""
    score = 0.0
    for i, j in zip(one, other):
        mine, theirs = student.nodes[i], reference.nodes[j]
        if related(mine.kind, theirs.kind):
            score += similarity(mine, theirs)
    return score - abs(len(one) - len(other))
