"""Which boxes make the lane, and which leave it for another output, such as an auxiliary classifier's."""

from collections.abc import Sequence
from dataclasses import dataclass

from keras_cnns.diagram.fold.fused import Fused


@dataclass(frozen=True, slots=True)
class Chain:
    """Boxes that end in one output of the model, without those of the chains before.

    `sources` are the boxes of other chains that they read.
    """

    nodes: list[int]
    sources: list[int]


@dataclass(frozen=True, slots=True)
class Split:
    """The lane first, then what leaves it.

    `inner_outputs` are the boxes inside a chain that are outputs of the model, too; `read_outside` are these
    and those that another chain reads.
    """

    chains: list[Chain]
    read_outside: set[int]
    inner_outputs: set[int]


def split(fused: Sequence[Fused], outputs: Sequence[int]) -> Split:
    """Part the boxes by the outputs they lead to; the deepest, the first among equals, ends the lane."""
    depth = [0] * len(fused)
    for i, box in enumerate(fused):
        depth[i] = max((depth[source] + 1 for source in box.sources), default=0)
    last = max(outputs, key=lambda i: depth[i])
    chains: list[Chain] = []
    read_outside: set[int] = set()
    inner_outputs: set[int] = set()
    covered: set[int] = set()
    for output in dict.fromkeys([last, *outputs]):
        nodes = _ancestors(fused, output, covered)
        if not nodes:
            inner_outputs.add(output)
            continue
        sources = [source for n in nodes for source in fused[n].sources if source in covered]
        chains.append(Chain(nodes, list(dict.fromkeys(sources))))
        read_outside.update(sources)
        covered.update(nodes)
    # An input that nothing reads is a layer of the model, too.
    chains += [Chain([i], []) for i in range(len(fused)) if i not in covered]
    return Split(chains, read_outside | inner_outputs, inner_outputs)


def _ancestors(fused: Sequence[Fused], output: int, covered: set[int]) -> list[int]:
    found, stack = set(), [output]
    while stack:
        i = stack.pop()
        if i not in found and i not in covered:
            found.add(i)
            stack += fused[i].sources
    return sorted(found)
