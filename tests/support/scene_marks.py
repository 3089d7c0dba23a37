"""What an eye makes out in a finished scene: boxes with words, badges and captions; brackets; panels; wires.

Only the shapes of the scene are read, never what they were drawn from. Everything is turned so that the lane
runs from left to right.
"""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from keras_cnns.diagram.draw.scene import Circle, Line, Point, Rectangle, Scene, Text

# Lines nearer to one another than this look like one.
TOUCH = 0.4
# How far a line that leads into a panel, or out of it, begins or ends outside.
REACH = 30.0
TICK = 8.0
# Lines of one caption are less than this apart, in heights of their letters.
LINE_STEP = 1.5
BESIDE = 9.0
# The middle of a caption is not further than this from that of its box.
CENTRED = 1.0


class SceneError(AssertionError):
    """Something in a scene that cannot be read."""


@dataclass(eq=False)
class Area:
    """A rectangle, in which there may be others: `inside` is the smallest bracket or panel round it."""

    left: float
    top: float
    right: float
    bottom: float
    inside: "Area | None" = None

    def holds(self, other: "Area") -> bool:
        return (
            self.left - TOUCH <= other.left
            and other.right <= self.right + TOUCH
            and self.top - TOUCH <= other.top
            and other.bottom <= self.bottom + TOUCH
        )

    def has(self, point: Point, margin: float = TOUCH) -> bool:
        x, y = point
        return (
            self.left - margin <= x <= self.right + margin and self.top - margin <= y <= self.bottom + margin
        )

    def distance(self, point: Point) -> float:
        x, y = point
        return max(self.left - x, x - self.right, 0.0) + max(self.top - y, y - self.bottom, 0.0)


@dataclass(eq=False)
class SeenBox(Area):
    """A rectangle with a border; `names` are the badges' at its corners, before and after what is in it."""

    text: str = ""
    fill: str | None = None
    tooltip: str = ""
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)


@dataclass(eq=False)
class Bracket(Area):
    """Brackets round what is there `count` times, one after another or, if `parallel`, side by side."""

    count: int = 1
    parallel: bool = False


@dataclass(eq=False)
class Panel(Area):
    """A tinted ground with a name."""

    name: str = ""


@dataclass(eq=False)
class Marks:
    """What is in a scene; `wires` are lines without brackets; `common` are all convolutions' badges."""

    boxes: list[SeenBox]
    brackets: list[Bracket]
    panels: list[Panel]
    wires: list[Line]
    common: list[str]


def marks(scene: Scene, rankdir: str) -> Marks:
    """Return what an eye makes out in a scene whose lane runs as `rankdir` says."""
    return _Looking(scene, rankdir).marks()


