"""Fingerprints of the vertices of a graph: a number for all that comes before, or after, each of them.

Two vertices of one graph, or of two, get the same number if and only if the graphs before (or after) them
are the same, labels included. This is a Merkle tree (Merkle 1987, "A Digital Signature Based on a
Conventional Encryption Function"): the fingerprint of a vertex is made of its label and the fingerprints of
its neighbours. Hash consing (Ershov 1958, "On Programming of Arithmetic Operations") takes the place of the
hash function: it gives equal keys equal numbers, so no two different graphs can collide.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence


class Interner(dict[Hashable, int]):
    """Hash consing: a number for each key, equal if and only if the keys are equal.

    A key's number is what it gives when it is called with the key; the length is how many keys there are.
    """

    def __missing__(self, key: Hashable) -> int:
        self[key] = number = len(self)
        return number

    __call__ = dict.__getitem__


def upstream_fingerprints(
    labels: Sequence[Hashable], sources: Sequence[Sequence[int]], ordered: Sequence[bool], intern: Interner
) -> list[int]:
    """Return a fingerprint of each vertex and all that comes before it.

    Args:
        labels: what each vertex is; each vertex comes after those it reads.
        sources: the vertices that each one reads, once for each time.
        ordered: for each vertex, whether the order of its sources counts.
        intern: fingerprints made with one interner can be compared.
    """
    fingerprints: list[int] = []
    for label, reads, keeps_order in zip(labels, sources, ordered):
        before = [fingerprints[source] for source in reads]
        fingerprints.append(intern(("upstream", label, *(before if keeps_order else sorted(before)))))
    return fingerprints


def downstream_fingerprints(
    labels: Sequence[Hashable],
    sources: Sequence[Sequence[int]],
    ordered: Sequence[bool],
    intern: Interner,
    outputs: Sequence[int] = (),
) -> list[int]:
    """Return a fingerprint of each vertex and all that comes after it.

    Args:
        labels: what each vertex is; each vertex comes after those it reads.
        sources: the vertices that each one reads, once for each time.
        ordered: for each vertex, whether it counts which of its sources another vertex is.
        intern: fingerprints made with one interner can be compared.
        outputs: the outputs of the graph, whose order counts.
    """
    uses: list[list[tuple[int, int]]] = [[] for _ in labels]
    for place, output in enumerate(outputs):
        uses[output].append((-1, place))
    fingerprints = [0] * len(labels)
    for i in reversed(range(len(labels))):
        fingerprints[i] = intern(("downstream", labels[i], *sorted(uses[i])))
        for place, source in enumerate(sources[i]):
            uses[source].append((fingerprints[i], place if ordered[i] else 0))
    return fingerprints
