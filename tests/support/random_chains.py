"""Random models that are a chain of layers and skips: one, two or three sides, known or not, wide or thin."""

import random

import keras
from keras import layers

CONVOLUTIONS = {1: layers.Conv1D, 2: layers.Conv2D, 3: layers.Conv3D}
POOLINGS = {1: layers.MaxPooling1D, 2: layers.MaxPooling2D, 3: layers.MaxPooling3D}
GROWING = {1: layers.UpSampling1D, 2: layers.UpSampling2D, 3: layers.UpSampling3D}
AVERAGES = {
    1: layers.GlobalAveragePooling1D,
    2: layers.GlobalAveragePooling2D,
    3: layers.GlobalAveragePooling3D,
}


def chain(seed):
    """A model whose layers, sizes and number of sides follow from the seed."""
    choice = random.Random(seed)
    sides = choice.choice([1, 2, 2, 2, 2, 3])
    side = choice.choice([None, 8, 17, 64, 224, 500])
    x = inputs = keras.Input((side,) * sides + (choice.choice([1, 3, 9]),))
    for _ in range(choice.randint(1, 9)):
        x = step(x, choice, sides)
    if choice.random() < 0.7:
        x = AVERAGES[sides](keepdims=choice.random() < 0.2)(x)
        for _ in range(choice.randint(0, 3)):
            x = layers.Dense(choice.choice([1, 10, 128, 4096]), activation="relu")(x)
    return keras.Model(inputs, x, name=f"a_rather_long_name_{seed}")


def step(x, choice, sides):
    convolution = CONVOLUTIONS[sides]
    kind = choice.choice(["conv", "conv", "groups", "pool", "grow", "skip", "skip", "run", "minor"])
    filters = choice.choice([1, 4, 16, 64, 300, 2048])
    if kind == "conv":
        window, activation = choice.choice([1, 3, 5]), choice.choice([None, "relu", "tanh"])
        return convolution(filters, window, padding="same", activation=activation)(x)
    if kind == "groups" and x.shape[-1] % 2 == 0:
        return convolution(64, 3, padding="same", groups=2)(x)
    if kind == "pool":
        return POOLINGS[sides](2, padding="same")(x)
    if kind == "grow" and (x.shape[1] or 8) <= 64:
        return GROWING[sides](2)(x)
    if kind == "skip":
        y = x
        for _ in range(choice.randint(1, 3)):
            y = layers.BatchNormalization()(convolution(x.shape[-1], 3, padding="same")(y))
        return choice.choice([layers.Add, layers.Concatenate])()([x, y])
    if kind == "run":
        for _ in range(choice.randint(2, 7)):
            x = convolution(filters, 3, padding="same", activation="relu")(x)
        return x
    return layers.Dropout(0.3)(layers.ReLU()(x))
