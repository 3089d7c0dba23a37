"""A picture as a list of shapes, free of any file format. Lengths are pixels; y grows downwards.

`css` of a shape or a scene names classes by which a page's style sheet may restyle it, as for dark mode;
`link` of a shape is an address that it leads to. Only SVG has classes, only SVG and PDF have links.
"""

from keras_cnns.records import record

Point = tuple[float, float]


@record(frozen=True, slots=True)
class Rectangle:
    """A rectangle; (x, y) is its upper left corner. Colours are "#rrggbb", or None for none."""

    x: float
    y: float
    width: float
    height: float
    fill: str | None
    stroke: str | None = "#000000"
    tooltip: str = ""
    css: str = ""
    link: str = ""


@record(frozen=True, slots=True)
class Circle:
    """A disc around (x, y)."""

    x: float
    y: float
    radius: float
    fill: str
    tooltip: str = ""
    css: str = ""
    stroke: str = "#000000"
    link: str = ""


@record(frozen=True, slots=True)
class Polygon:
    """The area within three or more corners, such as a face of a solid."""

    points: tuple[Point, ...]
    fill: str | None
    stroke: str | None = "#000000"
    tooltip: str = ""
    css: str = ""
    link: str = ""


@record(frozen=True, slots=True)
class Line:
    """A polyline, with an arrow head at its last point if `arrow`."""

    points: tuple[Point, ...]
    arrow: bool = False
    thickness: float = 1.2
    css: str = ""
    colour: str = "#000000"


@record(frozen=True, slots=True)
class Text:
    """One line of text, centred both ways on (x, y); `width` is what it takes up at `size`."""

    x: float
    y: float
    string: str
    size: float
    width: float
    bold: bool = False
    colour: str = "#000000"
    css: str = ""
    link: str = ""


Shape = Rectangle | Circle | Polygon | Line | Text


@record(frozen=True, slots=True)
class Scene:
    """Shapes in the order of painting, later ones on top, on a ground of this width, height and colour.

    A ground of None is none: the page shows through. `unit` is the one in which a file states the size, where
    it can.
    """

    title: str
    width: float
    height: float
    shapes: tuple[Shape, ...]
    ground: str | None = "#ffffff"
    css: str = ""
    unit: str = "px"
