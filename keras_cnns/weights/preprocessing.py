"""From photographs to what a network was trained on: resize, central crop, normalise.

This is how the published accuracies were measured, with Pillow and torchvision: the shorter side is resized
with antialiasing, then the centre is cropped. The resize is written here in NumPy, for these reasons:

- `keras.ops.image.resize` is within one grey level of Pillow for bilinear, but not for bicubic (9 levels at
  edges, because Pillow clips after each of its two passes), and on JAX it compiles for half a second for
  every new size of image.
- Pillow resizes no RGB floats, which arrays and tensors often are, and it is an optional dependency:
  `preprocess` works with what Keras itself installs.

The numbers are the same on every backend, and for integers Pillow's to the last bit.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from keras_cnns.arguments import shown
from keras_cnns.weights.expected_images import Preprocessing


def apply(preprocessing: Preprocessing, images: Any, size: tuple[int, int] | None = None) -> np.ndarray:
    """Resize, crop and normalise images.

    Args:
        preprocessing: what the network expects.
        images: RGB pixels from 0 to 255, integers or floats: (height, width, 3), or (n, height, width, 3), or
            a list of single images, which may differ in size; arrays, or tensors of any backend.
        size: (height, width) of the crop, in place of the published one; its share of the image stays.

    Returns:
        A float32 NumPy array, (n, height, width, 3), for `model.predict` or a call of the model.

    Raises:
        ValueError: if an image is of another shape (grey, with alpha, channels first), not finite, outside
            0..255, or apparently from 0 to 1: floats that are all at most 1 and not all whole. On a scale of
            0..255 such an image is black; if it truly is, pass `images.round()`. Images of a list are judged
            one by one, those of an array together.
    """
    pictures = as_pictures(images)
    size = (preprocessing.size, preprocessing.size) if size is None else size
    cropped = np.stack([resized_crop(picture, preprocessing, size) for picture in pictures])
    if preprocessing.mode == "BGR":
        cropped = cropped[..., ::-1]
    mean, std = (np.asarray(numbers, dtype="float32") for numbers in (preprocessing.mean, preprocessing.std))
    return (cropped - mean) / std


def as_pictures(images: Any) -> list[np.ndarray]:
    """Return the images one by one, checked, each (height, width, 3)."""
    is_list = isinstance(images, (list, tuple))
    arrays = (
        [as_array(f"images[{i}]", image) for i, image in enumerate(images)]
        if is_list
        else [as_array("images", images)]
    )
    pictures = []
    for number, array in enumerate(arrays):
        where = f"images[{number}]" if is_list else "images"
        check_shape(where, array, (3,) if is_list else (3, 4))
        check_pixels(where, array)
        pictures += list(array) if array.ndim == 4 else [array]
    if not pictures:
        raise ValueError("images must be one image or more; got none.")
    return pictures


def as_array(where: str, image: Any) -> np.ndarray:
    if isinstance(image, np.ndarray):
        return image
    if is_symbolic(image):
        raise ValueError(
            f"{where} must be numbers; got a symbolic tensor, as a layer's input or inside tf.data.map. "
            "There, resize the images and let weights.preprocessing_layers(model) scale them."
        )
    try:
        if hasattr(image, "__array_interface__"):  # Pillow's images, which Keras does not take
            return np.asarray(image)
        import keras

        return np.asarray(keras.ops.convert_to_numpy(image))
    except Exception:  # each backend raises its own
        raise ValueError(f"{where} must be an array or a tensor; got {shown(image)}.") from None


def is_symbolic(image: Any) -> bool:
    """Whether this stands for numbers that are not known yet: Keras' tensor, or one in a graph or a trace."""
    import keras

    if keras.backend.is_keras_tensor(image) or type(image).__name__ == "SymbolicTensor":
        return True
    jax: Any = sys.modules.get("jax")
    return jax is not None and isinstance(image, jax.core.Tracer)


def check_shape(where: str, array: np.ndarray, dimensions: tuple[int, ...]) -> None:
    if array.ndim in dimensions and array.shape[-1] == 3 and array.size:
        return
    if array.ndim == 2 or array.shape[-1:] == (1,):
        hint = " This is a grey image: repeat its channel three times."
    elif array.shape[-1:] == (4,):
        hint = " This has an alpha channel: drop it, images[..., :3]."
    elif array.ndim in (3, 4) and array.shape[-3] == 3:
        hint = " This has its channels first: move them, numpy.moveaxis(images, -3, -1)."
    else:
        hint = ""
    batch = ", or (n, height, width, 3)" if 4 in dimensions else ""
    raise ValueError(f"{where} must be RGB, (height, width, 3){batch}; got {array.shape}.{hint}")


