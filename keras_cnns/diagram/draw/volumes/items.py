"""What stands in a row: a solid with its size in pixels and its words, or the ball where a skip ends."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.captions import CaptionOptions, captions, spread, tooltip
from keras_cnns.diagram.draw.palettes import Palette
from keras_cnns.diagram.draw.volumes.chain import Element, Solid, Times
from keras_cnns.diagram.draw.volumes.measures import BAR, PLATE, SLAB, Extent, Extents, Scale
from keras_cnns.diagram.draw.volumes.solids import UP
from keras_cnns.diagram.fold.drawn_layer import Badge, DrawnLayer
from keras_cnns.diagram.fold.parts import Box

# Equal solids in a row are drawn out up to this many; more are one, in a bracket.
MOST_DRAWN = 4
# Maps are drawn as sheets if each has this width.
SHEET = 2.2
# Layers in so many groups are drawn as stacks above one another, so far apart.
MOST_STACKS = 3
STACK_GAP = 16.0
# Lines below a solid are broken where they are longer: notes, labels, names of modules.
NOTE_WIDTH, LABEL_WIDTH, NAME_WIDTH = 76.0, 62.0, 84.0
BALL = 8.5
SIGNS = {"add": "+", "multiply": "×", "subtract": "–", "concat": "C"}


@dataclass(eq=False, slots=True)
class Item:
    """A solid, `drawn` so many times side by side and in `stacks` above one another; or a ball.

    `below` are the lines under it, the first `bold_lines` of them bold, `above` is the size of its maps.
    """

    solid: Solid
    extent: Extent
    fill: str
    tooltip: str
    width: float = 0.0
    height: float = 0.0
    depth: float = 0.0
    drawn: int = 1
    stacks: int = 1
    groups: int = 1
    sheets: int = 1
    is_ball: bool = False
    is_thin: bool = False
    window: tuple[int, ...] = ()
    below: list[str] = field(default_factory=list)
    bold_lines: int = 0
    above: str = ""

    @property
    def kind(self) -> str:
        return self.solid.box.kind

    def is_attached_to(self, before: Item) -> bool:
        """Whether it lies on the face of the one before: a pooling that is drawn thin."""
        smaller = self.height <= before.height and self.depth <= before.depth
        return self.is_thin and self.kind == "pool" and smaller and not before.is_ball

    @property
    def whole_height(self) -> float:
        """From the bottom of the lowest stack to the top of the highest one's front."""
        return self.stacks * self.height + (self.stacks - 1) * (STACK_GAP + UP * self.depth)

    def middles(self) -> list[float]:
        """Where the middle of each stack's front is, from the top down; the axis is 0."""
        step = self.height + STACK_GAP + UP * self.depth
        return [(i - (self.stacks - 1) / 2) * step for i in range(self.stacks)]


@dataclass(eq=False, slots=True)
class Over:
    """Items and a skip above them, on which there may be others, into a ball."""

    main: list[Placed]
    shortcut: list[Item]
    ball: Item


@dataclass(eq=False, slots=True)
class Again:
    """Items in a bracket, below which stand the name of the module that they are and how often it comes."""

    body: list[Placed]
    count: int
    name: str = ""

    @property
    def words(self) -> str:
        return " ".join([self.name] * bool(self.name) + [f"×{self.count}"] * (self.count > 1))


