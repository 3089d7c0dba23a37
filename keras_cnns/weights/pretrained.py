"""Published weights by name: download them, load them, and preprocess images as their training did."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_cnns.arguments import checked_int, checked_path, shown
from keras_cnns.weights import preprocessing
from keras_cnns.weights.download.download import fetch
from keras_cnns.weights.formats import require_reader
from keras_cnns.weights.loading import load, load_part
from keras_cnns.weights.provenance import known_set
from keras_cnns.weights.published import SETS, WeightSet, find

if TYPE_CHECKING:
    import keras

    from keras_cnns.weights.expected_images import Preprocessing

MOST_PIXELS_A_SIDE = 10_000


def source_of(name: str, weights: str | os.PathLike[str], options: dict[str, object]) -> WeightSet | Path:
    """Return what `create(weights=…)` means: a set of published weights, or a file.

    Raises:
        ValueError: if it is neither.
        ImportError: if the package that reads it is missing.
    """
    sources = {"imagenet", *(row.source for row in SETS)}
    if isinstance(weights, str) and weights in sources:
        row = find(name, weights, options)
        require_reader(row.file.name)
        return row
    path = checked_path("weights", weights)
    if path.is_file():
        require_reader(path)
        return path
    if path.suffix or isinstance(weights, os.PathLike):
        raise ValueError(f"weights must be a source of published weights or a file; no such file: {path}.")
    return find(name, str(weights), options)


def restore(model: "keras.Model", source: WeightSet | Path, options: dict[str, object]) -> "keras.Model":
    """Load weights, downloaded if necessary, into a model built with these options; return the model."""
    if isinstance(source, WeightSet):
        load(model, fetch(source.file), options, source)
    else:
        load(model, source, options)
    return model


def restore_part(
    part: "keras.Model", whole: "keras.Model", source: WeightSet | Path, options: dict[str, object]
) -> None:
    """Load weights, downloaded if necessary, into a part of a network, which stands whole beside it."""
    if isinstance(source, WeightSet):
        load_part(part, whole, fetch(source.file), options, source)
    else:
        load_part(part, whole, source, options)


def preprocess(
    model_or_name: "keras.Model | str | WeightSet",
    images: Any,
    source: str = "imagenet",
    *,
    size: int | tuple[int, int] | None = None,
) -> "np.ndarray":
    """Prepare images as the weights expect them: resize, crop, order of channels, scale.

    Args:
        model_or_name: a model from `keras_cnns.create(name, weights=…)`, a network's name, or one of `SETS`.
        images: RGB pixels from 0 to 255: one (height, width, 3), or (n, height, width, 3), or a list of
            single images, which may differ in size.
        source: whose weights, if a name is given.
        size: of the result, one number or (height, width); by default what the model reads, or for a name,
            and a model for images of any size, what the weights were trained on. The crop's share of the
            image stays.

    Returns:
        A float32 array, (n, height, width, 3).

    Raises:
        ValueError: if it is not known what the model's weights expect, or if the images are not such pixels,
            or symbolic: see `preprocessing_layers`.
    """
    expected = expected_by(model_or_name, source)
    return preprocessing.apply(
        expected, images, own_size(model_or_name) if size is None else checked_size(size)
    )


def preprocessing_layers(
    model_or_name: "keras.Model | str | WeightSet", source: str = "imagenet"
) -> "keras.Model":
    """Return what the weights expect of an image's values as a model: order of channels and scale.

    It works on a symbolic input and as the first layer of a model, with which it is saved; inside
    `tf.data.map` with the TensorFlow backend. It leaves the size as it is: resize the images before.

    Args:
        model_or_name: a model from `keras_cnns.create(name, weights=…)`, a network's name, or one of `SETS`.
        source: whose weights, if a name is given.

    Returns:
        A functional model without weights, made of Keras' own operations. It takes RGB pixels from 0 to 255,
        (n, height, width, 3), and gives the values that `preprocess` gives for them.

    Raises:
        ValueError: if it is not known what the model's weights expect.
    """
    expected = expected_by(model_or_name, source)
    import keras

    image = keras.Input((None, None, 3), name="pixels")
    x = keras.ops.cast(image, "float32")
    if expected.mode == "BGR":
        x = keras.ops.flip(x, axis=-1)
    x = keras.ops.subtract(x, np.array(expected.mean, "float32"))
    if set(expected.std) != {1.0}:
        x = keras.ops.divide(x, np.array(expected.std, "float32"))
    return keras.Model(image, x, name="preprocessing")


def expected_by(model_or_name: "keras.Model | str | WeightSet", source: str) -> "Preprocessing":
    """Return what is known about the images that these weights expect."""
    row = known_set(model_or_name, source)
    if row.preprocessing is None:
        raise ValueError(f"the preprocessing of {row.source!r} weights of {row.network!r} is not published.")
    return row.preprocessing


def own_size(model_or_name: Any) -> tuple[int, int] | None:
    """Return height and width of the images that a model reads, if it is one and they are fixed."""
    shape = getattr(model_or_name, "input_shape", None)
    if not isinstance(shape, tuple) or len(shape) != 4 or None in shape[1:3]:
        return None
    return int(shape[1]), int(shape[2])


def checked_size(size: Any) -> tuple[int, int]:
    """Return height and width, given as one number or two."""
    sides = size if isinstance(size, (tuple, list)) else (size, size)
    if len(sides) != 2:
        raise ValueError(f"size must be one number of pixels, or (height, width); got {shown(size)}.")
    height, width = (checked_int("size", side) for side in sides)
    if max(height, width) > MOST_PIXELS_A_SIDE:
        raise ValueError(f"size must be at most {MOST_PIXELS_A_SIDE:,} pixels; got {shown(size)}.")
    return height, width
