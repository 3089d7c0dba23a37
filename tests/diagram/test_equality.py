"""What folds computes the same but for width, or the picture says in which values its layers differ.

Whether two layers compute the same is decided by numbers: their outputs with equal weights.
"""

import functools

import keras
import numpy as np
import pytest
from keras import Input, Model, layers, ops
from support.random_graphs import random_model
from support.random_layers import squared
from support.sizes import each as networks
from support.sizes import weightless

from keras_cnns.catalog.facts import list_models
from keras_cnns.diagram.fold import signatures
from keras_cnns.diagram.fold.fold import fold
from keras_cnns.visualize import outline

IMAGE, SERIES, FILM = (8, 8, 4), (8, 4), (4, 8, 8, 4)


def slope(a):
    return lambda x: ops.maximum(x, a * x)


class Shifted(keras.Layer):
    """A layer of a person's own that writes no config."""

    def __init__(self, by, **options):
        super().__init__(**options)
        self._by = by

    def call(self, x):
        return x + self._by


conv, conv1 = functools.partial(layers.Conv2D, 4, 3, padding="same"), functools.partial(layers.Conv1D, 4, 3)
lstm = functools.partial(layers.LSTM, 4, return_sequences=True)
gru = functools.partial(layers.GRU, 4, return_sequences=True)
each, both = layers.TimeDistributed, layers.Bidirectional
# The shape of an input, and two layers on it that differ in one argument.
UNLIKE = {
    "dilation": (IMAGE, conv(), conv(dilation_rate=2)),
    "groups": (IMAGE, conv(), conv(groups=2)),
    "bias": (IMAGE, conv(use_bias=False), conv()),
    "activation": (IMAGE, conv(activation="relu"), conv(activation="tanh")),
    "slope of an activation": (
        IMAGE,
        conv(activation=layers.LeakyReLU(0.1)),
        conv(activation=layers.LeakyReLU(0.3)),
    ),
    "function of one's own": (IMAGE, conv(activation=slope(0.1)), conv(activation=slope(0.3))),
    "causal": (SERIES, conv1(padding="same"), conv1(padding="causal")),
    "depthwise dilation": (
        IMAGE,
        layers.DepthwiseConv2D(3, padding="same"),
        layers.DepthwiseConv2D(3, padding="same", dilation_rate=2),
    ),
    "window": (IMAGE, layers.MaxPooling2D(2, 1, "same"), layers.MaxPooling2D(3, 1, "same")),
    "windows of one series": (SERIES, layers.MaxPooling1D(2, 1, "same"), layers.MaxPooling1D(3, 1, "same")),
    "statistic": (IMAGE, layers.MaxPooling2D(2, 1, "same"), layers.AveragePooling2D(2, 1, "same")),
    "factor": (IMAGE, layers.UpSampling2D(2), layers.UpSampling2D(3)),
    "interpolation": (IMAGE, layers.UpSampling2D(2), layers.UpSampling2D(2, interpolation="bilinear")),
    "size": (IMAGE, layers.Resizing(6, 6), layers.Resizing(7, 7)),
    "crop": (IMAGE, layers.CenterCrop(6, 6), layers.CenterCrop(7, 7)),
    "permutation": (IMAGE, layers.Permute((2, 1, 3)), layers.Permute((1, 2, 3))),
    "target": (SERIES, layers.Reshape((-1, 2)), layers.Reshape((-1, 8))),
    "scale": (IMAGE, layers.Rescaling(0.5), layers.Rescaling(0.25)),
    "offset": (IMAGE, layers.Rescaling(0.5), layers.Rescaling(0.5, offset=1.0)),
    "slope": (IMAGE, layers.LeakyReLU(0.1), layers.LeakyReLU(0.3)),
    "highest": (IMAGE, layers.ReLU(max_value=0.5), layers.ReLU()),
    "threshold": (IMAGE, layers.ReLU(threshold=0.5), layers.ReLU()),
    "alpha": (IMAGE, layers.ELU(1.0), layers.ELU(0.5)),
    "axis of a softmax": (IMAGE, layers.Softmax(), layers.Softmax(axis=1)),
    "axis of a normalization": (IMAGE, layers.LayerNormalization(), layers.LayerNormalization(axis=1)),
    "groups of a normalization": (IMAGE, layers.GroupNormalization(2), layers.GroupNormalization(4)),
    "mean": (
        IMAGE,
        layers.Normalization(mean=0.0, variance=1.0),
        layers.Normalization(mean=1.0, variance=1.0),
    ),
    "Lambdas": (IMAGE, layers.Lambda(lambda x: x * 2.0), layers.Lambda(lambda x: x * 3.0)),
    "what a Lambda refers to": (IMAGE, layers.Lambda(slope(0.1)), layers.Lambda(slope(0.2))),
    "arguments of a Lambda": (
        IMAGE,
        layers.Lambda(functools.partial(ops.flip, axis=1)),
        layers.Lambda(functools.partial(ops.flip, axis=2)),
    ),
    "a layer of one's own": (IMAGE, Shifted(1.0), Shifted(2.0)),
    "only the last step": (SERIES, lstm(), layers.LSTM(4)),
    "backwards": (SERIES, lstm(), lstm(go_backwards=True)),
    "recurrent activation": (SERIES, lstm(), lstm(recurrent_activation="hard_sigmoid")),
    "activation of a cell": (SERIES, lstm(), lstm(activation="relu")),
    "reset": (SERIES, gru(), gru(reset_after=False)),
    "cells": (
        SERIES,
        layers.RNN(layers.LSTMCell(4), return_sequences=True),
        layers.RNN(layers.GRUCell(4), return_sequences=True),
    ),
    "number of cells": (
        SERIES,
        layers.RNN([layers.GRUCell(4) for _ in range(3)], return_sequences=True),
        layers.RNN([layers.GRUCell(4), layers.GRUCell(4)], return_sequences=True),
    ),
    "what is wrapped": (SERIES, both(gru()), both(lstm())),
    "how directions meet": (SERIES, both(lstm(), merge_mode="sum"), both(lstm(), merge_mode="mul")),
    "wrapped or not": (SERIES, lstm(), both(lstm(), merge_mode="sum")),
    "each step": (FILM, each(conv(dilation_rate=2)), each(conv())),
    "pooling at each step": (
        FILM,
        each(layers.MaxPooling2D(2, 1, "same")),
        each(layers.AveragePooling2D(2, 1, "same")),
    ),
    "film": (
        FILM,
        layers.ConvLSTM2D(4, 3, padding="same", return_sequences=True),
        layers.ConvLSTM2D(4, 3, padding="same", return_sequences=True, dilation_rate=2),
    ),
    "equation": (
        SERIES,
        layers.EinsumDense("abc,cd->abd", (8, 4)),
        layers.EinsumDense("abc,bcd->abd", (8, 4)),
    ),
    "own function": (IMAGE, conv(activation="relu"), conv(activation=squared)),
}
# Two layers that compute the same with equal weights, or differ in width or in how they start and train.
ALIKE = {
    "name": (IMAGE, conv(name="one"), conv(name="two")),
    "width": (IMAGE, conv(), layers.Conv2D(9, 3, padding="same")),
    "start": (IMAGE, conv(), conv(kernel_initializer="zeros", kernel_regularizer="l2")),
    "frozen": (IMAGE, conv(), conv(trainable=False)),
    "activation": (IMAGE, conv(activation="relu"), conv(activation=keras.activations.relu)),
    "Lambdas": (IMAGE, layers.Lambda(slope(0.1)), layers.Lambda(slope(0.1))),
    "a layer of one's own": (IMAGE, Shifted(1.0), Shifted(1.0)),
    "width of a wrapped layer": (SERIES, both(lstm()), both(layers.LSTM(7, return_sequences=True))),
    "width at each step": (FILM, each(conv()), each(layers.Conv2D(9, 3, padding="same"))),
    "cells": (
        SERIES,
        layers.RNN(layers.LSTMCell(4), return_sequences=True),
        layers.RNN(layers.LSTMCell(5), return_sequences=True),
    ),
    "epsilon": (IMAGE, layers.LayerNormalization(), layers.LayerNormalization(epsilon=0.1)),
}


