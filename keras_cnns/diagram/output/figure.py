"""A scene as a drawing program sees a figure: boxes with words in them, wires from box to box, groups.

A scene only says what is painted where. What belongs together is found from where it is.
"""

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.scene import Scene
from keras_cnns.diagram.output.figure_items import Box, Figure, Group, Item, Words, holds
from keras_cnns.diagram.output.figure_parts import Parts
from keras_cnns.diagram.output.wires import Wire


def figure(scene: Scene, joints: bool = False) -> Figure:
    """Return what is in a scene, each of its shapes once.

    With `joints` no wire has more than one turn: dots, which are boxes too, hold its pieces together.
    """
    parts = Parts(scene, joints)
    inside: dict[Box | None, list[Item]] = {panel: [] for panel in parts.panels}
    inside[None] = []
    for item in parts.in_order():
        inside[next((panel for panel in parts.panels if _belongs(item, panel)), None)].append(item)
    loose = inside.pop(None)
    return Figure(tuple(Group(_name(each), tuple(each)) for each in inside.values()), tuple(loose))


def _belongs(item: Item, panel: Box) -> bool:
    """Whether it is in a panel; words may also be beside it, as its name is, and wires lead out of it."""
    corners = panel.corners
    if isinstance(item, Group):
        return _belongs(item.items[0], panel)
    if isinstance(item, Box):
        return holds(corners, item.corners)
    if isinstance(item, Wire):
        points, ends = item.line.points, [end for end in (item.start, item.end) if end]
        middles = [((a + c) / 2, (b + d) / 2) for (a, b), (c, d) in zip(points, points[1:])]
        passes = any(holds(corners, at * 2) for at in (*points, *middles))
        return passes and all(holds(corners, end.corners) for end in ends)
    left, top, right, bottom = corners
    a, b, c, d = item.corners
    return max(left - c, a - right, top - d, b - bottom) < style.ARROW


def _name(items: list[Item]) -> str:
    """The words in bold near a panel, which are its name."""
    return next((" ".join(i.strings) for i in items if isinstance(i, Words) and i.look.bold), "module")
