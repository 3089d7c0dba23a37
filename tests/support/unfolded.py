"""A folded diagram unfolded again: the layers each box stands for, and what the picture says they read."""

from itertools import count

from keras_cnns.diagram.fold.parts import (
    BEFORE,
    Box,
    Folded,
    Fork,
    Mesh,
    ParallelCopies,
    Part,
    Repeat,
    Tapped,
)
from support.layer_counts import letters

OUTSIDE = "what leaves the lane"


def check(folded: Folded) -> None:
    """Assert that the picture's arrows, with repeats and modules written out, are the model's edges."""
    check_every_vertex(folded)
    for said, true in edges(folded):
        assert said == true
    for box in all_boxes(folded):
        if not box.module:
            check_instances(folded, box)


def check_every_vertex(folded: Folded) -> None:
    """Assert that the picture, with repeats and modules written out, has each vertex in exactly one box."""
    unfolding = _Unfolding()
    for series in (folded.lane, *(side.body for side in folded.side_outputs)):
        unfolding.series(series, set())
    for module in folded.modules:
        for _ in range(module.times if module.kind == "model" else 0):
            unfolding.series(module.body, set())
    drawn = sorted(v for vertices in unfolding.vertices.values() for v in vertices)
    assert drawn == list(range(len(folded.vertices)))


def check_instances(folded: Folded, box: Box) -> None:
    """Assert that the layers of a box are of one kind, and that its badges are theirs."""
    there = [instance for instance in box.instances if instance.vertices]
    kinds = {type(folded.vertices[instance.anchor].operation).__name__ for instance in there}
    assert len(kinds) == 1 or box.kind == "conv", kinds
    for place, instance in enumerate(box.instances):
        members = [letters(folded.vertices[v].operation) for v in instance.vertices]
        drawn = [badge.letters for badge in (*instance.before, *instance.badges)]
        there = [letter for member in members for letter in member]
        # A normalization that is a box of its own needs no badge for itself.
        assert drawn in (there, there[1:] if box.kind == "other" else there), (box.label, drawn, there)
        if 0 < place < len(box.instances) - 1:
            assert (instance.before, instance.badges) == (box.typical.before, box.typical.badges)


def all_boxes(folded: Folded):
    for series in (folded.lane, *(s.body for s in folded.side_outputs), *(m.body for m in folded.modules)):
        yield from _boxes(series)


def edges(folded: Folded) -> list[tuple[set, set]]:
    """For each layer that has a box of its own: the boxes it reads, as drawn and in truth."""
    unfolding = _Unfolding()
    chains = [folded.lane, *(side.body for side in folded.side_outputs)]
    chain_of = {}
    for number, chain in enumerate(chains):
        unfolding.series(chain, {OUTSIDE} if number else set())
        for node in unfolding.reads:
            chain_of.setdefault(node, number)
    home = {v: node for node, vertices in unfolding.vertices.items() for v in vertices}
    pairs = []
    for node, said in unfolding.reads.items():
        true = set()
        for v in unfolding.vertices[node]:
            for source in folded.vertices[v].sources:
                inside = chain_of[home[source]] == chain_of[node]
                true.add(home[source] if inside else OUTSIDE)
        starts = not true - {node}  # an input, perhaps with what is left out of the picture after it
        pairs.append((said - {OUTSIDE} if starts else said, true - {node}))
    return pairs


