"""Blocks that differ only in how they join two tensors: in which order, or which of them twice."""

import keras
import numpy as np
import pytest
from keras import layers
from support.scene_look_alikes import look_alikes
from support.scene_reader import check

from keras_cnns.visualize import outline, plot_model


def row(*joins):
    """A block for each way to join what comes in with a convolution of it."""
    x = y = keras.Input((6, 6, 2))
    for join in joins:
        y = join(y, layers.Conv2D(2, 3, padding="same", activation="relu")(y))
    return keras.Model(x, y)


def subtract(y, f):
    return layers.Subtract()([y, f])


def subtract_from(y, f):
    return layers.Subtract()([f, y])


def add(y, f):
    return layers.Add()([y, f])


def with_one_twice(y, f):
    return layers.Add()([y, f, f])


def with_the_other_twice(y, f):
    return layers.Add()([y, f, y])


def outputs(join):
    keras.utils.set_random_seed(1)
    return keras.ops.convert_to_numpy(row(join)(np.ones((1, 6, 6, 2), "float32")))


PAIRS = [(subtract, subtract_from), (add, with_one_twice), (with_one_twice, with_the_other_twice)]


@pytest.mark.parametrize("pair", PAIRS)
def test_each_is_drawn_and_can_be_told_from_the_other(pair):
    assert not np.allclose(*map(outputs, pair))
    model = row(*pair)
    assert "×" not in outline(model).replace("3×3", "")
    assert not look_alikes(plot_model(model).scene)
    check(model)


def test_words_say_how_each_joins():
    model = row(subtract, subtract_from)
    assert "subtract ·shortcut, then branch 1" in outline(model)
    assert "subtract ·branch 1, then shortcut" in outline(model)
    model = row(with_one_twice, with_the_other_twice)
    assert "add ·reads branch 1 twice" in outline(model) and "add ·reads shortcut twice" in outline(model)


@pytest.mark.parametrize("join", [subtract, add, with_one_twice])
def test_blocks_that_join_alike_fold_and_need_no_words(join):
    text = outline(row(join, join))
    assert "]×2" in text and "shortcut" not in text
