"""A finished scene as a graph: each box as often as brackets and panels say, and which leads to which.

What is seen comes from scene_marks.py, what lines lead to from scene_wires.py.
"""

import re
from collections import Counter
from dataclasses import dataclass, field, replace

from keras_cnns.diagram.draw.scene import Scene
from support.scene_marks import Bracket, Marks, Panel, SceneError, SeenBox, marks
from support.scene_outputs import (
    Gate,
    calls_said,
    given_by,
    in_order,
    mentions,
    output_of,
    read_by,
    source_of,
    taken_by,
)
from support.scene_wires import End, follow

Container = Bracket | Panel | None


@dataclass
class Seen:
    """One copy of a box, or of a module, and the vertices at which wires enter and leave it."""

    box: SeenBox
    into: list[int]
    out: list[int]


@dataclass
class Drawn:
    """A picture written out: `boxes` has one entry for each copy; `edges` are pairs of places in it.

    `copy_of` says for each which of the copies of its box it is, from 0. `words` are those that an edge's
    wire passes, on what it reads of a layer with several outputs. `badges` are boxes that stand for those
    of a module. `parts` are all boxes and modules, and `vertices` and `reads` a finer graph, in which `place`
    has the boxes.
    """

    boxes: list[SeenBox] = field(default_factory=list)
    copy_of: list[int] = field(default_factory=list)
    edges: set[tuple[int, int]] = field(default_factory=set)
    words: dict[tuple[int, int], set[str | None]] = field(default_factory=dict)
    common: list[str] = field(default_factory=list)
    badges: set[int] = field(default_factory=set)
    parts: list[Seen] = field(default_factory=list)
    vertices: list[SeenBox | Gate | None] = field(default_factory=list)
    reads: list[tuple[int, int]] = field(default_factory=list)
    place: dict[int, int] = field(default_factory=dict)

    def follow(self) -> None:
        """Find the edges: from each box along all that wires and words lead to."""
        readers: dict[int, list[int]] = {}
        for a, b in self.reads:
            readers.setdefault(a, []).append(b)
        for v in self.place:
            start = _Way(v, None, frozenset([self.vertices[v]]), None)
            ahead, seen = [start], {start}
            while ahead:
                way = ahead.pop()
                for w in readers.get(way.at, ()):
                    if w in self.place:
                        edge = self.place[v], self.place[w]
                        self.edges.add(edge)
                        self.words.setdefault(edge, set()).add(way.own)
                        continue
                    after = {*_passed(way, w, self.vertices[w])} - seen
                    seen |= after
                    ahead += after


@dataclass(frozen=True)
class _Way:
    """Where one has come from a box: `pending` is the output of a module by which it was left last.

    `passed` are the box and the modules that have ended on the way; `own` says which output of the box it is.
    """

    at: int
    pending: str | None
    passed: frozenset
    own: str | None


def _passed(way: _Way, w: int, gate: Gate | None) -> list[_Way]:
    """The ways on from w, none if words there speak of another output."""
    on = replace(way, at=w)
    if gate is None:
        return [on]
    if gate.named:
        on = replace(on, passed=on.passed | {gate.named})
    words = gate.reads and _of_this(gate.reads, way)
    if gate.takes is not None:
        if not any(_is_called(box, source_of(gate.takes)) for box in way.passed):
            return []
        words = gate.takes
    if words is not None:
        if way.pending and not mentions(words, way.pending):
            return []
        own = way.own if way.pending else way.own or words
        on = replace(on, pending=None, own=own)
    if not gate.gives:
        return [on]
    return [
        replace(on, pending=outer, own=way.own or (None if way.pending else inner))
        for inner, outer in gate.gives
        if not (inner and way.pending and inner != way.pending)
    ]


def _of_this(words: str, way: _Way) -> str:
    """What words say of the outputs of where one has come from; of all, where they name no layers."""
    said = [output_of(one) for one in in_order(words)]
    if not all(said):
        return words
    mine = [its for its, source in said if any(_is_called(box, source) for box in way.passed)]
    return " and ".join(mine)


