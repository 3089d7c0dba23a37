"""Fragments beside and below each other: in series, as branches, in brackets."""

from dataclasses import replace

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.fragments import Fragment, Orientation, Port


def chain(fragments: list[Fragment]) -> Fragment:
    """Fragments one after the other on one axis, joined by arrows."""
    whole = Fragment(0.0, 0.0, 0.0, [], [])
    start = at = 0.0
    for i, fragment in enumerate(fragments):
        if i:
            before = fragments[i - 1]
            at += style.GAP + style.BUS * ((len(fragment.entries) > 1) + (len(before.exits) > 1))
            at += style.BUS * (fragment.second is not None)
        whole.put(fragment, at, 0.0)
        whole.down += [port.moved(at, 0.0) for port in fragment.down]
        if i:
            _join(whole, [port.moved(start, 0.0) for port in before.exits], fragment, at)
        start, at = at, at + fragment.length
    whole.length = at
    whole.above = max((fragment.above for fragment in fragments), default=0.0)
    whole.below = max((fragment.below for fragment in fragments), default=0.0)
    whole.entries, whole.second = fragments[0].entries, fragments[0].second
    whole.exits = [port.moved(start, 0.0) for port in fragments[-1].exits]
    whole.late = fragments[-1].late and fragments[-1].late.moved(start, 0.0)
    return whole


def _join(whole: Fragment, exits: list[Port], fragment: Fragment, at: float) -> None:
    """Draw the edges between two neighbours: straight on, out over a bus, in over a bus, or in from below."""
    entries = [port.moved(at, 0.0) for port in fragment.entries]
    if fragment.second:
        by_second = [port for port in exits if port.way]
        fan_in(whole, by_second, at - style.GAP - style.BUS, fragment.second.moved(at, 0.0))
        exits = [port for port in exits if not port.way]
    if len(exits) == 1 and len(entries) == 1 and exits[0].y == entries[0].y:
        whole.line((exits[0].x, exits[0].y), (entries[0].x, entries[0].y), arrow=entries[0].arrow)
    elif len(exits) == 1 and len(entries) > 1:
        fan_out(whole, exits[0], at - style.GAP, entries)
    elif fragment.entry_from_below and _come_from_below(exits):
        below = (fragment.entry_from_below[0] + at, fragment.entry_from_below[1])
        for port in exits:
            if port.y == 0:
                whole.line((port.x, 0.0), (entries[0].x, 0.0), arrow=True)
            else:
                whole.line((port.x, port.y), (below[0], port.y), below, arrow=True)
    else:
        fan_in(whole, exits, at - style.GAP, entries[0])


def _come_from_below(exits: list[Port]) -> bool:
    return all(port.y >= 0 for port in exits) and sum(port.y == 0 for port in exits) == 1


def fan_out(whole: Fragment, start: Port, bus: float, entries: list[Port]) -> None:
    whole.line((start.x, start.y), (bus, start.y))
    outer = _outermost(entries)
    for port in entries:
        corner = [(bus, start.y)] if port in outer else []
        whole.line(*corner, (bus, port.y), (port.x, port.y), arrow=port.arrow)


def fan_in(whole: Fragment, exits: list[Port], bus: float, entry: Port) -> None:
    outer = _outermost(exits)
    for port in exits:
        corner = [(bus, entry.y)] if port in outer else []
        whole.line((port.x, port.y), (bus, port.y), *corner)
    whole.line((bus, entry.y), (entry.x, entry.y), arrow=entry.arrow)


def _outermost(ports: list[Port]) -> list[Port]:
    """The rows that turn a corner; those between only meet the bus."""
    return [min(ports, key=lambda port: port.y), max(ports, key=lambda port: port.y)]


