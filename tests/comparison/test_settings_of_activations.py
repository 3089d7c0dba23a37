"""What an activation has to choose makes a difference; a slope that is learned is a weight."""

import keras
import pytest
from keras import layers, ops

from keras_cnns.comparison.compare_models import compare_models
from keras_cnns.weightless import build_weightless

SHAPE = (4, 4, 3)


def after(function):
    def build():
        x = keras.Input(SHAPE)
        return keras.Model(x, function(x))

    return build_weightless(build)


def constant(value):
    return keras.initializers.Constant(value)


SLOPES = {
    "zeros": lambda: layers.PReLU(),
    "ones": lambda: layers.PReLU("ones"),
    "a quarter": lambda: layers.PReLU(constant(0.25)),
    "one for each channel": lambda: layers.PReLU(constant(0.25), shared_axes=[1, 2]),
    "one for all": lambda: layers.PReLU(shared_axes=[1, 2, 3]),
}


@pytest.mark.parametrize("slope", SLOPES)
def test_learned_slopes_are_compared(slope):
    mine, theirs = after(SLOPES[slope]()), after(SLOPES[slope]())
    assert compare_models(mine, mine).verdict == "exact"
    assert compare_models(mine, theirs, also=["initializers"]).verdict == "exact"


def test_where_a_learned_slope_starts_is_no_difference():
    mine, theirs = after(layers.PReLU()), after(layers.PReLU(constant(0.25)))
    assert compare_models(mine, theirs).verdict == "exact"
    assert compare_models(mine, theirs, also=["initializers"]).verdict != "exact"


DIFFERENT = {
    "shared slopes": (lambda: layers.PReLU(), lambda: layers.PReLU(shared_axes=[1, 2])),
    "other slopes shared": (lambda: layers.PReLU(shared_axes=[1]), lambda: layers.PReLU(shared_axes=[2])),
    "softmax over rows": (lambda: layers.Softmax(), lambda: layers.Softmax(axis=1)),
    "softmax of a function": (lambda: lambda x: ops.softmax(x, 1), lambda: lambda x: ops.softmax(x, 2)),
    "ELU": (lambda: layers.ELU(), lambda: layers.ELU(0.5)),
    "ReLU": (lambda: layers.ReLU(), lambda: layers.ReLU(max_value=3)),
    "leaky ReLU": (lambda: layers.LeakyReLU(0.1), lambda: layers.LeakyReLU(0.3)),
}


@pytest.mark.parametrize("case", DIFFERENT)
def test_other_settings_are_a_difference(case):
    mine, theirs = (after(build()) for build in DIFFERENT[case])
    assert compare_models(mine, mine).verdict == "exact"
    assert compare_models(mine, theirs).verdict not in ("exact", "equivalent")


def test_an_axis_counts_from_either_end():
    last = [layers.Softmax(), layers.Softmax(axis=3), layers.Activation("softmax"), ops.softmax]
    for function in last:
        assert compare_models(after(function), after(layers.Softmax())).verdict == "exact"
