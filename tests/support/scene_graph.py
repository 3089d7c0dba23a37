"""A finished scene as a graph: each box as often as brackets and panels say, and which leads to which.

What is seen comes from scene_marks.py, what lines lead to from scene_wires.py.
"""

import re
from collections import Counter
from dataclasses import dataclass, field

from keras_cnns.diagram.draw.scene import Scene
from support.scene_marks import Bracket, Marks, Panel, SceneError, SeenBox, marks
from support.scene_wires import End, follow

Container = Bracket | Panel | None


@dataclass
class Drawn:
    """A picture written out: `boxes` has one entry for each copy; `edges` are pairs of places in it.

    `copy_of` says for each which of the copies of its box it is, from 0, and `first` of how many.
    """

    boxes: list[SeenBox] = field(default_factory=list)
    copy_of: list[int] = field(default_factory=list)
    in_panel: list[bool] = field(default_factory=list)
    edges: set[tuple[int, int]] = field(default_factory=set)
    common: list[str] = field(default_factory=list)


def read_scene(scene: Scene, rankdir: str = "LR") -> Drawn:
    """Return the graph that a picture shows; a SceneError says what cannot be read."""
    return _Unfolding(marks(scene, rankdir)).drawn()


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
        self.vertices: list[SeenBox | None] = []
        self.in_panel: list[bool] = []
        self.reads: list[tuple[int, int]] = []
        self.under_way: list[Panel] = []
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
        return self.collapsed()

    def new(self, box: SeenBox | None = None) -> int:
        self.vertices.append(box)
        self.in_panel.append(bool(self.under_way))
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
        starts |= own_in
        stops |= own_out
        for start, end in edges:
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
        if panel is None or panel in self.under_way:
            place = [self.new(part)]
            return dict.fromkeys(into, place), dict.fromkeys(out, place)
        self.under_way.append(panel)
        self.written[id(part)] += 1
        first = len(self.vertices)
        enter, leave = self.write_out(panel, _is_bare(part, self.written[id(part)]))
        self.under_way.pop()
        given = [v for v in range(first, len(self.vertices)) if self.gives(v, panel)]
        self.reads += [(v, end) for v in given for ends in leave.values() for end in ends]
        return _matched(into, enter), _matched(out, leave)

    def gives(self, v: int, panel: Panel) -> bool:
        """Whether a box of a panel gives one of its outputs by words, perhaps where no line leads on."""
        box = self.vertices[v]
        return box is not None and bool(_given(box)) and _panel_of(box) is panel

    def bracket(self, part: Bracket, into: list[End], out: list[End]) -> tuple[dict, dict]:
        """Copies one after another, or side by side."""
        copies = [self.write_out(part) for _ in range(part.count)]
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

    def collapsed(self) -> Drawn:
        """Leave out the places that wires only pass."""
        readers: dict[int, list[int]] = {}
        for a, b in self.reads:
            readers.setdefault(a, []).append(b)
        drawn = self.result
        place = {}
        copies: dict[int, int] = {}
        for v, box in enumerate(self.vertices):
            if box is not None:
                place[v] = len(drawn.boxes)
                drawn.boxes.append(box)
                drawn.in_panel.append(self.in_panel[v])
                drawn.copy_of.append(copies.get(id(box), 0))
                copies[id(box)] = copies.get(id(box), 0) + 1
        for v in place:
            ahead, seen = list(readers.get(v, [])), set()
            while ahead:
                w = ahead.pop()
                if w in place:
                    if _takes(self.vertices[v], self.vertices[w]):
                        drawn.edges.add((place[v], place[w]))
                elif w not in seen:
                    seen.add(w)
                    ahead += readers.get(w, [])
        return drawn


def _takes(one: SeenBox, other: SeenBox) -> bool:
    """Whether the output of its panel that one box gives, by its words, is one that the other reads."""
    given = _given(one)
    read = " ".join(other.captions).partition("reads ")[2]
    if not given or not read or _panel_of(one) in _around(other):
        return True
    return any(re.search(rf"{re.escape(name)}(?!\w)", read) for name in given.split(" and "))


def _given(box: SeenBox) -> str:
    """The outputs of its panel that a box gives by its words."""
    return next((line[len("gives ") :] for line in box.captions if line.startswith("gives ")), "")


def _around(box: SeenBox) -> list[Container]:
    found: list[Container] = [box.inside]
    while found[-1] is not None:
        found.append(found[-1].inside)
    return found


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


def _plain(words: str) -> str:
    """Without the breaks between lines."""
    return re.sub(r"\s+", "", words)


def _across(end: End) -> tuple[float, float]:
    return end.point[1], end.point[0]


def _at(end: End, side: float) -> bool:
    return abs(end.point[0] - side) < 1.0


def _by_side(ends: dict[End, list[int]], side: float) -> list[int]:
    return [v for end in sorted(ends, key=_across) if _at(end, side) for v in ends[end]]


def _matched(outside: list[End], inside: dict[End, list[int]]) -> dict[End, list[int]]:
    """Which way into a panel stands for which wire at its box: by their order, or all for all."""
    ways = [inside[end] for end in sorted(inside, key=_across)]
    if len(outside) == len(ways):
        return dict(zip(outside, ways))
    return {end: [v for way in ways for v in way] for end in outside}
