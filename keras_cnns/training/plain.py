"""A trained model as a file that plain Keras reads, with what its use needs."""

from pathlib import Path
from typing import Any

import keras

from keras_cnns.atomic_write import written_whole
from keras_cnns.keras_files.checksums import add_checksums
from keras_cnns.keras_files.stored_use import Use, add_use
from keras_cnns.training.view import View


class PlainCopy:
    """A copy of a model, compiled with an optimizer of Keras, that takes over the weights and is written.

    The optimizers of the recipes are classes of this package; a file with one in it would need the package.
    """

    def __init__(self, model: keras.Model, classes: list[str], view: View):
        self.model = model
        self.copy: Any = None
        self.use = Use(tuple(classes), view.mean, view.std, view.cropped)

    def now(self) -> keras.Model:
        """Return the copy with the model's weights of now."""
        if self.copy is None:
            self.copy = keras.models.clone_model(self.model)
            outputs = len(self.model.outputs)
            losses: Any = ["categorical_crossentropy"] * outputs
            metrics: Any = ["accuracy"] * outputs
            self.copy.compile("sgd", losses if outputs > 1 else losses[0], metrics=metrics)
        self.copy.set_weights(self.model.get_weights())
        return self.copy

    def write(self, path: Path) -> None:
        """Write the model with its weights of now, whole or not at all."""
        self.now()
        with written_whole(path) as file:
            self.copy.save(file)
            add_use(file, self.use)
            add_checksums(file)
