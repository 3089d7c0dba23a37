"""In what order a box joins the branches before it, and which it reads twice, in words."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from keras_cnns.diagram.fold.defining import commutes
from keras_cnns.diagram.fold.parts import Box, Fork, Part, boxes, groups_of
from keras_cnns.graph import Vertex

TIMES = {2: "twice"}


def join_orders(series: list[Part], vertices: Sequence[Vertex]) -> dict[int, str]:
    """Return words for the boxes, by their ids, that join branches in an order that counts, or one twice.

    Branches are counted from the top: "shortcut, then branch 1", "reads branch 2 twice".

    Args:
        series: what a module explains.
        vertices: those that boxes count.
    """
    found: dict[int, str] = {}
    for part, join in pairwise(series):
        if isinstance(part, Fork) and isinstance(join, Box):
            words = _in_words(part, join, vertices)
            found |= {id(join): words} if words else {}
    for group in (group for part in series for group in groups_of(part)):
        found |= join_orders(group, vertices)
    return found


def _in_words(fork: Fork, join: Box, vertices: Sequence[Vertex]) -> str:
    anchor = vertices[join.typical.anchor]
    branch_of = {
        v: f"branch {number}"
        for number, branch in enumerate(fork.branches, 1)
        for box in boxes(branch)
        for v in box.typical.vertices
    }
    outside = {source for source in anchor.sources if source not in branch_of}
    if len(outside) != sum(not branch for branch in fork.branches):
        return ""  # what comes by a shortcut cannot be told from what is drawn for others
    read = [branch_of.get(source, "shortcut") for source in anchor.sources]
    if len({*read}) > 1 and not commutes(anchor.operation):
        return ", then ".join(read)
    several = [(name, n) for name, n in Counter(read).items() if n > 1]
    return ", ".join(f"reads {name} {TIMES.get(n, f'{n} times')}" for name, n in several)
