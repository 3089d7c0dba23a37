"""Modules with two ways in: what reads two places of a network and is read at one, as NASNet's cells.

Such a module ends in a box that several lead to. Going back from there, a box belongs to it if all that read
it belong to it; this is a fanout-free cone as of logic synthesis (Cong and Ding 1994, "FlowMap"). What it
reads outside falls into ways: boxes with the same readers in it come by the same way.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Hashable, Iterator
from dataclasses import replace
from heapq import heappop, heappush

from keras_cnns.fingerprints import Interner
from keras_cnns.records import record

Edges = dict[int, list[int]]

LARGEST = 80
MOST_READ = 24
# A kind of module that saves fewer boxes than this is not worth a panel.
FEWEST_SAVED = 6
# What is there once is a module only if it is large, and much would stand beside the others.
FEWEST_LARGE = 6
MOST_BESIDE = 10
# What is larger than this is drawn as it is, in less time.
MOST_NODES = 3000


@record(frozen=True, slots=True)
class TwoWays:
    """Boxes in their order, the last of which is all that others read, and what they read by each way.

    Between such modules there may be one with one way in. Where both ways come from one box, `alone` says
    which is the only box inside that reads it by the first way.
    """

    nodes: list[int]
    ways: tuple[list[int], ...]
    alone: int | None = None

    def is_second(self, reader: int, source: int) -> bool:
        """Whether what a box inside reads outside comes by the second way."""
        others = [s for way in self.ways[1:] for s in way]
        return source in others and reader != self.alone


Found = list[tuple[tuple, TwoWays]]


@record(frozen=True, slots=True)
class Network:
    """Boxes in their order, what each reads and is read by, and its `label`.

    What is `fixed`, such as an input, is never in a module; what is `read_outside` is only its end.
    """

    sources: Edges
    readers: Edges
    label: Callable[[int], Hashable]
    fixed: set[int]
    read_outside: set[int]


def modules_with_two_ways(network: Network, nodes: list[int]) -> list[TwoWays]:
    """Return modules that are there at least twice and end in one of `nodes`; no two overlap."""
    if len(nodes) > MOST_NODES:
        return []
    return _Search(network, nodes).run()


class _Search:
    def __init__(self, network: Network, nodes: list[int]):
        self.network = network
        self.ends = [n for n in nodes if len(set(network.sources[n])) > 1 and n not in network.fixed]
        self.closed = network.fixed | network.read_outside
        self.depth: dict[int, int] = {}
        for n, sources in network.sources.items():
            self.depth[n] = 1 + max((self.depth.get(s, 0) for s in sources), default=0)
        self.number = Interner()
        self.labels: dict[int, Hashable] = {}

    def run(self) -> list[TwoWays]:
        """First those that have an equal; if these are many, then what is large between them."""
        chosen = self.repeated()
        groups: dict[Hashable, list[TwoWays]] = defaultdict(list)
        for key, one in chosen:
            groups[key].append(one)
        taken = {n for _, one in chosen for n in one.nodes}
        found = []
        for group in groups.values():
            group = self.extended_back(self.extended(group, taken), taken)
            if (len(group) - 1) * (len(group[0].nodes) - 1) >= FEWEST_SAVED:
                found += group
        return found + self.large({n for one in found for n in one.nodes}) if found else []

    def repeated(self) -> Found:
        """For each end the largest module that has an equal, one of which begins where a network forks."""
        grown = {end: list(self.growth(end)) for end in reversed(self.ends)}
        between_forks = {self.key(one) for found in grown.values() for one in found if self.forks(one)}
        sizes = {size for _, size in between_forks}
        alike = [
            [
                (key, one)
                for one in found
                if len(one.nodes) in sizes and (key := self.key(one)) in between_forks
            ]
            for found in grown.values()
        ]
        often = Counter(key for found in alike for key, _ in found)
        taken: set[int] = set()
        chosen = self.in_rows(alike, taken)
        for found in alike:
            self.take([(key, one) for key, one in found[::-1] if often[key] > 1], taken, chosen)
        return chosen

    def in_rows(self, alike: list[Found], taken: set[int]) -> Found:
        """Equal modules of which some read the two of them before, what saves most first."""
        by_key: dict[tuple, dict[int, TwoWays]] = defaultdict(dict)
        for key, one in (pair for found in alike for pair in found):
            by_key[key][one.nodes[-1]] = one
        saved = {
            key: self.n_after_two(ones) * (len(one.nodes) - 1)
            for key, ones in by_key.items()
            for one in [*ones.values()][:1]
        }
        chosen: Found = []
        for key in sorted((key for key in saved if saved[key]), key=lambda key: -saved[key]):
            for one in by_key[key].values():
                self.take([(key, one)], taken, chosen)
        return chosen

    def n_after_two(self, ones: dict[int, TwoWays]) -> int:
        """How many of equal modules, given by their ends, read the one before and what that reads first."""
        before = [ones.get(self.leading(one.ways[0][0], ones)) for one in ones.values()]
        return sum(
            other is not None and len(one.ways[0]) == 1 and one.ways[1] == other.ways[0]
            for one, other in zip(ones.values(), before)
        )

    def leading(self, n: int, ends: Container[int]) -> int:
        """The one of the `ends` that leads to a box in series, or else where the series begins."""
        sources = self.network.sources
        while n not in ends and len(sources.get(n, ())) == 1:
            n = sources[n][0]
        return n

    def large(self, taken: set[int]) -> list[TwoWays]:
        """Modules of which there is one only, between others."""
        if sum(n not in taken for n in self.network.sources) < MOST_BESIDE:
            return []
        chosen: Found = []
        for end in self.ends[::-1]:
            fit = [one for one in self.growth(end, 1) if len(one.nodes) >= FEWEST_LARGE and self.forks(one)]
            self.take([((), one) for one in fit[::-1]], taken, chosen)
        return [one for _, one in chosen]

    def take(self, found: Found, taken: set[int], chosen: Found) -> None:
        """Choose the first that overlaps with none that is taken."""
        for key, one in found:
            if taken.isdisjoint(one.nodes):
                taken.update(one.nodes)
                chosen.append((key, one))
                return

    def growth(self, end: int, fewest_ways: int = 2) -> Iterator[TwoWays]:
        """Ever larger modules that end here and have two ways in, or as few as that."""
        sources, readers = self.network.sources, self.network.readers
        inside, outside = {end}, set(sources[end])
        # What may be inside, the shortest way to the end first, so that equal modules grow alike.
        ahead: list[tuple[int, int]] = []
        distance = {end: 0}
        newest = end
        while len(inside) < LARGEST and len(outside) <= MOST_READ:
            for s in set(sources[newest]):
                if s not in self.closed and inside.issuperset(readers[s]):
                    distance[s] = 1 + max(distance[reader] for reader in readers[s])
                    heappush(ahead, (distance[s], -s))
            if not ahead:
                return
            newest = -heappop(ahead)[1]
            inside.add(newest)
            outside.remove(newest)
            outside.update(sources[newest])
            ways = self.ways(inside, outside)
            if fewest_ways <= len(ways) <= 2:
                yield TwoWays(sorted(inside), ways)

    def ways(self, inside: set[int], outside: set[int]) -> tuple[list[int], ...]:
        """What is read outside by each way, that with the deepest box first; nothing of more than two."""
        by_readers: dict[frozenset[int], list[int]] = defaultdict(list)
        for s in outside:
            by_readers[frozenset(inside.intersection(self.network.readers[s]))].append(s)
            if len(by_readers) > 2:
                return ()
        ways = [sorted(way, key=lambda s: (self.depth[s], s), reverse=True) for way in by_readers.values()]
        return tuple(sorted(ways, key=lambda way: (self.depth[way[0]], way[0]), reverse=True))

    def forks(self, one: TwoWays) -> bool:
        """Whether all that it reads is read more than once: only there does it begin by itself."""
        readers = self.network.readers
        return all(len(set(readers[s])) > 1 or s in self.closed for way in one.ways for s in way)

    def key(self, one: TwoWays) -> tuple[Hashable, int]:
        """A number that is the same for equal modules; what is inside decides when it is built."""
        numbers: dict[int, Hashable] = {s: ("way", i) for i, way in enumerate(one.ways) for s in way}
        inside = set(one.nodes)
        for n in one.nodes:
            if n not in self.labels:
                self.labels[n] = self.network.label(n)
            read = sum(reader in inside for reader in self.network.readers[n])
            # Of a way it does not count how many boxes come by it.
            before = [numbers[s] for s in self.network.sources[n]]
            by_way = {number for number in before if isinstance(number, tuple)}
            others = sorted(number for number in before if isinstance(number, int))
            numbers[n] = self.number((self.labels[n], read, *sorted(by_way), *others))
        return numbers[one.nodes[-1]], len(one.nodes)

    def extended(self, group: list[TwoWays], taken: set[int]) -> list[TwoWays]:
        """Equal modules with what follows in series, as long as that is equal, too."""
        while True:
            following = [n for one in group for n in self.following(one.nodes[-1], taken)]
            if len(following) < len(group) or len({self.network.label(n) for n in following}) > 1:
                return group
            taken.update(following)
            group = [replace(one, nodes=[*one.nodes, n]) for one, n in zip(group, following)]

    def following(self, end: int, taken: set[int]) -> list[int]:
        """What follows in series, if anything does."""
        after = self.network.readers[end] if end not in self.network.read_outside else []
        in_series = len(after) == 1 and len(self.network.sources[after[0]]) == 1
        return after if in_series and after[0] not in taken and after[0] not in self.network.fixed else []

    def extended_back(self, group: list[TwoWays], taken: set[int]) -> list[TwoWays]:
        """Equal modules with what leads to a way of theirs, and to nothing else, as long as that is equal."""
        way = 0
        while way < 2:
            longer = [self.with_preceding(one, way, taken) for one in group]
            before = [one.ways[way][0] for one in group]
            found = [one for one in longer if one]
            unlike = len({self.network.label(n) for n in before}) > 1
            # What all of them read by both ways would come by one.
            if len(found) < len(group) or unlike or all(one.ways[0] == one.ways[1] for one in found):
                way += 1
                continue
            taken.update(before)
            group = found
        return group

    def with_preceding(self, one: TwoWays, way: int, taken: set[int]) -> TwoWays | None:
        """A module with the box that comes by a way, if that is for it alone and reads one other."""
        n = one.ways[way][0]
        alone = len(one.ways[way]) == 1 and set(self.network.readers[n]) <= set(one.nodes)
        before = [*dict.fromkeys(self.network.sources[n])]
        if not alone or n in self.closed or n in taken or n in one.ways[1 - way] or len(before) != 1:
            return None
        if before[0] in one.ways[1 - way] and (way or one.ways[1] != before):
            return None
        ways = (before, one.ways[1]) if way == 0 else (one.ways[0], before)
        return TwoWays(sorted([n, *one.nodes]), ways, n if way == 0 else one.alone)
