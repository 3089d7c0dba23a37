"""What leaves a row of the lane for an output of its own: below the row, with a line from where it leaves."""

from collections import Counter
from dataclasses import replace

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.compose import single
from keras_cnns.diagram.draw.fragments import Fragment, turned
from keras_cnns.diagram.draw.geometry import bounds
from keras_cnns.diagram.draw.paint import Painter
from keras_cnns.diagram.draw.scene import Line, Point, Shape
from keras_cnns.diagram.fold.parts import Box, Fork, Mesh, Part, SideOutput, entry_boxes

# Nearer to a line than this a shape is on it.
NEAR = 1.0
# How many lines may come to one box, and how far they are from one another.
MOST_LINES = 3
LINE_STEP = 10.0


def with_sides(row: Fragment, side_outputs: list[SideOutput], painter: Painter) -> Fragment:
    """Set what leaves a row below it, the last to leave nearest, so that no line crosses another.

    Where a line has no free way down, as out of a branch that has others below it, words say where from.
    """
    whole = Fragment(row.length, row.above, row.below, row.entries, row.exits)
    whole.put(row, 0.0, 0.0)
    ways = _Ways(row, painter.orientation.vertical) if side_outputs else None
    often = Counter(row.taps[v] for side in side_outputs for v in side.sources if v in row.taps)
    drawn = []
    for side in side_outputs:
        places = sorted({row.taps[v] for v in side.sources if v in row.taps})
        starts = [place for place in places if ways and ways.free(place)]
        # Who comes from the first must not be able to turn down where a line for others begins.
        starts = [place for i, place in enumerate(starts) if i == 0 or often[place] == 1]
        # Each line comes to a box by itself; a fork has one way in, and one for all that it reads.
        starts = starts[:MOST_LINES] if isinstance(side.body[0], Box) else starts[: entered_alike(side.body)]
        body = side.body if starts or not side.n_sources else without_entry(side.body)
        hand = replace(painter, show_sources=side.n_sources > 1 or not starts)
        furthest = max((x for x, _ in starts), default=0.0)
        inner = hand.series(body, lane=not side.n_sources)
        inner.entries = inner.entries if side.n_sources else inner.entries[:1]  # nothing leads to inputs
        begin = furthest + 2 * style.GAP if side.n_sources else 0.0
        drawn.append((begin, starts, single(inner)))
    for begin, starts, fragment in sorted(drawn, key=lambda one: -one[0]):
        y = whole.below + style.ROW_GAP + fragment.above
        whole.put(fragment, begin, y)
        entry = fragment.entries[0].moved(begin, y)
        for i, (at, height) in enumerate(starts):
            down = at + style.SIDE_STEP
            # What comes from the left comes in below: it does not meet what comes down after it.
            end = y + LINE_STEP * ((len(starts) - 1) / 2 - i)
            whole.line((at, height), (down, height), (down, end), (entry.x, end), arrow=entry.arrow)
        whole.below = y + fragment.below
        whole.length = max(whole.length, begin + fragment.length)
    return whole


def entered_alike(series: list[Part]) -> bool:
    """Whether all that reads what is before a series reads the same of it."""
    return len({box.instances[0].notes.get("from") for box in entry_boxes(series)}) == 1


def without_entry(series: list[Part]) -> list[Part]:
    """The same with nothing that leads into its fork or mesh: words say what its boxes read."""
    first = series[0]
    if isinstance(first, Fork):
        return [
            replace(first, branches=[branch for branch in first.branches if branch], ways=()),
            *series[1:],
        ]
    return [replace(first, entries=[]), *series[1:]] if isinstance(first, Mesh) else series


class _Ways:
    """The ways from a row down to what is below it."""

    def __init__(self, row: Fragment, vertical: bool):
        self.shapes = list(row.flat())
        self.vertical = vertical
        self.taken: dict[float, Point] = {}
        self.found: dict[Point, bool] = {}

    def free(self, place: Point) -> bool:
        """Whether a line down from here meets nothing; it is taken then, and may be asked for again."""
        if place not in self.found:
            x = place[0] + style.SIDE_STEP
            clear = not any(abs(x - other) < NEAR for other in self.taken)
            self.found[place] = clear and not any(self.meets(shape, x, place[1]) for shape in self.shapes)
            if self.found[place]:
                self.taken[x] = place
        return self.found[place]

    def meets(self, shape: Shape, x: float, y: float) -> bool:
        """Whether a line straight down from (x, y) runs through a shape, or turns where another line does."""
        if isinstance(shape, Line):
            return any(abs(u - x) < NEAR and v > y - NEAR for u, v in shape.points)
        left, _, right, bottom = bounds(shape)
        if self.vertical:  # only text, which is read as it stands, is not turned with the rest
            _, left, bottom, right = bounds(turned(shape))
        return left - NEAR < x < right + NEAR and bottom > y
