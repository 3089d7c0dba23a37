"""Equal series side by side that nothing joins: towers with inputs of their own, heads of one box."""

from collections.abc import Callable, Hashable, Sequence

from keras_cnns.diagram.fold.fused import Fused
from keras_cnns.diagram.fold.parts import Box, Fork, Part, boxes
from keras_cnns.diagram.fold.side_branches import Chain

# Fewer are drawn out, as branches are.
FEWEST = 3

Key = Callable[[list[Part]], Hashable]


def with_towers(
    series: list[list[Part]], chains: list[Chain], fused: Sequence[Fused], key: Key
) -> tuple[list[list[Part]], list[Chain]]:
    """Return the lane and what is beside it, three or more equal ones as the branches of one.

    Heads equal to the end of the lane that leave it where that begins are branches of it.

    Args:
        series: the lane, then what is beside it.
        chains: what these were made of.
        fused: what the chains count.
        key: equal for series that compute the same but for width.
    """
    read = {source for chain in chains for source in chain.sources}
    groups: dict[Hashable, list[int]] = {}
    for i, (body, chain) in enumerate(zip(series, chains)):
        if read.isdisjoint(chain.nodes):
            groups.setdefault((*chain.sources, None, _alike(body, key)), []).append(i)
    done = [*series]
    gone: set[int] = set()
    for group in groups.values():
        branches = [series[i] for i in group]
        sources = chains[group[0]].sources
        start = _after(done[0], fused[sources[0]].anchor) if len(sources) == 1 else 0
        end = done[0][start:] if start else []
        if end and len(group) + 1 >= FEWEST and _alike(end, key) == _alike(branches[0], key):
            for box in (box for branch in branches for box in boxes(branch)):
                box.instances[0].notes.pop("from", None)
            done[0] = [*done[0][:start], Fork([end, *branches])]
            gone.update(group)
        elif len(group) >= FEWEST:
            done[group[0]] = [Fork(branches)]
            gone.update(group[1:])
    kept = [i for i in range(len(series)) if i not in gone]
    return [done[i] for i in kept], [chains[i] for i in kept]


def _alike(body: list[Part], key: Key) -> Hashable:
    """Units count, too: people tell heads apart by them. So does what gives an output under way."""
    notes = [box.instances[0].notes for box in boxes(body)]
    return (key(body), tuple((each.get("units"), "output" in each) for each in notes))


def _after(lane: list[Part], anchor: int) -> int:
    """Where the lane goes on after a box; 0 if it does not, or the box is in no part of its own."""
    ends = [i for i, part in enumerate(lane) if isinstance(part, Box) and part.instances[0].anchor == anchor]
    return ends[0] + 1 if ends else 0
