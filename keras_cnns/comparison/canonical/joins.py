"""Concatenations that join, among others, all that an earlier one has joined already."""

from __future__ import annotations

from collections.abc import Iterator

from keras_cnns.comparison.canonical.canonical_graph import CanonicalGraph


def read_earlier_joins(canonical: CanonicalGraph) -> None:
    """Let a concatenation read an earlier one in place of all that it joins, as dense blocks do."""
    known: dict[tuple[str, tuple[int, ...]], int] = {}
    for i, node in enumerate(canonical.nodes):
        if node.kind != "concatenate" or len(node.sources) < 2:
            continue
        how, sources = str(sorted(node.attributes.items())), tuple(node.sources)
        for first, last in _runs(len(sources)):
            earlier = known.get((how, sources[first:last]))
            if earlier is not None:
                node.sources = [*sources[:first], earlier, *sources[last:]]
                break
        known.setdefault((how, sources), i)


def _runs(length: int) -> Iterator[tuple[int, int]]:
    """The starts and the ends of a list, the longest first."""
    for size in range(length - 1, 1, -1):
        yield 0, size
        yield length - size, length
