"""Lines with rounded bends, which a scene has as many short pieces, as their corners."""

from itertools import pairwise
from math import hypot

from keras_cnns.diagram.draw.scene import Point
from keras_cnns.diagram.output.wires import TOUCH

# A piece of a bend is no longer than this.
LONGEST_PIECE = 6.0


def cornered(points: tuple[Point, ...]) -> tuple[tuple[Point, ...], float]:
    """Return a line with a corner for each bend between a level and an upright piece, and the bends' radius.

    The radius is that of the widest bend, 0 if the line has none.
    """
    found, radius, at = [points[0]], 0.0, 1
    while at < len(points):
        last = _end_of_bend(points, at)
        corner = _corner(points, at, last) if last > at + 1 else None
        if corner is None:
            found.append(points[at])
            at += 1
            continue
        radius = max(radius, *(abs(a - b) for a, b in zip(points[at], corner)))
        found.append(corner)
        at = last + 1
    return tuple(found), radius


def _end_of_bend(points: tuple[Point, ...], first: int) -> int:
    """The point where short slanting pieces end that begin at another."""
    last = first
    for one, other in pairwise(points[first:]):
        if _direction(one, other) or hypot(other[0] - one[0], other[1] - one[1]) > LONGEST_PIECE:
            break
        last += 1
    return last


def _corner(points: tuple[Point, ...], first: int, last: int) -> Point | None:
    """Where the pieces before and after a bend would meet, if one is level and the other upright."""
    if last + 1 == len(points):
        return None
    before = _direction(points[first - 1], points[first])
    after = _direction(points[last], points[last + 1])
    if not before or not after or before == after:
        return None
    level, upright = (points[first], points[last]) if before == "level" else (points[last], points[first])
    return upright[0], level[1]


def _direction(start: Point, end: Point) -> str:
    across, down = abs(end[0] - start[0]), abs(end[1] - start[1])
    if max(across, down) <= TOUCH:
        return ""
    return "level" if down <= TOUCH else "upright" if across <= TOUCH else ""
