"""Small models of the kinds that people draw."""

from keras import Input, Model, Sequential, layers

from support.random_models import SHAPE


def conv(x, size=3, activation="relu"):
    return layers.Conv2D(3, size, padding="same", activation=activation)(x)


def residual(x):
    return layers.Add()([conv(conv(x)), x])


def nested():
    inner = Sequential([Input(SHAPE), layers.Conv2D(3, 3, padding="same"), layers.ReLU()], name="inner")
    outer = Sequential([Input(SHAPE), inner, layers.Conv2D(3, 1)], name="outer")
    x = Input(SHAPE)
    return Model(x, layers.GlobalAveragePooling2D()(outer(x)))


def unet(depth):
    x = y = Input((32, 32, 3))
    skips = []
    for _ in range(depth):
        skips.append(y := conv(conv(y)))
        y = layers.MaxPooling2D()(y)
    y = conv(conv(y))
    for skip in reversed(skips):
        y = layers.Concatenate()([layers.Conv2DTranspose(4, 2, strides=2)(y), skip])
        y = conv(conv(y))
    return Model(x, conv(y, 1))


def inception_like():
    x = y = Input(SHAPE)
    for i in range(1, 4):
        y = layers.Concatenate(name=f"mixing_a{i}")([conv(y), conv(y, 1), conv(y, 5)])
    return Model(x, y)
