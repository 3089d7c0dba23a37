"""Blocks that are wide inside have the names of papers, if they have what the papers' blocks have."""

import re

import keras
import pytest
from keras import layers
from support.sizes import weightless

from keras_cnns.visualize import outline


def pointwise(x, width, by=layers.Conv2D):
    return by(width)(x) if by is layers.Dense else by(width, 1)(x)


def gated(x, pool=layers.GlobalAveragePooling2D):
    squeezed = pointwise(pool(keepdims=True)(x), 2)
    return layers.Multiply()([x, layers.Activation("sigmoid")(pointwise(squeezed, x.shape[-1]))])


def depthwise(x, kernel=3):
    return layers.DepthwiseConv2D(kernel, padding="same")(x)


def wide(x, kernel=3, gate=None, width=32, end=16):
    y = layers.ReLU()(depthwise(layers.ReLU()(pointwise(x, width)), kernel))
    return pointwise(gate(y) if gate else y, end)


def fused(x, kernel=3, gate=None, width=32, end=16):
    y = layers.Conv2D(width, kernel, padding="same", activation="relu")(x)
    return pointwise(gate(y) if gate else y, end)


def convnext(x, by=layers.Dense, width=64):
    y = layers.LayerNormalization()(depthwise(x, 7))
    return pointwise(layers.Activation("gelu")(pointwise(y, width, by)), 16, by)


def grouped_last(x):
    return layers.Conv2D(16, 1, groups=4)(depthwise(pointwise(x, 32)))


def depth_multiplied(x):
    return pointwise(layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2)(pointwise(x, 32)), 16)


BRANCHES = {
    "inverted residual": [wide, lambda x: wide(x, 5), lambda x: wide(x, width=17)],
    "MBConv 3×3": [lambda x: wide(x, gate=gated)],
    "MBConv 5×5": [lambda x: wide(x, 5, gate=gated)],
    "MBConv1 3×3": [lambda x: pointwise(gated(layers.ReLU()(depthwise(x))), 16)],
    "Fused-MBConv 3×3": [fused, lambda x: fused(x, gate=gated)],
    "Fused-MBConv 5×5": [lambda x: fused(x, 5)],
    "ConvNeXt block": [convnext, lambda x: convnext(x, layers.Conv2D)],
}
OTHERS = [
    lambda x: wide(x, width=16),  # no wider inside
    lambda x: wide(x, width=8),  # ResNet's bottleneck, depthwise
    lambda x: fused(x, width=16),
    lambda x: fused(x, 1),
    lambda x: convnext(x, width=16),
    lambda x: pointwise(layers.Conv2D(32, 3, padding="same")(pointwise(x, 32)), 16),  # not depthwise
    lambda x: wide(gated(x)),  # the gate is elsewhere
    lambda x: gated(wide(x)),
    lambda x: wide(x, gate=lambda y: layers.Multiply()([y, layers.Conv2D(32, 1)(y)])),  # sees no whole map
    lambda x: depthwise(wide(x)),
    lambda x: pointwise(depthwise(x), 16),
    lambda x: layers.Conv2D(16, 3, padding="same")(depthwise(pointwise(x, 32))),
    lambda x: pointwise(layers.Conv2D(64, 3, padding="same")(depthwise(x, 7)), 16),
    lambda x: pointwise(pointwise(layers.DepthwiseConv2D(7, padding="same", depth_multiplier=2)(x), 64), 16),
    lambda x: pointwise(gated(pointwise(depthwise(x, 7), 64)), 16),
    grouped_last,
    depth_multiplied,
]


def names_of_blocks(branch, join=layers.Add, times=2):
    inputs = x = keras.Input((32, 32, 3))
    x = layers.Conv2D(16, 3, activation="relu")(x)
    for _ in range(times):
        x = join()([x, branch(x)])
    text = outline(keras.Model(inputs, layers.Dense(5)(layers.GlobalAveragePooling2D()(x))))
    return re.findall(r"^([^:]+): ", text, re.MULTILINE)[1:]


@pytest.mark.parametrize(
    ("name", "branch"), [(name, branch) for name in BRANCHES for branch in BRANCHES[name]]
)
def test_a_block_of_a_paper_has_its_name(name, branch):
    assert names_of_blocks(branch) == [name]


@pytest.mark.parametrize("branch", OTHERS)
def test_another_block_has_none_of_these_names(branch):
    assert not {*names_of_blocks(branch)} & {*BRANCHES}


@pytest.mark.parametrize("name", BRANCHES)
def test_what_is_not_added_is_another_block(name):
    assert name not in names_of_blocks(BRANCHES[name][0], layers.Maximum)


def test_a_block_of_single_numbers():
    """They have no channels."""
    inputs = keras.Input((4,))
    x = keras.ops.mean(inputs)
    for _ in range(2):
        x = x + keras.ops.log(keras.ops.exp(x))
    assert "add" in outline(keras.Model(inputs, x))


@pytest.mark.parametrize(
    ("theirs", "names"),
    [
        ("MobileNetV2", {"inverted residual"}),
        ("EfficientNetB0", {"MBConv 3×3", "MBConv 5×5"}),
        ("EfficientNetB1", {"MBConv1 3×3", "MBConv 3×3", "MBConv 5×5"}),
        ("EfficientNetV2B0", {"Fused-MBConv 3×3", "MBConv 3×3"}),
        ("ConvNeXtTiny", {"ConvNeXt block"}),
    ],
)
def test_networks_of_keras_applications(theirs, names):
    text = outline(weightless(theirs, include_top=False))
    said = {*re.findall(r"^([^:\n]+): ", text, re.MULTILINE)}
    assert {*names} <= said
    assert not [name for name in said - {*names} if name.startswith(tuple(BRANCHES))]