class _Looking:
    def __init__(self, scene: Scene, rankdir: str):
        self.vertical = rankdir in ("TB", "BT")
        self.place = _turning(scene, rankdir)
        self.texts = [shape for shape in scene.shapes if isinstance(shape, Text)]
        self.circles = [shape for shape in scene.shapes if isinstance(shape, Circle)]
        self.rectangles = [shape for shape in scene.shapes if isinstance(shape, Rectangle)]
        lines = [shape for shape in scene.shapes if isinstance(shape, Line)]
        self.lines = [Line(tuple(map(self.place, line.points)), line.arrow) for line in lines]

    def marks(self) -> Marks:
        boxes = self.boxes()
        left = [text for text in self.texts if id(text) not in self.used]
        sides = [line for line in self.lines if _is_bracket(line)]
        brackets = self.brackets(sides, left)
        panels = self.panels(left)
        self.captions(boxes, [text for text in left if id(text) not in self.used])
        _nest(boxes, brackets, panels)
        drawn = {id(line) for line in sides}
        wires = [line for line in self.lines if id(line) not in drawn]
        return Marks(boxes, brackets, panels, wires, self.common())

    def area(self, shape: Rectangle) -> tuple[float, float, float, float]:
        x, y = self.place((shape.x, shape.y))
        u, v = self.place((shape.x + shape.width, shape.y + shape.height))
        return min(x, u), min(y, v), max(x, u), max(y, v)

    def boxes(self) -> list[SeenBox]:
        """Rectangles with a border, without the swatches of the legend."""
        self.used: set[int] = set()
        found = []
        on_boxes: set[int] = set()
        for shape in _in_front(self.rectangles):
            if shape.stroke is None:
                continue
            within = [text for text in self.texts if _inside(shape, text)]
            if not within and self.is_swatch(shape):
                middle = shape.x + shape.width / 2, shape.y + shape.height / 2
                self.used |= {id(text) for text in self.beside(*middle, shape.width)}
                continue
            within.sort(key=lambda text: text.y)
            box = SeenBox(*self.area(shape), fill=shape.fill, tooltip=shape.tooltip)
            badges = [circle for circle in self.circles if _on_border(shape, circle)]
            on_boxes |= {id(circle) for circle in badges}
            letters = {(circle.x, circle.y) for circle in self.circles}
            words = [text for text in within if (text.x, text.y) not in letters]
            box.text = " ".join(text.string for text in words)
            self.used |= {id(text) for text in words}
            self.add_badges(box, badges)
            found.append(box)
        for circle in self.circles:
            if id(circle) not in on_boxes:  # one of the legend's
                self.used |= {id(text) for text in self.beside(circle.x, circle.y, 2 * circle.radius)}
        centres = {(circle.x, circle.y) for circle in self.circles}
        self.used |= {id(text) for text in self.texts if (text.x, text.y) in centres}
        return found

    def is_swatch(self, shape: Rectangle) -> bool:
        """A small empty rectangle, to which no line leads, with words beside it."""
        area = Area(*self.area(shape))
        if any(area.has(end) for line in self.lines for end in (line.points[0], line.points[-1])):
            return False
        return bool(self.beside(shape.x + shape.width / 2, shape.y + shape.height / 2, shape.width))

    def beside(self, x: float, y: float, width: float) -> list[Text]:
        """The words right beside a mark, as in a legend."""
        return [
            text
            for text in self.texts
            if abs(text.y - y) < TOUCH and 0 < abs(text.x - x) - (text.width + width) / 2 < BESIDE
        ]

    def add_badges(self, box: SeenBox, circles: list[Circle]) -> None:
        """Those at the left come before what the box does, from the top; those at the right after it."""
        across, down = (1, 0) if self.vertical else (0, 1)
        middle = (box.top + box.bottom) / 2 if self.vertical else (box.left + box.right) / 2
        for circle in sorted(circles, key=lambda one: self.place((one.x, one.y))[down]):
            side = box.before if self.place((circle.x, circle.y))[across] < middle else box.after
            side.append(circle.tooltip.partition(" (")[0])  # without its setting

    def brackets(self, sides: list[Line], texts: list[Text]) -> list[Bracket]:
        """Pairs of brackets that face each other, with the words nearest to them."""
        found = []
        ends = defaultdict(list)
        for line in sides:
            x, ys = line.points[1][0], sorted((line.points[1][1], line.points[2][1]))
            ends[round(ys[0]), round(ys[1])].append((x, line.points[0][0] > x, ys))
        for pairs in ends.values():
            opened = []
            for x, opens, ys in sorted(pairs):
                if opens:
                    opened.append(x)
                elif not opened:
                    raise SceneError(f"a bracket closes at {x} that none opens")
                else:
                    found.append(Bracket(opened.pop(), ys[0], x, ys[1]))
            if opened:
                raise SceneError(f"no bracket closes what opens at {opened}")
        counts = [(self.place((text.x, text.y)), text, _count(text.string)) for text in texts]
        for bracket in sorted(found, key=lambda one: one.right - one.left):
            near = [
                (bracket.distance(place), text, count)
                for place, text, count in counts
                if count
                and id(text) not in self.used
                and bracket.left <= place[0] <= bracket.right
                and not bracket.has(place)
            ]
            if not near or min(near, key=lambda one: one[0])[0] > 120:
                raise SceneError(f"a bracket at {bracket.left, bracket.top} says no number")
            _, text, (bracket.count, bracket.parallel) = min(near, key=lambda one: one[0])
            self.used.add(id(text))
        return found

    def panels(self, texts: list[Text]) -> list[Panel]:
        found = []
        for shape in self.rectangles:
            if shape.stroke is None:
                panel = Panel(*self.area(shape))
                bold = [text for text in texts if text.bold and id(text) not in self.used]
                name = min(bold, key=lambda text: self.from_text(text, panel), default=None)
                if name is None:
                    raise SceneError("a panel has no name")
                panel.name = name.string
                self.used.add(id(name))
                found.append(panel)
        return found

    def from_text(self, text: Text, area: Area) -> float:
        """How far an area is from a text, which is centred below it or begins or ends beside it."""
        half = text.width / 2 if self.vertical else 0.0
        return min(area.distance(self.place((text.x + side, text.y))) for side in (-half, half))

    def captions(self, boxes: list[SeenBox], texts: list[Text]) -> None:
        """Words near a box, centred on it, are its captions; lines one below the other are of one box."""
        for lines in _blocks(texts):
            x = sum(self.place((text.x, text.y))[0] for text in lines) / len(lines)
            near = [box for box in boxes if abs((box.left + box.right) / 2 - x) < CENTRED]
            box = min(near, key=lambda box: min(self.from_text(text, box) for text in lines), default=None)
            if box is not None:
                box.captions += [text.string for text in lines]

    def common(self) -> list[str]:
        """The badges that a sentence below the picture states for all convolutions but those marked."""
        sentence = r"All convolutions(?: but those marked otherwise)? are followed by (.*)\."
        for text in self.texts:
            said = re.fullmatch(sentence, text.string)
            if said:
                return [name.partition(" (")[0] for name in said[1].split(" and ")]
        return []


