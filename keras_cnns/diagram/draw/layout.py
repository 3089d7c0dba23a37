"""Folded diagram → scene: the lane, below it what leaves it, then the modules on shelves and the legend."""

from collections import Counter
from dataclasses import dataclass, replace

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.captions import CaptionOptions
from keras_cnns.diagram.draw.compose import chain, with_one_entry
from keras_cnns.diagram.draw.fragments import Fragment, Orientation, moved, turned
from keras_cnns.diagram.draw.geometry import extent, in_ink, mirrored, z_order
from keras_cnns.diagram.draw.legend import STEP as LEGEND_HEIGHT
from keras_cnns.diagram.draw.legend import legend
from keras_cnns.diagram.draw.paint import BoxMarks, Painter
from keras_cnns.diagram.draw.palettes import ARTICLE, Palette
from keras_cnns.diagram.draw.panels import panel
from keras_cnns.diagram.draw.print_width import (
    MARGIN,
    SCALE,
    Length,
    check_fits,
    rows_within,
    to_scale,
    upright,
)
from keras_cnns.diagram.draw.scene import Point, Scene, Shape
from keras_cnns.diagram.draw.shelves import on_shelves, on_shelves_below, on_shelves_within
from keras_cnns.diagram.draw.sides import with_sides
from keras_cnns.diagram.fold.drawn_layer import Badge
from keras_cnns.diagram.fold.parts import Folded
from keras_cnns.safe_text import shortened

# Fewer equal convolutions than this keep their badges; more share a line of caption.
FEWEST_CAPTIONED = 8
# Of ten boxes, one may have other badges than the line says, and shows them.
MOST_EXCEPTIONS = 0.1


@dataclass(frozen=True, eq=False, slots=True)
class Sheet:
    """A picture, and what it is made of.

    `shift` is how far the whole was moved once it stood upright, `size` what a picture that runs from the
    right or from below was mirrored in, and `legend` the legend's shapes before that.
    """

    scene: Scene
    whole: Fragment
    painter: Painter
    rankdir: str
    shift: Point
    size: tuple[float, float]
    legend: list[Shape]

    def placed(self, shape: Shape) -> Shape:
        """A shape of the whole, along and across, where it stands in the picture."""
        shape = turned(shape) if self.painter.orientation.vertical else shape
        return in_place(shape, self.shift, self.size, self.rankdir)


def layout(
    folded: Folded,
    options: CaptionOptions,
    rankdir: str = "LR",
    show_legend: bool = True,
    marks: BoxMarks | None = None,
    palette: Palette = ARTICLE,
    width: Length | None = None,
    sentence: str = "",
) -> Scene:
    """Return the picture of a folded model.

    Args:
        folded: what `fold` returned.
        options: which captions to write.
        rankdir: where the lane runs: LR, RL, TB or BT.
        show_legend: whether a legend of what occurs stands below.
        marks: what is added to the boxes, for a picture from left to right.
        palette: the colours.
        width: how wide the picture is, with text of 8 to 9 points; by default as a screen shows it.
        sentence: what the legend says last.

    Raises:
        ValueError: if a part is wider than `width`.
    """
    return sheet(folded, options, rankdir, show_legend, marks, palette, width, sentence).scene


def sheet(
    folded: Folded,
    options: CaptionOptions,
    rankdir: str = "LR",
    show_legend: bool = True,
    marks: BoxMarks | None = None,
    palette: Palette = ARTICLE,
    width: Length | None = None,
    sentence: str = "",
) -> Sheet:
    """Return the picture that `layout` returns, with what it is made of."""
    common = common_badges(folded)
    orientation = Orientation(rankdir in ("TB", "BT"), up=rankdir == "BT")
    read_from_lane = frozenset(v for side in folded.side_outputs for v in side.sources)
    painter = Painter(
        folded.vertices, orientation, options, common, read_from_lane, marks=marks, palette=palette
    )
    whole = _sheet(folded, painter, width, (style.LEGEND_GAP + LEGEND_HEIGHT) * show_legend)
    shapes = [turned(shape) for shape in whole.flat()] if orientation.vertical else list(whole.flat())
    left, top, right, bottom = extent(shapes)
    below: list[Shape] = []
    if show_legend:
        across = width.room if width else max(right - left, 480.0)
        below = [
            moved(shape, left, bottom + style.LEGEND_GAP)
            for shape in legend(folded, common, across, palette, sentence)
        ]
        left, top, right, bottom = extent([*shapes, *below])
    if width:
        check_fits([*shapes, *below], width)
    x, y = (((width.room - right + left) / 2 + MARGIN), MARGIN) if width else (style.MARGIN, style.MARGIN)
    size = right - left + 2 * x, bottom - top + 2 * y
    # Lines of about a pixel are sharp where they run through the middle of pixels.
    shift = x - left + 0.5, y - top + 0.5
    placed = [in_place(shape, shift, size, rankdir) for shape in [*shapes, *below]]
    scene = _scene(shortened(folded.title, 200), placed, size, palette, width)
    return Sheet(scene, whole, painter, rankdir, shift, size, below)


