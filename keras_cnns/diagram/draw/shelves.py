"""Panels on shelves below the lane, in columns where several fit one below the other.

They are read as a newspaper is: down a column, then the next column, then the next shelf.
"""

from itertools import pairwise

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.fragments import Fragment

Column = list[Fragment]
Shelf = list[Column]

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
    return _placed(lane, _filled(panels, room))


def on_shelves_below(lane: Fragment, panels: list[Fragment], room: float) -> Fragment:
    """The same at the least width at which all is no higher than `room`, or at the greatest tried."""
    tried = _tried(lane, panels)
    return next((whole for whole in tried if whole.above + whole.below <= room), tried[-1])


def _tried(lane: Fragment, panels: list[Fragment]) -> list[Fragment]:
    narrowest = max([lane.length, *(panel.length for panel in panels)])
    widest = max(narrowest, min(style.WIDEST, sum(panel.length + style.COLUMN_GAP for panel in panels)))
    count = WIDTHS if len(panels) <= MANY else WIDTHS_FOR_MANY
    widths = {narrowest + (widest - narrowest) * k / count for k in range(count + 1)} if panels else {0.0}
    return [_placed(lane, _filled(panels, width)) for width in sorted(widths)]


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
    return sum(map(_breadth, shelf)) + style.COLUMN_GAP * (len(shelf) - 1)


def _filled(panels: list[Fragment], width: float) -> list[Shelf]:
    """The shelves of this width that are lowest together, found from the last panel back to the first."""
    heights = [0.0] * (len(panels) + 1)  # of all that comes from a panel on
    shelf_from: list[tuple[int, Shelf]] = [(0, [])] * len(panels)
    for i in range(len(panels) - 1, -1, -1):
        heights[i] = float("inf")
        for limit in _heights(panels, i):
            n, shelf = _shelf(panels, i, limit, width)
            height = max(map(_height, shelf)) + style.PANEL_GAP + heights[i + n]
            if height < heights[i]:
                heights[i], shelf_from[i] = height, (n, shelf)
    shelves, i = [], 0
    while i < len(panels):
        n, shelf = shelf_from[i]
        shelves.append(shelf)
        i += n
    return shelves


def _heights(panels: list[Fragment], i: int) -> list[float]:
    """Heights that a shelf may have: those of the panels ahead, and of two that follow each other."""
    near = [[panel] for panel in panels[i : i + AHEAD]]
    near += [list(pair) for pair in pairwise(panels[i : i + AHEAD])]
    lowest = _height([panels[i]])
    return sorted({height for height in map(_height, near) if height >= lowest})


def _shelf(panels: list[Fragment], i: int, height: float, width: float) -> tuple[int, Shelf]:
    """The panels from the i-th on that fit on a shelf, and how many they are."""
    shelf: Shelf = []
    n = 0
    for panel in panels[i : i + MOST_ON_SHELF]:
        under = [*shelf[-1], panel] if shelf else [panel]
        if shelf and _height(under) <= height and _width([*shelf[:-1], under]) <= width:
            shelf[-1] = under
        elif _height([panel]) <= height and (not shelf or _width([*shelf, [panel]]) <= width):
            shelf.append([panel])
        else:
            break
        n += 1
    return n, shelf
