"""One picture in two colours: light, and dark where the reader's screen is.

The dark picture is the light one in other colours. So a page has each picture once, every shape with a class
that names its dark colour, and the style sheet of `dark_style`.
"""

import re
from dataclasses import replace

from keras_cnns.diagram.draw.palettes import palette
from keras_cnns.diagram.draw.scene import Line, Scene, Shape, Text

LIGHT, DARK = palette("article", "white"), palette("article", "dark")
CLASS = re.compile(r'class="d([0-9a-f]{6})"')


def two_coloured(light: Scene, dark: Scene) -> Scene:
    """Return the light picture with the classes by which `dark_style` makes it the dark one."""
    shapes = (_named(*pair) for pair in zip(light.shapes, dark.shapes, strict=True))
    return replace(light, shapes=tuple(shapes))


def dark_style(page: str) -> str:
    """Return the style sheet that gives the pictures on a page their dark colours."""
    rules = [
        f".picture svg > rect {{ fill: {DARK.ground}; }}",
        f".picture svg [stroke] {{ stroke: {DARK.ink}; }}",
        f".picture svg path:not([fill=none]), .picture svg text {{ fill: {DARK.ink}; }}",
        *(f".picture svg .d{colour} {{ fill: #{colour}; }}" for colour in sorted({*CLASS.findall(page)})),
    ]
    return "@media screen and (prefers-color-scheme: dark) {\n  " + "\n  ".join(rules) + "\n}\n"


def _named(light: Shape, dark: Shape) -> Shape:
    """The light shape with a class for the dark one's colour, unless that is the ink of lines and text."""
    if isinstance(dark, Line):
        return light
    colour = dark.colour if isinstance(dark, Text) else dark.fill
    if colour is None or (isinstance(dark, Text) and colour == DARK.ink):
        return light
    return replace(light, css=f"d{colour.removeprefix('#')}")
