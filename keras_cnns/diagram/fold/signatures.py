"""Which parts look the same: equal structure gets an equal number, whatever the filters and shapes.

Numbers are given from the inside out, as in Aho, Hopcroft and Ullman's test of equal trees (1974, "The Design
and Analysis of Computer Algorithms", 3.2): a fork is known by the sorted numbers of its branches. Cells of a
mesh are ordered by fingerprints of all that is upstream and downstream.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise, zip_longest
from typing import Any

from keras_cnns.diagram.fold.defining import commutes, defining, is_left_out
from keras_cnns.diagram.fold.note_words import DIFFERING
from keras_cnns.diagram.fold.parts import BEFORE, Box, Fork, Instance, Mesh, Part, Tapped, boxes, groups_of
from keras_cnns.fingerprints import Interner, downstream_fingerprints, upstream_fingerprints
from keras_cnns.graph import Vertex


class Signatures:
    """Numbers for parts of the `vertices`, equal only if they compute the same but for width.

    A layer that is applied more than once is like no other, unless all its calls are inside what gets the
    number. With `badges=False` normalizations and activations do not count.

    `known` has the numbers of what branches out: most are asked for several times. Who changes a part calls
    `forget`.
    """

    def __init__(self, shared: dict[int, int], vertices: Sequence[Vertex]):
        self.shared = shared
        self.vertices = vertices
        self.number = Interner()
        self.computed: dict[int, int] = {}
        self.looks: dict[int, tuple[Instance, int, int]] = {}
        self.ordered: dict[int, tuple[int, ...]] = {}
        self.known: dict[tuple, tuple[Any, ...]] = {}
        self.has_wires = False
        self.counted, self.count_of = 0, Counter[int]()

    def forget(self) -> None:
        """Number anew what branches out: something in it has changed."""
        self.known.clear()

    def series(self, series: list[Part], badges: bool = True, inner: bool = True) -> int:
        """The number of a series; unless it is `inner`, what its last box gives changes nothing."""
        structure = self.structure(series, badges, inner)
        shared, wired = self.sharing(series), self.wiring(series)
        return self.number(("shared", structure, *shared, None, *wired)) if shared or wired else structure

    def sharing(self, series: list[Part]) -> list[int]:
        """For each call of a shared layer, which it is: of one that is called nowhere else, its place."""
        if not self.shared:
            return []
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
        if not self.has_wires:
            return []
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
        if isinstance(part, Box):
            return ()
        key = (id(part), id(join), badges)
        if key not in self.known:
            self.known[key] = (self.order_of(part, join, badges), part, join)
        return self.known[key][0]

    def order_of(self, part: Part, join: Part, badges: bool) -> tuple[int, ...]:
        sources = self.ordered_sources(join)
        if not sources:
            return self.read_again(part, join, badges)
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
        key = (id(part), badges)
        if key not in self.known:
            self.known[key] = (self.group(part, badges), part)  # which stays, so that its id is its own
        return self.known[key][0]

    def group(self, part: Part, badges: bool) -> int:
        """The number of what branches out."""
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
        anchor = join.instances[0].anchor
        if anchor not in self.ordered:
            vertex = self.vertices[anchor]
            counts = len(vertex.sources) > 1 and not commutes(vertex.operation)
            self.ordered[anchor] = vertex.sources if counts else ()
        return self.ordered[anchor]

    def box(self, box: Box, badges: bool, inner: bool) -> int:
        instance = box.instances[0]
        computed, badged = self.look(instance)
        name, computed = (id(box.module), -1) if box.module else (box.label, computed)
        notes: tuple = ()
        if instance.notes:
            notes = tuple(
                (note, words)
                for note, words in instance.notes.items()
                if note not in DIFFERING and (inner or note != "gives")
            )
        anchor = instance.anchor if inner and box.read_outside else None
        return self.number(("box", box.kind, name, computed, notes, badged if badges else None, anchor))

    def look(self, instance: Instance) -> tuple[int, int]:
        """Numbers for what an instance computes, and for its badges and what else it stands for."""
        if id(instance) not in self.looks:
            badged = self.number(("badges", instance.before, instance.badges, *self.with_badges(instance)))
            self.looks[id(instance)] = (instance, self.computes(instance.anchor), badged)
        return self.looks[id(instance)][1:]

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
        self.forget()
        self.arrange_inside(series)

    def arrange_inside(self, series: list[Part]) -> None:
        """The same; what is inside a part is in order before the part gets a number."""
        for part in series:
            for group in groups_of(part):
                self.arrange_inside(group)
            if isinstance(part, Fork):
                self.arrange_fork(part)
            elif isinstance(part, Mesh):
                self.arrange_mesh(part)

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
