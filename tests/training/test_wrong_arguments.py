"""Wrong arguments of a training are refused before it begins, by an error that names them."""

import keras
import numpy as np
import pytest
from keras import layers
from support.bad_arguments import values

from keras_cnns import training


def data():
    images = np.zeros((6, 8, 8), "uint8")
    labels = np.arange(6) % 2
    return training.Data((list(images), labels), (list(images), labels), ["no", "yes"])


def model(size=(8, 8, 1), classes=2, activation="softmax"):
    inputs = keras.Input(size)
    x = layers.GlobalAveragePooling2D()(inputs)
    return keras.Model(inputs, layers.Dense(classes, activation=activation, name="answer")(x), name="small")


MODELS = [
    (model(classes=3), "an output for each of the 2 classes; 'answer' gives .3,"),
    (model(activation=None), "end in probabilities, .*'answer' has no activation"),
    (model((None, None, 3)), "one image of a known size .*; 'small' reads .None, None, 3"),
    (model((8, 8, 4)), "with 1 or 3 channels"),
]


@pytest.mark.parametrize(("wrong", "message"), MODELS)
def test_models_that_cannot_be_trained(wrong, message, tmp_path):
    for call in (
        lambda: training.train(wrong, data(), tmp_path / "run"),
        lambda: training.scores(wrong, data()),
    ):
        with pytest.raises(ValueError, match=f"^model must .*{message}"):
            call()
    assert not (tmp_path / "run").exists()


RIGHT = {"recipe": training.recipe("lenet_5"), "epochs": 1, "batch_size": 2, "learning_rate": 0.1, "seed": 1}
RIGHT |= {"early_stop": 1, "class_weights": None, "workers": 0, "devices": 1, "tensorboard": False}
RIGHT |= {"resume": False, "anew": False, "callbacks": ()}
WRONG = {
    "recipe": "paper",
    "epochs": 0,
    "batch_size": 2.5,
    "learning_rate": -1,
    "seed": -1,
    "early_stop": 0,
    "class_weights": "even",
    "workers": -1,
    "devices": 0,
    "tensorboard": "yes",
    "resume": 7,
    "anew": "x",
    "callbacks": [print],
}


@pytest.mark.parametrize("argument", WRONG)
def test_arguments_of_train(argument, tmp_path):
    with pytest.raises(ValueError, match=rf"^{argument} "):
        training.train(model(), data(), tmp_path / "run", **{**RIGHT, argument: WRONG[argument]})
    assert not (tmp_path / "run").exists()


CALLS = {
    "recipe": (training.recipe, {"name": "lenet_5", "choice": "small", "plateau": False}),
    "fine_tuning": (training.fine_tuning, {"view": training.View()}),
    "load": (training.load, {"data": "no/such/folder"}),
    "prepare": (training.prepare, {"devices": 1}),
    "confusion": (training.confusion, {"model": model(), "data": data(), "batch_size": 2}),
    "scores": (training.scores, {"model": model(), "data": data(), "batch_size": 2}),
}


@pytest.mark.parametrize("name", CALLS)
def test_any_value_in_place_of_an_argument(name):
    function, given = CALLS[name]
    for argument in given:
        for value in values():
            try:
                function(**{**given, argument: value})
            except (ValueError, TypeError) as error:
                assert argument in str(error) or str(value) in str(error), (argument, value, error)
            except OSError:
                assert argument in ("data", "folder")
