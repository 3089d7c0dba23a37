"""Wrong arguments of a training are refused before it begins, by an error that names them."""

import functools

import keras
import numpy as np
import pytest
from keras import layers
from support.bad_arguments import values

from keras_cnns import training
from keras_cnns.training import hosts, on_ray, scaling


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


RECKONED = {"parameters": 10, "images_per_second": 2.5, "gigabits": 10, "devices": (1, 2), "images": 100}
RECKONED |= {"epochs": 2, "batch": 8, "largest_batch": 16}
RAY = {"build": model, "read": data, "folder": "run", "recipe": training.recipe("lenet_5"), "hosts": 2}
RAY |= {"restarts": 1, "needs": None}
CALLS = {
    "evaluate": (
        functools.partial(training.evaluate, model(), prepare=lambda image: np.zeros((8, 8, 1))),
        {"data": data(), "batch_size": 2},
    ),
    "join": (hosts.join, {"addresses": None, "index": None, "lost_after": 5}),
    "reckon": (scaling.reckon, RECKONED),
    "train_on_ray": (on_ray.train_on_ray, RAY),
    "recipe": (training.recipe, {"name": "lenet_5", "choice": "small", "plateau": False}),
    "fine_tuning": (training.fine_tuning, {"view": training.View()}),
    "load": (training.load, {"data": "no/such/folder"}),
    "prepare": (training.prepare, {"devices": 1}),
    "confusion": (training.confusion, {"model": model(), "data": data(), "batch_size": 2}),
    "scores": (training.scores, {"model": model(), "data": data(), "batch_size": 2}),
}


@pytest.mark.parametrize("name", CALLS)
def test_any_value_in_place_of_an_argument(name, monkeypatch):
    """What is right by chance goes no further than to an engine that is not there."""

    def absent(*_):
        raise ImportError("absent")

    monkeypatch.setattr(on_ray, "_ray", absent)
    monkeypatch.setattr(hosts, "refuse_for_hosts", absent)
    function, given = CALLS[name]
    refused(function, given)


def test_any_value_in_place_of_an_argument_of_labelled(tmp_path):
    (tmp_path / "no").mkdir()
    (tmp_path / "no" / "a.png").touch()
    given = {"folder": tmp_path, "classes": ["no", "yes"], "also": None}
    assert len(training.labelled(**given).test[0]) == 1
    refused(training.labelled, given)
    with pytest.raises(
        ValueError, match="^folder must be a folder with one sub-folder per class; got 'none'"
    ):
        training.labelled("none", ["no"])


def refused(function, given):
    """Each argument that is wrong is named, or what was given is."""
    for argument in given:
        for value in values():
            try:
                function(**{**given, argument: value})
            except (ValueError, TypeError, ImportError) as error:
                assert argument in str(error) or str(value) in str(error) or str(error) == "absent", (
                    argument, value, error,
                )  # fmt: skip
            except OSError:
                assert argument in ("data", "folder")
