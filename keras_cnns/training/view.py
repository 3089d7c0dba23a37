"""How a network sees images."""

from dataclasses import dataclass


@dataclass(frozen=True)
class View:
    """How a network sees an image: its values are (pixels - mean) / std, with pixels from 0 to 255.

    Attributes:
        mean: one number, or one for each channel in the order that the network reads.
        std: the same, none of them 0.
        cropped: show the centre, with the sides in the image's proportion; otherwise all of it, stretched.
        distortion: a key of `DISTORTIONS`, for the images to learn from.
        shorter: for "crop": the shorter side, in pixels for a crop of 224, is drawn from this range.
        order: of the channels, "RGB" or "BGR".
    """

    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (255.0,)
    cropped: bool = False
    distortion: str = "turn"
    shorter: tuple[int, int] = (256, 256)
    order: str = "RGB"


FROM_0_TO_1 = View()
