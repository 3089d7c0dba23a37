"""Pairing nodes in reading order, with the most likeness in all, as two sequences are compared."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np

from keras_cnns.comparison.alignment.fingerprints import Numbers, plain_label, whole_label
from keras_cnns.comparison.canonical.nodes import MERGES, Network, Node, Pairs, related

# What a pair of equal nodes is worth, by kind; a pair found by its past or future outweighs all others.
WORTH = {"input": 6.0, "convolution": 4.0, "depthwise convolution": 4.0, "dense": 4.0, "pooling": 3.0}


WORTH |= dict.fromkeys(MERGES, 5.0) | {"activation": 2.0, "dropout": 1.0}


USUAL, CERTAIN, NEVER = 2.5, 50.0, -1e6


# Scores are multiples of this, so that sums of many are exact.
STEP = 1 / 64


# These say most about which layer it is.
TELLING = {"filters": 2.0, "kernel": 2.0, "function": 2.0, "statistic": 2.0}


# The most cells of the table of the alignment, a few seconds' worth.
LARGEST = 20_000_000


def pair_in_order(yours: Network, reference: Network, pairs: Pairs) -> None:
    """Pair what is left so that both reading orders agree, with the most likeness in all."""
    a, b = list(range(len(yours.nodes))), list(range(len(reference.nodes)))
    while a and b and pairs.get(a[0]) == b[0]:
        del a[0], b[0]
    while a and b and pairs.get(a[-1]) == b[-1]:
        del a[-1], b[-1]
    while a and b:
        width = max(1, LARGEST // len(a))
        part, b = b[:width], b[width:]
        used = len(a) if not b else min(len(a), width)
        for i, j in _best_path(_scores(yours, reference, a[:used], part, pairs)):
            if a[i] not in pairs:
                pairs[a[i]] = part[j]
        a = a[used:]


def _scores(yours: Network, reference: Network, a: list[int], b: list[int], pairs: Pairs) -> np.ndarray:
    """What each pair of nodes would be worth."""
    first, second = [yours.nodes[i] for i in a], [reference.nodes[j] for j in b]
    number = Numbers()
    rows = [number(_both_labels(node)) for node in first]
    columns = [number(_both_labels(node)) for node in second]
    table = np.full((len(number.known),) * 2, NEVER, np.float32)
    left, right = dict(zip(rows, first)), dict(zip(columns, second))
    for i, one in left.items():
        for j, other in right.items():
            if related(one.kind, other.kind) or related(one.plain[0], other.plain[0]):
                table[i, j] = likeness(one, other)
    scores = table[np.ix_(rows, columns)]
    shapes = [[number(("size", node.size)) for node in nodes] for nodes in (first, second)]
    scores += 0.5 * (np.array(shapes[0])[:, None] == np.array(shapes[1])[None, :])
    _keep_pairs(scores, a, b, pairs)
    return scores


def _both_labels(node: Node) -> Hashable:
    return whole_label(node), plain_label(node)


def _keep_pairs(scores: np.ndarray, a: list[int], b: list[int], pairs: Pairs) -> None:
    """What is paired already has no other partner."""
    place = {j: column for column, j in enumerate(b)}
    taken = set(pairs.values())
    scores[:, [column for j, column in place.items() if j in taken]] = NEVER
    for row, i in enumerate(a):
        if i in pairs:
            scores[row] = NEVER
            if pairs[i] in place:
                scores[row, place[pairs[i]]] = CERTAIN


def likeness(one: Node, other: Node) -> float:
    """What a pair of nodes of related kinds is worth: a third of it for the kind, the rest for the facts."""
    worth = WORTH.get(other.kind, USUAL)
    forms = [((one.kind, one.facts), (other.kind, other.facts)), (one.plain, other.plain)]
    return round(worth * max(_alike(*form) for form in forms) / STEP) * STEP


def _alike(one: tuple[str, dict], other: tuple[str, dict]) -> float:
    if one[0] != other[0]:
        return 0.15
    names = {*one[1], *other[1]}
    if not names:
        return 1.0
    weights = {name: TELLING.get(name, 0.5) for name in names}
    same = sum(weights[name] for name in names if one[1].get(name) == other[1].get(name))
    return (1 + 2 * same / sum(weights.values())) / 3


def _best_path(scores: np.ndarray) -> list[tuple[int, int]]:
    """The pairs (row, column), both ascending, with the largest sum; one diagonal of the table at a time."""
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
