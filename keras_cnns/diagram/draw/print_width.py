"""Pictures of a given width, as for a column of a page: rows and shelves within it, text of 8 to 9 points."""

from dataclasses import dataclass, replace

from keras_cnns.arguments import PIXELS
from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.fragments import Fragment, moved, turned
from keras_cnns.diagram.draw.geometry import extent
from keras_cnns.diagram.draw.scene import Circle, Polygon, Rectangle, Shape, Text

# Letters are set between these sizes and all is drawn at this scale, which makes them 8.0 to 9.0 points.
SMALLEST, LARGEST = 11.6, 13.0
SCALE = 0.92
MARGIN = 2.0
# How far the line from one row to the next goes out at the left, and at the right.
TURN = style.GAP + style.BUS


@dataclass(frozen=True, slots=True)
class Length:
    """A length in CSS pixels, of which an inch has 96, and the unit in which a person counts it."""

    pixels: float
    unit: str

    def __str__(self) -> str:
        return f"{self.pixels / PIXELS[self.unit]:.4g}{self.unit}"

    @property
    def room(self) -> float:
        """What is between the margins of a picture of this width, before it is drawn to scale."""
        return self.pixels / SCALE - 2 * MARGIN


def rows_within(fragments: list[Fragment], room: float) -> list[list[Fragment]]:
    """As few rows as there can be in that room, of about equal length."""
    whole = sum(fragment.length + style.GAP for fragment in fragments)
    rows = _filled(fragments, room)
    if len(rows) == 1:
        return rows
    room -= TURN
    rows = _filled(fragments, room)
    for parts in range(20, 0, -1):  # the least room that takes as few
        less = _filled(fragments, min(room, whole / len(rows) * (1 + parts / 40)))
        if len(less) == len(rows):
            rows = less
    return rows


def _filled(fragments: list[Fragment], room: float) -> list[list[Fragment]]:
    rows: list[list[Fragment]] = [[]]
    used = 0.0
    for fragment in fragments:
        # Where several lines go from one to the next there can be no turn.
        plain = bool(rows[-1]) and len(fragment.entries) == len(rows[-1][-1].exits) == 1
        if plain and used + fragment.length > room:
            rows.append([])
            used = 0.0
        rows[-1].append(fragment)
        used += fragment.length + style.GAP
        used += style.BUS * ((len(fragment.entries) > 1) + (len(fragment.exits) > 1))
    return rows


def upright(panel: Fragment) -> Fragment:
    """A panel that was drawn from top to bottom, to be placed among those from left to right."""
    half = panel.length / 2
    whole = Fragment(panel.above + panel.below, half, half, [], [])
    for x, y, fragment in panel.walk():
        shapes = [moved(turned(moved(shape, x, y)), panel.above, -half) for shape in fragment.shapes]
        whole.put(Fragment(0.0, 0.0, 0.0, [], [], shapes, of=fragment.of), 0.0, 0.0)
    return whole


def to_scale(shapes: list[Shape]) -> list[Shape]:
    """The shapes as they are printed."""
    return [_scaled(_set(shape)) for shape in shapes]


def _set(shape: Shape) -> Shape:
    if not isinstance(shape, Text):
        return shape
    size = min(LARGEST, max(SMALLEST, shape.size))
    return replace(shape, size=size, width=shape.width * size / shape.size)


def _scaled(shape: Shape) -> Shape:
    if isinstance(shape, Rectangle):
        x, y, width, height = (SCALE * side for side in (shape.x, shape.y, shape.width, shape.height))
        return replace(shape, x=x, y=y, width=width, height=height)
    if isinstance(shape, Circle):
        return replace(shape, x=SCALE * shape.x, y=SCALE * shape.y, radius=SCALE * shape.radius)
    if isinstance(shape, Text):
        size, width = SCALE * shape.size, SCALE * shape.width
        return replace(shape, x=SCALE * shape.x, y=SCALE * shape.y, size=size, width=width)
    points = tuple((SCALE * x, SCALE * y) for x, y in shape.points)
    if isinstance(shape, Polygon):
        return replace(shape, points=points)
    return replace(shape, points=points, thickness=SCALE * shape.thickness)


class TooNarrow(ValueError):
    """A picture needs more room; `least` is how much, in pixels."""

    def __init__(self, message: str, least: float) -> None:
        super().__init__(message)
        self.least = least


def check_fits(shapes: list[Shape], width: Length) -> None:
    """Raise a ValueError, with the width that would do, if the shapes need more room."""
    left, _, right, _ = extent(shapes)
    if right - left > width.room:
        pixels = (right - left + 2 * MARGIN) * SCALE
        # Rounded up to a tenth of the unit, so that it does.
        least = -(-10 * pixels // PIXELS[width.unit]) / 10
        raise TooNarrow(
            f"width must be at least {least:g}{width.unit} for this picture: its widest part cannot be "
            f"broken, and its text is not set smaller than 8 points; got {width}.",
            least=pixels,
        )
