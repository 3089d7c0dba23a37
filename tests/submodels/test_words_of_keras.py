"""What the page on cutting says of Keras' words: Keras says them, and the way that stands beside works."""

import os
import re
import subprocess
import sys
import warnings
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import callbacks, layers

import keras_cnns

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "cut-and-extend.md"
IMAGES = np.zeros((4, 8, 8, 3), "float32")
ONE_HOT = np.eye(3, dtype="float32")[[0, 1, 2, 0]]
EACH = {"x": IMAGES, "y": [ONE_HOT] * 3, "verbose": 0}
ONE = {"x": IMAGES, "y": ONE_HOT, "verbose": 0}


def with_heads():
    """A model with auxiliary classifiers that says what Keras does."""
    image = keras.Input((8, 8, 3))
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(2, 3)(image))
    model = keras.Model(image, [layers.Dense(3, "softmax", name=name)(x) for name in ("first", "a", "b")])
    model.compile("sgd", ["categorical_crossentropy"] * 3, [1.0, 0.3, 0.3], ["accuracy"] * 3)
    return model


def said(call):
    """What a call raises and what it warns of."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            call()
        except Exception as error:
            return str(error)
    return "\n".join(str(each.message) for each in warned if each.category is UserWarning)


def recompiled():
    model = with_heads()
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    return model


def held_out(data, *watching):
    return {**data, "validation_data": (data["x"], data["y"]), "callbacks": list(watching)}


STOPS = callbacks.EarlyStopping("val_accuracy")
HEADS = [
    (lambda: with_heads().fit(**ONE), lambda: keras_cnns.one_target(with_heads()).fit(**ONE)),
    (
        lambda: with_heads().fit(**EACH, class_weight={0: 1.0, 1: 2.0, 2: 1.0}),
        lambda: keras_cnns.one_target(with_heads()).fit(**ONE, class_weight={0: 1.0, 1: 2.0, 2: 1.0}),
    ),
    (
        lambda: with_heads().fit(**held_out(EACH, STOPS)),
        lambda: keras_cnns.one_target(with_heads()).fit(**held_out(ONE, STOPS)),
    ),
    (
        lambda: with_heads().fit(**held_out(EACH, best("val_accuracy"))),
        lambda: keras_cnns.one_target(with_heads()).fit(**held_out(ONE, best("val_accuracy"))),
    ),
    (
        lambda: recompiled().fit(**EACH),
        lambda: keras_cnns.recompile(recompiled(), metrics=["accuracy"]).fit(**EACH),
    ),
    (
        lambda: keras_cnns.create("inception_v1", (None, None, 3), 3, aux=True),
        lambda: keras_cnns.create("inception_v1", (None, None, 3), 3),
    ),
]


def best(watched):
    return callbacks.ModelCheckpoint("best.keras", monitor=watched, save_best_only=True)


def quoted():
    """The words in quotes of the rows about auxiliary classifiers, as patterns."""
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if "auxiliary class" in line]
    texts = [text.replace("\\`", "`") for row in rows for text in re.findall(r'"(.+?)"(?=,| or)', row)]
    return [re.escape(text).replace("…", ".*") for text in texts]


def test_words_about_auxiliary_classifiers_are_those_of_keras(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = [said(call) for call, _ in HEADS]
    unsaid = [each for each in quoted() if not any(re.search(each, w) for w in words)]
    assert len(unsaid) == 1 and unsaid[0].startswith("Node") and len(quoted()) >= 7  # that is PyTorch's
    for each, (_, way) in zip(words, HEADS):
        assert each and said(way) == "", each
    assert len(with_heads().predict(IMAGES, verbose=0)) == 3
    assert keras_cnns.without_aux(with_heads()).predict(IMAGES, verbose=0).shape == (4, 3)


AFTER_A_FAILURE = """
import keras, numpy as np
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
model.compile("sgd", "categorical_crossentropy")
model.fit(np.zeros((4, 4)), np.eye(3)[[0, 1, 2, 0]], verbose=0)
for step in range(2):
    try:
        model.fit(np.zeros((4, 4)), np.zeros(4), verbose=0)
    except Exception as error:
        print(error)
"""


@pytest.mark.peers
def test_values_that_are_given_away_on_jax():
    run = subprocess.run(
        [sys.executable, "-c", AFTER_A_FAILURE],
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        encoding="utf-8",
    )
    assert "'NoneType' object is not callable" in run.stdout, run.stdout + run.stderr
