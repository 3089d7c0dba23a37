"""Parts → fragments: how a box, a fork, a repeat and a mesh look."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.captions import CaptionOptions, captions, tooltip
from keras_cnns.diagram.draw.compose import (
    bracketed,
    chain,
    handing_on,
    identity,
    number_ways,
    single,
    stack,
    with_bus,
    with_buses,
)
from keras_cnns.diagram.draw.faces import Face, box_size, box_words, draw_badges, draw_cards, row_of
from keras_cnns.diagram.draw.fragments import Fragment, Orientation, Port
from keras_cnns.diagram.draw.mesh import mesh_fragment
from keras_cnns.diagram.draw.palettes import ARTICLE, Palette
from keras_cnns.diagram.draw.scene import Rectangle
from keras_cnns.diagram.fold.drawn_layer import Badge, DrawnLayer
from keras_cnns.diagram.fold.parts import Box, Fork, Mesh, ParallelCopies, Part, Repeat, Tapped, boxes


class BoxMarks(Protocol):
    """What may be added to boxes: more beside their captions, which may be above them, more around them."""

    def under(self, box: Box, captions: Fragment, orientation: Orientation, above: bool) -> Fragment: ...

    def around(self, box: Box, whole: Fragment, x: float, length: float, across: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Row:
    """What boxes on one axis share: how far away captions begin, by whether a box is tall and the side."""

    faces: dict[int, Face]
    depths: dict[tuple[bool, bool], float]


@dataclass(frozen=True, slots=True)
class Painter:
    """Draws the parts of one model; `common` are badges that the legend states for nearly all convolutions.

    `read_from_lane` are the vertices at which something leaves the lane. What is `stacked` stands for several
    that are side by side. The taps of blocks in a row are outputs if nothing `joins` them.
    """

    vertices: Sequence[DrawnLayer]
    orientation: Orientation
    options: CaptionOptions
    common: tuple[Badge, ...] = ()
    read_from_lane: frozenset[int] = frozenset()
    show_sources: bool = True
    marks: BoxMarks | None = None
    palette: Palette = ARTICLE
    stacked: bool = False
    joins: bool = True

    def series(self, parts: list[Part], lane: bool) -> Fragment:
        """Parts one after the other; in the lane boxes are larger."""
        if not parts:
            return identity()
        return chain(self.fragments(parts, lane))

    def fragments(self, parts: list[Part], lane: bool) -> list[Fragment]:
        return self.in_row(parts, lane, self.row(parts, lane))

    def in_row(self, parts: list[Part], lane: bool, row: Row) -> list[Fragment]:
        """The fragments of a series; brackets that hold nothing but boxes are of one height."""
        inside = {
            i: (handing_on if part.two_before else single)(chain(self.in_row(part.body, lane, row)))
            for i, part in enumerate(parts)
            if isinstance(part, Repeat)
        }
        plain = {i for i in inside if _is_plain(parts[i])}
        up = max((inside[i].above for i in plain), default=0.0)
        down = max((inside[i].below for i in plain), default=0.0)
        following = [*parts[1:], None]
        fragments = []
        for i, (part, after) in enumerate(zip(parts, following)):
            if isinstance(part, Repeat):
                room = (up, down) if i in plain else (inside[i].above, inside[i].below)
                fragments.append(bracketed(inside[i], f"×{part.count}", self.orientation, *room))
                fragments[-1].of = part
            else:
                fragments.append(self.part(part, after, row))
        return fragments

    def part(
        self, part: Box | ParallelCopies | Fork | Mesh | Tapped, after: Part | None, row: Row
    ) -> Fragment:
        if isinstance(part, Box):
            return self.box(part, row)
        if isinstance(part, ParallelCopies):
            inner = single(replace(self, stacked=True).series(part.body, lane=False))
            words = f"{part.count} towers in total"
            whole = bracketed(inner, words, self.orientation, inner.above, inner.below)
            whole.of = part
            return whole
        if isinstance(part, Fork):
            rows = [self.series(branch, lane=False) for branch in part.branches]
            for drawn, branch in zip(rows, part.branches):
                drawn.exits = [] if branch and all(box.is_unread for box in boxes(branch)) else drawn.exits
            return stack(rows, _joins_from_below(part, after), part.ways)
        if isinstance(part, Tapped):
            if part.outputs:
                return single(replace(self, joins=False).series(part.body, lane=False))
            if part.joins:
                return self.joined(part, after)
            return with_bus(single(self.series(part.body, lane=False)), part.leads_on)
        return mesh_fragment(part, [self.series(cell, lane=False) for cell in part.cells], self.joins)

    def joined(self, tapped: Tapped, after: Part | None) -> Fragment:
        """Blocks in a row and the joins that read them, one below the other."""
        from_below = _joins_from_below(Fork(tapped.joins), after)
        joins = stack([self.series(join, lane=False) for join in tapped.joins], from_below)
        return with_buses(single(self.series(tapped.body, lane=False)), joins)

    def row(self, parts: list[Part], lane: bool) -> Row:
        """Measure the boxes on one axis."""
        joined = _joined_from_below(parts)
        faces = {id(box): self.face(box, lane, id(box) in joined) for box in row_of(parts)}
        depths: dict[tuple[bool, bool], float] = {}
        for face in faces.values():
            if face.captions.above:
                key = face.tall, face.above
                depths[key] = max(depths.get(key, 0.0), face.caption_depth(self.orientation))
        return Row(faces, depths)

    def face(self, box: Box, lane: bool, above: bool) -> Face:
        words = box_words(box)
        length, across = self.orientation.along(*box_size(box, words, lane))
        under = self.captions(box)
        if self.marks:
            under = self.marks.under(box, under, self.orientation, above)
        after = () if box.kind == "conv" and box.typical.badges == self.common else box.typical.badges
        in_groups = any("groups" in instance.notes for instance in box.instances)
        cards = style.CARDS if self.stacked or in_groups else 0
        tall = box.kind == "dense"
        return Face(words, length, across, box.typical.before, after, under, above, cards, tall)

    def box(self, box: Box, row: Row) -> Fragment:
        face = row.faces[id(box)]
        length, across, under = face.length, face.across, face.captions
        room = max(length, under.length - 2 * style.OVERHANG)
        whole = Fragment(room, across / 2, across / 2, [], [], of=box)
        x = (whole.length - length) / 2
        fill = _fill(box, self.palette)
        draw_cards(whole, face, x, fill)
        tip = tooltip(box, self.vertices)
        whole.shapes.append(Rectangle(x, -across / 2, length, across, fill, tooltip=tip))
        text = self.orientation.lines(face.words, style.FONT, colour=self.palette.text_on(fill))
        whole.put(text, x + (length - text.length) / 2, 0.0)
        draw_badges(whole, face, x + length / 2, self.orientation, self.palette)
        whole.above += max(face.badge_room(True, self.orientation), style.CARD_STEP * face.cards)
        whole.below += face.badge_room(False, self.orientation)
        if self.marks:
            self.marks.around(box, whole, x, length, across)
        if under.above:
            self.add_captions(whole, under, row.depths[face.tall, face.above], face.above)
        whole.entries, whole.exits = [Port(x, 0.0)], [Port(x + length, 0.0)]
        whole.entry_from_below = (x + length / 2, across / 2)
        if box.ways == 2:
            self.add_second_way(whole, x, across / 2)
        if self.read_from_lane:
            # What leaves the inside of a module does not leave its end.
            inside = [(i.anchor,) if box.module else i.vertices for i in box.instances]
            taken = {v for vertices in inside for v in vertices} & self.read_from_lane
            whole.taps = dict.fromkeys(taken, (x + length, 0.0))
        return whole

    def add_second_way(self, whole: Fragment, x: float, half: float) -> None:
        """The second way in comes in below the first; the numbers are those in the module's panel."""
        whole.second = Port(x, half - style.SECOND_WAY)
        number_ways(whole, x - style.SECOND_WAY, [0.0, whole.second.y], self.orientation)

    def add_captions(self, whole: Fragment, under: Fragment, depth: float, above: bool) -> None:
        """Write lines that begin that far from the axis, below it or above."""
        gap = style.VERTICAL_CAPTION_GAP if self.orientation.vertical else style.CAPTION_GAP
        x = (whole.length - under.length) / 2
        far = depth + gap + under.above + under.below
        if above:
            whole.put(under, x, -depth - gap / 2 - under.below)
            whole.above = max(whole.above, far)
        else:
            whole.put(under, x, depth + gap / 2 + under.above)
            whole.below = max(whole.below, far)

    def captions(self, box: Box) -> Fragment:
        units = [_units(box)] if box.kind == "dense" else []
        hidden = ("units",) if self.show_sources else ("units", "from")
        notes = [note for note in box.notes if not note.startswith(hidden)]
        if box.kind == "conv":
            notes = [f"no {badge.name}" for badge in self.common if badge not in box.typical.badges] + notes
        asked = captions(box, self.vertices, self.options)
        said = dict.fromkeys(note for note in notes if note not in units)  # each once
        lines = [line for note in said for line in style.balanced(note, style.CAPTION, style.WIDEST_NOTE)]
        lines = [*units, *lines, *(line for line in dict.fromkeys(asked) if line not in {*units, *said})]
        return self.orientation.lines(lines, style.CAPTION)


