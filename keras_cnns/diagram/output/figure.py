"""A scene as a drawing program sees a figure: boxes with words in them, wires from box to box, groups.

A scene only says what is painted where. What belongs together is found from where it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.geometry import bounds
from keras_cnns.diagram.draw.scene import Circle, Line, Point, Polygon, Rectangle, Scene, Text
from keras_cnns.diagram.output.cells import Cells, Corners
from keras_cnns.diagram.output.wires import TOUCH, Wire, is_bracket, wires
from keras_cnns.safe_text import visible

# Lines of one text are less than this apart, in sizes of their letters.
LINE_STEP = 1.6
# How far the centre of words may be from that of the box they are in.
OFF_CENTRE = 2.0


@dataclass(frozen=True, eq=False, slots=True)
class Words:
    """Lines of text below each other, centred on (x, y), that look alike."""

    x: float
    y: float
    lines: tuple[Text, ...]

    @property
    def look(self) -> Text:
        return self.lines[0]

    @property
    def strings(self) -> list[str]:
        return [visible(line.string) for line in self.lines]

    @property
    def step(self) -> float:
        """How far it is from line to line."""
        ys = [line.y for line in self.lines]
        return (ys[-1] - ys[0]) / (len(ys) - 1) if len(ys) > 1 else 1.2 * self.look.size

    @property
    def corners(self) -> Corners:
        across, down = max(line.width for line in self.lines) / 2, self.step * len(self.lines) / 2
        return self.x - across, self.y - down, self.x + across, self.y + down


@dataclass(frozen=True, eq=False, slots=True)
class Box:
    """An area with the words in it.

    `behind` are the cards that peek out behind it, the hindmost first, `on_it` the badges on its border.
    """

    shape: Rectangle | Circle | Polygon
    words: Words | None = None
    behind: tuple[Box, ...] = ()
    on_it: tuple[Box, ...] = ()

    @property
    def corners(self) -> Corners:
        """Left, top, right, bottom."""
        return bounds(self.shape)


Item = Box | Wire[Box] | Words


@dataclass(frozen=True, eq=False, slots=True)
class Group:
    """What moves together, in the order of painting."""

    name: str
    items: tuple[Item, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Figure:
    """A group for each module, and what is in none, in the order of painting."""

    groups: tuple[Group, ...]
    loose: tuple[Item, ...]

    def items(self) -> Iterator[Item]:
        for group in self.groups:
            yield from group.items
        yield from self.loose


def figure(scene: Scene) -> Figure:
    """Return what is in a scene, each of its shapes once."""
    parts = _Parts(scene)
    grounds = [box for box in parts.boxes if isinstance(box.shape, Rectangle) and box.shape.stroke is None]
    framed = [box for box in parts.boxes if box.shape.stroke is not None]
    panels = [ground for ground in grounds if any(_holds(ground.corners, box.corners) for box in framed)]
    inside: dict[Box | None, list[Item]] = {panel: [] for panel in panels}
    inside[None] = []
    for item in parts.in_order():
        inside[next((panel for panel in panels if _belongs(item, panel)), None)].append(item)
    loose = inside.pop(None)
    return Figure(tuple(Group(_name(each), tuple(each)) for each in inside.values()), tuple(loose))


class _Parts:
    """The boxes, words and wires of a scene, and when each is painted."""

    def __init__(self, scene: Scene):
        self.order = {id(shape): i for i, shape in enumerate(scene.shapes)}
        areas = [one for one in scene.shapes if isinstance(one, (Rectangle, Circle, Polygon))]
        texts = [one for one in scene.shapes if isinstance(one, Text) and visible(one.string).strip()]
        within: dict[int | None, list[Text]] = {}
        open_areas = [one for one in areas if not isinstance(one, Polygon) and one.stroke is not None]
        cells = Cells([(bounds(one), one) for one in open_areas], TOUCH)
        for text in texts:
            at = (text.x, text.y)
            around = (one for one in reversed(cells.near(at)) if _holds(bounds(one), at * 2))
            shape = next(around, None)
            within.setdefault(id(shape) if shape else None, []).append(text)
        self.words = _blocks(within.pop(None, []))
        plain = []
        for area in areas:
            blocks = _blocks(within.get(id(area), []))
            fits = len(blocks) == 1 and _is_centred(blocks[0], bounds(area))
            plain.append(Box(area, blocks[0] if fits else None))
            self.words += [] if fits else blocks
        self.boxes = _composed(plain)
        self.wires = self._wires([one for one in scene.shapes if isinstance(one, Line)])

    def _wires(self, lines: list[Line]) -> list[Wire[Box]]:
        brackets = [line for line in lines if is_bracket(line)]
        apart = {id(line) for line in brackets}
        edged = [box for box in self.boxes if isinstance(box.shape, Rectangle) and box.shape.stroke]
        cells = Cells([(box.corners, box) for box in edged], TOUCH)

        def box_at(point: Point) -> Box | None:
            return next((box for box in reversed(cells.near(point)) if _on_border(box.corners, point)), None)

        followed = wires([line for line in lines if id(line) not in apart], box_at)
        return [*followed, *(Wire(line, line) for line in brackets)]

    def in_order(self) -> list[Item]:
        """All of them in the order of painting."""
        placed: list[tuple[int, Item]] = [(self.order[id(box.shape)], box) for box in self.boxes]
        placed += [(self.order[id(wire.drawn)], wire) for wire in self.wires]
        placed += [(self.order[id(words.look)], words) for words in self.words]
        return [item for _, item in sorted(placed, key=lambda one: one[0])]


def _composed(boxes: list[Box]) -> list[Box]:
    """The same boxes, with the cards behind one and the badges on it made parts of it."""
    framed = [box for box in boxes if isinstance(box.shape, Rectangle) and box.shape.stroke]
    cells = Cells([(box.corners, box) for box in framed], TOUCH)
    badges: dict[Box | None, list[Box]] = {}
    for box in boxes:
        if isinstance(box.shape, Circle):
            at = box.shape.x, box.shape.y
            bearer = next((one for one in reversed(cells.near(at)) if _on_border(one.corners, at)), None)
            badges.setdefault(bearer, []).append(box)
    known = {*framed, *(badge for on_it in badges.values() for badge in on_it)}
    whole = [box for box in boxes if box not in known] + badges.get(None, [])
    cards: list[Box] = []
    for box, after in zip(framed, [*framed[1:], None]):
        if after and not box.words and _is_card(box, after):
            cards.append(box)
        else:
            whole.append(Box(box.shape, box.words, tuple(cards), tuple(badges.get(box, ()))))
            cards = []
    return whole


def _is_card(card: Box, front: Box) -> bool:
    """Whether it peeks out at a corner behind one of its size and colour."""
    aside = [b - a for a, b in zip(card.corners, front.corners)]
    across, down = abs(aside[0]), abs(aside[1])
    alike = card.shape.fill == front.shape.fill and _near(aside[0], aside[2]) and _near(aside[1], aside[3])
    return alike and min(across, down) > TOUCH and max(across, down) <= style.CARD_STEP + TOUCH


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= TOUCH


def _blocks(texts: list[Text]) -> list[Words]:
    """Texts that look alike and stand centred one below the other, as one."""
    blocks: list[list[Text]] = []
    last: dict[tuple[int, float, bool, str], list[Text]] = {}
    for text in sorted(texts, key=lambda one: one.y):
        key = round(text.x), text.size, text.bold, text.colour
        block = last.get(key)
        if block is None or text.y - block[-1].y > LINE_STEP * text.size:
            block = last[key] = []
            blocks.append(block)
        block.append(text)
    return [Words(one[0].x, (one[0].y + one[-1].y) / 2, tuple(one)) for one in blocks]


def _is_centred(words: Words, corners: Corners) -> bool:
    left, top, right, bottom = corners
    return abs(words.x - (left + right) / 2) + abs(words.y - (top + bottom) / 2) <= OFF_CENTRE


def _holds(outer: Corners, inner: Corners, reach: float = TOUCH) -> bool:
    left, top, right, bottom = outer
    a, b, c, d = inner
    return left - reach <= a and c <= right + reach and top - reach <= b and d <= bottom + reach


def _on_border(corners: Corners, point: Point) -> bool:
    left, top, right, bottom = corners
    x, y = point
    near = min(abs(x - left), abs(x - right), abs(y - top), abs(y - bottom)) <= TOUCH
    return near and _holds(corners, point * 2)


def _belongs(item: Item, panel: Box) -> bool:
    """Whether it is in a panel; words may also be beside it, as its name is, and wires lead out of it."""
    corners = panel.corners
    if isinstance(item, Box):
        return _holds(corners, item.corners)
    if isinstance(item, Wire):
        points, ends = item.line.points, [end for end in (item.start, item.end) if end]
        middles = [((a + c) / 2, (b + d) / 2) for (a, b), (c, d) in zip(points, points[1:])]
        passes = any(_holds(corners, at * 2) for at in (*points, *middles))
        return passes and all(_holds(corners, end.corners) for end in ends)
    left, top, right, bottom = corners
    a, b, c, d = item.corners
    return max(left - c, a - right, top - d, b - bottom) < style.ARROW


def _name(items: list[Item]) -> str:
    """The words in bold near a panel, which are its name."""
    return next((" ".join(i.strings) for i in items if isinstance(i, Words) and i.look.bold), "module")
