"""How well a model tells apart images that are prepared in a way of its own, such as published weights'."""

from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import numpy as np

from keras_cnns.arguments import checked_int, shown
from keras_cnns.training.checks import check_data
from keras_cnns.training.data import Data, ImageSource
from keras_cnns.training.scoring import Answers, Scores, scored


def evaluate(
    model: keras.Model, data: Data, prepare: Callable[[ImageSource], np.ndarray], batch_size: int = 32
) -> Scores:
    """Return how well the first output of a model, which has probabilities, tells images apart.

    Args:
        model: any model that reads one image and has an output for each class.
        data: what `labelled` returns, or `load`, of which the images held out are taken.
        prepare: makes of an image what the model reads, (height, width, channels) or a batch of one.
        batch_size: images computed at once.

    Returns:
        The scores. Files that cannot be read are not counted, and noted in `data.unreadable`.

    Raises:
        ValueError: if none can be read, or the outputs are no probabilities of the classes.
    """
    check_data(data)
    if not isinstance(model, keras.Model):
        raise ValueError(f"model must be a Keras model; got {shown(model)}.")
    if not callable(prepare):
        raise ValueError(f"prepare must be a function of an image; got {shown(prepare)}.")
    return scored(answers(model, data, prepare, checked_int("batch_size", batch_size)), data)


def answers(
    model: keras.Model, data: Data, prepare: Callable[[ImageSource], np.ndarray], batch_size: int
) -> Answers:
    """Give the classes of the images, batch by batch, with what the first output says of them."""
    for images, labels in batches(data, prepare, batch_size):
        outputs = model.predict_on_batch(np.stack(images))
        first = outputs[0] if isinstance(outputs, (list, tuple)) else outputs
        yield np.array(labels), np.asarray(first, dtype="float32")


def batches(
    data: Data, prepare: Callable[[ImageSource], np.ndarray], batch_size: int
) -> Iterator[tuple[list[np.ndarray], list[int]]]:
    """Give prepared images with their classes, as many at once as asked for; unreadable ones are noted."""
    images: list[np.ndarray] = []
    labels: list[int] = []
    for image, label in zip(*data.test):
        try:
            seen = prepare(image)
        except ValueError as error:
            if not isinstance(image, Path):
                raise
            data.unreadable[image] = str(error)
            continue
        images.append(seen[0] if seen.ndim == 4 else seen)
        labels.append(int(label))
        if len(images) == batch_size:
            yield images, labels
            images, labels = [], []
    if images:
        yield images, labels
