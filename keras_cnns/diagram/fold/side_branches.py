"""Which boxes make the lane, and which leave it for another output, such as an auxiliary classifier's."""

from collections.abc import Sequence
from dataclasses import dataclass

from keras_cnns.diagram.fold.fuse import Fused


@dataclass(frozen=True, slots=True)
class Strand:
    """Boxes that end in one output of the model, without those of the strands before."""

    nodes: list[int]
    sources: list[int]


@dataclass(frozen=True, slots=True)
class Split:
    """The lane first, then what leaves it; `given` are the boxes inside a strand that are outputs, too."""

    strands: list[Strand]
    tapped: set[int]
    given: set[int]


def split(fused: Sequence[Fused], outputs: Sequence[int]) -> Split:
    """Part the boxes by the outputs they lead to; the deepest, the first among equals, ends the lane."""
    depth = [0] * len(fused)
    for i, box in enumerate(fused):
        depth[i] = max((depth[source] + 1 for source in box.sources), default=0)
    main = max(outputs, key=lambda i: depth[i])
    strands, tapped, given, covered = [], set(), set(), set()
    for output in dict.fromkeys([main, *outputs]):
        nodes = _ancestors(fused, output, covered)
        if not nodes:
            given.add(output)
            continue
        sources = [source for n in nodes for source in fused[n].sources if source in covered]
        strands.append(Strand(nodes, list(dict.fromkeys(sources))))
        tapped.update(sources)
        covered.update(nodes)
    # An input that nothing reads is a layer of the model, too.
    strands += [Strand([i], []) for i in range(len(fused)) if i not in covered]
    return Split(strands, tapped | given, given)


def _ancestors(fused: Sequence[Fused], output: int, covered: set[int]) -> list[int]:
    found, ahead = set(), [output]
    while ahead:
        i = ahead.pop()
        if i not in found and i not in covered:
            found.add(i)
            ahead += fused[i].sources
    return sorted(found)
