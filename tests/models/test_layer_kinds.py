"""What a layer is: whose code it runs, which activation it applies, how its activation is spelled."""

import keras
import pytest
from keras import Input, Model, layers, ops

from keras_cnns import graph, layer_kinds
from keras_cnns.weightless import build_weightless


class Renamed(layers.Conv2D):
    """Adds nothing but a name."""


class OwnCall(layers.Conv2D):
    def call(self, x):
        return super().call(x) * 2


class Own(layers.Layer):
    def call(self, x):
        return x


class Swish(layers.Layer):
    def call(self, x):
        return x * ops.sigmoid(x)


def scale_layer():
    """The class that keras.applications defines for Inception-ResNet."""
    model = build_weightless(keras.applications.InceptionResNetV2, weights=None, include_top=False)
    return next(layer for layer in model.layers if type(layer).__name__ == "CustomScaleLayer")


def operation(function):
    return function(Input((4, 4, 3)))._keras_history.operation


@pytest.mark.parametrize(
    ("build", "keras_class", "keras_call", "from_applications"),
    [
        (lambda: layers.Conv2D(3, 3), True, True, False),
        (lambda: operation(ops.relu), True, True, False),
        (lambda: Renamed(3, 3), False, True, False),
        (lambda: OwnCall(3, 3), False, False, False),
        (Own, False, False, False),
        (scale_layer, False, True, True),
    ],
)
def test_whose_code_a_layer_runs(build, keras_class, keras_call, from_applications):
    layer = build()
    assert layer_kinds.is_keras_class(layer) is keras_class
    assert layer_kinds.has_keras_call(layer) is keras_call
    assert layer_kinds.is_from_applications(layer) is from_applications


@pytest.mark.parametrize(
    ("layer", "name"),
    [
        (layers.Dense(3), "linear"),
        (layers.Dense(3, activation="relu"), "relu"),
        (layers.Conv2D(3, 3, activation="leaky_relu"), "leaky_relu"),
        (layers.Dense(3, activation=layers.LeakyReLU()), "leaky_relu"),
        (layers.Dense(3, activation=layers.ReLU(6)), "relu6"),
        (layers.Activation("hard_silu"), "hard_silu"),
        (layers.ReLU(), "relu"),
        (layers.ReLU(6), "relu6"),
        (layers.LeakyReLU(), "leaky_relu"),
        (layers.PReLU(), "prelu"),
        (layers.ELU(), "elu"),
        (layers.Softmax(), "softmax"),
        (Swish(), "swish"),
        (layers.Flatten(), None),
        (layers.BatchNormalization(), None),
        (Own(), None),
    ],
)
def test_the_activation_of_a_layer(layer, name):
    assert layer_kinds.activation_name(layer) == name


@pytest.mark.parametrize(
    "name", ["relu", "relu6", "elu", "gelu", "silu", "leaky_relu", "hard_sigmoid", "selu"]
)
def test_the_activation_of_a_function_is_that_of_the_layer(name):
    call = operation(getattr(ops, name))
    assert layer_kinds.activation_name(call) == layer_kinds.activation_name(layers.Activation(name)) == name
    assert layer_kinds.is_activation(call) and layer_kinds.is_activation(layers.Activation(name))


def test_what_is_an_activation():
    assert not any(map(layer_kinds.is_activation, (layers.Dense(3, activation="relu"), Own(), Swish())))
    assert not layer_kinds.is_activation(operation(ops.abs))


def test_spellings():
    titles = {"relu": "ReLU", "leaky_relu": "leaky ReLU", "silu": "swish", "tanh": "tanh"}
    titles |= {"log_softmax": "log softmax"}
    assert {name: layer_kinds.activation_title(name) for name in titles} == titles


@pytest.mark.parametrize(
    ("layer", "shape", "depthwise"),
    [
        (lambda: layers.Conv2D(8, 3, groups=4), (8, 8, 4), True),
        (lambda: layers.Conv2D(8, 3, groups=2), (8, 8, 4), False),
        (lambda: layers.Conv2D(8, 3), (8, 8, 1), False),
        (layers.Flatten, (8, 8, 4), False),
    ],
)
def test_depthwise(layer, shape, depthwise):
    made = layer()
    made.build((None, *shape))
    assert layer_kinds.is_depthwise(made) is depthwise


def test_axes():
    first = layers.MaxPooling2D(data_format="channels_first")
    assert (
        layer_kinds.spatial(first, (None, 3, 8, 9)) == (8, 9)
        and layer_kinds.channels(first, (None, 3, 8, 9)) == 3
    )
    last = layers.MaxPooling2D(data_format="channels_last")
    assert (
        layer_kinds.spatial(last, (None, 8, 9, 3)) == (8, 9)
        and layer_kinds.channels(last, (None, 8, 9, 3)) == 3
    )


def test_a_wrapper_that_changes_only_the_weights_is_taken_off():
    inner = layers.Dense(3)
    assert layer_kinds.unwrapped(layers.SpectralNormalization(layers.SpectralNormalization(inner))) is inner
    assert layer_kinds.unwrapped(inner) is inner


def test_landmarks_are_the_names_that_a_person_gave_to_no_part_of_another():
    x = Input((9, 9, 3))
    y = x
    for name in (
        "conv4_6_2_conv",
        "conv2d",
        "conv4_6",
        "conv4_60_conv",
        "enc",
        "enc_2",
        "enc_2_conv",
        "conv2d_x",
    ):
        y = layers.Conv2D(3, 1, name=name)(y)
    vertices = graph.read(Model(x, y)).vertices
    assert [v.landmark for v in vertices if v.landmark] == [
        "conv4_6",
        "conv4_60_conv",
        "enc",
        "enc_2",
        "conv2d_x",
    ]
    assert [v.name for v in vertices if v.is_part] == ["conv4_6_2_conv", "enc_2_conv"]
    x = Input((4, 4, 3))
    model = Model(x, layers.MaxPooling2D()(layers.MaxPooling2D()(x)))
    assert all(map(layer_kinds.has_automatic_name, model.layers))
