"""Layers over time: the multiply-adds of one step, as often as there are steps; attention however called."""

from math import prod

import keras
import pytest
from keras import layers

import keras_cnns

STEPS, LENGTH, ENTRY, UNITS = 5, 6, 3, 4
# Reckoned from the equations: at each step of a sequence every gate multiplies the input and the state.
OF_A_GATE = LENGTH * (ENTRY * UNITS + UNITS * UNITS)
CASES = {
    "LSTM": (lambda: layers.LSTM(UNITS), 4 * OF_A_GATE),
    "LSTM, all states": (lambda: layers.LSTM(UNITS, return_sequences=True), 4 * OF_A_GATE),
    "GRU": (lambda: layers.GRU(UNITS), 3 * OF_A_GATE),
    "both ways": (lambda: layers.Bidirectional(layers.LSTM(UNITS)), 2 * 4 * OF_A_GATE),
    "a model": (lambda: keras.Sequential([keras.Input((LENGTH, ENTRY)), layers.LSTM(UNITS)]), 4 * OF_A_GATE),
}


@pytest.mark.parametrize("name", CASES)
def test_a_recurrent_layer_at_each_step(name):
    build, once = CASES[name]
    x = keras.Input((STEPS, LENGTH, ENTRY))
    result = keras_cnns.profile(keras.Model(x, layers.TimeDistributed(build())(x)))
    assert (result.macs, result.uncounted) == (STEPS * once, ())


def test_twice_over_time():
    x = keras.Input((2, STEPS, LENGTH, ENTRY))
    twice = layers.TimeDistributed(layers.TimeDistributed(layers.LSTM(UNITS)))
    assert keras_cnns.profile(keras.Model(x, twice(x))).macs == 2 * STEPS * 4 * OF_A_GATE


def test_what_has_one_axis_too_few_is_not_counted():
    """Keras builds a wrapped layer that it built before on any tensor, and fails when it is to compute."""
    x, lstm = keras.Input((LENGTH, ENTRY)), layers.LSTM(UNITS)
    result = keras_cnns.profile(keras.Model(x, [lstm(x), layers.TimeDistributed(lstm)(x)]))
    assert result.macs == 4 * OF_A_GATE
    (row,) = result.uncounted
    assert row.note == "LSTM cannot compute on inputs of 2 axes"


def test_a_model_over_time_on_a_shape_that_is_not_its_own_is_not_counted():
    """Keras applies a model for one channel to two of them: it takes the last axis for one to leave out."""
    one = keras.Input((1,))
    inner = keras.Model(one, layers.Dense(UNITS)(one), name="inner")
    x = keras.Input((STEPS, 2))
    try:
        model = keras.Model(x, layers.TimeDistributed(inner)(x))
    except ValueError:
        pytest.skip("this Keras refuses to build it")
    (row,) = keras_cnns.profile(model).uncounted
    assert row.note == "inner was built for inputs of another shape"


def attended(**by_name):
    """Attention of eight steps to five, with keys and values of unlike widths."""
    tensors = {"query": keras.Input((8, 3)), "value": keras.Input((5, 7)), "key": keras.Input((5, 2))}
    if by_name.pop("masked", False):
        by_name["attention_mask"] = tensors["mask"] = keras.Input((8, 5), dtype="bool")
    layer = layers.MultiHeadAttention(2, 4, value_dim=6)
    x = tensors["query"]
    if by_name.pop("named", True):
        x = layer(query=x, value=tensors["value"], key=tensors["key"], **by_name)
    else:
        x = layer(x, tensors["value"], tensors["key"], **by_name)
    return keras.Model(tensors, x), layer


@pytest.mark.parametrize("call", [{"named": False}, {}, {"masked": True}, {"named": False, "masked": True}])
@pytest.mark.filterwarnings("ignore:When providing `inputs` as a dict")
def test_attention_however_it_is_called(call):
    model, layer = attended(**call)
    sizes = {
        weight.path.split("/")[-2]: prod(weight.shape) for weight in layer.weights if len(weight.shape) == 3
    }
    assert sizes == {"query": 3 * 8, "key": 2 * 8, "value": 7 * 12, "attention_output": 12 * 3}
    projections = 8 * (sizes["query"] + sizes["attention_output"]) + 5 * (sizes["key"] + sizes["value"])
    assert keras_cnns.profile(model).macs == projections + 8 * 5 * 2 * (4 + 6)


@pytest.mark.filterwarnings("ignore:When providing `inputs` as a dict")
def test_a_mask_is_neither_key_nor_value():
    x, mask = keras.Input((8, 3)), keras.Input((8, 8), dtype="bool")
    layer = layers.MultiHeadAttention(1, 4)
    masked = keras_cnns.profile(keras.Model([x, mask], layer(x, x, attention_mask=mask)))
    assert masked.macs == keras_cnns.profile(keras.Model(x, layer(x, x))).macs


def test_a_window_over_the_images_of_a_film():
    """It slides along two of the three axes of what it gives, so no one length belongs to each axis."""
    x = keras.Input((3, 8, 6, 2))
    film = layers.Conv3D(4, 3, padding="same")(x)
    *_, row = keras_cnns.profile(
        keras.Model(x, layers.ConvLSTM2D(5, 3, padding="same", return_sequences=True)(film))
    ).rows
    assert (row.kind, row.receptive_field) == ("ConvLSTM2D", "all")
    assert (row.size_formula, row.field_formula, row.stride_formula) == ("", "", "")
