"""Several joins that read the same blocks in a row, as the joins of class scores and of boxes in SSD do.

To find the blocks, the joins are taken for one. What follows a join leads to one end with what follows the
others, and reads nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from keras_cnns.diagram.fold.two_ways import Network


@dataclass(frozen=True, slots=True)
class Joins:
    """The boxes `between` that are joined, by which join each is read, and what is from each join to the end.

    Joins are counted from 1; each is the first of its branch.
    """

    between: list[int]
    join_of: dict[int, int]
    branches: list[list[int]]


def find_joins(network: Network, nodes: list[int], end: int, joins: Callable[[int], bool]) -> Joins | None:
    """Return the boxes before an end in two: what is joined, and the joins, if there are several."""
    branch_of: dict[int, int] = {}
    branches: list[list[int]] = []
    join_of: dict[int, int] = {}
    for n in nodes:
        sources = network.sources[n]
        following = [branch_of.get(s) for s in sources]
        if any(branch is not None for branch in following):
            if len({*following}) > 1:
                return None
            branch = following[0]
        elif joins(n):
            if len({*sources}) < len(sources) or not join_of.keys().isdisjoint(sources):
                return None
            branches.append([])
            branch = len(branches)
            join_of |= dict.fromkeys(sources, branch)
        else:
            continue
        assert branch is not None
        branch_of[n] = branch
        branches[branch - 1].append(n)
    between = [n for n in nodes if n not in branch_of]
    apart = {branch_of.get(s) for s in network.sources[end]} == {*range(1, len(branches) + 1)}
    if len(branches) < 2 or not apart or not join_of.keys() <= {*between}:
        return None
    if (network.fixed | network.read_outside) & branch_of.keys():
        return None
    return Joins(between, join_of, branches)


def as_one(network: Network, found: Joins) -> tuple[Network, int]:
    """The network with one join in the place of all, and that join."""
    join, here = found.branches[0][0], {*found.between}
    sources = network.sources | {join: [*found.join_of]}
    readers = network.readers | {
        n: [r if r in here else join for r in network.readers[n]] for n in found.between
    }
    return replace(network, sources=sources, readers=readers), join
