"""A network's picture as the page shows it: wide for a screen, in rows for a phone."""

from dataclasses import replace

from keras_cnns.diagram.draw.captions import CaptionOptions
from keras_cnns.diagram.draw.layout import layout
from keras_cnns.diagram.draw.palettes import Palette
from keras_cnns.diagram.draw.print_width import Length
from keras_cnns.diagram.draw.scene import Scene
from keras_cnns.diagram.fold.parts import Folded
from keras_cnns.diagram.output.svg import to_svg
from keras_cnns.gallery.dark import DARK, LIGHT, two_coloured

PHONE = 358  # pixels; what a page leaves on a screen of 390
WIDER = 20  # steps in which a picture that is too wide for it gets more room
WIDEST = 1000
TIGHT = (
    440  # pixels from which a picture is not shrunk to a phone's screen, where its text would be too small
)


def pictures(folded: Folded) -> tuple[str, str]:
    """Return the picture of a folded model for a screen and for a phone, each an `<svg>` element.

    Both have the classes that `dark_style` needs.
    """
    wide, narrow = _drawn(folded, None), _narrowest(folded)
    css = "narrow tight" if narrow.width > TIGHT else "narrow"
    return to_svg(replace(wide, css="wide")), to_svg(replace(narrow, css=css))


def _narrowest(folded: Folded) -> Scene:
    """The picture as narrow as a phone, or as narrow as its widest part lets it be."""
    for pixels in range(PHONE, WIDEST, WIDER):
        try:
            return _drawn(folded, Length(pixels, "px"))
        except ValueError:
            continue
    return _drawn(folded, None)


def _drawn(folded: Folded, width: Length | None) -> Scene:
    def in_colours(palette: Palette) -> Scene:
        return layout(folded, CaptionOptions(), palette=palette, width=width)

    return two_coloured(in_colours(LIGHT), in_colours(DARK))