STEPS = {2: layers.Conv1D, 3: layers.Conv2D, 4: layers.Conv3D}


def chain(shape, *several):
    """A convolution of one pixel before each of several layers, which are drawn as boxes or as badges."""
    x = y = Input(shape)
    for i, layer in enumerate(several):
        y = layer(STEPS[len(shape)](4, 1, name=f"pixels_{i}")(y))
    return Model(x, y)


def outputs(shape, layer):
    """What a layer gives for fixed numbers, each of its weights filled in the same way."""
    x = Input(shape)
    model = Model(x, layer(x))
    for weight in model.weights:
        n = int(np.prod(weight.shape))
        weight.assign(np.sin(1.0 + np.arange(n)).reshape(weight.shape) * 0.5)
    values = np.cos(np.arange(np.prod(shape)) * 0.7).reshape(1, *shape)
    return np.asarray(ops.convert_to_numpy(model(values.astype("float32"))))


def same_function(shape, one, other):
    first, second = outputs(shape, one), outputs(shape, other)
    return first.shape == second.shape and np.allclose(first, second, atol=1e-6)


def box_of(folded, *several):
    """The box that stands for all of these layers; None if there is none."""
    for box in folded.boxes():
        operations = [folded.vertices[v].operation for one in box.instances for v in one.vertices]
        if not box.module and all(any(each is layer for each in operations) for layer in several):
            return box
    return None


@pytest.mark.parametrize("name", UNLIKE)
def test_what_computes_something_else_folds_only_if_that_is_said(name):
    shape, one, other = UNLIKE[name]
    assert not same_function(shape, one, other), "the numbers say that these differ"
    box = box_of(fold(chain(shape, one, other)), one, other)
    if box is not None:
        for layer in (one, other):
            assert box.notes != box_of(fold(chain(shape, layer)), layer).notes


