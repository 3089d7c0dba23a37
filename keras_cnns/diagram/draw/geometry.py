"""The bounds of shapes, the same shapes mirrored or in another ink, and the order of painting."""

from dataclasses import replace
from math import ceil, floor

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.scene import Circle, Line, Polygon, Rectangle, Shape, Text


def extent(shapes: list[Shape]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of all shapes, in whole pixels."""
    lefts, tops, rights, bottoms = zip(*map(bounds, shapes))
    return floor(min(lefts)), floor(min(tops)), ceil(max(rights)), ceil(max(bottoms))


def bounds(shape: Shape) -> tuple[float, float, float, float]:
    if isinstance(shape, Rectangle):
        return shape.x, shape.y, shape.x + shape.width, shape.y + shape.height
    if isinstance(shape, Circle):
        r = shape.radius
        return shape.x - r, shape.y - r, shape.x + r, shape.y + r
    if isinstance(shape, Text):
        half, up = shape.width / 2, shape.size / 2
        return shape.x - half, shape.y - up, shape.x + half, shape.y + up
    xs, ys = zip(*shape.points)
    return min(xs), min(ys), max(xs), max(ys)


def mirrored(shape: Shape, width: float, height: float, rankdir: str) -> Shape:
    def flip(x: float, y: float, w: float = 0.0, h: float = 0.0) -> tuple[float, float]:
        return (width - x - w, y) if rankdir == "RL" else (x, height - y - h)

    if isinstance(shape, (Line, Polygon)):
        return replace(shape, points=tuple(flip(x, y) for x, y in shape.points))
    size = (shape.width, shape.height) if isinstance(shape, Rectangle) else ()
    x, y = flip(shape.x, shape.y, *size)
    return replace(shape, x=x, y=y)


def in_ink(shape: Shape, ink: str) -> Shape:
    """The shape with what is black, to which no palette has given a colour, in the colour of ink."""
    if ink == style.DARK_TEXT:
        return shape
    if isinstance(shape, (Rectangle, Circle, Polygon)):
        return replace(shape, stroke=ink) if shape.stroke == style.DARK_TEXT else shape
    return replace(shape, colour=ink) if shape.colour == style.DARK_TEXT else shape


def z_order(shape: Shape) -> int:
    """Return when a shape is painted: grounds first, then lines, boxes, badges, and text on top."""
    if isinstance(shape, Rectangle):
        return 0 if shape.stroke is None else 2
    return {Line: 1, Polygon: 2, Circle: 3, Text: 4}[type(shape)]
