import keras
from keras import layers


def build_lenet():
    """Right."""
    inputs = keras.Input((28, 28, 1))
    x = layers.MaxPooling2D(2)(layers.Conv2D(20, 5)(inputs))
    x = layers.MaxPooling2D(2)(layers.Conv2D(50, 5)(x))
    x = layers.Dense(500, activation="relu")(layers.Flatten()(x))
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(x))


def build_resnet():
    """Crashes: the shapes of the sum differ."""
    inputs = keras.Input((64, 64, 3))
    x = layers.Conv2D(64, 7, 2, "same", use_bias=False)(inputs)
    y = layers.Conv2D(128, 3, 2, "same", use_bias=False)(x)
    return keras.Model(inputs, layers.Add()([x, y]))
