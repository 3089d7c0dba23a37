"""What a picture says in words: only what somebody named, only what tells one layer from another."""

import keras
import pytest
from keras import layers, ops

from keras_cnns.diagram.draw.scene import Text
from keras_cnns.visualize import outline, plot_model


def said(model, **options):
    return [shape.string for shape in plot_model(model, **options).scene.shapes if isinstance(shape, Text)]


def twins(names):
    inputs = x = keras.Input((8, 8, 4))
    x = keras.Sequential([layers.Conv2D(4, 5, padding="same"), layers.AveragePooling2D(3, 1, "same")])(x)
    for name in names:
        inner = [layers.Conv2D(4, 3, padding="same"), layers.MaxPooling2D(3, 1, padding="same")]
        x = keras.Sequential(inner, name=name)(x)
    return keras.Model(inputs, layers.Flatten()(x))


def test_a_box_says_the_names_that_people_gave():
    assert "called near, far" in outline(twins(["near", "far"]))


def test_a_box_does_not_say_numbers_that_keras_gave():
    assert "called" not in outline(twins([None, None]))


class CaptionedConv(layers.Conv2D):
    caption = "by hand"


class ForeignConv(layers.Conv2D):
    caption = 7


@pytest.mark.parametrize(("kind", "note"), [(CaptionedConv, "by hand"), (ForeignConv, "as ForeignConv")])
def test_a_class_of_ones_own_can_say_what_stands_under_its_box(kind, note):
    inputs = keras.Input((8, 8, 1))
    assert note in said(keras.Model(inputs, kind(2, 3)(inputs)))


class Normalization(layers.Layer):
    def __init__(self, alpha):
        super().__init__()
        self.alpha = alpha

    def call(self, x):
        return x / (2 + self.alpha * ops.square(x))


class LocalResponseNormalization(Normalization):
    pass


@pytest.mark.parametrize(("values", "n_said"), [([1e-4], 0), ([1e-4, 1e-4], 0), ([1e-4, 2e-5], 1)])
def test_the_legend_says_a_constant_of_normalizations_where_it_tells_them_apart(values, n_said):
    inputs = x = keras.Input((8, 8, 4))
    for alpha in values:
        x = LocalResponseNormalization(alpha)(layers.Conv2D(4, 3)(x))
    assert sum("α" in words for words in said(keras.Model(inputs, x))) == n_said


class Decides(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = layers.Dense(4)
        self.dense.build((None, 4))

    def compute_output_shape(self, shape):
        return shape

    def call(self, x):
        return self.dense(x) if float(ops.sum(x)) > 0 else x


@pytest.mark.parametrize("width", [None, "8.9cm"])
def test_the_picture_says_which_layers_cannot_be_opened(width):
    inputs = keras.Input((4,))
    closed = keras.Model(inputs, Decides()(layers.Dense(4)(inputs)))
    assert "Decides cannot be opened." in " ".join(said(closed, width=width))
    assert "opened" not in " ".join(said(keras.Model(inputs, layers.Dense(4)(inputs)), width=width))


def level(x, depth, gated):
    """A level of a U-Net, whose gate, if it has one, reads both what is above and what comes from below."""
    x = layers.Conv2D(8, 3, padding="same", activation="relu")(x)
    if not depth:
        return x
    below = level(layers.MaxPooling2D()(x), depth - 1, gated)
    up = layers.Conv2DTranspose(8, 2, 2)(below)
    if gated:
        gate = layers.Add()([layers.Conv2D(8, 1)(x), layers.Conv2D(8, 1)(up)])
        x = layers.Multiply()([x, layers.Conv2D(1, 1, activation="sigmoid")(gate)])
    x = layers.Concatenate()([x, up])
    return layers.Conv2D(8, 3, padding="same", activation="relu")(x)


def test_a_level_of_a_gated_u_net_is_no_cell_but_a_skip():
    inputs = keras.Input((32, 32, 3))
    words = outline(keras.Model(inputs, level(inputs, 3, gated=True)))
    assert "skip:" in words and "cell" not in words
