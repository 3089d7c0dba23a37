"""Layers that give what they read are no difference, wherever they stand; with another setting they are."""

import keras
import pytest
from keras import layers, ops
from support.by_numbers import differ
from support.compare_cases import conv, filled

from keras_cnns.comparison.compare_models import compare_models

# What does nothing, and the same with a setting with which it does.
IDLE = {
    "padding": (lambda: layers.ZeroPadding2D(0), lambda: layers.ZeroPadding2D(((1, 0), (0, 0)))),
    "cropping": (lambda: layers.Cropping2D(0), lambda: layers.Cropping2D(((0, 0), (0, 1)))),
    "up-sampling": (lambda: layers.UpSampling2D(1), lambda: layers.UpSampling2D((1, 2))),
    "max-pooling": (lambda: layers.MaxPooling2D(1), lambda: layers.MaxPooling2D(1, 2)),
    "average-pooling": (
        lambda: layers.AveragePooling2D(1, padding="same"),
        lambda: layers.MaxPooling2D(2, 1),
    ),
    "reshaping": (lambda: layers.Reshape((10, 10, 4)), lambda: layers.Reshape((5, 20, 4))),
    "turning": (lambda: layers.Permute((1, 2, 3)), lambda: layers.Permute((2, 1, 3))),
    "function": (
        lambda: lambda x: ops.reshape(x, (-1, 10, 10, 4)),
        lambda: lambda x: ops.reshape(x, (-1, 5, 20, 4)),
    ),
}


def network(*parts):
    return filled(conv(4, 3), *parts, layers.Conv2D(4, 3, padding="same"), shape=(12, 12, 3))


@pytest.mark.parametrize("name", IDLE)
def test_what_does_nothing_is_no_difference(name):
    idle, other = (make() for make in IDLE[name])
    assert differ(network(idle), network()) is False
    assert compare_models(network(idle), network()).verdict == "exact"
    assert compare_models(network(), network(idle)).verdict == "exact"
    assert differ(network(other), network()) is not False
    assert compare_models(network(other), network()).verdict not in ("exact", "equivalent")


def test_layers_that_do_nothing_are_dropped_between_maps_of_any_size():
    def build(*parts):
        x = inputs = keras.Input((None, None, 3))
        for part in (conv(4, 3), *parts):
            x = part(x)
        return keras.Model(inputs, x)

    idle = build(layers.ZeroPadding2D(0), layers.MaxPooling2D(1))
    assert compare_models(idle, build()).verdict == "exact"
