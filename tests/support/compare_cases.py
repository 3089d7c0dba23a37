"""Small networks written in several ways, and with several mistakes, for the tests of `compare`."""

import keras
import numpy as np
from keras import layers

from keras_cnns.weightless import build_weightless

INPUT = (16, 16, 3)


def conv(*arguments, **options):
    return layers.Conv2D(*arguments, **options)


def relu():
    return layers.ReLU()


def model(*stack, shape=INPUT):
    """A model of layers in a row, without weights; what is a function is called on the tensor."""
    return build_weightless(filled, *stack, shape=shape)


def filled(*stack, shape=INPUT):
    """The same with weights."""
    x = inputs = keras.Input(shape)
    for layer in stack:
        x = layer(x)
    return keras.Model(inputs, x)


def block(x, width, strides=1, activate=True, scale=True, before=False, kernel=3):
    """A residual block as ResNet has it, or with a slip."""
    y = layers.Conv2D(width, kernel, strides, padding="same", use_bias=False)(x)
    y = layers.ReLU()(layers.BatchNormalization(scale=scale)(y))
    y = layers.Conv2D(width, 3, padding="same", use_bias=False)(y)
    y = layers.BatchNormalization()(y)
    if before:
        y = layers.ReLU()(y)
    if strides > 1 or x.shape[-1] != width:
        x = layers.BatchNormalization()(layers.Conv2D(width, 1, strides, use_bias=False)(x))
    y = layers.Add()([y, x])
    return layers.ReLU()(y) if activate and not before else y


def residual(*arguments, **options):
    """A small residual network, without weights; block `at` is built with the options in `slip`."""
    return build_weightless(_residual, *arguments, **options)


def _residual(blocks=((8, 1), (8, 1), (16, 2), (16, 1), (16, 1)), slip=None, at=0, classes=10, softmax=True):
    x = inputs = keras.Input(INPUT)
    x = layers.Conv2D(8, 3, padding="same", activation="relu")(x)
    for i, (width, strides) in enumerate(blocks):
        x = block(x, width, strides, **(slip or {} if i == at else {}))
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(classes, "softmax" if softmax else None)(x))


def inception(x, kernel=5, pool_first=True, order=(0, 1, 2)):
    """Three towers; those of a module are 1x1, 5x5 and pooling."""
    one = layers.Conv2D(8, 1, activation="relu")(x)
    five = layers.Conv2D(4, 1, activation="relu")(x)
    five = layers.Conv2D(6, kernel, padding="same", activation="relu")(five)
    pool = layers.MaxPooling2D(3, 1, "same")
    projection = layers.Conv2D(4, 1, activation="relu")
    last = projection(pool(x)) if pool_first else pool(projection(x))
    return layers.Concatenate()([(one, five, last)[i] for i in order])


def towers(**slip):
    """Two modules, the second with a slip."""
    return model(inception, lambda x: inception(x, **slip), layers.GlobalAveragePooling2D(), layers.Dense(10))


def same_function(one, other, seed=0):
    """Whether two models give the same outputs if their kernels hold the same numbers in the same order."""
    rng = np.random.default_rng(seed)
    sizes = [sum(int(np.prod(w.shape)) for w in m.weights) for m in (one, other)]
    assert sizes[0] == sizes[1], "the numbers must fit both"
    numbers = rng.uniform(0.05, 0.15, sizes[0])
    image = rng.uniform(0, 1, (2, *one.input_shape[1:])).astype("float32")
    outputs = []
    for m in (one, other):
        at = 0
        for weight in m.weights:
            size = int(np.prod(weight.shape))
            weight.assign(numbers[at : at + size].reshape(weight.shape))
            at += size
        outputs.append(np.ravel(keras.ops.convert_to_numpy(m(image))))
    return np.allclose(outputs[0], outputs[1], rtol=1e-4, atol=1e-6)
