"""Labels that a loss cannot take: the words name ways that work, and nothing else changes."""

import gc
import inspect
import os
import pickle
import subprocess
import sys
import weakref
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

import keras_cnns
from keras_cnns.submodels.label_errors import explain_labels

IMAGES = np.zeros((6, 32, 32, 1), "float32")
INTS = np.array([2, 1, 1, 0, 2, 0])
ONE_HOT = np.eye(3, dtype="float32")[INTS]
WAYS = r'create\(\.\.\., loss="sparse.*recompile\(model, loss="sparse.*to_categorical\(y, 3\).*label_mode'
QUIET = {"batch_size": 3, "verbose": 0}


def network(**options):
    return keras_cnns.create("lenet_caffe", (32, 32, 1), 3, **options)


def two_heads():
    """Built by `without_aux` from a model of the user's own, for a second one that gives the same words."""
    image = keras.Input((32, 32, 1))
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(2, 3)(image))
    model = keras.Model(image, [layers.Dense(3, "softmax", name=name)(x) for name in ("one", "two")])
    model.compile("sgd", ["categorical_crossentropy"] * 2, metrics=["accuracy"] * 2)
    return model


@pytest.mark.parametrize("labels", [INTS, INTS[:, None]])
def test_ints_are_answered_with_ways_that_work_on_the_same_model(labels):
    model = network()
    for method in (model.fit, model.evaluate):
        with pytest.raises(ValueError, match=WAYS):
            method(IMAGES, labels, **QUIET)
    for method in (model.train_on_batch, model.test_on_batch):
        with pytest.raises(ValueError, match=WAYS):
            method(IMAGES, labels)
    model.fit(IMAGES, keras.utils.to_categorical(labels, 3), **QUIET)
    with pytest.raises(ValueError, match=WAYS):
        model.fit(IMAGES, labels, **QUIET)
    keras_cnns.recompile(model, loss="sparse_categorical_crossentropy")
    assert sorted(model.fit(IMAGES, labels, **QUIET).history) == ["accuracy", "loss"]


def test_labels_of_a_folder_of_images(tmp_path):
    for name in ("cat", "dog", "owl"):
        (tmp_path / name).mkdir()
        keras.utils.save_img(tmp_path / name / "1.png", np.zeros((32, 32, 1)))
    options = {"image_size": (32, 32), "color_mode": "grayscale", "verbose": False}
    with pytest.raises(ValueError, match=WAYS):
        network().fit(keras.utils.image_dataset_from_directory(tmp_path, **options), verbose=0)
    one_hot = keras.utils.image_dataset_from_directory(tmp_path, label_mode="categorical", **options)
    network().fit(one_hot, verbose=0)
    with pytest.raises(ValueError, match=WAYS):
        network().fit(IMAGES, INTS.astype("float32"), **QUIET)


