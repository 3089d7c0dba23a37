"""Stages that do the same at other sizes are drawn once; what differs otherwise can be told apart."""

import keras
import numpy as np
import pytest
from keras import Input, Model, layers, ops
from support.scene_look_alikes import look_alikes
from support.scene_reader import check
from support.sizes import weightless

from keras_cnns.diagram.fold.sizes_in_calls import groups_of_axes
from keras_cnns.visualize import outline, plot_model


def stages(block, sizes=((16, 32), (8, 64))):
    """A block at each of several stages: the sides of its maps halve, its channels double."""
    x = y = Input((32, 32, 3))
    for i, (_, channels) in enumerate(sizes):
        y = layers.Conv2D(channels, 3, 2, "same", name=f"down_{i}")(y)
        y = block(y, channels)
    return Model(x, y)


class Rotated(keras.Layer):
    """Adds to each position a number of its own."""

    def call(self, x):
        return x + ops.reshape(ops.arange(x.shape[1], dtype="float32"), (1, -1, 1))


class Patches(keras.Layer):
    """A layer of a person's own with a setting; nothing can be known of what it means."""

    def __init__(self, step, **options):
        super().__init__(**options)
        self.step = step

    def call(self, x):
        return x[:, :: self.step, :: self.step]

    def compute_output_shape(self, shape):
        return (shape[0], -(-shape[1] // self.step), -(-shape[2] // self.step), shape[3])


def attended(y, channels, rotated=None):
    """Attention over pixels, as written by hand: reshaped, scaled by the root of the width, rotated."""
    side = y.shape[1]
    flat = ops.reshape(y, (-1, side * side, channels))
    rotated = rotated or Rotated()
    q, k = (rotated(layers.Dense(channels)(flat)) for _ in range(2))
    scores = ops.matmul(q, ops.transpose(k, (0, 2, 1))) * channels**-0.5
    attention = ops.matmul(ops.softmax(scores), layers.Dense(channels)(flat))
    return layers.Add()([y, ops.reshape(attention, (-1, side, side, channels))])


def gated(y, channels):
    """A gate computed at half the size and resized."""
    side = y.shape[1]
    gate = layers.Conv2D(channels, 3, padding="same", activation="sigmoid")(layers.MaxPooling2D()(y))
    gate = ops.image.resize(gate, (side, side), interpolation="nearest")
    return layers.Add()([layers.Multiply()([y, gate]), y])


def in_parts(y, channels):
    """A quarter of the channels is convolved."""
    first, rest = ops.split(y, [channels // 4], axis=-1)
    first = layers.Conv2D(channels // 4, 3, padding="same")(first)
    return layers.Add()([layers.Concatenate()([first, rest]), y])


def normalized(y, channels):
    y_ = layers.GroupNormalization(channels // 4)(layers.Conv2D(channels, 3, padding="same")(y))
    return layers.Add()([layers.ReLU()(y_), y])


def patched(y, channels):
    y_ = layers.GlobalAveragePooling2D(keepdims=True)(Patches(2 if channels == 32 else 4)(y))
    return layers.Add()([layers.Conv2D(channels, 1)(y_), y])


BLOCKS = {block.__name__: block for block in (attended, gated, in_parts, normalized, patched)}


@pytest.mark.parametrize("name", BLOCKS)
def test_no_two_panels_look_the_same(name):
    model = stages(BLOCKS[name])
    assert not look_alikes(plot_model(model).scene)
    check(model)


@pytest.mark.parametrize("name", ["attended", "gated", "in_parts"])
def test_stages_are_one_module(name):
    text = outline(stages(BLOCKS[name]))
    assert "]×2" in text and "residual A" not in text


def test_what_a_note_says_of_stages():
    assert "×0.177, ×0.125" in outline(stages(attended))
    assert "×2, nearest" in outline(stages(gated))
    assert "group" in outline(stages(normalized)) and "step 4" in outline(stages(patched))


def test_a_layer_shared_by_all_blocks_and_one_shared_inside_each_fold_alike():
    x = y = Input((8, 8, 16))
    for _ in range(3):
        y = attended(y, 16)
    each = Model(x, y)
    rotated = Rotated()
    x = y = Input((8, 8, 16))
    for _ in range(3):
        y = attended(y, 16, rotated)
    every = Model(x, y)
    for model in (each, every):
        assert "[residual]×3" in outline(model)
        check(model)


def test_blocks_that_share_layers_in_other_ways_do_not_fold():
    """The second block has a layer of its own for each of the two; the outputs show that this counts."""
    x = y = Input((8,))
    one, two, three = (layers.Dense(8, name=name) for name in ("one", "two", "three"))
    for first, second in ((one, one), (two, three)):
        y = layers.Add()([first(ops.relu(y)), second(ops.tanh(y)), y])
    model = Model(x, y)
    assert "]×2" not in outline(model)
    check(model)


NUMBERS = {
    "times": (lambda y: y * 2.0, lambda y: y * 3.0, "×2"),
    "plus": (lambda y: y + 2.0, lambda y: y + 3.0, "+ 2"),
    "minus": (lambda y: y - 2.0, lambda y: y - 3.0, "− 2"),
    "from": (lambda y: 2.0 - y, lambda y: y - 2.0, "2 − x"),
    "by": (lambda y: y / 2.0, lambda y: y / 3.0, "÷ 2"),
    "nearly the same": (lambda y: y * 0.70001, lambda y: y * 0.70002, "×0.70001"),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_are_said(name):
    """Two blocks that differ in one number: whether they fold or not, the picture has both numbers."""
    one, other, said = NUMBERS[name]
    x = y = Input((8,))
    for function in (one, other):
        y = layers.Add()([layers.Dense(8)(function(y)), y])
    text = outline(Model(x, y))
    alone = [outline(Model(x, function(x))) for function in (one, other)]
    assert alone[0] != alone[1] and said in text
    assert text.count(said) < text.count("residual") + 2


@pytest.mark.parametrize(
    "before, after, groups",
    [
        ((None, 4, 4, 8), (None, 16, 8), [1, 1, 1]),
        ((None, 16, 8), (None, 4, 4, 8), [1, 1, 1]),
        ((None, 16, 8), (None, 16, 2, 4), [1, 1, 1]),
        ((None, 56, 56, 96), (None, 7, 7, 96), [1, 1]),
        ((None, 6, 4), (None, 4, 6), [1, 1]),
        ((None, None, None, 8), (None, None, 8), [1, 1]),
        ((None, 1, 8), (None, 8, 1), None),
    ],
)
def test_axes_of_a_reshape(before, after, groups):
    """The groups are in order, whole, and of as many elements before as after."""
    found = groups_of_axes(before, after)
    assert [n for read, _ in found for n in read] == [*before]
    assert [n for _, made in found for n in made] == [*after]
    for read, made in found:
        if None not in (*read, *made):
            assert np.prod(read, dtype=int) == np.prod(made, dtype=int)
    assert groups is None or len(found) == len(groups)


@pytest.mark.parametrize("name", ["inception_resnet_v2", "DenseNet121", "MobileNetV3Small", "ConvNeXtTiny"])
def test_networks_have_no_look_alikes(name):
    assert not look_alikes(plot_model(weightless(name)).scene)
