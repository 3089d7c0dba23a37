"""Why a difference matters, where that depends on the network; the numbers are those of Keras."""

import keras
import numpy as np
import pytest
from keras import layers

import keras_cnns
from keras_cnns.weightless import build_weightless


def network(size, kernel, stride, before=0):
    def build():
        x = keras.Input((size, size, 1))
        y = layers.ZeroPadding2D(((0, before), (0, before)))(x) if before else x
        y = layers.Conv2D(2, kernel, stride)(y)
        return keras.Model(x, layers.GlobalAveragePooling2D()(y))

    return build_weightless(build)


def why(student, reference, name):
    found = {one.mistake: one for one in keras_cnns.compare(student, reference).differences}
    return found[name].why if name in found else None


def unseen_rows(size, kernel, stride):
    """Rows of the image that change nothing in what Keras computes."""
    images = np.eye(size)[:, :, None, None] * np.ones((1, 1, size, 1))
    outputs = keras.ops.conv(images, np.ones((kernel, kernel, 1, 1)), stride)
    return int((np.abs(keras.ops.convert_to_numpy(outputs)).max((1, 2, 3)) == 0).sum())


@pytest.mark.parametrize(
    "size, kernel, stride", [(224, 11, 4), (30, 5, 4), (17, 3, 4), (18, 3, 4), (31, 7, 3), (32, 8, 2)]
)
def test_pixels_in_no_window_are_those_that_change_nothing(size, kernel, stride):
    rows = unseen_rows(size, kernel, stride)
    sentence = why(network(size, kernel, stride), network(size, kernel, stride, stride), "different padding")
    if rows:
        words = (
            f"{rows} row{'s' * (rows > 1)} and {rows} column{'s' * (rows > 1)} of the {size}×{size} pixels"
        )
        assert words in sentence
    else:
        assert "in no window" not in sentence


@pytest.mark.parametrize("size, kernel, stride", [(224, 11, 4), (224, 7, 4), (224, 11, 2), (223, 11, 4)])
def test_what_alexnets_paper_prints_is_said_of_its_windows(size, kernel, stride):
    sentence = why(network(size, kernel, stride), network(227, kernel, stride), "different input shape")
    is_alexnets = (size, kernel, stride) == (224, 11, 4)
    assert ("55×55 on images of 227" in sentence) == is_alexnets
    named = network(size, kernel, stride), "alexnet"
    assert ("55×55 on images of 227" in why(*named, "different input shape")) == (size == 224)
    assert [(n - 11) // 4 + 1 for n in (224, 227)] == [54, 55]
