"""A folded model in one of the styles: flat, or as volumes where it can be drawn so."""

from keras_cnns.diagram.draw.captions import CaptionOptions
from keras_cnns.diagram.draw.layout import layout
from keras_cnns.diagram.draw.palettes import Palette
from keras_cnns.diagram.draw.print_width import Length
from keras_cnns.diagram.draw.scene import Scene
from keras_cnns.diagram.draw.volumes.chain import NoChain
from keras_cnns.diagram.draw.volumes.sheet import volumes
from keras_cnns.diagram.fold.parts import Folded
from keras_cnns.garbage import collector_paused

STYLES = ("flat", "volumes")


@collector_paused()
def drawn_in(
    style: str,
    folded: Folded,
    options: CaptionOptions,
    rankdir: str,
    show_legend: bool,
    palette: Palette,
    width: Length | None,
) -> tuple[Scene, str]:
    """Return the picture, and a sentence that says why it is flat if it should have volumes and has not.

    Raises ValueError if a part is wider than `width`.
    """
    sentence = ""
    if style == "volumes":
        try:
            return volumes(folded, options, show_legend, palette, width), ""
        except NoChain as why:
            sentence = f"Drawn flat: volumes stand in one chain, and this network {why}."
    flat = layout(folded, options, rankdir, show_legend, palette=palette, width=width, sentence=sentence)
    return flat, sentence
