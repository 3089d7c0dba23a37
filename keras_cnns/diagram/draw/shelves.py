"""Panels on shelves below the lane, in columns where several fit one below the other.

They are read as a newspaper is: down a column, then the next column, then the next shelf.
"""

from functools import cache
from itertools import groupby

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.fragments import Fragment

Column = list[Fragment]
Shelf = list[Column]
Spans = list[tuple[int, int]]  # columns, by where they start and end among the panels

# How many panels ahead are looked at for the height of a shelf, how many may stand on one, how many widths
# are tried for few panels and for many: the work grows with the number of panels and no faster.
AHEAD = 6
MOST_ON_SHELF = 24
WIDTHS, WIDTHS_FOR_MANY, MANY = 48, 8, 24


def on_shelves(lane: Fragment, panels: list[Fragment], legend_height: float = 0.0) -> Fragment:
    """The lane on top, the panels below, at the width that leaves little white and has a screen's shape."""
    area = sum(_area(fragment) for fragment in (lane, *panels))
    return min(_tried(lane, panels), key=lambda fragment: _cost(fragment, area, legend_height))


def on_shelves_within(lane: Fragment, panels: list[Fragment], room: float) -> Fragment:
    """The lane on top, the panels below, none beyond `room` unless it is wider by itself."""
    return _placed(lane, _Panels(panels).filled(room))


def on_shelves_below(lane: Fragment, panels: list[Fragment], room: float) -> Fragment:
    """The same at the least width at which all is no higher than `room`, or at the greatest tried."""
    tried = _tried(lane, panels)
    return next((whole for whole in tried if whole.above + whole.below <= room), tried[-1])


def _tried(lane: Fragment, panels: list[Fragment]) -> list[Fragment]:
    narrowest = max([lane.length, *(panel.length for panel in panels)])
    widest = max(narrowest, min(style.WIDEST, sum(panel.length + style.COLUMN_GAP for panel in panels)))
    count = WIDTHS if len(panels) <= MANY else WIDTHS_FOR_MANY
    widths = {narrowest + (widest - narrowest) * k / count for k in range(count + 1)} if panels else {0.0}
    columns = _Panels(panels)
    # Most widths give what the one before gives.
    found = [shelves for shelves, _ in groupby(map(columns.filled, sorted(widths)))]
    return [_placed(lane, shelves) for shelves in found]


def _area(fragment: Fragment) -> float:
    return fragment.length * (fragment.above + fragment.below)


def _cost(fragment: Fragment, area: float, legend_height: float) -> float:
    """White ground, and how far from a screen's shape; too wide or too tall for one counts most."""
    width = fragment.length + 2 * style.MARGIN
    height = fragment.above + fragment.below + legend_height + 2 * style.MARGIN
    too_wide = max(0.0, fragment.length - style.WIDEST) / style.WIDEST
    too_tall = max(0.0, height / width - style.TALLEST)
    return 1 - area / (width * height) + 0.2 * abs(height / width - style.SHAPE) + 4 * (too_wide + too_tall)


def _placed(lane: Fragment, shelves: list[Shelf]) -> Fragment:
    width = max([lane.length, *map(_width, shelves)])
    whole = Fragment(width, lane.above, lane.below, [], [])
    whole.put(lane, (width - lane.length) // 2, 0.0)
    for shelf in shelves:
        top = whole.below + style.PANEL_GAP
        free = width - sum(map(_breadth, shelf))
        space = max(style.COLUMN_GAP, free // (len(shelf) + 1))
        x = (free - space * (len(shelf) - 1)) // 2
        for column in shelf:
            y = top
            for panel in column:
                whole.put(panel, x + (_breadth(column) - panel.length) // 2, y + panel.above)
                y += panel.above + panel.below + style.STACK_GAP
            x += _breadth(column) + space
        whole.below = top + max(map(_height, shelf))
    return whole


def _height(column: Column) -> float:
    return sum(panel.above + panel.below for panel in column) + style.STACK_GAP * (len(column) - 1)


def _breadth(column: Column) -> float:
    return max(panel.length for panel in column)


def _width(shelf: Shelf) -> float:
    return _total(list(map(_breadth, shelf)))


def _total(breadths: list[float]) -> float:
    return sum(breadths) + style.COLUMN_GAP * (len(breadths) - 1)


class _Panels:
    """Heights and breadths of columns of panels that follow one another, from one up to another, kept."""

    def __init__(self, panels: list[Fragment]):
        self.panels = panels
        self.height = cache(lambda start, end: _height(panels[start:end]))
        self.breadth = cache(lambda start, end: _breadth(panels[start:end]))
        self.heights = [self._heights(i) for i in range(len(panels))]

    def _heights(self, i: int) -> list[float]:
        """Heights that a shelf may have: those of the panels ahead, and of two that follow each other."""
        end = min(i + AHEAD, len(self.panels))
        near = [*((k, k + 1) for k in range(i, end)), *((k, k + 2) for k in range(i, end - 1))]
        lowest = self.height(i, i + 1)
        return sorted({height for column in near if (height := self.height(*column)) >= lowest})

    def filled(self, width: float) -> list[Shelf]:
        """The shelves of this width that are lowest together, found from the last panel back to the first."""
        heights = [0.0] * (len(self.panels) + 1)  # of all that comes from a panel on
        shelf_from: list[Spans] = [[]] * len(self.panels)
        for i in range(len(self.panels) - 1, -1, -1):
            heights[i] = float("inf")
            for limit in self.heights[i]:
                shelf = self._shelf(i, limit, width)
                height = max(self.height(*span) for span in shelf) + style.PANEL_GAP + heights[shelf[-1][1]]
                if height < heights[i]:
                    heights[i], shelf_from[i] = height, shelf
        shelves, i = [], 0
        while i < len(self.panels):
            shelves.append([self.panels[start:end] for start, end in shelf_from[i]])
            i = shelf_from[i][-1][1]
        return shelves

    def _shelf(self, i: int, height: float, width: float) -> Spans:
        """The columns of the panels from the i-th on that fit on a shelf."""
        shelf = [(i, i + 1)]
        before: list[float] = []  # how broad the columns before the last are
        for k in range(i + 1, min(i + MOST_ON_SHELF, len(self.panels))):
            start = shelf[-1][0]
            if self.height(start, k + 1) <= height and _total([*before, self.breadth(start, k + 1)]) <= width:
                shelf[-1] = (start, k + 1)
                continue
            broad = [*before, self.breadth(*shelf[-1]), self.breadth(k, k + 1)]
            if self.height(k, k + 1) > height or _total(broad) > width:
                break
            before = broad[:-1]
            shelf.append((k, k + 1))
        return shelf
