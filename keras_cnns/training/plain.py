"""A trained model as a file that plain Keras reads, with what its use needs."""

from pathlib import Path
from typing import Any

import keras

from keras_cnns.atomic_write import written_whole
from keras_cnns.keras_files.checksums import add_checksums
from keras_cnns.keras_files.stored_use import Use, add_use
from keras_cnns.submodels import unfreeze
from keras_cnns.submodels.cutting import inputs_of
from keras_cnns.training.view import View


class PlainCopy:
    """A copy of a model, compiled with an optimizer of Keras, that takes over the weights and is written.

    The optimizers of the recipes are classes of this package; a file with one in it would need the package.
    Of several outputs the copy has the first: the others help to train, and are dropped after it. With
    `thawed` its layers all learn, whatever is frozen in the model now.
    """

    def __init__(self, model: keras.Model, classes: list[str], view: View, thawed: bool = False):
        self.model, self.thawed = model, thawed
        if len(model.outputs) > 1:
            self.model = keras.Model(inputs_of(model), model.outputs[0], name=model.name)
        self.copy: Any = None
        self.use = Use(tuple(classes), view.mean, view.std, view.cropped, view.order)

    def now(self) -> keras.Model:
        """Return the copy with the model's weights of now."""
        if self.copy is None:
            self.copy = keras.models.clone_model(self.model)
            if self.thawed:
                unfreeze(self.copy, batch_normalization=False)
            self.copy.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
        self.copy.set_weights(self.model.get_weights())
        return self.copy

    def write(self, path: Path) -> None:
        """Write the model with its weights of now, whole or not at all."""
        self.now()
        with written_whole(path) as file:
            self.copy.save(file)
            add_use(file, self.use)
            add_checksums(file)
