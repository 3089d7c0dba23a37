"""Everything that can be opened, laid out once: modules, copies of what repeats, the layers of one box."""

from __future__ import annotations

from dataclasses import dataclass, replace

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.captions import CaptionOptions
from keras_cnns.diagram.draw.compose import number_ways, single
from keras_cnns.diagram.draw.fragments import Fragment, turned
from keras_cnns.diagram.draw.geometry import in_ink
from keras_cnns.diagram.draw.layout import Sheet, in_place
from keras_cnns.diagram.draw.paint import Painter
from keras_cnns.diagram.draw.scene import Shape
from keras_cnns.diagram.fold.drawn_layer import Badge
from keras_cnns.diagram.fold.parts import Box, Folded, Instance, Module, ParallelCopies, Repeat
from keras_cnns.diagram.page.blocks import NONE, Block, Place, Slot, block
from keras_cnns.diagram.page.figures import Figures
from keras_cnns.diagram.page.frames import framed, in_row, side_by_side, slot, with_leads

# A copy that is not written out, as in a bracket with ×1,000, would be no help.
MOST_COPIES = 256


@dataclass(frozen=True, slots=True)
class Cell:
    """A single layer as it looks in the inside of a box."""

    kind: str
    words: str
    badges: tuple[Badge, ...]


@dataclass(frozen=True, slots=True)
class Copy:
    """One of the copies of what repeats."""

    part: Repeat | ParallelCopies


@dataclass(frozen=True, slots=True)
class Layers:
    """The layers of a box, in a row: which of its layers each is, and how it looks."""

    cells: tuple[tuple[int, Cell], ...]


Inside = Module | Repeat | ParallelCopies | Copy | Layers | Cell


class Insides:
    """The blocks of a picture but the sheet, each there when something refers to it.

    Args:
        sheet: the picture.
        folded: the model that it shows.
    """

    def __init__(self, sheet: Sheet, folded: Folded):
        asked = sheet.painter.options
        options = CaptionOptions(dtype=asked.dtype, trainable=asked.trainable)
        self.painter: Painter = replace(
            sheet.painter,
            marks=Figures(folded.vertices, sheet.painter.marks),
            options=options,
            read_from_lane=frozenset(),
        )
        self.rankdir = sheet.rankdir
        self.folded = folded
        self.numbers: dict[object, int] = {}
        self.wanted: list[Inside] = []
        self.fragments: dict[object, Fragment] = {}
        self.cells: dict[int, Cell] = {}  # by the number of the vertex

    def number(self, inside: Inside) -> int:
        """The number of a block; one that is new is laid out later."""
        key = _key(inside)
        if key not in self.numbers:
            self.numbers[key] = len(self.wanted)
            self.wanted.append(inside)
        return self.numbers[key]

    def opened(self, place: Place) -> list[int]:
        """The blocks that may be seen in a place: none, one, or of a box one for each of its instances."""
        of = place.of
        if isinstance(of, Slot):
            return [self.number(of.what)]  # type: ignore[arg-type]
        if isinstance(of, (Repeat, ParallelCopies)):
            # Copies that read the two before would need two lines from one to the next.
            closed = of.count > MOST_COPIES or (isinstance(of, Repeat) and of.two_before)
            return [] if closed else [self.number(of)]
        assert isinstance(of, Box)
        if of.module:
            return [self.number(of.module)]
        found = [self.layers_of(one) for one in of.instances]
        numbers = [self.number(layers) if layers else NONE for layers in found]
        return numbers if {*numbers} != {NONE} else []

    def layers_of(self, instance: Instance) -> Layers | None:
        """The layers that a box stands for, if they are several that follow one another."""
        cells = {v: (k, self.cell(v)) for k, v in enumerate(sorted(instance.vertices))}
        # Where a model's inside begins is no layer that computes anything.
        members = [v for v, (_, cell) in cells.items() if cell.kind != "input"]
        follow = all({*self.folded.vertices[b].sources} == {a} for a, b in zip(members, members[1:]))
        if len(members) < 2 or not follow:
            return None
        return Layers(tuple(cells[v] for v in members))

    def cell(self, v: int) -> Cell:
        """How a vertex looks; the same is asked for wherever a box that has it may be seen."""
        if v not in self.cells:
            self.cells[v] = Cell(*self.folded.alone(v))
        return self.cells[v]

    def blocks(self) -> list[Block]:
        """All blocks that are wanted, and those that they want."""
        found: list[Block] = []
        while len(found) < len(self.wanted):
            found.append(self.block(self.wanted[len(found)]))
            for place in found[-1].places:
                self.opened(place)
        return found

    def block(self, inside: Inside) -> Block:
        fragment = self.fragment(inside)
        orientation = self.painter.orientation
        across = fragment.above + fragment.below
        size = (across, fragment.length) if orientation.vertical else (fragment.length, across)

        def placed(shape: Shape) -> Shape:
            shape = turned(shape) if orientation.vertical else shape
            return in_place(shape, (0.0, 0.0), size, self.rankdir)

        made = block(fragment, placed, orientation.vertical, (0.0, fragment.above))
        made.shapes = [in_ink(shape, self.painter.palette.ink) for shape in made.shapes]
        return made

    def fragment(self, inside: Inside) -> Fragment:
        key = _key(inside)
        if key not in self.fragments:
            self.fragments[key] = self._drawn(inside)
        return self.fragments[key]

    def _drawn(self, inside: Inside) -> Fragment:
        painter, palette = self.painter, self.painter.palette
        plain = palette.ground or "#ffffff"
        if isinstance(inside, Module):
            return framed(self._body(inside), inside.name, palette.panels[inside.kind], painter.orientation)
        if isinstance(inside, (Repeat, ParallelCopies)):
            size = self.fragment(Copy(inside))
            slots = [slot(size, Copy(inside), k) for k in range(inside.count)]
            row = in_row(slots) if isinstance(inside, Repeat) else side_by_side(slots)
            return framed(row, f"×{inside.count}", plain, painter.orientation)
        if isinstance(inside, Copy):
            hand = replace(painter, stacked=False)
            return with_leads(hand.series(inside.part.body, lane=False), painter.orientation)
        if isinstance(inside, Layers):
            slots = [slot(self.fragment(cell), cell, k) for k, cell in inside.cells]
            return framed(in_row(slots), "", plain, painter.orientation)
        one = Instance((), 0, inside.badges)
        box = Box(inside.kind, inside.words, [one])
        hand = replace(painter, marks=Figures([]), common=())
        return with_leads(hand.part(box, None, hand.row([box], lane=False)), painter.orientation)

    def _body(self, module: Module) -> Fragment:
        inner = single(self.painter.series(module.body, lane=False))
        if inner.second:
            number_ways(inner, -style.ARROW / 2, [0.0, inner.second.y], self.painter.orientation)
        return inner


def _key(inside: Inside) -> object:
    return id(inside) if isinstance(inside, (Module, Repeat, ParallelCopies)) else inside
