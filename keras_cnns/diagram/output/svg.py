"""A scene as SVG, for browsers and notebooks; nothing to install."""

import re
from collections.abc import Iterator
from html import escape
from itertools import groupby
from math import hypot

from keras_cnns.diagram.draw.scene import Box, Circle, Line, Point, Scene, Shape, Text

FONTS = "Arial, Helvetica, Liberation Sans, Arimo, sans-serif"
HEAD_LENGTH, HEAD_HALF_WIDTH = 8, 0.35  # in thicknesses of the line; in lengths of the head
BASELINE = 0.35  # half the height of Arial's capitals, in font sizes

_FORBIDDEN = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_svg(scene: Scene) -> str:
    """Return the scene as one `<svg>` element, `scene.width` by `scene.height` CSS pixels.

    Equal scenes give equal strings. There are no ids and no style sheet, so that several pictures can stand
    in one HTML page. Any string may be in the scene: it is escaped, and what XML forbids is left out.
    """
    width, height, title = _number(scene.width), _number(scene.height), _escaped(scene.title)
    size = f'width="{width}" height="{height}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width} {height}"'
            f' role="img" aria-label="{title}">',
            f"<title>{title}</title>",
            f'<rect {size} fill="#ffffff"/>',
            f'<g font-family="{FONTS}" text-anchor="middle">',
            *(element for shape in scene.shapes for element in _elements(shape)),
            "</g>",
            "</svg>\n",
        ]
    )


def printable(string: str) -> str:
    """Return the string without what XML 1.0 forbids: most control characters, halves of surrogate pairs."""
    return _FORBIDDEN.sub("", string)


def one_line(string: str) -> str:
    """Return the printable string with each line break and tab made a space."""
    return re.sub(r"[\t\n]", " ", printable(string))


def shaft(line: Line) -> list[Point]:
    """Return the points of the line without repetitions; fewer than two if there is nothing to draw.

    If the line is an arrow its last point is drawn back into the head, so that the tip stays sharp.
    """
    points = [point for point, _ in groupby(line.points)]
    if line.arrow and len(points) > 1:
        x, y = points[-1]
        unit_x, unit_y, length = _direction(points)
        back = min(HEAD_LENGTH * line.thickness / 2, length)
        points[-1] = (x - back * unit_x, y - back * unit_y)
    return points


def _elements(shape: Shape) -> Iterator[str]:
    match shape:
        case Box():
            yield _box(shape)
        case Circle():
            yield _circle(shape)
        case Line():
            yield from _line(shape)
        case Text():
            yield from _text(shape)


def _box(box: Box) -> str:
    place = f'x="{_number(box.x)}" y="{_number(box.y)}"'
    size = f'width="{_number(box.width)}" height="{_number(box.height)}"'
    stroke = f' stroke="{_escaped(box.stroke)}"' if box.stroke else ""
    return _with_tooltip("rect", f'{place} {size} fill="{_escaped(box.fill or "none")}"{stroke}', box.tooltip)


def _circle(circle: Circle) -> str:
    place = f'cx="{_number(circle.x)}" cy="{_number(circle.y)}" r="{_number(circle.radius)}"'
    return _with_tooltip("circle", f'{place} fill="{_escaped(circle.fill)}" stroke="#000000"', circle.tooltip)


def _with_tooltip(tag: str, attributes: str, tooltip: str) -> str:
    title = _escaped(tooltip)
    return f"<{tag} {attributes}><title>{title}</title></{tag}>" if title else f"<{tag} {attributes}/>"


def _line(line: Line) -> Iterator[str]:
    points = shaft(line)
    if len(points) < 2:
        return
    thickness = _number(line.thickness)
    yield f'<path d="{_path(points)}" fill="none" stroke="#000000" stroke-width="{thickness}"/>'
    if line.arrow:
        yield f'<path d="{_path(_head(line))}z"/>'


def _head(line: Line) -> list[Point]:
    (x, y), (unit_x, unit_y, _) = line.points[-1], _direction([point for point, _ in groupby(line.points)])
    length = HEAD_LENGTH * line.thickness
    half = HEAD_HALF_WIDTH * length
    base_x, base_y = x - length * unit_x, y - length * unit_y
    return [
        (x, y),
        (base_x - half * unit_y, base_y + half * unit_x),
        (base_x + half * unit_y, base_y - half * unit_x),
    ]


def _direction(points: list[Point]) -> tuple[float, float, float]:
    """The unit vector of the last segment, and the segment's length."""
    (x, y), (last_x, last_y) = points[-2:]
    length = hypot(last_x - x, last_y - y)
    return (last_x - x) / length, (last_y - y) / length, length


def _text(text: Text) -> Iterator[str]:
    string = escape(one_line(text.string))
    if not string.strip():
        return
    place = f'x="{_number(text.x)}" y="{_number(text.y)}" dy="{BASELINE}em" font-size="{_number(text.size)}"'
    weight = ' font-weight="bold"' if text.bold else ""
    # Whatever font the reader has, the text keeps to the width that its box was made for.
    fit = f'textLength="{_number(text.width)}" lengthAdjust="spacingAndGlyphs"'
    yield f'<text {place}{weight} fill="{_escaped(text.colour)}" {fit}>{string}</text>'


def _path(points: list[Point]) -> str:
    return "M" + "L".join(f"{_number(x)} {_number(y)}" for x, y in points)


def _number(value: float) -> str:
    # Adding zero turns -0.0, which rounding may leave, into 0.
    return f"{round(value, 2) + 0:.2f}".rstrip("0").rstrip(".")


def _escaped(string: str) -> str:
    return escape(printable(string))
