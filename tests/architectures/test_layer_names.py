"""Every layer's name tells its place, and is the same in each instance, process and backend."""

import os
import re
import subprocess
import sys

import keras
import pytest
from support.sizes import rows

import keras_cnns
from keras_cnns.building import without_weights
from keras_cnns.catalog.facts import NETWORKS

# What Keras gives to a layer without a name is its class and, from the second layer on, a number. These are
# given, and stand once in a network.
PLAIN = {"flatten", "dropout"}
SCRIPT = """
import keras_cnns
from keras_cnns.building import without_weights
for name in {names}: print(name, *(layer.name for layer in without_weights(name).layers))
"""


def letters(name):
    return re.sub(r"[_\d]", "", name).lower()


def names_of(name):
    return [layer.name for layer in without_weights(name).layers]


@pytest.mark.parametrize("network", rows(NETWORKS))
def test_no_name_is_counted(network):
    """Layers of the same classes were made before, so a counted name would have a number here."""
    for kind in (keras.layers.ReLU, keras.layers.Add, keras.layers.BatchNormalization, keras.layers.Flatten):
        kind()
    made = without_weights(network.name).layers
    names = [layer.name for layer in made]
    counted = [layer.name for layer in made if letters(layer.name) == letters(type(layer).__name__)]
    counted = [name for name in counted if name not in PLAIN]
    assert not counted
    assert names == names_of(network.name)


@pytest.mark.peers
def test_names_are_those_of_another_process_and_backend():
    smallest = ["lenet_5", "resnet20", "resnet18", "inception_v1", "xception"]
    other = "jax" if keras.backend.backend() != "jax" else "tensorflow"
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(names=smallest)],
        env={**os.environ, "KERAS_BACKEND": other},
        capture_output=True,
        text=True,
        check=True,
    )
    assert [line.split() for line in run.stdout.splitlines()] == [
        [name, *names_of(name)] for name in smallest
    ]


def test_parts_of_two_networks_and_an_input_of_ones_own_are_one_model():
    """Keras refuses a model with two layers of one name."""
    own = keras.Input((3,), name="input_layer")
    ends = [keras_cnns.backbone(without_weights(name)) for name in ("resnet18", "inception_v3")]
    joined = keras.layers.Concatenate()(
        [own, *(keras.ops.mean(end.output, (1, 2, 3), keepdims=True)[:, 0, 0] for end in ends)]
    )
    assert keras.Model([own, *(end.input for end in ends)], joined).output_shape == (None, 5)
