"""What a student is, and what all of them write."""

from collections.abc import Callable
from typing import NamedTuple

import keras
from keras import layers


class Student(NamedTuple):
    """A network, what it should be (a name, or a function), what a teacher remarks, and what is ignored.

    The remarks are names of mistakes with the number of places, the first remark first; pairs if a name comes
    twice; none if the network is right.
    """

    build: Callable
    reference: object
    remarks: dict | tuple
    ignore: tuple = ()


def sequence(shape, *stack):
    return keras.Sequential([keras.Input(shape), *stack])


def convolved(x, filters, kernel, strides=1, activate=True, padding=None, **normalization):
    """Convolution, batch normalization and ReLU, padded alike on every side unless a word is given."""
    word = padding or ("valid" if strides > 1 else "same")
    if padding is None and strides > 1 and kernel > 1:
        x = layers.ZeroPadding2D(kernel // 2)(x)
    x = layers.Conv2D(filters, kernel, strides, padding=word, use_bias=False)(x)
    x = layers.BatchNormalization(**{"epsilon": 1e-5, **normalization})(x)
    return layers.ReLU()(x) if activate else x


def classified(x, classes=1000):
    return layers.Dense(classes, "softmax")(layers.GlobalAveragePooling2D()(x))
