"""What belongs together in a scene: words and their box, badges and theirs, wires from box to box."""

from __future__ import annotations

from dataclasses import replace
from math import copysign

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.geometry import bounds
from keras_cnns.diagram.draw.scene import Circle, Line, Point, Polygon, Rectangle, Scene, Text
from keras_cnns.diagram.output.bends import cornered
from keras_cnns.diagram.output.cells import Cells, Corners
from keras_cnns.diagram.output.ends import Ends, on_border
from keras_cnns.diagram.output.figure_groups import grouped
from keras_cnns.diagram.output.figure_items import Box, Group, Item, Words, holds
from keras_cnns.diagram.output.joints import Joint, pieces
from keras_cnns.diagram.output.wires import TOUCH, Wire, is_bracket, wires
from keras_cnns.safe_text import visible

# Lines of one text are less than this apart, in sizes of their letters.
LINE_STEP = 1.6
# How far the centre of words may be from that of the box they are in.
OFF_CENTRE = 2.0


class Parts:
    """The boxes, words and wires of a scene, and when each is painted."""

    def __init__(self, scene: Scene, joints: bool):
        self.order = {id(shape): i for i, shape in enumerate(scene.shapes)}
        areas = [one for one in scene.shapes if isinstance(one, (Rectangle, Circle, Polygon))]
        texts = [one for one in scene.shapes if isinstance(one, Text) and visible(one.string).strip()]
        within: dict[int | None, list[Text]] = {}
        open_areas = [one for one in areas if not isinstance(one, Polygon) and one.stroke is not None]
        cells = Cells([(bounds(one), one) for one in open_areas], TOUCH)
        for text in texts:
            at = (text.x, text.y)
            around = (one for one in reversed(cells.near(at)) if holds(bounds(one), at * 2))
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
        grounds = [box for box in self.boxes if isinstance(box.shape, Rectangle) and box.shape.stroke is None]
        framed = [box for box in self.boxes if box.shape.stroke is not None]
        self.panels = [one for one in grounds if any(holds(one.corners, box.corners) for box in framed)]
        self.dots: list[Box] = []
        lines = [one for one in scene.shapes if isinstance(one, Line)]
        self.wires = self._wires(lines, joints)

    def _wires(self, lines: list[Line], joints: bool) -> list[Wire[Box]]:
        brackets = [line for line in lines if is_bracket(line)]
        apart = {id(line) for line in brackets}
        box_at = Ends(self.boxes, self.order).at
        leading = [line for line in lines if id(line) not in apart]
        if joints:  # what holds pieces together cannot bend
            self.cornered = [replace(line, points=cornered(line.points)[0]) for line in leading]
            self.order |= {id(new): self.order[id(line)] for new, line in zip(self.cornered, leading)}
            followed = self.jointed(pieces(self.cornered, box_at))
        else:
            followed = wires(leading, box_at)
        return [*followed, *(Wire(line, line) for line in brackets)]

    def jointed(self, parts: list[Wire]) -> list[Wire[Box]]:
        """The same with boxes for joints, on whose borders the pieces begin and end."""
        dots: dict[Joint, Box] = {}
        for joint in dict.fromkeys(end for wire in parts for end in (wire.start, wire.end)):
            if isinstance(joint, Joint):
                side, (x, y) = joint.drawn.thickness, joint.at
                dot = Rectangle(x - side / 2, y - side / 2, side, side, joint.drawn.colour, None)
                dots[joint] = Box(dot)
                self.order[id(dot)] = self.order[id(joint.drawn)]
        self.dots += dots.values()
        found = []
        for wire in parts:
            points = list(wire.line.points)
            for i, beside, end in ((0, points[1], wire.start), (-1, points[-2], wire.end)):
                if isinstance(end, Joint):
                    points[i] = _side(end.at, beside, end.drawn.thickness / 2)
            line = replace(wire.line, points=tuple(points))
            ends = [dots[end] if isinstance(end, Joint) else end for end in (wire.start, wire.end)]
            found.append(Wire(line, wire.drawn, *ends))
        return found

    def in_order(self) -> list[Item]:
        """All of them in the order of painting."""
        areas = [*self.boxes, *self.dots]
        areas.sort(key=lambda box: self.order[id(box.shape)])
        return sorted(grouped(areas, self.words, self.wires, self.panels), key=self.painted)

    def painted(self, item: Item) -> int:
        """When an item is painted; a group is with the first of its items."""
        if isinstance(item, Group):
            return self.painted(item.items[0])
        if isinstance(item, Wire):
            return self.order[id(item.drawn)]
        return self.order[id(item.shape if isinstance(item, Box) else item.look)]


def _composed(boxes: list[Box]) -> list[Box]:
    """The same boxes, with the cards behind one and the badges on it made parts of it."""
    framed = [box for box in boxes if isinstance(box.shape, Rectangle) and box.shape.stroke]
    cells = Cells([(box.corners, box) for box in framed], TOUCH)
    badges: dict[Box | None, list[Box]] = {}
    for box in boxes:
        if isinstance(box.shape, Circle):
            at = box.shape.x, box.shape.y
            bearer = next((one for one in reversed(cells.near(at)) if on_border(one, at)), None)
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


def _side(middle: Point, other: Point, half: float) -> Point:
    """The middle of the side of a dot that is nearest to another point."""
    across, down = other[0] - middle[0], other[1] - middle[1]
    if abs(across) >= abs(down):
        return middle[0] + copysign(half, across), middle[1]
    return middle[0], middle[1] + copysign(half, down)


def _is_centred(words: Words, corners: Corners) -> bool:
    left, top, right, bottom = corners
    return abs(words.x - (left + right) / 2) + abs(words.y - (top + bottom) / 2) <= OFF_CENTRE
