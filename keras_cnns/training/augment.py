"""From an image to the numbers that a network reads, as it is or distorted as a random generator decides."""

from collections.abc import Callable
from math import cos, exp, log, radians, sin, sqrt
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from keras_cnns.images import picture
from keras_cnns.training.data import ImageSource
from keras_cnns.training.view import FROM_0_TO_1, View

if TYPE_CHECKING:
    from PIL import Image

LARGEST_TURN = 10  # degrees
LARGEST_MOVE = 0.1  # of the image's height and width
LARGEST_ZOOM = 0.1  # longer or shorter
SMALLEST_AREA, WIDEST = 0.08, 4 / 3  # GoogLeNet, section 6: 8 % to 100 % of the area, sides 3:4 to 4:3
CENTRE = 224 / 256  # of the shorter side, the crop that is tested

Size = tuple[int, int]  # width and height


def pixels(
    image: ImageSource,
    in_shape: tuple[int, int, int],
    random: np.random.Generator | None = None,
    view: View = FROM_0_TO_1,
) -> np.ndarray:
    """Return an array or a file as (height, width, channels) floats; from 0 to 1 unless `view` says more.

    Args:
        image: a file, or 8-bit grey of shape (height, width).
        in_shape: height, width, and 1 or 3 channels.
        random: distorts the image, by default with a small turn, move and zoom; None does not.
        view: how the network sees images.

    Raises:
        ValueError: if the file cannot be read, see `keras_cnns.images.read`, or an array is not 8-bit grey.
    """
    return scaled(seen(image, in_shape, random, view), view)


def seen(
    image: ImageSource,
    in_shape: tuple[int, int, int],
    random: np.random.Generator | None = None,
    view: View = FROM_0_TO_1,
) -> np.ndarray:
    """Return an array or a file as 8-bit (height, width, channels), resized and distorted as `pixels` does.

    Raises:
        ValueError: as `pixels`.
    """
    from PIL import Image

    height, width, channels = in_shape
    if isinstance(image, Path):
        # Two to three times the size, so that the rest of the way down is still smoothed.
        shown = picture(image, channels, at_least=(3 if view.cropped else 2) * max(height, width))
    else:
        check_grey(image)
        shown = Image.fromarray(image).convert("L" if channels == 1 else "RGB")
    if random is not None and view.distortion != "none":
        shown = DISTORTIONS[view.distortion](shown, (width, height), random, view)
    elif view.cropped:
        shown = cut(shown, (width, height), CENTRE, (0.5, 0.5))
    else:
        shown = shown.resize((width, height))
    return np.asarray(shown).reshape(in_shape)


def scaled(values: np.ndarray, view: View = FROM_0_TO_1) -> np.ndarray:
    """Return 8-bit pixels, their channels last, as the floats that a network reads."""
    channels = values.shape[-1]
    if view.order == "BGR":
        values = values[..., ::-1]
    mean, std = per_channel(view.mean, channels), per_channel(view.std, channels)
    return (values.astype("float32") - mean) / std


def per_channel(numbers: tuple[float, ...], channels: int) -> np.ndarray:
    """Return the numbers for so many channels; for a grey image the mean of those of three colours."""
    return np.asarray(numbers if len(numbers) == channels else (np.mean(numbers),), dtype="float32")


def check_grey(image: np.ndarray) -> None:
    if image.dtype != np.uint8 or image.ndim != 2:
        raise ValueError(
            f"an image must be a file or 8-bit grey, (height, width); got {image.dtype} {image.shape}."
        )


def turn_and_move(seen: "Image.Image", size: Size, random: np.random.Generator, _: View) -> "Image.Image":
    """Turn, move and zoom a little, as a hand would."""
    from PIL import Image

    across, down = random.uniform(-LARGEST_MOVE, LARGEST_MOVE, size=2) * size
    turn = radians(random.uniform(-LARGEST_TURN, LARGEST_TURN))
    zoom = random.uniform(1 - LARGEST_ZOOM, 1 + LARGEST_ZOOM)
    # Where a pixel of the result comes from: the way back to the middle, turned and shrunk about it.
    x, y = size[0] / 2, size[1] / 2
    along, aside = cos(turn) / zoom, sin(turn) / zoom
    left = x - along * (x + across) - aside * (y + down)
    top = y + aside * (x + across) - along * (y + down)
    back = (along, aside, left, -aside, along, top)
    return seen.resize(size).transform(size, Image.Transform.AFFINE, back, Image.Resampling.BILINEAR)


def random_crop(seen: "Image.Image", size: Size, random: np.random.Generator, view: View) -> "Image.Image":
    """Resize the shorter side to a random length, cut out a random place, and mirror every second image."""
    share = 224 / random.uniform(*view.shorter)
    place = random.uniform(size=2)
    return mirrored(cut(seen, size, share, (place[0], place[1])), random)


def shift(seen: "Image.Image", size: Size, random: np.random.Generator, view: View) -> "Image.Image":
    """Move by up to an eighth each way, with the mean colour at the edges; mirror every second image.

    That is a crop of 32x32 out of an image of 32x32 with four pixels more on each side.
    """
    from PIL import Image

    colours = tuple(round(float(value)) for value in per_channel(view.mean, len(seen.getbands())))
    moved = Image.new(seen.mode, size, colours if len(colours) > 1 else colours[0])
    across, down = (int(random.integers(-(length // 8), length // 8 + 1)) for length in size)
    moved.paste(seen.resize(size), (across, down))
    return mirrored(moved, random)


def random_area(seen: "Image.Image", size: Size, random: np.random.Generator, _: View) -> "Image.Image":
    """Cut out 8 % to 100 % of the area with sides of 3:4 to 4:3; mirror every second image."""
    area = random.uniform(SMALLEST_AREA, 1) * seen.width * seen.height
    ratio = exp(random.uniform(-log(WIDEST), log(WIDEST)))
    width, height = min(sqrt(area * ratio), seen.width), min(sqrt(area / ratio), seen.height)
    left, top = random.uniform(size=2) * (seen.width - width, seen.height - height)
    return mirrored(seen.resize(size, box=(left, top, left + width, top + height)), random)


def cut(seen: "Image.Image", size: Size, share: float, place: tuple[float, float]) -> "Image.Image":
    """Return a crop of these sides' proportion, `share` as long as fits, at a place from 0 to 1 each way."""
    scale = share * min(seen.width / size[0], seen.height / size[1])
    width, height = scale * size[0], scale * size[1]
    left, top = place[0] * (seen.width - width), place[1] * (seen.height - height)
    return seen.resize(size, box=(left, top, left + width, top + height))


def mirrored(seen: "Image.Image", random: np.random.Generator) -> "Image.Image":
    """Mirror every second image."""
    from PIL import Image

    return seen.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if random.random() < 0.5 else seen


Distortion = Callable[["Image.Image", Size, np.random.Generator, View], "Image.Image"]
DISTORTIONS: dict[str, Distortion] = {
    "turn": turn_and_move,
    "crop": random_crop,
    "shift": shift,
    "area": random_area,
}
