"""A scene as SVG, for browsers and notebooks; nothing to install."""

from collections.abc import Iterator
from itertools import groupby
from math import hypot

from keras_cnns.arguments import PIXELS
from keras_cnns.diagram.draw.scene import Circle, Line, Point, Polygon, Rectangle, Scene, Shape, Text
from keras_cnns.safe_text import html_text, visible

FONTS = "Arial, Helvetica, Liberation Sans, Arimo, sans-serif"
HEAD_LENGTH, HEAD_HALF_WIDTH = 8, 0.35  # in thicknesses of the line; in lengths of the head
BASELINE = 0.35  # half the height of Arial's capitals, in font sizes


def to_svg(scene: Scene) -> str:
    """Return the scene as one `<svg>` element, `scene.width` by `scene.height` CSS pixels.

    Equal scenes give equal strings. There are no ids and no style sheet, so that several pictures can stand
    in one HTML page. Any string may be in the scene: it is escaped, and what cannot be seen is written out.
    """
    width, height, title = _number(scene.width), _number(scene.height), html_text(scene.title)
    # What is inside an image is hidden from screen readers; links must not be.
    role = "group" if any(_link(shape) for shape in scene.shapes) else "img"
    size = f'width="{width}" height="{height}"'
    stated = size
    if scene.unit != "px":
        pixels = PIXELS[scene.unit]
        sides = f"{scene.width / pixels:.4f}", f"{scene.height / pixels:.4f}"
        stated = f'width="{_trimmed(sides[0])}{scene.unit}" height="{_trimmed(sides[1])}{scene.unit}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg"{_class(scene)} {stated} viewBox="0 0 {width} {height}"'
            f' role="{role}" aria-label="{title}">',
            f"<title>{title}</title>",
            *([f'<rect {size} fill="{html_text(scene.ground)}"/>'] if scene.ground else []),
            f'<g font-family="{FONTS}" text-anchor="middle">',
            *(element for shape in scene.shapes for element in elements(shape)),
            "</g>",
            "</svg>\n",
        ]
    )


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


def _link(shape: Shape) -> str:
    return "" if isinstance(shape, Line) else shape.link


def elements(shape: Shape) -> Iterator[str]:
    """Give the SVG of one shape: an arrow is a line and its head, text that cannot be seen nothing."""
    if link := html_text(_link(shape)):
        # The words beside a linked shape are its name again, so the keyboard stops at the shape alone.
        again = ' tabindex="-1" aria-hidden="true"' if isinstance(shape, Text) else ""
        yield f'<a href="{link}"{again}>'
        yield from _unlinked(shape)
        yield "</a>"
    else:
        yield from _unlinked(shape)


def _unlinked(shape: Shape) -> Iterator[str]:
    match shape:
        case Rectangle():
            yield _rectangle(shape)
        case Circle():
            yield _circle(shape)
        case Polygon():
            yield _polygon(shape)
        case Line():
            yield from _line(shape)
        case Text():
            yield from _text(shape)


def _rectangle(rectangle: Rectangle) -> str:
    place = f'x="{_number(rectangle.x)}" y="{_number(rectangle.y)}"'
    size = f'width="{_number(rectangle.width)}" height="{_number(rectangle.height)}"'
    stroke = f' stroke="{html_text(rectangle.stroke)}"' if rectangle.stroke else ""
    fill = html_text(rectangle.fill or "none")
    return _with_tooltip(rectangle, "rect", f'{place} {size} fill="{fill}"{stroke}')


def _circle(circle: Circle) -> str:
    place = f'cx="{_number(circle.x)}" cy="{_number(circle.y)}" r="{_number(circle.radius)}"'
    return _with_tooltip(
        circle, "circle", f'{place} fill="{html_text(circle.fill)}" stroke="{html_text(circle.stroke)}"'
    )


def _polygon(polygon: Polygon) -> str:
    corners = " ".join(f"{_number(x)},{_number(y)}" for x, y in polygon.points)
    # Without a limit the point of a sharp corner would stick out far beyond it.
    stroke = f' stroke="{html_text(polygon.stroke)}" stroke-linejoin="round"' if polygon.stroke else ""
    return _with_tooltip(
        polygon, "polygon", f'points="{corners}" fill="{html_text(polygon.fill or "none")}"{stroke}'
    )


def _with_tooltip(shape: Rectangle | Circle | Polygon, tag: str, attributes: str) -> str:
    title, start = html_text(shape.tooltip), f"<{tag}{_class(shape)} {attributes}"
    return f"{start}><title>{title}</title></{tag}>" if title else f"{start}/>"


def _class(styled: Shape | Scene) -> str:
    return f' class="{html_text(styled.css)}"' if styled.css else ""


def _line(line: Line) -> Iterator[str]:
    points = shaft(line)
    if len(points) < 2:
        return
    colour = html_text(line.colour)
    look = f'fill="none" stroke="{colour}" stroke-width="{_number(line.thickness)}"'
    yield f'<path{_class(line)} d="{_path(points)}" {look}/>'
    if line.arrow:
        # Without a fill a path is black.
        fill = "" if line.colour == "#000000" else f' fill="{colour}"'
        yield f'<path{_class(line)} d="{_path(head(line))}z"{fill}/>'


def head(line: Line) -> list[Point]:
    """Return the corners of the head of an arrow, the tip first."""
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
    string = html_text(visible(text.string))
    if not string.strip():
        return
    place = f'x="{_number(text.x)}" y="{_number(text.y)}" dy="{BASELINE}em" font-size="{_number(text.size)}"'
    weight = ' font-weight="bold"' if text.bold else ""
    # Whatever font the reader has, the text keeps to the width that its rectangle was made for.
    fit = f'textLength="{_number(text.width)}" lengthAdjust="spacingAndGlyphs"'
    yield f'<text{_class(text)} {place}{weight} fill="{html_text(text.colour)}" {fit}>{string}</text>'


def _path(points: list[Point]) -> str:
    return "M" + "L".join(f"{_number(x)} {_number(y)}" for x, y in points)


def _number(value: float) -> str:
    # Adding zero turns -0.0, which rounding may leave, into 0.
    return str(round(value, 2) + 0).removesuffix(".0")


def _trimmed(digits: str) -> str:
    return digits.rstrip("0").rstrip(".")
