"""Two devices that share each batch lead to the weights of one; a run on them goes on bit for bit."""

import json
import os
import subprocess
import sys
import textwrap

import keras
import pytest

from keras_cnns.training import devices

SCRIPT = """
    import json
    import sys
    from dataclasses import replace
    from pathlib import Path

    import keras
    import numpy as np
    from keras_cnns import training
    from keras_cnns.training import recipes, state

    training.prepare(2)
    folder = Path(sys.argv[1])
    recipe = replace(
        recipes.SMALL, optimizer="sgd", schedule="plateau", patience=1, rate=0.5, warm_up=2,
        momentum=0.9, decay=1e-2, smoothing=0.1, clip=0.5, averaging=0.9, batch=16, epochs=3,
    )
    digits = training.load("digits")

    def few(number):
        (images, labels), (others, rest) = digits.train, digits.test
        return training.Data((images[:number], labels[:number]), (others[:41], rest[:41]), digits.classes)

    def network(dropout=0.0):
        keras.utils.set_random_seed(1)
        image = keras.Input((8, 8, 1))
        x = keras.layers.Dense(20, use_bias=False)(keras.layers.Flatten()(image))
        x = keras.layers.ReLU()(keras.layers.BatchNormalization(momentum=0.9)(x))
        x = keras.layers.Dropout(dropout)(x) if dropout else x
        return keras.Model(image, keras.layers.Dense(10, "softmax")(x), name="net")

    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if self.epoch == 2 and batch == 1:
                raise KeyboardInterrupt

        def on_epoch_begin(self, epoch, logs=None):
            self.epoch = epoch

    def last(name):
        return state.read_state(max((folder / name).glob("state-*.npz")))[0]

    def largest(one, two):
        return max(float(abs(a.astype("float64") - b).max()) for a, b in zip(one, two))

    said, told = {}, []
    rows = {}
    for number in (1, 2):
        model = network()
        place = folder / f"of {number}"
        rows[number] = training.train(model, few(72), place, recipe, devices=number, tell=told.append)
        last_weights = [np.array(weight) for weight in model.get_weights()]
    said["told"] = told
    said["to one device"] = largest(last("of 1"), last("of 2"))
    said["rows"] = [[{**row, "images_per_second": 0} for row in each] for each in rows.values()]
    whole = keras.saving.load_model(folder / "of 2" / "model.keras")
    said["to the file"] = largest(whole.get_weights(), last_weights)
    table = training.confusion(model, few(72))
    said["tested"], said["right"] = int(table.sum()), float(table.trace() / table.sum())

    # With dropout and an end that does not divide; stopped in a step, and gone on with.
    training.train(network(0.2), few(71), folder / "whole", recipe, devices=2, tell=told.append)
    try:
        training.train(network(0.2), few(71), folder / "cut", recipe, devices=2, callbacks=[Stop()])
    except KeyboardInterrupt:
        said["stopped"] = len(list((folder / "cut").glob("state-*")))
    training.train(network(0.2), few(71), folder / "cut", recipe, devices=2, resume=True)
    said["to a whole run"] = sum(a.tobytes() != b.tobytes() for a, b in zip(last("whole"), last("cut")))

    def refused(**options):
        try:
            training.train(network(), few(72), folder / "none", recipe, **options)
        except ValueError as error:
            return str(error)

    said["refused"] = [refused(devices=number, batch_size=15) for number in (2, 3, 0)]
    said["none"] = not (folder / "none").exists()
    (folder / "said.json").write_text(json.dumps(said))
"""


def run(script, folder, backend):
    """What a script said about its trainings in a folder."""
    environment = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": os.pathsep.join(sys.path)}
    words = [sys.executable, "-c", textwrap.dedent(script), str(folder)]
    done = subprocess.run(words, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "said.json").read_text())


@pytest.mark.long
@pytest.mark.parametrize("backend", ["jax", "tensorflow"])
def test_two_devices(tmp_path, backend):
    """They share a run with decay, momentum, clipping, averages, normalization and a plateau."""
    said = run(SCRIPT, tmp_path, backend)
    assert said["to one device"] < 1e-6
    one, two = said["rows"]
    for first, second in zip(one, two):
        assert first == pytest.approx(second, abs=1e-5)
    assert len(one) == 3 and said["tested"] == 41 and said["right"] == two[-1]["val_accuracy"]
    assert said["to the file"] == 0
    assert (said["stopped"], said["to a whole run"]) == (2, 0)
    line = "the last step of an epoch shows 1 image again, so that 2 devices can share it"
    assert said["told"] == [line]
    indivisible, missing, none = said["refused"]
    assert indivisible == "devices must divide the images in a step; got 2 devices for 15 images."
    assert missing.startswith(f"devices must be at most 2, of which {backend} knows; got 3. ")
    assert none == "devices must be an int, at least 1; got 0." and said["none"]


