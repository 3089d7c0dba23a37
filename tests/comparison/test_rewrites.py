"""Rewritings that leave the function as it is, alone and composed at random, are never another network."""

import random

import keras
import numpy as np
import pytest
from keras import layers
from support.own_rewrites import ALL_REWRITINGS, OWN_REWRITINGS, composed, towers_turned
from support.sizes import weightless

from keras_cnns.architectures.alexnet import LocalResponseNormalization
from keras_cnns.comparison.compare_models import compare_models
from keras_cnns.mutation.editable_model import to_editable


def small():
    """A network with a place for every rewriting."""
    x = inputs = keras.Input((24, 24, 3))
    x = layers.ReLU(name="relu_a")(layers.Conv2D(8, 3, 2, name="stem")(layers.ZeroPadding2D(1)(x)))
    x = layers.MaxPooling2D(2)(x)
    x = LocalResponseNormalization(size=3)(x)
    x = layers.Conv2D(8, 3, padding="same", groups=2, activation="relu", name="grouped")(x)
    y = layers.Conv2D(6, 1, activation="relu", name="tower_a")(x)
    z = layers.Activation("swish")(layers.DepthwiseConv2D(3, padding="same", name="tower_b")(x))
    x = layers.Concatenate()([y, z])
    x = layers.Conv2D(8, 3, padding="same", name="after")(x)
    y = layers.BatchNormalization(name="normal")(layers.Conv2D(8, 1, name="short")(x))
    x = layers.ReLU()(layers.Add()([x, layers.Rescaling(0.5)(y)]))
    two = [layers.GlobalAveragePooling2D()(x), layers.Dense(5, name="flat")(layers.Flatten()(x))]
    x = layers.Concatenate()(two)
    return keras.Model(inputs, layers.Dense(3, activation="softmax", name="last")(x))


def carry(one, other, alike):
    """Give both models the same weights, layer by layer by name; `alike` for all channels that are read."""
    rng = np.random.default_rng(0)
    holders = {}
    for layer in other._flatten_layers(include_self=False):
        if layer.weights and not hasattr(layer, "inner"):
            holders[layer.name] = layer
    for layer in one._flatten_layers(include_self=False):
        if not layer.weights:
            continue
        values = [np.abs(rng.normal(size=weight.shape)) / 3 + 0.05 for weight in layer.weights]
        if alike and values[0].ndim > 1:
            values[0] = np.broadcast_to(values[0][..., :1, :], values[0].shape)
        layer.set_weights(values)
        parts = [holder for name, holder in holders.items() if name.startswith(f"{layer.name}_part")]
        for k, holder in enumerate(parts or [holders[layer.name]]):
            pieces = [np.split(value, len(parts) or 1, axis=-1)[k] for value in values]
            shapes = [weight.shape for weight in holder.weights]
            holder.set_weights([piece.reshape(shape) for piece, shape in zip(pieces, shapes)])


@pytest.mark.parametrize("rewriting", OWN_REWRITINGS, ids=lambda one: one.__name__)
def test_a_rewriting_changes_no_output_and_no_verdict(rewriting):
    original, image = small(), np.random.default_rng(1).normal(size=(2, 24, 24, 3)).astype("float32")
    changed = False
    for seed in range(2):
        editable = to_editable(original)
        rewriting(editable, random.Random(seed))
        again = editable.build_with_weights()
        carry(original, again, rewriting is towers_turned)
        outputs = [keras.ops.convert_to_numpy(each(image)) for each in (original, again)]
        np.testing.assert_allclose(*outputs, rtol=1e-3, atol=1e-5)
        changed |= [type(layer) for layer in original.layers] != [type(layer) for layer in again.layers]
        changed |= rewriting.__name__ in ("towers_turned", "activation_as_function", "padding_in_two")
        report = compare_models(again, original)
        assert report.verdict in ("exact", "equivalent"), str(report)
        report = compare_models(original, again)
        assert report.verdict in ("exact", "equivalent"), str(report)
    assert changed, "it never changes anything"


NETWORKS = ("alexnet", "inception_v1", "resnext50", "xception", "lenet_caffe")


def test_there_are_more_than_thirty_rewritings():
    assert len({one.__name__ for one in ALL_REWRITINGS}) == len(ALL_REWRITINGS) >= 30


@pytest.mark.parametrize("name", ["small", *NETWORKS])
def test_rewritings_composed_are_never_another_network(name):
    original = small() if name == "small" else weightless(name)
    editable = to_editable(original)
    for seed in range(12 if name == "small" else 2):
        again, ways = composed(editable, seed)
        report = compare_models(again, original)
        assert report.verdict in ("exact", "equivalent"), (seed, ways, str(report))
