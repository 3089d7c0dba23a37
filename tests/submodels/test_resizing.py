"""The same weights for images of another size."""

import keras
import numpy as np
import pytest
from keras import layers

import keras_cnns
from keras_cnns import architectures


def test_a_trunk_of_a_fixed_size_takes_any():
    model = architectures.vgg11((32, 32, 3), 3)
    free = keras_cnns.at_size(keras_cnns.backbone(model), (None, None, 3))
    small, large = np.random.default_rng(0).random((1, 32, 32, 3)), np.zeros((2, 50, 70, 3))
    np.testing.assert_allclose(free(small), keras_cnns.backbone(model)(small), rtol=1e-5)
    assert free(large).shape == (2, 1, 2, 512)
    assert {id(weight) for weight in free.weights} <= {id(weight) for weight in model.weights}


def test_a_model_with_one_inside():
    inner = keras_cnns.backbone(architectures.resnet18((32, 32, 3), 3))
    inputs = keras.Input((32, 32, 3))
    model = keras.Model(inputs, layers.GlobalAveragePooling2D()(inner(layers.Rescaling(2.0)(inputs))))
    assert keras_cnns.at_size(model, (None, 40, 3))(np.zeros((1, 99, 40, 3))).shape == (1, 512)


@pytest.mark.parametrize("in_shape", [(None, None, 1), (None, 3), "8", (8.0, 8, 3), 8, (0, 8, 3)])
def test_what_is_no_size(in_shape):
    model = keras_cnns.backbone(architectures.vgg11((32, 32, 3), 3))
    with pytest.raises(
        ValueError, match=r"in_shape must be such as \(None, None, 3\), with 3 channels; got "
    ):
        keras_cnns.at_size(model, in_shape)


def test_a_classifier_of_a_fixed_size_is_refused_with_the_way():
    with pytest.raises(ValueError, match=r"does not fit 'vgg11': .*give backbone\(model\)"):
        keras_cnns.at_size(architectures.vgg11((32, 32, 3), 3), (64, 64, 3))
