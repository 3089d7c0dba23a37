"""Items → shapes in a row: as close together as they can stand so that no words touch anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import hypot

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.fragments import Fragment, Port, moved
from keras_cnns.diagram.draw.geometry import bounds
from keras_cnns.diagram.draw.palettes import Palette
from keras_cnns.diagram.draw.print_width import TURN, rows_within
from keras_cnns.diagram.draw.scene import Circle, Line, Point, Rectangle, Shape, Text
from keras_cnns.diagram.draw.volumes.items import BALL, SIGNS, Again, Item, Over, Placed
from keras_cnns.diagram.draw.volumes.solids import Prism, faces, on_face, window

# Between the face of one solid and the next: of the same size, with an arrow, where a skip begins, with the
# lines of a window.
SNUG, APART, BRANCHING, VIEWING = 3.0, 20.0, 30.0, 46.0
# How far before what it leads over a skip begins, and how far above.
SKIP_LEAD, SKIP_LIFT = 13.0, 10.0
CORNER = 8.0
CLEAR = 6.0
LABEL_RISE, LABEL_DROP = 3.0, 4.0
LINE_STEP = 13.0
# Seen at least this large, and no larger than this share of the map.
LEAST_WINDOW, LARGEST_SHARE = 5.0, 0.6
THIN_LINE = 0.8
BRACKET = 5.0
DOT = 2.2
ON_WAY_GAP = 16.0
# A row on a screen is no longer, and so often rows are tried that are shorter.
WIDEST = 1500.0
MOST_TRIES = 12
FAR = 1e6


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


@dataclass(eq=False, slots=True)
class Row:
    """Shapes from left to right, the axis at y = 0; what is painted first comes first."""

    palette: Palette
    is_spread: bool
    solids: list[Shape] = field(default_factory=list)
    wires: list[Shape] = field(default_factory=list)
    signs: list[Shape] = field(default_factory=list)
    words: list[Shape] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    last: Item | None = None
    shown: str = ""  # the size of maps that was written last
    last_prisms: list[Prism] = field(default_factory=list)
    end: float = 0.0  # where an arrow to the next may begin
    front_end: float = 0.0

    def put(self, placed: Placed, begins: int = 0) -> None:
        """Set one more; `begins` skips begin before it."""
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
        return min(place.top for place in self.places if place.top > -FAR)

    @property
    def bottom(self) -> float:
        return max(place.bottom for place in self.places)

    def shapes(self) -> list[Shape]:
        return [*self.solids, *self.wires, *self.signs, *self.words]

    def _item(self, item: Item, begins: int, least: float = 0.0) -> None:
        """Set an item, no further left than `least`."""
        if not self.is_spread and item.above == self.shown:
            item.above = ""
        self.shown = item.above or ("" if item.extent.is_vector else self.shown)
        gap = self._gap(item, begins)
        places = _places(item, begins)
        x = max(least, self.front_end + gap) if self.last else 0.0
        for taken in self.places:
            for place in places:
                if taken.meets_across(place):
                    x = max(x, taken.right + CLEAR - place.left)
        x = style.even(x)
        self._lead_to(item, x, begins)
        self.places += [place.moved(x) for place in places]
        if item.is_ball:
            self._ball(item, x)
        else:
            self._solid(item, x)
        self._write(item, x)
        self.last = item

    def _gap(self, item: Item, begins: int) -> float:
        before = self.last
        if before is None:
            return 0.0
        reach = self.end - self.front_end
        if begins:
            return reach + BRANCHING
        if before.is_ball or item.is_ball:
            return reach + APART - 4.0 * before.is_ball
        if self.is_spread and item.window and not item.extent.is_vector:
            return reach + VIEWING
        if before.extent.is_vector or item.extent.is_vector or self.is_spread:
            return reach + APART
        if item.is_attached_to(before):
            return (reach - Prism(0, 0, 0, 0, item.depth).reach) / 2
        if before.kind == "input":
            return reach + APART
        same = (before.height, before.depth) == (item.height, item.depth)
        return SNUG if same and not (before.is_thin and before.kind == "pool") else reach + APART

    def _lead_to(self, item: Item, x: float, begins: int) -> None:
        """Draw what leads from the last item to this one: an arrow, or a window and where it is seen."""
        if begins:
            self.signs.append(Circle(x - SKIP_LEAD, 0.0, DOT, self.palette.ink, stroke=self.palette.ink))
        if self.last is None:
            return
        if self.is_spread and self.last_prisms and not item.is_ball:
            self._leads_of_stacks(item, x)
        elif x - self.end > APART / 2:
            self.wires += self._lines([((self.front_end + self.end) / 2, 0.0), (x, 0.0)], arrow=True)

    def _leads_of_stacks(self, item: Item, x: float) -> None:
        apart = item.groups > 1 or item.kind == "pool"
        for i, y in enumerate(item.middles()):
            for j, prism in enumerate(self.last_prisms):
                if apart and item.stacks == len(self.last_prisms) and i != j:
                    continue
                viewed = self._window(item, prism)
                if viewed:
                    shapes, corners = viewed
                    self.solids += shapes
                    for corner in corners:
                        self.wires += self._lines([corner, (x, y)], THIN_LINE)
                else:
                    self.wires += self._lines([(prism.right + prism.reach / 2, prism.y), (x, y)], arrow=True)

    def _lines(self, ends: list[Point], thickness: float = 1.2, arrow: bool = False) -> list[Shape]:
        """A line that can be seen on the face on which it begins, too."""
        (x, y), (to_x, to_y) = ends
        ink = self.palette.ink
        seen = ink if self.last is None else on_face(self.last.fill, self.palette)
        if seen == ink or x >= self.end:
            return [Line(((x, y), (to_x, to_y)), arrow, thickness)]
        edge = self.end, y + (to_y - y) * (self.end - x) / (to_x - x)
        return [
            Line(((x, y), edge), False, thickness, colour=seen),
            Line((edge, (to_x, to_y)), arrow, thickness),
        ]

    def _window(self, item: Item, prism: Prism) -> tuple[list[Shape], list[Point]] | None:
        before = self.last
        if before is None or before.extent.is_vector or not item.window or item.extent.is_vector:
            return None
        sides = before.extent.height, before.extent.depth or 1.0
        down, across = item.window[-2:] if len(item.window) > 1 else (item.window[0], 1)
        shares = []
        for length, side, seen in ((across, sides[1], prism.reach), (down, sides[0], prism.height)):
            shares.append(min(max(length / side, LEAST_WINDOW / max(seen, 1.0)), LARGEST_SHARE))
        return window(prism, (shares[0], shares[1]), item.fill, self.palette.ink)

    def _solid(self, item: Item, x: float) -> None:
        self.last_prisms = []
        for middle in item.middles():
            for i in range(item.drawn):
                prism = Prism(x + i * item.width, middle, item.width, item.height, item.depth)
                self.solids += faces(prism, item.fill, item.tooltip, item.sheets)
            self.last_prisms.append(prism)
        self.front_end = prism.right
        self.end = prism.right + prism.reach

    def _ball(self, item: Item, x: float) -> None:
        sign = SIGNS.get(item.solid.box.text, item.solid.box.text[:1].upper())
        self.signs.append(Circle(x + BALL, 0.0, BALL, item.fill, item.tooltip, stroke=self.palette.ink))
        width, colour = style.text_width(sign, style.FONT), self.palette.text_on(item.fill)
        self.words.append(Text(x + BALL, 0.0, sign, style.FONT, width, colour=colour))
        self.last_prisms = []
        self.front_end = self.end = x + 2 * BALL

    def _write(self, item: Item, x: float) -> None:
        for text in _texts(item):
            self.words.append(Text(text.x + x, text.y, text.string, text.size, text.width, text.bold))

    def _again(self, again: Again, begins: int) -> None:
        first = len(self.places)
        for i, one in enumerate(again.body):
            self.put(one, begins if i == 0 else 0)
        inside = [place for place in self.places[first:] if place.top > -FAR]
        left, right = min(place.left for place in inside), max(place.right for place in inside)
        y = max(place.bottom for place in inside) + CLEAR + BRACKET
        self.wires.append(Line(((left, y - BRACKET), (left, y), (right, y), (right, y - BRACKET))))
        word = f"×{again.count}"
        width = style.text_width(word, style.FONT)
        middle = y + LABEL_DROP + style.FONT / 2
        self.words.append(Text((left + right) / 2, middle, word, style.FONT, width))
        half = max(width, right - left) / 2
        centre = (left + right) / 2
        self.places.append(Place(centre - half, y - BRACKET, centre + half, middle + style.FONT / 2, True))

    def _over(self, over: Over, begins: int) -> None:
        first = len(self.places)
        for i, one in enumerate(over.main):
            self.put(one, begins + 1 if i == 0 else 0)
        start = next(place.left for place in self.places[first:] if place.top == -FAR)
        start += 1.0
        on_way = [_words_on_way(item) for item in over.shortcut]
        room = sum(map(_length_on_way, on_way)) + 2 * CORNER if on_way else 0.0
        self._item(over.ball, 0, start + room - BALL)
        end = self.end - BALL
        over_all = [place.top for place in self.places[first:] if place.top > -FAR]
        y = min(over_all) - SKIP_LIFT - 12.0 * bool(over.shortcut)
        self.wires.append(Line(_rounded([(start, 0.0), (start, y), (end, y), (end, -BALL)]), arrow=True))
        self.places.append(Place(start, y - 1.0, end, y + 1.0, True))
        if over.shortcut:
            self._on_way(over.shortcut, (start + end) / 2, y)

    def _on_way(self, items: list[Item], middle: float, y: float) -> None:
        """Boxes on a skip, with what they are in them."""
        words = [_words_on_way(item) for item in items]
        x = middle - sum(map(_length_on_way, words)) / 2
        for item, word in zip(items, words):
            width = _length_on_way(word) - ON_WAY_GAP
            x += ON_WAY_GAP / 2
            self.signs.append(Rectangle(x, y - 9.0, width, 18.0, item.fill, tooltip=item.tooltip))
            colour = self.palette.text_on(item.fill)
            size = style.text_width(word, style.CAPTION)
            self.words.append(Text(x + width / 2, y, word, style.CAPTION, size, colour=colour))
            self.places.append(Place(x, y - 9.0, x + width, y + 9.0, True))
            x += width + ON_WAY_GAP / 2


def _length_on_way(word: str) -> float:
    """How much of a skip a box with this word takes, with the line before and after it."""
    return style.even(style.text_width(word, style.CAPTION) + 10.0) + ON_WAY_GAP


def _words_on_way(item: Item) -> str:
    label = " ".join(item.solid.box.text.split())
    return f"{label}, {item.below[0]}" if item.bold_lines else label


def _places(item: Item, begins: int) -> list[Place]:
    """What an item at x = 0 takes up: its words, and its solids in steps, since they lean."""
    places = [Place(*bounds(text), is_word=True) for text in _texts(item)]
    if begins:
        places += [Place(-SKIP_LEAD - 1.0, -FAR, -SKIP_LEAD + 1.0, 0.0, True)] * begins
    if item.is_ball:
        return [*places, Place(0.0, -BALL, 2 * BALL, BALL, True)]
    for middle in item.middles():
        prism = Prism((item.drawn - 1) * item.width, middle, item.width, item.height, item.depth)
        places.append(Place(0.0, prism.top, prism.right, prism.bottom))
        steps = 4
        for i in range(steps):
            far, near = (i + 1) / steps, i / steps
            up = prism.rise
            places.append(
                Place(near * prism.reach, prism.top - far * up, prism.right + far * prism.reach, prism.top)
            )
            right = prism.right + far * prism.reach
            places.append(Place(prism.right, prism.top - far * up, right, prism.bottom - near * up))
    return places


def _texts(item: Item) -> list[Text]:
    """The words of an item at x = 0."""
    leaning = Prism(0.0, 0.0, 0.0, 0.0, 0.0 if item.is_ball else item.depth)
    width = item.width * item.drawn
    half = (item.whole_height + leaning.rise) / 2
    texts = []
    y = half + LABEL_DROP + LINE_STEP / 2
    for i, line in enumerate(item.below):
        bold = i < item.bold_lines
        length = style.text_width(line, style.CAPTION, bold)
        texts.append(Text(width / 2, y, line, style.CAPTION, length, bold))
        y += LINE_STEP
    if item.above:
        length = style.text_width(item.above, style.CAPTION)
        top = -half - LABEL_RISE - style.CAPTION / 2
        texts.append(Text(width / 2 + leaning.reach, top, item.above, style.CAPTION, length))
    return texts


def _rounded(points: list[Point]) -> tuple[Point, ...]:
    """The line with its corners as arcs of a few straight pieces."""
    found = [points[0]]
    for before, at, after in zip(points, points[1:], points[2:]):
        radius = min(
            CORNER,
            hypot(at[0] - before[0], at[1] - before[1]) / 2,
            hypot(after[0] - at[0], after[1] - at[1]) / 2,
        )
        start, end = _towards(at, before, radius), _towards(at, after, radius)
        for step in range(5):
            t = step / 4
            # A quadratic curve whose control point is the corner.
            found.append(
                tuple((1 - t) ** 2 * s + 2 * t * (1 - t) * c + t**2 * e for s, c, e in zip(start, at, end))  # type: ignore[arg-type]
            )
    return (*found, points[-1])


def _towards(start: Point, goal: Point, length: float) -> Point:
    far = hypot(goal[0] - start[0], goal[1] - start[1]) or 1.0
    return start[0] + (goal[0] - start[0]) * length / far, start[1] + (goal[1] - start[1]) * length / far


def in_rows(placed: list[Placed], palette: Palette, is_spread: bool, room: float | None) -> list[Shape]:
    """Return all shapes, in as few rows as fit the room, or else a screen, a line from each to the next."""
    units = _units(placed)
    limit = room or WIDEST
    for _ in range(MOST_TRIES):
        rows = [_row(units[a:b], palette, is_spread) for a, b in _breaks(units, palette, is_spread, limit)]
        widest = max(row.right - row.left for row in rows) + 2 * TURN * (len(rows) > 1)
        if room is None or widest <= room or len(rows) == len(units):
            break
        limit *= 0.95
    shapes = rows[0].shapes()
    y = 0.0
    for before, row in zip(rows, rows[1:]):
        turn = y + before.bottom + style.BUS
        down = turn + style.BUS - row.top
        out, back = max(before.right, before.end) + style.BUS, row.left - style.GAP
        start = (before.front_end + before.end) / 2, y
        corners = [(out, y), (out, turn), (back, turn), (back, down)]
        shapes.append(Line(_rounded([start, *corners, (0.0, down)]), arrow=True))
        shapes += [moved(shape, 0.0, down) for shape in row.shapes()]
        y = down
    return shapes


def _units(placed: list[Placed]) -> list[list[Placed]]:
    """What is not to be parted: a thin pooling and what it lies on."""
    units: list[list[Placed]] = []
    for one in placed:
        before = units[-1][-1] if units else None
        if isinstance(one, Item) and isinstance(before, Item) and one.is_attached_to(before):
            units[-1].append(one)
        else:
            units.append([one])
    return units


def _row(units: list[list[Placed]], palette: Palette, is_spread: bool) -> Row:
    row = Row(palette, is_spread)
    for unit in units:
        for one in unit:
            row.put(one)
    return row


def _breaks(
    units: list[list[Placed]], palette: Palette, is_spread: bool, limit: float
) -> list[tuple[int, int]]:
    """Where rows begin and end: as few as there can be within the limit, of about equal length."""
    row = Row(palette, is_spread)
    ends = []
    for unit in units:
        for one in unit:
            row.put(one)
        ends.append(row.right)
    advances = [end - start for start, end in zip([row.left, *ends], ends)]
    if sum(advances) <= limit:
        return [(0, len(units))]
    pieces = [Fragment(advance - style.GAP, 0.0, 0.0, [Port(0, 0)], [Port(0, 0)]) for advance in advances]
    counts = [len(each) for each in rows_within(pieces, limit)]
    firsts = [sum(counts[:i]) for i in range(len(counts))]
    return [(first, first + count) for first, count in zip(firsts, counts)]
