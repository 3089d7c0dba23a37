"""What is between a fork and the box where its branches meet, inside of what does not nest.

It is found by dominators, computed as in Cooper, Harvey and Kennedy 2001, "A Simple, Fast Dominance
Algorithm".
"""

from collections import defaultdict

Edges = dict[int, list[int]]


def closed_regions(nodes: list[int], sources: Edges, readers: Edges) -> dict[int, list[int]]:
    """For each fork whose branches meet again, and nowhere else, what is between, and where they meet."""
    order = {n: i for i, n in enumerate(nodes)}
    dominators = _dominators(nodes, sources)
    postdominators = _dominators(nodes[::-1], readers)
    regions: dict[int, list[int]] = {}
    closed_until = -1
    for n in nodes:
        end = postdominators.get(n)
        if order[n] < closed_until or end is None or len(readers[n]) < 2 or dominators.get(end) != n:
            continue
        regions[n] = _region(n, end, readers)
        closed_until = order[end]
    return regions


def regions_from_outside(
    nodes: list[int], sources: Edges, readers: Edges, others: dict[int, list[int]]
) -> dict[int, list[int]]:
    """The same for a fork that is outside, by the first box of its branches."""
    here = set(nodes)
    hidden = {n for start, region in others.items() for n in (start, *region)}
    nearest = _dominators(nodes[::-1], readers)
    meeting = dict.fromkeys(end for n in nodes if (end := nearest[n]) is not None and n not in hidden)
    for end in meeting:
        found, ahead = {end}, [end]
        while ahead:
            for s in sources[ahead.pop()]:
                if s in here and s not in found:
                    found.add(s)
                    ahead.append(s)
        starts = [n for n in found if not here.intersection(sources[n])]
        leaves = any(not found.issuperset(readers[n]) for n in found - {end})
        direct = end in starts or not here.issuperset(sources[end])
        if len(starts) > 1 and not (leaves or direct or found & hidden):
            first, *rest = sorted(found)
            return {first: rest}
    return {}


def _region(start: int, end: int, readers: Edges) -> list[int]:
    found, stack = set(), [start]
    while stack:
        for reader in readers[stack.pop()]:
            if reader not in found:
                found.add(reader)
                if reader != end:
                    stack.append(reader)
    return sorted(found - {end}) + [end]


def _dominators(nodes: list[int], before: Edges) -> dict[int, int | None]:
    """The immediate dominator of each node: the last node on every path to it, None if it is outside.

    `nodes` are in topological order, so one sweep is enough.
    """
    here, depth = set(nodes), defaultdict[int | None, int](int)
    nearest: dict[int, int | None] = {}
    for n in nodes:
        sources: list[int | None] = [s if s in here else None for s in before[n]] or [None]
        common = sources[0]
        for other in sources[1:]:
            while common != other:
                if depth[common] >= depth[other] and common is not None:
                    common = nearest[common]
                elif other is not None:
                    other = nearest[other]
        nearest[n] = common
        depth[n] = depth[common] + 1 if common is not None else 1
    return nearest