TUNED = """
    import json
    import sys
    from dataclasses import replace
    from pathlib import Path

    import keras
    import numpy as np
    from keras_cnns import training
    from keras_cnns.training import recipes, state

    training.prepare(2)
    folder = Path(sys.argv[1])
    recipe = replace(recipes.FINE_TUNING, epochs=4, head_epochs=2, batch=16, rate=0.01)
    digits = training.load("digits")
    (images, labels), (others, rest) = digits.train, digits.test
    few = training.Data((images[:64], labels[:64]), (others[:41], rest[:41]), digits.classes)

    def network(seed=1):
        keras.utils.set_random_seed(seed)
        image = keras.Input((8, 8, 1))
        x = keras.layers.Conv2D(6, 3, use_bias=False, name="conv")(image)
        x = keras.layers.BatchNormalization(momentum=0.9, name="bn")(x)
        x = keras.layers.ReLU(name="trunk")(x)
        x = keras.layers.Flatten(name="flatten")(x)
        return keras.Model(image, keras.layers.Dense(10, "softmax", name="classes")(x), name="net")

    class Stop(keras.callbacks.Callback):
        def __init__(self, last):
            super().__init__()
            self.last = last

        def on_epoch_end(self, epoch, logs=None):
            if epoch + 1 == self.last:
                raise KeyboardInterrupt

    def kept(name, epoch=4):
        return state.read_state(folder / name / f"state-{epoch:04}.npz")[0]

    def weights(model):
        return {weight.path: np.array(keras.ops.convert_to_numpy(weight)) for weight in model.weights}

    def changed(before, after):
        return sorted(path for path in before if not np.array_equal(before[path], after[path]))

    said, models = {}, {}
    before = weights(network())
    for number in (1, 2):
        models[number] = network()
        training.train(models[number], few, folder / f"of {number}", recipe, devices=number)
    one, two = (weights(models[number]) for number in (1, 2))
    said["changed"] = changed(before, two)
    said["to one device"] = max(float(abs(one[path] - two[path]).max()) for path in one)
    head = network()
    training.train(head, few, folder / "head", recipe, devices=2, epochs=1)
    said["changed at first"] = changed(before, weights(head))
    for last in (1, 2, 3):  # stopped in the first part, between both, in the second
        try:
            training.train(network(), few, folder / "cut", recipe, devices=2, resume=last > 1,
                           callbacks=[Stop(last)])
        except KeyboardInterrupt:
            pass
    again = network(9)
    training.train(again, few, folder / "cut", recipe, devices=2, resume=True)
    said["to a whole run"] = sum(a.tobytes() != b.tobytes() for a, b in zip(kept("of 2"), kept("cut")))
    said["variables"] = len(kept("cut"))
    file = keras.saving.load_model(folder / "cut" / "model.keras")
    said["learns in the file"] = len(file.trainable_weights)
    (folder / "said.json").write_text(json.dumps(said))
"""


@pytest.mark.peers
@pytest.mark.parametrize("backend", ["jax", "tensorflow"])
def test_two_devices_tune_a_network_that_has_learned(tmp_path, backend):
    """Both parts of the run are those of one device; it goes on bit for bit in either and between them."""
    said = run(TUNED, tmp_path, backend)
    assert said["changed at first"] == ["classes/bias", "classes/kernel"]
    assert said["changed"] == ["classes/bias", "classes/kernel", "conv/kernel"]
    assert said["to one device"] < 2e-6
    assert said["to a whole run"] == 0 and said["variables"] > 10
    assert said["learns in the file"] == 5


def test_pytorch_is_refused(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    for ask in (devices.prepare, lambda number: devices.check_devices(number, 8)):
        with pytest.raises(
            ValueError, match="devices must be 1 with torch, .*; got 2. Set KERAS_BACKEND=jax or"
        ):
            ask(2)
    assert devices.check_devices(1, 7) == 1
