"""Residual blocks that are normalized and activated before their convolutions: one remark, and only then."""

from functools import cache

import keras
import pytest
from keras import layers

import keras_cnns
from keras_cnns.comparison.compare_models import compare_models
from keras_cnns.weightless import build_weightless

BLOCKS = ((4, 1), (8, 2), (8, 1), (16, 2), (16, 1))


def conv(filters, kernel=3, strides=1):
    return layers.Conv2D(filters, kernel, strides, "same", use_bias=False)


def norm():
    return layers.BatchNormalization(epsilon=1e-5)


def block_of_2015(x, filters, strides):
    y = layers.ReLU()(norm()(conv(filters, 3, strides)(x)))
    y = norm()(conv(filters)(y))
    if strides > 1:
        x = norm()(conv(filters, 1, strides)(x))
    return layers.ReLU()(layers.add([y, x]))


def block_of_2016(x, filters, strides, wrong="", projection="of the input"):
    """With a mistake: a word of `MISTAKES` or of `OTHER_ORDERS`."""
    y = norm()(x) if wrong != "first normalization missing" else x
    y = layers.ReLU()(y) if wrong != "first activation missing" else y
    if wrong == "first two swapped":
        y = norm()(layers.ReLU()(x))
    x = y if wrong == "shortcut of what is activated" else x
    start = y if projection == "of what is activated" else x
    y = conv(filters, 5 if wrong == "kernel" else 3, strides)(y)
    y = norm()(y) if wrong != "second normalization missing" else y
    y = conv(filters)(layers.ELU()(y) if wrong == "activation" else layers.ReLU()(y))
    y = norm()(y) if wrong == "normalized before the sum" else y
    if strides > 1:
        x = conv(filters, 1, strides)(start)
        x = norm()(x) if projection == "normalized" else x
    y = layers.add([y, x])
    return layers.ReLU()(y) if wrong == "sum activated" else y


def network(*blocks, ends=False):
    def build():
        inputs = keras.Input((32, 32, 3))
        x = layers.ReLU()(norm()(conv(4)(inputs)))
        for block, numbers in zip(blocks, BLOCKS):
            x = block(x, *numbers)
        if ends:
            x = layers.ReLU()(norm()(x))
        return keras.Model(inputs, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)))

    return build_weightless(build)


@cache
def reference():
    return network(*[block_of_2015] * 5)


def found(model):
    return [(one.mistake, len(one.places)) for one in compare_models(model, reference()).differences]


def wrong(word):
    return lambda x, filters, strides: block_of_2016(x, filters, strides, word)


def of_projection(word):
    return lambda x, filters, strides: block_of_2016(x, filters, strides, projection=word)


@pytest.mark.parametrize("ends", [False, True])
@pytest.mark.parametrize("projection", ["of the input", "of what is activated", "normalized"])
def test_the_other_order_is_one_remark(projection, ends):
    model = network(*[of_projection(projection)] * 5, ends=ends)
    (one,) = compare_models(model, reference()).differences
    assert (one.mistake, len(one.places)) == ("pre-activation", 5), one.message
    assert one.parameters == model.count_params() - reference().count_params()
    assert ("2 projections are not normalized" in one.message) == (projection != "normalized")
    assert ("once more after the last sum" in one.message) == ends
    assert one.at == tuple(layer.name for layer in model.layers if isinstance(layer, layers.Add))


@pytest.mark.parametrize("places", [(0, 1, 2, 3), (2, 3, 4), (1, 3), (0,), (4,)])
def test_only_the_blocks_in_the_other_order_are_counted(places):
    blocks = [block_of_2016 if place in places else block_of_2015 for place in range(5)]
    assert found(network(*blocks)) == [("pre-activation", len(places))]


# One more mistake in the second block, the fourth, which projects, or the last: (its name).
MISTAKES = {"kernel": "different kernel", "activation": "different activation"}


@pytest.mark.parametrize("place", [1, 2, 4])
@pytest.mark.parametrize("word", MISTAKES)
def test_another_mistake_in_such_a_block_is_a_second_remark(word, place):
    blocks = [wrong(word) if number == place else block_of_2016 for number in range(5)]
    assert found(network(*blocks)) == [("pre-activation", 5), (MISTAKES[word], 1)]


OTHER_ORDERS = (
    "first normalization missing",
    "first activation missing",
    "first two swapped",
    "second normalization missing",
    "shortcut of what is activated",
    "normalized before the sum",
    "sum activated",
)


@pytest.mark.parametrize("place", [0, 2, 4])
@pytest.mark.parametrize("word", OTHER_ORDERS)
def test_a_block_in_yet_another_order_is_not_counted(word, place):
    """It is the reference's in no order: other remarks are made of it."""
    blocks = [wrong(word) if number == place else block_of_2016 for number in range(5)]
    (name, places), *others = found(network(*blocks))
    assert name == "pre-activation" and places < 5 and others


def test_a_network_of_2015_has_no_such_remark():
    assert found(network(*[block_of_2015] * 5)) == []
    named = keras_cnns.compare("resnet34", "resnet18").differences
    assert "pre-activation" not in {one.mistake for one in named}