def _blocks(texts: list[Text]) -> list[list[Text]]:
    """Lines of text that stand one below the other, together, in the order in which they are read."""
    blocks: list[list[Text]] = []
    last: dict[int, list[Text]] = {}
    for text in sorted(texts, key=lambda one: one.y):
        block = last.get(round(text.x))
        if block is None or text.y - block[-1].y > LINE_STEP * text.size or text.size != block[-1].size:
            block = []
            blocks.append(block)
        block.append(text)
        last[round(text.x)] = block
    return blocks


def _in_front(rectangles: list[Rectangle]) -> list[Rectangle]:
    """Without those that mostly lie behind one of their size, as cards of a stack do."""
    front: list[Rectangle] = []
    by_size = defaultdict(list)
    for shape in reversed(rectangles):  # the last is painted on top
        size = by_size[shape.width, shape.height, shape.stroke is None]
        if not any(
            abs(one.x - shape.x) < shape.width / 2 and abs(one.y - shape.y) < shape.height / 2 for one in size
        ):
            front.append(shape)
            size.append(shape)
    return front[::-1]


def _turning(scene: Scene, rankdir: str) -> Callable[[Point], Point]:
    """Where a point is when the lane runs from left to right."""
    return {
        "LR": lambda p: p,
        "RL": lambda p: (scene.width - p[0], p[1]),
        "TB": lambda p: (p[1], p[0]),
        "BT": lambda p: (scene.height - p[1], p[0]),
    }[rankdir]


def _is_bracket(line: Line) -> bool:
    """A line without a head, across the lane, with two short ticks of equal length to the same side."""
    if line.arrow or len(line.points) != 4:
        return False
    (a, b), (c, d), (e, f), (g, h) = line.points
    ticks = a - c, g - e
    return b == d and f == h and c == e and 0 < abs(ticks[0]) <= TICK and abs(ticks[0] - ticks[1]) < TOUCH


def _count(words: str) -> tuple[int, bool] | None:
    """×3 or "total 32 towers"."""
    found = re.fullmatch(r"×(\d+)|(?:total )?(\d+) towers(?: in total)?", words)
    return None if not found else (int(found[1] or found[2]), not found[1])


def _inside(shape: Rectangle, text: Text) -> bool:
    return shape.x < text.x < shape.x + shape.width and shape.y < text.y < shape.y + shape.height


def _on_border(shape: Rectangle, circle: Circle) -> bool:
    near_x = min(abs(circle.x - shape.x), abs(circle.x - shape.x - shape.width)) < TOUCH
    return near_x and shape.y - TOUCH <= circle.y <= shape.y + shape.height + TOUCH


def _nest(boxes: list[SeenBox], brackets: list[Bracket], panels: list[Panel]) -> None:
    """Say for each box and bracket which is the smallest bracket or panel around it."""
    around: list[Bracket | Panel] = sorted(
        [*brackets, *panels], key=lambda one: (one.right - one.left) * (one.bottom - one.top)
    )
    for one in (*boxes, *brackets):
        one.inside = next((area for area in around if area is not one and area.holds(one)), None)
