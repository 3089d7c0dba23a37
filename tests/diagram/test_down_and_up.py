"""Networks that go down and up again are narrow enough for a screen, and their pictures are true."""

import re

import keras
import pytest
from keras import layers
from support import scene_reader
from support.outline_grammar import elements, parse

from keras_cnns.visualize import outline, plot_model
from keras_cnns.weightless import build_weightless

WIDEST = 2400


def conv(x, filters, kernel=3, strides=1):
    y = layers.Conv2D(filters, kernel, strides, "same", use_bias=False)(x)
    return layers.LeakyReLU(negative_slope=0.1)(layers.BatchNormalization()(y))


def residual(x):
    y = layers.Conv2D(8, 1, activation="relu")(x)
    y = layers.Conv2D(8, 3, padding="same", activation="relu")(y)
    return layers.Add()([x, layers.Conv2D(16, 1)(y)])


def down_and_up(x, depth):
    low = residual(layers.MaxPooling2D()(x))
    low = down_and_up(low, depth - 1) if depth > 1 else residual(low)
    return layers.Add()([residual(x), layers.UpSampling2D()(residual(low))])


def hourglass(stacks, depth=4):
    """Newell, Yang and Deng 2016, "Stacked Hourglass Networks for Human Pose Estimation", Figures 3 and 4."""
    inputs = keras.Input((64, 64, 3))
    x = residual(layers.Conv2D(16, 7, padding="same", activation="relu")(inputs))
    outputs = []
    for stack in range(stacks):
        y = layers.Conv2D(16, 1, activation="relu")(residual(down_and_up(x, depth)))
        outputs.append(layers.Conv2D(4, 1)(y))
        if stack < stacks - 1:
            x = layers.Add()([x, layers.Conv2D(16, 1)(y), layers.Conv2D(16, 1)(outputs[-1])])
    return keras.Model(inputs, outputs)


def three_scales():
    """A Darknet with a head at three scales, as in Redmon and Farhadi 2018, "YOLOv3"."""
    inputs = keras.Input((128, 128, 3))
    x, taken = conv(inputs, 4), []
    for blocks in (1, 2, 8, 8, 4):
        x = conv(x, 8, strides=2)
        for _ in range(blocks):
            x = layers.Add()([x, conv(conv(x, 4, 1), 8)])
        taken.append(x)
    outputs = []
    for scale, skip in enumerate((None, taken[3], taken[2])):
        if scale:
            x = layers.Concatenate()([layers.UpSampling2D()(conv(x, 4, 1)), skip])
        for _ in range(2):
            x = conv(conv(x, 4, 1), 8)
        x = conv(x, 4, 1)
        outputs.append(layers.Reshape((-1, 3, 5))(layers.Conv2D(15, 1)(conv(x, 8))))
    return keras.Model(inputs, outputs)


@pytest.mark.parametrize("stacks", [1, 2, 4])
def test_hourglass(stacks):
    model = build_weightless(hourglass, stacks)
    picture = plot_model(model)
    assert picture.scene.width <= WIDEST
    if stacks < 4:
        scene_reader.check(model)
    drawn = parse(outline(model))
    blocks = [name for name in drawn.modules if name == "identity block"]
    assert blocks, "the residual block is explained once"
    # One hourglass is the network; several are one module.
    assert len(drawn.modules) == (1 if stacks == 1 else 2)
    if stacks > 1:
        (whole,) = [name for name in drawn.modules if name != "identity block"]
        labels = [element.label for element in elements(drawn.lane)]
        assert labels.count(whole) == stacks
        assert len(re.findall("max-pool", outline(model))) == 4


def test_heads_at_three_scales():
    model = build_weightless(three_scales)
    assert plot_model(model).scene.width <= WIDEST
    scene_reader.check(model)
