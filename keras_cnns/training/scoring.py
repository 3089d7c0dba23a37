"""How well a network tells apart images that it has not seen."""

from collections.abc import Iterator
from dataclasses import dataclass

import keras
import numpy as np

from keras_cnns.arguments import checked_int
from keras_cnns.training.batches import Batches
from keras_cnns.training.checks import check_data, check_model
from keras_cnns.training.data import Data
from keras_cnns.training.hosts import here, summed
from keras_cnns.training.reading import Reader, opened
from keras_cnns.training.view import FROM_0_TO_1, View

# Class numbers, and what the first output says of each, batch by batch.
Answers = Iterator[tuple[np.ndarray, np.ndarray]]
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
    check_data(data)
    check_model(model, data, probabilities=False)
    checked_int("batch_size", batch_size)
    table = np.zeros((len(data.classes),) * 2, dtype=int)
    for labels, found in answers(model, data, batch_size, view, workers):
        np.add.at(table, (labels, np.argmax(found, axis=-1)), 1)
    return of_all(table, data)


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
    check_data(data)
    check_model(model, data)
    checked_int("batch_size", batch_size)
    return scored(answers(model, data, batch_size, view, workers), data)


def scored(found_of: Answers, data: Data) -> Scores:
    """Return the scores of what a model says, batch by batch, of the images held out.

    Raises:
        ValueError: if there is none, or the outputs are not as many as the classes, or no probabilities.
    """
    classes = len(data.classes)
    table = np.zeros((classes, classes), dtype=int)
    losses, among_5 = [], 0
    for labels, found in found_of:
        if found.ndim != 2 or found.shape[-1] != classes:
            got = " × ".join(map(str, found.shape[1:]))
            raise ValueError(f"model must have an output for each of the {classes} classes; got {got}.")
        if found.min() < 0 or not np.allclose(found.sum(axis=-1), 1, atol=1e-2):
            raise ValueError("model must end in probabilities, such as those of softmax.")
        own = found[np.arange(len(labels)), labels]
        np.add.at(table, (labels, np.argmax(found, axis=-1)), 1)
        losses.append(-np.log(np.clip(own.astype("float64"), SMALLEST, 1)))
        # Of equal ones the first counts as the likeliest, as for `argmax`.
        before = (found == own[:, None]) & (np.arange(found.shape[-1]) < labels[:, None])
        among_5 += int((np.sum((found > own[:, None]) | before, axis=-1) < 5).sum())
    table = of_all(table, data)
    loss, among_5 = summed(np.array([np.concatenate([[], *losses]).sum(), among_5]))
    return Scores(table, float(loss) / int(table.sum()), float(among_5) / int(table.sum()))


def of_all(table: np.ndarray, data: Data) -> np.ndarray:
    """Return the sum of the tables of all hosts.

    Raises:
        ValueError: if none of them could read an image.
    """
    whole = summed(table).astype(int)
    if not whole.any():
        reason = next(iter(data.unreadable.values()), "see the other hosts")
        raise ValueError(f"no held-out image can be read any more; {reason}")
    return whole


def answers(
    model: keras.Model, data: Data, batch_size: int, view: View, workers: int | Reader | None
) -> Answers:
    """Give the classes of the held-out images, batch by batch, with what the first output says of them.

    Of several hosts each has a part of the images, and a model that waits for no other.
    """
    at, in_shape = here(), model.input_shape[1:]
    images, labels = data.test
    images, labels = images[at.index :: at.number], labels[at.index :: at.number]
    with opened(images, workers) as reader:
        batches = Batches(
            images,
            labels,
            in_shape,
            lambda labels: labels,
            batch_size,
            unreadable=data.unreadable,
            view=view,
            reader=reader,
        )
        for pixels, true in (batches.readable(i) for i in range(len(batches))):
            if len(pixels):
                outputs = model.predict_on_batch(pixels)
                first = outputs[0] if isinstance(outputs, (list, tuple)) else outputs
                yield true, np.asarray(first, dtype="float32")
