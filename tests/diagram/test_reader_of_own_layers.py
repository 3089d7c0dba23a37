"""The scene reader looks inside layers of a person's own: with masks, with the batch's size, nested."""

from dataclasses import replace

import keras
import pytest
from keras import layers, ops
from support.scene_reader import check, differences

from keras_cnns.diagram.draw.scene import Line
from keras_cnns.visualize import plot_model


class Encoder(keras.Layer):
    """An encoder block that is given a mask by name."""

    def __init__(self, heads=2, **options):
        super().__init__(**options)
        self.attention = layers.MultiHeadAttention(heads, 4)
        self.norm = layers.LayerNormalization()
        self.wide, self.narrow = layers.Dense(16, activation="relu"), layers.Dense(8)

    def build(self, shape):
        self.attention.build(shape, shape)
        self.norm.build(shape)
        self.wide.build(shape)
        self.narrow.build((*shape[:-1], 16))

    def call(self, x, padding_mask=None):
        mask = None if padding_mask is None else ops.expand_dims(ops.cast(padding_mask, "bool"), 1)
        x = self.norm(x + self.attention(x, x, attention_mask=mask))
        return x + self.narrow(self.wide(x))


class Patches(keras.Layer):
    """Its code needs a number for the size of the batch."""

    def __init__(self, **options):
        super().__init__(**options)
        self.conv = layers.Conv2D(8, 4, 4)

    def build(self, shape):
        self.conv.build(shape)

    def call(self, x):
        batch = ops.shape(x)[0]
        y = ops.reshape(self.conv(x), (batch, 16, 8))
        return ops.concatenate([ops.zeros((batch, 1, 8)), y], axis=1)


class Two(keras.Layer):
    """Layers of one's own in one of one's own, with functions in each."""

    def __init__(self, times=2, **options):
        super().__init__(**options)
        self.blocks = [Encoder() for _ in range(times)]

    def build(self, shape):
        for block in self.blocks:
            block.build(shape)

    def call(self, x, padding_mask=None):
        start = x * 2.0
        for block in self.blocks:
            x = x + block(x, padding_mask=padding_mask)
        return x + start


def masked():
    x, mask = keras.Input((6, 8)), keras.Input((6,), dtype="int32")
    y = x
    for _ in range(3):
        y = Encoder()(y, padding_mask=mask)
    return keras.Model([x, mask], layers.Dense(3)(y))


def patches():
    x = keras.Input((16, 16, 3))
    return keras.Model(x, layers.Dense(3)(Encoder()(Patches()(x))))


def within():
    x, mask = keras.Input((6, 8)), keras.Input((6,), dtype="int32")
    return keras.Model([x, mask], Two(3)(Two()(x, padding_mask=mask), padding_mask=mask))


def carried():
    """Keras lets the mask of an embedding go along."""
    x = keras.Input((6,), dtype="int32")
    return keras.Model(
        x, layers.GlobalAveragePooling1D()(Encoder()(layers.Embedding(9, 8, mask_zero=True)(x)))
    )


def leaky():
    x = y = keras.Input((8, 8, 3))
    for _ in range(9):
        y = layers.Conv2D(3, 3, padding="same")(y)
        y = layers.LeakyReLU(negative_slope=0.01)(layers.BatchNormalization()(y))
    return keras.Model(x, layers.GlobalAveragePooling2D()(y))


@pytest.mark.parametrize("build", [masked, patches, within, carried, leaky])
def test_picture_is_true(build):
    check(build())


@pytest.mark.long
@pytest.mark.parametrize("build", [masked, within])
def test_a_line_of_the_mask_that_is_missing_is_found(build):
    """Without what leads to the inside of an opened layer by its second way the picture is not true."""
    model = build()
    scene = plot_model(model).scene
    lines = [shape for shape in scene.shapes if isinstance(shape, Line) and shape.arrow]
    found = []
    for line in lines:
        left = tuple(shape for shape in scene.shapes if shape is not line)
        found.append(bool(differences(model, replace(scene, shapes=left))))
    assert all(found)
