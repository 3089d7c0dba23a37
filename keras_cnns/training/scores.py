"""How well a network tells apart images that it has not seen."""

import keras
import numpy as np

from keras_cnns.training.batches import Batches
from keras_cnns.training.data import Data


def confusion(model: keras.Model, data: Data, batch_size: int = 32) -> np.ndarray:
    """Count the held-out images by (true class, class that the first output finds most likely).

    Files that can no longer be read are not counted, and noted in `data.unreadable`.

    Raises:
        ValueError: if none can be read.
    """
    in_shape = model.input_shape[1:]
    batches = Batches(*data.test, in_shape, lambda labels: labels, batch_size, unreadable=data.unreadable)
    table = np.zeros((len(data.classes),) * 2, dtype=int)
    for images, labels in (batches.readable(i) for i in range(len(batches))):
        if images:
            outputs = model.predict_on_batch(np.stack(images))
            first = outputs[0] if isinstance(outputs, (list, tuple)) else outputs
            np.add.at(table, (labels, np.argmax(first, axis=-1)), 1)
    if not table.any():
        raise ValueError(f"no held-out image can be read any more; {next(iter(data.unreadable.values()))}")
    return table
