"""What a rule for a known mistake sees of a finding: its nodes, and what comes before and after them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from keras_cnns.comparison.alignment.pairing import Pairing
from keras_cnns.comparison.canonical.canonical_graph import MERGES, CanonicalGraph, CanonicalNode
from keras_cnns.comparison.findings.finding import Finding


@dataclass(frozen=True, slots=True)
class FindingContext:
    """A finding in its two graphs."""

    pairing: Pairing
    finding: Finding

    @property
    def mine(self) -> list[CanonicalNode]:
        return [self.pairing.student.nodes[i] for i in self.finding.student]

    @property
    def theirs(self) -> list[CanonicalNode]:
        return [self.pairing.reference.nodes[j] for j in self.finding.reference]

    @property
    def kinds(self) -> list[str]:
        """The kinds of the nodes, the reference's if there are any."""
        return [node.kind for node in self.theirs or self.mine]

    @property
    def graph(self) -> CanonicalGraph:
        """The reference if it has nodes of the finding, or else the student's graph."""
        return self.pairing.reference if self.finding.reference else self.pairing.student

    @property
    def members(self) -> list[int]:
        """The nodes of the finding in `graph`."""
        return self.finding.reference or self.finding.student

    def is_rewired(self, attribute: str) -> bool:
        """Whether nodes that both graphs have are connected differently, in this respect."""
        return self.finding.kind == "rewired" and self.finding.attribute == attribute

    def changed(self, attribute: str, mine: Any = ..., theirs: Any = ...) -> bool:
        """Whether this attribute differs, from one given value to another if given."""
        if self.finding.kind != "changed" or self.finding.attribute != attribute:
            return False
        return all(wanted in (..., got) for wanted, got in zip((mine, theirs), self.finding.values))

    def only(self, kind: str, *of: str) -> bool:
        """Whether it is one node, missing or extra, of one of these kinds."""
        return self.finding.kind == kind and len(self.kinds) == 1 and self.kinds[0] in of

    def before(self) -> list[str]:
        """The kinds of what the first node reads."""
        nodes = self.graph.nodes
        return [nodes[source].kind for source in nodes[self.members[0]].sources]

    def after(self) -> list[str]:
        """The kinds of what reads the last node."""
        return [node.kind for node in self.graph.nodes if self.members[-1] in node.sources]

    def is_before_merge(self) -> bool:
        """Whether anything that depends on the last node is a merge."""
        later = {self.members[-1]}
        for i, node in enumerate(self.graph.nodes):
            if not later.isdisjoint(node.sources):
                later.add(i)
        return any(self.graph.nodes[i].kind in MERGES for i in later)

    def is_in_tower(self) -> bool:
        """Whether the first node is on a line that a concatenation ends."""
        readers, at = self.graph.readers(), self.members[0]
        while len(readers[at]) == 1:
            at = readers[at][0]
            if self.graph.nodes[at].kind == "concatenate":
                return True
        return False

    def joins_fewer(self) -> bool:
        """Whether the concatenation that reads the last node has fewer inputs in the student's graph."""
        for j, node in enumerate(self.pairing.reference.nodes):
            if node.kind == "concatenate" and self.finding.reference[-1] in node.sources:
                i = self.pairing.back.get(j)
                return i is not None and len(self.pairing.student.nodes[i].sources) < len(node.sources)
        return False

    def is_output(self) -> bool:
        """Whether only activation, pooling and flattening follow the node on its way to an output."""
        graph, at = self.pairing.reference, self.finding.reference[0]
        readers = [i for i, node in enumerate(graph.nodes) if at in node.sources]
        while len(readers) == 1 and graph.nodes[readers[0]].kind in ("activation", "pooling", "flatten"):
            at = readers[0]
            readers = [i for i, node in enumerate(graph.nodes) if at in node.sources]
        return at in graph.outputs and not readers and len(graph.nodes[at].shape) == 2

    def has_own_output(self) -> bool:
        """Whether what is missing or extra ends in an output of its own."""
        if self.finding.kind not in ("missing", "extra"):
            return False
        return not {*self.members}.isdisjoint(self.graph.outputs[1:])

    def is_repeated(self) -> bool:
        """Whether what is missing or extra has a merge and weights, and is elsewhere, too, in its graph."""
        has_weights = any(self.graph.nodes[i].parameters for i in self.members)
        if not has_weights or not any(kind in MERGES for kind in self.kinds):
            return False
        wanted = [_build(self.graph.nodes[i]) for i in self.members]
        here = [_build(node) for node in self.graph.nodes]
        return sum(here[i : i + len(wanted)] == wanted for i in range(len(here))) > 1


def _build(node: CanonicalNode) -> tuple:
    return (node.kind, node.attributes.get("kernel"), node.attributes.get("function"))
