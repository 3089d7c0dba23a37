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

ORDERS = (("normalization", "activation", "convolution"), ("convolution", "normalization", "activation"))


def merge_preactivated(pairing: Pairing, found: list[Finding]) -> list[Finding]:
    """Make one finding of all blocks that are activated before their convolutions instead of after them."""
    blocks = [
        block
        for block in preactivated_blocks(pairing.student, pairing.reference, pairing.pairs)
        if all(pairing.pairs.get(i) == j for i, j in (*zip(block.before, block.after), *block.inside))
    ]
    if not blocks:
        return found
    last = _after_last(pairing.student, blocks)
    mine = {i for block in blocks for i in block.before} | {*last}
    theirs = {j for block in blocks for j in (*block.after, block.not_normalized) if j is not None}
    cause = _finding(blocks, mine, theirs)
    biased = {i for block in blocks for i in _before_the_sum(pairing, block)}
    kept = [cause]
    for one in found:
        if one.attribute == "bias" and one.values == (True, False) and one.student[0] in biased:
            cause.charged.append(one.student[0])
        elif not _follows(pairing, one, mine, theirs):
            kept.append(one)
    return kept


def _finding(blocks: list[Block], mine: set[int], theirs: set[int]) -> Finding:
    sums = [block.total for block in blocks]
    position = min(there for _, there in blocks[0].inside) - 0.5
    return Finding(
        "rewired",
        [sums[0][0], *sorted(mine)],
        [sums[0][1], *sorted(theirs)],
        position,
        "order in blocks",
        ORDERS,
        [*sums],
    )


def _before_the_sum(pairing: Pairing, block: Block) -> list[int]:
    """The convolutions of a block that the sum reads; the reference normalizes them first."""
    sources = pairing.student.nodes[block.total[0]].sources
    return [i for i, _ in block.inside if i in sources]


def _after_last(student: CanonicalGraph, blocks: list[Block]) -> list[int]:
    """The normalization and the activation after the last sum, which belong to the design."""
    readers = student.readers()
    first = {block.before[0] for block in blocks}
    following = readers[blocks[-1].total[0]]
    if len(following) != 1 or following[0] in first or student.nodes[following[0]].kind != NORMALIZATION:
        return []
    after = readers[following[0]]
    is_activation = len(after) == 1 and student.nodes[after[0]].kind == ACTIVATION
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
