"""Masks that go along by themselves are no part of a network; those that a person computes are."""

import keras
import pytest
from keras import Input, Model, layers, ops

from keras_cnns import outline, profile
from keras_cnns.graph import read
from keras_cnns.weightless import build_weightless

STEPS = 6


def tokens():
    return Input((STEPS,), dtype="int32")


def average(mask_zero):
    """An average over the words."""
    x = tokens()
    y = layers.LSTM(4, return_sequences=True)(layers.Embedding(9, 3, mask_zero=mask_zero)(x))
    return Model(x, layers.GlobalAveragePooling1D()(y))


def two_texts(mask_zero):
    """Two texts that are joined: the masks are joined, too."""
    one, two = tokens(), tokens()
    embedding = layers.Embedding(9, 3, mask_zero=mask_zero)
    y = layers.Concatenate(axis=-1)([embedding(one), embedding(two)])
    return Model([one, two], layers.GRU(4)(layers.Add()([y, y])))


def attention(mask_zero):
    x = tokens()
    y = layers.Embedding(9, 4, mask_zero=mask_zero)(x)
    y = layers.MultiHeadAttention(2, 2)(query=y, value=y, use_causal_mask=True)
    return Model(x, layers.Bidirectional(layers.LSTM(2))(layers.Dense(4)(y)))


def masking(mask_zero):
    x = Input((STEPS, 3))
    y = layers.Masking(-1.0)(x) if mask_zero else layers.Identity()(x)
    return Model(x, layers.TimeDistributed(layers.Dense(2))(layers.LSTM(3, return_sequences=True)(y)))


def nested(mask_zero):
    """A model inside the model, which takes the mask that comes with its input."""
    inner = Input((STEPS, 3))
    head = Model(inner, layers.Dense(2)(layers.LSTM(3)(inner)))
    x = tokens()
    return Model(x, head(layers.Embedding(9, 3, mask_zero=mask_zero)(x)))


def kinds(model):
    return [type(vertex.operation).__name__ for vertex in read(model, expand_nested=True).vertices]


def weightless(test):
    """The test, run where variables get no values."""
    return lambda: build_weightless(test)


@pytest.mark.parametrize("build", [average, two_texts, attention, masking, nested])
def test_what_carries_a_mask_is_no_part_of_the_network(build):
    with_masks, without = build_weightless(build, True), build_weightless(build, False)
    keras_own = {type(operation).__name__ for operation in with_masks._operations}
    assert build is nested or keras_own - set(kinds(without)) - {"Masking"}  # Keras does add functions
    found = [kind.replace("Masking", "Identity") for kind in kinds(with_masks)]
    assert found == kinds(without)
    edges = [vertex.sources for vertex in read(without).vertices]
    assert [vertex.sources for vertex in read(with_masks).vertices] == edges


@pytest.mark.parametrize("build", [average, two_texts, attention, masking])
def test_masks_that_were_saved_are_as_little_part_of_it(build):
    model = build_weightless(build, True)
    again = build_weightless(type(model).from_config, model.get_config())
    assert kinds(again) == kinds(model)


@weightless
def test_a_mask_that_a_person_computes_stays():
    x = tokens()
    y = layers.Embedding(9, 4)(x)
    mask = ops.expand_dims(ops.not_equal(x, 0), 1)
    y = layers.MultiHeadAttention(2, 2)(y, y, attention_mask=mask)
    found = kinds(Model(x, layers.GlobalAveragePooling1D()(y)))
    assert {"NotEqual", "ExpandDims"} <= set(found)


@weightless
def test_a_mask_that_is_used_as_data_stays():
    x = tokens()
    y = layers.Embedding(9, 4, mask_zero=True)(x)
    lengths = ops.sum(ops.cast(ops.not_equal(x, 0), "float32"), axis=1, keepdims=True)
    z = layers.Concatenate()([layers.LSTM(3)(y), lengths])
    found = kinds(Model(x, layers.Dense(2)(z)))
    assert found.count("NotEqual") == 1 and "Sum" in found and "Cast" in found


@weightless
def test_another_mask_than_the_one_that_comes_along_stays():
    x = tokens()
    y = layers.Embedding(9, 4, mask_zero=True)(x)
    found = kinds(Model(x, layers.LSTM(3)(y, mask=ops.not_equal(x, 1))))
    assert found.count("NotEqual") == 1


@weightless
def test_a_mask_costs_nothing_and_is_not_drawn():
    assert [row.kind for row in profile(average(True)).rows] == kinds(average(False))
    lanes = [outline(average(mask)).splitlines()[1] for mask in (True, False)]
    assert lanes[0] == lanes[1] and lanes[0].count("→") == 3


@weightless
def test_shapes_of_another_size_are_found_without_the_masks():
    x = Input((None,), dtype="int32")
    y = layers.Embedding(9, 3, mask_zero=True)(x)
    y = layers.LSTM(4, return_sequences=True)(layers.Concatenate()([y, y]))
    rows = profile(Model(x, layers.GlobalAveragePooling1D()(y)), in_shape=(7,)).rows
    assert [row.shape[1:] for row in rows] == [(7,), (7, 3), (7, 6), (7, 4), (4,)]
    assert keras.tree.flatten([row.macs for row in rows]).count(None) == 0
