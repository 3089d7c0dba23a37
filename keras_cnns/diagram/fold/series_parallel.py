"""The fused boxes as a tree: boxes in series, forks of branches, and meshes where nothing nests.

This is a series-parallel decomposition (Valdes, Tarjan and Lawler 1982, "The Recognition of Series Parallel
Digraphs"), from the top down, with a third kind of part for graphs that are not series-parallel. A box on
every path is a cut vertex. Between two cut vertices the boxes fall apart into branches, which are decomposed
in turn; what has no cut vertex and does not fall apart is a mesh. Each level is one sweep over its edges.
"""

from collections.abc import Callable, Container, Hashable, Sequence
from dataclasses import dataclass, replace

from keras_cnns.diagram.fold.fused import Fused
from keras_cnns.diagram.fold.parts import (
    BEFORE,
    NOT_THERE,
    Box,
    Fork,
    Instance,
    Mesh,
    Part,
    Tapped,
    boxes,
)
from keras_cnns.diagram.fold.regions import Edges, closed_regions, regions_from_outside
from keras_cnns.diagram.fold.several_joins import as_one, find_joins
from keras_cnns.diagram.fold.taps import FEWEST, Block, find_taps
from keras_cnns.diagram.fold.two_ways import Network, TwoWays, modules_with_two_ways

# Deeper nesting than this cannot be read, and recursion is finite: the rest is drawn as one mesh of boxes.
DEEPEST = 24

Label = Callable[[Box], Hashable]
IsSecond = Callable[[int, int], bool]


def decompose(
    fused: Sequence[Fused],
    nodes: list[int],
    read_outside: Container[int] = (),
    label: Label | None = None,
) -> list[Part]:
    """Return the part of the network made of `nodes`, in the order of computation, as a series of parts.

    Edges to other nodes are left out of the structure; `read_outside` are the nodes that others read. With a
    `label`, which is the same for equal boxes, what does not nest is searched for modules with two ways in.
    """
    plain = _Decomposition(fused, nodes, read_outside, label=label)
    series = plain.series(plain.nodes, 0)
    if not plain.meshed or label is None:
        return series
    found = modules_with_two_ways(plain.network(label), [n for n in nodes if n in plain.meshed])
    if not found:
        return series
    contracted = _Decomposition(fused, nodes, read_outside, found, label)
    return contracted.series(contracted.nodes, 0)


@dataclass
class _Row:
    """Nodes in series among which there may be blocks in a row; where their parts start, what is before."""

    start: int
    before: int | None
    nodes: list[int]


