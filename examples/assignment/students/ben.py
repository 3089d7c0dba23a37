import keras
from keras import layers


def build_lenet():
    """A ReLU after both convolutions, as in most tutorials."""
    inputs = keras.Input((28, 28, 1))
    x = layers.MaxPooling2D(2)(layers.Conv2D(20, 5, activation="relu")(inputs))
    x = layers.MaxPooling2D(2)(layers.Conv2D(50, 5, activation="relu")(x))
    x = layers.Dense(500, activation="relu")(layers.Flatten()(x))
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(x))


def build_resnet():
    """The activation before the sum."""

    def conv_bn(x, filters, size, strides=1):
        if strides == 2:
            x = layers.ZeroPadding2D(size // 2)(x)
        x = layers.Conv2D(filters, size, strides, "same" if strides == 1 else "valid", use_bias=False)(x)
        return layers.BatchNormalization(epsilon=1e-5)(x)

    inputs = keras.Input((64, 64, 3))
    x = layers.ReLU()(conv_bn(inputs, 64, 7, 2))
    x = layers.MaxPooling2D(3, 2)(layers.ZeroPadding2D(1)(x))
    for stage, blocks in enumerate([2, 2, 2, 2]):
        filters = 64 * 2**stage
        for number in range(blocks):
            strides = 2 if stage and not number else 1
            y = layers.ReLU()(conv_bn(x, filters, 3, strides))
            y = conv_bn(y, filters, 3)
            if strides == 2:
                x = conv_bn(x, filters, 1, 2)
            x = layers.Add()([layers.ReLU()(y), x])
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(x))
