"""Training of all outputs of a model on the images of a data set."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_cnns.training.batches import Batches, EachEpoch
from keras_cnns.training.data import Data
from keras_cnns.training.hosts import here
from keras_cnns.training.reading import Reader, opened
from keras_cnns.training.view import FROM_0_TO_1, View


def fit(
    model: keras.Model,
    data: Data,
    epochs: int,
    batch_size: int,
    seed: int,
    view: View = FROM_0_TO_1,
    class_weights: np.ndarray | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    workers: int | Reader | None = None,
    multiple: int = 1,
    **options: Any,
) -> None:
    """Train all outputs of `model` on the images that are not held out.

    A file that cannot be read is noted in `data.unreadable`; the next one of the epoch takes its place. The
    order of the images and the distortion of each follow from `seed` and the number of the epoch, also with
    `initial_epoch`.

    Args:
        model: a compiled model whose outputs are probabilities of the classes.
        data: what `load` returns.
        epochs: number of the last epoch; the first is 1.
        batch_size: images in one step.
        seed: of the order and the distortions.
        view: how the model sees images.
        class_weights: how much the loss of an image of each class counts.
        callbacks: those of Keras.
        workers: how many processes read and distort the images; 0 does so in this process. By default one for
            each processor core if the images are 64 files or more, else none. The pixels are the same.
        multiple: the last batch of an epoch, which may be smaller, is filled up to a multiple of this number
            with the first images of the epoch.
        **options: go to `Model.fit`, such as `verbose` and `initial_epoch`.

    Raises:
        ValueError: if no file can be read any more.
        WorkerEnded: if a process that reads images has ended.
    """
    eye = np.eye(len(data.classes), dtype="float32")
    outputs = len(model.outputs)

    def targets(labels: np.ndarray) -> Any:
        return eye[labels] if outputs == 1 else (eye[labels],) * outputs

    with opened(data.train[0], workers) as reader:
        batches = Batches(
            *data.train,
            model.input_shape[1:],
            targets,
            batch_size,
            seed,
            data.unreadable,
            view,
            class_weights,
            reader,
            here(),
            multiple,
        )
        batches.epoch = options.get(
            "initial_epoch", 0
        )  # Keras looks at a batch before the first epoch begins
        try:
            model.fit(
                batches, epochs=epochs, shuffle=False, callbacks=[EachEpoch(batches), *callbacks], **options
            )
        except Exception as error:
            if batches.failed is not None:  # TensorFlow makes another exception of it
                raise batches.failed from None
            raise_interruption(error)
            raise


def raise_interruption(error: BaseException) -> None:
    """Raise what ended a training, such as Ctrl-C, if Keras stumbled while it was unwinding."""
    cause = error.__context__
    while cause is not None:
        if not isinstance(cause, Exception):
            raise cause from None
        cause = cause.__context__