def test_other_classes_and_one_hot_labels_for_a_sparse_loss():
    with pytest.raises(ValueError, match=r"of 3 classes.*got shape .*, 5\).*n_classes=5\) has"):
        network().fit(IMAGES, np.eye(5)[INTS], **QUIET)
    sparse = network(loss="sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match=r'ints, \(batch,\).*recompile\(model, loss="categorical'):
        sparse.fit(IMAGES, ONE_HOT, **QUIET)
    sparse.fit(IMAGES, INTS, **QUIET)


def test_one_target_for_several_heads_and_what_they_are_given():
    model = explain_labels(two_heads())
    for method in (model.fit, model.evaluate):
        with pytest.raises(ValueError, match=r"list of 2 targets.*one_target\(model\).fit.*\[y\] \* 2"):
            method(IMAGES, ONE_HOT, **QUIET)
    with pytest.raises(ValueError, match=WAYS):
        model.fit(IMAGES, [INTS] * 2, **QUIET)
    weights = {0: 1.0, 1: 2.0, 2: 1.0}
    with pytest.raises(ValueError, match=r"class_weight must be left out .* 2 outputs.*one_target"):
        model.fit(IMAGES, [ONE_HOT] * 2, class_weight=weights, **QUIET)
    keras_cnns.one_target(model).fit(IMAGES, ONE_HOT, class_weight=weights, **QUIET)
    assert "class_weight" in inspect.signature(model.fit).parameters
    model.fit(IMAGES, [ONE_HOT] * 2, **QUIET)
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    with pytest.raises(ValueError, match=r"each of the 2 outputs.*recompile\(model, metrics="):
        model.fit(IMAGES, [ONE_HOT] * 2, **QUIET)
    keras_cnns.recompile(model, metrics=["accuracy"]).fit(IMAGES, [ONE_HOT] * 2, **QUIET)


@pytest.mark.parametrize("part", [keras_cnns.one_target, keras_cnns.without_aux])
def test_parts_that_are_compiled_here_say_it_too(part):
    model = part(two_heads())
    with pytest.raises(ValueError, match=WAYS):
        model.fit(IMAGES, INTS, **QUIET)
    model.fit(IMAGES, ONE_HOT, **QUIET)


@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("labels", [(6,), (6, 1), (6, 3), (6, 5)])
@pytest.mark.parametrize(
    "loss",
    [
        "categorical_crossentropy",
        keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
        "sparse_categorical_crossentropy",
        "categorical_focal_crossentropy",
        "binary_crossentropy",
        "mse",
        lambda y, p: keras.ops.mean(p),
    ],
)
def test_nothing_is_refused_that_keras_takes(loss, labels, outputs):
    """The same model, without our words and with them."""
    y, taken = np.zeros(labels, "float32"), []
    for prepared in (lambda model: model, explain_labels):
        inputs = keras.Input((4,))
        model = keras.Model(inputs, layers.Dense(outputs, "sigmoid")(inputs))
        model.compile("sgd", loss)
        try:
            prepared(model).test_on_batch(np.zeros((6, 4)), y)
            taken.append(True)
        except Exception:
            taken.append(False)
    assert taken[0] == taken[1]


def test_model_is_saved_copied_and_freed_like_any(tmp_path):
    model = network()
    model.save(tmp_path / "a.keras")
    code = (
        "import sys, keras; model = keras.saving.load_model(sys.argv[1]); "
        "print('compute_loss' in vars(model), model.loss, 'keras_cnns' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "a.keras"], capture_output=True, encoding="utf-8"
    )
    assert run.stdout.split() == ["False", "categorical_crossentropy", "False"], run.stderr
    for copied in (pickle.loads(pickle.dumps(model)), keras.models.clone_model(model)):
        assert type(copied) is type(model) and "compute_loss" not in vars(copied)
    gone = weakref.ref(model)
    del model, copied
    gc.collect()
    assert gone() is None


ELSEWHERE = f"""
import numpy as np
import keras_cnns
x, ints = np.zeros((6, 32, 32, 1), "float32"), np.array({INTS.tolist()})
model = keras_cnns.create("lenet_caffe", (32, 32, 1), 3)
for method in (model.fit, model.evaluate):
    try:
        method(x, ints, verbose=0)
    except ValueError as error:
        assert "label_mode" in str(error), error
model.fit(x, np.eye(3)[ints], verbose=0)
model = keras_cnns.create("lenet_caffe", (32, 32, 1), 3)
try:
    model.fit(x, ints[:, None], verbose=0)
except ValueError as error:
    assert "label_mode" in str(error), error
keras_cnns.recompile(model, loss="sparse_categorical_crossentropy")
print(sorted(model.fit(x, ints[:, None], verbose=0).history))
"""


@pytest.mark.peers
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_ways_work_on_other_backends(backend):
    surroundings = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": str(Path(__file__).parents[2])}
    run = subprocess.run(
        [sys.executable, "-c", ELSEWHERE], env=surroundings, capture_output=True, encoding="utf-8"
    )
    assert run.stdout.strip() == "['accuracy', 'loss']", run.stderr
