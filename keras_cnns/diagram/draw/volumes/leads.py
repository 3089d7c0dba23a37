"""What leads from one solid to the next: an arrow, or a window on its map and lines to what is seen in it."""

from __future__ import annotations

from math import hypot

from keras_cnns.diagram.draw.palettes import Palette
from keras_cnns.diagram.draw.scene import Line, Point, Shape
from keras_cnns.diagram.draw.volumes.items import Item
from keras_cnns.diagram.draw.volumes.solids import Prism, on_face, window

THICKNESS, THIN = 1.2, 0.8
# A window is seen at least this large in pixels, and no larger than this share of the map.
LEAST_WINDOW, LARGEST_SHARE = 8.0, 0.6
CORNER, PIECES = 8.0, 4
# How far behind stacks lines from them come together.
ELBOW = 4.0


def between_stacks(
    before: Item, prisms: list[Prism], item: Item, x: float, palette: Palette
) -> tuple[list[Shape], list[Line]]:
    """Return the windows and the lines from each stack of one item to those of the next, which is at x.

    What is computed in groups, and a pooling, reads its own stack alone.
    """
    windows: list[Shape] = []
    lines: list[Line] = []
    own = len(prisms) == item.stacks and (item.groups > 1 or item.kind == "pool")
    for i, y in enumerate(item.middles()):
        for prism in [prisms[i]] if own else prisms:
            shares = _shares(before, item, prism)
            if shares:
                shapes, corners = window(prism, shares, item.fill, palette.ink)
                windows += shapes
                for corner in corners:
                    lines += line_from(before, prism, [corner, (x, y)], palette, thickness=THIN)
            else:
                start = prism.right + prism.reach / 2, prism.y
                lines += line_from(before, prism, [start, (x, y)], palette, arrow=True)
    return windows, lines


def by_elbows(before: Item, prisms: list[Prism], x: float, palette: Palette) -> list[Line]:
    """Return lines from stacks that come together close to them, and go on to x as one."""
    trunk = prisms[0].right + prisms[0].reach + ELBOW
    lines = [Line(((trunk, 0.0), (x, 0.0)), arrow=True)]
    for prism in prisms:
        start = prism.right + prism.reach / 2, prism.y
        lines += line_from(before, prism, [start, (trunk, prism.y), (trunk, 0.0)], palette)
    return lines


def line_from(
    item: Item,
    prism: Prism,
    ends: list[Point],
    palette: Palette,
    thickness: float = THICKNESS,
    arrow: bool = False,
) -> list[Line]:
    """Return a line that begins on the right face of an item, in a colour that can be seen there."""
    (x, y), *rest = ends
    seen, edge = on_face(item.fill, palette), prism.right + prism.reach
    if seen == palette.ink or x >= edge:
        return [Line(tuple(ends), arrow, thickness)]
    to_x, to_y = rest[0]
    leaves = edge, y + (to_y - y) * (edge - x) / (to_x - x)
    return [
        Line(((x, y), leaves), False, thickness, colour=seen),
        Line((leaves, *rest), arrow, thickness),
    ]


def _shares(before: Item, item: Item, prism: Prism) -> tuple[float, float] | None:
    """The shares of a map's depth and height that a layer sees at once; nothing if it sees all of it."""
    if before.extent.is_vector or item.extent.is_vector or not item.window:
        return None
    # What slides along one side slides along the last, as in each step of time.
    along = (item.window[0], 1) if before.extent.is_sequence else (1, item.window[0])
    down, across = item.window[-2:] if len(item.window) > 1 else along
    found = []
    for length, side, seen in (
        (across, before.extent.depth or 1.0, prism.reach),
        (down, before.extent.height, prism.height),
    ):
        found.append(min(max(length / side, LEAST_WINDOW / max(seen, 1.0)), LARGEST_SHARE))
    return found[0], found[1]


def rounded(points: list[Point]) -> tuple[Point, ...]:
    """Return a line with its corners as arcs of a few straight pieces."""
    found = [points[0]]
    for before, corner, after in zip(points, points[1:], points[2:]):
        radius = min(CORNER, _distance(before, corner) / 2, _distance(corner, after) / 2)
        start, end = _towards(corner, before, radius), _towards(corner, after, radius)
        for piece in range(PIECES + 1):
            t = piece / PIECES
            # A quadratic curve whose control point is the corner.
            shares = (1 - t) ** 2, 2 * t * (1 - t), t**2
            x = sum(share * point[0] for share, point in zip(shares, (start, corner, end)))
            y = sum(share * point[1] for share, point in zip(shares, (start, corner, end)))
            found.append((x, y))
    return (*found, points[-1])


def _distance(one: Point, other: Point) -> float:
    return hypot(other[0] - one[0], other[1] - one[1])


def _towards(start: Point, goal: Point, length: float) -> Point:
    far = _distance(start, goal) or 1.0
    return start[0] + (goal[0] - start[0]) * length / far, start[1] + (goal[1] - start[1]) * length / far
