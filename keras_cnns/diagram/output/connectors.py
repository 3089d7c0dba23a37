"""Lines as the preset connectors of office programs (ECMA-376, part 1, 20.1.9.18 and 20.1.7.6)."""

from dataclasses import dataclass
from itertools import pairwise

QUARTER = 5_400_000  # of a turn, in 60,000ths of a degree
HARDLY = 3000  # EMU that cannot be seen, a third of a pixel

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Preset:
    """A connector in a rectangle from its first point to its last, mirrored and then turned by a quarter."""

    name: str
    corner: Place
    size: Place
    flip_h: bool
    flip_v: bool
    turned: bool


def preset(points: list[Place]) -> Preset | None:
    """Return the connector that draws this line, straight or with one turn, or None if there is none.

    The one with a turn runs across first. To run down first it is mirrored and turned by a quarter about its
    middle, which lets across and down change places.
    """
    if len(points) > 3 or len(points) == 3 and not all(_is_level(*piece) for piece in pairwise(points)):
        return None
    (x, y), (end_x, end_y) = points[0], points[-1]
    width, height = abs(end_x - x), abs(end_y - y)
    corner = min(x, end_x), min(y, end_y)
    mirrored = end_x < x, end_y < y
    if len(points) == 2:
        return Preset("straightConnector1", corner, (width, height), *mirrored, turned=False)
    turn_x, turn_y = points[1]
    if abs(turn_y - y) <= abs(turn_x - x):
        return Preset("bentConnector2", corner, (width, height), *mirrored, turned=False)
    corner = round((x + end_x - height) / 2), round((y + end_y - width) / 2)
    return Preset("bentConnector2", corner, (height, width), mirrored[1], not mirrored[0], turned=True)


def _is_level(start: Place, end: Place) -> bool:
    """Whether it runs across, or down."""
    return min(abs(start[0] - end[0]), abs(start[1] - end[1])) <= HARDLY
