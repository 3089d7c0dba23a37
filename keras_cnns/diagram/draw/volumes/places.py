"""What an item takes up in a row: its words and its solids, so that none come too near to each other."""

from __future__ import annotations

from dataclasses import dataclass

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.geometry import bounds
from keras_cnns.diagram.draw.scene import Point, Text
from keras_cnns.diagram.draw.volumes.items import BALL, Item
from keras_cnns.diagram.draw.volumes.solids import Prism

CLEAR = 6.0
LABEL_RISE, LABEL_DROP = 3.0, 4.0
LINE_STEP = 13.0
# How far before what it leads over a skip begins at least; it goes up from there, however far.
SKIP_LEAD = 13.0
FAR = 1e6
# Leaning faces are taken for so many upright rectangles.
STEPS = 4
NEAR, LOOKS = 1.0, 50


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle that is taken; nothing may touch it if it `is_word`, and no words may touch it if not."""

    left: float
    top: float
    right: float
    bottom: float
    is_word: bool = False

    def moved(self, dx: float) -> Place:
        return Place(self.left + dx, self.top, self.right + dx, self.bottom, self.is_word)

    def meets_across(self, other: Place) -> bool:
        words = self.is_word or other.is_word
        return words and self.top < other.bottom + CLEAR / 2 and other.top < self.bottom + CLEAR / 2

    def is_crossed_by(self, points: tuple[Point, ...]) -> bool:
        """Whether a line comes nearer than the eye likes; it is looked at in points along it."""
        return any(
            self.left - NEAR < x + (to_x - x) * i / LOOKS < self.right + NEAR
            and self.top - NEAR < y + (to_y - y) * i / LOOKS < self.bottom + NEAR
            for (x, y), (to_x, to_y) in zip(points, points[1:])
            for i in range(LOOKS + 1)
        )

    @property
    def is_bounded(self) -> bool:
        return self.top > -FAR


def places(item: Item, texts: list[Text], begins: int) -> list[Place]:
    """Return what an item at x = 0 with these words takes up, and where skips go up or come down."""
    found = [Place(*bounds(text), is_word=True) for text in texts]
    if begins:
        lead = skip_lead(texts)
        found.append(Place(-lead, -FAR, -lead, 0.0, True))
    if item.is_ball:
        comes_down = Place(BALL, -FAR, BALL, 0.0, True)
        return [*found, Place(0.0, -BALL, 2 * BALL, BALL, True), comes_down]
    for middle in item.middles():
        prism = Prism((item.drawn - 1) * item.width, middle, item.width, item.height, item.depth)
        found.append(Place(0.0, prism.top, prism.right, prism.bottom))
        for i in range(STEPS):
            near, far = i / STEPS * prism.reach, (i + 1) / STEPS * prism.reach
            low, high = i / STEPS * prism.rise, (i + 1) / STEPS * prism.rise
            found.append(Place(near, prism.top - high, prism.right + far, prism.top))
            found.append(Place(prism.right, prism.top - high, prism.right + far, prism.bottom - low))
    return found


def skip_lead(texts: list[Text]) -> float:
    """Return how far before an item with these words at x = 0 a skip over it begins: left of those above."""
    return max(SKIP_LEAD, *(CLEAR + text.width / 2 - text.x for text in texts if text.y < 0), 0.0)


def texts_of(item: Item, above: str) -> list[Text]:
    """Return the words of an item at x = 0: those below it, and `above`."""
    leaning = Prism(0.0, 0.0, 0.0, 0.0, 0.0 if item.is_ball else item.depth)
    middle = item.width * item.drawn / 2
    half = (item.whole_height + leaning.rise) / 2
    found = []
    for i, line in enumerate(item.below):
        bold = i < item.bold_lines
        y = half + LABEL_DROP + (i + 0.5) * LINE_STEP
        found.append(Text(middle, y, line, style.CAPTION, style.text_width(line, style.CAPTION, bold), bold))
    if above:
        y = -half - LABEL_RISE - style.CAPTION / 2
        length = style.text_width(above, style.CAPTION)
        found.append(Text(middle + leaning.reach, y, above, style.CAPTION, length))
    return found
