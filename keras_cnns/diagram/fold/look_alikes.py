"""Modules that would look the same though they compute different things: boxes say in what they differ."""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

from keras_cnns.diagram.fold.defining import defining
from keras_cnns.diagram.fold.join_order import join_orders
from keras_cnns.diagram.fold.note_words import number
from keras_cnns.diagram.fold.parts import (
    Box,
    Fork,
    Mesh,
    Module,
    ParallelCopies,
    Part,
    Repeat,
    boxes,
    groups_of,
)
from keras_cnns.graph import Vertex
from keras_cnns.safe_text import shortened

MOST_SAID = 2
LONGEST_VALUE = 24

Values = dict[tuple[Hashable, ...], Hashable]


def tell_apart(modules: Sequence[Module], vertices: Sequence[Vertex], shared: Mapping[int, int]) -> None:
    """Write into the boxes of modules that look the same what is different."""
    alike: dict[Hashable, list[Module]] = defaultdict(list)
    for module in modules:
        alike[_look(module.body)].append(module)
    for several in alike.values():
        if len(several) < 2:
            continue
        orders = {
            box: words for module in several for box, words in join_orders(module.body, vertices).items()
        }
        for same_place in zip(*(boxes(module.body) for module in several)):
            _say_what_differs(same_place, vertices, shared)
            _say_orders(same_place, orders)


def _look(series: list[Part]) -> Hashable:
    """All of a series that a picture shows, but for where."""
    look: list[Hashable] = []
    for part in series:
        if isinstance(part, Box):
            letters = [badge.letters for badge in (*part.typical.before, *part.typical.badges)]
            look.append((part.kind, part.text, *letters, None, *part.notes, part.ways))
            continue
        edges: tuple = ()
        if isinstance(part, Mesh):
            edges = (*part.edges, None, *part.entries, None, *part.exits, None, *part.second_edges, None)
            edges += (*part.late_edges, None, *part.late_second_edges, None, *part.late_exits)
            edges += (None, *part.taps.items())
        elif isinstance(part, (Repeat, ParallelCopies)):
            edges = (part.count, isinstance(part, Repeat) and part.two_before)
        elif isinstance(part, Fork):
            edges = part.ways
        look.append((type(part), edges, tuple(map(_look, groups_of(part)))))
    return tuple(look)


def _say_what_differs(
    same_place: Sequence[Box], vertices: Sequence[Vertex], shared: Mapping[int, int]
) -> None:
    """Compare the boxes at one place of the modules."""
    values = [_values(box, vertices) for box in same_place]
    keys = [key for key in dict.fromkeys(key for each in values for key in each) if _differ(key, values)]
    called = {shared.get(box.typical.anchor) for box in same_place}
    for box, each in zip(same_place, values):
        said = [words for key in keys if (words := _in_words(key, each.get(key)))][:MOST_SAID]
        if keys and not said:
            said = [f"function of {shortened(vertices[box.typical.anchor].name, LONGEST_VALUE)}"]
        elif len(called) > 1:
            said.append(f"layer {shortened(vertices[box.typical.anchor].name, LONGEST_VALUE)}")
        for instance in box.instances:
            instance.notes.update({"differs": ", ".join(said)} if said else {})


def _say_orders(same_place: Sequence[Box], orders: Mapping[int, str]) -> None:
    """Say in what order joins at one place of the modules read, if not in one order."""
    said = [orders.get(id(box), "") for box in same_place]
    for box, words in zip(same_place, said if len({*said}) > 1 else ()):
        for instance in box.instances if words else ():
            others = instance.notes.get("differs")
            instance.notes["differs"] = f"{others}, {words}" if others else words


def _differ(key: tuple[Hashable, ...], values: list[Values]) -> bool:
    return len({each.get(key) for each in values}) > 1


def _values(box: Box, vertices: Sequence[Vertex]) -> Values:
    """What defines the functions of a box, by the names that it has."""
    found: Values = {}
    for place, v in enumerate(box.typical.vertices if not box.module else ()):
        found |= {(place, *key): value for key, value in _leaves(defining(vertices[v]))}
    return found


def _leaves(frozen: Any, path: tuple[Hashable, ...] = ()) -> Iterator[tuple[tuple[Hashable, ...], Hashable]]:
    if isinstance(frozen, tuple) and len(frozen) == 2 and frozen[0] == "dict":
        for key, value in frozen[1]:
            yield from _leaves(value, (*path, key))
    elif isinstance(frozen, tuple) and frozen and not _number(frozen):
        for place, value in enumerate(frozen):
            yield from _leaves(value, (*path, place))
    else:
        yield path, frozen


def _number(frozen: Any) -> bool:
    return isinstance(frozen, tuple) and len(frozen) == 2 and isinstance(frozen[0], bool)


def _in_words(key: tuple[Hashable, ...], value: Any) -> str:
    """`filters 128`; "" of what has no name, or is neither a number nor a word."""
    names = [part for part in key if isinstance(part, str) and not part.isdigit()]
    if not names or not (_number(value) or isinstance(value, str)):
        return ""
    words = value if isinstance(value, str) else number(value[1]) if not value[0] else str(value[1])
    return shortened(f"{names[-1].strip('_').replace('_', ' ')} {words}", LONGEST_VALUE)
