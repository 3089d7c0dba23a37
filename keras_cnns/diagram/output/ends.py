"""Which box a line begins or ends at."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from math import hypot

from keras_cnns.diagram.draw.scene import Circle, Point, Polygon, Rectangle
from keras_cnns.diagram.output.cells import Cells
from keras_cnns.diagram.output.figure_items import Box, holds
from keras_cnns.diagram.output.wires import TOUCH


class Ends:
    """The boxes that lines may lead to; `order` says by `id` when each shape is painted."""

    def __init__(self, boxes: Iterable[Box], order: Mapping[int, int]):
        found = sorted(filter(_may_be_led_to, boxes), key=lambda box: order[id(box.shape)])
        self.cells = Cells([(box.corners, box) for box in found], TOUCH)

    def at(self, point: Point) -> Box | None:
        """The uppermost box on whose border a point is; lines also begin within the face of a solid."""
        return next((box for box in reversed(self.cells.near(point)) if _is_at(box, point)), None)


def _may_be_led_to(box: Box) -> bool:
    """Dots where lines part are circles, too, but without words."""
    return bool(box.shape.stroke) and (not isinstance(box.shape, Circle) or box.words is not None)


def _is_at(box: Box, point: Point) -> bool:
    shape, (x, y) = box.shape, point
    if isinstance(shape, Rectangle):
        return on_border(box, point)
    if isinstance(shape, Circle):
        return abs(hypot(x - shape.x, y - shape.y) - shape.radius) <= TOUCH
    return is_within(point, shape)


def on_border(box: Box, point: Point) -> bool:
    """Whether a point is on the border of the rectangle around a box."""
    left, top, right, bottom = box.corners
    x, y = point
    near = min(abs(x - left), abs(x - right), abs(y - top), abs(y - bottom)) <= TOUCH
    return near and holds(box.corners, point * 2)


def is_within(point: Point, area: Polygon) -> bool:
    """Whether a point is in a polygon without dents, or on its border."""
    x, y = point
    sides = []
    for (a, b), (c, d) in pairwise((*area.points, area.points[0])):
        length = hypot(c - a, d - b)
        if length > 0.0:
            sides.append(((c - a) * (y - b) - (d - b) * (x - a)) / length)
    return min(sides, default=-1.0) >= -TOUCH or max(sides, default=1.0) <= TOUCH
