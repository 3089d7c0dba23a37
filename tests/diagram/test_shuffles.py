"""Units that split channels and shuffle them: what they are called, and what is a shuffle."""

import keras
import pytest
from keras import layers

from keras_cnns import outline
from keras_cnns.graph.shuffles import interleaved


def unit(x, order, split=True):
    left, right = keras.ops.split(x, 2, axis=-1) if split else (x, x)
    for kind in (layers.Conv2D, layers.DepthwiseConv2D):
        right = kind(4, 1)(right) if kind is layers.Conv2D else kind(3, padding="same")(right)
    return keras.ops.take(layers.Concatenate()([left, right]), order, axis=-1)


def drawn(*orders, **options):
    x = inputs = keras.Input((16, 16, 8))
    for order in orders:
        x = unit(x, order, **options)
    return outline(keras.Model(inputs, layers.GlobalAveragePooling2D()(x)))


IN_TURN = interleaved(8, 2)


def test_a_shuffle_takes_from_each_group_in_turn():
    assert IN_TURN == [0, 4, 1, 5, 2, 6, 3, 7] and interleaved(6, 3) == [0, 2, 4, 1, 3, 5]
    text = drawn(IN_TURN, IN_TURN)
    assert "[basic unit]×2" in text and "concat ·reads part 1 of 2 → shuffle" in text


def test_shuffles_of_other_groups_are_told_apart():
    """The picture says how many groups there are, but for two halves."""
    text = drawn(IN_TURN, interleaved(8, 4))
    assert "×2" not in text and "shuffle ·4 groups" in text


@pytest.mark.parametrize("order", [IN_TURN[::-1], list(range(8)), [0] * 8, IN_TURN[:-1]])
def test_another_choice_of_channels_is_no_shuffle(order):
    x = keras.Input((16, 16, 8))
    text = outline(keras.Model(x, layers.Conv2D(4, 1)(keras.ops.take(x, order, axis=-1)[..., :1])))
    assert "take" in text and "shuffle" not in text


def test_a_unit_that_passes_half_of_the_maps_on_is_no_dense_unit():
    """DenseNet's unit passes on all that it reads."""
    inputs = keras.Input((16, 16, 8))
    left, right = keras.ops.split(inputs, 2, axis=-1)
    x = layers.Concatenate()([left, layers.Conv2D(4, 3, padding="same")(layers.Conv2D(4, 1)(right))])
    whole = layers.Concatenate()([x, layers.Conv2D(4, 3, padding="same")(layers.Conv2D(4, 1)(x))])
    text = outline(keras.Model(inputs, layers.GlobalAveragePooling2D()(whole)))
    assert "skip: split → (" in text and "dense unit: (" in text


def of_groups(x, order, filters, pool=layers.AveragePooling2D):
    """ShuffleNet's unit, with the mean of windows beside it where it halves the map."""
    y = layers.Conv2D(8, 1, groups=2)(x)
    y = y if order is None else keras.ops.take(y, order, axis=-1)
    y = layers.DepthwiseConv2D(3, 1 if filters == x.shape[-1] else 2, "same")(y)
    y = layers.Conv2D(filters, 1, groups=2)(y)
    if filters == x.shape[-1]:
        return layers.Add()([x, y])
    return layers.Concatenate()([pool(3, 2, "same")(x), y])


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"order": IN_TURN}, True),
        ({"order": None}, False),
        ({"order": IN_TURN, "pool": layers.MaxPooling2D}, False),
    ],
)
def test_units_of_groups_have_the_papers_names_only_if_they_are_the_papers(options, named):
    x = inputs = keras.Input((16, 16, 8))
    for filters in (8, 8, 4):
        x = of_groups(x, filters=filters, **options)
    text = outline(keras.Model(inputs, layers.GlobalAveragePooling2D()(x)))
    assert ("[basic unit]×2" in text) == (options["order"] is not None)
    assert ("down-sampling unit" in text) == named
