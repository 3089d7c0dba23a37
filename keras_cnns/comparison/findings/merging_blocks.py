"""Blocks whose layers are the reference's, moved around by one step: one finding for all that it changes."""

from __future__ import annotations

from collections import Counter

from keras_cnns.comparison.alignment.pairing import Pairing
from keras_cnns.comparison.alignment.preactivation import (
    ACTIVATION,
    NORMALIZATION,
    Block,
    preactivated_blocks,
)
from keras_cnns.comparison.canonical.canonical_graph import CanonicalGraph
from keras_cnns.comparison.findings.finding import Finding

EARLIER, LATER = (
    ("normalization", "activation", "convolution"),
    ("convolution", "normalization", "activation"),
)


def merge_preactivated(pairing: Pairing, found: list[Finding]) -> list[Finding]:
    """Make one finding of all blocks that are activated before their convolutions instead of after them.

    And one of all that are activated after them, where the reference's are before.
    """
    for is_earlier in (True, False):
        blocks = _blocks(pairing, is_earlier)
        if blocks:
            found = _merged(pairing, found, blocks, is_earlier)
    return found


def _blocks(pairing: Pairing, is_earlier: bool) -> list[Block]:
    """The blocks of which the student's graph, or else the reference's, is activated before."""
    graphs, pairs = (pairing.student, pairing.reference), pairing.pairs
    if not is_earlier:
        graphs, pairs = graphs[::-1], pairing.back
    return [
        block
        for block in preactivated_blocks(*graphs, pairs)
        if all(pairs.get(i) == j for i, j in (*zip(block.before, block.after), *block.inside))
    ]


def _merged(pairing: Pairing, found: list[Finding], blocks: list[Block], is_earlier: bool) -> list[Finding]:
    graphs = (pairing.student, pairing.reference)[:: 1 if is_earlier else -1]
    last = _after_last(graphs[0], blocks)
    first = {i for block in blocks for i in block.before} | {*last}
    second = {j for block in blocks for j in (*block.after, block.not_normalized) if j is not None}
    mine, theirs = (first, second) if is_earlier else (second, first)
    cause = _finding(blocks, mine, theirs, is_earlier)
    cause.more = [
        ("projections", (sum(block.not_normalized is not None for block in blocks), None)),
        ("after the last sum", (bool(last), None)),
    ]
    biased = {i for block in blocks for i in _before_the_sum(pairing, block)} if is_earlier else set()
    kept = [cause]
    for one in found:
        if one.attribute == "bias" and one.values == (True, False) and one.student[0] in biased:
            cause.charged.append(one.student[0])
        elif not _follows(pairing, one, mine, theirs):
            kept.append(one)
    return kept


def _finding(blocks: list[Block], mine: set[int], theirs: set[int], is_earlier: bool) -> Finding:
    def turned(pair: tuple[int, int]) -> tuple[int, int]:
        return pair if is_earlier else (pair[1], pair[0])

    sums = [turned(block.total) for block in blocks]
    return Finding(
        "rewired",
        [sums[0][0], *sorted(mine)],
        [sums[0][1], *sorted(theirs)],
        min(turned(pair)[1] for pair in blocks[0].inside) - 0.5,
        "order in blocks",
        (EARLIER, LATER) if is_earlier else (LATER, EARLIER),
        [*sums],
    )


def _before_the_sum(pairing: Pairing, block: Block) -> list[int]:
    """The convolutions of a block that the sum reads; the reference normalizes them first."""
    sources = pairing.student.nodes[block.total[0]].sources
    return [i for i, _ in block.inside if i in sources]


def _after_last(graph: CanonicalGraph, blocks: list[Block]) -> list[int]:
    """The normalization and the activation after the last sum, which belong to the design."""
    readers = graph.readers()
    first = {i for block in blocks for i in block.before[:1]}
    following = readers[blocks[-1].total[0]]
    if len(following) != 1 or following[0] in first or graph.nodes[following[0]].kind != NORMALIZATION:
        return []
    after = readers[following[0]]
    is_activation = len(after) == 1 and graph.nodes[after[0]].kind == ACTIVATION
    return [following[0], after[0]] if is_activation else []


def _follows(pairing: Pairing, one: Finding, mine: set[int], theirs: set[int]) -> bool:
    """Whether a finding says no more than that these layers stand elsewhere."""
    if one.kind in ("missing", "extra") or one.attribute == "place":
        return {*one.student} <= mine and {*one.reference} <= theirs
    if one.kind != "rewired" or one.attribute not in ("inputs", "order of inputs", "outputs"):
        return False
    if one.attribute != "outputs" and one.student[0] in mine and one.reference[0] in theirs:
        return True
    sources, wanted = one.values
    partners = [pairing.pairs.get(_skipped(pairing.student, source, mine)) for source in sources]
    wanted = [_skipped(pairing.reference, source, theirs) for source in wanted]
    is_ordered = one.attribute == "outputs" or pairing.reference.nodes[one.reference[0]].has_order
    return partners == wanted if is_ordered else Counter(partners) == Counter(wanted)


def _skipped(graph: CanonicalGraph, i: int, moved: set[int]) -> int:
    while i in moved:
        (i,) = graph.nodes[i].sources
    return i
