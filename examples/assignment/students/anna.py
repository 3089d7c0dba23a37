import keras
from keras import layers


def build_lenet():
    """Right: a Sequential piece, activations as layers."""
    trunk = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(20, 5),
            layers.MaxPooling2D(),
            layers.Conv2D(50, 5),
            layers.MaxPooling2D(),
        ]
    )
    image = keras.Input((28, 28, 1))
    x = layers.Activation("relu")(layers.Dense(500)(layers.Flatten()(trunk(image))))
    return keras.Model(image, layers.Softmax()(layers.Dense(10)(x)))


def build_resnet():
    """Right: blocks as a function, sums as expressions."""

    def conv_bn(x, filters, size, strides=1):
        x = layers.ZeroPadding2D(size // 2)(x)
        x = layers.Conv2D(filters, size, strides, use_bias=False)(x)
        return layers.BatchNormalization(epsilon=1e-5)(x)

    inputs = keras.Input((64, 64, 3), name="image")
    x = keras.activations.relu(conv_bn(inputs, 64, 7, 2))
    x = layers.MaxPooling2D(3, 2)(layers.ZeroPadding2D(1)(x))
    for stage, filters in enumerate([64, 128, 256, 512]):
        for first in (True, False):
            strides = 2 if first and stage else 1
            y = keras.activations.relu(conv_bn(x, filters, 3, strides))
            y = conv_bn(y, filters, 3)
            x = y + (conv_bn(x, filters, 1, 2) if strides == 2 else x)
            x = keras.activations.relu(x)
    x = keras.ops.mean(x, axis=(1, 2))
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(x))
