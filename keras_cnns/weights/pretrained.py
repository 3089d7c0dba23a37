"""Published weights by name: download them, load them, and preprocess images as their training did."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_cnns.arguments import checked_path
from keras_cnns.weights import preprocessing
from keras_cnns.weights.download.download import fetch
from keras_cnns.weights.loading import load
from keras_cnns.weights.provenance import known_set
from keras_cnns.weights.published import SETS, WeightSet, find

if TYPE_CHECKING:
    import keras
    import numpy as np


def source_of(name: str, weights: str | os.PathLike[str], options: dict[str, object]) -> WeightSet | Path:
    """Return what `create(weights=…)` means: a set of published weights, or a file.

    Raises:
        ValueError: if it is neither.
    """
    sources = {"imagenet", *(row.source for row in SETS)}
    if isinstance(weights, str) and weights in sources:
        return find(name, weights, options)
    path = checked_path("weights", weights)
    if path.is_file():
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


def preprocess(
    model_or_name: "keras.Model | str | WeightSet", images: Any, source: str = "imagenet"
) -> "np.ndarray":
    """Prepare images as the weights expect them: resize, crop, order of channels, scale.

    Args:
        model_or_name: a model from `keras_cnns.create(name, weights=…)`, a network's name, or one of `SETS`.
        images: RGB pixels from 0 to 255: one (height, width, 3), or (n, height, width, 3), or a list of
            single images, which may differ in size.
        source: whose weights, if a name is given.

    Returns:
        A float32 array, (n, size, size, 3).

    Raises:
        ValueError: if it is not known what the model's weights expect, or if the images are not such pixels.
    """
    row = known_set(model_or_name, source)
    if row.preprocessing is None:
        raise ValueError(f"the preprocessing of {row.source!r} weights of {row.network!r} is not published.")
    return preprocessing.apply(row.preprocessing, images)
