"""What computes something else is never called the same: pairs whose outputs differ under equal weights."""

import functools

import keras
import numpy as np
import pytest
from keras import layers, ops
from support.by_numbers import differ

from keras_cnns.comparison.compare_models import compare_models

MAP = (6, 6, 3)


def network(function, *shapes):
    """A model of a function of tensors."""
    inputs = [keras.Input(shape) for shape in shapes]
    return keras.Model(inputs, function(*inputs))


def shared(*which):
    """Two dense layers, applied in this order."""

    def build(x):
        both = layers.Dense(4), layers.Dense(4)
        for number in which:
            x = both[number](x)
        return x

    return build


def block(offset):
    class Block(keras.Layer):
        def call(self, x):
            return ops.maximum(x, 0.0) * offset

    return Block()


def by_name(multiple):
    def function(x):
        return ops.sin(x) * multiple + ops.mean(x, axis=-1, keepdims=True)

    return function


def normalized(**call):
    return lambda x: layers.BatchNormalization()(x, **call)


def attending(first, second):
    return lambda x, y, z: layers.MultiHeadAttention(2, 3)(x, **{first: y, second: z})


ones = functools.partial(np.arange, dtype="float32")
PAIRS = {
    "dense on a map, flattened": (
        lambda x: layers.Flatten()(layers.Dense(2)(layers.Dense(3)(x))),
        lambda x: layers.Dense(72)(layers.Flatten()(layers.Dense(3)(x))),
        MAP,
    ),
    "a forgotten flattening": (
        lambda x: layers.Dense(2)(layers.Dense(3)(x)),
        lambda x: layers.Dense(2)(layers.Dense(3)(layers.Flatten()(x))),
        MAP,
    ),
    "softmax before a flattening": (
        lambda x: layers.Dense(2)(layers.Flatten()(layers.Softmax()(x))),
        lambda x: layers.Dense(2)(layers.Softmax()(layers.Flatten()(x))),
        MAP,
    ),
    "sparsemax before a flattening": (
        lambda x: layers.Dense(2)(layers.Flatten()(layers.Activation("sparsemax")(x))),
        lambda x: layers.Dense(2)(layers.Activation("sparsemax")(layers.Flatten()(x))),
        MAP,
    ),
    "scales that make more channels": (
        lambda x: layers.Conv2D(1, 1)(layers.Rescaling([0.5] * 3)(layers.Conv2D(3, 1)(x))),
        lambda x: layers.Conv2D(1, 1)(layers.Rescaling([0.5, 0.5, 0.6])(layers.Conv2D(3, 1)(x))),
        MAP,
    ),
    "softmax over rows": (layers.Softmax(axis=1), layers.Softmax(axis=2), MAP),
    "softmax of a function over rows": (
        lambda x: ops.softmax(x, axis=1),
        lambda x: ops.softmax(x, axis=-1),
        MAP,
    ),
    "softmax over rows as an argument": (
        layers.Conv2D(4, 3, activation=layers.Softmax(axis=1)),
        layers.Conv2D(4, 3, activation="softmax"),
        MAP,
    ),
    "zero padding where channels are first": (
        lambda x: layers.Conv2D(4, 3, data_format="channels_first")(
            layers.ZeroPadding2D(((0, 2), (0, 0)), data_format="channels_first")(x)
        ),
        lambda x: layers.Conv2D(4, 3, data_format="channels_first")(
            layers.ZeroPadding2D(((1, 1), (0, 0)), data_format="channels_first")(x)
        ),
        (3, 6, 6),
    ),
    "channels of a convolution at each step": (
        layers.TimeDistributed(layers.GlobalAveragePooling2D(data_format="channels_first")),
        layers.TimeDistributed(layers.GlobalAveragePooling2D()),
        (2, 4, 4, 4),
    ),
    "dilated convolution that reaches over the whole map": (
        lambda x: layers.Flatten()(layers.Conv2D(4, 3, dilation_rate=2)(x)),
        lambda x: layers.Flatten()(layers.Conv2D(4, 3)(layers.MaxPooling2D(3, 1)(x))),
        (5, 5, 3),
    ),
    "ReLU of at most six with a slope": (
        lambda x: layers.ReLU(max_value=6, negative_slope=0.3)(x * 9.0),
        lambda x: layers.ReLU(negative_slope=0.3)(x * 9.0),
        (40,),
    ),
    "GELU, approximate": (
        lambda x: ops.gelu(2 * x, approximate=True) * 10,
        lambda x: ops.gelu(2 * x, approximate=False) * 10,
        MAP,
    ),
    "slope that falls, around max-pooling": (
        lambda x: ops.leaky_relu(layers.MaxPooling2D()(x), negative_slope=-0.5),
        lambda x: layers.MaxPooling2D()(ops.leaky_relu(x, negative_slope=-0.5)),
        MAP,
    ),
    "average of zeros, and of what is there": (
        lambda x: layers.AveragePooling2D(3, 2, padding="same")(layers.ZeroPadding2D(1)(x)),
        lambda x: layers.AveragePooling2D(3, 2)(layers.ZeroPadding2D(((1, 2), (1, 2)))(x)),
        (4, 4, 2),
    ),
    "channels as another axis of length one": (
        lambda x: x * layers.Reshape((1, 1, 4))(layers.GlobalAveragePooling2D()(x)),
        lambda x: x * layers.Reshape((1, 4, 1))(layers.GlobalAveragePooling2D()(x)),
        (4, 4, 4),
    ),
    "bias before normalization over another axis": (
        lambda x: layers.BatchNormalization()(layers.Conv2D(4, 1, data_format="channels_first")(x)),
        lambda x: layers.BatchNormalization(axis=1)(layers.Conv2D(4, 1, data_format="channels_first")(x)),
        (4, 4, 4),
    ),
    "normalization by the batch": (normalized(), normalized(training=True), MAP),
    "key and value": (
        attending("key", "value"),
        lambda x, y, z: layers.MultiHeadAttention(2, 3)(x, key=z, value=y),
        (4, 3),
        (5, 3),
        (5, 3),
    ),
    "which calls share weights": (shared(0, 1, 0, 1), shared(0, 0, 1, 1), (4,)),
    "constant in a list": (
        lambda x: ops.concatenate([x, ops.ones((3, 2))], axis=-1),
        lambda x: ops.concatenate([x, ops.zeros((3, 2))], axis=-1),
        (4,),
    ),
    "a large constant": (lambda x: x + ones(5000), lambda x: x + np.sort(ones(5000) % 2500), (5000,)),
    "type of a cast": (
        lambda x: ops.cast(ops.cast(x, "int32"), "float32"),
        lambda x: ops.cast(ops.cast(x, "float16"), "float32"),
        MAP,
    ),
    "type of a cast at the end": (
        lambda x: ops.cast(x, "int32"),
        lambda x: ops.cast(x, "float16"),
        MAP,
    ),
    "rounding": (ops.round, layers.Activation("linear"), MAP),
    "rounding in a layer": (layers.Lambda(lambda x: ops.floor(x)), layers.Identity(), MAP),
    "settings of a function, numbers": (
        lambda x: ops.max_pool(x, 3, strides=2, padding="same"),
        lambda x: ops.max_pool(x, 3, strides=2),
        MAP,
    ),
    "strides of a function": (
        lambda x: ops.max_pool(x, 3, strides=2),
        lambda x: ops.max_pool(x, 3, strides=1),
        MAP,
    ),
    "axes of a function": (
        lambda x: ops.tensordot(x, x, axes=([1], [1])),
        lambda x: ops.tensordot(x, x, axes=([2], [1])),
        (4, 4),
    ),
    "average with weights": (
        lambda x, y: ops.average(x, axis=-1, weights=y),
        lambda x, y: layers.Average()([x, y])[..., 0],
        (4,),
        (4,),
    ),
    "maximum from an initial value": (
        lambda x: ops.max(x, axis=(1, 2), initial=9.0),
        lambda x: ops.max(x, axis=(1, 2)),
        MAP,
    ),
    "layers of one name": (block(1.0), block(2.0), MAP),
    "functions of one name": (layers.Lambda(by_name(1.0)), layers.Lambda(by_name(2.0)), MAP),
    "activations of one name": (
        layers.Dense(3, activation=by_name(1.0)),
        layers.Dense(3, activation=by_name(2.0)),
        MAP,
    ),
    "functions of one name inside a layer": (
        layers.TimeDistributed(layers.Dense(3, activation=by_name(1.0))),
        layers.TimeDistributed(layers.Dense(3, activation=by_name(2.0))),
        (4, 3),
    ),
    "epsilon, a large one": (
        layers.BatchNormalization(epsilon=1.04),
        layers.BatchNormalization(epsilon=1.0),
        MAP,
    ),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_another_function_is_another_network(pair):
    one, other, *shapes = PAIRS[pair]
    mine, theirs = network(one, *shapes), network(other, *shapes)
    assert differ(mine, theirs) is not False
    for first, second in ((mine, theirs), (theirs, mine)):
        report = compare_models(first, second)
        assert report.verdict not in ("exact", "equivalent")
        if report.verdict == "unknown":  # two codes, of which numbers show that they compute two functions
            report = compare_models(first, second, prove=True)
        assert report.differences and str(report)
    assert compare_models(mine, network(one, *shapes)).verdict == "exact"


def test_the_order_of_a_models_inputs_counts():
    def between(swapped):
        x, y = keras.Input((4,)), keras.Input((4,))
        return keras.Model([y, x] if swapped else [x, y], x - 2.0 * y)

    assert differ(between(False), between(True))
    report = compare_models(between(False), between(True))
    assert report.verdict not in ("exact", "equivalent")
    assert "in this order" in report.text()


class Held:
    def __init__(self, values):
        self.values = values


HOLDERS = {
    "array": lambda w: w,
    "tensor": keras.ops.convert_to_tensor,
    "object": lambda w: Held(w.tolist()),
    "class": lambda w: type("Class", (), {"values": w.tolist()}),
}


@pytest.mark.parametrize("kind", HOLDERS)
def test_what_a_function_has_captured_counts(kind):
    """No probe tells what a product with a matrix computes, and the proof is not asked."""

    def mixed(seed):
        w = HOLDERS[kind](np.random.default_rng(seed).normal(size=(3, 3)).astype("float32"))
        return network(layers.Lambda(lambda x: ops.matmul(x, ops.array(getattr(w, "values", w)))), MAP)

    assert differ(mixed(0), mixed(1))
    assert compare_models(mixed(0), mixed(1)).verdict not in ("exact", "equivalent")
    assert compare_models(mixed(0), mixed(0)).verdict == "exact"


def test_an_output_of_its_own_keeps_its_bias():
    def both(bias):
        x = keras.Input(MAP)
        y = layers.Conv2D(4, 3, use_bias=bias)(x)
        return keras.Model(x, [y, layers.BatchNormalization()(y)])

    assert compare_models(both(True), both(False)).verdict == "different"


def test_code_that_was_written_twice_is_one_code():
    assert compare_models(network(block(1.0), MAP), network(block(1.0), MAP)).verdict == "exact"
    pair = [network(layers.Dense(2, activation=by_name(3.0)), MAP) for _ in range(2)]
    assert compare_models(*pair).verdict == "exact"


def test_a_map_of_one_pixel_is_no_vector():
    def pooled(keepdims):
        return network(layers.GlobalAveragePooling2D(keepdims=keepdims), MAP)

    report = compare_models(pooled(True), pooled(False))
    assert report.verdict not in ("exact", "equivalent")
    assert "shape of the output 1×1×3, the reference has 3" in report.differences[0].message


def named(name, function):
    function.__name__ = name
    return function


# A function that is not what its name says, and one that departs from it far from zero.
MISNAMED = {
    "linear": lambda x: 0.5 * x,
    "relu": lambda x: ops.minimum(ops.relu(x), 20.0),
    "tanh": lambda x: ops.tanh(x) + 1e-2 * ops.relu(x - 30.0),
}


@pytest.mark.parametrize("name", MISNAMED)
@pytest.mark.parametrize("way", ["activation", "lambda"])
def test_a_function_is_not_known_by_its_name(way, name):
    def build(function):
        if way == "activation":
            return network(layers.Dense(2, activation=function), MAP)
        return network(layers.Lambda(function, name=name), MAP)

    mine, theirs = build(named(name, MISNAMED[name])), build(getattr(keras.activations, name))
    for pair in ((mine, theirs), (theirs, mine)):
        assert compare_models(*pair).verdict not in ("exact", "equivalent")


def test_functions_that_part_far_from_zero_are_two():
    def build(most):
        return network(layers.Dense(2, activation=lambda x: ops.minimum(x * x, most)), MAP)

    assert compare_models(build(100.0), build(1000.0)).verdict not in ("exact", "equivalent")
    assert compare_models(build(100.0), build(100.0)).verdict == "exact"
