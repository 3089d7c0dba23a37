"""A picture of twice the layers takes about twice the work, counted in calls of Python's functions."""

import sys

import keras
import pytest
from keras import layers
from support.random_models import SHAPE, Mixer, Shifter, deep

from keras_cnns.diagram.draw.captions import CaptionOptions
from keras_cnns.diagram.draw.layout import layout
from keras_cnns.diagram.fold.fold import fold
from keras_cnns.diagram.output.svg import to_svg
from keras_cnns.weightless import build_weightless


def chain(n):
    """n layers in residual blocks of two."""
    x = y = keras.Input(SHAPE)
    for _ in range(n // 2):
        y = layers.Add()([Mixer()(y), y])
    return keras.Model(x, y)


def u_shape(n):
    """n layers, of which each on the way down is joined again on the way up."""
    x = y = keras.Input(SHAPE)
    skips = []
    for _ in range(n // 4):
        skips.append(y := Mixer()(y))
    y = Shifter()(y)
    for skip in reversed(skips):
        y = layers.Add()([Mixer()(y), skip])
    return keras.Model(x, y)


def calls(build, n):
    """How many calls, of generators each step, it takes to draw a model of so many layers."""
    with deep():
        model = build_weightless(build, n)
    count = 0

    def counted(frame, event, argument):
        nonlocal count
        count += event == "call"

    sys.setprofile(counted)
    try:
        to_svg(layout(fold(model), CaptionOptions()))
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("build", [chain, u_shape])
def test_work_grows_with_the_layers_and_no_faster(build):
    calls(build, 100)  # what is kept for all pictures
    assert calls(build, 600) < 2.1 * calls(build, 300)