def stack(fragments: list[Fragment], first_on_axis: bool, ways: tuple[int, ...] = ()) -> Fragment:
    """Rows one below the other; the axis runs through the first, or halfway to the last.

    `ways` says by which way each row enters a module with two ways in, if that follows.
    """
    places, at = [], 0.0
    for i, fragment in enumerate(fragments):
        at += fragment.above if i else 0.0
        places.append(at)
        at += fragment.below + style.ROW_GAP
    shift = 0.0 if first_on_axis else (places[0] + places[-1]) // 2
    whole = Fragment(max(fragment.length for fragment in fragments), 0.0, 0.0, [], [])
    for fragment, place, way in zip(fragments, places, ways or [0] * len(places)):
        y = place - shift
        whole.put(fragment, 0.0, y)
        whole.entries += [port.moved(0.0, y) for port in fragment.entries]
        whole.exits += [replace(port.moved(0.0, y), way=way) for port in fragment.exits]
        whole.above, whole.below = max(whole.above, fragment.above - y), max(whole.below, fragment.below + y)
    return whole


def identity() -> Fragment:
    """A shortcut with nothing on it."""
    half = style.ROW_GAP / 2
    return Fragment(0.0, half, half, [Port(0.0, 0.0, arrow=False)], [Port(0.0, 0.0)])


def single(fragment: Fragment) -> Fragment:
    """The same with one entry and one exit, over a bus of its own where there are more."""
    if len(fragment.entries) == 1 and len(fragment.exits) == 1:
        return fragment
    room_in = style.GAP * (len(fragment.entries) > 1)
    room_out = style.BUS * (len(fragment.exits) > 1)
    whole = Fragment(room_in + fragment.length + room_out, fragment.above, fragment.below, [], [])
    whole.put(fragment, room_in, 0.0)
    entries = [port.moved(room_in, 0.0) for port in fragment.entries]
    exits = [port.moved(room_in, 0.0) for port in fragment.exits]
    whole.entries, whole.exits = entries, exits
    whole.down = [port.moved(room_in, 0.0) for port in fragment.down]
    whole.second = fragment.second and fragment.second.moved(room_in, 0.0)
    whole.late = fragment.late and fragment.late.moved(room_in, 0.0)
    if len(entries) > 1:
        whole.entries = [Port(0.0, 0.0, arrow=False)]
        fan_out(whole, whole.entries[0], 0.0, entries)
    if len(exits) > 1:
        whole.exits = [Port(whole.length, 0.0)]
        fan_in(whole, exits, whole.length, whole.exits[0])
    return whole


def with_one_entry(fragment: Fragment) -> Fragment:
    """The same with one entry, over a bus of its own where there are more, and its exits as they are."""
    if len(fragment.entries) == 1:
        return fragment
    whole = Fragment(style.GAP + fragment.length, fragment.above, fragment.below, [], [])
    whole.put(fragment, style.GAP, 0.0)
    whole.entries = [Port(0.0, 0.0, arrow=False)]
    whole.exits = [port.moved(style.GAP, 0.0) for port in fragment.exits]
    fan_out(whole, whole.entries[0], 0.0, [port.moved(style.GAP, 0.0) for port in fragment.entries])
    return whole


def number_ways(whole: Fragment, x: float, ways: list[float], orientation: Orientation) -> None:
    """Write a number outside of each of the arrows that come in at these places, all but the first below."""
    for number, y in enumerate(ways, 1):
        text = orientation.lines([str(number)], style.BADGE_FONT)
        outside = -style.SECOND_WAY if number == 1 else style.SECOND_WAY
        whole.put(text, x - text.length / 2, y + outside)


