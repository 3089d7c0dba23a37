"""Items → shapes in a row: as close together as they can stand so that no words touch anything."""

from __future__ import annotations

from dataclasses import dataclass, field

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.fragments import moved
from keras_cnns.diagram.draw.palettes import Palette
from keras_cnns.diagram.draw.scene import Circle, Line, Rectangle, Shape, Text
from keras_cnns.diagram.draw.volumes.brackets import TICK, Bracket, aligned
from keras_cnns.diagram.draw.volumes.items import BALL, SIGNS, Again, Item, Over, Placed
from keras_cnns.diagram.draw.volumes.leads import CORNER, between_stacks, by_elbows, line_from, rounded
from keras_cnns.diagram.draw.volumes.places import (
    CLEAR,
    SKIP_LEAD,
    Place,
    places,
    skip_lead,
    texts_of,
)
from keras_cnns.diagram.draw.volumes.solids import RIGHT, Prism, faces

# Between the face of one solid and the next: of the same size, with an arrow, where a skip begins, with the
# lines of a window.
SNUG, APART, BRANCHING, VIEWING = 3.0, 20.0, 30.0, 46.0
# How far a skip is above what it leads over, and how far above that are boxes on it.
SKIP_LIFT, BOX_LIFT = 10.0, 12.0
DOT = 2.2
# A box on a skip: its height, and how long the line is before it and after it together.
BOX_HEIGHT, BOX_GAP = 18.0, 16.0


