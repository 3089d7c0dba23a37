"""What leaves a row of the lane for an output of its own: below the row, with a line from where it leaves."""

from collections import Counter
from dataclasses import replace

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.compose import single
from keras_cnns.diagram.draw.fragments import Fragment, turned
from keras_cnns.diagram.draw.geometry import bounds
from keras_cnns.diagram.draw.paint import Painter
from keras_cnns.diagram.draw.scene import Line, Point, Shape
from keras_cnns.diagram.fold.parts import SideOutput

# Nearer to a line than this a shape is on it.
NEAR = 1.0


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
        hand = replace(painter, show_sources=side.n_sources > 1 or not starts)
        furthest = max((x for x, _ in starts), default=0.0)
        inner = hand.series(side.body, lane=not side.n_sources)
        inner.entries = inner.entries if side.n_sources else inner.entries[:1]  # nothing leads to inputs
        begin = furthest + 2 * style.GAP if side.n_sources else 0.0
        drawn.append((begin, starts, single(inner)))
    for begin, starts, fragment in sorted(drawn, key=lambda one: -one[0]):
        y = whole.below + style.ROW_GAP + fragment.above
        whole.put(fragment, begin, y)
        entry = fragment.entries[0].moved(begin, y)
        for at, height in starts:
            down = at + style.SIDE_STEP
            whole.line((at, height), (down, height), (down, y), (entry.x, y), arrow=entry.arrow)
        whole.below = y + fragment.below
        whole.length = max(whole.length, begin + fragment.length)
    return whole


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
