"""Blocks in a row each of which one join reads, too, as the skip sum of WaveNet reads each gated layer.

Without what leads to the join alone, the way to the deepest of its sources is a series. What leaves this for
the join are taps. A block ends at the first box after a tap that all ways pass. The last may be without what
leads on to the next, since none follows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from keras_cnns.diagram.fold.two_ways import Network
from keras_cnns.fingerprints import Interner

FEWEST = 3
# What the last block lacks is said of each box, so it must be little.
MOST_LACKING = 3


@dataclass(frozen=True, slots=True)
class Block:
    """Boxes in their order, the one at the `end` of the series, and those that the join reads.

    If it `stands_for` others, its boxes are drawn like the block before, and these are its own: a box that is
    not among the keys it has not.
    """

    nodes: list[int]
    end: int
    taps: list[int]
    stands_for: dict[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A series of boxes, then blocks, then boxes, whose end the join reads if it `leads_on`."""

    before: list[int]
    blocks: list[Block]
    after: list[int]
    leads_on: bool


def find_taps(
    network: Network, between: list[int], join: int, join_of: Mapping[int, int] | None = None
) -> Found | None:
    """Return the blocks in `between` that a join reads, if at least three equal ones follow one another.

    If the join stands for several, `join_of` says which of them reads what.
    """
    closed = network.fixed | network.read_outside
    ends = [n for n in between if n in set(network.sources[join])]
    if len(ends) < FEWEST or len(set(network.sources[join])) < len(network.sources[join]):
        return None
    return None if closed & {*between} else _Search(network, between, join, ends, join_of).run()


@dataclass
class _Trunk:
    """The way to the deepest source of the join; `cuts` are the boxes that all of it passes."""

    nodes: list[int]
    cuts: list[int] = field(default_factory=list)