def _is_plain(part: Part) -> bool:
    return isinstance(part, Repeat) and all(isinstance(inner, Box) for inner in part.body)


def _joined_from_below(parts: list[Part]) -> set[int]:
    """The boxes in a row, those in brackets included, that branches join from below."""
    joined = {id(after) for part, after in zip(parts, parts[1:]) if _leads_to_below(part, after)}
    return joined.union(*(_joined_from_below(part.body) for part in parts if isinstance(part, Repeat)))


def _leads_to_below(part: Part, after: Part) -> bool:
    if isinstance(part, Tapped) and part.joins:
        part = Fork(part.joins)
    return isinstance(part, Fork) and _joins_from_below(part, after)


def _joins_from_below(fork: Fork, after: Part | None) -> bool:
    """Shortcuts, and all that is added, come to the box that joins them from below."""
    if not isinstance(after, Box) or after.kind != "merge":
        return False
    return after.label != "concat" or (len(fork.branches) == 2 and not fork.branches[1])


def _units(box: Box) -> str:
    counts = list(dict.fromkeys(instance.notes.get("units", "") for instance in box.instances))
    return counts[0] if len(counts) == 1 else f"{counts[0]} … {counts[-1]}"


def _fill(box: Box, palette: Palette) -> str:
    return palette.modules[box.module.kind] if box.module else palette.kinds[box.kind]
