"""A network that has learned elsewhere: its classifier learns first, then all of it, in one run."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from keras import layers

import keras_cnns
from keras_cnns import training
from keras_cnns.training import recipes, room, state
from keras_cnns.training.phases import phases
from keras_cnns.training.view import View

RECIPE = replace(recipes.FINE_TUNING, epochs=4, head_epochs=2, batch=32)


@pytest.fixture(scope="module")
def digits():
    return training.load("digits")


def part(data, numbers, to_learn, held_out):
    """Some of the digits, as classes of their own."""
    parts = []
    for (images, labels), most in ((data.train, to_learn), (data.test, held_out)):
        chosen = np.flatnonzero(np.isin(labels, numbers))[:most]
        new = np.array([numbers.index(label) for label in labels[chosen]])
        parts.append(([images[i] for i in chosen], new))
    return training.Data(*parts, [str(number) for number in numbers])


def network(classes, seed=1):
    keras.utils.set_random_seed(seed)
    image = keras.Input((8, 8, 1))
    x = image
    for width in (16, 32):
        x = layers.Conv2D(width, 3, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
    x = layers.Dropout(0.2)(layers.Flatten()(layers.MaxPooling2D(2, name="trunk")(x)))
    return keras.Model(image, layers.Dense(classes, "softmax", name="classes")(x), name="net")


def with_trunk_of(other, classes, seed=1):
    model = network(classes, seed)
    for mine, theirs in zip(model.layers[:-1], other.layers[:-1]):
        mine.set_weights(theirs.get_weights())
    return model


def everything(model):
    return [value.tobytes() for value in state.values(model)]


def trunk_of(model):
    trunk = keras_cnns.features(model, "trunk")
    return {weight.path: np.array(weight) for weight in trunk.weights}


class Stop(BaseException):
    pass


class StopAt(keras.callbacks.Callback):
    """Ends a training as no handler expects, in an epoch or after it."""

    def __init__(self, epoch, after=False):
        super().__init__()
        self.epoch, self.after, self.now = epoch, after, 0

    def on_epoch_begin(self, epoch, logs=None):
        self.now = epoch + 1

    def on_train_batch_end(self, batch, logs=None):
        if self.now == self.epoch and batch == 1 and not self.after:
            raise Stop

    def on_epoch_end(self, epoch, logs=None):
        if self.now == self.epoch and self.after:
            raise Stop


def test_the_classifier_learns_alone_then_all_but_normalizations(digits, tmp_path):
    few = part(digits, [0, 1, 2], 64, 30)
    model = network(3)
    before = trunk_of(model)
    seen = {}

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen[epoch + 1] = trunk_of(model)

    rows = training.train(model, few, tmp_path / "run", RECIPE, callbacks=[Look()])
    for path, value in seen[2].items():
        assert np.array_equal(value, before[path])
    for path, value in seen[4].items():
        assert np.array_equal(value, before[path]) == ("batch_normalization" in path)
    assert [row["epoch"] for row in rows] == [1, 2, 3, 4]
    assert [row["learning_rate"] > 2e-4 for row in rows] == [True, True, False, False]
    again = keras.saving.load_model(tmp_path / "run" / "best.keras")
    assert len(again.trainable_weights) == 2 * 3 + 2  # nothing is frozen in the file


def test_a_run_stopped_in_either_part_or_between_has_the_same_bits(digits, tmp_path):
    few = part(digits, [0, 1, 2], 70, 30)
    whole = network(3)
    expected = training.train(whole, few, tmp_path / "whole", RECIPE)
    for number, stop in enumerate((StopAt(2), StopAt(2, after=True), StopAt(4))):
        with pytest.raises(Stop):
            training.train(
                network(3, seed=1 if number == 0 else 9), few, tmp_path / "run", RECIPE,
                resume=number > 0, callbacks=[stop],
            )  # fmt: skip
    model = network(3, seed=9)
    rows = training.train(model, few, tmp_path / "run", RECIPE, resume=True)
    assert everything(model) == everything(whole)
    timeless = [[{**row, "images_per_second": 0} for row in each] for each in (rows, expected)]
    assert timeless[0] == timeless[1]


@pytest.mark.long
def test_what_was_learned_elsewhere_helps(digits, tmp_path):
    """After one epoch on 80 of the digits 5 to 9, in the same way: with what 0 to 4 taught, or nothing.

    The means of two beginnings, since one beginning can be lucky.
    """
    other = network(5)
    training.train(other, part(digits, [0, 1, 2, 3, 4], 640, 50), tmp_path / "other", epochs=10)
    few = part(digits, [5, 6, 7, 8, 9], 80, 150)
    accuracies = [
        [
            training.train(model, few, tmp_path / f"{name}{seed}", epochs=1, batch_size=16)[0]["val_accuracy"]
            for name, model in (("tuned", with_trunk_of(other, 5, seed)), ("scratch", network(5, seed)))
        ]
        for seed in (2, 3)
    ]
    print(accuracies)
    tuned, scratch = np.mean(accuracies, axis=0)
    assert tuned > scratch + 0.05


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_room_is_needed_for_the_part_in_which_the_most_learns(digits, tmp_path, optimizer):
    """What is reckoned at first is the size of the state at the end, and not that of the first one."""
    recipe = replace(RECIPE, optimizer=optimizer, momentum=0.9, epochs=2, head_epochs=1)
    reckoned = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "largest_state", lambda *given, really=room.largest_state: reckoned.append(
            really(*given)) or reckoned[-1])  # fmt: skip
        model = network(3)
        training.train(model, part(digits, [0, 1, 2], 32, 10), tmp_path / "run", recipe)
    first, last = (sum(array.nbytes for array in values_of(tmp_path / "run", epoch)) for epoch in (1, 2))
    assert first < 0.8 * last
    assert reckoned == [pytest.approx(last, rel=0.02)]


def values_of(folder, epoch):
    return state.read_state(folder / f"state-{epoch:04}.npz")[0]


def test_phases():
    found = phases(recipes.scaled(recipes.FINE_TUNING, epochs=30))
    assert [(phase.first, phase.last, phase.recipe.epochs) for phase in found] == [(0, 10, 10), (10, 30, 20)]
    assert [(phase.first, phase.last) for phase in phases(recipes.scaled(recipes.FINE_TUNING, epochs=1))] == [
        (0, 1)
    ]
    assert len(phases(recipes.SMALL)) == 1


def test_channels_in_the_order_of_the_weights():
    """Caffe's weights read blue first, and so does what is stored with a model."""
    colour = np.zeros((1, 1, 3), "uint8") + np.array([10, 20, 30], "uint8")
    found = training.augment.scaled(colour, View((1.0, 2.0, 3.0), (1.0,), order="BGR"))
    assert found.tolist() == [[[29.0, 18.0, 7.0]]]
    with pytest.raises(ValueError, match="view must be a training.View"):
        training.fine_tuning("RGB")
