"""Which parts look the same: equal structure gets an equal number, whatever the filters and shapes.

Numbers are given from the inside out, as in Aho, Hopcroft and Ullman's test of equal trees (1974, "The Design
and Analysis of Computer Algorithms", 3.2): a fork is known by the sorted numbers of its branches. Cells of a
mesh are ordered by fingerprints of all that is upstream and downstream.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise, zip_longest

from keras_cnns.diagram.fold.defining import commutes, defining, is_left_out
from keras_cnns.diagram.fold.note_words import DIFFERING
from keras_cnns.diagram.fold.parts import BEFORE, Box, Fork, Instance, Mesh, Part, Tapped, boxes, groups_of
from keras_cnns.fingerprints import Interner, downstream_fingerprints, upstream_fingerprints
from keras_cnns.graph import Vertex


class Signatures:
    """Numbers for parts of the `vertices`, equal only if they compute the same but for width.

    A layer that is applied more than once is like no other, unless all its calls are inside what gets the
    number. With `badges=False` normalizations and activations do not count.
    """

    def __init__(self, shared: dict[int, int], vertices: Sequence[Vertex]):
        self.shared = shared
        self.vertices = vertices
        self.number = Interner()
        self.computed: dict[int, int] = {}
        self.counted, self.count_of = 0, Counter[int]()

    def series(self, series: list[Part], badges: bool = True, inner: bool = True) -> int:
        """The number of a series; unless it is `inner`, what its last box gives changes nothing."""
        structure = self.structure(series, badges, inner)
        shared, wired = self.sharing(series), self.wiring(series)
        return self.number(("shared", structure, *shared, None, *wired)) if shared or wired else structure

    def sharing(self, series: list[Part]) -> list[int]:
        """For each call of a shared layer, which it is: of one that is called nowhere else, its place."""
        anchors = (box.instances[0].anchor for box in boxes(series))
        called = [self.shared[anchor] for anchor in anchors if anchor in self.shared]
        here = Counter(called)
        only_here = [layer for layer, count in here.items() if count == self.calls(layer)]
        place = {layer: -1 - i for i, layer in enumerate(only_here)}
        return [place.get(layer, layer) for layer in called]

    def wiring(self, series: list[Part]) -> list[tuple]:
        """For each box that reads unlike outputs of several layers, which it reads of which of these.

        A layer is known by its place in the series, and the only one before the series by what it computes:
        edges say where it enters. Of several before it each is like no other.
        """
        inside = [box.instances[0] for box in boxes(series)]
        if not any(one.wired for one in inside):
            return []
        place = {v: i for i, one in enumerate(inside) for v in one.vertices}
        found: list[tuple] = []
        for i, one in enumerate(inside):
            outside = {maker for _, maker in one.wired if maker not in place}
            for its, maker in one.wired:
                where = place.get(maker, maker if len(outside) > 1 else BEFORE)
                found.append((i, its, maker in place, where, self.computes(maker)))
        return found

    def calls(self, layer: int) -> int:
        """How often a shared layer is called in all that there is."""
        if self.counted != len(self.shared):
            self.counted, self.count_of = len(self.shared), Counter(self.shared.values())
        return self.count_of[layer]

    def structure(self, series: list[Part], badges: bool = True, inner: bool = True) -> int:
        """The number of a series, whatever layers in it are shared."""
        parts = [self.part(part, badges, inner or part is not series[-1]) for part in series]
        orders = [self.order(*pair, badges) for pair in pairwise(series)]
        return self.number(("series", badges, *parts, None, *orders))

    def order(self, part: Part, join: Part, badges: bool) -> tuple[int, ...]:
        """Branches or cells in the order in which what joins them reads them, where the order counts; else
        those that it reads again."""
        sources = () if isinstance(part, Box) else self.ordered_sources(join)
        if not sources:
            return () if isinstance(part, Box) else self.read_again(part, join, badges)
        groups = groups_of(part)
        group_of = {v: i for i, group in enumerate(groups) for v in _vertices(group)}
        found = [group_of.get(source, BEFORE) for source in sources]
        if isinstance(part, Mesh):
            return tuple(found)
        return tuple(self.structure(groups[i] if i != BEFORE else [], badges) for i in found)

    def read_again(self, part: Part, join: Part, badges: bool) -> tuple[int, ...]:
        """The branches that what joins them reads more than once, each as often as again."""
        if not isinstance(join, Box) or not isinstance(part, Fork):
            return ()  # a mesh counts the edges
        sources = self.vertices[join.instances[0].anchor].sources
        again = [source for i, source in enumerate(sources) if source in sources[:i]]
        if not again:
            return ()
        branch_of = {v: branch for branch in part.branches for v in _vertices(branch)}
        return tuple(sorted(self.structure(branch_of.get(source, []), badges) for source in again))

    def part(self, part: Part, badges: bool, inner: bool) -> int:
        if isinstance(part, Box):
            return self.box(part, badges, inner)
        if isinstance(part, Fork):
            numbers = [self.structure(branch, badges) for branch in part.branches]
            return self.number(("fork", *sorted(zip_longest(part.ways, numbers))))
        if isinstance(part, Tapped):
            joins = [self.structure(join, badges) for join in part.joins]
            body = self.structure(part.body, badges)
            return self.number(
                ("tapped", part.leads_on, part.outputs, body, *joins, self.orders_of_taps(part))
            )
        if not isinstance(part, Mesh):
            raise TypeError(f"signatures are taken before folding; got a {type(part).__name__}")
        cells = [self.structure(cell, badges) for cell in part.cells]
        second = (None, *part.second_edges, None, *part.second_entries, None, *sorted(part.taps.items()))
        orders = self.orders_in_mesh(part)
        return self.number(("mesh", *cells, *part.edges, *part.entries, None, *part.exits, *second, orders))

    def orders_of_taps(self, tapped: Tapped) -> tuple[tuple[int, ...], ...]:
        """For each of several joins, the boxes in the order in which it reads them, if that counts."""
        place = {v: i for i, v in enumerate(_vertices(tapped.body))}
        reads = [self.ordered_sources(join[0]) for join in tapped.joins]
        return tuple(tuple(place.get(source, BEFORE) for source in sources) for sources in reads)

    def orders_in_mesh(self, mesh: Mesh) -> tuple[tuple[int, ...], ...]:
        """For each cell, the cells in the order in which it reads them, where the order counts."""
        cell_of = {v: i for i, cell in enumerate(mesh.cells) for v in _vertices(cell)}
        firsts = [cell[0] for cell in mesh.cells]
        sources = [self.ordered_sources(first) for first in firsts]
        return tuple(tuple(cell_of.get(source, BEFORE) for source in reads) for reads in sources)

    def ordered_sources(self, join: Part) -> tuple[int, ...]:
        """The vertices that a box reads, where their order counts."""
        if not isinstance(join, Box):
            return ()
        vertex = self.vertices[join.instances[0].anchor]
        ordered = len(vertex.sources) > 1 and not commutes(vertex.operation)
        return vertex.sources if ordered else ()

    def box(self, box: Box, badges: bool, inner: bool) -> int:
        instance = box.instances[0]
        key: tuple = (
            "box",
            box.kind,
            id(box.module) if box.module else box.label,
        )
        key += (() if box.module else self.computes(instance.anchor),)
        key += tuple(
            (note, words)
            for note, words in instance.notes.items()
            if note not in DIFFERING and (inner or note != "gives")
        )
        if badges:
            key += (instance.before, instance.badges, *self.with_badges(instance))
        if inner and box.read_outside:
            key += (instance.anchor,)
        return self.number(key)

    def computes(self, v: int) -> int:
        """A number for what defines the function of a call."""
        if v not in self.computed:
            self.computed[v] = self.number(("computes", defining(self.vertices[v])))
        return self.computed[v]

    def with_badges(self, instance: Instance) -> list[int]:
        """What else a box stands for, but what pictures leave out."""
        others = [v for v in instance.vertices if v != instance.anchor]
        return [self.computes(v) for v in others if not is_left_out(self.vertices[v].operation)]

    def arrange(self, series: list[Part]) -> None:
        """Bring branches and cells into an order that does not depend on the order of the layers."""
        for part in series:
            if isinstance(part, Fork):
                for branch in part.branches:
                    self.arrange(branch)
                self.arrange_fork(part)
            elif isinstance(part, Mesh):
                for cell in part.cells:
                    self.arrange(cell)
                self.arrange_mesh(part)
            elif isinstance(part, Tapped):
                for group in groups_of(part):
                    self.arrange(group)

    def arrange_fork(self, fork: Fork) -> None:
        ways = fork.ways or (0,) * len(fork.branches)
        order = sorted(range(len(ways)), key=lambda i: (ways[i], self.branch_order(fork.branches[i])))
        fork.branches = [fork.branches[i] for i in order]
        fork.ways = tuple(fork.ways[i] for i in order) if fork.ways else ()

    def branch_order(self, branch: list[Part]) -> tuple:
        """Long branches first, pooling after convolutions, a shortcut last."""
        inside = list(boxes(branch))
        labels = tuple(box.label for box in inside)
        pools = bool(inside) and inside[0].kind == "pool"
        return (not branch, -len(inside), pools, labels, self.structure(branch))

    def arrange_mesh(self, mesh: Mesh) -> None:
        """Order cells by how many come before, then by all that comes before and after them.

        Cells that this cannot tell apart stay in the layers' order: a fold may be missed, none is wrong.
        """
        n = len(mesh.cells)
        before: list[list[int]] = [[] for _ in range(n)]
        for start, end in mesh.edges + mesh.second_edges:
            if start != BEFORE:
                before[end].append(start)
        depth = [0] * n
        for i in range(n):
            depth[i] = max((depth[j] + 1 for j in before[i]), default=0)
        own = [self.structure(cell) for cell in mesh.cells]
        ways = [mesh.entries, [j for _, j in mesh.second_edges], mesh.second_entries]
        entering = [(own[i], *(way.count(i) for way in ways)) for i in range(n)]
        leaving = [(own[i], mesh.exits.count(i), mesh.taps.get(i)) for i in range(n)]
        past = upstream_fingerprints(entering, before, [False] * n, self.number)
        future = downstream_fingerprints(leaving, before, [False] * n, self.number)
        order = sorted(range(n), key=lambda i: (depth[i], past[i], future[i]))
        place = {old: new for new, old in enumerate(order)}
        mesh.cells = [mesh.cells[i] for i in order]
        mesh.edges = sorted((place[i], place[j]) for i, j in mesh.edges)
        mesh.second_edges = sorted((place.get(i, BEFORE), place[j]) for i, j in mesh.second_edges)
        mesh.entries = sorted(place[i] for i in mesh.entries)
        mesh.second_entries = sorted(place[i] for i in mesh.second_entries)
        mesh.exits = sorted(place[i] for i in mesh.exits)
        mesh.taps = {place[i]: join for i, join in mesh.taps.items()}


def _vertices(series: list[Part]) -> Iterator[int]:
    for box in boxes(series):
        for instance in box.instances:
            yield from instance.vertices
