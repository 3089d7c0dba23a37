"""Folded diagram → scene: the lane, below it what leaves it, then the modules on shelves and the legend."""

from collections import Counter
from dataclasses import replace

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.captions import CaptionOptions
from keras_cnns.diagram.draw.compose import chain, number_ways, single, with_one_entry
from keras_cnns.diagram.draw.fragments import Fragment, Orientation, moved, turned
from keras_cnns.diagram.draw.geometry import extent, in_ink, mirrored, z_order
from keras_cnns.diagram.draw.legend import STEP as LEGEND_HEIGHT
from keras_cnns.diagram.draw.legend import legend
from keras_cnns.diagram.draw.paint import BoxMarks, Painter
from keras_cnns.diagram.draw.palettes import ARTICLE, Palette
from keras_cnns.diagram.draw.print_width import (
    MARGIN,
    SCALE,
    Length,
    check_fits,
    rows_within,
    to_scale,
    upright,
)
from keras_cnns.diagram.draw.scene import Rectangle, Scene, Shape
from keras_cnns.diagram.draw.shelves import on_shelves, on_shelves_below, on_shelves_within
from keras_cnns.diagram.draw.sides import with_sides
from keras_cnns.diagram.fold.badges import Badge
from keras_cnns.diagram.fold.parts import Folded, Fork, Module, boxes
from keras_cnns.safe_text import shortened

# Fewer equal convolutions than this keep their badges; more share a line of caption.
FEWEST_CAPTIONED = 8
# Of ten boxes, one may have other badges than the line says, and shows them.
MOST_EXCEPTIONS = 0.1


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
    common = common_badges(folded)
    orientation = Orientation(rankdir in ("TB", "BT"), up=rankdir == "BT")
    read_from_lane = frozenset(v for side in folded.side_outputs for v in side.sources)
    painter = Painter(
        folded.vertices, orientation, options, common, read_from_lane, marks=marks, palette=palette
    )
    whole = _sheet(folded, painter, width, (style.LEGEND_GAP + LEGEND_HEIGHT) * show_legend)
    shapes = [turned(shape) for shape in whole.flat()] if orientation.vertical else list(whole.flat())
    left, top, right, bottom = extent(shapes)
    if show_legend:
        across = width.room if width else max(right - left, 480.0)
        below = legend(folded, common, across, palette, sentence)
        shapes += [moved(shape, left, bottom + style.LEGEND_GAP) for shape in below]
    return _scene(shortened(folded.title, 200), shapes, rankdir, palette, width)


def _scene(title: str, shapes: list[Shape], rankdir: str, palette: Palette, width: Length | None) -> Scene:
    """The shapes within margins, in the order of painting, at their size."""
    left, top, right, bottom = extent(shapes)
    if width:
        check_fits(shapes, width)
    x, y = (((width.room - right + left) / 2 + MARGIN), MARGIN) if width else (style.MARGIN, style.MARGIN)
    size = right - left + 2 * x, bottom - top + 2 * y
    # Lines of about a pixel are sharp where they run through the middle of pixels.
    shapes = [moved(shape, x - left + 0.5, y - top + 0.5) for shape in shapes]
    if rankdir in ("RL", "BT"):
        shapes = [mirrored(shape, *size, rankdir) for shape in shapes]
    shapes.sort(key=z_order)
    shapes = [in_ink(shape, palette.ink) for shape in shapes]
    if not width:
        return Scene(title, *size, tuple(shapes), palette.ground)
    printed = tuple(to_scale(shapes))
    return Scene(title, width.pixels, size[1] * SCALE, printed, palette.ground, unit=width.unit)


def _sheet(folded: Folded, painter: Painter, width: Length | None, legend_height: float) -> Fragment:
    """The lane and the panels below it."""
    panels = [_panel(module, painter) for module in folded.modules]
    if not width:
        return on_shelves(_lane(folded, painter), panels, legend_height)
    if painter.orientation.vertical:
        return on_shelves_below(_lane(folded, painter), panels, width.room)
    downward = replace(painter, orientation=Orientation(vertical=True))
    standing = [upright(_panel(module, downward)) for module in folded.modules]
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


def _begins_with_inputs(module: Module) -> bool:
    """Whether it is a model with several inputs, each of which an arrow leads to."""
    return module.kind == "model" and sum(box.kind == "input" for box in boxes(module.body)) > 1


def _ends_in_outputs(module: Module) -> bool:
    """Whether it is a model each of whose last branches gives an output of its own."""
    last = module.body[-1]
    ends = [list(boxes(branch))[-1:] for branch in last.branches] if isinstance(last, Fork) else []
    return bool(ends) and all(end and (end[0].gives or end[0].is_unread) for end in ends)


def _panel(module: Module, painter: Painter) -> Fragment:
    """A module explained: parts on a tinted ground, an arrow for each input and output, its name below."""
    inner = painter.series(module.body, lane=False)
    inputs = inner.entries if _begins_with_inputs(module) else []
    outputs = inner.exits if _ends_in_outputs(module) else []
    inner.entries = inner.entries[:1] if inputs else inner.entries
    inner.exits = inner.exits[:1] if outputs else inner.exits
    inner = single(inner)
    pad = style.PANEL
    name = painter.orientation.lines([shortened(module.name)], style.TITLE, bold=True)
    ground = max(inner.length + 2 * pad + style.GAP, name.length)
    lead = (ground - inner.length - style.GAP) / 2 + style.PANEL_LEAD
    fragment = Fragment(ground + 2 * style.ARROW, inner.above + pad, inner.below + pad, [], [])
    fill = painter.palette.panels[module.kind]
    across = inner.above + inner.below + 2 * pad
    fragment.shapes.append(Rectangle(style.ARROW, -inner.above - pad, ground, across, fill, None))
    x = style.ARROW + lead
    fragment.put(inner, x, 0.0)
    entry, exit = inner.entries[0].moved(x, 0.0), inner.exits[0].moved(x, 0.0)
    for port in [port.moved(x, 0.0) for port in inputs] or [entry]:
        fragment.line((0.0, port.y), (port.x, port.y), arrow=port.arrow)
    if module.numbered or module.ways == len(inputs):
        number_ways(fragment, style.ARROW / 2, [port.y for port in inputs], painter.orientation)
    room_in = exit.x - outputs[0].x if outputs else 0.0  # what `single` has set before them
    for port in [port.moved(room_in, 0.0) for port in outputs] or [exit]:
        fragment.line((port.x, port.y), (fragment.length, port.y), arrow=True)
    if inner.second:
        second = inner.second.moved(x, 0.0)
        fragment.line((0.0, second.y), (second.x, second.y), arrow=second.arrow)
        number_ways(fragment, style.ARROW / 2, [0.0, second.y], painter.orientation)
    room = name.above + name.below + 8.0
    fragment.put(name, (fragment.length - name.length) / 2, fragment.below + room / 2)
    fragment.below += room
    return fragment
