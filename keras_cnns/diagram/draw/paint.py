"""Parts → fragments: how a box, a fork, a repeat and a mesh look."""

from dataclasses import dataclass
from typing import Protocol

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.captions import CaptionOptions, captions, tooltip
from keras_cnns.diagram.draw.compose import bracketed, chain, identity, stack
from keras_cnns.diagram.draw.fragments import Fragment, Orientation, Port
from keras_cnns.diagram.draw.mesh import mesh_fragment
from keras_cnns.diagram.draw.scene import Circle, Rectangle, Text
from keras_cnns.diagram.fold.layer_labels import Badge
from keras_cnns.diagram.fold.parts import Box, Fork, ParallelCopies, Part, Repeat
from keras_cnns.graph import Vertex


class BoxMarks(Protocol):
    """What may be added to boxes: more below their captions, more around them."""

    def under(self, box: Box, captions: Fragment, orientation: Orientation) -> Fragment: ...

    def around(self, box: Box, whole: Fragment, x: float, length: float, across: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Painter:
    """Draws the parts of one model; `common` are badges that the legend states for all convolutions.

    `read_from_lane` are the vertices at which something leaves the lane.
    """

    vertices: list[Vertex]
    orientation: Orientation
    options: CaptionOptions
    common: tuple[Badge, ...] = ()
    read_from_lane: frozenset[int] = frozenset()
    show_sources: bool = True
    marks: BoxMarks | None = None

    def series(self, parts: list[Part], lane: bool) -> Fragment:
        """Parts one after the other; in the lane boxes are larger, and ×N is below."""
        if not parts:
            return identity()
        return chain(self.fragments(parts, lane))

    def fragments(self, parts: list[Part], lane: bool) -> list[Fragment]:
        following = [*parts[1:], None]
        return [self.part(part, after, lane) for part, after in zip(parts, following)]

    def part(self, part: Part, after: Part | None, lane: bool) -> Fragment:
        if isinstance(part, Box):
            return self.box(part, lane)
        if isinstance(part, Repeat):
            return bracketed(self.series(part.body, lane), f"×{part.count}", self.orientation, above=not lane)
        if isinstance(part, ParallelCopies):
            words = f"total {part.count} towers"
            return bracketed(self.series(part.body, lane=False), words, self.orientation, above=False)
        if isinstance(part, Fork):
            rows = [self.series(branch, lane=False) for branch in part.branches]
            return stack(rows, first_on_axis=_joins_from_below(part, after))
        return mesh_fragment(part, [self.series(cell, lane=False) for cell in part.cells])

    def box(self, box: Box, lane: bool) -> Fragment:
        words = [] if box.kind == "dense" else _words(box)
        length, across = self.orientation.along(*_size(box, words, lane))
        under = self.captions(box)
        if self.marks:
            under = self.marks.under(box, under, self.orientation)
        whole = Fragment(max(length, under.length), across / 2, across / 2, [], [])
        x = (whole.length - length) / 2
        fill, colour = _colours(box)
        tip = tooltip(box, self.vertices)
        whole.shapes.append(Rectangle(x, -across / 2, length, across, fill, tooltip=tip))
        text = self.orientation.lines(words, style.FONT, colour=colour)
        whole.put(text, x + (length - text.length) / 2, 0.0)
        self.badges(whole, box, x + length / 2, length, across)
        if self.marks:
            self.marks.around(box, whole, x, length, across)
        if under.shapes or under.inside:
            # Shortcuts come in from below where branches join.
            self.add_captions(whole, under, above=box.kind == "merge")
        whole.entries, whole.exits = [Port(x, 0.0)], [Port(x + length, 0.0)]
        whole.entry_from_below = (x + length / 2, across / 2)
        if self.read_from_lane:
            taken = {v for instance in box.instances for v in instance.vertices} & self.read_from_lane
            whole.taps = dict.fromkeys(taken, (x + length, 0.0))
        return whole

    def add_captions(self, whole: Fragment, under: Fragment, above: bool) -> None:
        gap = style.VERTICAL_CAPTION_GAP if self.orientation.vertical else style.CAPTION_GAP
        room = under.above + under.below + gap
        x = (whole.length - under.length) / 2
        if above:
            whole.put(under, x, -whole.above - room / 2)
            whole.above += room
        else:
            whole.put(under, x, whole.below + room / 2)
            whole.below += room

    def captions(self, box: Box) -> Fragment:
        units = [_units(box)] if box.kind == "dense" else []
        hidden = ("units",) if self.show_sources else ("units", "from")
        notes = [note for note in box.notes if not note.startswith(hidden)]
        said = [line for note in notes for line in style.wrapped(note, style.CAPTION, style.WIDEST_NOTE)]
        lines = dict.fromkeys([*units, *said, *captions(box, self.vertices, self.options)])  # each once
        return self.orientation.lines(list(lines), style.CAPTION)

    def badges(self, whole: Fragment, box: Box, middle: float, length: float, across: float) -> None:
        """Circles on the corners: what comes first at the left, what follows at the right, from the top."""
        width, height = self.orientation.along(length, across)
        after = () if box.kind == "conv" and box.typical.badges == self.common else box.typical.badges
        for badges, side in ((box.typical.before, -width / 2), (after, width / 2)):
            step = max(height, style.BADGE_STEP * (len(badges) - 1)) / max(1, len(badges) - 1)
            for i, badge in enumerate(badges):
                dx, dy = self.orientation.along(side, -height / 2 + i * step)
                _badge(whole, badge, middle + dx, dy)
        most = max(len(box.typical.before), len(after))
        whole.above += style.BADGE * (most > 0)
        whole.below += style.BADGE * (most > 0 if self.orientation.vertical else most > 1)


def _words(box: Box) -> list[str]:
    return style.wrapped(box.text, style.FONT, style.WIDEST_TEXT if box.module else style.BOX_TEXT)


def _size(box: Box, words: list[str], lane: bool) -> tuple[float, float]:
    """Width and height of a box: room for its words, and for badges that do not touch."""
    if box.kind == "dense":
        return style.DENSE_WIDTH, style.DENSE_HEIGHT if lane else style.SMALL_DENSE_HEIGHT
    width = max(style.text_width(word, style.FONT) for word in words) + 2 * style.BOX_PADDING
    height = style.LINE_HEIGHT * len(words) + style.BOX_PADDING
    badges = style.BADGE_STEP * (max(len(box.typical.before), len(box.typical.badges)) - 1)
    return style.even(max(style.BOX_WIDTH, width)), style.even(max(style.BOX_HEIGHT, height, badges))


def _badge(whole: Fragment, badge: Badge, x: float, y: float) -> None:
    fill = style.ACTIVATION if badge.activates else style.FUNCTION
    size = style.BADGE_FONT
    whole.shapes.append(Circle(x, y, style.BADGE, fill, badge.name))
    whole.shapes.append(Text(x, y, badge.letters, size, style.text_width(badge.letters, size)))


def _joins_from_below(fork: Fork, after: Part | None) -> bool:
    """Shortcuts, and all that is added, come to the box that joins them from below."""
    if not isinstance(after, Box) or after.kind != "merge":
        return False
    return after.label != "concat" or (len(fork.branches) == 2 and not fork.branches[1])


def _units(box: Box) -> str:
    counts = list(dict.fromkeys(instance.notes.get("units", "") for instance in box.instances))
    return counts[0] if len(counts) == 1 else f"{counts[0]} … {counts[-1]}"


def _colours(box: Box) -> tuple[str, str]:
    fill = style.MODULES[box.module.kind] if box.module else style.FILLS[box.kind]
    return fill, style.LIGHT_TEXT if box.kind == "input" else style.DARK_TEXT
