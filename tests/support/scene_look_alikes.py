"""Panels of a finished picture that an eye cannot tell apart."""

from collections import defaultdict

from keras_cnns.diagram.draw.scene import Line, Rectangle, Scene, Text


def look_alikes(scene: Scene) -> list[list[str]]:
    """Return the names of panels that show the same shapes and words in the same places."""
    shown: dict[tuple, list[str]] = defaultdict(list)
    for ground in scene.shapes:
        if isinstance(ground, Rectangle) and ground.stroke is None:
            shown[tuple(sorted(_inside(ground, scene)))].append(_name(ground, scene))
    return [names for names in shown.values() if len(names) > 1]


def _inside(ground: Rectangle, scene: Scene) -> list[str]:
    found = []
    for shape in scene.shapes:
        points = shape.points if isinstance(shape, Line) else ((shape.x, shape.y),)
        if shape is ground or not all(_is_in(ground, *point) for point in points):
            continue
        places = [(round(x - ground.x), round(y - ground.y)) for x, y in points]
        what = shape.string if isinstance(shape, Text) else getattr(shape, "fill", "")
        size = (shape.width, shape.height) if isinstance(shape, Rectangle) else ()
        found.append(repr((type(shape).__name__, places, what, size)))
    return found


def _is_in(ground: Rectangle, x: float, y: float) -> bool:
    return ground.x <= x <= ground.x + ground.width and ground.y <= y <= ground.y + ground.height


def _name(ground: Rectangle, scene: Scene) -> str:
    """The bold words right below a panel."""
    below = [
        text
        for text in scene.shapes
        if isinstance(text, Text) and text.bold and _is_in(ground, text.x, text.y - 30)
    ]
    return max(below, key=lambda text: text.y).string