Placed = Item | Over | Again


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes items of solids. `common` are badges and `pooling` is the label that the legend states."""

    vertices: Sequence[DrawnLayer]
    extents: Extents
    scale: Scale
    palette: Palette
    options: CaptionOptions
    common: tuple[Badge, ...]
    pooling: str
    is_spread: bool

    def items(self, elements: list[Element]) -> list[Placed]:
        """The items of a chain; layers that change no channels are thin where others are close together."""
        made = [self._placed(element) for element in elements]
        run = list(in_line(made))
        for before, item in zip([None, *run], run):
            self._finish(before, item)
        for item, after in zip(run, [*run[1:], None]):
            self._say_size(item, after)
        if self.is_spread:
            _stack(run)
        return made

    def _placed(self, element: Element) -> Placed:
        if isinstance(element, Solid):
            return self.ball(element) if element.box.kind == "merge" else self.item(element)
        if isinstance(element, Times):
            only = element.body[0] if len(element.body) == 1 else None
            if (
                isinstance(only, Solid)
                and not element.name
                and only.box.kind != "merge"
                and element.count <= MOST_DRAWN
            ):
                return replace(self.item(only), drawn=element.count)
            return Again([self._placed(one) for one in element.body], element.count, element.name)
        on_way = [self.item(one) for one in element.shortcut]
        return Over([self._placed(one) for one in element.main], on_way, self.ball(element.merge))

    def item(self, solid: Solid) -> Item:
        """A solid at its size, without its words."""
        box, extent = solid.box, self.extents.of(solid)
        item = Item(solid, extent, self._fill(box), tooltip(box, self.vertices))
        if not box.module:
            item.window = self.vertices[box.instances[0].anchor].window
            item.groups = int(box.instances[0].notes.get("groups", "1"))
        if extent.is_vector:
            item.width = item.depth = BAR
            item.height = self.scale.bar(extent.channels)
            return item
        item.width, item.height = self.scale.width(extent.channels), self.scale.side(extent.height)
        item.depth = PLATE if extent.is_sequence else self.scale.side(extent.depth)
        if extent.channels and item.width >= SHEET * extent.channels:
            item.sheets = extent.channels
        return item

    def ball(self, solid: Solid) -> Item:
        box = solid.box
        item = Item(solid, self.extents.of(solid), self._fill(box), tooltip(box, self.vertices), is_ball=True)
        item.width = item.height = 2 * BALL
        return item

    def _fill(self, box: Box) -> str:
        return self.palette.modules[box.module.kind] if box.module else self.palette.kinds[box.kind]

    def _finish(self, before: Item | None, item: Item) -> None:
        """Say what is under it, and make it thin if it only changes sizes or values."""
        keeps = before is not None and before.extent.channels == item.extent.channels
        passes = item.kind == "other" or (item.kind == "pool" and not self.is_spread)
        if passes and keeps and not item.extent.is_vector:
            item.is_thin, item.width, item.sheets = True, SLAB, 1
        box = item.solid.box
        item.below = [] if item.is_thin else [self._channels(item)]
        if item.is_ball and box.text != "concat":
            item.below = []
        item.bold_lines = len(item.below)
        if not item.is_ball and not (item.is_thin and box.text == self.pooling):
            item.below += _label(box)
        item.below += self._notes(box)

    def _channels(self, item: Item) -> str:
        several = [self.extents.of_vertex(one.anchor).channels for one in item.solid.box.instances]
        return spread(["?" if one is None else str(one) for one in several])

    def _notes(self, box: Box) -> list[str]:
        shown = box.typical.badges
        notes: list[str] = []
        if box.kind == "conv" and box.typical.badges == self.common:
            shown = ()
        elif box.kind == "conv":
            notes = [f"no {badge.name}" for badge in self.common if badge not in shown]
            shown = tuple(badge for badge in shown if badge not in self.common) if notes else shown
        before, after = ("".join(b.letters for b in badges) for badges in (box.typical.before, shown))
        letters = f"{before}–{after}" if before else after
        said = [note for note in box.notes if not note.startswith("units")]
        asked = captions(box, self.vertices, replace(self.options, shapes=False))
        asked = asked[1:] if box.kind == "input" else asked  # its size is written already
        lines = [line for note in (*notes, *said) for line in style.balanced(note, style.CAPTION, NOTE_WIDTH)]
        return [*filter(None, [letters]), *lines, *(line for line in asked if line not in lines)]

    def _say_size(self, item: Item, after: Item | None) -> None:
        """Write the sides of the maps, unless the next one is attached and has the same."""
        close = item.is_thin and not self.is_spread and item.kind == "pool"
        follows = after is not None and not after.is_ball and after.extent.words == item.extent.words
        if not item.is_ball and not (close and follows):
            item.above = self._sides(item)

    def _sides(self, item: Item) -> str:
        return spread([self.extents.of_vertex(one.anchor).words for one in item.solid.box.instances])


def in_line(placed: list[Placed]) -> Iterator[Item]:
    """The items of the chain in order, balls included, what is on shortcuts not."""
    for one in placed:
        if isinstance(one, Item):
            yield one
        elif isinstance(one, Again):
            yield from in_line(one.body)
        else:
            yield from in_line(one.main)
            yield one.ball


def _label(box: Box) -> list[str]:
    """The lines that say what layer it is; of a convolution the window, its colour says the rest."""
    if box.kind == "dense":
        return []
    short = re.sub(r"^conv (?=\S)", "", box.text) if box.kind == "conv" else box.text
    return style.wrapped(short, style.CAPTION, NAME_WIDTH if box.module else LABEL_WIDTH)


def _stack(run: list[Item]) -> None:
    """Draw as stacks what is computed in groups, or read in groups; poolings keep the channels apart."""
    for i, item in enumerate(run):
        if not 1 < item.groups <= MOST_STACKS:
            continue
        wanted = [item]
        for other in reversed(run[:i]):
            wanted.append(other)
            if other.kind != "pool":
                break
        for other in run[i + 1 :]:
            if other.kind != "pool":
                break
            wanted.append(other)
        for other in wanted:
            channels = other.extent.channels or 0
            if other.kind != "input" and not other.extent.is_vector and channels % item.groups == 0:
                _split(other, item.groups)


def _split(item: Item, groups: int) -> None:
    if item.stacks == 1 and not item.is_thin:
        item.stacks, item.sheets = groups, 1
        item.width = item.width / groups**0.5
        each = str((item.extent.channels or 0) // groups)
        item.below[0] = " + ".join([each] * groups)