class _Search:
    def __init__(
        self,
        network: Network,
        between: list[int],
        join: int,
        ends: list[int],
        join_of: Mapping[int, int] | None,
    ):
        self.network, self.between, self.join, self.ends = network, between, join, ends
        self.join_of = join_of or {}
        self.number = Interner()

    def run(self) -> Found | None:
        depth: dict[int, int] = {}
        for n in self.between:
            depth[n] = 1 + max((depth.get(s, 0) for s in self.network.sources[n]), default=0)
        last = max(self.ends, key=lambda n: depth[n])
        trunk = self.trunk(last)
        place = {n: i for i, n in enumerate(trunk.nodes)}
        by_end: dict[int, tuple[list[int], list[int]]] = {}
        for chain, start, end in self.taps(trunk, last):
            if start is None:
                return None
            cut = next(c for c in trunk.cuts if place[c] >= place[start])
            nodes, taps = by_end.setdefault(cut, ([], []))
            nodes += chain
            taps.append(end)
        cuts = sorted(by_end, key=lambda n: place[n])
        if len(cuts) < FEWEST - 1:
            return None
        begin = self.first(trunk, cuts[0], cuts[1])
        blocks, at = [], begin
        for cut in cuts:
            nodes, taps = by_end[cut]
            blocks.append(Block(sorted([*trunk.nodes[at : place[cut] + 1], *nodes]), cut, taps))
            at = place[cut] + 1
        rest = trunk.nodes[at:]
        same = None
        if self.join_of:
            whole = self.with_rest(blocks[-1], rest, last)
            if whole is None:
                return None
            blocks[-1:], rest, same = [whole], [], whole
        elif rest and (same := self.as_last(blocks[-1], rest, last)):
            blocks.append(same)
        keys = [self.key(block) for block in blocks]
        # The last is equal to the one before, or else it was not made.
        if max(len([*group]) for _, group in groupby(keys)) < FEWEST:
            return None
        return Found(trunk.nodes[:begin], blocks, [] if same else rest, not same)

    def trunk(self, last: int) -> _Trunk:
        here, found, ahead = {*self.between}, set[int](), [last]
        while ahead:
            n = ahead.pop()
            if n in here and n not in found:
                found.add(n)
                ahead += self.network.sources[n]
        nodes = sorted(found)
        leading = {n: sum(r in found for r in self.network.readers[n]) for n in nodes}
        arriving = {n: len(self.network.sources[n]) for n in nodes}
        under_way = sum(s not in found for n in nodes for s in self.network.sources[n])
        trunk = _Trunk(nodes)
        for n in nodes:
            if under_way == arriving[n]:
                trunk.cuts.append(n)
            under_way += leading[n] - arriving[n]
        return trunk

    def taps(self, trunk: _Trunk, last: int) -> Iterable[tuple[list[int], int | None, int]]:
        """What leads from the trunk to the join alone, where it starts, None if not at one box, and ends."""
        inside = {*trunk.nodes}
        for n in self.ends:
            if n in inside:
                yield from [([], n, n)] if n != last else []
        left = {*self.between} - inside
        while left:
            group, ahead = set[int](), [min(left)]
            while ahead:
                n = ahead.pop()
                if n not in group and n in left:
                    group.add(n)
                    ahead += [*self.network.sources[n], *self.network.readers[n]]
            left -= group
            starts = {s for n in group for s in self.network.sources[n]} - group
            read = [n for n in group if self.join in self.network.readers[n]]
            outside = {r for n in group for r in self.network.readers[n]} - group
            alone = len(starts) == 1 and starts <= inside and len(read) == 1 and outside == {self.join}
            yield sorted(group), next(iter(starts)) if alone else None, read[0] if read else last

    def first(self, trunk: _Trunk, end: int, following: int) -> int:
        """Where the first block begins, which has as many cuts as the second."""
        place = {n: i for i, n in enumerate(trunk.nodes)}
        until = trunk.cuts.index(end)
        length = trunk.cuts.index(following) - until
        return place[trunk.cuts[until - length]] + 1 if until >= length else 0

    def with_rest(self, block: Block, rest: list[int], last: int) -> Block | None:
        """The last block with the rest, if that is a tap of it: all that reads its end."""
        read = {s for n in rest for s in self.network.sources[n]}.difference(rest) or {last}
        if read != {block.end}:
            return None
        return Block(sorted([*block.nodes, *rest]), block.end, [*block.taps, last])

    def as_last(self, block: Block, rest: list[int], last: int) -> Block | None:
        """The rest as a block of its own like the one before, perhaps without what leads on."""
        if len(block.taps) > 1:
            return None
        cone = self.before(block.taps[0], {*block.nodes})
        one, other = self.numbers(cone), self.numbers(rest)
        unique = len({*one.values()}) == len(one) and len({*other.values()}) == len(other)
        lacking = [n for n in block.nodes if n not in cone]
        if not unique or {*one.values()} != {*other.values()} or one[block.taps[0]] != other[last]:
            return None
        readers = self.network.readers
        in_series = all(readers[a] == [b] for a, b in zip(lacking, lacking[1:]))
        unlike = len({self.network.label(n) for n in lacking}) == len(lacking)
        if len(lacking) > MOST_LACKING or not (in_series and unlike):
            return None
        of = {number: n for n, number in other.items()}
        return Block(block.nodes, block.end, block.taps, {n: of[number] for n, number in one.items()})

    def before(self, end: int, here: set[int]) -> list[int]:
        found, ahead = set[int](), [end]
        while ahead:
            n = ahead.pop()
            if n in here and n not in found:
                found.add(n)
                ahead += self.network.sources[n]
        return sorted(found)

    def numbers(self, nodes: list[int]) -> dict[int, int]:
        """A number for what each box and all before it in `nodes` compute."""
        numbers: dict[int, int] = {}
        for n in nodes:
            reads = sorted(numbers.get(s, -1) for s in self.network.sources[n])
            numbers[n] = self.number((self.network.label(n), *reads))
        return numbers

    def key(self, block: Block) -> tuple:
        """Equal for blocks that look equal; whether they are is decided when they are built."""
        numbers = self.numbers(block.nodes)
        return (
            sorted(numbers.values()),
            numbers[block.end],
            sorted((numbers[tap], self.join_of.get(tap, 0)) for tap in block.taps),
        )
