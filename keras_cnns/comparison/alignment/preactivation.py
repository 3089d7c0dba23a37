"""Residual blocks whose normalizations and activations stand before the convolutions instead of after them.

The block of one graph, the later one, is convolution, normalization, activation, and so on, the sum, its
activation; that of the other, the earlier one, is normalization, activation, convolution, and so on, the sum.
Both have the same layers, and the convolutions are paired in their order: the block is moved around by one
step. Either graph may be the student's.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from keras_cnns.comparison.alignment.gates import Gate, gates_of
from keras_cnns.comparison.canonical.canonical_graph import CanonicalGraph, Pairs

NORMALIZATION, ACTIVATION, CONVOLUTION = "batch normalization", "activation", "convolution"
# The one that activates before its convolutions, and the one that does so after them.
Graphs = tuple[CanonicalGraph, CanonicalGraph]
Readers = tuple[list[list[int]], list[list[int]]]


@dataclass(frozen=True, slots=True)
class Block:
    """One block in both graphs; of each pair of nodes the first is of the graph that activates before.

    Attributes:
        total: the sum that ends it.
        before: the normalization and activation that begin it; none if it reads what is activated already.
        after: in the other graph, the last normalization, and the activation after the sum.
        inside: the nodes of its branch and its shortcut, in pairs that stand for the same, but `before` and
            `after`.
        not_normalized: the other graph's normalization of the projection, if this one has none.
    """

    total: tuple[int, int]
    before: tuple[int, ...]
    after: tuple[int, int]
    inside: tuple[tuple[int, int], ...]
    not_normalized: int | None


def preactivated_blocks(earlier: CanonicalGraph, later: CanonicalGraph, pairs: Pairs) -> list[Block]:
    """Return the blocks that begin, in the first graph, with what ends them in the second.

    `pairs` are the nodes of the first graph and those of the second that stand for the same.
    """
    if not all(any(node.kind == NORMALIZATION for node in graph.nodes) for graph in (earlier, later)):
        return []
    gates = (
        {gate.product: gate for gate in gates_of(earlier)},
        {gate.product: gate for gate in gates_of(later)},
    )
    readers = _without_means(earlier, gates[0]), _without_means(later, gates[1])
    back = {j: i for i, j in pairs.items()}
    sums = [(i, j) for i, j in sorted(pairs.items()) if earlier.nodes[i].kind == "add"]
    sums = [(i, j) for i, j in sums if later.nodes[j].kind == "add"]
    found = [_block((earlier, later), readers, gates, total, (pairs, back)) for total in sums]
    return [block for block in found if block]


def _without_means(graph: CanonicalGraph, gates: dict[int, Gate]) -> list[list[int]]:
    """For each node what reads it, but for the means of gates: a gate at the end of a branch is passed by."""
    readers = [*graph.readers()] if gates else graph.readers()
    for gate in gates.values():
        readers[gate.gated] = [i for i in readers[gate.gated] if i != gate.inside[0]]
    return readers


def pair_within(student: CanonicalGraph, reference: CanonicalGraph, pairs: Pairs) -> None:
    """Pair the layers of each such block with those of the same block, whatever they were paired with."""
    _pair_blocks(preactivated_blocks(student, reference, pairs), pairs)
    back = {j: i for i, j in pairs.items()}
    if _pair_blocks(preactivated_blocks(reference, student, back), back):
        pairs.clear()
        pairs.update((i, j) for j, i in back.items())


def _pair_blocks(blocks: list[Block], pairs: Pairs) -> bool:
    wanted: Pairs = {}
    for block in blocks:
        wanted.update([*zip(block.before, block.after), *block.inside])
    taken = {*wanted.values()} | {j for block in blocks for j in block.after}
    for i in [i for i, j in pairs.items() if i in wanted or j in taken]:
        del pairs[i]
    pairs.update(wanted)
    return bool(wanted)


def bare(graph: CanonicalGraph, i: int) -> int:
    """Return the node before all normalizations and activations that end in a node."""
    while graph.nodes[i].kind in (NORMALIZATION, ACTIVATION):
        (i,) = graph.nodes[i].sources
    return i


def _block(
    graphs: Graphs,
    readers: Readers,
    gates: tuple[dict[int, Gate], dict[int, Gate]],
    total: tuple[int, int],
    pairs: tuple[Pairs, Pairs],
) -> Block | None:
    """The block that a sum ends, if its branch and its shortcut are the same but for the order."""
    earlier, later = graphs
    following = readers[1][total[1]]
    is_activated = any(earlier.nodes[i].kind == ACTIVATION for i in readers[0][total[0]])
    if is_activated or [later.nodes[j].kind for j in following] != [ACTIVATION]:
        return None
    mine, theirs = earlier.nodes[total[0]].sources, later.nodes[total[1]].sources
    if len(mine) != 2 or len(theirs) != 2:
        return None
    for first, second in product((mine, mine[::-1]), (theirs, theirs[::-1])):
        ends = [own[end].gated if end in own else end for own, end in zip(gates, (first[0], second[0]))]
        found = _steps(earlier, readers[0], ends[0])
        others = _steps_after(later, readers[1], ends[1])
        for steps in (found, _steps_after_stem(earlier, readers[0], found)):
            if steps and len(steps) == len(others):
                inside = _inside(graphs, steps, others, (first[1], second[1]), *pairs)
                if inside:
                    before = () if steps[0][0] == steps[0][1] else steps[0][:2]
                    return Block(total, before, (others[-1][1], following[0]), *inside)
    return None


def _inside(
    graphs: Graphs,
    steps: list[tuple[int, int, int]],
    others: list[tuple[int, ...]],
    ends: tuple[int, int],
    pairs: Pairs,
    back: Pairs,
) -> tuple[tuple[tuple[int, int], ...], int | None] | None:
    """The nodes of two equal blocks in pairs, and the normalization that only one projection has."""
    earlier, later = graphs
    begin, activation, _ = steps[0]
    start = begin if begin == activation else earlier.nodes[begin].sources[0]
    starts = start, later.nodes[others[0][0]].sources[0]
    found = _shortcuts(graphs, ends, activation, starts)
    if found is None or pairs.get(bare(earlier, starts[0])) != bare(later, starts[1]):
        return None
    shortcut, not_normalized = found
    convolutions = [(step[2], other[0]) for step, other in zip(steps, others)] + shortcut[:1]
    if not all(_may_pair(i, j, pairs, back) for i, j in convolutions):
        return None
    inner = [pair for step, other in zip(steps[1:], others) for pair in zip(step, other[1:])]
    return (*inner, *convolutions, *shortcut), not_normalized


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


def _steps_after_stem(
    graph: CanonicalGraph, readers: list[list[int]], steps: list[tuple[int, int, int]]
) -> list[tuple[int, int, int]]:
    """The steps with a convolution before them that reads what the stem has activated already."""
    if not steps:
        return []
    (first,) = graph.nodes[steps[0][0]].sources
    if graph.nodes[first].kind != CONVOLUTION or len(readers[first]) != 1:
        return []
    (start,) = graph.nodes[first].sources
    at = start
    for kind in ("pooling", ACTIVATION, NORMALIZATION):
        if graph.nodes[at].kind == kind:
            (at,) = graph.nodes[at].sources
        elif kind == ACTIVATION:
            return []
    return [(start, start, first), *steps] if graph.nodes[at].kind == CONVOLUTION else []


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
    """What the shortcuts have, in pairs, the projection first; and the normalization that only the later has.

    None if the two shortcuts are not the same but for that.
    """
    earlier, later = graphs
    if ends == starts:
        return [], None
    first, second = ([end] for end in ends)
    for graph, nodes in zip(graphs, (first, second)):
        if graph.nodes[nodes[0]].kind == NORMALIZATION:
            nodes.insert(0, graph.nodes[nodes[0]].sources[0])
    if any(graph.nodes[nodes[0]].kind != CONVOLUTION for graph, nodes in zip(graphs, (first, second))):
        return None
    if earlier.nodes[first[0]].sources[0] not in (starts[0], activation) or len(first) > len(second):
        return None
    if later.nodes[second[0]].sources[0] != starts[1]:
        return None
    return [*zip(first, second)], second[1] if len(second) > len(first) else None
