"""ShuffleNet v2 as students write it, with slices for the split and a reshape for the shuffle."""

import keras
import pytest
from keras import layers

from keras_cnns import compare
from keras_cnns.weightless import build_weightless


def normalized(x, relu=True):
    x = layers.BatchNormalization(epsilon=1e-5)(x)
    return layers.ReLU()(x) if relu else x


def windows(x, strides):
    """What is before windows with this stride, and how they are padded."""
    return (layers.ZeroPadding2D(1)(x), "valid") if strides > 1 else (x, "same")


def convolved(x, filters, kernel=1, strides=1):
    x, padding = windows(x, strides)
    return normalized(layers.Conv2D(filters, kernel, strides, padding, use_bias=False)(x))


def by_depth(x, strides):
    x, padding = windows(x, strides)
    return normalized(layers.DepthwiseConv2D(3, strides, padding, use_bias=False)(x), relu=False)


def shuffled(x, groups=2):
    height, width, n = x.shape[1:]
    x = layers.Permute((1, 2, 4, 3))(layers.Reshape((height, width, groups, n // groups))(x))
    return layers.Reshape((height, width, n))(x)


def shufflenet(shuffle):
    x = inputs = keras.Input((224, 224, 3))
    x = layers.MaxPooling2D(3, 2)(layers.ZeroPadding2D(1)(convolved(x, 24, 3, 2)))
    for width, depth in ((116, 4), (232, 8), (464, 4)):
        half = width // 2
        for i in range(depth):
            strides = 1 if i else 2
            left, right = (x[..., :half], x[..., half:]) if i else (convolved(by_depth(x, 2), half), x)
            right = convolved(by_depth(convolved(right, half), strides), half)
            x = shuffle(layers.Concatenate()([left, right]))
    x = layers.GlobalAveragePooling2D()(convolved(x, 1024))
    return keras.Model(inputs, layers.Dense(1000, activation="softmax")(x))


SHUFFLES = {"reshaped": shuffled, "in a Lambda": lambda x: layers.Lambda(shuffled)(x)}


@pytest.mark.parametrize("shuffle", SHUFFLES.values(), ids=SHUFFLES)
def test_a_students_network_is_the_reference(shuffle):
    assert compare(build_weightless(lambda: shufflenet(shuffle)), "shufflenet_v2").verdict == "exact"


def test_a_network_without_shuffles_lacks_sixteen():
    report = compare(build_weightless(lambda: shufflenet(lambda x: x)), "shufflenet_v2")
    (only,) = report.differences
    assert "channel shuffle" in str(only) and "15 other places" in str(only)
