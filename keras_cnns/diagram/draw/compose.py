"""Blocks beside and below each other: in series, as branches, in brackets."""

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.fragments import Block, End, Page


def chain(blocks: list[Block]) -> Block:
    """Blocks one after the other on one axis, joined by arrows."""
    whole = Block(0.0, 0.0, 0.0, [], [])
    start = at = 0.0
    for i, block in enumerate(blocks):
        if i:
            before = blocks[i - 1]
            at += style.GAP + style.BUS * ((len(block.entries) > 1) + (len(before.exits) > 1))
        whole.put(block, at, 0.0)
        if i:
            _join(whole, [end.moved(start, 0.0) for end in before.exits], block, at)
        start, at = at, at + block.length
    whole.length = at
    whole.above = max((block.above for block in blocks), default=0.0)
    whole.below = max((block.below for block in blocks), default=0.0)
    whole.entries = blocks[0].entries
    whole.exits = [end.moved(start, 0.0) for end in blocks[-1].exits]
    return whole


def _join(whole: Block, exits: list[End], block: Block, at: float) -> None:
    """Draw the edges between two neighbours: straight on, out over a bus, in over a bus, or in from below."""
    entries = [end.moved(at, 0.0) for end in block.entries]
    if len(exits) == 1 and len(entries) == 1:
        whole.line((exits[0].x, exits[0].y), (entries[0].x, entries[0].y), arrow=entries[0].arrow)
    elif len(exits) == 1:
        fan_out(whole, exits[0], at - style.GAP, entries)
    elif block.foot and all(end.y >= 0 for end in exits) and sum(end.y == 0 for end in exits) == 1:
        foot = (block.foot[0] + at, block.foot[1])
        for end in exits:
            if end.y == 0:
                whole.line((end.x, 0.0), (entries[0].x, 0.0), arrow=True)
            else:
                whole.line((end.x, end.y), (foot[0], end.y), foot, arrow=True)
    else:
        fan_in(whole, exits, at - style.GAP, entries[0])


def fan_out(whole: Block, start: End, bus: float, entries: list[End]) -> None:
    whole.line((start.x, start.y), (bus, start.y))
    outer = _outermost(entries)
    for end in entries:
        corner = [(bus, start.y)] if end in outer else []
        whole.line(*corner, (bus, end.y), (end.x, end.y), arrow=end.arrow)


def fan_in(whole: Block, exits: list[End], bus: float, entry: End) -> None:
    outer = _outermost(exits)
    for end in exits:
        corner = [(bus, entry.y)] if end in outer else []
        whole.line((end.x, end.y), (bus, end.y), *corner)
    whole.line((bus, entry.y), (entry.x, entry.y), arrow=entry.arrow)


def _outermost(ends: list[End]) -> list[End]:
    """The rows that turn a corner; those between only meet the bus."""
    return [min(ends, key=lambda end: end.y), max(ends, key=lambda end: end.y)]


def stack(blocks: list[Block], first_on_axis: bool) -> Block:
    """Rows one below the other; the axis runs through the first, or halfway to the last."""
    places, at = [], 0.0
    for i, block in enumerate(blocks):
        at += block.above if i else 0.0
        places.append(at)
        at += block.below + style.ROW_GAP
    shift = 0.0 if first_on_axis else (places[0] + places[-1]) // 2
    whole = Block(max(block.length for block in blocks), 0.0, 0.0, [], [])
    for block, place in zip(blocks, places):
        y = place - shift
        whole.put(block, 0.0, y)
        whole.entries += [end.moved(0.0, y) for end in block.entries]
        whole.exits += [end.moved(0.0, y) for end in block.exits]
        whole.above, whole.below = max(whole.above, block.above - y), max(whole.below, block.below + y)
    return whole


def bare() -> Block:
    """A shortcut with nothing on it."""
    half = style.ROW_GAP / 2
    return Block(0.0, half, half, [End(0.0, 0.0, arrow=False)], [End(0.0, 0.0)])


def single(block: Block) -> Block:
    """The same with one entry and one exit, over a bus of its own where there are more."""
    if len(block.entries) == 1 and len(block.exits) == 1:
        return block
    room_in = style.GAP * (len(block.entries) > 1)
    room_out = style.BUS * (len(block.exits) > 1)
    whole = Block(room_in + block.length + room_out, block.above, block.below, [], [])
    whole.put(block, room_in, 0.0)
    entries = [end.moved(room_in, 0.0) for end in block.entries]
    exits = [end.moved(room_in, 0.0) for end in block.exits]
    whole.entries, whole.exits = entries, exits
    if len(entries) > 1:
        whole.entries = [End(0.0, 0.0, arrow=False)]
        fan_out(whole, whole.entries[0], 0.0, entries)
    if len(exits) > 1:
        whole.exits = [End(whole.length, 0.0)]
        fan_in(whole, exits, whole.length, whole.exits[0])
    return whole


def bracketed(inner: Block, words: str, page: Page, above: bool) -> Block:
    """A block in brackets, with ×N above or below them."""
    inner = single(inner)
    lead, tail = 20.0, 14.0
    text = page.lines([words], style.FONT)
    length = max(lead + inner.length + tail, text.length)
    up, down = inner.above + style.BRACKET, inner.below + style.BRACKET
    whole = Block(length, up, down, [], [])
    whole.put(inner, lead, 0.0)
    whole.spots = dict.fromkeys(inner.spots, (length, 0.0))
    tick = style.BRACKET_TICK
    whole.line((tick, -up), (0.0, -up), (0.0, down), (tick, down))
    whole.line((length - tick, -up), (length, -up), (length, down), (length - tick, down))
    room = text.above + text.below + 4.0
    whole.put(text, (length - text.length) / 2, -up - room / 2 if above else down + room / 2)
    whole.above, whole.below = (up + room, down) if above else (up, down + room)
    whole.entries = [end.moved(lead, 0.0) for end in inner.entries]
    whole.exits = [End(length, 0.0)]
    for end in inner.exits:
        whole.line((end.x + lead, 0.0), (length, 0.0))
    return whole
