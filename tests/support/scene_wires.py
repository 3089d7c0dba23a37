"""Which box leads to which by the lines of a scene, as an eye follows them.

Lines that touch are one line: whoever follows it may leave by any of them. Lines that cross are two. Along
the lane a line runs as its arrow head says, or else as the lane does; across it both ways may be followed.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass

from keras_cnns.diagram.draw.scene import Point
from support.scene_marks import REACH, TOUCH, Bracket, Marks, Panel, SceneError, SeenBox


@dataclass(frozen=True)
class End:
    """Where a wire begins or ends: at a box or, by `way`, where it enters or leaves brackets or a panel."""

    way: str  # "box", "enter" or "leave"
    at: SeenBox | Bracket | Panel
    point: Point


# A place that wires run through; at brackets there are two, inside of them and outside.
Place = tuple[Point, Bracket | None, bool]


def follow(marks: Marks) -> list[tuple[End, End]]:
    """Return all that can be followed from one end to the next; every other line raises a SceneError."""
    return _Wires(marks).followed()


class _Wires:
    def __init__(self, marks: Marks):
        self.marks = marks
        points = [point for line in marks.wires for point in line.points]
        areas = (*marks.boxes, *marks.brackets)
        sides = [(x, y) for area in areas for x, y in ((area.left, area.top), (area.right, area.bottom))]
        self.snap_x = _snapping([x for x, _ in (*points, *sides)])
        self.snap_y = _snapping([y for _, y in (*points, *sides)])
        self.routes = [[self.snapped(point) for point in line.points] for line in marks.wires]
        self.border = self.borders()
        self.gates: dict[Point, Bracket] = {}
        self.next: dict[Place, set[Place]] = defaultdict(set)
        self.cut()
        self.starts: dict[Place, End] = {}
        self.stops: dict[Place, End] = {}
        self.find_ends()

    def snapped(self, point: Point) -> Point:
        return self.snap_x[point[0]], self.snap_y[point[1]]

    def borders(self) -> dict[tuple[str, float], list[SeenBox]]:
        found = defaultdict(list)
        for box in self.marks.boxes:
            for axis, value in (("x", box.left), ("x", box.right)):
                found[axis, self.snap_x[value]].append(box)
            for axis, value in (("y", box.top), ("y", box.bottom)):
                found[axis, self.snap_y[value]].append(box)
        return found

    def box_at(self, point: Point) -> SeenBox | None:
        near = (*self.border["x", point[0]], *self.border["y", point[1]])
        return next((box for box in near if box.has(point)), None)

    def cut(self) -> None:
        """Cut the lines where they meet and where they pass brackets."""
        on_x, on_y = defaultdict(set), defaultdict(set)
        for route in self.routes:
            for x, y in route:
                on_x[x].add(y)
                on_y[y].add(x)
        pieces = [(a, b) for route in self.routes for a, b in zip(route, route[1:]) if a != b]
        for a, b in pieces:
            if a[0] != b[0] and a[1] != b[1]:
                raise SceneError(f"a slanting line from {a} to {b}")
        for bracket in self.marks.brackets:
            for gate in map(self.snapped, _crossings(bracket, pieces)):
                self.gates[gate] = bracket
                on_x[gate[0]].add(gate[1])
                on_y[gate[1]].add(gate[0])
        sorted_x = {x: sorted(ys) for x, ys in on_x.items()}
        sorted_y = {y: sorted(xs) for y, xs in on_y.items()}
        for a, b in pieces:
            along = a[1] == b[1]
            places = sorted_y[a[1]] if along else sorted_x[a[0]]
            low, high = sorted((a[0], b[0]) if along else (a[1], b[1]))
            steps = places[bisect_left(places, low) : bisect_right(places, high)]
            line = [(step, a[1]) if along else (a[0], step) for step in steps]
            line = line if line[0] == a else line[::-1]
            for p, q in zip(line, line[1:]):
                self.join(p, q, both_ways=not along)

    def join(self, p: Point, q: Point, both_ways: bool) -> None:
        middle = (p[0] + q[0]) / 2, (p[1] + q[1]) / 2
        start, end = self.place(p, middle), self.place(q, middle)
        self.next[start].add(end)
        if both_ways:
            self.next[end].add(start)

    def place(self, point: Point, beside: Point) -> Place:
        bracket = self.gates.get(point)
        return point, bracket, bracket is not None and bracket.has(beside, 0.0)

    def find_ends(self) -> None:
        """Where wires begin and end: a head at a box ends one, any other end there begins one."""
        reached = {place for places in self.next.values() for place in places}
        for line, route in zip(self.marks.wires, self.routes):
            first, last = self.place(route[0], route[1]), self.place(route[-1], route[-2])
            box = self.box_at(route[-1])
            if line.arrow:
                self.stops[last] = End("box", box, route[-1]) if box else self.panel_end("leave", route[-1])
            elif box:
                self.starts[last] = End("box", box, route[-1])
            elif last not in self.next and last[1] is None:
                raise SceneError(f"a line ends at nothing: {route}")
            box = self.box_at(route[0])
            if box:
                self.starts[first] = End("box", box, route[0])
            elif first not in reached and first[1] is None:
                self.starts[first] = self.panel_end("enter", route[0])
        for gate, bracket in self.gates.items():
            inner, outer = (gate, bracket, True), (gate, bracket, False)
            if inner in reached:
                self.stops[inner] = self.starts[outer] = End("leave", bracket, gate)
            if outer in reached:
                self.stops[outer] = self.starts[inner] = End("enter", bracket, gate)

    def panel_end(self, way: str, point: Point) -> End:
        near = min(self.marks.panels, key=lambda panel: panel.distance(point), default=None)
        if near is None or near.has(point) or near.distance(point) > REACH:
            raise SceneError(f"a line begins or ends at nothing: {point}")
        return End(way, near, point)

    def followed(self) -> list[tuple[End, End]]:
        found = []
        for start, begin in self.starts.items():
            ahead, came = [start], {start: start}
            ends: set[End] = set()
            while ahead:
                place = ahead.pop()
                if place in self.stops and place != start:
                    ends.add(self.stops[place])
                    continue
                for after in self.next.get(place, ()):
                    if after not in came:
                        came[after] = place
                        ahead.append(after)
                    elif after != came[place]:
                        raise SceneError(f"two lines from {begin.point} come together at {after[0]}")
            found += [(begin, end) for end in ends]
            if not ends and isinstance(begin.at, SeenBox | Panel):
                raise SceneError(f"a line from {begin.point} leads nowhere")
        return found


def _snapping(values: list[float]) -> dict[float, float]:
    """For each value the least of those that it cannot be told apart from."""
    snapped: dict[float, float] = {}
    last = float("-inf")
    for value in sorted(set(values)):
        if value - last > TOUCH:
            last = value
        snapped[value] = last
    return snapped


def _crossings(bracket: Bracket, pieces: list[tuple[Point, Point]]) -> list[Point]:
    """Where lines pass the sides of a bracket, or end there."""
    found = []
    for (a, b), (c, d) in pieces:
        if b == d and bracket.top < b < bracket.bottom:
            low, high = sorted((a, c))
            found += [(x, b) for x in (bracket.left, bracket.right) if low - TOUCH <= x <= high + TOUCH]
        elif a == c and bracket.left < a < bracket.right:
            low, high = sorted((b, d))
            found += [(a, y) for y in (bracket.top, bracket.bottom) if low < y < high]
    return found
