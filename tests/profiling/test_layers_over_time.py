"""Layers at each step of time: the multiply-adds of one step, as often as there are steps."""

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
