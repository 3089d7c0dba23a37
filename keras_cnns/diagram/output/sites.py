"""The places of a shape where office programs glue connectors to it."""

from keras_cnns.diagram.draw.scene import Point, Polygon, Rectangle
from keras_cnns.diagram.output.figure_items import Box
from keras_cnns.diagram.output.wires import TOUCH

# Half the diagonal of a square of side 1.
DIAGONAL = 0.5**0.5 / 2
# LibreOffice takes so many of a list for the sides of the rectangle around a shape, whatever they are.
TAKEN = 4


def own_sites(box: Box) -> list[Point]:
    """Return where connectors can be glued to a shape, in PowerPoint's order: above, left, below, right.

    An ellipse has one more between each two. A polygon has those that it lists, here the middles of its sides
    and its corners.
    """
    left, top, right, bottom = box.corners
    x, y = (left + right) / 2, (top + bottom) / 2
    if isinstance(box.shape, Polygon):
        points = box.shape.points
        sides = zip(points, (*points[1:], points[0]))
        return [*(((a + c) / 2, (b + d) / 2) for (a, b), (c, d) in sides), *points]
    if isinstance(box.shape, Rectangle):
        return [(x, top), (left, y), (x, bottom), (right, y)]
    a, b = (right - left) * DIAGONAL, (bottom - top) * DIAGONAL
    upper = [(x, top), (x - a, y - b), (left, y), (x - a, y + b)]
    return [*upper, (x, bottom), (x + a, y + b), (right, y), (x + a, y - b)]


def site_at(box: Box, sites: list[Point], at: Point) -> int | None:
    """Return which of the places of a shape is there, if one is."""
    first = TAKEN if isinstance(box.shape, Polygon) else 0
    near = (i for i, (x, y) in enumerate(sites) if abs(x - at[0]) <= TOUCH and abs(y - at[1]) <= TOUCH)
    return next((i for i in near if i >= first), None)
