"""Pairing nodes by global alignment of the two reading orders, as Needleman and Wunsch (1970) align proteins.

The score of a pair is the similarity of its nodes; a gap, a node without a partner, costs nothing. Dynamic
programming finds the pairs, in order in both graphs, with the largest sum.

Source: S. B. Needleman, C. D. Wunsch, "A general method applicable to the search for similarities in the
amino acid sequence of two proteins", Journal of Molecular Biology 48, 1970.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from keras_cnns.comparison.alignment.node_labels import canonical_label, original_label
from keras_cnns.comparison.canonical.canonical_graph import (
    MERGES,
    CanonicalGraph,
    CanonicalNode,
    Pairs,
    Step,
    related,
)
from keras_cnns.fingerprints import Interner

# The score of a pair of equal nodes, by kind.
MATCH_SCORES = {"input": 6.0, "convolution": 4.0, "depthwise convolution": 4.0, "dense": 4.0, "pooling": 3.0}
MATCH_SCORES |= dict.fromkeys(MERGES, 5.0) | {"activation": 2.0, "dropout": 1.0}
OTHER_MATCH_SCORE = 2.5
SAME_SHAPE_SCORE = 0.5
# Pairs found by fingerprints outweigh all others; what cannot be a pair never becomes one.
CERTAIN, NEVER = 50.0, -1e6
# These attributes say most about which layer it is; all others weigh OTHER_WEIGHT.
ATTRIBUTE_WEIGHTS = {"filters": 2.0, "kernel": 2.0, "function": 2.0, "statistic": 2.0}
OTHER_WEIGHT = 0.5
# What an unequal kind leaves of the similarity.
RELATED_KIND = 0.15
# Scores are multiples of this, so that sums of many are exact.
STEP = 1 / 64
# The most cells of one table: a few seconds of work.
MOST_CELLS = 20_000_000


def pair_in_order(
    student: CanonicalGraph, reference: CanonicalGraph, pairs: Pairs, order: Sequence[int]
) -> None:
    """Add to `pairs` what is left, so that both reading orders agree and similarity is largest in all.

    `order` is the order in which the student's nodes are read. Graphs too large for one table are aligned
    piece by piece.
    """
    rows, columns = list(order), list(range(len(reference.nodes)))
    while rows and columns and pairs.get(rows[0]) == columns[0]:
        del rows[0], columns[0]
    while rows and columns and pairs.get(rows[-1]) == columns[-1]:
        del rows[-1], columns[-1]
    while rows and columns:
        width = max(1, MOST_CELLS // len(rows))
        piece, columns = columns[:width], columns[width:]
        used = min(len(rows), width) if columns else len(rows)
        for i, j in _best_path(_scores(student, reference, rows[:used], piece, pairs)):
            if rows[i] not in pairs:
                pairs[rows[i]] = piece[j]
        rows = rows[used:]


def _scores(
    student: CanonicalGraph, reference: CanonicalGraph, rows: list[int], columns: list[int], pairs: Pairs
) -> np.ndarray:
    """The score of each pair of nodes, (student's, reference's); each pair of labels is scored once."""
    first, second = [student.nodes[i] for i in rows], [reference.nodes[j] for j in columns]
    intern = Interner()
    row_labels, column_labels = ([intern(_both_labels(node)) for node in nodes] for nodes in (first, second))
    table = np.full((len(intern),) * 2, NEVER, np.float32)
    examples, other_examples = dict(zip(row_labels, first)), dict(zip(column_labels, second))
    for i, one in examples.items():
        for j, other in other_examples.items():
            if related(one.kind, other.kind) or related(one.original[0], other.original[0]):
                table[i, j] = similarity(one, other)
    scores = table[np.ix_(row_labels, column_labels)]
    shapes = [np.array([intern(("size", node.size)) for node in nodes]) for nodes in (first, second)]
    scores += SAME_SHAPE_SCORE * (shapes[0][:, None] == shapes[1][None, :])
    _keep_pairs(scores, rows, columns, pairs)
    return scores


def _both_labels(node: CanonicalNode) -> Hashable:
    return canonical_label(node), original_label(node)


def _keep_pairs(scores: np.ndarray, rows: list[int], columns: list[int], pairs: Pairs) -> None:
    """Give nodes that are paired already no other partner."""
    place = {j: column for column, j in enumerate(columns)}
    taken = set(pairs.values())
    scores[:, [column for j, column in place.items() if j in taken]] = NEVER
    for row, i in enumerate(rows):
        if i in pairs:
            scores[row] = NEVER
            if pairs[i] in place:
                scores[row, place[pairs[i]]] = CERTAIN


def similarity(one: CanonicalNode, other: CanonicalNode) -> float:
    """The score of a pair of related kinds: a third of it for the kind, the rest for the attributes."""
    most = MATCH_SCORES.get(other.kind, OTHER_MATCH_SCORE)
    canonical = _share((one.kind, one.attributes), (other.kind, other.attributes))
    return round(most * max(canonical, _share(one.original, other.original)) / STEP) * STEP


def _share(one: Step, other: Step) -> float:
    """How similar two steps are, from 0 to 1."""
    (kind, attributes), (other_kind, other_attributes) = one, other
    if kind != other_kind:
        return RELATED_KIND
    names = {*attributes, *other_attributes}
    if not names:
        return 1.0
    weights = {name: ATTRIBUTE_WEIGHTS.get(name, OTHER_WEIGHT) for name in names}
    same = sum(weights[name] for name in names if attributes.get(name) == other_attributes.get(name))
    return (1 + 2 * same / sum(weights.values())) / 3


def _best_path(scores: np.ndarray) -> list[tuple[int, int]]:
    """The pairs (row, column), both ascending, with the largest sum.

    The table of best sums is filled one diagonal at a time, whose cells do not depend on each other.
    """
    n, m = scores.shape
    best = np.zeros((n + 1, m + 1), np.float32)
    for diagonal in range(2, n + m + 1):
        low, high = max(1, diagonal - m), min(n, diagonal - 1)
        i = np.arange(low, high + 1)
        j = diagonal - i
        paired = best[i - 1, j - 1] + scores[i - 1, j - 1]
        best[i, j] = np.maximum(paired, np.maximum(best[i - 1, j], best[i, j - 1]))
    path = []
    i, j = n, m
    while i and j:
        if best[i, j] == best[i - 1, j - 1] + scores[i - 1, j - 1]:
            i, j = i - 1, j - 1
            path.append((i, j))
        elif best[i, j] == best[i - 1, j]:
            i -= 1
        else:
            j -= 1
    return path[::-1]