def check_pixels(where: str, array: np.ndarray) -> None:
    if array.dtype == np.uint8:
        return
    if array.dtype.kind not in "uif":
        raise ValueError(f"{where} must be integers or floats from 0 to 255; got {array.dtype}.")
    low, high = array.min(), array.max()
    if not (low >= 0 and high <= 255):
        raise ValueError(
            f"{where} must be pixels from 0 to 255, not preprocessed already; got {low:.4g} to {high:.4g}."
        )
    if array.dtype.kind == "f" and high <= 1 and (array != np.floor(array)).any():
        raise ValueError(
            f"{where} must be pixels from 0 to 255; got {low:.4g} to {high:.4g}, which looks like 0 to 1: "
            "multiply by 255. (A truly black image may be rounded: images.round().)"
        )


def resized_crop(picture: np.ndarray, preprocessing: Preprocessing, size: tuple[int, int]) -> np.ndarray:
    """Resize in proportion and crop the centre; only the pixels of the crop are computed.

    One side of the crop is to its side of the resized image as `preprocessing.size` to `resize`, the other
    one is no longer than that. For a square that is the shorter side of the image.

    Width first, then height, clipped to 0..255 after each, as Pillow does. Integers are resized with Pillow's
    fixed-point weights, in which 2^22 is one, so that the result is Pillow's to the last bit.
    """
    kernel = KERNELS[preprocessing.interpolation]
    tight = max((0, 1), key=lambda axis: size[axis] / picture.shape[axis])
    shorter, resize = picture.shape[tight], resized_side(preprocessing, size[tight])
    one = 2.0**22 if picture.dtype.kind != "f" else None
    for axis in (1, 0):
        length = picture.shape[axis]
        resized = resize * length // shorter
        first = round((resized - size[axis]) / 2)  # torchvision's, which rounds half a pixel to the even side
        picture = np.moveaxis(picture, axis, 0)
        rows = []
        for start, weights in windows(length, resized, range(first, first + size[axis]), kernel):
            if one:
                weights = np.trunc(weights * one + np.copysign(0.5, weights))
            # Float64 holds sums of such fixed-point numbers exactly; the whole image in it would be large.
            rows.append(np.tensordot(weights, picture[start : start + len(weights)].astype("float64"), 1))
        picture = np.stack(rows)
        picture = np.floor(picture / one + 0.5) if one else picture
        picture = np.moveaxis(np.clip(picture, 0, 255), 0, axis)
    return picture.astype("float32")


def resized_side(preprocessing: Preprocessing, crop: int) -> int:
    """Return how long the side is of which a crop of this length is cut, in the published proportion."""
    return max(crop, round(crop * preprocessing.resize / preprocessing.size))


def windows(
    length: int, resized: int, wanted: Sequence[int], kernel: "Kernel"
) -> Iterator[tuple[int, np.ndarray]]:
    """For each wanted pixel of a resized line: the first source pixel it reads, and the weights from there.

    Where the line gets shorter, the kernel is as wide as a pixel of the result; that is the antialiasing.
    """
    scale = length / resized
    stretch = max(scale, 1.0)
    reach = kernel.reach * stretch
    for number in wanted:
        centre = (number + 0.5) * scale
        start, stop = max(int(centre - reach + 0.5), 0), min(int(centre + reach + 0.5), length)
        weights = kernel.weight(abs(np.arange(start, stop) + 0.5 - centre) / stretch)
        yield start, weights / weights.sum()


def triangle(x: np.ndarray) -> np.ndarray:
    return np.maximum(1 - x, 0)


def cubic(x: np.ndarray) -> np.ndarray:
    """Keys' cubic convolution with a = -1/2, as in Pillow (PyTorch without antialiasing: -3/4)."""
    near = (1.5 * x - 2.5) * x * x + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x < 1, near, np.where(x < 2, far, 0))


@dataclass(frozen=True)
class Kernel:
    """An interpolation: the weight of a pixel by its distance, and the distance at which it reaches zero."""

    reach: int
    weight: Callable[[np.ndarray], np.ndarray]


KERNELS = {"bilinear": Kernel(1, triangle), "bicubic": Kernel(2, cubic)}
