"""A model's file that is written after each epoch."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras

from keras_cnns.atomic_write import written_whole
from keras_cnns.keras_files.checksums import add_checksums
from keras_cnns.keras_files.stored_use import Use, add_use
from keras_cnns.training.view import FROM_0_TO_1


class KeptEachEpoch(keras.callbacks.Callback):
    """Writes the model to a file after each epoch: what ends the training early costs one epoch at most.

    An epoch that cannot be written, because the disk is full, does not end the training, unless it is the
    last one.

    The names of the classes, if they are given, are kept in the file, with pixels from 0 to 1.

    Attributes:
        begun: the number of the epoch under way, 0 before the first.
        kept: the number of the epoch that the file holds, 0 if none.
    """

    def __init__(self, path: Path, tell: Callable[[str], None], classes: Sequence[str] = ()):
        super().__init__()
        self.path, self.tell, self.classes = path, tell, classes
        self.begun = self.kept = 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.begun = epoch + 1

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        try:
            with written_whole(self.path) as file:
                self.model.save(file)
                if self.classes:
                    view = FROM_0_TO_1
                    add_use(file, Use(tuple(self.classes), view.mean, view.std, view.cropped))
                add_checksums(file)
            self.kept = self.begun
        except OSError as error:
            if self.begun == self.params["epochs"]:
                raise
            self.tell(f"epoch {self.begun} is not kept: {error}")

    def stopped(self) -> str:
        """Say what the file holds now that the training has stopped early."""
        held = f"{self.path} holds epoch {self.kept}" if self.kept else "no epoch is kept"
        return f"stopped in epoch {self.begun}; {held}" if self.begun else f"stopped before epoch 1; {held}"


def saved_bytes(model: keras.Model) -> int:
    """Return about how large a file of a model is that Adam trains: it keeps two numbers for each weight."""
    sizes = [math.prod(weight.shape) * (3 if weight.trainable else 1) for weight in model.weights]
    return 4 * sum(sizes)
