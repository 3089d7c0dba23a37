"""Which node of one graph is which node of the other, so that one missing layer shifts nothing.

First come nodes with equal fingerprints: all that is computed before them is the same, or all that comes
after. What is left is paired by sequence alignment of the two reading orders, then moved where that keeps
more connections.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence

from keras_cnns.comparison.alignment.node_labels import (
    Label,
    canonical_label,
    downstream,
    kind_label,
    numbered,
    original_label,
    rough_label,
    upstream,
)
from keras_cnns.comparison.alignment.preactivation import pair_within
from keras_cnns.comparison.alignment.relink import relink
from keras_cnns.comparison.alignment.sequence_alignment import pair_in_order
from keras_cnns.comparison.alignment.towers import reading_order
from keras_cnns.comparison.canonical.canonical_graph import CanonicalGraph, CanonicalNode, Pairs
from keras_cnns.fingerprints import Interner


def align(student: CanonicalGraph, reference: CanonicalGraph) -> Pairs:
    """Return the pairs: a node of `student` → the node of `reference` that stands for the same."""
    pairs: Pairs = {}
    for label in (canonical_label, original_label):
        if not _is_complete(student, reference, pairs):
            _pair_equal(student, reference, label, pairs)
    if len(pairs) < max(len(student.nodes), len(reference.nodes)):
        for label in (rough_label, kind_label):
            if _same_build(student, reference, label):
                _pair_equal(student, reference, label, pairs)
                break
    if not _is_complete(student, reference, pairs):
        pair_in_order(student, reference, pairs, reading_order(student, reference))
        relink(student, reference, pairs)
    pair_within(student, reference, pairs)
    return pairs


def _is_complete(student: CanonicalGraph, reference: CanonicalGraph, pairs: Pairs) -> bool:
    """Whether one graph has no node left to pair."""
    return len(pairs) >= min(len(student.nodes), len(reference.nodes))


def _pair_equal(student: CanonicalGraph, reference: CanonicalGraph, label: Label, pairs: Pairs) -> None:
    """Pair nodes that are equal upstream and downstream, then those equal upstream, or downstream.

    A pair that is equal on one side only is taken if both sides agree: neither side gives one of the two
    nodes a different partner. They disagree in runs of equal blocks, one of which is missing: counted from
    the front, another block is missing than counted from the back. `_choose_alignment` decides there.
    """
    intern = Interner()
    both = [(graph, numbered(graph, label, intern)) for graph in (student, reference)]
    before = [upstream(graph, labels, intern) for graph, labels in both]
    after = [downstream(graph, labels, intern) for graph, labels in both]
    _pair_on_both_sides(before, after, pairs)
    if _is_complete(student, reference, pairs):
        return
    before_unordered = [upstream(graph, labels, intern, ordered=False) for graph, labels in both]
    after_unordered = [downstream(graph, labels, intern, ordered=False) for graph, labels in both]
    _pair_on_both_sides(before, after_unordered, pairs)
    _pair_on_both_sides(before_unordered, after_unordered, pairs)
    by_upstream = _pair_keys(before[0], before[1], pairs)
    by_downstream = _pair_unique(after_unordered[0], after_unordered[1], pairs)
    by_place = _pair_keys(after[0], after[1], {**pairs, **by_downstream})
    known = {**pairs, **by_downstream}
    taken = {*known.values()}
    by_downstream |= {
        i: j for i, j in by_place.items() if _may_be(student.nodes[i], reference.nodes[j], known, taken)
    }
    back_upstream, back_downstream = ({j: i for i, j in by.items()} for by in (by_upstream, by_downstream))
    for i, j in [*by_upstream.items(), *by_downstream.items()]:
        theirs = {by_upstream.get(i, j), by_downstream.get(i, j)}
        mine = {back_upstream.get(j, i), back_downstream.get(j, i)}
        if (theirs, mine) == ({j}, {i}):
            pairs[i] = j
    _choose_alignment(student, reference, (back_upstream, back_downstream), pairs)


def _pair_on_both_sides(starts: list[list[int]], ends: list[list[int]], pairs: Pairs) -> None:
    """Pair nodes with equal fingerprints upstream and downstream, those of the student first in each list."""
    first, second = (list(zip(*each)) for each in zip(starts, ends))
    pairs.update(_pair_keys(first, second, pairs))


def _pair_keys(first: Sequence[Hashable], second: Sequence[Hashable], pairs: Pairs) -> Pairs:
    """Pair places that have equal keys and are not paired yet, the first with the first."""
    taken = set(pairs.values())
    free = defaultdict(list)
    for j, key in enumerate(second):
        if j not in taken:
            free[key].append(j)
    upcoming = {key: iter(places) for key, places in free.items()}
    found: Pairs = {}
    for i, key in enumerate(first):
        if i not in pairs and key in upcoming and (match := next(upcoming[key], None)) is not None:
            found[i] = match
    return found


def _pair_unique(first: Sequence[Hashable], second: Sequence[Hashable], pairs: Pairs) -> Pairs:
    """Pair places whose key is there once on each side, as far as they are not paired yet."""
    counts = Counter(first), Counter(second)
    taken = set(pairs.values())
    place = {key: j for j, key in enumerate(second) if counts[1][key] == 1 and j not in taken}
    return {
        i: place[key]
        for i, key in enumerate(first)
        if counts[0][key] == 1 and key in place and i not in pairs
    }


def _may_be(mine: CanonicalNode, theirs: CanonicalNode, known: Pairs, taken: set[int]) -> bool:
    """Whether two nodes read nothing that is known to stand for something else, as towers elsewhere do."""
    if len(mine.sources) != 1 or len(theirs.sources) != 1:
        return True
    (source,), (other,) = mine.sources, theirs.sources
    return known[source] == other if source in known else other not in taken


def _choose_alignment(
    student: CanonicalGraph, reference: CanonicalGraph, candidates: tuple[Pairs, Pairs], pairs: Pairs
) -> None:
    """Choose between two candidate alignments, for one connected part of the reference after the other.

    Each candidate maps a node of the reference to the student's. The one with the most pairs wins; then the
    one that leaves connected nodes unpaired, as a missing block is; then the one that keeps most edges; then
    the first.
    """
    readers = student.readers(), reference.readers()
    back = {j: i for i, j in pairs.items()}
    undecided = [j for j in range(len(reference.nodes)) if j not in back and any(j in c for c in candidates)]
    # These nodes stay unpaired whichever candidate wins. They count where they touch what it leaves unpaired.
    missing_anyhow = {*range(len(reference.nodes))} - back.keys() - {*undecided}
    extra_anyhow = {*range(len(student.nodes))} - pairs.keys() - {i for c in candidates for i in c.values()}
    for part in connected(reference, undecided):
        choices = []
        for candidate in candidates:
            found = {j: candidate[j] for j in part if j in candidate and candidate[j] not in pairs}
            extra = {other[j] for other in candidates for j in part if j in other}
            extra = extra - {*found.values()} - pairs.keys() | extra_anyhow
            missing = {*part} - found.keys() | missing_anyhow
            ends = _boundary(student, extra, readers[0]) + _boundary(reference, missing, readers[1])
            kept = _kept_edges(student, reference, found, back, readers[1])
            choices.append(((len(part) - len(found), ends, -kept), found))
        found = min(choices, key=lambda choice: choice[0])[1]
        pairs.update((i, j) for j, i in found.items())
        back.update(found)


def _boundary(graph: CanonicalGraph, group: set[int], readers: list[list[int]]) -> int:
    """How many nodes lead into a set of nodes, and how many lead out of it."""
    into = {source for i in group for source in graph.nodes[i].sources if source not in group}
    return len(into) + sum(any(reader not in group for reader in readers[i]) for i in group)


def _kept_edges(
    student: CanonicalGraph, reference: CanonicalGraph, found: Pairs, back: Pairs, readers: list[list[int]]
) -> int:
    """How many of the reference's edges at these pairs the student's graph has, too.

    `found` and `back` map nodes of the reference to the student's; `readers` are the reference's.
    """
    kept = 0
    for j, i in found.items():
        mine = {*student.nodes[i].sources}
        kept += sum(found.get(source, back.get(source)) in mine for source in reference.nodes[j].sources)
        kept += sum(
            back.get(reader) is not None and i in student.nodes[back[reader]].sources for reader in readers[j]
        )
    return kept


def connected(graph: CanonicalGraph, nodes: list[int]) -> list[list[int]]:
    """Return the nodes in groups that edges join, each in the order of the graph."""
    chosen = set(nodes)
    group_of: dict[int, int] = {}
    groups: dict[int, list[int]] = {}
    for i in nodes:
        touched = sorted({group_of[source] for source in graph.nodes[i].sources if source in chosen})
        first = touched[0] if touched else i
        groups.setdefault(first, []).append(i)
        group_of[i] = first
        for other in touched[1:]:
            group_of.update(dict.fromkeys(groups[other], first))
            groups[first] += groups.pop(other)
    return [sorted(group) for group in groups.values()]


def _same_build(student: CanonicalGraph, reference: CanonicalGraph, label: Label) -> bool:
    """Whether both are one graph as far as the labels show."""
    intern = Interner()
    both = [(graph, numbered(graph, label, intern)) for graph in (student, reference)]
    for fingerprints in (upstream, downstream):
        one, other = (sorted(fingerprints(graph, labels, intern)) for graph, labels in both)
        if one != other:
            return False
    return True
