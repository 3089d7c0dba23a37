"""Towers of separate layers, as AlexNet's on two graphics cards: what they compute is one layer in groups."""

import numpy as np
import pytest
from keras import layers, ops
from support.compare_cases import conv, filled, model

from keras_cnns.architectures.alexnet import LocalResponseNormalization
from keras_cnns.comparison.compare_models import compare_models

SHAPE = (17, 17, 3)


def tower(x, inner=(), second=6, kernel=3):
    x = layers.MaxPooling2D(2)(conv(4, 3, activation="relu")(x))
    for layer in inner:
        x = layer()(x)
    return conv(second, kernel, padding="same", activation="relu")(x)


def two_towers(crossed=False, turned=False, inner=()):
    """Two towers that read the image, then two convolutions that read both, then two dense layers."""

    def call(x):
        ends = [tower(x, inner), tower(x, inner)]
        x = layers.Concatenate()(ends[::-1] if turned else ends)
        ends = [conv(4, 3, activation="relu")(x), conv(4, 3, activation="relu")(x if crossed else ends[0])]
        x = layers.Flatten()(layers.Concatenate()(ends))
        return layers.Concatenate()([layers.Dense(5, "relu")(x), layers.Dense(5, "relu")(x)])

    return call


def in_groups(x):
    x = layers.MaxPooling2D(2)(conv(8, 3, activation="relu")(x))
    x = conv(12, 3, padding="same", groups=2, activation="relu")(x)
    return layers.Dense(10, "relu")(layers.Flatten()(conv(8, 3, activation="relu")(x)))


def end(x):
    return layers.Dense(3)(x)


@pytest.mark.parametrize("turned", [False, True])
def test_two_towers_without_slices_are_groups(turned):
    mine, theirs = model(two_towers(True, turned), end, shape=SHAPE), model(in_groups, end, shape=SHAPE)
    for report in (compare_models(mine, theirs, prove=True), compare_models(theirs, mine, prove=True)):
        assert report.verdict == "equivalent" and report.proved, str(report)
    assert "several layers that read one map, which are one with all their maps" in report.text(300)


def test_the_kernels_of_both_are_the_kernel():
    """By hand: two convolutions side by side, then two that each read one of them."""
    mine = filled(lambda x: layers.Concatenate()([tower(x), tower(x)]), shape=SHAPE)
    whole = [conv(8, 3, activation="relu"), layers.MaxPooling2D(2)]
    theirs = filled(*whole, conv(12, 3, padding="same", groups=2, activation="relu"), shape=SHAPE)
    assert compare_models(mine, theirs).verdict == "equivalent"
    convolutions = [layer for layer in mine.layers if "conv" in layer.name]
    first = [layer for layer in convolutions if layer.filters == 4]
    second = [layer for layer in convolutions if layer.filters == 6]
    wholes = [layer for layer in theirs.layers if "conv" in layer.name]
    for parts, layer in ((first, wholes[0]), (second, wholes[1])):
        weights = zip(*(part.get_weights() for part in parts))
        layer.set_weights([np.concatenate(values, -1) for values in weights])
    x = np.random.default_rng(0).normal(size=(2, *SHAPE)).astype("float32")
    outputs = [ops.convert_to_numpy(one(x)) for one in (mine, theirs)]
    np.testing.assert_allclose(*outputs, rtol=1e-4, atol=1e-5)


def shared(x):
    layer = conv(4, 3, activation="relu")
    ends = [conv(6, 3, padding="same", activation="relu")(layers.MaxPooling2D(2)(layer(x))) for _ in range(2)]
    return layers.Concatenate()(ends)


# Two towers that are no groups: each stands beside what it might be taken for.
OTHER = {
    "normalized in each tower": lambda x: two_towers(True, inner=(LocalResponseNormalization,))(x),
    "one reads only one tower": two_towers(False),
    "other kernels": lambda x: layers.Concatenate()([tower(x), tower(x, kernel=5)]),
    "one layer twice": shared,
    "added": lambda x: layers.Add()([tower(x), tower(x)]),
    "joined over rows": lambda x: layers.Concatenate(axis=1)([tower(x), tower(x)]),
}


@pytest.mark.long
@pytest.mark.parametrize("name", OTHER)
def test_other_towers_are_no_groups(name):
    def groups(x):
        x = layers.MaxPooling2D(2)(conv(8, 3, activation="relu")(x))
        if "normalized" in name:
            x = LocalResponseNormalization()(x)
        x = conv(12, 3, padding="same", groups=2, activation="relu")(x)
        if name not in ("normalized in each tower", "one reads only one tower"):
            return x
        return layers.Dense(10, "relu")(layers.Flatten()(conv(8, 3, activation="relu")(x)))

    report = compare_models(model(OTHER[name], shape=SHAPE), model(groups, shape=SHAPE))
    assert report.verdict not in ("exact", "equivalent"), str(report)