def in_place(shape: Shape, shift: Point, size: tuple[float, float], rankdir: str) -> Shape:
    """A shape moved, and mirrored in a picture of this size that runs from the right or from below."""
    shape = moved(shape, *shift)
    return mirrored(shape, *size, rankdir) if rankdir in ("RL", "BT") else shape


def _scene(
    title: str, shapes: list[Shape], size: tuple[float, float], palette: Palette, width: Length | None
) -> Scene:
    """The shapes in the order of painting, in the colours of the palette, at their size."""
    shapes = [in_ink(shape, palette.ink) for shape in sorted(shapes, key=z_order)]
    if not width:
        return Scene(title, *size, tuple(shapes), palette.ground)
    printed = tuple(to_scale(shapes))
    return Scene(title, width.pixels, size[1] * SCALE, printed, palette.ground, unit=width.unit)


def _sheet(folded: Folded, painter: Painter, width: Length | None, legend_height: float) -> Fragment:
    """The lane and the panels below it."""
    panels = [panel(module, painter) for module in folded.modules]
    if not width:
        return on_shelves(_lane(folded, painter), panels, legend_height)
    if painter.orientation.vertical:
        return on_shelves_below(_lane(folded, painter), panels, width.room)
    downward = replace(painter, orientation=Orientation(vertical=True))
    standing = [upright(panel(module, downward)) for module in folded.modules]
    fitting = [panel if panel.length <= width.room else other for panel, other in zip(panels, standing)]
    lane = _lane(folded, painter, width.room)
    sheets = [on_shelves_within(lane, each, width.room) for each in (fitting, standing)]
    return min(sheets, key=lambda sheet: (sheet.length > width.room, sheet.below))


def common_badges(folded: Folded) -> tuple[Badge, ...]:
    """The badges that nearly all convolutions have, if these are several and the convolutions many."""
    drawn = [box for box in folded.boxes() if box.kind == "conv"]
    seen = Counter(box.typical.badges for box in drawn)
    ((badges, count),) = seen.most_common(1) or [((), 0)]
    few = len(drawn) - count <= MOST_EXCEPTIONS * len(drawn)
    return badges if few and len(badges) > 1 and count >= FEWEST_CAPTIONED else ()


def _lane(folded: Folded, painter: Painter, room: float | None = None) -> Fragment:
    """The lane, in several rows if it is too long for one, each with what leaves it below."""
    fragments = painter.fragments(folded.lane, lane=True)
    rows = [chain(row) for row in (rows_within(fragments, room) if room else _rows(fragments))]
    row_of: dict[int, int] = {}
    for number, row in enumerate(rows):
        row_of |= dict.fromkeys(row.taps, number)
    whole = Fragment(0.0, 0.0, 0.0, [], [])
    y = 0.0
    before: tuple[Fragment, float, float] | None = None
    for number, row in enumerate(rows):
        side_outputs = [
            side
            for side in folded.side_outputs
            if row_of.get(side.sources[0] if side.sources else -1, 0) == number
        ]
        row = with_sides(row, side_outputs, painter)
        if before:
            above, at, edge = before
            y = edge + 2 * style.BUS + row.above
            turn, back = edge + style.BUS, -style.GAP
            start, end = above.exits[0], row.entries[0]
            out = above.length + style.BUS
            whole.line(
                (start.x, at), (out, at), (out, turn), (back, turn), (back, y), (end.x, y), arrow=end.arrow
            )
        whole.put(row, 0.0, y)
        before = (row, y, y + row.below)
        whole.length, whole.below = max(whole.length, row.length), y + row.below
    whole.above = rows[0].above
    return whole


def _rows(fragments: list[Fragment]) -> list[list[Fragment]]:
    """Rows of about equal length, none longer than a screen shows."""
    lengths = [fragment.length + style.GAP for fragment in fragments]
    count = 1 if sum(lengths) < style.WIDEST else -(-int(sum(lengths)) // int(style.WIDEST_ROW))
    limit = sum(lengths) / count
    rows: list[list[Fragment]] = [[]]
    used = 0.0
    for fragment, length in zip(fragments, lengths):
        may_break = bool(rows[-1]) and len(rows[-1][-1].exits) == 1
        full = (used + length / 2 > limit and len(rows) < count) or used + length > style.WIDEST
        if may_break and full:
            rows.append([])
            fragment, used = with_one_entry(fragment), 0.0
        rows[-1].append(fragment)
        used += length
    return rows
