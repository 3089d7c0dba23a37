"""Which node of one network is which of another, so that one missing layer shifts nothing.

First come nodes with equal pasts (all that is computed before them) or equal futures. What is left is paired
by the alignment of both reading orders that keeps most of the likeness, as in comparing two sequences.
"""

from __future__ import annotations

from collections import defaultdict

from keras_cnns.comparison.alignment.fingerprints import (
    Label,
    Numbers,
    futures_of,
    kind_label,
    pasts_of,
    plain_label,
    rough_label,
    whole_label,
)
from keras_cnns.comparison.alignment.sequence_alignment import pair_in_order
from keras_cnns.comparison.canonical.nodes import Network, Pairs


def align(yours: Network, reference: Network) -> Pairs:
    """Return the pairs: a node of `yours` → the node of `reference` that stands for the same."""
    pairs: Pairs = {}
    for label in (whole_label, plain_label):
        _pair_equal(yours, reference, label, pairs)
    if len(pairs) < max(len(yours.nodes), len(reference.nodes)):
        for label in (rough_label, kind_label):
            if _same_build(yours, reference, label):
                _pair_equal(yours, reference, label, pairs)
                break
    if len(pairs) < min(len(yours.nodes), len(reference.nodes)):
        pair_in_order(yours, reference, pairs)
    return pairs


def _pair_equal(yours: Network, reference: Network, label: Label, pairs: Pairs) -> None:
    """Add pairs of nodes with equal past and future, then with equal past, or equal future.

    Where past and future disagree on the partner, as they do in runs of equal blocks, the pair that has more
    paired neighbours wins; if neither has, it stays open.
    """
    number = Numbers()
    pasts = [pasts_of(network, label, number) for network in (yours, reference)]
    futures = [futures_of(network, label, number) for network in (yours, reference)]
    for ends in (
        futures,
        [futures_of(network, label, number, ordered=False) for network in (yours, reference)],
    ):
        pairs.update(_in_order(*(list(zip(*both)) for both in zip(pasts, ends)), pairs))
    by_past, by_future = _in_order(*pasts, pairs), _in_order(*futures, pairs)
    back_past, back_future = ({j: i for i, j in found.items()} for found in (by_past, by_future))
    for i, j in [*by_past.items(), *by_future.items()]:
        partners = {by_past.get(i, j), by_future.get(i, j)}, {back_past.get(j, i), back_future.get(j, i)}
        if partners == ({j}, {i}):
            pairs[i] = j
    _settle(yours, reference, (back_past, back_future), pairs)


def _in_order(first: list, second: list, pairs: Pairs) -> Pairs:
    """Pairs of places with equal keys that are free still, the first with the first."""
    taken = set(pairs.values())
    free = defaultdict(list)
    for j, key in enumerate(second):
        if j not in taken:
            free[key].append(j)
    ahead = {key: iter(places) for key, places in free.items()}
    found: Pairs = {}
    for i, key in enumerate(first):
        if i not in pairs and key in ahead and (match := next(ahead[key], None)) is not None:
            found[i] = match
    return found


def _settle(yours: Network, reference: Network, ways: tuple[Pairs, Pairs], pairs: Pairs) -> None:
    """Decide between two ways, each a reference's node → yours, for whole connected parts of the reference.

    The way that pairs most wins, then the one that leaves what hangs together, as a block does, then the one
    with more edges that both networks have, then the first.
    """
    readers = yours.readers(), reference.readers()
    back = {j: i for i, j in pairs.items()}
    undecided = [j for j in range(len(reference.nodes)) if j not in back and any(j in way for way in ways)]
    # What no way pairs is missing or extra anyhow, and counts where it hangs together with what is left.
    lost = {*range(len(reference.nodes))} - back.keys() - {*undecided}
    new = {*range(len(yours.nodes))} - pairs.keys() - {i for way in ways for i in way.values()}
    for part in connected(reference, undecided):
        choices = []
        for way in ways:
            found = {j: way[j] for j in part if j in way and way[j] not in pairs}
            left = {other[j] for other in ways for j in part if j in other} - {*found.values()} - pairs.keys()
            ends = _ends(yours, left | new, readers[0])
            ends += _ends(reference, ({*part} - found.keys()) | lost, readers[1])
            choices.append(
                (
                    (len(part) - len(found), ends, -_kept_edges(yours, reference, found, back, readers[1])),
                    found,
                )
            )
        found = min(choices, key=lambda choice: choice[0])[1]
        pairs.update((i, j) for j, i in found.items())
        back.update(found)


def _ends(network: Network, left: set[int], readers: list[list[int]]) -> int:
    """How many nodes lead into a set, and how many lead out of it."""
    into = {source for i in left for source in network.nodes[i].sources if source not in left}
    return len(into) + sum(any(reader not in left for reader in readers[i]) for i in left)


def _kept_edges(
    yours: Network, reference: Network, found: Pairs, back: Pairs, readers: list[list[int]]
) -> int:
    """How many edges of the reference that touch these pairs, a reference's node → yours, yours has, too."""
    same = 0
    for j, i in found.items():
        mine = {*yours.nodes[i].sources}
        same += sum(found.get(source, back.get(source)) in mine for source in reference.nodes[j].sources)
        same += sum(
            back.get(reader) is not None and i in yours.nodes[back[reader]].sources for reader in readers[j]
        )
    return same


def connected(network: Network, chosen: list[int]) -> list[list[int]]:
    """The chosen nodes in groups that edges join, each in the order of the network."""
    here = set(chosen)
    home: dict[int, int] = {}
    groups: dict[int, list[int]] = {}
    for i in chosen:
        joined = sorted({home[source] for source in network.nodes[i].sources if source in here})
        first = joined[0] if joined else i
        groups.setdefault(first, []).append(i)
        home[i] = first
        for other in joined[1:]:
            home.update(dict.fromkeys(groups[other], first))
            groups[first] += groups.pop(other)
    return [sorted(group) for group in groups.values()]


def _same_build(yours: Network, reference: Network, label: Label) -> bool:
    """Whether both networks are one graph as far as the labels tell."""
    number = Numbers()
    pasts = [sorted(pasts_of(network, label, number)) for network in (yours, reference)]
    futures = [sorted(futures_of(network, label, number)) for network in (yours, reference)]
    return pasts[0] == pasts[1] and futures[0] == futures[1]
