"""Lines of a scene as wires from box to box, as an eye follows them.

A line that begins on another branches off from it, one that ends on another goes on with it, and lines that
only cross have nothing to do with each other.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import hypot
from typing import Generic, TypeVar

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.scene import Line, Point
from keras_cnns.diagram.output.cells import Cells, Corners

# Points nearer to each other than this are one, in pixels.
TOUCH = 0.3
# So many wires for each line there may be; where lines join only to part again there would be too many.
MOST = 8

Target = TypeVar("Target")


@dataclass(frozen=True, eq=False, slots=True)
class Wire(Generic[Target]):
    """A line with what it begins and ends at, if that is a box.

    `line` has its whole way and its look, `drawn` is the last of the lines of the scene that it follows.
    """

    line: Line
    drawn: Line
    start: Target | None = None
    end: Target | None = None


def wires(lines: list[Line], box_at: Callable[[Point], Target | None]) -> list[Wire[Target]]:
    """Return a wire for each way along these lines from where one begins to where it ends.

    `box_at` gives the box on whose border a point is. Stretches that several wires share are in each of them.
    If there would be very many, each line is a wire by itself.
    """
    lines = [line for line in lines if length(line.points) > TOUCH]
    found: list[Wire[Target]] = []
    for wire in Joined(lines, box_at).followed():
        found.append(wire)
        if len(found) > MOST * len(lines):
            return [Wire(line, line, box_at(line.points[0]), box_at(line.points[-1])) for line in lines]
    return found


def is_bracket(line: Line) -> bool:
    """Whether it is one of the brackets round a repeat: a line with two short ticks to one side."""
    if line.arrow or len(line.points) != 4:
        return False
    a, b, c, d = line.points
    tick, other = (a[0] - b[0], a[1] - b[1]), (d[0] - c[0], d[1] - c[1])
    return _near(tick, other) and 0 < hypot(*tick) <= style.BRACKET_TICK + TOUCH


class Joined(Generic[Target]):
    """Lines, what each begins and ends at, and which may follow it.

    `next` has for each line the others: how far along it is left, which follows, and where that is entered.
    """

    def __init__(self, lines: list[Line], box_at: Callable[[Point], Target | None]):
        self.lines = lines
        self.starts_at = [box_at(line.points[0]) for line in lines]
        self.ends_at = [box_at(line.points[-1]) for line in lines]
        pieces = [(i, piece) for i, line in enumerate(lines) for piece in zip(line.points, line.points[1:])]
        self.cells = Cells([(_corners(*piece), i) for i, piece in pieces], TOUCH)
        self.next: list[list[tuple[float, int, float]]] = [[] for _ in lines]
        for i, line in enumerate(lines):
            if self.starts_at[i] is None:
                for far, j in self.on(i, line.points[0]):
                    if far > TOUCH:
                        self.next[j].append((far, i, 0.0))
            if self.ends_at[i] is None:
                for far, j in self.on(i, line.points[-1]):
                    if TOUCH < far < length(lines[j].points) - TOUCH:
                        self.next[i].append((length(line.points), j, far))

    def on(self, i: int, point: Point) -> Iterator[tuple[float, int]]:
        """The other lines of its colour on which a point lies, and how far along each."""
        for j in dict.fromkeys(self.cells.near(point)):
            alike = j != i and self.lines[j].colour == self.lines[i].colour
            far = _how_far(self.lines[j].points, point) if alike else None
            if far is not None:
                yield far, j

    def followed(self) -> Iterator[Wire[Target]]:
        """Every way from a box, or from where nothing leads, to a box or to where nothing goes on."""
        led_to = {j for after in self.next for _, j, entered in after if entered == 0.0}
        for begin in range(len(self.lines)):
            if self.starts_at[begin] is not None or begin not in led_to:
                yield from self.ways(begin)

    def ways(self, begin: int) -> Iterator[Wire[Target]]:
        ahead: list[tuple[tuple[Point, ...], int, float, frozenset[int]]] = [((), begin, 0.0, frozenset())]
        while ahead:
            come, i, entered, passed = ahead.pop()
            line = self.lines[i]
            whole, passed = length(line.points), passed | {i}
            after = [(left, j, there) for left, j, there in self.next[i] if left > entered + TOUCH]
            for left, j, there in reversed(after):
                if j not in passed:
                    ahead.append((come + between(line.points, entered, left), j, there, passed))
            if not any(left > whole - TOUCH for left, _, _ in after):
                way = straightened(come + between(line.points, entered, whole))
                yield Wire(replace(line, points=way), line, self.starts_at[begin], self.ends_at[i])


def _corners(a: Point, b: Point) -> Corners:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])


def _near(a: Point, b: Point) -> bool:
    return hypot(a[0] - b[0], a[1] - b[1]) <= TOUCH


def length(points: tuple[Point, ...]) -> float:
    return sum(hypot(c - a, d - b) for (a, b), (c, d) in zip(points, points[1:]))


def _how_far(points: tuple[Point, ...], point: Point) -> float | None:
    """How far along a line a point is that lies on it."""
    done = 0.0
    for a, b in zip(points, points[1:]):
        length = hypot(b[0] - a[0], b[1] - a[1])
        if not length:
            continue
        x, y = (b[0] - a[0]) / length, (b[1] - a[1]) / length
        along = (point[0] - a[0]) * x + (point[1] - a[1]) * y
        beside = abs((point[0] - a[0]) * y - (point[1] - a[1]) * x)
        if beside <= TOUCH and -TOUCH <= along <= length + TOUCH:
            return done + min(max(along, 0.0), length)
        done += length
    return None


def between(points: tuple[Point, ...], start: float, end: float) -> tuple[Point, ...]:
    """The part of a line between two distances along it."""
    part, done = [], 0.0
    for a, b in zip(points, points[1:]):
        length = hypot(b[0] - a[0], b[1] - a[1])
        for at in (start, end):
            if length and done <= at <= done + length:
                share = (at - done) / length
                part.append((at, (a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]))))
        done += length
        if start < done < end:
            part.append((done, b))
    return tuple(point for _, point in sorted(part, key=lambda one: one[0]))


def straightened(points: tuple[Point, ...]) -> tuple[Point, ...]:
    """The same way without points that repeat, or that lie on the straight line between their neighbours."""
    kept: list[Point] = []
    for point in points:
        if kept and _near(kept[-1], point):
            continue
        if len(kept) > 1 and _how_far((kept[-2], point), kept[-1]) is not None:
            kept.pop()
        kept.append(point)
    return tuple(kept)
