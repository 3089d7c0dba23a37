"""Fragments → blocks: shapes in their places, what can be opened among them, which lines hold on to it.

A block has its own coordinates. The page stretches each block by one map of x and one of y so that what is
opened in it has room.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from keras_cnns.diagram.draw.fragments import Fragment, moved
from keras_cnns.diagram.draw.geometry import bounds
from keras_cnns.diagram.draw.scene import Line, Point, Rectangle, Shape
from keras_cnns.diagram.fold.parts import Box, ParallelCopies, Repeat

NONE = -1
# Closer than this, two points are one.
NEAR = 0.05


@dataclass(frozen=True, eq=False, slots=True)
class Slot:
    """Room for another block, which is always open: `what` is in it, as the copy of this number."""

    what: object
    copy: int = 0


@dataclass(eq=False, slots=True)
class Place:
    """Where something can be opened.

    `kind` is box, copies (brackets), or slot. `within` is the place of the same block around it. Its corners
    are `low` and `high`; `axis` is where its arrows come and go, across.
    """

    kind: str
    of: object
    within: int
    low: Point
    high: Point
    axis: float


@dataclass(eq=False, slots=True)
class Block:
    """Shapes of which each has an owner, a place or none; `ties` are the places that the ends of lines touch.

    `low` and `high` are the corners of the whole; `axis` is where its arrows come and go, across. `of` is
    what the whole shows.
    """

    shapes: list[Shape]
    owners: list[int]
    places: list[Place]
    low: Point
    high: Point
    axis: float
    of: object = None
    ties: dict[int, tuple[int, int]] = field(default_factory=dict)


def block(fragment: Fragment, placed: Callable[[Shape], Shape], vertical: bool, start: Point) -> Block:
    """Return a fragment that starts at `start`, along and across, as a block; `placed` puts a shape there."""
    shapes: list[Shape] = []
    owners: list[int] = []
    places: list[Place] = []
    ahead = [(*start, fragment, NONE)]
    while ahead:
        x, y, one, owner = ahead.pop()
        if isinstance(one.of, (Box, Repeat, ParallelCopies, Slot)):
            places.append(_place(one, x, y, owner, placed, vertical))
            owner = len(places) - 1
        for shape in one.shapes:
            shapes.append(placed(moved(shape, x, y)))
            owners.append(owner)
        ahead += [(x + a, y + b, inner, owner) for a, b, inner in reversed(one.inside)]
    x, y = start
    whole = Rectangle(x, y - fragment.above, fragment.length, fragment.above + fragment.below, None)
    low, high = _corners(placed(whole))
    edges = [bounds(shape) for shape in shapes]
    low = min(low[0], *(edge[0] for edge in edges)), min(low[1], *(edge[1] for edge in edges))
    high = max(high[0], *(edge[2] for edge in edges)), max(high[1], *(edge[3] for edge in edges))
    found = Block(shapes, owners, places, low, high, _axis(x, y, placed, vertical), fragment.of)
    found.ties = _ties(found)
    return found


def _place(
    one: Fragment, x: float, y: float, owner: int, placed: Callable[[Shape], Shape], vertical: bool
) -> Place:
    if isinstance(one.of, Box):
        kind, rectangle = "box", [shape for shape in one.shapes if isinstance(shape, Rectangle)][-1]
    elif isinstance(one.of, Slot):
        kind, rectangle = "slot", Rectangle(0.0, -one.above, one.length, one.above + one.below, None)
    else:
        bracket = next(shape for shape in one.shapes if isinstance(shape, Line))
        (_, top), (_, bottom) = bracket.points[1:3]
        kind, rectangle = "copies", Rectangle(0.0, top, one.length, bottom - top, None)
    low, high = _corners(placed(moved(rectangle, x, y)))
    return Place(kind, one.of, owner, low, high, _axis(x, y, placed, vertical))


def _corners(rectangle: Shape) -> tuple[Point, Point]:
    left, top, right, bottom = bounds(rectangle)
    return (left, top), (right, bottom)


def _axis(x: float, y: float, placed: Callable[[Shape], Shape], vertical: bool) -> float:
    line = placed(Line(((x, y), (x + 1, y))))
    assert isinstance(line, Line)
    return line.points[0][not vertical]


def _ties(block: Block) -> dict[int, tuple[int, int]]:
    """For each line of which an end touches a box, or is inside brackets that the line is not in: these."""
    touched = _Touched(block.places)
    ties = {}
    for i, shape in enumerate(block.shapes):
        if isinstance(shape, Line):
            owner = block.owners[i]
            ends = touched.at(shape.points[0], owner), touched.at(shape.points[-1], owner)
            if ends != (NONE, NONE):
                ties[i] = ends
    return ties


class _Touched:
    """Which place a point touches, found by the whole numbers nearest to its coordinates."""

    def __init__(self, places: list[Place]):
        self.places = places
        self.edges: dict[tuple[int, int], list[int]] = {}
        self.brackets = [i for i, place in enumerate(places) if place.kind == "copies"]
        for i, place in enumerate(places):
            if place.kind == "box":
                for axis in (0, 1):
                    for edge in (place.low[axis], place.high[axis]):
                        self.edges.setdefault((axis, round(edge)), []).append(i)

    def at(self, point: Point, owner: int) -> int:
        """The box that has the point on its edge, or the outermost brackets around it that do not own it."""
        for axis in (0, 1):
            for whole in {round(point[axis] - NEAR), round(point[axis] + NEAR)}:
                for i in self.edges.get((axis, whole), ()):
                    if self.is_on_edge(point, self.places[i]):
                        return i
        around = self.around(owner)
        return next((i for i in self.brackets if i not in around and self.is_in(point, self.places[i])), NONE)

    def around(self, owner: int) -> set[int]:
        found = set()
        while owner != NONE:
            found.add(owner)
            owner = self.places[owner].within
        return found

    def is_on_edge(self, point: Point, place: Place) -> bool:
        low, high = place.low, place.high
        inside = all(low[a] - NEAR <= point[a] <= high[a] + NEAR for a in (0, 1))
        return inside and any(min(abs(point[a] - low[a]), abs(point[a] - high[a])) <= NEAR for a in (0, 1))

    def is_in(self, point: Point, place: Place) -> bool:
        return all(place.low[a] + NEAR < point[a] < place.high[a] - NEAR for a in (0, 1))
