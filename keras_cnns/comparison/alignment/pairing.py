"""Two canonical graphs with their nodes paired."""

from __future__ import annotations

from dataclasses import dataclass, field

from keras_cnns.comparison.canonical.canonical_graph import CanonicalGraph, Pairs


@dataclass(eq=False, slots=True)
class Pairing:
    """Two graphs and which node of one is which of the other.

    Attributes:
        student: the student's graph.
        reference: what it should be.
        pairs: a node of the student's graph → the reference's.
        back: the same, from the reference to the student.
        near_student: for each node of the student's graph its partner or, if it has none, the partners of the
            nearest paired nodes before it.
        near_reference: the same for the reference: the node itself if it is paired, or else the nearest
            paired nodes before it.
    """

    student: CanonicalGraph
    reference: CanonicalGraph
    pairs: Pairs
    back: Pairs = field(init=False)
    near_student: list[frozenset[int]] = field(init=False)
    near_reference: list[frozenset[int]] = field(init=False)

    def __post_init__(self) -> None:
        self.back = {j: i for i, j in self.pairs.items()}
        self.near_student = _nearest(self.student, self.pairs)
        self.near_reference = _nearest(self.reference, {j: j for j in self.back})


def _nearest(graph: CanonicalGraph, partners: Pairs) -> list[frozenset[int]]:
    near: list[frozenset[int]] = []
    for i, node in enumerate(graph.nodes):
        before = (near[source] for source in node.sources)
        near.append(frozenset([partners[i]]) if i in partners else frozenset().union(*before))
    return near
