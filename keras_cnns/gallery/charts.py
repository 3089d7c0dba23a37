"""What the page's charts have in common: frames of figures, lines, the colours of families.

Colours are the light page's; for the dark one the page's style sheet replaces those of text and lines. Each
chart is drawn twice, for a screen and, narrow, for a phone; the style sheet shows one of the two.
"""

from collections.abc import Sequence
from typing import NamedTuple

from keras_cnns.catalog.facts import Network
from keras_cnns.diagram.draw.scene import Line, Scene, Shape

# What networks are made of: the words, the colour.
FAMILIES = {
    "plain": ("stacked convolutions", "#e06666"),
    "inception": ("Inception modules", "#93c47d"),
    "residual": ("residual blocks", "#ffd966"),
    "both": ("residual Inception modules", "#b4a7d6"),
    "separable": ("separable convolutions", "#6d9eeb"),
    "grouped": ("grouped residual blocks", "#f6b26b"),
    "dense": ("dense blocks", "#76a5af"),
    "gated": ("residual blocks with gates", "#c27ba0"),
    "modern": ("residual blocks after transformers", "#a2c4c9"),
    "inverted": ("depthwise and inverted blocks", "#8e7cc3"),
}
OTHER = "#d9d9d9"
NARROW = 420  # how wide a chart for a phone is; at 14 pixels a letter, it is shown a little smaller
THICKNESS = {"axis": 1.2, "grid": 1.0, "stem": 0.8, "dashed": 1.0, "front": 1.6}


class Drawn(NamedTuple):
    """A chart for a screen and for a phone."""

    wide: Scene
    narrow: Scene


def chart(title: str, width: float, height: float, shapes: Sequence[Shape], narrow: bool = False) -> Scene:
    """Return a chart, which stands on the page's own ground."""
    css = "chart narrow" if narrow else "chart wide"
    return Scene(title, round(width), round(height), tuple(shapes), ground=None, css=css)


def line(x1: float, y1: float, x2: float, y2: float, css: str) -> Line:
    """Return a straight line of one of the kinds in `THICKNESS`."""
    return Line(((x1, y1), (x2, y2)), thickness=THICKNESS[css], css=css)


def colour_of(network: Network) -> str:
    """Return the colour of the network's family."""
    return FAMILIES[network.family][1]


def link_of(network: Network) -> str:
    """Return the address of the network's section on the page."""
    return f"#{network.name}"
