"""The fused boxes as a tree: boxes in series, forks of branches, and meshes where nothing nests.

A box that every path runs through is a cut. Between two cuts the boxes fall apart into branches, which are
series again; one that has no cut and does not fall apart is a mesh. Each level is one sweep over its edges.
"""

from collections import defaultdict
from collections.abc import Container, Sequence

from keras_cnns.diagram.fold.fuse import Fused
from keras_cnns.diagram.fold.parts import Box, Copy, Fork, Mesh, Part

# Deeper nesting than this cannot be read, and recursion is finite: the rest is drawn as one mesh of boxes.
DEEPEST = 24

Edges = dict[int, list[int]]


def parse(fused: Sequence[Fused], nodes: list[int], tapped: Container[int] = ()) -> list[Part]:
    """Return the part of the network made of `nodes`, in the order of computation, as a series of parts.

    What other nodes read is left out of the structure; `tapped` says which nodes they read.
    """
    return _Parser(fused, nodes, tapped).series(nodes, 0)


class _Parser:
    def __init__(self, fused: Sequence[Fused], nodes: list[int], tapped: Container[int]):
        self.fused = fused
        self.tapped = tapped
        here = set(nodes)
        self.sources: Edges = {n: fused[n].sources for n in nodes}
        self.readers: Edges = {n: [] for n in nodes}
        for n in nodes:
            for source in self.sources[n]:
                if source in here:
                    self.readers[source].append(n)

    def box(self, n: int) -> Box:
        f = self.fused[n]
        copy = Copy(tuple(f.members), f.main, tuple(f.badges), tuple(f.before), f.notes)
        return Box(f.kind, f.label, [copy], tapped=n in self.tapped)

    def series(self, nodes: list[int], depth: int, cell: bool = False) -> list[Part]:
        """A `cell` of a mesh leaves the edges at its two ends to the mesh."""
        cuts = self.cuts(nodes)
        if len(cuts) < len(nodes) and (depth > DEEPEST or (not cuts and len(self.branches(nodes)) == 1)):
            return [self.mesh(nodes, depth)]
        parts: list[Part] = []
        here, before, between = set(nodes), None, []
        ends = {*cuts}
        for n in [*nodes, None]:
            if n is not None and n not in ends:
                between.append(n)
                continue
            bare = 0 if cell and None in (before, n) else self.bare(before, n, here)
            groups = self.branches(between)
            if len(groups) == 1 and not bare:
                parts += self.series(between, depth + 1)
            elif between or bare > 1:
                parts.append(Fork([self.series(group, depth + 1) for group in groups] + [[]] * bare))
            if n is not None:
                parts.append(self.box(n))
            before, between = n, []
        return parts

    def bare(self, before: int | None, after: int | None, here: set[int]) -> int:
        """How many edges lead straight from one cut, or from outside, to the next, or out."""
        if after is None:
            return sum(reader not in here for reader in self.readers[before]) if before is not None else 0
        if before is None:
            return sum(source not in here for source in self.sources[after])
        return self.sources[after].count(before)

    def cuts(self, nodes: list[int]) -> list[int]:
        """The nodes at which all edges that are under way end."""
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
        here, found, groups = set(nodes), {}, []
        for n in nodes:
            if n in found:
                continue
            groups.append([])
            ahead = [n]
            while ahead:
                m = ahead.pop()
                if m in found:
                    continue
                found[m] = len(groups) - 1
                ahead += [k for k in (*self.sources[m], *self.readers[m]) if k in here and k not in found]
        for n in nodes:
            groups[found[n]].append(n)
        return groups

    def mesh(self, nodes: list[int], depth: int) -> Mesh:
        """Nodes as cells, each as long as its nodes nest among themselves."""
        here = set(nodes)
        inside = self.enclosed(nodes) if depth <= DEEPEST else {}
        cells = self.chains(nodes, inside)
        place = {n: i for i, cell in enumerate(cells) for n in cell}
        edges, entries, exits = [], [], []
        for i, cell in enumerate(cells):
            for source in self.sources[cell[0]] or [None]:
                if source in here:
                    edges.append((place[source], i))
                else:
                    entries.append(i)
            exits += [i for reader in self.readers[cell[-1]] if reader not in here]
            if not self.readers[cell[-1]]:
                exits.append(i)
        return Mesh(
            [self.series(cell, depth + 1, cell=True) for cell in cells], sorted(edges), entries, exits
        )

    def chains(self, nodes: list[int], inside: dict[int, list[int]]) -> list[list[int]]:
        """Nodes in series, each with what it encloses, as long as nothing enters or leaves between."""
        hidden = {n for group in inside.values() for n in group}
        here, chain_of, chains = set(nodes), {}, []
        for n in nodes:
            if n in hidden:
                continue
            source = self.sources[n][0] if len(self.sources[n]) == 1 else None
            if source in here and len(self.readers[source]) == 1:
                chain = chain_of[source]
            else:
                chain = []
                chains.append(chain)
            chain.append(n)
            chain_of[n] = chain
            while n in inside:
                chain += inside[n]
                n = inside[n][-1]
                chain_of[n] = chain
        return chains

    def enclosed(self, nodes: list[int]) -> dict[int, list[int]]:
        """For each fork whose branches meet again, and nowhere else, what is between, and where they meet."""
        order = {n: i for i, n in enumerate(nodes)}
        before = _dominators(nodes, self.sources)
        after = _dominators(nodes[::-1], self.readers)
        inside: dict[int, list[int]] = {}
        skip = -1
        for n in nodes:
            end = after.get(n)
            if order[n] < skip or end is None or len(self.readers[n]) < 2 or before.get(end) != n:
                continue
            inside[n] = self.between(n, end)
            skip = order[end]
        return inside

    def between(self, start: int, end: int) -> list[int]:
        found, ahead = set(), [start]
        while ahead:
            for reader in self.readers[ahead.pop()]:
                if reader not in found:
                    found.add(reader)
                    if reader != end:
                        ahead.append(reader)
        return sorted(found - {end}) + [end]


def _dominators(nodes: list[int], before: Edges) -> dict[int, int | None]:
    """The last node on every path to each node, or None if it lies outside; `nodes` in the paths' order."""
    here, depth = set(nodes), defaultdict(int)
    nearest: dict[int, int | None] = {}
    for n in nodes:
        sources = [s if s in here else None for s in before[n]] or [None]
        common = sources[0]
        for other in sources[1:]:
            while common != other:
                if depth[common] >= depth[other] and common is not None:
                    common = nearest[common]
                else:
                    other = nearest[other]
        nearest[n] = common
        depth[n] = depth[common] + 1 if common is not None else 1
    return nearest
