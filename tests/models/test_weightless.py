"""Looking at a network costs no memory for its weights, and leaves nothing behind that would cost later."""

import keras
import numpy as np
import pytest
from support.sizes import PROC, alone

import keras_cnns
from keras_cnns.building import without_weights
from keras_cnns.weightless import build_weightless

GROWTH = """
from keras_cnns.building import without_weights
from keras_cnns.visualize import outline, plot_model
from support.sizes import peak_memory

without_weights("lenet_5")
before = peak_memory()
model = without_weights("vgg19")
assert model.count_params() == 143_667_240
outline(model)
plot_model(model).svg()
print(peak_memory() - before)
"""


@pytest.mark.long
@PROC
def test_vgg_19_takes_little_memory():
    """Its weights are 575 MB; counting and drawing it must stay far below, in MiB."""
    assert float(alone(GROWTH)) < 40


@pytest.mark.parametrize("name", ["resnet18", "inception_net", "alexnet", "lenet_5"])
def test_no_variable_has_a_value(name):
    model = without_weights(name)
    assert model.variables
    assert all(variable._value is None for variable in model.variables)


def test_nothing_is_filled_later():
    """The next such scope, which JAX opens to train another model, would fill what was left waiting."""
    model = without_weights("lenet_5")
    with keras.StatelessScope():
        keras.layers.Dense(1).build((None, 1))
    assert all(variable._value is None for variable in model.variables)


def test_models_built_before_and_after_are_usual():
    before = keras.layers.Dense(2)
    before.build((None, 3))
    without_weights("lenet_5")
    after = keras_cnns.create("lenet_5")
    assert before.kernel.numpy().shape == (3, 2)
    assert after.predict(np.zeros((1, 32, 32, 1)), verbose=0).shape == (1, 10)


def test_what_create_takes():
    model = without_weights("inception_v3", (107, 120, 1), 7, aux=True)
    assert (model.input_shape, [output.shape for output in model.outputs]) == (
        (None, 107, 120, 1),
        [(None, 7), (None, 7)],
    )
    assert model.compiled
    assert without_weights("alexnet", groups=1).count_params() == 62_378_344
    with pytest.raises(ValueError, match="vgg16 takes no option aux"):
        without_weights("vgg16", aux=True)
    with pytest.raises(ValueError, match="did you mean resnet50"):
        without_weights("ResNet-5")


def test_names_do_not_depend_on_what_was_built_before():
    def build():
        inputs = keras.Input((8, 8, 3))
        return keras.Model(inputs, keras.layers.ReLU()(keras.layers.Conv2D(2, 3)(inputs)))

    first = [layer.name for layer in build_weightless(build).layers]
    assert first[1:] == ["conv2d", "re_lu"]
    assert first == [layer.name for layer in build_weightless(build).layers]


def test_errors_come_through():
    with pytest.raises(ZeroDivisionError):
        build_weightless(lambda: 1 / 0)
