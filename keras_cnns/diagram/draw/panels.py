"""A module explained once: its parts on a tinted ground, with an arrow for each way in and out."""

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.compose import number_ways, single
from keras_cnns.diagram.draw.fragments import Fragment
from keras_cnns.diagram.draw.paint import Painter
from keras_cnns.diagram.draw.scene import Rectangle
from keras_cnns.diagram.fold.parts import Fork, Module, boxes
from keras_cnns.safe_text import shortened


def _begins_with_inputs(module: Module) -> bool:
    """Whether it is a model with several inputs, each of which an arrow leads to."""
    return module.kind == "model" and sum(box.kind == "input" for box in boxes(module.body)) > 1


def _ends_in_outputs(module: Module) -> bool:
    """Whether it is a model each of whose last branches gives an output of its own."""
    last = module.body[-1]
    ends = [list(boxes(branch))[-1:] for branch in last.branches] if isinstance(last, Fork) else []
    return bool(ends) and all(end and (end[0].gives or end[0].is_unread) for end in ends)


def panel(module: Module, painter: Painter) -> Fragment:
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
    length = ground + 2 * style.ARROW
    fragment = Fragment(length, inner.above + pad, inner.below + pad, [], [], of=module)
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
