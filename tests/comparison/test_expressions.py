"""Functions written as expressions of the tensor: known by what they compute, with their constants."""

import keras
import numpy as np
import pytest
from keras import layers, ops
from support.compare_cases import conv, model

from keras_cnns.architectures.lenet import scaled_tanh
from keras_cnns.comparison.compare_models import compare_models

SHAPE = (8, 8, 12)


def network(middle, shape=SHAPE):
    return model(lambda x: conv(12, 1)(x), middle, shape=shape)


def outputs(middle, x):
    inputs = keras.Input(SHAPE)
    return ops.convert_to_numpy(keras.Model(inputs, middle(inputs))(x))


# An expression, and a layer that computes the same.
SAME = {
    "scaled tanh": (lambda x: 1.7159 * ops.tanh(2 / 3 * x), layers.Activation(scaled_tanh)),
    "scaled tanh of negatives": (lambda x: -1.7159 * ops.tanh(x * (-2 / 3)), layers.Activation(scaled_tanh)),
    "scaled tanh in layers": (
        lambda x: layers.Rescaling(1.7159)(layers.Activation("tanh")(layers.Rescaling(2 / 3)(x))),
        layers.Activation(scaled_tanh),
    ),
    "slope of an ELU": (
        lambda x: layers.Lambda(lambda x: ops.where(x > 0, x, 0.5 * ops.expm1(ops.minimum(x, 0.0))))(x),
        layers.ELU(0.5),
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_an_expression_is_what_it_computes(name):
    expression, layer = SAME[name]
    report = compare_models(network(expression), network(layer))
    assert report.verdict in ("exact", "equivalent"), str(report)
    x = np.random.default_rng(0).normal(0, 3, (2, *SHAPE)).astype("float32")
    np.testing.assert_allclose(outputs(expression, x), outputs(layer, x), rtol=1e-4, atol=1e-5)


# An expression that comes near, the layer, and what the report must say.
OTHER = {
    "other scale": (
        lambda x: 1.7 * ops.tanh(2 / 3 * x),
        layers.Activation(scaled_tanh),
        "activation 1.7 tanh(0.66667 a), the reference has 1.7159 tanh(0.66667 a)",
    ),
    "other slope": (
        lambda x: 1.7159 * ops.tanh(x),
        layers.Activation(scaled_tanh),
        "activation 1.7159 tanh(a), the reference has 1.7159 tanh(0.66667 a)",
    ),
    "shifted": (lambda x: 1.7159 * ops.tanh(2 / 3 * x + 0.01), layers.Activation(scaled_tanh), ""),
    "scaled twice": (
        lambda x: 2 * (1.7159 * ops.tanh(2 / 3 * x)),
        layers.Activation(scaled_tanh),
        "3.4318 tanh",
    ),
    "plain": (ops.tanh, layers.Activation(scaled_tanh), "activation tanh, the reference has 1.7159 tanh"),
}


@pytest.mark.parametrize("name", OTHER)
def test_an_expression_that_comes_near_is_another_function(name):
    expression, layer, words = OTHER[name]
    report = compare_models(network(expression), network(layer))
    assert report.verdict not in ("exact", "equivalent"), str(report)
    assert words in report.differences[0].message


def test_only_the_papers_tanh_is_called_by_its_name():
    """A tanh that is stretched otherwise, and a function whose name has the word, are not explained so."""

    def my_tanh(x):
        return ops.sign(x) * ops.log1p(ops.abs(x))

    for other in (lambda x: 2 * ops.tanh(x), my_tanh):
        report = compare_models(network(layers.Activation("tanh")), network(layers.Activation(other)))
        assert [one.mistake for one in report.differences] == ["different activation"]
    report = compare_models(network(layers.Activation("tanh")), network(layers.Activation(scaled_tanh)))
    assert [one.mistake for one in report.differences] == ["unscaled tanh"]