@pytest.mark.parametrize("name", ALIKE)
def test_what_computes_the_same_but_for_width_folds(name):
    shape, one, other = ALIKE[name]
    assert "]×2" in outline(chain(shape, one, other))


SAID = {"groups", "dilation_rate", "num_heads", "key_dim", "scale", "offset"}
LEFT_OUT = {"name", "filters", "units", "strides", "padding", "trainable", "dtype", "seed", "rate", "epsilon"}
LEFT_OUT |= {"momentum", "input_dim", "output_dim", "value_dim", "output_shape", "batch_shape", "dropout"}
LEFT_OUT |= {
    "depth_multiplier",
    "recurrent_dropout",
    "build_config",
    "unroll",
    "quantization_config",
    "stddev",
}
TRAINING = ("initializer", "regularizer", "constraint")


def settings(value, key=""):
    """A config without width and what only training uses, at any depth; functions by their code."""
    if isinstance(value, dict):
        kept = {k: v for k, v in value.items() if k not in LEFT_OUT and not k.endswith(TRAINING)}
        return {k: settings(v, k) for k, v in kept.items()}
    return list(map(settings, value)) if isinstance(value, (list, tuple)) else repr(value)


def differing(folded):
    """The boxes that stand for layers whose configs differ in what the picture leaves unsaid."""
    found = []
    for box in folded.boxes():
        # Where a block has no shortcut, its sum is no layer; a note says so.
        operations = [folded.vertices[one.anchor].operation for one in box.instances if one.vertices]
        if box.module or not all(isinstance(each, keras.Layer) for each in operations):
            continue
        configs = [settings(each.get_config()) for each in operations]
        unlike = {key for config in configs for key in config if config[key] != configs[0].get(key)}
        wrapped = {"layer", "backward_layer", "cell"} if "dilation" in " ".join(box.notes) else set()
        if len({type(each) for each in operations}) > 1 or unlike - SAID - wrapped:
            found.append((box.text, unlike))
    return found


@pytest.mark.parametrize(
    "name", [*networks(list_models()), "DenseNet121", "EfficientNetB0", "MobileNetV3Small", "ResNet50V2"]
)
def test_networks(name):
    assert not differing(fold(weightless(name)))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", range(30))
def test_random_networks(seed):
    for expand_nested in (False, True):
        assert not differing(fold(random_model(seed, 12), expand_nested))


def test_the_check_sees_a_false_fold(monkeypatch):
    model = chain(IMAGE, *(layers.UpSampling2D(2, interpolation=way) for way in ("nearest", "bilinear")))
    assert not differing(fold(model))
    monkeypatch.setattr(signatures, "defining", lambda vertex: type(vertex.operation))
    monkeypatch.setattr(signatures, "DIFFERING", {*signatures.DIFFERING, "words"})
    assert [unlike for _, unlike in differing(fold(model))] == [{"interpolation"}]


def test_dilations_of_a_folded_run_are_said():
    x = y = Input((64, 4))
    for k in range(10):
        y = layers.Conv1D(4, 2, padding="causal", dilation_rate=2**k)(y)
    assert "[conv 2 ·dilation 1, 2 … 512, causal]×10" in outline(Model(x, y))


def joined(join, flips, mesh=False):
    """Blocks that join a convolution and what it reads, in one order or, where flipped, in the other."""
    x = y = Input(IMAGE)
    for flip in flips:
        first = conv(activation="relu")(y)
        second = conv(activation="tanh")(layers.Add()([first, y])) if mesh else y
        y = join([second, first] if flip else [first, second])
    return Model(x, y)


JOINS = {
    "subtract": (lambda pair: layers.Subtract()(pair), False),
    "ops.arctan2": (lambda pair: ops.arctan2(*pair), False),
    "attention": (lambda pair: layers.Attention()(pair), False),
    "add": (lambda pair: layers.Add()(pair), True),
    "ops.maximum": (lambda pair: ops.maximum(*pair), True),
}


@pytest.mark.parametrize("mesh", [False, True])
@pytest.mark.parametrize("name", JOINS)
def test_the_order_of_what_is_joined_counts_where_it_changes_the_function(name, mesh):
    join, commutes = JOINS[name]
    values = np.cos(np.arange(np.prod(IMAGE)) * 0.7).reshape(1, *IMAGE).astype("float32")
    one, other = (joined(join, (flip,), mesh) for flip in (False, True))
    other.set_weights(one.get_weights())
    same = np.allclose(one.predict(values, verbose=0), other.predict(values, verbose=0), atol=1e-6)
    assert same == commutes, "the numbers say whether the order counts"
    times = {module.times for module in fold(joined(join, (False, True), mesh)).modules}
    equal = {module.times for module in fold(joined(join, (True, True), mesh)).modules}
    assert 2 in equal and (2 in times) == commutes
