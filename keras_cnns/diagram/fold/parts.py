"""What a diagram is made of: boxes in series, forks, repeats, modules. Structure only, no coordinates."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from keras_cnns.diagram.fold.drawn_layer import Alone, Badge, DrawnLayer
from keras_cnns.diagram.fold.note_words import facts, listed
from keras_cnns.records import record
from keras_cnns.safe_text import shortened

# How long the name of a module may be.
LONGEST_TITLE = 40
# The note of a module that stands without the shortcut that others like it have.
WITHOUT_SHORTCUT = "no shortcut"
# The note of an input of a model inside the model that nothing reads.
UNREAD = "not used"
# The note of an instance that is drawn with others and is not there: the last block leads on to none.
NOT_THERE = "not there"


@record(frozen=True, eq=False, slots=True)
class Instance:
    """One of the layers that a box stands for, or one of the modules.

    `vertices` are all that it covers, `anchor` the one that gives the label. `before` are the badges of what
    comes first, such as pre-activation. `notes` are facts without a letter: "groups", "scaled by", "shared".
    A join that a module without the shortcut has not, and what the last block has not, is an instance without
    vertices. `wired` are the outputs that it reads, each with the vertex whose output it is, where it reads
    unlike ones of several layers.
    """

    vertices: tuple[int, ...]
    anchor: int
    badges: tuple[Badge, ...] = ()
    before: tuple[Badge, ...] = ()
    notes: dict[str, str] = field(default_factory=dict)
    wired: tuple[tuple[str, int], ...] = ()


@dataclass(eq=False, slots=True)
class Box:
    """A layer with what is drawn on it, or a module where it stands in a lane; `instances` in their order.

    It is `read_outside` if something outside its series reads it, or it is an output of the model. A module
    with two ways in has what is `inside` it until it has its `module`. `ways` says by how many
    it is entered.
    """

    kind: str
    label: str
    instances: list[Instance]
    module: Module | None = None
    read_outside: bool = False
    inside: list[Part] = field(default_factory=list)
    ways: int = 1

    @property
    def typical(self) -> Instance:
        """The instance whose badges are drawn: only the first or the last may have others."""
        return self.instances[len(self.instances) // 2]

    @property
    def gives(self) -> bool:
        """Whether it gives one of several outputs of the model that it is in."""
        return bool([one for one in self.instances if "gives" in one.notes])

    @property
    def is_unread(self) -> bool:
        """Whether it is an input that nothing reads."""
        return UNREAD in self.typical.notes

    @property
    def text(self) -> str:
        """What the box says: a module's name or a layer's label, with its units if all have the same."""
        if self.module:
            return self.module.name
        units = {instance.notes.get("units") for instance in self.instances}
        if self.kind == "dense" and len(units) == 1:
            return f"dense {units.pop()}"
        names = [instance.notes.get("called", "") for instance in self.instances]
        common = {re.sub(r"[_-]?\d+$", "", name) for name in names} if len({*names}) > 1 else {*names}
        return common.pop() or self.label if len(common) == 1 else self.label

    @property
    def notes(self) -> list[str]:
        """What is written under the box: facts without a letter, and what is special about one instance."""
        missing = _without_shortcut([WITHOUT_SHORTCUT in one.notes for one in self.instances])
        said = facts([one.notes for one in self.instances if NOT_THERE not in one.notes])
        lacking = ["not in the last"] * any(NOT_THERE in one.notes for one in self.instances)
        if said and said[-1] == "output" and len(self.instances) > 1:
            said[-1] = "each an output"
        return [*_names(self), *said, *missing, *_exceptions(self), *lacking]


@dataclass(eq=False, slots=True)
class Repeat:
    """Parts that follow one another `count` times.

    If they read the `two_before`, the first part in them has two ways in: by the first comes what the copy
    before gives, by the second what the one before that does.
    """

    body: list[Part]
    count: int
    two_before: bool = False


@dataclass(eq=False, slots=True)
class ParallelCopies:
    """`count` equal branches side by side, as the only part of a branch."""

    body: list[Part]
    count: int


@dataclass(eq=False, slots=True)
class Fork:
    """Branches that read the same output; an empty branch is a shortcut. What follows joins them.

    `ways` says for each branch by which way it enters a module with two ways in, if that follows: 0 or 1.
    """

    branches: list[list[Part]]
    ways: tuple[int, ...] = ()


@dataclass(eq=False, slots=True)
class Mesh:
    """Series of parts with edges between them that no nesting of forks can express.

    `edges` are pairs of places in `cells`; `entries` and `exits` list the cells that read what comes before,
    and that are read by what follows. `second_edges` are those that enter by the second way of a module that
    has two; they start at BEFORE if they come from outside. In such a module, `second_entries` are the cells
    that read what enters by its second way. `taps` are those that a join after the series reads, too, with
    the number of the join, which is 0 if there is but one.

    Where a cell is a repeat of what reads the two before, the last but one of its copies may be read outside
    of it, as well: by `late_edges`, `late_second_edges` and `late_exits`.
    """

    cells: list[list[Part]]
    edges: list[tuple[int, int]]
    entries: list[int]
    exits: list[int]
    second_edges: list[tuple[int, int]] = field(default_factory=list)
    second_entries: list[int] = field(default_factory=list)
    taps: dict[int, int] = field(default_factory=dict)
    late_edges: list[tuple[int, int]] = field(default_factory=list)
    late_second_edges: list[tuple[int, int]] = field(default_factory=list)
    late_exits: list[int] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Tapped:
    """A series; what follows reads the taps of all meshes in it and, if it `leads_on`, its end.

    If they are `outputs` of the model, nothing follows. Where several joins read the taps, `joins` are these
    in the order of their numbers from 1, each with what leads from it to what follows.
    """

    body: list[Part]
    leads_on: bool
    outputs: bool = False
    joins: list[list[Part]] = field(default_factory=list)


Part = Box | Repeat | ParallelCopies | Fork | Mesh | Tapped

BEFORE = -1


def as_box(part: Part) -> Box:
    """Return a part that must be a box, such as what closes a module."""
    if not isinstance(part, Box):
        raise TypeError(f"a box is expected here; got a {type(part).__name__}")
    return part


@dataclass(eq=False, slots=True)
class Module:
    """Parts explained once; `kind` is stem, projection, reduction, model or module.

    `base` is what the landmarks that close it have in common; its boxes stand for `times` modules. It has one
    way in, or two: a model with two inputs has, where these come from two boxes. Where words say what comes
    by its inputs, these are `numbered`.
    """

    name: str
    kind: str
    base: str | None = None
    body: list[Part] = field(default_factory=list)
    times: int = 1
    ways: int = 1
    numbered: bool = False


@dataclass(eq=False, slots=True)
class SideOutput:
    """A series that leaves the lane for an output of its own, such as an auxiliary classifier.

    `sources` are the vertices that its first part reads; the whole series reads `n_sources`.
    """

    body: list[Part]
    sources: tuple[int, ...]
    n_sources: int


@dataclass(eq=False, slots=True)
class Folded:
    """A model as it is drawn: the lane, what leaves it, and the modules in the order of appearance.

    `vertices` are those of the graph, then those of the models inside the model; `look` says of each how it
    looks that is drawn alone.
    """

    title: str
    vertices: Sequence[DrawnLayer]
    lane: list[Part]
    side_outputs: list[SideOutput]
    modules: list[Module]
    look: Callable[[Any], Alone] | None = None

    def alone(self, v: int) -> Alone:
        """How a vertex looks that is drawn alone."""
        assert self.look
        return self.look(self.vertices[v])

    def boxes(self) -> list[Box]:
        """Every box of the picture, in the lane, beside it and in the modules."""
        bodies = [
            self.lane,
            *(side.body for side in self.side_outputs),
            *(module.body for module in self.modules),
        ]
        return [box for body in bodies for box in boxes(body)]


def groups_of(part: Part) -> list[list[Part]]:
    """The series of parts inside a part."""
    if isinstance(part, Fork):
        return part.branches
    if isinstance(part, Mesh):
        return part.cells
    if isinstance(part, Tapped):
        return [part.body, *part.joins]
    return [] if isinstance(part, Box) else [part.body]


def boxes(series: list[Part]) -> Iterator[Box]:
    """Every box in a series, whatever it is inside of, in order; without those of modules."""
    ahead = series[::-1]
    while ahead:
        part = ahead.pop()
        if isinstance(part, Box):
            yield part
        else:
            for group in reversed(groups_of(part)):
                ahead += reversed(group)


def entry_boxes(series: list[Part]) -> list[Box]:
    """The boxes of a series that read what comes before it."""
    if not series:
        return []
    first = series[0]
    if isinstance(first, Box):
        return [first]
    groups = [first.cells[i] for i in {*first.entries}] if isinstance(first, Mesh) else groups_of(first)
    groups = groups[:1] if isinstance(first, Tapped) else groups
    found = [box for group in groups for box in entry_boxes(group)]
    return found if all(groups) else found + entry_boxes(series[1:])


def _without_shortcut(missing: list[bool]) -> list[str]:
    """Which of the instances have no shortcut."""
    where = [i for i, is_missing in enumerate(missing, 1) if is_missing]
    if len(where) in (0, len(missing)):
        return [WITHOUT_SHORTCUT] if where else []
    if where == [1]:
        return [f"the first has {WITHOUT_SHORTCUT}"]
    step = where[1] - 1 if where[0] == 1 else len(missing)
    if where == list(range(1, len(missing) + 1, step)):
        return [f"the first of each {step} has {WITHOUT_SHORTCUT}"]
    return [f"{WITHOUT_SHORTCUT} in number " + " and ".join(map(str, where))]


def _names(box: Box) -> list[str]:
    """The names of models that a box stands for, where its own does not say them."""
    names = list(dict.fromkeys(filter(None, (one.notes.get("called") for one in box.instances))))
    if not box.module or len(names) < 2 or all(name.startswith(box.module.name) for name in names):
        return []
    return ["called " + listed([shortened(name) for name in names])]


def _exceptions(box: Box) -> list[str]:
    typical, notes = box.typical, []
    for instance, where in ((box.instances[0], "first"), (box.instances[-1], "last")):
        for badge in typical.before:
            notes += [f"no {badge.name} before the {where}"] * (badge not in instance.before)
        for badge in instance.before:
            notes += [f"{badge.name} before the {where}"] * (badge not in typical.before)
        for badge in typical.badges:
            notes += [f"the {where} has no {badge.name}"] * (badge not in instance.badges)
        for badge in instance.badges:
            notes += [f"the {where} has {badge.name}"] * (badge not in typical.badges)
    return notes
