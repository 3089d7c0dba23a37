"""How a picture is drawn, as a person asks for it."""

from dataclasses import dataclass

from keras_cnns.diagram.draw.captions import CaptionOptions
from keras_cnns.diagram.draw.paint import BoxMarks


@dataclass(frozen=True, slots=True)
class Look:
    """What the parameters of `plot_model` of these names say, and what is added to boxes beyond these."""

    options: CaptionOptions = CaptionOptions()
    rankdir: str = "LR"
    legend: bool = True
    palette: str = "article"
    background: str = "white"
    marks: BoxMarks | None = None
