"""Shapes as the drawing operations of Graphviz' xdot language, of which it paints a graph's background."""

from collections.abc import Iterable, Iterator

from keras_cnns.diagram.draw.scene import Circle, Line, Point, Polygon, Rectangle, Shape
from keras_cnns.diagram.output.svg import head, shaft

POINTS = 0.75  # Graphviz counts in points, a scene in CSS pixels


def to_xdot(shapes: Iterable[Shape], height: float) -> str:
    """Return the shapes, but text, in the order of painting, in a scene of this height."""
    return " ".join(words for shape in shapes for words in _shape(shape, height))


def _shape(shape: Shape, height: float) -> Iterator[str]:
    match shape:
        case Rectangle():
            right, bottom = shape.x + shape.width, shape.y + shape.height
            corners = ((shape.x, shape.y), (right, shape.y), (right, bottom), (shape.x, bottom))
            yield from _area(corners, shape.fill, shape.stroke, height)
        case Polygon():
            yield from _area(shape.points, shape.fill, shape.stroke, height)
        case Circle():
            radius = _number(shape.radius * POINTS)
            disc = f"{_point((shape.x, shape.y), height)} {radius} {radius}"
            yield f"{_pen(shape.stroke)} {_string('C', shape.fill)} E {disc}"
        case Line():
            points = shaft(shape)
            if len(points) > 1:
                yield f"{_pen(shape.colour, shape.thickness)} {_path('L', points, height)}"
                if shape.arrow:
                    yield from _area(head(shape), shape.colour, None, height)


def _area(points: Iterable[Point], fill: str | None, stroke: str | None, height: float) -> Iterator[str]:
    colour = stroke or fill
    if colour:
        # A filled area has an outline: of one without, it is in the fill's colour and as thin as can be.
        pen = _pen(colour, 1.0 if stroke else 0.0)
        kind, ink = ("P", f" {_string('C', fill)}") if fill else ("p", "")
        yield f"{pen}{ink} {_path(kind, list(points), height)}"


def _pen(colour: str, thickness: float = 1.0) -> str:
    return f"{_string('S', f'setlinewidth({_number(thickness * POINTS)})')} {_string('c', colour)}"


def _path(kind: str, points: list[Point], height: float) -> str:
    return f"{kind} {len(points)} " + " ".join(_point(point, height) for point in points)


def _string(kind: str, words: str) -> str:
    return f"{kind} {len(words.encode())} -{words}"


def _point(point: Point, height: float) -> str:
    x, y = point
    return f"{_number(x * POINTS)} {_number((height - y) * POINTS)}"


def _number(value: float) -> str:
    return f"{round(value, 3) + 0:.3f}".rstrip("0").rstrip(".")
