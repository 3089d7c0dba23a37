"""One of several processes that train a small network together: `python host.py PORT NUMBER INDEX FOLDER …`.

With "resume" it goes on; "die=2" lets the last process be killed as epoch 2 begins, "stop=2" lets it hang;
"lost=5" counts a process as lost of which nothing was heard for five seconds. With "tune" the classifier
learns alone for two epochs, then all but the batch normalization.
"""

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

os.environ.update(KERAS_BACKEND="jax", JAX_PLATFORMS="cpu")
sys.modules["tensorflow"] = None  # Keras would import it to set its seed

import keras  # noqa: E402
import numpy as np  # noqa: E402

from keras_cnns import training  # noqa: E402
from keras_cnns.training import hosts, recipes, state  # noqa: E402

RECIPE = replace(
    recipes.SMALL,
    optimizer="sgd",
    schedule="plateau",
    patience=1,
    rate=0.05,
    momentum=0.9,
    decay=1e-3,
    smoothing=0.1,
    clip=2.0,
    averaging=0.9,
    batch=16,
    epochs=5,
)
TUNED = replace(recipes.FINE_TUNING, head_epochs=2, rate=0.01, batch=16, epochs=5)


def digits():
    """64 digits to learn from, four whole batches, and 40 to test on."""
    data = training.load("digits")
    parts = ((images[:n], labels[:n]) for (images, labels), n in ((data.train, 64), (data.test, 40)))
    return training.Data(*parts, data.classes)


def network():
    """Small, with all that has a state of its own: batch normalization, dropout, noise."""
    keras.utils.set_random_seed(1)
    image = keras.Input((8, 8, 1))
    x = keras.layers.Conv2D(4, 3, use_bias=False)(image)
    x = keras.layers.ReLU()(keras.layers.BatchNormalization(momentum=0.9)(x))
    x = keras.layers.Dropout(0.2)(keras.layers.GaussianNoise(0.1)(keras.layers.Flatten()(x)))
    return keras.Model(image, keras.layers.Dense(10, "softmax")(x), name="net")


class Accident(keras.callbacks.Callback):
    """Sends this process a signal as an epoch begins."""

    def __init__(self, number, epoch):
        super().__init__()
        self.number, self.epoch = number, epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch + 1 == self.epoch:
            os.kill(os.getpid(), self.number)


def main(port, number, index, folder, *words):
    options = dict(word.partition("=")[::2] for word in words)
    number, index = int(number), int(index)
    if number > 1:
        addresses = ",".join([f"127.0.0.1:{port}"] * number)
        hosts.join(addresses, index, int(options.get("lost", hosts.LOST_AFTER)))
    accidents = [(signal.SIGKILL, "die"), (signal.SIGSTOP, "stop")] if index == number - 1 else []
    callbacks = [Accident(kind, int(options[name])) for kind, name in accidents if name in options]
    model = network()
    # Only the first process has a folder: nothing says that the hosts share a disk.
    place = Path(folder) if index == 0 else Path(folder) / "nowhere" / str(index)
    recipe = TUNED if "tune" in options else RECIPE
    try:
        training.train(
            model, digits(), place, recipe, seed=3, early_stop=3, resume="resume" in options,
            callbacks=callbacks,
        )  # fmt: skip
    except Exception as error:
        print(f"lost: {hosts.is_loss(error)}; {error}", flush=True)
        hosts.end_at_once(7)
    np.savez(Path(folder) / f"end-{index}.npz", *state.values(model))
    if number > 1:
        hosts.leave()


if __name__ == "__main__":
    main(*sys.argv[1:])
