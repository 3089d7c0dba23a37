"""A network's picture as the page shows it: wide for a screen, in rows for a phone."""

from dataclasses import dataclass, replace
from math import ceil

from keras_cnns.diagram.draw.captions import CaptionOptions
from keras_cnns.diagram.draw.layout import Sheet, sheet
from keras_cnns.diagram.draw.palettes import Palette
from keras_cnns.diagram.draw.print_width import SCALE, Length, TooNarrow
from keras_cnns.diagram.fold.parts import Folded
from keras_cnns.diagram.output.svg import to_svg
from keras_cnns.gallery.dark import DARK, LIGHT, two_coloured
from keras_cnns.gallery.places import Places, places

PHONE = 358  # pixels; what a page leaves on a screen of 390
TIGHT = 440  # pixels from which a picture is not shrunk to a phone's screen: its text would be too small


@dataclass(frozen=True, slots=True)
class Pictures:
    """The picture for a screen and for a phone, each an `<svg>` element, and where their boxes are."""

    wide: str
    narrow: str
    places: Places


def pictures(folded: Folded) -> Pictures:
    """Return the pictures of a folded model; they have the classes that `dark_style` needs."""
    light = _drawn(folded, LIGHT)
    wide = two_coloured(light.scene, _drawn(folded, DARK).scene)
    width, small = _narrowest(folded)
    narrow = two_coloured(small.scene, _drawn(folded, DARK, width).scene)
    css = "narrow tight" if narrow.width > TIGHT else "narrow"
    return Pictures(
        to_svg(replace(wide, css="wide")),
        to_svg(replace(narrow, css=css)),
        places(folded, light, small, SCALE),
    )


def _narrowest(folded: Folded) -> tuple[Length, Sheet]:
    """The picture as narrow as a phone, or as narrow as its widest part lets it be."""
    width = Length(PHONE, "px")
    while True:
        try:
            return width, _drawn(folded, LIGHT, width)
        except TooNarrow as error:
            width = Length(max(ceil(error.least), width.pixels + 1), "px")


def _drawn(folded: Folded, colours: Palette, width: Length | None = None) -> Sheet:
    return sheet(folded, CaptionOptions(), palette=colours, width=width)