def _is_called(box: SeenBox, name: str) -> bool:
    """Whether a tooltip has a layer of this name, or a box is the call of it that is said."""
    number, name = re.fullmatch(r"(?:call (\d+) of )?(.*)", name).groups()
    names = _plain(box.tooltip.rpartition(": ")[0])
    found = re.search(rf"(?:^|,){re.escape(_plain(name))}(?:$|,)", names)
    return bool(found) and (number is None or int(number) in calls_said(box))


def read_scene(scene: Scene, rankdir: str = "LR") -> Drawn:
    """Return the graph that a picture shows; a SceneError says what cannot be read."""
    drawn = _Unfolding(marks(scene, rankdir)).drawn()
    drawn.follow()
    return drawn


class _Unfolding:
    """Writes out a picture; where wires only pass a bracket or the edge of a panel, a vertex has no box."""

    def __init__(self, seen: Marks):
        self.seen = seen
        self.panels = {_plain(panel.name): panel for panel in seen.panels}
        if len(self.panels) < len(seen.panels):
            raise SceneError("two panels have one name")
        self.edges: dict[Container, list[tuple[End, End]]] = {}
        self.parts: dict[Container, list[SeenBox | Bracket]] = {}
        for start, end in follow(seen):
            outer = self.level(start, starts=True)
            if outer is not self.level(end, starts=False):
                raise SceneError(f"a line passes from {start} to {end}")
            self.edges.setdefault(outer, []).append((start, end))
        for one in (*seen.boxes, *seen.brackets):
            self.parts.setdefault(one.inside, []).append(one)
        self.result = Drawn(common=seen.common)
        self.vertices = self.result.vertices
        self.reads = self.result.reads
        self.badges: dict[int, SeenBox] = {}
        self.under_way: list[Panel] = []
        self.in_last = False
        self.written: Counter[int] = Counter()

    def level(self, end: End, starts: bool) -> Container:
        """In what a wire runs that begins or ends here."""
        if isinstance(end.at, SeenBox):
            return end.at.inside
        if isinstance(end.at, Panel):
            return end.at
        inner = (end.way == "enter") == starts
        return end.at if inner else end.at.inside

    def drawn(self) -> Drawn:
        self.write_out(None)
        explained = {_plain(box.text) for box in self.seen.boxes}
        for name, panel in self.panels.items():
            if name not in explained:
                raise SceneError(f"no box has the name of the panel {panel.name!r}")
        return self.numbered()

    def new(self, what: SeenBox | Gate | None = None, *sources: int) -> int:
        self.vertices.append(what)
        self.reads.extend((source, len(self.vertices) - 1) for source in sources)
        return len(self.vertices) - 1

    def write_out(
        self, outer: Container, bare: bool = False
    ) -> tuple[dict[End, list[int]], dict[End, list[int]]]:
        """Write out one copy of what is inside; return the vertices of the ways in and of the ways out."""
        starts: dict[End, list[int]] = {}
        stops: dict[End, list[int]] = {}
        edges = self.edges.get(outer, [])
        shortcuts = [edge for edge in edges if bare and edge[0].at is outer and _adds(edge[1])]
        if len(shortcuts) != bare:
            raise SceneError(f"a panel has {len(shortcuts)} shortcuts, of which one is said not to be there")
        edges = [edge for edge in edges if edge not in shortcuts]
        own_in = {start: [self.new()] for start, _ in edges if start.at is outer}
        own_out = {end: [self.new()] for _, end in edges if end.at is outer}
        for part in self.in_order(outer):
            out = sorted({start for start, _ in edges if start.at is part}, key=_across)
            into = sorted({end for _, end in edges if end.at is part}, key=_across)
            new_stops, new_starts = self.part(part, into, out)
            starts |= new_starts
            stops |= new_stops
            if any(end.at is part for _, end in shortcuts):
                self.vertices[new_stops[into[0]][0]] = None  # without a shortcut nothing is added
            if isinstance(_panel_of(part), Panel) and bool(out) == _is_unread(part):
                raise SceneError(f"what leaves {getattr(part, 'text', 'a bracket')} in {outer}?")
        starts |= own_in
        stops |= own_out
        for start, end in edges:
            if not (end.at is outer and isinstance(outer, Panel) and self.gives(start.at)):
                self.reads += [(a, b) for a in starts[start] for b in stops[end]]
        return own_in, own_out

    def in_order(self, outer: Container) -> list[SeenBox | Bracket]:
        """Each part after those that lead to it."""
        parts = sorted(self.parts.get(outer, []), key=lambda one: (one.left, one.top))
        before: dict[int, set[int]] = {id(part): set() for part in parts}
        for start, end in self.edges.get(outer, []):
            if start.at is not outer and end.at is not outer:
                before[id(end.at)].add(id(start.at))
        done: list[SeenBox | Bracket] = []
        seen: set[int] = set()
        while parts:
            ready = [part for part in parts if before[id(part)] <= seen]
            if not ready:
                raise SceneError("lines lead round in a circle")
            done += ready
            seen |= {id(part) for part in ready}
            parts = [part for part in parts if id(part) not in seen]
        return done

    def part(self, part: SeenBox | Bracket, into: list[End], out: list[End]) -> tuple[dict, dict]:
        if isinstance(part, Bracket):
            return self.bracket(part, into, out)
        panel = self.panels.get(_plain(part.text)) if part.text else None
        read = read_by(part)
        if panel is None or panel in self.under_way:
            if self.in_last and _not_in_the_last(part):
                way = [self.new()]
                return dict.fromkeys(into, way), dict.fromkeys(out, way)
            place = self.new(part)
            entry = self.new(Gate(reads=read)) if read else place
            self.reads += [(entry, place)] * bool(read)
            self.result.parts.append(Seen(part, [entry], [place]))
            return dict.fromkeys(into, [entry]), dict.fromkeys(out, [place])
        self.under_way.append(panel)
        self.written[id(part)] += 1
        first = len(self.result.parts)
        enter, leave = self.write_out(panel, _is_bare(part, self.written[id(part)]))
        self.under_way.pop()
        self.give(self.result.parts[first:], panel, [v for ends in leave.values() for v in ends])
        enter = self.entered(part, enter, read)
        leave = {end: [self.left(part, ends)] for end, ends in leave.items()}
        ways = [[v for ends in each.values() for v in ends] for each in (enter, leave)]
        self.result.parts.append(Seen(part, *ways))
        by_words = bool(taken_by(part))
        return _matched(into, enter, by_words), _matched(out, leave)

    def entered(self, part: SeenBox, enter: dict[End, list[int]], read: str | None) -> dict[End, list[int]]:
        """The ways into a panel, with what words at its box say of each."""
        taken = taken_by(part)
        if taken and len(enter) != len(taken):
            raise SceneError(f"{len(enter)} arrows lead into what {part.text} explains, not {len(taken)}")
        names = in_order(read) if read else []
        found = {}
        for k, end in enumerate(sorted(enter, key=_across)):
            one = names[k] if len(names) == len(enter) > 1 else read
            gate = Gate(takes=taken.get(k, "nothing")) if taken else Gate(reads=one)
            found[end] = [self.new(gate)]
            self.reads += [(found[end][0], v) for v in enter[end]]
        return found

    def left(self, part: SeenBox, ends: list[int]) -> int:
        """Where a module ends, its badges after it."""
        if part.before:
            raise SceneError(f"badges before {part.text}")
        end = self.new(Gate(named=part), *ends)
        if not part.after:
            return end
        if id(part) not in self.badges:
            self.badges[id(part)] = replace(part, text="", before=[], after=part.after)
            self.result.badges.add(id(self.badges[id(part)]))
        return self.new(self.badges[id(part)], end)

    def give(self, inside: list["Seen"], panel: Panel, leave: list[int]) -> None:
        """Lead what gives an output of a panel by its words, perhaps where no line leads on, out of it."""
        here = [(one, *given_by(one.box)) for one in inside if _panel_of(one.box) is panel]
        given = [(i, one, pairs, last) for i, (one, pairs, last) in enumerate(here) if pairs]
        lasts = {id(one.box): i for i, one, _, _ in given}
        alone = len(lasts) == 1 and [len(pairs) for _, _, pairs, _ in given][0] == 1
        for i, one, pairs, last in given:
            if last and lasts[id(one.box)] != i:
                continue
            if alone and pairs[0][0] is None:
                pairs = [(pairs[0][1], None)]  # of the several outputs of a layer it is the only one's
            gate = self.new(Gate(gives=tuple(pairs)), *one.out)
            self.reads += [(gate, v) for v in leave]

    def gives(self, part: SeenBox | Bracket | Panel) -> bool:
        """Whether what leaves here gives an output by its words."""
        if isinstance(part, SeenBox):
            return bool(given_by(part)[0])
        return isinstance(part, Bracket) and any(map(self.gives, self.parts.get(part, ())))

    def bracket(self, part: Bracket, into: list[End], out: list[End]) -> tuple[dict, dict]:
        """Copies one after another, or side by side."""
        copies = []
        outer = self.in_last
        for number in range(part.count):
            self.in_last = outer if part.parallel else number == part.count - 1
            copies.append(self.write_out(part))
        self.in_last = outer
        if part.parallel:
            return (
                {end: [v for enter, _ in copies for v in enter.get(end, [])] for end in into},
                {end: [v for _, leave in copies for v in leave.get(end, [])] for end in out},
            )
        for (_, leave), (enter, _) in zip(copies, copies[1:]):
            self.join(_by_side(leave, part.right), _by_side(enter, part.left))
        # What passes above or below the copies, not at their ends, is of each of them.
        first, last = copies[:1], copies[-1:]
        stops = {
            end: [v for enter, _ in (first if _at(end, part.left) else copies) for v in enter.get(end, [])]
            for end in into
        }
        starts = {
            end: [v for _, leave in (last if _at(end, part.right) else copies) for v in leave.get(end, [])]
            for end in out
        }
        return stops, starts

    def join(self, leaving: list[int], entering: list[int]) -> None:
        """From one copy to the next: by their order, or all by one way."""
        pairs = (
            list(zip(leaving, entering))
            if len(leaving) == len(entering)
            else [(a, b) for a in leaving for b in entering]
        )
        self.reads += pairs

    def numbered(self) -> Drawn:
        """Say which of the vertices are boxes, in their order."""
        drawn = self.result
        copies: Counter[int] = Counter()
        for v, box in enumerate(self.vertices):
            if isinstance(box, SeenBox):
                drawn.place[v] = len(drawn.boxes)
                drawn.boxes.append(box)
                drawn.copy_of.append(copies[id(box)])
                copies[id(box)] += 1
        return drawn


