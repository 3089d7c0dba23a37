"""Activations between a box and the only one that reads it, parted as where several read such a box.

There each reader has its own, as the activations with which NASNet's cells begin. Where one box reads, they
could as well be its end: without this, the last of several equal cells would be unlike the others.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import takewhile

from keras_cnns.diagram.fold.drawn_layer import Badge
from keras_cnns.diagram.fold.fused import Fused
from keras_cnns.diagram.fold.layer_labels import Description

# The badges of a box, and those that come before all that read it.
Ways = dict[tuple[str, str], set[tuple[tuple[Badge, ...], tuple[Badge, ...]]]]


def parted_as_elsewhere(
    boxes: Sequence[Fused], descriptions: Sequence[Description], fan_out: Sequence[int]
) -> Iterator[tuple[Fused, Fused]]:
    """Part what is between boxes and their only readers; yield both where that changes them.

    Args:
        boxes: in the order of computation.
        descriptions: of each vertex.
        fan_out: by how many each vertex is read.
    """
    readers: dict[int, list[Fused]] = defaultdict(list)
    for box in boxes:
        for source in dict.fromkeys(box.sources):
            readers[source].append(box)
    ways: Ways = defaultdict(set)
    for i, box in enumerate(boxes):
        first = _common_start([reader.before for reader in readers[i]])
        if len(readers[i]) > 1 and first:
            ways[box.kind, box.label].add((tuple(box.badges), first))
    for i, box in enumerate(boxes):
        known = ways.get((box.kind, box.label), ()) if len(readers[i]) == 1 else ()
        for own, first in known:
            between = (*box.badges, *readers[i][0].before)
            fits = between[: len(own) + len(first)] == own + first and len(own) != len(box.badges)
            if fits and _part(box, readers[i][0], len(own), descriptions, fan_out):
                yield box, readers[i][0]
                break


def _part(
    box: Fused, reader: Fused, n_badges: int, descriptions: Sequence[Description], fan_out: Sequence[int]
) -> bool:
    """Let a box have that many badges, and what reads it the others before it, if it takes such."""
    end = box.members.index(box.anchor) + 1
    start = reader.members.index(reader.anchor)
    between = [*box.members[end:], *reader.members[:start]]
    described = [descriptions[member] for member in between]
    plain = all(one.role == "badge" and len(one.badges) == 1 and not one.notes for one in described)
    alone = all(fan_out[member] == 1 for member in between)
    takes = reader.kind in ("conv", "dense", "pool") and len(reader.sources) == 1
    kept = n_badges - len(descriptions[box.anchor].badges)
    if not (plain and alone and takes and 0 <= kept <= len(between)):
        return False
    badges = [*box.badges, *reader.before]
    box.badges, reader.before = badges[:n_badges], badges[n_badges:]
    box.members = [*box.members[:end], *between[:kept]]
    reader.members = [*between[kept:], *reader.members[start:]]
    return True


def _common_start(several: Sequence[Sequence[Badge]]) -> tuple[Badge, ...]:
    """The badges that all of them begin with."""
    return tuple(badges[0] for badges in takewhile(lambda badges: len({*badges}) == 1, zip(*several)))
