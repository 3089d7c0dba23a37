"""Towers may be joined in any order where the weights of all that reads them can be permuted alike."""

import keras
import numpy as np
import pytest
from keras import layers
from support.compare_cases import conv, filled, inception, relu
from support.compare_cases import model as weightless

from keras_cnns.comparison.compare_models import compare_models

AS_WRITTEN, TURNED = (0, 1, 2), (2, 0, 1)


def model(module, after):
    """A module and what reads it, without weights."""

    def stack(x):
        x = module(x)
        for layer in after():
            x = layer(x)
        return x

    return weightless(stack)


def turned(x):
    return inception(x, order=TURNED)


# What follows the module, and whether another order of its towers is the same function with permuted weights.
READERS = {
    "convolution": (lambda: [conv(4, 3)], True),
    "dense over the map": (lambda: [layers.Dense(4)], True),
    "dense over the flattened map": (lambda: [layers.Flatten(), layers.Dense(4)], True),
    "normalized, activated, pooled": (
        lambda: [
            layers.BatchNormalization(),
            relu(),
            layers.MaxPooling2D(2),
            layers.UpSampling2D(),
            conv(4, 1),
        ],
        True,
    ),
    "each map filtered": (lambda: [layers.DepthwiseConv2D(3, depth_multiplier=2), conv(4, 1)], True),
    "pooled and classified": (lambda: [layers.GlobalAveragePooling2D(), layers.Dense(3, "softmax")], True),
    "joined again": (lambda: [lambda x: layers.Concatenate()([x, conv(4, 1)(x)]), conv(4, 1)], True),
    "output": (lambda: [], False),
    "pooled output": (lambda: [layers.GlobalAveragePooling2D()], False),
    "grouped convolution": (lambda: [conv(6, 3, groups=3)], False),
    "sum": (lambda: [lambda x: layers.Add()([x, conv(18, 1)(x)]), conv(4, 1)], False),
    "one more reader": (
        lambda: [lambda x: layers.Concatenate()([conv(4, 1)(x), layers.Average()([x, x])])],
        False,
    ),
    "softmax": (lambda: [layers.Softmax(), conv(4, 1)], False),
    "reshaped": (lambda: [layers.Reshape((16, 32, 9)), conv(4, 1)], False),
}


@pytest.mark.parametrize("name", READERS)
def test_towers_in_another_order(name):
    after, is_free = READERS[name]
    report = compare_models(model(turned, after), model(inception, after))
    if is_free:
        assert report.verdict == "equivalent", str(report)
        assert len(report.equivalences) == 1
        assert "another order in 1 module" in report.equivalences[0]
    else:
        assert report.verdict in ("same shapes", "different"), str(report)
        assert report.differences[0].mistake == "towers in a different order"


def test_every_module_in_another_order_is_said_once():
    modules = [weightless(*[module] * 3, lambda x: conv(4, 1)(x)) for module in (turned, inception)]
    report = compare_models(*modules)
    assert report.verdict == "equivalent"
    assert len(report.equivalences) == 1
    assert "another order in 3 modules" in report.equivalences[0]


def test_a_layer_that_reads_two_orders_shows_them():
    def shared(order):
        def call(x):
            layer = conv(4, 1)
            return layers.Add()([layer(inception(x)), layer(inception(x, order=order))])

        return call

    report = compare_models(weightless(shared(TURNED)), weightless(shared(AS_WRITTEN)))
    assert report.differences


def test_the_outputs_are_the_same_with_permuted_weights():
    """What the reports say, by numbers: rows of the next kernel in the order of the towers."""
    rng = np.random.default_rng(0)
    one, other = (filled(module, conv(4, 3, name="last")) for module in (inception, turned))
    made = [[layer for layer in each.layers if layer.weights] for each in (one, other)]
    for layers_made in made:
        layers_made.sort(
            key=lambda layer: int({"conv2d": 0, "last": 99}.get(layer.name) or layer.name[7:] or 0)
        )
    for layer, twin in zip(*made, strict=True):
        values = [rng.normal(size=weight.shape) for weight in layer.weights]
        layer.set_weights(values)
        twin.set_weights(values)
    kernel, bias = one.get_layer("last").get_weights()
    parts = np.split(kernel, [8, 14], axis=2)
    other.get_layer("last").set_weights([np.concatenate([parts[i] for i in TURNED], axis=2), bias])
    image = rng.normal(size=(2, 16, 16, 3)).astype("float32")
    outputs = [keras.ops.convert_to_numpy(each(image)) for each in (one, other)]
    np.testing.assert_allclose(*outputs, rtol=1e-4, atol=1e-4)
