"""A solid as faces: front, top and right, seen from the front, from above and from the right."""

from dataclasses import dataclass

from keras_cnns.diagram.draw.palettes import Palette, contrast
from keras_cnns.diagram.draw.scene import Line, Point, Polygon, Shape

# How far a length that leads away from the eye goes right and up.
RIGHT, UP = 0.36, 0.27
LIGHTER, DARKER = 0.38, 0.16
SHEET_LINE = 0.6
LEAST_CONTRAST = 3.0


@dataclass(frozen=True, slots=True)
class Prism:
    """A right prism, with lengths in pixels before they are foreshortened.

    `x` is where its front begins, `y` the height of its middle, halfway from the front to the back.
    """

    x: float
    y: float
    width: float
    height: float
    depth: float

    @property
    def right(self) -> float:
        """Where its front ends."""
        return self.x + self.width

    @property
    def reach(self) -> float:
        """How far its right face leads on from there."""
        return RIGHT * self.depth

    @property
    def top(self) -> float:
        return self.y + (self.rise - self.height) / 2

    @property
    def bottom(self) -> float:
        return self.y + (self.rise + self.height) / 2

    @property
    def rise(self) -> float:
        """How far it reaches above the top of its front."""
        return UP * self.depth

    def on_right(self, away: float, down: float) -> Point:
        """A point of the right face: shares of the way from the front to the back, from the top down."""
        return self.right + away * self.reach, self.top + down * self.height - away * self.rise


def faces(prism: Prism, fill: str, tooltip: str, sheets: int = 1) -> list[Shape]:
    """Return the three faces one can see, with lines between `sheets` of equal width."""
    left, right, top, bottom = prism.x, prism.right, prism.top, prism.bottom
    away, up = prism.reach, prism.rise
    front = Polygon(((left, top), (right, top), (right, bottom), (left, bottom)), fill, tooltip=tooltip)
    above = Polygon(
        ((left, top), (left + away, top - up), (right + away, top - up), (right, top)),
        mixed(fill, "#ffffff", LIGHTER),
        tooltip=tooltip,
    )
    beside = Polygon(
        ((right, top), (right + away, top - up), (right + away, bottom - up), (right, bottom)),
        mixed(fill, "#000000", DARKER),
        tooltip=tooltip,
    )
    shapes: list[Shape] = [beside, above, front]
    for i in range(1, sheets):
        x = left + i * prism.width / sheets
        shapes.append(Line(((x + away, top - up), (x, top), (x, bottom)), thickness=SHEET_LINE))
    return shapes


def window(prism: Prism, shares: tuple[float, float], fill: str, ink: str) -> tuple[list[Shape], list[Point]]:
    """Return a window on the right face, of these shares of its depth and height, and its corners."""
    across, down = shares
    left, top = (1 - across) * 0.5, (1 - down) * 0.42
    places = ((left, top), (left + across, top), (left + across, top + down), (left, top + down))
    corners = [prism.on_right(*place) for place in places]
    return [Polygon(tuple(corners), fill, ink)], corners


def mixed(colour: str, other: str, share: float) -> str:
    """A colour with that share of another one in it."""
    values = (
        round((1 - share) * int(colour[i : i + 2], 16) + share * int(other[i : i + 2], 16)) for i in (1, 3, 5)
    )
    return "#" + "".join(f"{value:02x}" for value in values)


def on_face(fill: str, palette: Palette) -> str:
    """The colour of a line on the right face of a solid: ink, unless that cannot be told from the face."""
    face = mixed(fill, "#000000", DARKER)
    return palette.ink if contrast(palette.ink, face) >= LEAST_CONTRAST else palette.text_on(face)
