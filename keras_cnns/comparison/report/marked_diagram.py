"""The picture of a student's model with what differs marked on it: frames and words, not colours alone."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from keras_cnns.comparison.report.messages import Difference
from keras_cnns.comparison.report.wording import attribute, value
from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.captions import Wanted
from keras_cnns.diagram.draw.fragments import Block, Page
from keras_cnns.diagram.draw.layout import layout
from keras_cnns.diagram.draw.scene import Line, Point
from keras_cnns.diagram.fold.fold import fold
from keras_cnns.diagram.fold.parts import Box
from keras_cnns.visualize import Diagram

if TYPE_CHECKING:
    from keras_cnns.comparison.report.report import Report

THICK, THIN = 3.0, 1.2
FRAME_GAP = 5.0  # between a box and the frame around it
DASH, DASH_GAP = 5.0, 4.0
PADDING = 4.0
MOST_MARKS = 3


@dataclass(eq=False, slots=True)
class Marks:
    """What is written under boxes, and which get a frame: numbers and differences by the student's layers."""

    names: list[str]
    found: dict[str, list[tuple[int, Difference]]] = field(default_factory=dict)

    def of(self, box: Box) -> list[tuple[int, Difference]]:
        """The differences at the layers that a box stands for, each once."""
        layers = [self.names[v] for copy in box.copies for v in copy.vertices]
        return list({one[0]: one for layer in layers for one in self.found.get(layer, ())}.values())

    def under(self, box: Box, captions: Block, page: Page) -> Block:
        """The captions of a box, and a framed note below for each difference."""
        marks = self.of(box)
        if not marks:
            return captions
        notes = [_note(number, one, page) for number, one in marks[:MOST_MARKS]]
        if len(marks) > MOST_MARKS:
            notes.append(page.lines([f"and {len(marks) - MOST_MARKS} more"], style.CAPTION))
        # Room for the frame of the box, which captions of merges stand above.
        room = [Block(0.0, FRAME_GAP / 2, FRAME_GAP / 2, [], [])] if _framed(marks) else []
        stack = [captions, *notes]
        return _stacked([*stack, *room] if box.kind == "merge" else [*room, *stack])

    def around(self, box: Box, whole: Block, x: float, length: float, across: float) -> None:
        """Frame the box itself if it differs; what is missing is framed in its note, with dashes."""
        if _framed(self.of(box)):
            corners = (
                (x - FRAME_GAP, -across / 2 - FRAME_GAP),
                (x + length + FRAME_GAP, across / 2 + FRAME_GAP),
            )
            whole.shapes += _frame(*corners, THICK)


def picture(report: Report) -> Diagram:
    """Return the picture; numbers are those of the differences in the report."""
    folded = fold(report.student, expand_nested=True)
    found = defaultdict(list)
    for number, one in enumerate(report.differences, start=1):
        for layer in one.at:
            found[layer].append((number, one))
    marks = Marks([vertex.name for vertex in folded.vertices], found)
    return Diagram(folded, layout(folded, Wanted(), marks=marks))


def _framed(marks: list[tuple[int, Difference]]) -> bool:
    return any(one.kind != "missing" for _, one in marks)


def _note(number: int, one: Difference, page: Page) -> Block:
    """A few words in a frame, dashed if something is missing."""
    words = f"{number} {one.kind}"
    if one.kind == "changed":
        said = f"{attribute(one.attribute or '')} {value(one.yours)}, not {value(one.reference)}"
    else:
        said = one.reference if one.kind == "missing" else one.mistake
    if not said or len(words) + len(said) + 2 > style.LONGEST_TEXT:
        said = one.mistake or one.attribute
    words += f": {said}" if said else ""
    text = page.lines(style.wrapped(words, style.CAPTION, style.WIDEST_NOTE), style.CAPTION)
    length = text.length + 2 * PADDING
    block = Block(length, text.above + PADDING, text.below + PADDING, [], [])
    block.put(text, PADDING, 0.0)
    block.shapes += _frame((0.0, -block.above), (length, block.below), THIN, one.kind == "missing")
    return block


def _stacked(blocks: list[Block]) -> Block:
    """Blocks one below the other, around their common centre."""
    blocks = [block for block in blocks if block.above + block.below]
    gap = style.CAPTION_GAP
    height = sum(block.above + block.below for block in blocks) + gap * (len(blocks) - 1)
    whole = Block(style.even(max(block.length for block in blocks)), height / 2, height / 2, [], [])
    y = -height / 2
    for block in blocks:
        whole.put(block, (whole.length - block.length) / 2, y + block.above)
        y += block.above + block.below + gap
    return whole


def _frame(start: Point, end: Point, thickness: float, dashed: bool = False) -> list[Line]:
    (left, top), (right, bottom) = start, end
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    if not dashed:
        return [Line(tuple(corners), thickness=thickness)]
    return [dash for a, b in zip(corners, corners[1:]) for dash in _dashes(a, b, thickness)]


def _dashes(a: Point, b: Point, thickness: float) -> list[Line]:
    """A line from a to b, which lie beside or below each other, in dashes."""
    length = abs(b[0] - a[0]) + abs(b[1] - a[1])
    dx, dy = (b[0] - a[0]) / length, (b[1] - a[1]) / length
    dashes, at = [], 0.0
    while at < length:
        stop = min(at + DASH, length)
        points = (a[0] + dx * at, a[1] + dy * at), (a[0] + dx * stop, a[1] + dy * stop)
        dashes.append(Line(points, thickness=thickness))
        at += DASH + DASH_GAP
    return dashes