class _Unfolding:
    """Nodes are numbers; `vertices` are the layers that each covers, `reads` the nodes it reads.

    What comes to a module or model with two ways in is a pair of sets.
    """

    def __init__(self):
        self.numbers = count()
        self.vertices: dict[int, tuple[int, ...]] = {}
        self.reads: dict[int, set] = {}
        self.used: dict[tuple, int] = {}
        self.tapped: dict[int, set] = {}
        self.late: set = set()

    def series(self, parts: list[Part], coming, scope: tuple = ()) -> set:
        for part in parts:
            coming = self.part(part, coming, scope)
        return coming

    def without_shortcut(self, parts: list[Part], coming: set, scope: tuple) -> set:
        """A module of which it is said that it has no shortcut: what is beside the shortcut, and no join."""
        fork, join = parts
        (branch,) = [branch for branch in fork.branches if branch]
        assert not any(v in scope[1] for instance in join.instances for v in instance.vertices)
        return self.series(branch, coming, scope)

    def part(self, part: Part, coming, scope: tuple):
        if isinstance(part, Box):
            return self.box(part, coming, scope)
        if isinstance(part, Repeat) and part.two_before:
            one, other = coming
            for _ in range(part.count):
                one, other = self.series(part.body, (one, other), scope), one
            self.late = other
            return one
        if isinstance(part, Repeat):
            for _ in range(part.count):
                coming = self.series(part.body, coming, scope)
            return coming
        if isinstance(part, ParallelCopies):
            return set().union(*(self.series(part.body, coming, scope) for _ in range(part.count)))
        if isinstance(part, Fork):
            ends = [self.series(branch, coming, scope) for branch in part.branches]
            if not part.ways:
                return set().union(*ends)
            assert sorted({*part.ways}) == [0, 1] and len(part.ways) == len(ends)
            return tuple(set().union(*(e for e, w in zip(ends, part.ways) if w == way)) for way in (0, 1))
        if isinstance(part, Tapped):
            outer, self.tapped = self.tapped, {}
            end = self.series(part.body, coming, scope)
            read, self.tapped = self.tapped, outer
            if part.joins:
                ends = [self.series(join, read[number], scope) for number, join in enumerate(part.joins, 1)]
                return set().union(*ends)
            return read[0] | (end if part.leads_on else set())
        return self.mesh(part, coming, scope)

    def mesh(self, mesh: Mesh, coming, scope: tuple) -> set:
        coming, second = coming if isinstance(coming, tuple) else (coming, set())
        assert not mesh.second_entries or second, "something comes by the second way"
        ends: list[set] = []
        late: dict[int, set] = {}
        for i, cell in enumerate(mesh.cells):
            before = [ends[j] for j, k in mesh.edges if k == i] + [coming] * (i in mesh.entries)
            before += [second] * (i in mesh.second_entries)
            before += [late[j] for j, k in mesh.late_edges if k == i]
            by_second = [coming if j == BEFORE else ends[j] for j, k in mesh.second_edges if k == i]
            read = set().union(*before)
            by_second += [late[j] for j, k in mesh.late_second_edges if k == i]
            ends.append(self.series(cell, (read, set().union(*by_second)) if by_second else read, scope))
            late[i] = self.late
        for i, join in mesh.taps.items():
            self.tapped[join] = self.tapped.get(join, set()) | ends[i]
        return set().union(*(ends[i] for i in mesh.exits), *(late[i] for i in mesh.late_exits))

    def box(self, box: Box, coming, scope: tuple) -> set:
        """The next instance of those that belong to the module at hand; without `scope` of all."""
        mine = [
            one
            for one in box.instances
            if not scope or {*one.vertices[:1]} & scope[1] or "not there" in one.notes
        ]
        key = (id(box), scope[0] if scope else None)
        instance = mine[self.used.get(key, 0)]
        self.used[key] = self.used.get(key, 0) + 1
        if box.kind == "module":
            assert box.module.ways == 1 + isinstance(coming, tuple)
            unfold = self.without_shortcut if "no shortcut" in instance.notes else self.series
            return unfold(box.module.body, coming, (next(self.numbers), frozenset(instance.vertices)))
        assert box.ways == 1 + isinstance(coming, tuple) and (box.ways == 1 or box.kind == "model")
        if "not there" in instance.notes:
            return coming
        node = next(self.numbers)
        self.vertices[node] = instance.vertices
        self.reads[node] = set().union(*coming) if isinstance(coming, tuple) else coming
        return {node}


def _boxes(series: list[Part]):
    for part in series:
        if isinstance(part, Box):
            yield part
        else:
            inner = {Fork: "branches", Mesh: "cells"}.get(type(part))
            for group in getattr(part, inner) if inner else [part.body, *getattr(part, "joins", [])]:
                yield from _boxes(group)