def _around(box: SeenBox) -> list[Container]:
    found: list[Container] = [box.inside]
    while found[-1] is not None:
        found.append(found[-1].inside)
    return found


def in_panel(box: SeenBox) -> bool:
    return _panel_of(box) is not None


def _panel_of(box: SeenBox) -> Container:
    return next((one for one in _around(box) if isinstance(one, Panel)), None)


def _adds(end: End) -> bool:
    return isinstance(end.at, SeenBox) and end.at.text == "add"


def _is_bare(box: SeenBox, copy: int) -> bool:
    """Whether the captions of a module say that this copy of it, from 1, has no shortcut."""
    words = " ".join(box.captions)
    if said := re.search(r"the first of each (\d+) has no shortcut", words):
        return copy % int(said[1]) == 1
    if said := re.search(r"no shortcut in number (\d+(?: and \d+)*)", words):
        return str(copy) in said[1].split(" and ")
    return "no shortcut" in words and (copy == 1 or "the first has no shortcut" not in words)


def _not_in_the_last(box: SeenBox) -> bool:
    """Whether the captions of a box say that the last copy in its brackets is without it."""
    return "not in the last" in " ".join(box.captions)


def _plain(words: str) -> str:
    """Without the breaks between lines."""
    return re.sub(r"\s+", "", words)


def _across(end: End) -> tuple[float, float]:
    return end.point[1], end.point[0]


def _at(end: End, side: float) -> bool:
    return abs(end.point[0] - side) < 1.0


def _by_side(ends: dict[End, list[int]], side: float) -> list[int]:
    return [v for end in sorted(ends, key=_across) if _at(end, side) for v in ends[end]]


def _matched(
    outside: list[End], inside: dict[End, list[int]], all_for_all: bool = False
) -> dict[End, list[int]]:
    """Which way into a panel stands for which wire at its box: by their order, or all for all."""
    ways = [inside[end] for end in sorted(inside, key=_across)]
    if len(outside) == len(ways) and not all_for_all:
        return dict(zip(outside, ways))
    return {end: [v for way in ways for v in way] for end in outside}


def _is_unread(part: SeenBox | Bracket) -> bool:
    return isinstance(part, SeenBox) and "not used" in part.captions
