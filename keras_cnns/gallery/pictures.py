"""A network's picture as the page shows it: wide for a screen, in rows for a phone."""

from dataclasses import replace
from math import ceil

from keras_cnns.diagram.draw.captions import CaptionOptions
from keras_cnns.diagram.draw.layout import layout
from keras_cnns.diagram.draw.palettes import Palette
from keras_cnns.diagram.draw.print_width import Length, TooNarrow
from keras_cnns.diagram.draw.scene import Scene
from keras_cnns.diagram.fold.parts import Folded
from keras_cnns.diagram.output.svg import to_svg
from keras_cnns.gallery.dark import DARK, LIGHT, two_coloured

PHONE = 358  # pixels; what a page leaves on a screen of 390
TIGHT = (
    440  # pixels from which a picture is not shrunk to a phone's screen, where its text would be too small
)


def pictures(folded: Folded, light: Scene) -> tuple[str, str]:
    """Return the picture of a folded model for a screen and for a phone, each an `<svg>` element.

    `light` is the picture as `plot_model` draws it. Both have the classes that `dark_style` needs.
    """
    wide = two_coloured(light, _drawn(folded, DARK))
    width, light = _narrowest(folded)
    narrow = two_coloured(light, _drawn(folded, DARK, width))
    css = "narrow tight" if narrow.width > TIGHT else "narrow"
    return to_svg(replace(wide, css="wide")), to_svg(replace(narrow, css=css))


def _narrowest(folded: Folded) -> tuple[Length, Scene]:
    """The picture as narrow as a phone, or as narrow as its widest part lets it be."""
    width = Length(PHONE, "px")
    while True:
        try:
            return width, _drawn(folded, LIGHT, width)
        except TooNarrow as error:
            width = Length(max(ceil(error.least), width.pixels + 1), "px")


def _drawn(folded: Folded, colours: Palette, width: Length | None = None) -> Scene:
    return layout(folded, CaptionOptions(), palette=colours, width=width)
