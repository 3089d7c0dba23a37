"""A picture as a list of shapes, free of any file format. Lengths are pixels; y grows downwards."""

from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; (x, y) is its upper left corner. Colours are "#rrggbb", or None for none."""

    x: float
    y: float
    width: float
    height: float
    fill: str | None
    stroke: str | None = "#000000"
    tooltip: str = ""


@dataclass(frozen=True, slots=True)
class Circle:
    """A disc around (x, y)."""

    x: float
    y: float
    radius: float
    fill: str
    tooltip: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A polyline, with an arrow head at its last point if `arrow`."""

    points: tuple[Point, ...]
    arrow: bool = False
    thickness: float = 1.2


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text, centred both ways on (x, y); `width` is what it takes up at `size`."""

    x: float
    y: float
    string: str
    size: float
    width: float
    bold: bool = False
    colour: str = "#000000"


Shape = Box | Circle | Line | Text


@dataclass(frozen=True, slots=True)
class Scene:
    """Shapes in the order of painting, later ones on top, on a white ground of width × height."""

    title: str
    width: float
    height: float
    shapes: tuple[Shape, ...]
