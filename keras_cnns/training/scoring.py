"""How well a network tells apart images that it has not seen."""

from collections.abc import Iterator
from dataclasses import dataclass

import keras
import numpy as np

from keras_cnns.training.batches import Batches
from keras_cnns.training.data import Data
from keras_cnns.training.reading import Reader, opened
from keras_cnns.training.view import FROM_0_TO_1, View

SMALLEST = 1e-7  # probability that counts in a loss, as in Keras


@dataclass(frozen=True)
class Scores:
    """How held-out images were told apart.

    Attributes:
        table: their number by (true class, class that was found most likely).
        loss: the mean cross-entropy, without smoothing.
        top_5: the share whose class is among the five most likely ones.
    """

    table: np.ndarray
    loss: float
    top_5: float

    @property
    def top_1(self) -> float:
        """The share whose class is the most likely one."""
        return float(self.table.trace() / self.table.sum())


def confusion(
    model: keras.Model,
    data: Data,
    batch_size: int = 32,
    view: View = FROM_0_TO_1,
    workers: int | Reader | None = None,
) -> np.ndarray:
    """Count the held-out images by (true class, class that the first output finds most likely).

    Files that cannot be read are not counted, and noted in `data.unreadable`. `workers` is as for `fit`.

    Raises:
        ValueError: if none can be read.
    """
    table = np.zeros((len(data.classes),) * 2, dtype=int)
    for labels, found in answers(model, data, batch_size, view, workers):
        np.add.at(table, (labels, np.argmax(found, axis=-1)), 1)
    return table


def scores(
    model: keras.Model,
    data: Data,
    batch_size: int = 32,
    view: View = FROM_0_TO_1,
    workers: int | Reader | None = None,
) -> Scores:
    """Return how well the first output, which has probabilities, tells the held-out images apart.

    Files that cannot be read are not counted, and noted in `data.unreadable`. `workers` is as for `fit`.

    Raises:
        ValueError: if none can be read, or the outputs are no probabilities.
    """
    table = np.zeros((len(data.classes),) * 2, dtype=int)
    losses, among_5 = [], 0
    for labels, found in answers(model, data, batch_size, view, workers):
        if found.shape[-1] != len(data.classes):
            number, got = len(data.classes), found.shape[-1]
            raise ValueError(f"model must have an output for each of the {number} classes; got {got}.")
        if found.min() < 0 or not np.allclose(found.sum(axis=-1), 1, atol=1e-2):
            raise ValueError("model must end in probabilities, such as those of softmax.")
        own = found[np.arange(len(labels)), labels]
        np.add.at(table, (labels, np.argmax(found, axis=-1)), 1)
        losses.append(-np.log(np.clip(own.astype("float64"), SMALLEST, 1)))
        among_5 += int((np.sum(found > own[:, None], axis=-1) < 5).sum())
    return Scores(table, float(np.concatenate(losses).mean()), among_5 / int(table.sum()))


def answers(
    model: keras.Model, data: Data, batch_size: int, view: View, workers: int | Reader | None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Give the classes of the held-out images, batch by batch, with what the first output says of them."""
    in_shape, seen = model.input_shape[1:], False
    with opened(data.test[0], workers) as reader:
        batches = Batches(
            *data.test,
            in_shape,
            lambda labels: labels,
            batch_size,
            unreadable=data.unreadable,
            view=view,
            reader=reader,
        )
        for images, labels in (batches.readable(i) for i in range(len(batches))):
            if len(images):
                seen = True
                outputs = model.predict_on_batch(images)
                first = outputs[0] if isinstance(outputs, (list, tuple)) else outputs
                yield labels, np.asarray(first, dtype="float32")
    if not seen:
        raise ValueError(f"no held-out image can be read any more; {next(iter(data.unreadable.values()))}")
