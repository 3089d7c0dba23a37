"""Residual blocks whose normalizations and activations stand before the convolutions instead of after them.

The reference's block is convolution, normalization, activation, and so on, the sum, its activation; the
student's is normalization, activation, convolution, and so on, the sum. Both have the same layers, and the
convolutions are paired in their order: the block is moved around by one step.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from keras_cnns.comparison.canonical.canonical_graph import CanonicalGraph, Pairs

NORMALIZATION, ACTIVATION, CONVOLUTION = "batch normalization", "activation", "convolution"
# The student's and the reference's.
Graphs = tuple[CanonicalGraph, CanonicalGraph]
Readers = tuple[list[list[int]], list[list[int]]]


@dataclass(frozen=True, slots=True)
class Block:
    """One block in both graphs.

    Attributes:
        total: the sum that ends it, of the student's graph and of the reference.
        before: the student's normalization and activation that begin it.
        after: the reference's last normalization, and its activation after the sum.
        inside: the nodes of its branch and its shortcut, in pairs that stand for the same, but `before` and
            `after`.
        not_normalized: the reference's normalization of the projection, if the student has none.
    """

    total: tuple[int, int]
    before: tuple[int, int]
    after: tuple[int, int]
    inside: tuple[tuple[int, int], ...]
    not_normalized: int | None


def preactivated_blocks(student: CanonicalGraph, reference: CanonicalGraph, pairs: Pairs) -> list[Block]:
    """Return the blocks that begin, in the student's graph, with what ends them in the reference."""
    readers = student.readers(), reference.readers()
    back = {j: i for i, j in pairs.items()}
    sums = [(i, j) for i, j in sorted(pairs.items()) if student.nodes[i].kind == "add"]
    sums = [(i, j) for i, j in sums if reference.nodes[j].kind == "add"]
    found = [_block((student, reference), readers, total, pairs, back) for total in sums]
    return [block for block in found if block]


def pair_within(blocks: list[Block], pairs: Pairs) -> None:
    """Pair the layers of each block with those of the same block, whatever they were paired with."""
    wanted: Pairs = {}
    for block in blocks:
        wanted.update([*zip(block.before, block.after), *block.inside])
    taken = {*wanted.values()}
    for i in [i for i, j in pairs.items() if i in wanted or j in taken]:
        del pairs[i]
    pairs.update(wanted)


def bare(graph: CanonicalGraph, i: int) -> int:
    """Return the node before all normalizations and activations that end in a node."""
    while graph.nodes[i].kind in (NORMALIZATION, ACTIVATION):
        (i,) = graph.nodes[i].sources
    return i


def _block(
    graphs: Graphs, readers: Readers, total: tuple[int, int], pairs: Pairs, back: Pairs
) -> Block | None:
    """The block that a sum ends, if its branch and its shortcut are the same but for the order."""
    student, reference = graphs
    following = readers[1][total[1]]
    is_activated = any(student.nodes[i].kind == ACTIVATION for i in readers[0][total[0]])
    if is_activated or [reference.nodes[j].kind for j in following] != [ACTIVATION]:
        return None
    mine, theirs = student.nodes[total[0]].sources, reference.nodes[total[1]].sources
    if len(mine) != 2 or len(theirs) != 2:
        return None
    for first, second in product((mine, mine[::-1]), (theirs, theirs[::-1])):
        steps = _steps(student, readers[0], first[0])
        others = _steps_after(reference, readers[1], second[0])
        if not steps or len(steps) != len(others):
            continue
        starts = student.nodes[steps[0][0]].sources[0], reference.nodes[others[0][0]].sources[0]
        ends = _shortcuts(graphs, (first[1], second[1]), steps[0][1], starts)
        if ends is None or pairs.get(bare(student, starts[0])) != bare(reference, starts[1]):
            continue
        shortcut, not_normalized = ends
        convolutions = [(step[2], other[0]) for step, other in zip(steps, others)] + shortcut[:1]
        if all(_may_pair(i, j, pairs, back) for i, j in convolutions):
            inner = [pair for step, other in zip(steps[1:], others) for pair in zip(step, other[1:])]
            after = (others[-1][1], following[0])
            return Block(total, steps[0][:2], after, (*inner, *convolutions, *shortcut), not_normalized)
    return None


def _may_pair(i: int, j: int, pairs: Pairs, back: Pairs) -> bool:
    return pairs.get(i) == j or (i not in pairs and j not in back)


def _steps(graph: CanonicalGraph, readers: list[list[int]], last: int) -> list[tuple[int, int, int]]:
    """The steps normalization, activation, convolution that end at a node, the first one first.

    The first activation may have other readers: a projection may read what is normalized and activated.
    """
    steps: list[tuple[int, int, int]] = []
    while graph.nodes[last].kind == CONVOLUTION and len(readers[last]) == 1:
        (activation,) = graph.nodes[last].sources
        if graph.nodes[activation].kind != ACTIVATION:
            break
        (normalization,) = graph.nodes[activation].sources
        if graph.nodes[normalization].kind != NORMALIZATION or len(readers[normalization]) != 1:
            break
        steps.insert(0, (normalization, activation, last))
        if len(readers[activation]) > 1:
            break
        (last,) = graph.nodes[normalization].sources
    return steps


def _steps_after(graph: CanonicalGraph, readers: list[list[int]], last: int) -> list[tuple[int, ...]]:
    """The steps convolution, normalization, activation that end at a node; the last has no activation."""
    steps: list[tuple[int, ...]] = []
    step: tuple[int, ...] = ()
    while len(readers[last]) == 1:
        kinds = (CONVOLUTION, NORMALIZATION, ACTIVATION)[: 3 if steps else 2]
        if graph.nodes[last].kind != kinds[len(kinds) - 1 - len(step)]:
            break
        step = (last, *step)
        if len(step) == len(kinds):
            steps.insert(0, step)
            step = ()
        (last,) = graph.nodes[last].sources
    return steps if not step else []


def _shortcuts(
    graphs: Graphs, ends: tuple[int, int], activation: int, starts: tuple[int, int]
) -> tuple[list[tuple[int, int]], int | None] | None:
    """What the shortcuts have, in pairs, the projection first; and the normalization that the student lacks.

    None if the two shortcuts are not the same but for that.
    """
    student, reference = graphs
    if ends == starts:
        return [], None
    mine, theirs = ([end] for end in ends)
    for graph, nodes in zip(graphs, (mine, theirs)):
        if graph.nodes[nodes[0]].kind == NORMALIZATION:
            nodes.insert(0, graph.nodes[nodes[0]].sources[0])
    if any(graph.nodes[nodes[0]].kind != CONVOLUTION for graph, nodes in zip(graphs, (mine, theirs))):
        return None
    if student.nodes[mine[0]].sources[0] not in (starts[0], activation) or len(mine) > len(theirs):
        return None
    if reference.nodes[theirs[0]].sources[0] != starts[1]:
        return None
    return [*zip(mine, theirs)], theirs[1] if len(theirs) > len(mine) else None
