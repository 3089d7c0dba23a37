"""Pieces of a picture that can be set beside each other: each has an axis, on which its arrows come and go.

Lengths run along the axis (x) and across it (y), the axis being y = 0; a vertical picture swaps the two at
the end, so only what a person reads, text and badges, has to know how it will stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.scene import Circle, Line, Point, Polygon, Rectangle, Shape, Text
from keras_cnns.records import record


@record(frozen=True, slots=True)
class Port:
    """Where an edge comes in or goes out; a shortcut with nothing on it has no arrow head where it begins.

    `way` says by which way that goes out enters a module with two ways in, if one follows.
    """

    x: float
    y: float
    arrow: bool = True
    way: int = 0

    def moved(self, dx: float, dy: float) -> Port:
        return Port(self.x + dx, self.y + dy, self.arrow, self.way)


@dataclass(eq=False, slots=True)
class Fragment:
    """From x = 0 to `length`, from y = -above to below.

    `entry_from_below` is where a shortcut enters; `taps` are the points at which a side output may start, by
    the vertex that it reads. `second` is where the second way into a module that has two comes in, `late`
    where what the last but one of such modules in a row gives leaves, and `down` are where what a later join
    reads leaves. `of` is what the whole of it shows: a box, what repeats, or a module.
    """

    length: float
    above: float
    below: float
    entries: list[Port]
    exits: list[Port]
    shapes: list[Shape] = field(default_factory=list)
    inside: list[tuple[float, float, Fragment]] = field(default_factory=list)
    entry_from_below: Point | None = None
    taps: dict[int, Point] = field(default_factory=dict)
    second: Port | None = None
    late: Port | None = None
    down: list[Port] = field(default_factory=list)
    of: object = None

    def put(self, fragment: Fragment, x: float, y: float) -> None:
        """Place a fragment inside this one, its axis at y."""
        self.inside.append((x, y, fragment))
        if fragment.taps:
            self.taps |= {vertex: (x + at[0], y + at[1]) for vertex, at in fragment.taps.items()}

    def line(self, *points: Point, arrow: bool = False) -> None:
        """Draw a line; one without length is left out."""
        turns = [point for i, point in enumerate(points) if i == 0 or point != points[i - 1]]
        if len(turns) > 1:
            self.shapes.append(Line(tuple(turns), arrow))

    def flat(self, dx: float = 0.0, dy: float = 0.0) -> Iterator[Shape]:
        """All shapes with their final places along and across."""
        for x, y, fragment in self.walk(dx, dy):
            for shape in fragment.shapes:
                yield moved(shape, x, y)

    def walk(self, dx: float = 0.0, dy: float = 0.0) -> Iterator[tuple[float, float, Fragment]]:
        """This and all fragments inside, each after what it is in, with the place where it starts."""
        ahead = [(dx, dy, self)]
        while ahead:
            x, y, fragment = ahead.pop()
            yield x, y, fragment
            ahead += [(x + a, y + b, inner) for a, b, inner in reversed(fragment.inside)]


def moved(shape: Shape, dx: float, dy: float) -> Shape:
    if isinstance(shape, (Line, Polygon)):
        return _through(shape, tuple((x + dx, y + dy) for x, y in shape.points))
    return _at(shape, shape.x + dx, shape.y + dy)


def turned(shape: Shape) -> Shape:
    """The shape in a vertical picture: along is down."""
    if isinstance(shape, (Line, Polygon)):
        return _through(shape, tuple((y, x) for x, y in shape.points))
    if isinstance(shape, Rectangle):
        shape = replace(shape, width=shape.height, height=shape.width)
    return _at(shape, shape.y, shape.x)


def _through(shape: Line | Polygon, points: tuple[Point, ...]) -> Shape:
    """The shape with other points; written out, since `replace` takes several times as long."""
    if isinstance(shape, Line):
        return Line(points, shape.arrow, shape.thickness, shape.css, shape.colour)
    return Polygon(points, shape.fill, shape.stroke, shape.tooltip, shape.css, shape.link)


def _at(shape: Rectangle | Circle | Text, x: float, y: float) -> Shape:
    """The shape in another place."""
    if isinstance(shape, Rectangle):
        return Rectangle(
            x,
            y,
            shape.width,
            shape.height,
            shape.fill,
            shape.stroke,
            shape.tooltip,
            shape.css,
            shape.link,
        )
    if isinstance(shape, Circle):
        return Circle(x, y, shape.radius, shape.fill, shape.tooltip, shape.css, shape.stroke, shape.link)
    return Text(x, y, shape.string, shape.size, shape.width, shape.bold, shape.colour, shape.css, shape.link)


@record(frozen=True, slots=True)
class Orientation:
    """Which way the lane runs: `vertical` swaps width and height, what runs `up` is mirrored later."""

    vertical: bool = False
    up: bool = False

    def along(self, width: float, height: float) -> tuple[float, float]:
        """A size as it is read, as lengths along and across."""
        return (height, width) if self.vertical else (width, height)

    def lines(
        self, strings: list[str], size: float, bold: bool = False, colour: str = style.DARK_TEXT
    ) -> Fragment:
        """Lines of text around a centre at (length / 2, 0)."""
        widths = [style.text_width(string, size, bold) for string in strings]
        step = style.even(style.LINE_HEIGHT * size / style.FONT)
        length, across = self.along(style.even(max(widths, default=0.0)), step * len(strings))
        fragment = Fragment(length, across / 2, across / 2, [], [])
        for i, (string, width) in enumerate(zip(strings, widths)):
            down = (i - (len(strings) - 1) / 2) * (-step if self.up else step)
            x, y = self.along(0.0, down)
            fragment.shapes.append(Text(length / 2 + x, y, string, size, width, bold, colour))
        return fragment
