"""Folded diagram → a chain of solids, with skips over parts of it and repeats; or why there is no such chain.

The folded diagram has one box for equal layers whatever their sizes. Here each size has its own, so repeats
are unrolled first, and what is equal in every respect is counted again.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, replace

from keras_cnns.diagram.fold.parts import Box, Folded, Fork, Instance, Part, Repeat, boxes

# The longest part of a chain that is looked for again right after it, in solids and skips.
LONGEST_PERIOD = 12
# More layers than this on a way round others are branches of their own.
MOST_ON_SHORTCUT = 2

Taken = dict[int, list[Instance]]


class NoChain(Exception):
    """Why a model is not drawn as volumes, as the end of a sentence."""


@dataclass(frozen=True, eq=False, slots=True)
class Solid:
    """A layer or a module; its box has only the instances that are drawn as this one."""

    box: Box


@dataclass(frozen=True, eq=False, slots=True)
class Skip:
    """A part of the chain and a way round it, `shortcut`, that `merge` joins to it."""

    main: list[Element]
    shortcut: list[Solid]
    merge: Solid


@dataclass(frozen=True, eq=False, slots=True)
class Times:
    """A part of the chain that follows itself `count` times; `name` is that of the module that it is."""

    body: list[Element]
    count: int
    name: str = ""


Element = Solid | Skip | Times


def chain(folded: Folded, opened: bool) -> list[Element]:
    """Return the lane with every layer at its own size; modules are `opened` where they are a chain, too.

    Raises NoChain if the model is none.
    """
    if folded.side_outputs:
        raise NoChain("has several outputs")
    if sum(box.kind == "input" for box in boxes(folded.lane)) > 1:
        raise NoChain("has several inputs")
    return _unrolled(folded.lane, {id(box): box.instances for box in boxes(folded.lane)}, opened)


def _unrolled(parts: list[Part], taken: Taken, opened: bool) -> list[Element]:
    found: list[Element] = []
    joined = None
    for part, after in zip(parts, [*parts[1:], None]):
        if part is joined:
            continue
        if isinstance(part, Box):
            found += _of_box(part, taken[id(part)], opened)
        elif isinstance(part, Repeat) and not part.two_before:
            for turn in range(part.count):
                found += _unrolled(part.body, _in_turn(part, taken, turn), opened)
        elif isinstance(part, Fork) and isinstance(after, Box) and after.kind == "merge":
            found += _skip(part, after, taken, opened)
            joined = after
        else:
            raise NoChain("has branches that are more than a skip")
    return found


def _in_turn(repeat: Repeat, taken: Taken, turn: int) -> Taken:
    """The instances of each box in a repeat that belong to one turn of it."""
    found = {}
    for box in boxes(repeat.body):
        instances = taken[id(box)]
        each, rest = divmod(len(instances), repeat.count)
        if rest:
            raise NoChain("has repeats that are not all alike")
        found[id(box)] = instances[turn * each : (turn + 1) * each]
    return found


def _of_box(box: Box, instances: list[Instance], opened: bool) -> list[Element]:
    found: list[Element] = []
    for instance in instances:
        if instance.vertices:
            alone = replace(box, instances=[instance])
            inside = _inside(alone) if opened else []
            is_block = len(inside) == 1 and isinstance(inside[0], Skip)
            found += [Times(inside, 1, box.text)] if is_block else inside or [Solid(alone)]
    return found


def _inside(box: Box) -> list[Element]:
    """What is in a module, if that is a chain and all of the module; otherwise nothing."""
    if not box.module or box.ways > 1:
        return []
    covered = {*box.instances[0].vertices}
    taken = {
        id(inner): [one for one in inner.instances if one.vertices and covered.issuperset(one.vertices)]
        for inner in boxes(box.module.body)
    }
    try:
        found = _unrolled(box.module.body, taken, opened=True)
    except NoChain:
        return []
    drawn = [v for solid in solids(found) for one in solid.box.instances for v in one.vertices]
    return found if sorted(drawn) == sorted(covered) else []


def _skip(fork: Fork, merge: Box, taken: Taken, opened: bool) -> list[Element]:
    """A fork of two branches as a part of the chain and the way round it."""
    branches = [_unrolled(branch, taken, opened) for branch in fork.branches]
    if len(branches) != 2 or any(fork.ways):
        raise NoChain("has branches that are more than a skip")
    main, shortcut = sorted(branches, key=lambda branch: -sum(1 for _ in solids(branch)))
    joins = [one for one in taken[id(merge)] if one.vertices]
    if not joins and not shortcut:  # a block without the shortcut that others like it have
        return main
    on_way = [solid for solid in shortcut if isinstance(solid, Solid)]
    if not main or len(joins) != 1 or len(on_way) < len(shortcut) or len(on_way) > MOST_ON_SHORTCUT:
        raise NoChain("has branches that are more than a skip")
    return [Skip(main, on_way, Solid(replace(merge, instances=joins)))]


def solids(elements: list[Element]) -> Iterator[Solid]:
    """Every solid of a chain, those on shortcuts and the joins included, in order; of repeats one turn."""
    for element in elements:
        if isinstance(element, Solid):
            yield element
        elif isinstance(element, Times):
            yield from solids(element.body)
        else:
            yield from solids(element.main)
            yield from element.shortcut
            yield element.merge


Key = Callable[[Solid], Hashable]


def counted(elements: list[Element], key: Key) -> list[Element]:
    """Return the chain with equal parts that follow one another as one, with how often."""
    inside = [_counted_inside(one, key) for one in elements]
    keys = [_key(one, key) for one in inside]
    found: list[Element] = []
    at = 0
    while at < len(inside):
        period, count = _best(keys, at)
        turns = [inside[at + turn * period : at + (turn + 1) * period] for turn in range(count)]
        body = [_together(list(same)) for same in zip(*turns)]
        only = body[0] if len(body) == 1 else None
        if isinstance(only, Times) and only.count == 1:  # a module, which has a bracket already
            found.append(replace(only, count=count))
        else:
            found += [Times(body, count)] if count > 1 else body
        at += period * count
    return found


def _counted_inside(element: Element, key: Key) -> Element:
    if isinstance(element, Skip):
        return replace(element, main=counted(element.main, key))
    return replace(element, body=counted(element.body, key)) if isinstance(element, Times) else element


def _best(keys: list[Hashable], at: int) -> tuple[int, int]:
    """The length of what is repeated from here and how often: what covers most, of that the shortest."""
    best = (1, 1)
    for period in range(1, min(LONGEST_PERIOD, (len(keys) - at) // 2) + 1):
        count, first = 1, keys[at : at + period]
        while keys[at + count * period : at + (count + 1) * period] == first:
            count += 1
        if count > 1 and period * count > best[0] * best[1]:
            best = (period, count)
    return best


def _key(element: Element, key: Key) -> Hashable:
    if isinstance(element, Solid):
        return key(replace_first(element))
    if isinstance(element, Times):
        return element.count, element.name, tuple(_key(one, key) for one in element.body)
    on_way = tuple(_key(one, key) for one in element.shortcut)
    return tuple(_key(one, key) for one in element.main), on_way, _key(element.merge, key)


def replace_first(solid: Solid) -> Solid:
    """The solid with the first of its instances alone."""
    return Solid(replace(solid.box, instances=solid.box.instances[:1]))


def _together(same: list[Element]) -> Element:
    """Equal elements as one, whose boxes have the instances of all."""
    first = same[0]
    if isinstance(first, Solid):
        return Solid(replace(first.box, instances=[i for one in same for i in one.box.instances]))  # type: ignore[union-attr]
    if isinstance(first, Times):
        body = [_together(list(each)) for each in zip(*(one.body for one in same))]  # type: ignore[union-attr]
        return replace(first, body=body)
    main = [_together(list(each)) for each in zip(*(one.main for one in same))]  # type: ignore[union-attr]
    on_way = [_together(list(each)) for each in zip(*(one.shortcut for one in same))]  # type: ignore[union-attr]
    return Skip(main, on_way, _together([one.merge for one in same]))  # type: ignore[union-attr, arg-type]
