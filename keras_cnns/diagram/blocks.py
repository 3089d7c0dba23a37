"""Pieces of a picture that can be set beside each other: each has an axis, on which its arrows come and go.

Lengths run along the axis (x) and across it (y), the axis being y = 0; a vertical picture swaps the two at
the end, so only what a person reads, text and badges, has to know how it will stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from keras_cnns.diagram import style
from keras_cnns.diagram.scene import Box, Circle, Line, Point, Shape, Text


@dataclass(frozen=True, slots=True)
class End:
    """Where an edge comes in or goes out; a bare shortcut has no arrow head where it begins."""

    x: float
    y: float
    arrow: bool = True

    def moved(self, dx: float, dy: float) -> End:
        return End(self.x + dx, self.y + dy, self.arrow)


@dataclass(eq=False, slots=True)
class Block:
    """From x = 0 to `length`, from y = -above to below.

    `foot` is where a shortcut enters from below, `spots` where the output of which vertices can be taken up.
    """

    length: float
    above: float
    below: float
    entries: list[End]
    exits: list[End]
    shapes: list[Shape] = field(default_factory=list)
    inside: list[tuple[float, float, Block]] = field(default_factory=list)
    foot: Point | None = None
    spots: dict[int, Point] = field(default_factory=dict)

    def put(self, block: Block, x: float, y: float) -> None:
        """Place a block inside this one, its axis at y."""
        self.inside.append((x, y, block))
        if block.spots:
            self.spots |= {vertex: (x + at[0], y + at[1]) for vertex, at in block.spots.items()}

    def line(self, *points: Point, arrow: bool = False) -> None:
        """Draw a line; one without length is left out."""
        turns = [point for i, point in enumerate(points) if i == 0 or point != points[i - 1]]
        if len(turns) > 1:
            self.shapes.append(Line(tuple(turns), arrow))

    def flat(self, dx: float = 0.0, dy: float = 0.0) -> Iterator[Shape]:
        """All shapes with their final places along and across."""
        ahead = [(dx, dy, self)]
        while ahead:
            x, y, block = ahead.pop()
            for shape in block.shapes:
                yield moved(shape, x, y)
            ahead += [(x + a, y + b, inner) for a, b, inner in reversed(block.inside)]


def moved(shape: Shape, dx: float, dy: float) -> Shape:
    if isinstance(shape, Line):
        return Line(tuple((x + dx, y + dy) for x, y in shape.points), shape.arrow, shape.thickness)
    if isinstance(shape, Box):
        return Box(
            shape.x + dx, shape.y + dy, shape.width, shape.height, shape.fill, shape.stroke, shape.tooltip
        )
    if isinstance(shape, Circle):
        return Circle(shape.x + dx, shape.y + dy, shape.radius, shape.fill, shape.tooltip)
    return Text(shape.x + dx, shape.y + dy, shape.string, shape.size, shape.width, shape.bold, shape.colour)


def turned(shape: Shape) -> Shape:
    """The shape in a vertical picture: along is down."""
    if isinstance(shape, Line):
        return Line(tuple((y, x) for x, y in shape.points), shape.arrow, shape.thickness)
    if isinstance(shape, Box):
        return Box(shape.y, shape.x, shape.height, shape.width, shape.fill, shape.stroke, shape.tooltip)
    if isinstance(shape, Circle):
        return Circle(shape.y, shape.x, shape.radius, shape.fill, shape.tooltip)
    return Text(shape.y, shape.x, shape.string, shape.size, shape.width, shape.bold, shape.colour)


@dataclass(frozen=True, slots=True)
class Page:
    """Which way the lane runs: what is `vertical` swaps width and height."""

    vertical: bool = False

    def along(self, width: float, height: float) -> tuple[float, float]:
        """A size as it is read, as lengths along and across."""
        return (height, width) if self.vertical else (width, height)

    def lines(
        self, strings: list[str], size: float, bold: bool = False, colour: str = style.DARK_TEXT
    ) -> Block:
        """Lines of text around a centre at (length / 2, 0)."""
        widths = [style.text_width(string, size, bold) for string in strings]
        step = style.LINE_HEIGHT * size / style.FONT
        length, across = self.along(max(widths, default=0.0), step * len(strings))
        block = Block(length, across / 2, across / 2, [], [])
        for i, (string, width) in enumerate(zip(strings, widths)):
            down = (i - (len(strings) - 1) / 2) * step
            x, y = self.along(0.0, down)
            block.shapes.append(Text(length / 2 + x, y, string, size, width, bold, colour))
        return block


def chain(blocks: list[Block]) -> Block:
    """Blocks one after the other on one axis, joined by arrows."""
    whole = Block(0.0, 0.0, 0.0, [], [])
    start = at = 0.0
    for i, block in enumerate(blocks):
        if i:
            before = blocks[i - 1]
            at += style.GAP + style.BUS * ((len(block.entries) > 1) + (len(before.exits) > 1))
        whole.put(block, at, 0.0)
        if i:
            _join(whole, [end.moved(start, 0.0) for end in before.exits], block, at)
        start, at = at, at + block.length
    whole.length = at
    whole.above = max((block.above for block in blocks), default=0.0)
    whole.below = max((block.below for block in blocks), default=0.0)
    whole.entries = blocks[0].entries
    whole.exits = [end.moved(start, 0.0) for end in blocks[-1].exits]
    return whole


def _join(whole: Block, exits: list[End], block: Block, at: float) -> None:
    """Draw the edges between two neighbours: straight on, out over a bus, in over a bus, or in from below."""
    entries = [end.moved(at, 0.0) for end in block.entries]
    if len(exits) == 1 and len(entries) == 1:
        whole.line((exits[0].x, exits[0].y), (entries[0].x, entries[0].y), arrow=entries[0].arrow)
    elif len(exits) == 1:
        fan_out(whole, exits[0], at - style.GAP, entries)
    elif block.foot and all(end.y >= 0 for end in exits) and sum(end.y == 0 for end in exits) == 1:
        foot = (block.foot[0] + at, block.foot[1])
        for end in exits:
            if end.y == 0:
                whole.line((end.x, 0.0), (entries[0].x, 0.0), arrow=True)
            else:
                whole.line((end.x, end.y), (foot[0], end.y), foot, arrow=True)
    else:
        fan_in(whole, exits, at - style.GAP, entries[0])


def fan_out(whole: Block, start: End, bus: float, entries: list[End]) -> None:
    whole.line((start.x, start.y), (bus, start.y))
    outer = _outermost(entries)
    for end in entries:
        corner = [(bus, start.y)] if end in outer else []
        whole.line(*corner, (bus, end.y), (end.x, end.y), arrow=end.arrow)


def fan_in(whole: Block, exits: list[End], bus: float, entry: End) -> None:
    outer = _outermost(exits)
    for end in exits:
        corner = [(bus, entry.y)] if end in outer else []
        whole.line((end.x, end.y), (bus, end.y), *corner)
    whole.line((bus, entry.y), (entry.x, entry.y), arrow=entry.arrow)


def _outermost(ends: list[End]) -> list[End]:
    """The rows that turn a corner; those between only meet the bus."""
    return [min(ends, key=lambda end: end.y), max(ends, key=lambda end: end.y)]


def stack(blocks: list[Block], first_on_axis: bool) -> Block:
    """Rows one below the other; the axis runs through the first, or halfway to the last."""
    places, at = [], 0.0
    for i, block in enumerate(blocks):
        at += block.above if i else 0.0
        places.append(at)
        at += block.below + style.ROW_GAP
    shift = 0.0 if first_on_axis else (places[0] + places[-1]) / 2
    whole = Block(max(block.length for block in blocks), 0.0, 0.0, [], [])
    for block, place in zip(blocks, places):
        y = place - shift
        whole.put(block, 0.0, y)
        whole.entries += [end.moved(0.0, y) for end in block.entries]
        whole.exits += [end.moved(0.0, y) for end in block.exits]
        whole.above, whole.below = max(whole.above, block.above - y), max(whole.below, block.below + y)
    return whole


def bare() -> Block:
    """A shortcut with nothing on it."""
    half = style.ROW_GAP / 2
    return Block(0.0, half, half, [End(0.0, 0.0, arrow=False)], [End(0.0, 0.0)])


def single(block: Block) -> Block:
    """The same with one entry and one exit, over a bus of its own where there are more."""
    if len(block.entries) == 1 and len(block.exits) == 1:
        return block
    room_in = style.GAP * (len(block.entries) > 1)
    room_out = style.BUS * (len(block.exits) > 1)
    whole = Block(room_in + block.length + room_out, block.above, block.below, [], [])
    whole.put(block, room_in, 0.0)
    entries = [end.moved(room_in, 0.0) for end in block.entries]
    exits = [end.moved(room_in, 0.0) for end in block.exits]
    whole.entries, whole.exits = entries, exits
    if len(entries) > 1:
        whole.entries = [End(0.0, 0.0, arrow=False)]
        fan_out(whole, whole.entries[0], 0.0, entries)
    if len(exits) > 1:
        whole.exits = [End(whole.length, 0.0)]
        fan_in(whole, exits, whole.length, whole.exits[0])
    return whole


def bracketed(inner: Block, words: str, page: Page, above: bool) -> Block:
    """A block in brackets, with ×N above or below them."""
    inner = single(inner)
    lead, tail = style.GAP * 0.75, style.GAP * 0.5
    text = page.lines([words], style.FONT)
    length = max(lead + inner.length + tail, text.length)
    up, down = inner.above + style.BRACKET, inner.below + style.BRACKET
    whole = Block(length, up, down, [], [])
    whole.put(inner, lead, 0.0)
    whole.spots = dict.fromkeys(inner.spots, (length, 0.0))
    tick = style.BRACKET_TICK
    whole.line((tick, -up), (0.0, -up), (0.0, down), (tick, down))
    whole.line((length - tick, -up), (length, -up), (length, down), (length - tick, down))
    room = text.above + text.below + 4.0
    whole.put(text, (length - text.length) / 2, -up - room / 2 if above else down + room / 2)
    whole.above, whole.below = (up + room, down) if above else (up, down + room)
    whole.entries = [end.moved(lead, 0.0) for end in inner.entries]
    whole.exits = [End(length, 0.0)]
    for end in inner.exits:
        whole.line((end.x + lead, 0.0), (length, 0.0))
    return whole