def bracketed(inner: Fragment, words: str, orientation: Orientation, above: float, below: float) -> Fragment:
    """A fragment with one entry and one exit in brackets that reach that far beyond it, words below them."""
    text = orientation.lines([words], style.FONT)
    length = max(inner.length + 2 * style.BRACKET_LEAD, text.length)
    lead = (length - inner.length) / 2
    up, down = above + style.BRACKET, below + style.BRACKET
    whole = Fragment(length, up, down, [], [])
    whole.put(inner, lead, 0.0)
    whole.taps = dict.fromkeys(inner.taps, (length, 0.0))
    tick = style.BRACKET_TICK
    whole.line((tick, -up), (0.0, -up), (0.0, down), (tick, down))
    whole.line((length - tick, -up), (length, -up), (length, down), (length - tick, down))
    room = text.above + text.below + 4.0
    whole.put(text, (length - text.length) / 2, down + room / 2)
    whole.below = down + room
    for port in inner.down:
        whole.line((port.x + lead, port.y), (port.x + lead, whole.below))
        whole.down.append(Port(port.x + lead, whole.below, way=port.way))
    whole.entries = [port.moved(lead, 0.0) for port in inner.entries]
    whole.second = inner.second and inner.second.moved(lead, 0.0)
    whole.exits = [Port(length, 0.0)]
    for port in inner.exits:
        whole.line((port.x + lead, 0.0), (length, 0.0))
    if inner.late:
        whole.line((inner.late.x + lead, inner.late.y), (length, inner.late.y))
        whole.late = Port(length, inner.late.y)
    return whole


def handing_on(inner: Fragment) -> Fragment:
    """What reads the two before: what comes in is handed on below it."""
    assert inner.second, "what reads the two before has two ways in"
    lead = 2 * style.TRACK + style.OVERHANG + style.SECOND_WAY
    y = inner.below + style.TRACK
    whole = Fragment(lead + inner.length + lead, inner.above, y, [], [])
    whole.put(inner, lead, 0.0)
    second = inner.second.moved(lead, 0.0)
    turn = style.TRACK
    whole.line((0.0, y), (turn, y), (turn, second.y), (second.x, second.y), arrow=True)
    whole.line((2 * turn, 0.0), (2 * turn, y), (whole.length, y))
    whole.entries = [port.moved(lead, 0.0) for port in inner.entries]
    whole.second = Port(0.0, y, arrow=False)
    whole.exits = [port.moved(lead, 0.0) for port in inner.exits]
    whole.late = Port(whole.length, y)
    return whole


def with_bus(inner: Fragment, leads_on: bool) -> Fragment:
    """A series, and a line below it that all that leaves it downward leads to; it ends on the axis."""
    end = inner.length + style.BUS
    whole = Fragment(end, inner.above, inner.below + style.ROW_GAP, inner.entries, [Port(end, 0.0)])
    whole.put(inner, 0.0, 0.0)
    y = inner.below + style.ROW_GAP / 2
    for port in inner.down:
        whole.line((port.x, port.y), (port.x, y))
    whole.line((min(port.x for port in inner.down), y), (end, y), (end, 0.0))
    for port in inner.exits if leads_on else []:
        whole.line((port.x, port.y), (end, 0.0))
    return whole


def with_buses(inner: Fragment, joins: Fragment) -> Fragment:
    """A series, below it a line for each of several joins that what leaves it downward leads to, and these.

    The lower a line is, the further it leads on, so that none meets another.
    """
    n = len(joins.entries)
    start = inner.length + style.BUS + style.TRACK * (n - 1) + style.GAP
    lowest = inner.below + style.ROW_GAP + style.TRACK * (n - 1)
    above, below = max(inner.above, joins.above), max(lowest, joins.below)
    exits = [port.moved(start, 0.0) for port in joins.exits]
    whole = Fragment(start + joins.length, above, below, inner.entries, exits)
    whole.put(inner, 0.0, 0.0)
    whole.put(joins, start, 0.0)
    for number, entry in enumerate(joins.entries):
        down = [port for port in inner.down if port.way == number + 1]
        x = inner.length + style.BUS + style.TRACK * number
        y = inner.below + style.ROW_GAP / 2 + style.TRACK * number
        for port in down:
            whole.line((port.x, port.y), (port.x, y))
        first = min(port.x for port in down)
        whole.line((first, y), (x, y), (x, entry.y), (start + entry.x, entry.y), arrow=entry.arrow)
    return whole
