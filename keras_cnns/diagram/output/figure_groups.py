"""What moves together in a figure: a box and the words beside it, the faces of a solid, brackets and ×N."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from keras_cnns.diagram.draw.scene import Circle, Polygon
from keras_cnns.diagram.output.cells import Cells, Corners
from keras_cnns.diagram.output.ends import is_within
from keras_cnns.diagram.output.figure_items import Box, Group, Item, Words, around, corners_of, holds
from keras_cnns.diagram.output.wires import TOUCH, Wire, is_bracket

# How far from a box words may be that belong to it, and how far they reach into it at most: their rectangle
# is higher than their letters.
FARTHEST, NEAREST = 24.0, -4.0
# How far from a side of a box a number may be that tells one way into it from another.
NEXT_TO = 10.0
# How far the centre of words may be from that of what they are beside.
OFF_CENTRE = 2.0


@dataclass(eq=False, slots=True)
class _Together:
    """Items that move together, the first at `corners`; words are beside it or beside others of its words."""

    items: list[Item]
    corners: Corners
    with_words: Corners
    name: str = ""

    def as_item(self) -> Item:
        return Group(self.name, tuple(self.items)) if len(self.items) > 1 else self.items[0]

    def gap(self, words: Words) -> float | None:
        """How far away words are that stand centred beside it."""
        left, top, right, bottom = self.corners
        slack = (right - left) / 2 if _is_solid(self) else OFF_CENTRE
        a, b, c, d = words.corners
        _, high, _, low = self.with_words
        if abs(words.x - (left + right) / 2) <= slack:
            return max(high - d, b - low)
        gap, aside = max(left - c, a - right), abs(words.y - (top + bottom) / 2)
        is_beside = aside <= OFF_CENTRE or aside <= (bottom - top) / 2 and gap <= NEXT_TO
        return gap if is_beside else None


def grouped(boxes: list[Box], words: list[Words], wires: list[Wire[Box]], panels: list[Box]) -> list[Item]:
    """Return all of these, those that belong together as groups. `panels` are among the boxes, alone."""
    ground = {id(panel) for panel in panels}
    faces = [box for box in boxes if isinstance(box.shape, Polygon)]
    plain = [box for box in boxes if not isinstance(box.shape, Polygon) and id(box) not in ground]
    brackets = [wire for wire in wires if is_bracket(wire.line)]
    found = [*_solids(faces), *(_alone(box) for box in plain), *_pairs(brackets)]
    left_over = _with_words(found, words, panels)
    owner = {id(box): one for one in found for box in one.items if isinstance(box, Box)}
    for wire in wires:
        ends = [owner.get(id(end)) for end in (wire.start, wire.end)]
        if ends[0] is not None and ends[0] is ends[1]:
            ends[0].items.append(wire)
        elif not is_bracket(wire.line):
            left_over.append(wire)
    return [*panels, *(one.as_item() for one in found), *left_over]


def _alone(item: Box | Wire[Box]) -> _Together:
    name = " ".join(item.words.strings) if isinstance(item, Box) and item.words else "shape"
    # Words are centred on a box without the badges on it and the cards behind it.
    corners = item.corners if isinstance(item, Box) else corners_of(item)
    return _Together([item], corners, corners, name)


def _is_solid(one: _Together) -> bool:
    return isinstance(one.items[0], Box) and isinstance(one.items[0].shape, Polygon)


def _solids(faces: Iterable[Box]) -> list[_Together]:
    """The faces that say the same, and what is on a face, together."""
    found: list[_Together] = []
    for face in faces:
        says, last = face.shape.tooltip, found[-1] if found else None
        on = None if says else next((one for one in reversed(found) if _is_on(face, one)), None)
        if says and last and says == _says(last):
            on = last
        if on is None:
            found.append(_alone(face))
            found[-1].name = says.partition(":")[0] or "shape"
        else:
            on.items.append(face)
            on.corners = on.with_words = around([on.corners, face.corners])
    return found


def _says(one: _Together) -> str:
    return one.items[0].shape.tooltip if isinstance(one.items[0], Box) else ""


def _is_on(small: Box, one: _Together) -> bool:
    points = small.shape.points if isinstance(small.shape, Polygon) else ()
    faces = [box.shape for box in one.items if isinstance(box, Box) and isinstance(box.shape, Polygon)]
    return any(all(is_within(point, face) for point in points) for face in faces)


def _pairs(brackets: list[Wire[Box]]) -> list[_Together]:
    """An opening bracket and the one that closes it; one round nothing, below what is repeated, alone."""
    found: list[_Together] = []
    waiting: dict[tuple[bool, int, int], list[_Together]] = {}
    for wire in sorted(brackets, key=lambda wire: (min(wire.line.points), wire.line.points)):
        a, b, c, _ = wire.line.points
        is_level = abs(a[0] - b[0]) <= TOUCH
        side = 0 if is_level else 1
        start, end = sorted((round(b[side]), round(c[side])))
        opens = (a[1] > b[1]) if is_level else (a[0] > b[0])
        before = waiting.setdefault((is_level, start, end), [])
        if not opens and before:
            one = before.pop()
            one.items.append(wire)
            one.corners = one.with_words = around([one.corners, corners_of(wire)])
            continue
        found.append(_alone(wire))
        found[-1].name = "repeat"
        if opens:
            before.append(found[-1])
    return found


def _with_words(found: list[_Together], words: list[Words], panels: list[Box]) -> list[Item]:
    """Put words to what they are beside, the nearest first; return those that are beside nothing."""
    named = [one for one in found if _may_have_words(one)]
    cells = Cells([(_wider(one.corners), one) for one in named], 0.0)
    beside: dict[int, list[int]] = defaultdict(list)
    around_words = [_beside(text, cells, panels) for text in words]
    for i, near in enumerate(around_words):
        for one in near:
            beside[id(one)].append(i)
    ahead = [(gap, i, n) for i, near in enumerate(around_words) for n, gap in _gaps(words[i], near)]
    heapify(ahead)
    loose = dict(enumerate(words))
    while ahead:
        _, i, n = heappop(ahead)
        if i not in loose:
            continue
        one, text = around_words[i][n], loose.pop(i)
        one.items.append(text)
        left, top, right, bottom = one.with_words
        one.with_words = left, min(top, text.corners[1]), right, max(bottom, text.corners[3])
        for other in beside[id(one)]:  # these may be below the words now
            for m, gap in _gaps(words[other], around_words[other]):
                if around_words[other][m] is one:
                    heappush(ahead, (gap, other, m))
    return [*loose.values()]


def _may_have_words(one: _Together) -> bool:
    """Joints of lines, and dots where they part, have none."""
    (first, *_) = one.items
    if not isinstance(first, Box):
        return True
    return bool(first.shape.stroke) and (not isinstance(first.shape, Circle) or first.words is not None)


def _wider(corners: Corners) -> Corners:
    left, top, right, bottom = corners
    return left - FARTHEST, top - FARTHEST, right + FARTHEST, bottom + FARTHEST


def _beside(words: Words, cells: Cells[_Together], panels: list[Box]) -> list[_Together]:
    """What words may belong to: all that is near, in the same panel."""
    left, top, right, bottom = words.corners
    sides = (words.x, top), (words.x, bottom), (left, words.y), (right, words.y)
    near = dict.fromkeys(one for side in sides for one in cells.near(side))
    beyond = [panel.corners for panel in panels if not holds(panel.corners, words.corners)]
    return [one for one in near if not any(holds(panel, one.corners) for panel in beyond)]


def _gaps(words: Words, near: list[_Together]) -> Iterator[tuple[int, float]]:
    for n, one in enumerate(near):
        gap = one.gap(words)
        if gap is not None and NEAREST <= gap <= FARTHEST:
            yield n, gap
