"""Slices of the channels, a layer for each, and a concatenation are one grouped convolution."""

import keras
import numpy as np
import pytest
from keras import layers
from support.compare_cases import filled, model

from keras_cnns.comparison.compare_models import compare_models

SHAPE = (9, 9, 8)


def by_item(x, groups):
    width = x.shape[-1] // groups
    return [x[..., k * width : (k + 1) * width] for k in range(groups)]


def by_all_items(x, groups):
    width = x.shape[-1] // groups
    return [x[:, :, :, k * width : (k + 1) * width] for k in range(groups)]


def by_split(x, groups):
    return keras.ops.split(x, groups, axis=-1)


def written_out(slices, groups=2, filters=12, inner=(), strides=1, order=1):
    """A grouped convolution as one for each group, each after and before layers of its own."""

    def call(x):
        if strides > 1:
            x = layers.ZeroPadding2D(1)(x)
        ends = []
        for part in slices(x, groups)[::order]:
            y = layers.Conv2D(filters // groups, 3, strides, "valid" if strides > 1 else "same")(part)
            for layer in inner:
                y = layer()(y)
            ends.append(y)
        return layers.Concatenate()(ends)

    return call


def at_once(groups=2, filters=12, inner=(), strides=1):
    def call(x):
        x = layers.ZeroPadding2D(1)(x) if strides > 1 else x
        padding = "valid" if strides > 1 else "same"
        if groups == x.shape[-1]:
            x = layers.DepthwiseConv2D(3, strides, padding, depth_multiplier=filters // groups)(x)
        else:
            x = layers.Conv2D(filters, 3, strides, padding, groups=groups)(x)
        for layer in inner:
            x = layer()(x)
        return x

    return call


INNER = {"nothing": (), "ReLU": (layers.ReLU,), "normalized": (layers.BatchNormalization, layers.ReLU)}
INNER["pooled"] = (layers.ReLU, lambda: layers.MaxPooling2D(2))


@pytest.mark.parametrize("slices", [by_item, by_all_items, by_split])
@pytest.mark.parametrize("inner", INNER)
@pytest.mark.parametrize("groups", [2, 4, 8])
@pytest.mark.parametrize("strides", [1, 2])
def test_groups_written_out_are_a_grouped_convolution(slices, inner, groups, strides):
    options = {"groups": groups, "filters": 16, "inner": INNER[inner], "strides": strides}
    mine, theirs = model(written_out(slices, **options), shape=SHAPE), model(at_once(**options), shape=SHAPE)
    report = compare_models(mine, theirs)
    assert report.differences == (), str(report)
    assert report.verdict == "equivalent"
    assert "a layer for each group" in report.equivalences[0]
    assert compare_models(theirs, mine).verdict == "equivalent"


def test_groups_in_another_order_or_half_of_them_are_another_network():
    theirs = model(at_once(), shape=SHAPE)
    assert compare_models(model(written_out(by_item, order=-1), shape=SHAPE), theirs).differences
    assert compare_models(model(written_out(by_item, groups=4), shape=SHAPE), theirs).differences
    halves = model(written_out(lambda x, groups: [x[..., :4], x[..., :4]]), shape=SHAPE)
    assert compare_models(halves, theirs).differences
    overlapping = model(written_out(lambda x, groups: [x[..., :5], x[..., 3:]]), shape=SHAPE)
    assert compare_models(overlapping, theirs).differences
    shared = layers.Conv2D(6, 3, padding="same")
    twice = filled(lambda x: layers.Concatenate()([shared(part) for part in by_item(x, 2)]), shape=SHAPE)
    assert compare_models(twice, theirs).differences


def test_the_kernels_side_by_side_are_the_kernel():
    one = filled(written_out(by_item), shape=SHAPE)
    other = filled(at_once(), shape=SHAPE)
    rng = np.random.default_rng(0)
    kernel, bias = rng.normal(size=(3, 3, 4, 12)), rng.normal(size=12)
    other.layers[-1].set_weights([kernel, bias])
    parts = [layer for layer in one.layers if isinstance(layer, layers.Conv2D)]
    for part, k, b in zip(parts, np.split(kernel, 2, axis=-1), np.split(bias, 2)):
        part.set_weights([k, b])
    image = rng.normal(size=(2, *SHAPE)).astype("float32")
    np.testing.assert_allclose(*map(keras.ops.convert_to_numpy, (one(image), other(image))), atol=1e-4)
