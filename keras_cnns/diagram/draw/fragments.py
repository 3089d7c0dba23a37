"""Pieces of a picture that can be set beside each other: each has an axis, on which its arrows come and go.

Lengths run along the axis (x) and across it (y), the axis being y = 0; a vertical picture swaps the two at
the end, so only what a person reads, text and badges, has to know how it will stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.scene import Box, Circle, Line, Point, Shape, Text


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
        step = style.even(style.LINE_HEIGHT * size / style.FONT)
        length, across = self.along(style.even(max(widths, default=0.0)), step * len(strings))
        block = Block(length, across / 2, across / 2, [], [])
        for i, (string, width) in enumerate(zip(strings, widths)):
            down = (i - (len(strings) - 1) / 2) * step
            x, y = self.along(0.0, down)
            block.shapes.append(Text(length / 2 + x, y, string, size, width, bold, colour))
        return block
