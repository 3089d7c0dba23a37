"""Lines of a scene in pieces that office programs draw alike: straight ones, and ones with a single turn.

These programs choose the way of a connector with more turns by themselves, each in its own way. So a line is
cut where another leaves it or comes to it, and at turns; a dot, the joint, holds the pieces together.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

from keras_cnns.diagram.draw.scene import Line, Point, Polygon
from keras_cnns.diagram.output.figure_items import Box
from keras_cnns.diagram.output.wires import TOUCH, Joined, Wire, between, length, straightened


@dataclass(frozen=True, eq=False, slots=True)
class Joint:
    """A dot where pieces of lines meet."""

    at: Point
    drawn: Line


def pieces(lines: list[Line], box_at: Callable[[Point], object | None]) -> list[Wire]:
    """Return wires, each straight or with one turn, that begin and end at a box, a joint, or nowhere.

    A line at which there is neither box nor other line stays as it is, and so does one that slants or bows.
    """
    cut = _Cut(Joined([line for line in lines if length(line.points) > TOUCH], box_at))
    cut.splice()
    return [part for wire in cut.wires for part in cut.turned(wire)]


class _Cut:
    """Lines cut where they meet."""

    def __init__(self, joined: Joined):
        self.joints: dict[tuple[int, int], Joint] = {}
        self.wires: list[Wire] = []
        meetings: dict[int, set[float]] = defaultdict(set)
        for i, after in enumerate(joined.next):
            for left, j, entered in after:
                meetings[i].add(left)
                meetings[j].add(entered)
        for i, line in enumerate(joined.lines):
            whole = length(line.points)
            inner = sorted(far for far in meetings[i] if TOUCH < far < whole - TOUCH)
            stops = [0.0, *(far for far, before in zip(inner, [0.0, *inner]) if far - before > TOUCH), whole]
            for start, end in pairwise(stops):
                way = straightened(between(line.points, start, end))
                first = joined.starts_at[i] if start == 0.0 else None
                last = joined.ends_at[i] if end == whole else None
                if first is None and (start > 0.0 or any(far <= TOUCH for far in meetings[i])):
                    first = self.joint(way[0], line)
                if last is None and (end < whole or any(far >= whole - TOUCH for far in meetings[i])):
                    last = self.joint(way[-1], line)
                if first is not None and first is last:
                    continue  # between two places that look like one
                arrow = line.arrow and end == whole
                self.wires.append(Wire(replace(line, points=way, arrow=arrow), line, first, last))

    def joint(self, at: Point, drawn: Line) -> Joint:
        """The joint at a point; there is one for all that is nearer than can be seen."""
        x, y = round(at[0] / TOUCH / 2), round(at[1] / TOUCH / 2)
        for beside in ((x + a, y + b) for a in (0, -1, 1) for b in (0, -1, 1)):
            if beside in self.joints:
                return self.joints[beside]
        return self.joints.setdefault((x, y), Joint(at, drawn))

    def splice(self) -> None:
        """Join two pieces again where nothing else meets them."""
        into: dict[object, list[Wire]] = defaultdict(list)
        out: dict[object, list[Wire]] = defaultdict(list)
        for wire in self.wires:
            into[wire.end].append(wire)
            out[wire.start].append(wire)
        spliced = set()
        for joint in self.joints.values():
            if len(into[joint]) == len(out[joint]) == 1 and into[joint] != out[joint]:
                first, second = into[joint].pop(), out[joint].pop()
                way = straightened(first.line.points + second.line.points)
                both = Wire(replace(second.line, points=way), second.drawn, first.start, second.end)
                spliced |= {first, second}
                self.wires.append(both)
                out[first.start][out[first.start].index(first)] = both
                into[second.end][into[second.end].index(second)] = both
        self.wires = [wire for wire in self.wires if wire not in spliced]

    def turned(self, wire: Wire) -> list[Wire]:
        """A wire in pieces with one turn at most; one that nothing holds, or that slants, stays as it is."""
        points = wire.line.points
        slants = any(not _is_level(*piece) for piece in pairwise(points))
        if len(points) > 2 and (slants or wire.start is None and wire.end is None):
            return [wire]
        parts: list[Wire] = []
        start, at = wire.start, 0
        while at < len(points) - 1:
            last = len(points) - 1
            two = min(at + 2, last)
            end = wire.end if two == last else self.joint(points[two], wire.drawn)
            held = _holds_a_turn(start, points[at]) and _holds_a_turn(end, points[two])
            if two == at + 2 and not held:
                two -= 1
                end = wire.end if two == last else self.joint(points[two], wire.drawn)
            line = replace(wire.line, points=points[at : two + 1], arrow=wire.line.arrow and two == last)
            parts.append(Wire(line, wire.drawn, start, end))
            start, at = end, two
        return parts


def _is_level(start: Point, end: Point) -> bool:
    """Whether it runs across, or down."""
    return min(abs(start[0] - end[0]), abs(start[1] - end[1])) <= TOUCH


def _holds_a_turn(end: object | None, at: Point) -> bool:
    """Whether a connector with a turn may end there; off the middle LibreOffice leads it another way."""
    if not isinstance(end, Box) or isinstance(end.shape, Polygon):
        return isinstance(end, Joint)
    left, top, right, bottom = end.corners
    off = abs(at[0] - (left + right) / 2), abs(at[1] - (top + bottom) / 2)
    return min(off) <= TOUCH
