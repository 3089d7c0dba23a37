"""What is seen when something is opened: its inside in a frame, a line from one side of it to the other."""

from __future__ import annotations

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.compose import single, stack
from keras_cnns.diagram.draw.fragments import Fragment, Orientation, Port, turned
from keras_cnns.diagram.draw.geometry import bounds
from keras_cnns.diagram.draw.scene import Rectangle
from keras_cnns.diagram.page.blocks import Slot
from keras_cnns.safe_text import shortened

PAD = 12.0
TITLE_ROOM = 20.0
CLOSE_ROOM = 24.0  # for the sign that closes it


def framed(inner: Fragment, title: str, fill: str | None, orientation: Orientation) -> Fragment:
    """A series in a frame of this colour with a title in its corner."""
    inner = single(inner)
    name = orientation.lines([shortened(title)] if title else [], style.CAPTION, bold=True)
    name_length, name_across = name.length, name.above + name.below
    above, below = inner.above + PAD, inner.below + PAD
    if orientation.vertical:  # the title is beside the line that comes in
        first = name_length + PAD
        above = max(above, name_across + 2 * PAD)
        length = inner.length + first + PAD
    else:
        first = PAD
        above += TITLE_ROOM
        length = max(inner.length + 2 * PAD, name_length + 2 * PAD + CLOSE_ROOM)
        first = max(first, (length - inner.length) / 2)
    whole = Fragment(length, above, below, [], [])
    whole.shapes.append(Rectangle(0.0, -above, length, above + below, fill, None, css="frame"))
    whole.put(inner, first, 0.0)
    corner = -above + TITLE_ROOM / 2 + 2.0
    if orientation.vertical:
        whole.put(name, PAD / 2, -above + PAD / 2 + name_across / 2)
    else:
        whole.put(name, PAD / 2, corner)
    entries = [port.moved(first, 0.0) for port in inner.entries]
    for port in entries:
        whole.line((0.0, port.y), (port.x, port.y), arrow=port.arrow)
    if inner.second:
        whole.line((0.0, inner.second.y), (inner.second.x + first, inner.second.y), arrow=inner.second.arrow)
    for port in inner.exits:
        whole.line((port.x + first, port.y), (length, port.y))
    for port in inner.down:
        whole.line((port.x + first, port.y), (port.x + first, below))
    return whole


def with_leads(inner: Fragment, orientation: Orientation) -> Fragment:
    """The same with a line that comes in from its very edge, and one that leaves to the other.

    Words may stick out over a neighbour's line; here nothing does, so that lines of neighbours meet.
    """
    inner = single(inner)
    before, after = _overhang(inner, orientation)
    first = max(style.GAP, before)
    whole = Fragment(first + inner.length + after, inner.above, inner.below, [], [])
    whole.put(inner, first, 0.0)
    for port in inner.entries:
        whole.line((0.0, port.y), (port.x + first, port.y), arrow=port.arrow)
    for port in inner.exits:
        whole.line((port.x + first, port.y), (whole.length, port.y))
    for port in inner.down:
        whole.line((port.x + first, port.y), (port.x + first, inner.below))
    return whole


def _overhang(inner: Fragment, orientation: Orientation) -> tuple[float, float]:
    """How far shapes stick out before the start of a fragment and beyond its end."""
    axis = int(orientation.vertical)
    edges = [bounds(turned(shape) if orientation.vertical else shape) for shape in inner.flat()]
    first, last = min(edge[axis] for edge in edges), max(edge[axis + 2] for edge in edges)
    return max(0.0, -first), max(0.0, last - inner.length)


def slot(size: Fragment, what: object, copy: int = 0) -> Fragment:
    """Room for a fragment with leads."""
    ports = [Port(0.0, 0.0, arrow=False)], [Port(size.length, 0.0)]
    return Fragment(size.length, size.above, size.below, *ports, of=Slot(what, copy))


def in_row(slots: list[Fragment]) -> Fragment:
    """Slots one after the other, with nothing between them."""
    whole = Fragment(0.0, 0.0, 0.0, [Port(0.0, 0.0, arrow=False)], [])
    for one in slots:
        whole.put(one, whole.length, 0.0)
        whole.length += one.length
        whole.above, whole.below = max(whole.above, one.above), max(whole.below, one.below)
    whole.exits = [Port(whole.length, 0.0)]
    return whole


def side_by_side(slots: list[Fragment]) -> Fragment:
    """Slots as branches of a fork."""
    return single(stack(slots, first_on_axis=False))