class _Decomposition:
    """`modules` are the modules with two ways in by their last box, which stands for all of it.

    `ways_into` are the ways into these, and into models with two inputs if what they read is here. `meshed`
    are the boxes that are in a mesh or read one.
    """

    def __init__(
        self,
        fused: Sequence[Fused],
        nodes: list[int],
        read_outside: Container[int],
        two_ways: Sequence[TwoWays] = (),
        label: Label | None = None,
    ):
        self.fused = fused
        self.label = label
        self.taps: set[int] = set()
        self.read_outside = read_outside
        self.modules = {one.nodes[-1]: one for one in two_ways}
        hidden = {n for one in two_ways for n in one.nodes[:-1]}
        self.nodes = [n for n in nodes if n not in hidden]
        self.meshed: set[int] = set()
        here = set(self.nodes)
        self.sources: Edges = {n: fused[n].sources for n in self.nodes}
        self.sources |= {end: [s for way in one.ways for s in way] for end, one in self.modules.items()}
        self.ways_into = {
            n: fused[n].ways for n in self.nodes if fused[n].ways and here.issuperset(self.sources[n])
        }
        self.ways_into |= {end: one.ways for end, one in self.modules.items()}
        self.readers: Edges = {n: [] for n in self.nodes}
        for n in self.nodes:
            for source in self.sources[n]:
                if source in here:
                    self.readers[source].append(n)

    def network(self, label: Label) -> Network:
        here = set(self.nodes)
        # What the order of inputs matters to is in no module either: its edges are not told apart there.
        fixed = {n for n in self.nodes if not self.sources[n] or not here.issuperset(self.sources[n])}
        fixed |= {n for n in self.nodes if self.fused[n].ways}
        taken = {n for n in self.nodes if n in self.read_outside}
        return Network(self.sources, self.readers, lambda n: label(self.box(n)), fixed, taken)

    def box(self, n: int) -> Box:
        f = self.fused[n]
        if n in self.modules:
            return self.module(self.modules[n])
        often = len(f.sources) - len({*f.sources})  # what reads a tensor twice is unlike what reads it once
        notes = f.notes | ({"reads twice": str(often)} if often else {})
        instance = Instance(tuple(f.members), f.anchor, tuple(f.badges), tuple(f.before), notes)
        ways = 1 + self.has_two_ways(n)
        return Box(f.kind, f.label, [instance], read_outside=n in self.read_outside, ways=ways)

    def module(self, one: TwoWays) -> Box:
        """A box that stands for a module with two ways in."""
        members = tuple(v for n in one.nodes for v in self.fused[n].members)
        end = one.nodes[-1]
        inner = _Decomposition(self.fused, one.nodes, (), label=self.label)
        box = Box("module", "", [Instance(members, self.fused[end].anchor)])
        box.read_outside, box.ways = end in self.read_outside, len(one.ways)
        if len(one.ways) == 1:
            box.inside = inner.series(one.nodes, 0)
            return box
        mesh = inner.mesh(one.nodes, 0, is_second=one.is_second)
        # How many boxes come by a way is said where the module stands.
        mesh.entries, mesh.second_entries = (
            list(dict.fromkeys(w)) for w in (mesh.entries, mesh.second_entries)
        )
        box.inside = [mesh]
        return box

    def series(self, nodes: list[int], depth: int, in_mesh: bool = False) -> list[Part]:
        """Nodes as boxes in series, forks between them; a mesh draws the edges at the ends of its cells."""
        cuts = self.entered_apart(nodes, self.cut_vertices(nodes))
        if len(cuts) < len(nodes) and (depth > DEEPEST or (not cuts and len(self.branches(nodes)) == 1)):
            return [self.mesh(nodes, depth)]
        here = set(nodes)
        before: int | None = None
        parts: list[Part] = []
        row = _Row(0, None, []) if depth and not in_mesh else None
        for between, cut in _split_at(nodes, cuts):
            at_end = before is None or cut is None
            shortcut = not (in_mesh and at_end) and self.has_shortcut(before, cut, here)
            ways = self.ways(between, cut) if cut is not None and self.has_two_ways(cut) else ()
            tapped: list[Part] = []
            if row and cut is not None and self.may_be_tapped(between, cut):
                inside = [*row.nodes, *between]
                tapped = self.tapped(inside, cut, self.has_shortcut(row.before, cut, here), depth)
            if row and tapped:
                parts[row.start :] = tapped
            else:
                parts += self.between(between, shortcut, depth, ways)
            if cut is not None:
                parts.append(self.box(cut))
            if row is None or tapped:
                row = _Row(len(parts), cut, [])
            elif cut is not None:
                row.nodes += [*between, cut]
            before = cut
        return parts

    def may_read_taps(self, join: int) -> bool:
        several = len(self.sources[join]) >= FEWEST
        return several and self.fused[join].kind == "merge" and not self.has_two_ways(join)

    def may_be_tapped(self, between: list[int], end: int) -> bool:
        """Whether an end, or several joins just before it, may read taps."""
        several = sum(map(self.may_read_taps, between)) > 1
        return not self.has_two_ways(end) and (several or self.may_read_taps(end))

    def tapped(self, nodes: list[int], join: int, shortcut: bool, depth: int) -> list[Part]:
        """Nodes in series with blocks in a row that the join that follows reads, if they are that."""
        if self.label is None or any(n in self.modules or n in self.ways_into for n in nodes):
            return []
        network = self.network(self.label)
        found = find_taps(network, nodes, join) if self.may_read_taps(join) else None
        if found is None:
            return [] if shortcut else self.tapped_by_several(network, nodes, join, depth)
        before = self.series(found.before, depth + 1) if found.before else []
        blocks: list[Part] = [self.block(block, {}, join, depth + 1) for block in found.blocks]
        after = self.series(found.after, depth + 1) if found.after else []
        parts = [*before, Tapped([*blocks, *after], found.leads_on)]
        return [Fork([parts, []])] if shortcut else parts

    def tapped_by_several(self, network: Network, nodes: list[int], end: int, depth: int) -> list[Part]:
        """Nodes in series with blocks in a row that several joins read, if all these lead to what follows."""
        joins = find_joins(network, nodes, end, self.may_read_taps)
        if joins is None:
            return []
        one_for_all, join = as_one(network, joins)
        found = find_taps(one_for_all, joins.between, join, joins.join_of)
        if found is None:
            return []
        before = self.series(found.before, depth + 1) if found.before else []
        blocks: list[Part] = [self.block(one, joins.join_of, end, depth + 1) for one in found.blocks]
        branches = [self.series(branch, depth + 1) for branch in joins.branches]
        return [*before, Tapped(blocks, False, joins=branches)]

    def block(self, block: Block, join_of: dict[int, int], join: int, depth: int) -> Mesh:
        """A block with taps as a mesh, which one end leaves for what follows."""
        inner = _Decomposition(self.fused, block.nodes, (), label=self.label)
        inner.taps = {*block.taps}
        for n in (*block.taps, block.end):
            inner.readers[n] = [*inner.readers[n], join]
        mesh = inner.mesh(block.nodes, depth)
        cell_of = {box.instances[0].anchor: i for i, cell in enumerate(mesh.cells) for box in boxes(cell)}
        mesh.exits = [cell_of[self.fused[block.end].anchor]]
        mesh.taps = {cell_of[self.fused[n].anchor]: join_of.get(n, 0) for n in block.taps}
        if block.stands_for is not None:
            own = {self.fused[n].anchor: self.box(m) for n, m in block.stands_for.items()}
            for box in (box for cell in mesh.cells for box in boxes(cell)):
                (one,) = box.instances
                there = own.get(one.anchor)
                absent = replace(one, notes=one.notes | {NOT_THERE: ""})
                box.instances = there.instances if there else [absent]
        return mesh

    def entered_apart(self, nodes: list[int], cuts: list[int]) -> list[int]:
        """The cut vertices without what has two ways in to which one branch leads by both."""
        if not self.ways_into:
            return cuts
        ends, kept = set(cuts), list[int]()
        between: list[int] = []
        for n in nodes:
            apart = n == nodes[0] or not self.has_two_ways(n) or self.ways(between, n)
            if n in ends and apart:
                kept.append(n)
                between = []
            else:
                between.append(n)
        return kept

    def has_two_ways(self, n: int) -> bool:
        return len(self.ways_into.get(n, ())) == 2

    def ways(self, between: list[int], cut: int) -> tuple[int, ...]:
        """By which way each branch, then each shortcut, enters; none if a branch does by both."""
        way_of = {s: way for way, sources in enumerate(self.ways_into[cut]) for s in sources}
        if len(way_of) < sum(map(len, self.ways_into[cut])):
            return ()  # both come from one box
        ways: list[int] = []
        for branch in self.branches(between):
            found = {way_of[n] for n in branch if n in way_of}
            if len(found) != 1:
                return ()
            ways += found
        inside = set(between)
        outside = [way for s, way in way_of.items() if s not in inside]
        return (*ways, *outside) if len(outside) < 2 else ()

    def between(self, nodes: list[int], shortcut: bool, depth: int, ways: tuple[int, ...] = ()) -> list[Part]:
        """What is between two cut vertices: nothing, a series, or a fork, whose shortcut has no boxes."""
        branches = self.branches(nodes)
        if len(branches) == 1 and not shortcut:
            return self.series(nodes, depth + 1)
        series = [self.series(branch, depth + 1) for branch in branches]
        return [Fork(series + [[]] * shortcut, ways)] * bool(nodes)

    def has_shortcut(self, before: int | None, after: int | None, here: set[int]) -> bool:
        """Whether edges lead straight from one cut vertex to the next; None is the outside.

        However many tensors one box gives another, they are one wire.
        """
        if after is None:
            return before is not None and any(reader not in here for reader in self.readers[before])
        if before is None:
            return any(source not in here for source in self.sources[after])
        return before in self.sources[after]

    def cut_vertices(self, nodes: list[int]) -> list[int]:
        """The nodes on every path: those that all edges under way lead to."""
        here = set(nodes)
        under_way = sum(sum(s not in here for s in self.sources[n]) or not self.sources[n] for n in nodes)
        cuts = []
        for n in nodes:
            arriving = max(1, len(self.sources[n]))
            if under_way == arriving:
                cuts.append(n)
            under_way += max(1, len(self.readers[n])) - arriving
        return cuts

    def branches(self, nodes: list[int]) -> list[list[int]]:
        """Groups of nodes that no edge joins, in the order of their first nodes."""
        here = set(nodes)
        group_of: dict[int, int] = {}
        groups: list[list[int]] = []
        for n in nodes:
            if n in group_of:
                continue
            groups.append([])
            stack = [n]
            while stack:
                m = stack.pop()
                if m in group_of:
                    continue
                group_of[m] = len(groups) - 1
                stack += [k for k in (*self.sources[m], *self.readers[m]) if k in here and k not in group_of]
        for n in nodes:
            groups[group_of[n]].append(n)
        return groups

    def mesh(self, nodes: list[int], depth: int, is_second: IsSecond = lambda reader, source: False) -> Mesh:
        """Nodes as cells, each as long as its nodes nest among themselves.

        What is not here comes from before; in a module with two ways in, `is_second` says of what a node
        reads if it comes by the second.
        """
        here = set(nodes)
        self.meshed |= here
        regions = closed_regions(nodes, self.sources, self.readers) if depth <= DEEPEST else {}
        if self.taps:
            regions |= regions_from_outside(nodes, self.sources, self.readers, regions)
        cells = self.cells(nodes, regions)
        place = {n: i for i, cell in enumerate(cells) for n in cell}
        mesh = Mesh([self.series(cell, depth + 1, in_mesh=True) for cell in cells], [], [], [])
        for i, cell in enumerate(cells):
            sources, by_second = self.sources[cell[0]], []
            if cell[0] in self.ways_into:
                sources, by_second = (*self.ways_into[cell[0]], [])[:2]
            mesh.edges += [(place[source], i) for source in sources if source in here]
            mesh.second_edges += [(place.get(source, BEFORE), i) for source in by_second]
            before = [source for source in sources if source not in here]
            by_second = [source for source in before if is_second(cell[0], source)]
            mesh.entries += [i] * (len(before) - len(by_second) if sources else 1)
            mesh.second_entries += [i] * len(by_second)
            after = [reader for reader in self.readers[cell[-1]] if reader not in here]
            self.meshed.update(after)
            mesh.exits += [i] * (len(after) if self.readers[cell[-1]] else 1)
        mesh.edges.sort()
        mesh.second_edges.sort()
        return mesh

    def cells(self, nodes: list[int], regions: dict[int, list[int]]) -> list[list[int]]:
        """Nodes in series, each with the region it opens, as long as nothing enters or leaves between.

        What is read from outside ends its cell: there is room for another wire between cells only.
        """
        hidden = {n for region in regions.values() for n in region}
        here = set(nodes)
        cell_of: dict[int, list[int]] = {}
        cells: list[list[int]] = []
        for n in nodes:
            if n in hidden:
                continue
            source = self.sources[n][0] if len(self.sources[n]) == 1 else None
            if source in here and len(self.readers[source]) == 1 and source not in self.read_outside:
                cell = cell_of[source]
            else:
                cell = []
                cells.append(cell)
            cell.append(n)
            cell_of[n] = cell
            while n in regions:
                cell += regions[n]
                n = regions[n][-1]
                cell_of[n] = cell
        return cells


def _split_at(nodes: list[int], cuts: list[int]) -> list[tuple[list[int], int | None]]:
    """The nodes before each cut vertex, with it; then those after the last, with None."""
    ends = set(cuts)
    split: list[tuple[list[int], int | None]] = []
    between: list[int] = []
    for n in nodes:
        if n in ends:
            split.append((between, n))
            between = []
        else:
            between.append(n)
    return [*split, (between, None)]
