"""What a rule for a named mistake sees of a finding."""

from __future__ import annotations

from dataclasses import dataclass

from keras_cnns.comparison.alignment.pairing import Finding, Pairing
from keras_cnns.comparison.canonical.nodes import MERGES, Node


@dataclass(frozen=True, slots=True)
class Sight:
    """What a rule sees of a finding: its nodes, and what is before and after them."""

    pairing: Pairing
    finding: Finding

    @property
    def mine(self) -> list[Node]:
        return [self.pairing.yours.nodes[i] for i in self.finding.yours]

    @property
    def theirs(self) -> list[Node]:
        return [self.pairing.reference.nodes[j] for j in self.finding.reference]

    @property
    def kinds(self) -> list[str]:
        """The kinds of the nodes, the reference's if there are any."""
        return [node.kind for node in self.theirs or self.mine]

    def is_(self, kind: str, attribute: str | None = None) -> bool:
        return self.finding.kind == kind and self.finding.attribute in (
            attribute,
            *(() if attribute else (None,)),
        )

    def changed(self, attribute: str, mine=..., theirs=...) -> bool:
        """Whether this attribute differs, from one given value to another if given."""
        if self.finding.kind != "changed" or self.finding.attribute != attribute:
            return False
        return all(wanted in (..., got) for wanted, got in zip((mine, theirs), self.finding.values))

    def only(self, kind: str, *of: str) -> bool:
        """Whether it is one node, missing or extra, of one of these kinds."""
        return self.finding.kind == kind and len(self.kinds) == 1 and self.kinds[0] in of

    def before(self) -> list[str]:
        """The kinds of what the first node reads, in the network that has it."""
        network = self.pairing.reference if self.finding.reference else self.pairing.yours
        node = network.nodes[(self.finding.reference or self.finding.yours)[0]]
        return [network.nodes[source].kind for source in node.sources]

    def after(self) -> list[str]:
        """The kinds of what reads the last node, in the network that has it."""
        network = self.pairing.reference if self.finding.reference else self.pairing.yours
        last = (self.finding.reference or self.finding.yours)[-1]
        return [node.kind for node in network.nodes if last in node.sources]

    def joins_less(self) -> bool:
        """Whether the concatenation that reads the last node has fewer inputs in yours."""
        for j, node in enumerate(self.pairing.reference.nodes):
            if node.kind == "concatenate" and self.finding.reference[-1] in node.sources:
                i = self.pairing.back.get(j)
                return i is not None and len(self.pairing.yours.nodes[i].sources) < len(node.sources)
        return False

    def is_output(self) -> bool:
        """Whether nothing but an activation follows the node on its way to an output."""
        network, at = self.pairing.reference, self.finding.reference[0]
        readers = [i for i, node in enumerate(network.nodes) if at in node.sources]
        while len(readers) == 1 and network.nodes[readers[0]].kind in ("activation", "pooling", "flatten"):
            at = readers[0]
            readers = [i for i, node in enumerate(network.nodes) if at in node.sources]
        return at in network.outputs and not readers and len(network.nodes[at].shape) == 2

    def gives_out(self) -> bool:
        """Whether what is missing or extra ends in an output of its own."""
        network = self.pairing.reference if self.finding.kind == "missing" else self.pairing.yours
        members = self.finding.reference if self.finding.kind == "missing" else self.finding.yours
        return self.finding.kind in ("missing", "extra") and not {*members}.isdisjoint(network.outputs[1:])

    def again(self) -> bool:
        """Whether what is missing or extra stands elsewhere, too, in the network that has it."""
        network = self.pairing.reference if self.finding.kind == "missing" else self.pairing.yours
        members = self.finding.reference or self.finding.yours
        want = [_build(network.nodes[i]) for i in members]
        here = [_build(node) for node in network.nodes]
        starts = [i for i in range(len(here)) if here[i : i + len(want)] == want]
        return len(starts) > 1 and any(kind in MERGES for kind in self.kinds)


def _build(node: Node) -> tuple:
    return (node.kind, node.facts.get("kernel"), node.facts.get("function"))
