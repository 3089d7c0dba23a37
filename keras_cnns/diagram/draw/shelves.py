"""Panels on shelves below the lane, at the width that comes nearest to the shape of a screen."""

from collections.abc import Iterator

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.fragments import Fragment


def on_shelves(lane: Fragment, panels: list[Fragment]) -> Fragment:
    """The lane on top, the panels in rows below, at the width that comes nearest to a screen's shape."""
    narrowest = max([lane.length, *(panel.length for panel in panels)])
    widths = {narrowest}
    total = sum(panel.length + style.PANEL_GAP for panel in panels)
    widths |= {w for k in range(1, len(panels) + 1) if narrowest < (w := total / k) <= style.WIDEST}
    best = min((_packed(lane, panels, width) for width in sorted(widths)), key=_misshapen)
    return best


def _misshapen(fragment: Fragment) -> float:
    """How far from a screen's shape; white ground counts, too wide counts more."""
    ratio = (fragment.above + fragment.below + 90.0) / fragment.length
    too_wide = max(0.0, fragment.length - style.WIDEST) / style.WIDEST
    return abs(ratio - style.SHAPE) + 4 * too_wide + 4 * max(0.0, ratio - style.TALLEST)


def _packed(lane: Fragment, panels: list[Fragment], width: float) -> Fragment:
    whole = Fragment(width, lane.above, lane.below, [], [])
    whole.put(lane, (width - lane.length) // 2, 0.0)
    for shelf in _filled(panels, width):
        used = sum(panel.length for panel in shelf)
        space = (width - used) // (len(shelf) + 1)
        whole.below += style.PANEL_GAP + max(panel.above + panel.below for panel in shelf)
        x = space
        for panel in shelf:
            whole.put(panel, x, whole.below - panel.below)
            x += panel.length + space
    return whole


def _filled(panels: list[Fragment], width: float) -> Iterator[list[Fragment]]:
    shelf: list[Fragment] = []
    used = 0.0
    for panel in panels:
        if shelf and used + style.PANEL_GAP / 2 + panel.length > width:
            yield shelf
            shelf, used = [], 0.0
        shelf.append(panel)
        used += panel.length + style.PANEL_GAP / 2
    if shelf:
        yield shelf
