"""Functions and layers of a person's own are known by what they compute; wrong constants are named."""

import keras
import numpy as np
import pytest
from keras import layers, ops
from support.compare_cases import conv, model

from keras_cnns.architectures.alexnet import LocalResponseNormalization
from keras_cnns.comparison.compare_models import compare_models

SHAPE = (8, 8, 12)


class Own(layers.Layer):
    """A layer of a person's own around a function."""

    def __init__(self, function, **options):
        super().__init__(**options)
        self.function = function

    def call(self, x):
        return self.function(x)


def response(size=5, k=2.0, alpha=1e-4, beta=0.75):
    """Local response normalization as people write it, by sums of shifted squares."""

    def function(x):
        half = size // 2
        squares = ops.pad(ops.square(x), ((0, 0), (0, 0), (0, 0), (half, half)))
        total = sum(squares[..., i : i + x.shape[-1]] for i in range(size))
        return x / ops.power(k + alpha * total, beta)

    return function


# A function, a layer of Keras or ours that computes the same.
SAME = {
    "maximum": (lambda x: ops.maximum(x, 0.0), lambda: layers.ReLU()),
    "where": (lambda x: ops.where(x > 0, x, 0.0), lambda: layers.ReLU()),
    "half of the sum": (lambda x: (x + ops.abs(x)) / 2, lambda: layers.ReLU()),
    "clipped": (lambda x: ops.clip(x, 0.0, 6.0), lambda: layers.ReLU(max_value=6)),
    "leaky": (lambda x: ops.maximum(x, 0.1 * x), lambda: layers.LeakyReLU(0.1)),
    "swish": (lambda x: x * ops.sigmoid(x), lambda: layers.Activation("swish")),
    "sigmoid": (lambda x: 1 / (1 + ops.exp(-x)), lambda: layers.Activation("sigmoid")),
    "tanh": (lambda x: 2 * ops.sigmoid(2 * x) - 1, lambda: layers.Activation("tanh")),
    "mish": (
        lambda x: x * ops.tanh(ops.log(1 + ops.exp(ops.minimum(x, 30)))),
        lambda: layers.Activation("mish"),
    ),
    "hard swish": (lambda x: x * ops.relu6(x + 3) / 6, lambda: layers.Activation("hard_silu")),
    "softmax": (lambda x: ops.exp(x) / ops.sum(ops.exp(x), -1, keepdims=True), lambda: layers.Softmax()),
    "scaling": (lambda x: x / 4.0, lambda: layers.Rescaling(0.25)),
    "shifted": (lambda x: 2 * x - 1, lambda: layers.Rescaling(2.0, -1.0)),
    "nothing": (lambda x: x + 0, lambda: layers.Identity()),
    "mean": (lambda x: ops.mean(x, axis=[1, 2]), lambda: layers.GlobalAveragePooling2D()),
    "mean by sums": (lambda x: ops.sum(x, axis=(1, 2)) / 64, lambda: layers.GlobalAveragePooling2D()),
    "maximum of a map": (lambda x: ops.max(ops.max(x, 1), 1), lambda: layers.GlobalMaxPooling2D()),
    "flattened": (lambda x: ops.reshape(x, (-1, 768)), lambda: layers.Flatten()),
    "padded": (
        lambda x: ops.pad(x, ((0, 0), (1, 2), (0, 1), (0, 0))),
        lambda: layers.ZeroPadding2D(((1, 2), (0, 1))),
    ),
    "every second pixel": (lambda x: x[:, ::2, ::2, :], lambda: layers.MaxPooling2D(1, 2)),
    "response normalization": (response(), lambda: LocalResponseNormalization()),
    "response normalization over three": (
        response(3, 1.0, 2e-3, 0.5),
        lambda: LocalResponseNormalization(3, 1.0, 2e-3, 0.5),
    ),
}
WAYS = {"Lambda": layers.Lambda, "layer": Own}


def network(middle):
    return model(lambda x: conv(12, 1)(x), middle, shape=SHAPE)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", SAME)
def test_what_computes_the_same_is_the_same(name, way):
    function, layer = SAME[name]
    report = compare_models(network(lambda x: WAYS[way](function)(x)), network(lambda x: layer()(x)))
    assert report.verdict in ("exact", "equivalent"), str(report)
    x = np.random.default_rng(0).standard_normal((2, *SHAPE)).astype("float32")
    mine, theirs = (ops.convert_to_numpy(one(ops.convert_to_tensor(x))) for one in (function, layer()))
    np.testing.assert_allclose(mine.ravel(), theirs.ravel(), rtol=1e-4, atol=1e-5)


ELEMENTWISE = ("maximum", "where", "half of the sum", "clipped", "leaky", "swish", "sigmoid", "tanh", "mish")


@pytest.mark.parametrize("name", [*ELEMENTWISE, "hard swish", "nothing"])
def test_as_an_activation_of_a_layer(name):
    function, layer = SAME[name]
    mine = model(lambda x: conv(12, 1, activation=function)(x), shape=SHAPE)
    report = compare_models(mine, network(lambda x: layer()(x)))
    assert report.verdict in ("exact", "equivalent"), str(report)


# Wrong constants, and what the report must say.
WRONG = {
    "alpha": (response(alpha=1e-3), "alpha 0.001, the reference has 0.0001"),
    "size": (response(size=3), "size 3, the reference has 5"),
    "k": (response(k=1.0), "k 1, the reference has 2"),
    "beta": (response(beta=0.5), "beta 0.5, the reference has 0.75"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", WRONG)
def test_wrong_constants_are_named(name, way):
    function, words = WRONG[name]
    report = compare_models(
        network(lambda x: WAYS[way](function)(x)), network(lambda x: LocalResponseNormalization()(x))
    )
    (only,) = report.differences
    assert words in only.message
    assert only.mistake == "different constants of response normalization"


SEEDS = keras.random.SeedGenerator(0)
# Functions that are close to another one, and are not it.
OTHER = {
    "noise": (lambda x: x + keras.random.normal(x.shape[1:], seed=SEEDS), lambda: layers.Identity()),
    "cut far out": (lambda x: ops.clip(x, -200.0, 200.0), lambda: layers.Identity()),
    "offset": (lambda x: ops.maximum(x, 0.001), lambda: layers.ReLU()),
    "by position": (lambda x: x * ops.arange(12.0), lambda: layers.Rescaling(2.0)),
    "first rows": (lambda x: x[:, :7], lambda: layers.Identity()),
    "channels turned": (lambda x: x[..., ::-1], lambda: layers.Identity()),
    "over rows": (lambda x: ops.softmax(x, 1), lambda: layers.Softmax()),
    "padded with ones": (
        lambda x: ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=1.0),
        lambda: layers.ZeroPadding2D(),
    ),
    "transposed": (lambda x: ops.transpose(x, (0, 2, 1, 3)), lambda: layers.Identity()),
    "mean of rows": (lambda x: ops.mean(x, axis=1)[:, :1], lambda: layers.GlobalAveragePooling2D()),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", OTHER)
def test_what_computes_something_else_is_not_the_same(name, way):
    function, layer = OTHER[name]
    report = compare_models(network(lambda x: WAYS[way](function)(x)), network(lambda x: layer()(x)))
    assert report.verdict not in ("exact", "equivalent"), str(report)
