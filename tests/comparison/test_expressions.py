"""Functions written as expressions of the tensor: known by what they compute, with their constants."""

import keras
import numpy as np
import pytest
from keras import layers, ops
from support.compare_cases import conv, model

from keras_cnns.architectures.alexnet import LocalResponseNormalization
from keras_cnns.architectures.lenet import scaled_tanh
from keras_cnns.comparison.canonical import expressions
from keras_cnns.comparison.compare_models import compare_models

SHAPE = (8, 8, 12)


def network(middle, shape=SHAPE):
    return model(lambda x: conv(12, 1)(x), middle, shape=shape)


def outputs(middle, x):
    inputs = keras.Input(SHAPE)
    return ops.convert_to_numpy(keras.Model(inputs, middle(inputs))(x))


def stable(x, axis):
    return ops.exp(x - ops.max(x, axis, keepdims=True))


def response(size=5, k=2.0, alpha=1e-4, beta=0.75):
    """Local response normalization as people write it, in the graph of the model."""

    def function(x):
        half = size // 2
        squares = ops.pad(ops.square(x), ((0, 0), (0, 0), (0, 0), (half, half)))
        total = sum(squares[..., i : i + x.shape[-1]] for i in range(size))
        return x / ops.power(k + alpha * total, beta)

    return function


def by_windows(x):
    """The same with pooling over the channels."""
    squares = ops.reshape(ops.square(x), (-1, x.shape[-1], 1))
    squares = ops.pad(squares, ((0, 0), (2, 2), (0, 0)))
    total = 5 * ops.reshape(ops.average_pool(squares, 5, 1), (-1, *x.shape[1:]))
    return x / (2 + 1e-4 * total) ** 0.75


# An expression, and a layer that computes the same.
SAME = {
    "scaled tanh": (lambda x: 1.7159 * ops.tanh(2 / 3 * x), layers.Activation(scaled_tanh)),
    "scaled tanh of negatives": (lambda x: -1.7159 * ops.tanh(x * (-2 / 3)), layers.Activation(scaled_tanh)),
    "scaled tanh in layers": (
        lambda x: layers.Rescaling(1.7159)(layers.Activation("tanh")(layers.Rescaling(2 / 3)(x))),
        layers.Activation(scaled_tanh),
    ),
    "tanh by division": (lambda x: ops.tanh(2 * x / 3) * 1.7159, layers.Activation(scaled_tanh)),
    "tanh by powers": (
        lambda x: 1.7159 * (1 - 2 / (ops.exp(4 / 3 * ops.minimum(x, 30.0)) + 1)),
        layers.Activation(scaled_tanh),
    ),
    "softmax": (lambda x: ops.exp(x) / ops.sum(ops.exp(x), -1, keepdims=True), layers.Softmax()),
    "softmax of differences": (
        lambda x: stable(x, -1) / ops.sum(stable(x, -1), -1, keepdims=True),
        layers.Softmax(),
    ),
    "response normalization": (response(), LocalResponseNormalization()),
    "response normalization by windows": (by_windows, LocalResponseNormalization()),
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
    "response normalization": (
        response(alpha=1e-3),
        LocalResponseNormalization(),
        "alpha 0.001, the reference has 0.0001",
    ),
    "softmax over rows": (
        lambda x: ops.exp(x) / ops.sum(ops.exp(x), 1, keepdims=True),
        layers.Softmax(),
        "",
    ),
    "softmax of half": (
        lambda x: ops.exp(x) / ops.sum(ops.exp(x / 2), -1, keepdims=True),
        layers.Softmax(),
        "",
    ),
    "read elsewhere": (
        lambda x: (t := ops.tanh(2 / 3 * x)) * 1.7159 + 0.01 * ops.relu(t),
        layers.Activation(scaled_tanh),
        "",
    ),
    "plain": (ops.tanh, layers.Activation(scaled_tanh), "activation tanh, the reference has 1.7159 tanh"),
}


@pytest.mark.parametrize("name", OTHER)
def test_an_expression_that_comes_near_is_another_function(name):
    expression, layer, words = OTHER[name]
    report = compare_models(network(expression), network(layer))
    assert report.verdict not in ("exact", "equivalent"), str(report)
    assert words in report.differences[0].message


def test_an_expression_with_an_output_inside_is_none():
    def both(x):
        inner = ops.tanh(2 / 3 * conv(12, 1)(x))
        return [1.7159 * inner, inner]

    inputs = keras.Input(SHAPE)
    mine, theirs = keras.Model(inputs, both(inputs)), network(layers.Activation(scaled_tanh))
    assert compare_models(mine, theirs).verdict == "different"


def test_expressions_are_proved():
    report = compare_models(network(response()), network(LocalResponseNormalization()), prove=True)
    assert report.proved and report.verdict == "exact"


def test_long_chains_of_functions_are_probed_a_few_times(monkeypatch):
    """However long they are, and also where none of them is known."""
    probes = []
    real = expressions.probed
    monkeypatch.setattr(expressions, "MOST_PROBES", 3)
    monkeypatch.setattr(expressions, "probed", lambda *given: probes.append(1) or real(*given))

    def chain(x):
        for n in range(30):
            x = ops.sin(x) * (1.0 + n / 300)
        return x

    model = network(chain)
    assert compare_models(model, model).verdict == "exact"
    assert len(probes) == 2 * 3


def test_only_the_papers_tanh_is_called_by_its_name():
    """A tanh that is stretched otherwise, and a function whose name has the word, are not explained so."""

    def my_tanh(x):
        return ops.sign(x) * ops.log1p(ops.abs(x))

    for other in (lambda x: 2 * ops.tanh(x), my_tanh):
        report = compare_models(network(layers.Activation("tanh")), network(layers.Activation(other)))
        assert [one.mistake for one in report.differences] == ["different activation"]
    report = compare_models(network(layers.Activation("tanh")), network(layers.Activation(scaled_tanh)))
    assert [one.mistake for one in report.differences] == ["unscaled tanh"]
