"""Pairs of equal chains of layers, moved where that keeps more of the connections.

A sequence alignment sees the order of layers, not what they read. Of two equal chains it may take the one
that starts elsewhere: a projection on a shortcut for the last convolution of the block beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from keras_cnns.comparison.alignment.node_labels import canonical_label, original_label
from keras_cnns.comparison.canonical.canonical_graph import CanonicalGraph, CanonicalNode, Pairs


def relink(student: CanonicalGraph, reference: CanonicalGraph, pairs: Pairs) -> None:
    """Move chains of `pairs` to equal nodes without partners where more edges then have a partner.

    What then has no partner gets the only equal node that reads the partners of what it reads.
    """
    _move_chains(student, reference, pairs)
    back = {j: i for i, j in pairs.items()}
    _move_chains(reference, student, back)
    pairs.clear()
    pairs.update((i, j) for j, i in back.items())
    _pair_left(student, reference, pairs)


def _pair_left(student: CanonicalGraph, reference: CanonicalGraph, pairs: Pairs) -> None:
    """Pair nodes without partners: in a row of equal blocks the gap may be cut out around a projection."""
    taken = {*pairs.values()}
    left: dict[tuple, list[int]] = defaultdict(list)
    for j, node in enumerate(reference.nodes):
        if j not in taken and node.sources:
            left[canonical_label(node), tuple(node.sources)].append(j)
    for i, node in enumerate(student.nodes):
        if i in pairs or not node.sources or any(source not in pairs for source in node.sources):
            continue
        found = left.get((canonical_label(node), tuple(pairs[source] for source in node.sources)), [])
        if len(found) == 1:
            pairs[i] = found.pop()


def _move_chains(one: CanonicalGraph, other: CanonicalGraph, pairs: Pairs) -> None:
    """Move chains of `one` to nodes of `one` that have no partner."""
    free = {i for i in range(len(one.nodes)) if i not in pairs}
    if not free:
        return
    readers = one.readers(), other.readers()
    starts = defaultdict(list)
    for i in sorted(free):
        starts[_partners(one.nodes[i], pairs)].append(i)
    for i, j in sorted(pairs.items(), key=lambda pair: pair[1]):
        wanted = frozenset(other.nodes[j].sources)
        if pairs.get(i) != j or _partners(one.nodes[i], pairs) == wanted:
            continue
        for start in starts[wanted]:
            if start in free and _alike(one.nodes[start], one.nodes[i]):
                moves = _chain(one, readers, start, (i, j), pairs, free)
                if _kept(one, other, readers, moves, pairs, new=True) > _kept(
                    one, other, readers, moves, pairs, new=False
                ):
                    for new, old, partner in moves:
                        del pairs[old]
                        pairs[new] = partner
                        free = free - {new} | {old}
                    break


def _partners(node: CanonicalNode, pairs: Pairs) -> frozenset[int | None]:
    """What stands in the other graph for what a node reads."""
    return frozenset(pairs.get(source) for source in node.sources)


def _alike(mine: CanonicalNode, theirs: CanonicalNode) -> bool:
    return canonical_label(mine) == canonical_label(theirs) or original_label(mine) == original_label(theirs)


def _chain(
    one: CanonicalGraph,
    readers: tuple[list[list[int]], list[list[int]]],
    start: int,
    pair: tuple[int, int],
    pairs: Pairs,
    free: set[int],
) -> list[tuple[int, int, int]]:
    """The moves (new node, old node, partner of both) from a start on, as long as both chains are equal."""
    moves = [(start, *pair)]
    while True:
        new, old, partner = moves[-1]
        following = [i for i in readers[0][old] if pairs.get(i) in readers[1][partner]]
        more = [
            (reader, i, pairs[i])
            for i in following
            for reader in readers[0][new]
            if reader in free and reader != i and _alike(one.nodes[reader], one.nodes[i])
        ]
        if len(more) != 1 or any(more[0][0] == move[0] for move in moves):
            return moves
        moves += more


def _kept(
    one: CanonicalGraph,
    other: CanonicalGraph,
    readers: tuple[list[list[int]], list[list[int]]],
    moves: list[tuple[int, int, int]],
    pairs: Pairs,
    new: bool,
) -> int:
    """How many edges at the partners of a chain have a partner, with the new nodes or the old."""
    chosen: Mapping[int, int | None]
    if new:
        chosen = {**pairs, **{move[1]: None for move in moves}, **{move[0]: move[2] for move in moves}}
    else:
        chosen = pairs
    kept = 0
    for move in moves:
        i, partner = move[0] if new else move[1], move[2]
        kept += sum(chosen.get(source) in other.nodes[partner].sources for source in one.nodes[i].sources)
        kept += sum(_reached(reader, readers[0], chosen) in readers[1][partner] for reader in readers[0][i])
    return kept


def _reached(reader: int, readers: list[list[int]], chosen: Mapping[int, int | None]) -> int | None:
    """What stands for a reader, or for the first after it that has a partner: layers may be extra between."""
    while chosen.get(reader) is None and len(readers[reader]) == 1:
        (reader,) = readers[reader]
    return chosen.get(reader)
