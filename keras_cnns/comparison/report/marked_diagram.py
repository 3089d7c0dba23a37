"""The picture of a student's model with what differs marked on it: frames and words, not colours alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from keras import Model

from keras_cnns.comparison.report.messages import Difference
from keras_cnns.comparison.report.sentences import PARTS
from keras_cnns.comparison.report.wording import attribute_title, value_text
from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.captions import CaptionOptions
from keras_cnns.diagram.draw.fragments import Fragment, Orientation
from keras_cnns.diagram.draw.layout import layout
from keras_cnns.diagram.draw.look import Look
from keras_cnns.diagram.draw.scene import Line, Point
from keras_cnns.diagram.fold.fold import fold
from keras_cnns.diagram.fold.parts import Box
from keras_cnns.visualize import Diagram, Source

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
        layers = [self.names[v] for instance in box.instances for v in instance.vertices]
        return list({one[0]: one for layer in layers for one in self.found.get(layer, ())}.values())

    def under(self, box: Box, captions: Fragment, orientation: Orientation, above: bool) -> Fragment:
        """The captions of a box, and a framed note below for each difference."""
        marks = self.of(box)
        if not marks:
            return captions
        notes = [_note(number, one, orientation) for number, one in marks[:MOST_MARKS]]
        if len(marks) > MOST_MARKS:
            notes.append(orientation.lines([f"and {len(marks) - MOST_MARKS} more"], style.CAPTION))
        # Room for the frame of the box.
        room = [Fragment(0.0, FRAME_GAP / 2, FRAME_GAP / 2, [], [])] if _framed(marks) else []
        stack = [captions, *notes]
        return _stacked([*stack, *room] if above else [*room, *stack])

    def around(self, box: Box, whole: Fragment, x: float, length: float, across: float) -> None:
        """Frame the box itself if it differs; what is missing is framed in its note, with dashes."""
        if _framed(self.of(box)):
            corners = (
                (x - FRAME_GAP, -across / 2 - FRAME_GAP),
                (x + length + FRAME_GAP, across / 2 + FRAME_GAP),
            )
            whole.shapes += _frame(*corners, THICK)


def marked_diagram(student: Model, differences: Sequence[Difference]) -> Diagram:
    """Return the picture of a model with its differences marked, numbered from one."""
    folded = fold(student, expand_nested=True)
    found = defaultdict(list)
    for number, one in enumerate(differences, start=1):
        for layer in one.at:
            found[layer].append((number, one))
    marks = Marks([vertex.name for vertex in folded.vertices], found)
    source = Source(student, Look(marks=marks), expand_nested=True, in_shape=None)
    return Diagram(folded, layout(folded, CaptionOptions(), marks=marks), source=source)


def _framed(marks: list[tuple[int, Difference]]) -> bool:
    return any(one.kind != "missing" for _, one in marks)


def _note(number: int, one: Difference, orientation: Orientation) -> Fragment:
    """A few words in a frame, dashed if something is missing."""
    words = f"{number} {one.kind}"
    detail: str | None
    if one.kind == "changed":
        detail = _values(one)
    else:
        detail = one.reference if one.kind == "missing" else one.mistake
    if not detail or len(words) + len(detail) + 2 > style.LONGEST_TEXT:
        detail = one.mistake or one.attribute
    words += f": {detail}" if detail else ""
    text = orientation.lines(style.wrapped(words, style.CAPTION, style.WIDEST_NOTE), style.CAPTION)
    length = text.length + 2 * PADDING
    fragment = Fragment(length, text.above + PADDING, text.below + PADDING, [], [])
    fragment.put(text, PADDING, 0.0)
    fragment.shapes += _frame((0.0, -fragment.above), (length, fragment.below), THIN, one.kind == "missing")
    return fragment


def _values(one: Difference) -> str | None:
    """What is there and what should be; None if that says nothing without a sentence around it."""
    name, values = attribute_title(one.attribute or ""), (one.yours, one.reference)
    if one.attribute in PARTS and all(value in (True, False, None) for value in values):
        return f"a {PARTS[one.attribute]}, not none" if one.yours else f"no {PARTS[one.attribute]}"
    if any(value is None or isinstance(value, bool) for value in values):
        return None
    words = "" if one.attribute == "kind" else f"{name} "
    return f"{words}{value_text(one.yours)}, not {value_text(one.reference)}"


def _stacked(fragments: list[Fragment]) -> Fragment:
    """Fragments one below the other, around their common centre."""
    fragments = [fragment for fragment in fragments if fragment.above + fragment.below]
    gap = style.CAPTION_GAP
    height = sum(fragment.above + fragment.below for fragment in fragments) + gap * (len(fragments) - 1)
    whole = Fragment(
        style.even(max(fragment.length for fragment in fragments)), height / 2, height / 2, [], []
    )
    y = -height / 2
    for fragment in fragments:
        whole.put(fragment, (whole.length - fragment.length) / 2, y + fragment.above)
        y += fragment.above + fragment.below + gap
    return whole


def _frame(start: Point, end: Point, thickness: float, dashed: bool = False) -> list[Line]:
    (left, top), (right, bottom) = start, end
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    if not dashed:
        return [Line(tuple(corners), thickness=thickness)]
    return [dash for a, b in zip(corners, corners[1:]) for dash in _dashes(a, b, thickness)]


def _dashes(a: Point, b: Point, thickness: float) -> list[Line]:
    """A line from a to b, one beside or below the other, in dashes."""
    length = abs(b[0] - a[0]) + abs(b[1] - a[1])
    dx, dy = (b[0] - a[0]) / length, (b[1] - a[1]) / length
    dashes, at = [], 0.0
    while at < length:
        stop = min(at + DASH, length)
        points = (a[0] + dx * at, a[1] + dy * at), (a[0] + dx * stop, a[1] + dy * stop)
        dashes.append(Line(points, thickness=thickness))
        at += DASH + DASH_GAP
    return dashes