@dataclass(eq=False, slots=True)
class Row:
    """Shapes from left to right, the axis at y = 0; what is painted first comes first.

    `prisms` are the last item's, one for each stack; their fronts end at `front_end`, their faces at `end`.
    """

    palette: Palette
    is_spread: bool
    solids: list[Shape] = field(default_factory=list)
    wires: list[Shape] = field(default_factory=list)
    signs: list[Shape] = field(default_factory=list)
    words: list[Shape] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    prisms: list[Prism] = field(default_factory=list)
    brackets: list[Bracket] = field(default_factory=list)  # those that are in no other
    shown: str = ""  # the size of maps that was written last
    front_end: float = 0.0
    end: float = 0.0

    def put(self, placed: Placed, begins: int = 0) -> None:
        """Set one more, before which so many skips begin."""
        if isinstance(placed, Item):
            self._item(placed, begins)
        elif isinstance(placed, Again):
            self._again(placed, begins)
        else:
            self._over(placed, begins)

    @property
    def left(self) -> float:
        return min(place.left for place in self.places)

    @property
    def right(self) -> float:
        return max(self.end, *(place.right for place in self.places))

    @property
    def top(self) -> float:
        return min(place.top for place in self.places if place.is_bounded)

    @property
    def bottom(self) -> float:
        low = [bracket.place() for bracket in aligned(self.brackets, self.places)]
        return max(place.bottom for place in (*self.places, *low))

    def shapes(self) -> list[Shape]:
        brackets = aligned(self.brackets, self.places)
        names = [text for bracket in brackets for text in bracket.texts()]
        wires = [*self.wires, *(bracket.line() for bracket in brackets)]
        return [*self.solids, *wires, *self.signs, *self.words, *names]

    def _item(self, item: Item, begins: int, least: float = 0.0) -> None:
        """Set an item, no further left than `least`."""
        above = "" if item.above == self.shown and not self.is_spread else item.above
        self.shown = item.above or ("" if item.extent.is_vector else self.shown)
        texts = texts_of(item, above)
        needs = places(item, texts, begins)
        lead = skip_lead(texts) if begins else 0.0
        x = max(least, self.front_end + self._gap(item, lead)) if self.items else 0.0
        for taken in self.places:
            for place in needs:
                if taken.meets_across(place):
                    x = max(x, taken.right + CLEAR - place.left)
        x = style.even(x)
        if begins:
            self.signs.append(Circle(x - lead, 0.0, DOT, self.palette.ink, stroke=self.palette.ink))
        self._lead_to(item, x, [place.moved(x) for place in needs if place.is_word])
        self.places += [place.moved(x) for place in needs]
        if item.is_ball:
            self._ball(item, x)
        else:
            self._solid(item, x)
        self.words += [moved(text, x, 0.0) for text in texts]
        self.items.append(item)

    def _gap(self, item: Item, lead: float) -> float:
        """How far after the last front this one begins, if no words need more room."""
        before, reach = self.items[-1], self.end - self.front_end
        if lead:
            return reach + lead + BRANCHING - SKIP_LEAD
        if before.is_ball or item.is_ball:
            return reach + APART - 4.0 * before.is_ball
        if self.is_spread and item.window and not item.extent.is_vector:
            return reach + VIEWING
        if self.is_spread or before.extent.is_vector or item.extent.is_vector or before.kind == "input":
            return reach + APART
        if item.is_attached_to(before):
            return (reach - RIGHT * item.depth) / 2
        same = (before.height, before.depth) == (item.height, item.depth)
        return SNUG if same and not (before.is_thin and before.kind == "pool") else reach + APART

    def _lead_to(self, item: Item, x: float, words: list[Place]) -> None:
        """Draw what leads from the last item to this one, which is at x with these words."""
        if not self.items:
            return
        before = self.items[-1]
        if self.is_spread and self.prisms and not item.is_ball:
            windows, lines = between_stacks(before, self.prisms, item, x, self.palette)
            if any(place.is_crossed_by(line.points) for place in words for line in lines):
                lines = by_elbows(before, self.prisms, x, self.palette)
            self.solids += windows
            self.wires += lines
        elif x - self.end > APART / 2 and self.prisms:
            start = (self.front_end + self.end) / 2, 0.0
            self.wires += line_from(before, self.prisms[0], [start, (x, 0.0)], self.palette, arrow=True)
        elif x - self.end > APART / 2:
            self.wires.append(Line(((self.end, 0.0), (x, 0.0)), arrow=True))

    def _solid(self, item: Item, x: float) -> None:
        self.prisms = []
        for middle in item.middles():
            slabs = [
                Prism(x + i * item.width, middle, item.width, item.height, item.depth)
                for i in range(item.drawn)
            ]
            for slab in slabs:
                self.solids += faces(slab, item.fill, item.tooltip, item.sheets)
            self.prisms.append(slabs[-1])
        self.front_end = self.prisms[0].right
        self.end = self.front_end + self.prisms[0].reach

    def _ball(self, item: Item, x: float) -> None:
        sign = SIGNS.get(item.solid.box.text, item.solid.box.text[:1].upper())
        self.signs.append(Circle(x + BALL, 0.0, BALL, item.fill, item.tooltip, stroke=self.palette.ink))
        width, colour = style.text_width(sign, style.FONT), self.palette.text_on(item.fill)
        self.words.append(Text(x + BALL, 0.0, sign, style.FONT, width, colour=colour))
        self.prisms = []
        self.front_end = self.end = x + 2 * BALL

    def _again(self, again: Again, begins: int) -> None:
        first = len(self.places)
        for i, one in enumerate(again.body):
            self.put(one, begins if i == 0 else 0)
        inside = [place for place in self.places[first:] if place.is_bounded]
        left, right = min(place.left for place in inside), max(place.right for place in inside)
        y = max(place.bottom for place in inside) + CLEAR + TICK
        bracket = Bracket(left, right, y, again.words, style.CAPTION if again.name else style.FONT)
        for inner in [one for one in self.brackets if left <= one.left and one.right <= right]:
            self.brackets.remove(inner)
            self.wires.append(inner.line())
            self.words += inner.texts()
        self.brackets.append(bracket)
        self.places.append(bracket.place())

    def _over(self, over: Over, begins: int) -> None:
        first = len(self.places)
        for i, one in enumerate(over.main):
            self.put(one, begins + 1 if i == 0 else 0)
        start = next(place.left for place in self.places[first:] if not place.is_bounded)
        room = sum(_length_on_skip(item) for item in over.shortcut) + 2 * CORNER
        self._item(over.ball, 0, start + room - BALL)
        end = self.end - BALL
        top = min(place.top for place in self.places[first:] if place.is_bounded)
        y = top - SKIP_LIFT - BOX_LIFT * bool(over.shortcut)
        self.wires.append(Line(rounded([(start, 0.0), (start, y), (end, y), (end, -BALL)]), arrow=True))
        self.places.append(Place(start, y - 1.0, end, y + 1.0, True))
        x = (start + end - sum(_length_on_skip(item) for item in over.shortcut)) / 2
        for item in over.shortcut:
            self._on_skip(item, x, y)
            x += _length_on_skip(item)

    def _on_skip(self, item: Item, x: float, y: float) -> None:
        """Draw a box on a skip, from x on, with what it is in it."""
        word, width = item.solid.box.text, _length_on_skip(item) - BOX_GAP
        left, top = x + BOX_GAP / 2, y - BOX_HEIGHT / 2
        self.signs.append(Rectangle(left, top, width, BOX_HEIGHT, item.fill, tooltip=item.tooltip))
        size, colour = style.text_width(word, style.CAPTION), self.palette.text_on(item.fill)
        self.words.append(Text(left + width / 2, y, word, style.CAPTION, size, colour=colour))
        self.places.append(Place(left, top, left + width, top + BOX_HEIGHT, True))


def _length_on_skip(item: Item) -> float:
    """How much of a skip a box takes, with the line before it and after it."""
    return style.even(style.text_width(item.solid.box.text, style.CAPTION) + 10.0) + BOX_GAP
