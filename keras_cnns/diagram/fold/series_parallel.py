"""The fused boxes as a tree: boxes in series, forks of branches, and meshes where nothing nests.

This is a series-parallel decomposition (Valdes, Tarjan and Lawler 1982, "The Recognition of Series Parallel
Digraphs"), from the top down, with a third kind of part for graphs that are not series-parallel. A box on
every path is a cut vertex. Between two cut vertices the boxes fall apart into branches, which are decomposed
in turn; what has no cut vertex and does not fall apart is a mesh. Each level is one sweep over its edges.

Inside a mesh, what is between a fork and the box where its branches meet is found by dominators, computed
as in Cooper, Harvey and Kennedy 2001, "A Simple, Fast Dominance Algorithm".
"""

from collections import defaultdict
from collections.abc import Container, Sequence

from keras_cnns.diagram.fold.fuse import Fused
from keras_cnns.diagram.fold.parts import Box, Fork, Instance, Mesh, Part

# Deeper nesting than this cannot be read, and recursion is finite: the rest is drawn as one mesh of boxes.
DEEPEST = 24

Edges = dict[int, list[int]]


def decompose(fused: Sequence[Fused], nodes: list[int], read_outside: Container[int] = ()) -> list[Part]:
    """Return the part of the network made of `nodes`, in the order of computation, as a series of parts.

    Edges to other nodes are left out of the structure; `read_outside` are the nodes that others read.
    """
    return _Decomposition(fused, nodes, read_outside).series(nodes, 0)


class _Decomposition:
    def __init__(self, fused: Sequence[Fused], nodes: list[int], read_outside: Container[int]):
        self.fused = fused
        self.read_outside = read_outside
        here = set(nodes)
        self.sources: Edges = {n: fused[n].sources for n in nodes}
        self.readers: Edges = {n: [] for n in nodes}
        for n in nodes:
            for source in self.sources[n]:
                if source in here:
                    self.readers[source].append(n)

    def box(self, n: int) -> Box:
        f = self.fused[n]
        often = len(f.sources) - len({*f.sources})  # what reads a tensor twice is unlike what reads it once
        notes = f.notes | ({"reads twice": str(often)} if often else {})
        instance = Instance(tuple(f.members), f.anchor, tuple(f.badges), tuple(f.before), notes)
        return Box(f.kind, f.label, [instance], read_outside=n in self.read_outside)

    def series(self, nodes: list[int], depth: int, in_mesh: bool = False) -> list[Part]:
        """Nodes as boxes in series, forks between them; a mesh draws the edges at the ends of its cells."""
        cuts = self.cut_vertices(nodes)
        if len(cuts) < len(nodes) and (depth > DEEPEST or (not cuts and len(self.branches(nodes)) == 1)):
            return [self.mesh(nodes, depth)]
        here = set(nodes)
        before, parts = None, []
        for between, cut in _split_at(nodes, cuts):
            at_end = before is None or cut is None
            shortcut = not (in_mesh and at_end) and self.has_shortcut(before, cut, here)
            parts += self.between(between, shortcut, depth)
            if cut is not None:
                parts.append(self.box(cut))
            before = cut
        return parts

    def between(self, nodes: list[int], shortcut: bool, depth: int) -> list[Part]:
        """What is between two cut vertices: nothing, a series, or a fork, whose shortcut has no boxes."""
        branches = self.branches(nodes)
        if len(branches) == 1 and not shortcut:
            return self.series(nodes, depth + 1)
        return [Fork([self.series(branch, depth + 1) for branch in branches] + [[]] * shortcut)] * bool(nodes)

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

    def mesh(self, nodes: list[int], depth: int) -> Mesh:
        """Nodes as cells, each as long as its nodes nest among themselves."""
        here = set(nodes)
        regions = self.closed_regions(nodes) if depth <= DEEPEST else {}
        cells = self.cells(nodes, regions)
        place = {n: i for i, cell in enumerate(cells) for n in cell}
        edges, entries, exits = [], [], []
        for i, cell in enumerate(cells):
            sources = self.sources[cell[0]]
            edges += [(place[source], i) for source in sources if source in here]
            entries += [i] * (sum(source not in here for source in sources) if sources else 1)
            exits += [i for reader in self.readers[cell[-1]] if reader not in here]
            if not self.readers[cell[-1]]:
                exits.append(i)
        return Mesh(
            [self.series(cell, depth + 1, in_mesh=True) for cell in cells], sorted(edges), entries, exits
        )

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

    def closed_regions(self, nodes: list[int]) -> dict[int, list[int]]:
        """For each fork whose branches meet again, and nowhere else, what is between, and where they meet."""
        order = {n: i for i, n in enumerate(nodes)}
        dominators = _dominators(nodes, self.sources)
        postdominators = _dominators(nodes[::-1], self.readers)
        regions: dict[int, list[int]] = {}
        closed_until = -1
        for n in nodes:
            end = postdominators.get(n)
            if order[n] < closed_until or end is None or len(self.readers[n]) < 2 or dominators.get(end) != n:
                continue
            regions[n] = self.region(n, end)
            closed_until = order[end]
        return regions

    def region(self, start: int, end: int) -> list[int]:
        found, stack = set(), [start]
        while stack:
            for reader in self.readers[stack.pop()]:
                if reader not in found:
                    found.add(reader)
                    if reader != end:
                        stack.append(reader)
        return sorted(found - {end}) + [end]


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


def _dominators(nodes: list[int], before: Edges) -> dict[int, int | None]:
    """The immediate dominator of each node: the last node on every path to it, None if it is outside.

    `nodes` are in topological order, so one sweep is enough.
    """
    here, depth = set(nodes), defaultdict[int | None, int](int)
    nearest: dict[int, int | None] = {}
    for n in nodes:
        sources: list[int | None] = [s if s in here else None for s in before[n]] or [None]
        common = sources[0]
        for other in sources[1:]:
            while common != other:
                if depth[common] >= depth[other] and common is not None:
                    common = nearest[common]
                elif other is not None:
                    other = nearest[other]
        nearest[n] = common
        depth[n] = depth[common] + 1 if common is not None else 1
    return nearest
