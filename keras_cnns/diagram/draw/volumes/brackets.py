"""Brackets below parts of a row, with the name of the module that a part is and how often it comes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.scene import Line, Text
from keras_cnns.diagram.draw.volumes.items import NAME_WIDTH
from keras_cnns.diagram.draw.volumes.places import LABEL_DROP, LINE_STEP, Place

TICK = 5.0
# Between two brackets of one height.
APART = 10.0


@dataclass(frozen=True, slots=True)
class Bracket:
    """A bracket from left to right, at y, and its words; a count without a name is larger."""

    left: float
    right: float
    y: float
    words: str
    size: float

    def line(self) -> Line:
        top = self.y - TICK
        return Line(((self.left, top), (self.left, self.y), (self.right, self.y), (self.right, top)))

    def texts(self) -> list[Text]:
        lines = style.balanced(self.words, self.size, max(self.right - self.left, NAME_WIDTH))
        x, y = (self.left + self.right) / 2, self.y + LABEL_DROP + self.size / 2
        sized = [(line, style.text_width(line, self.size)) for line in lines]
        return [Text(x, y + i * LINE_STEP, line, self.size, width) for i, (line, width) in enumerate(sized)]

    def place(self) -> Place:
        texts = self.texts()
        x, half = texts[0].x, max(self.right - self.left, *(text.width for text in texts)) / 2
        return Place(x - half, self.y - TICK, x + half, texts[-1].y + self.size / 2, True)


def aligned(brackets: list[Bracket], places: Iterable[Place]) -> list[Bracket]:
    """Return the brackets of a row at the height of the lowest, but for those with something in the way."""
    lowest = max((bracket.y for bracket in brackets), default=0.0)
    words = [place for place in places if place.is_word and place.is_bounded]
    found = []
    for bracket in brackets:
        own, low = bracket.place(), replace(bracket, y=lowest)
        below = low.place()
        in_the_way = (
            place
            for place in words
            if place != own
            and place.left < below.right
            and below.left < place.right
            and own.top < place.bottom
            and place.top < below.bottom
        )
        found.append(bracket if any(in_the_way) else low)
    return _apart(found)


def _apart(brackets: list[Bracket]) -> list[Bracket]:
    """The same with ends that do not come too near to each other."""
    found: list[Bracket] = []
    for bracket in brackets:
        before = found[-1] if found else None
        if before and before.y == bracket.y and 0.0 < APART - (bracket.left - before.right) < APART:
            less = (APART - (bracket.left - before.right)) / 2
            found[-1] = replace(before, right=before.right - less)
            bracket = replace(bracket, left=bracket.left + less)
        found.append(bracket)
    return found
