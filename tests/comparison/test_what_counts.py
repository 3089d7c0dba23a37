"""What is no setting of a layer and still decides what a network computes: outputs read, arguments, axes."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_cnns.comparison.compare_models import compare_models
from keras_cnns.weightless import build_weightless


def network(build, shape=(4, 4, 4)):
    def whole():
        x = keras.Input(shape)
        return keras.Model(x, build(x))

    return build_weightless(whole)


def attention(**call):
    return lambda x: layers.MultiHeadAttention(2, 3)(x, x, **call)


def reading(first, second):
    """A sum and a product of what a split gives, in this order."""

    def build(x):
        parts = ops.split(x, 3, axis=-1)
        return layers.Dense(2)(parts[first]) - parts[second]

    return build


def twice(kind):
    """A function in a layer that is called twice, each time with arguments of its own."""

    def build(x):
        return ops.roll(x, 1, axis=kind) + ops.roll(x, 2, axis=kind)

    return build


PAIRS = {
    "which output is read": (reading(0, 1), reading(1, 2), (4, 6)),
    "in which order outputs are read": (reading(0, 1), reading(1, 0), (4, 6)),
    "which output is given": (
        lambda x: ops.split(x, 2, axis=-1)[0],
        lambda x: ops.split(x, 2, axis=-1)[1],
        (4, 4),
    ),
    "a causal mask": (attention(), attention(use_causal_mask=True), (5, 4)),
    "arguments of functions": (twice(1), twice(2), (4, 4)),
    "padding of a transposed convolution": (
        lambda x: layers.Conv2DTranspose(2, 3, padding="same")(x),
        lambda x: layers.Conv2DTranspose(2, 3)(x),
        (4, 4, 4),
    ),
    "channels of a convolution": (
        lambda x: layers.Conv2D(4, 3)(x),
        lambda x: layers.Conv2D(4, 3, data_format="channels_first")(x),
        (4, 4, 4),
    ),
    "channels of a pooling": (
        lambda x: layers.GlobalAveragePooling2D()(x),
        lambda x: layers.GlobalAveragePooling2D(data_format="channels_first")(x),
        (4, 4, 4),
    ),
    "channels of a flattening": (
        lambda x: layers.Dense(2)(layers.Flatten()(x)),
        lambda x: layers.Dense(2)(layers.Flatten(data_format="channels_first")(x)),
        (4, 4, 4),
    ),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_it_makes_a_difference(pair):
    one, other, shape = PAIRS[pair]
    mine, again, theirs = (network(build, shape) for build in (one, one, other))
    assert compare_models(mine, again).verdict == "exact"
    assert compare_models(mine, theirs).verdict not in ("exact", "equivalent")
    assert compare_models(theirs, mine).text()


def test_what_is_not_set_is_no_argument():
    plain, spelled = (
        attention(),
        attention(use_causal_mask=False, return_attention_scores=False, training=False),
    )
    assert compare_models(network(plain, (5, 4)), network(spelled, (5, 4))).verdict == "exact"


class Closed(keras.layers.Layer):
    """A block of a person's own whose code symbolic tensors cannot go through."""

    def __init__(self, **options):
        super().__init__(**options)
        self.conv = keras.layers.Conv2D(4, 3)

    def build(self, shape):
        self.conv.build(shape)

    def compute_output_shape(self, shape):
        return self.conv.compute_output_shape(shape)

    def call(self, x):
        return self.conv(np.asarray(x))


def test_a_layer_that_cannot_be_opened_is_said_once():
    def student(x):
        return keras.layers.Conv2D(2, 1)(Closed()(Closed()(x)))

    report = compare_models(network(student, (9, 9, 3)), network(student, (9, 9, 3)))
    (note,) = report.notes
    assert note.startswith("the inside of a layer of one's own cannot be seen: Closed cannot be opened: ")
