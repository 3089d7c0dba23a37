"""Folded diagram → scene: the lane, below it what leaves it, then the modules on shelves and the legend."""

from collections import Counter
from dataclasses import replace

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.captions import Wanted
from keras_cnns.diagram.draw.compose import chain, single
from keras_cnns.diagram.draw.fragments import Block, Page, moved, turned
from keras_cnns.diagram.draw.geometry import extent, layer, mirrored
from keras_cnns.diagram.draw.legend import legend
from keras_cnns.diagram.draw.paint import Artist, Marks
from keras_cnns.diagram.draw.scene import Box as Rectangle
from keras_cnns.diagram.draw.scene import Scene
from keras_cnns.diagram.draw.shelves import on_shelves
from keras_cnns.diagram.fold.layer_labels import Badge
from keras_cnns.diagram.fold.parts import Folded, Module, Side

# Fewer equal convolutions than this keep their badges; more share a line of caption.
FEWEST_CAPTIONED = 8


def layout(
    folded: Folded,
    wanted: Wanted,
    rankdir: str = "LR",
    show_legend: bool = True,
    marks: Marks | None = None,
) -> Scene:
    """Return the picture of a folded model.

    Args:
        folded: what `fold` returned.
        wanted: which captions to write.
        rankdir: where the lane runs: LR, RL, TB or BT.
        show_legend: whether a legend of what occurs stands below.
        marks: what is added to the boxes, for a picture from left to right.
    """
    common = common_badges(folded)
    page = Page(vertical=rankdir in ("TB", "BT"))
    taps = frozenset(v for side in folded.sides for v in side.sources)
    artist = Artist(folded.vertices, page, wanted, common, taps, marks=marks)
    lane = _lane(folded, artist)
    panels = [_panel(module, artist) for module in folded.modules]
    whole = on_shelves(lane, panels)
    shapes = [turned(shape) for shape in whole.flat()] if page.vertical else list(whole.flat())
    left, top, right, bottom = extent(shapes)
    if show_legend:
        below = legend(folded, common, max(right - left, 480.0))
        shapes += [moved(shape, left, bottom + style.LEGEND_GAP) for shape in below]
        left, top, right, bottom = extent(shapes)
    width, height = right - left + 2 * style.MARGIN, bottom - top + 2 * style.MARGIN
    # Lines of about a pixel are sharp where they run through the middle of pixels.
    shapes = [moved(shape, style.MARGIN - left + 0.5, style.MARGIN - top + 0.5) for shape in shapes]
    if rankdir in ("RL", "BT"):
        shapes = [mirrored(shape, width, height, rankdir) for shape in shapes]
    shapes.sort(key=layer)
    return Scene(style.shortened(folded.title, 200), width, height, tuple(shapes))


def common_badges(folded: Folded) -> tuple[Badge, ...]:
    """The badges that all convolutions have, if these are several and the convolutions many."""
    drawn = [box for box in folded.boxes() if box.kind == "conv"]
    seen = Counter(copy.badges for box in drawn for copy in box.copies)
    badges = next(iter(seen), ())
    return badges if len(seen) == 1 and len(badges) > 1 and len(drawn) >= FEWEST_CAPTIONED else ()


def _lane(folded: Folded, artist: Artist) -> Block:
    """The lane, in several rows if it is too long for one, each with what leaves it below."""
    blocks = artist.blocks(folded.lane, lane=True)
    rows = [chain(row) for row in _rows(blocks)]
    homes: dict[int, int] = {}
    for number, row in enumerate(rows):
        homes |= dict.fromkeys(row.spots, number)
    whole = Block(0.0, 0.0, 0.0, [], [])
    y = 0.0
    before: tuple[Block, float, float] | None = None
    for number, row in enumerate(rows):
        sides = [
            side for side in folded.sides if homes.get(side.sources[0] if side.sources else -1, 0) == number
        ]
        row = _with_sides(row, sides, artist)
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


def _rows(blocks: list[Block]) -> list[list[Block]]:
    """Rows of about equal length, none longer than a screen shows."""
    lengths = [block.length + style.GAP for block in blocks]
    count = 1 if sum(lengths) < style.WIDEST else -(-int(sum(lengths)) // int(style.WIDEST_ROW))
    limit = sum(lengths) / count
    rows, used = [[]], 0.0
    for block, length in zip(blocks, lengths):
        plain = len(block.entries) == 1 and (not rows[-1] or len(rows[-1][-1].exits) == 1)
        if rows[-1] and plain and used + length / 2 > limit and len(rows) < count:
            rows.append([])
            used = 0.0
        rows[-1].append(block)
        used += length
    return rows


def _with_sides(row: Block, sides: list[Side], artist: Artist) -> Block:
    """Set what leaves a row below it, the last to leave nearest, so that no line crosses another."""
    whole = Block(row.length, row.above, row.below, row.entries, row.exits)
    whole.put(row, 0.0, 0.0)
    drawn = []
    for side in sides:
        starts = [row.spots[v] for v in side.sources if v in row.spots]
        # What leaves something that has left the lane itself has no line, so words must say where from.
        hand = replace(artist, show_sources=side.n_sources > 1 or not starts)
        furthest = max((x for x, _ in starts), default=0.0)
        drawn.append((furthest, starts, single(hand.series(side.body, lane=False))))
    for x, starts, block in sorted(drawn, key=lambda one: -one[0]):
        y = whole.below + style.ROW_GAP + block.above
        begin = x + style.GAP
        whole.put(block, begin + style.GAP, y)
        entry = block.entries[0].moved(begin + style.GAP, y)
        for at, height in starts:
            down = at + style.SIDE_STEP
            whole.line((at, height), (down, height), (down, y), (entry.x, y), arrow=entry.arrow)
        whole.below = y + block.below
        whole.length = max(whole.length, begin + style.GAP + block.length)
    return whole


def _panel(module: Module, artist: Artist) -> Block:
    """A module explained: its parts on a tinted ground, an arrow in, an arrow out, its name below."""
    inner = single(artist.series(module.body, lane=False))
    pad = style.PANEL
    name = artist.page.lines([style.shortened(module.name)], style.TITLE, bold=True)
    ground = max(inner.length + 2 * pad + style.GAP, name.length)
    lead = (ground - inner.length - style.GAP) / 2 + style.PANEL_LEAD
    block = Block(ground + 2 * style.ARROW, inner.above + pad, inner.below + pad, [], [])
    fill = style.PANELS[module.kind]
    across = inner.above + inner.below + 2 * pad
    block.shapes.append(Rectangle(style.ARROW, -inner.above - pad, ground, across, fill, None))
    x = style.ARROW + lead
    block.put(inner, x, 0.0)
    entry, exit = inner.entries[0].moved(x, 0.0), inner.exits[0].moved(x, 0.0)
    block.line((0.0, 0.0), (entry.x, 0.0), arrow=entry.arrow)
    block.line((exit.x, 0.0), (block.length, 0.0), arrow=True)
    room = name.above + name.below + 8.0
    block.put(name, (block.length - name.length) / 2, block.below + room / 2)
    block.below += room
    return block
