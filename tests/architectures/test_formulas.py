"""Networks that no library defines, computed again in NumPy from the formulas of their papers."""

import keras
import numpy as np
import pytest
from support.parity import difference, images, logits, mutant, precision, randomize

from keras_cnns.architectures import shufflenet, wrn16_8, zfnet

EACH_PRECISION = pytest.mark.parametrize(("dtype", "bound"), [("float32", 1e-5), ("float64", 1e-9)])


def convolved(x, kernel, stride=1, pad=0):
    """(height, width, maps in) and (rows, columns, maps in, maps out); zeros on every side."""
    x = np.pad(x, [(pad, pad), (pad, pad), (0, 0)])
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[:2], axis=(0, 1))
    return np.einsum("hwcij,ijco->hwo", windows[::stride, ::stride], kernel, optimize=True)


def overhanging_maxima(x):
    """3x3 windows at every second pixel; the last of an even map sees two pixels."""
    rows, columns = (range(0, size - 1, 2) for size in x.shape[:2])
    return np.array([[x[i : i + 3, j : j + 3].max(axis=(0, 1)) for j in columns] for i in rows])


def normalized(x):
    """AlexNet's paper, section 3.3, over five maps."""
    near = [slice(max(0, i - 2), i + 3) for i in range(x.shape[-1])]
    sums = np.stack([(x[..., each] ** 2).sum(axis=-1) for each in near], axis=-1)
    return x / (2 + 1e-4 * sums) ** 0.75


def zfnet_in_numpy(image, weights):
    """Fig. 3 of the paper for one image: each layer as the figure has it; returns what the softmax reads."""
    weights = iter(weights)

    def conv(x, stride, pad):
        return np.maximum(convolved(x, next(weights), stride, pad) + next(weights), 0)

    x = normalized(overhanging_maxima(conv(image, 2, 1)))
    x = normalized(overhanging_maxima(conv(x, 2, 0)))
    x = conv(conv(conv(x, 1, 1), 1, 1), 1, 1)
    x = overhanging_maxima(x).ravel()
    x = np.maximum(x @ next(weights) + next(weights), 0)
    x = np.maximum(x @ next(weights) + next(weights), 0)
    return x @ next(weights) + next(weights)


def zfnet_difference(factory, dtype="float32", **options):
    """With pixels in the hundreds, so that the response normalization counts, and even maps before a pool."""
    with precision(dtype):
        model = factory((64, 96, 3), 5, **options)
        x = images((64, 96, 3), 80.0).astype(dtype)
        randomize(model, x)
        weights = [keras.ops.convert_to_numpy(each).astype("float64") for each in model.weights]
        return difference(logits(model, x), np.array([zfnet_in_numpy(image, weights) for image in x]))


@EACH_PRECISION
def test_zfnet_computes_the_papers_figure(dtype, bound, proof):
    found = zfnet_difference(zfnet, dtype)
    proof("zfnet", "the paper's formulas in NumPy", dtype, found, bound)
    assert found < bound


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("layers.ZeroPadding2D(1, ", "layers.ZeroPadding2D(((0, 2), (0, 2)), "),
        ('layers.MaxPooling2D(3, 2, "same", ', 'layers.AveragePooling2D(3, 2, "same", '),
        ("size=5, k=2.0, alpha=1e-4", "size=5, k=1.0, alpha=2e-5"),
        (
            """    x = layers.MaxPooling2D(3, 2, "same", name="pool2")(x)  # 13x13x256
    x = LocalResponseNormalization(name="pool2_norm")(x)
""",
            """    x = LocalResponseNormalization(name="pool2_norm")(x)
    x = layers.MaxPooling2D(3, 2, "same", name="pool2")(x)
""",
        ),
    ],
    ids=["padded at the far side", "averages for maxima", "Caffe's constants", "normalized before pooled"],
)
def test_zfnet_mutants_are_seen(old, new):
    assert zfnet_difference(mutant(zfnet, old, new)) > 1e-3


def wrn16_8_in_numpy(image, weights):
    """Table 1 of the paper with two units in a stage, for one image; returns what the softmax reads.

    Fig. 1c has normalization and ReLU before each convolution. Where the width changes a 1x1 takes the place
    of the shortcut, and reads what is normalized. `weights` has those of each layer by its name.
    """

    def rectified(x, name):
        gamma, beta, mean, variance = weights[f"{name}_bn"]
        return np.maximum(gamma * (x - mean) / np.sqrt(variance + 1e-5) + beta, 0)

    x = convolved(image, *weights["conv1_conv"], pad=1)
    for stage, width in ((2, 128), (3, 256), (4, 512)):
        for unit in (f"conv{stage}_1", f"conv{stage}_2"):
            stride = 2 if stage > 2 and unit.endswith("1") else 1
            y = rectified(x, f"{unit}_1")
            x = x if x.shape[-1] == width else convolved(y, *weights[f"{unit}_shortcut_conv"], stride)
            y = convolved(y, *weights[f"{unit}_1_conv"], stride, pad=1)
            x = x + convolved(rectified(y, f"{unit}_2"), *weights[f"{unit}_2_conv"], pad=1)
    kernel, bias = weights["predictions"]
    return rectified(x, "post").mean(axis=(0, 1)) @ kernel + bias


def wrn16_8_difference(factory, dtype="float32"):
    """A mutant gets the weights of ours by their names. Maps have even and odd sides."""
    shape = (16, 27, 3)
    with precision(dtype):
        model, x = wrn16_8(shape, 5), images(shape).astype(dtype)
        randomize(model, x)
        weights = {layer.name: [w.astype("float64") for w in layer.get_weights()] for layer in model.layers}
        expected = np.array([wrn16_8_in_numpy(image, weights) for image in x])
        built = factory(shape, 5)
        for layer in built.layers:
            layer.set_weights(weights.get(layer.name, []))
        return difference(logits(built, x), expected)


@EACH_PRECISION
def test_wrn16_8_computes_the_papers_table(dtype, bound, proof):
    found = wrn16_8_difference(wrn16_8, dtype)
    proof("wrn16_8", "the paper's formulas in NumPy", dtype, found, bound)
    assert found < bound


@pytest.mark.long
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x = padded_conv(y, width, 1, strides, ", "x = padded_conv(x, width, 1, strides, "),
        ("layers.ZeroPadding2D(kernel // 2, ", "layers.ZeroPadding2D(((0, 2), (0, 2)), "),
        ("layers.Add(name=name)([x, y])", "layers.ReLU()(layers.Add(name=name)([x, y]))"),
        (
            """    y = padded_conv(y, width, 3, strides, f"{name}_1")
    y = padded_conv(norm_relu(y, f"{name}_2"), width, 3, 1, f"{name}_2")
""",
            """    y = padded_conv(y, width, 3, 1, f"{name}_1")
    y = padded_conv(norm_relu(y, f"{name}_2"), width, 3, strides, f"{name}_2")
""",
        ),
        ('norm_relu(x, "post")', "layers.ReLU()(x)"),
        ("epsilon=1e-5", "epsilon=1e-3"),
    ],
    ids=[
        "the shortcut reads what is not normalized",
        "padded at the far side",
        "ReLU after the addition",
        "stride on the second 3x3",
        "no normalization at the end",
        "another epsilon",
    ],
)
def test_wrn16_8_mutants_are_seen(old, new):
    assert wrn16_8_difference(mutant(wrn16_8, old, new)) > 1e-3


def shufflenet_in_numpy(image, weights, groups):
    """Table 1 and Fig. 2 of the paper for one image; returns what the softmax reads.

    Maps of a group stand beside each other, so a shuffle is the transpose of (groups, maps of a group).
    `weights` has those of each layer by its name.
    """

    def normalized(x, name):
        gamma, beta, mean, variance = weights[f"{name}_bn"]
        return gamma * (x - mean) / np.sqrt(variance + 1e-5) + beta

    def of_groups(x, name, groups):
        kernels = np.split(*weights[f"{name}_conv"], groups, axis=-1)
        parts = zip(np.split(x, groups, axis=-1), kernels)
        return normalized(np.concatenate([convolved(*part) for part in parts], axis=-1), name)

    def each_map(x, kernel, stride):
        x = np.pad(x, [(1, 1), (1, 1), (0, 0)])
        windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(0, 1))[::stride, ::stride]
        return (windows * np.transpose(kernel, (2, 0, 1))).sum(axis=(-2, -1))

    x = np.maximum(normalized(convolved(image, *weights["conv1_conv"], stride=2, pad=1), "conv1"), 0)
    x = overhanging_maxima(np.pad(x, [(1, 0), (1, 0), (0, 0)]))
    for stage, units in ((2, 4), (3, 8), (4, 4)):
        for i in range(1, units + 1):
            name = f"stage{stage}_{i}"
            y = np.maximum(of_groups(x, f"{name}_1", 1 if name == "stage2_1" else groups), 0)
            y = y.reshape(*y.shape[:2], groups, -1).swapaxes(2, 3).reshape(y.shape)
            y = each_map(y, weights[f"{name}_2_conv"][0][..., 0], 2 if i == 1 else 1)
            y = of_groups(normalized(y, f"{name}_2"), f"{name}_3", groups)
            x = np.concatenate([each_map(x, np.full((3, 3, 1), 1 / 9), 2), y], axis=-1) if i == 1 else x + y
            x = np.maximum(x, 0)
    kernel, bias = weights["predictions"]
    return x.mean(axis=(0, 1)) @ kernel + bias


def shufflenet_difference(factory, dtype="float32", groups=3):
    """A mutant gets the weights of ours by their names. Maps have even and odd sides."""
    shape = (44, 68, 3)
    with precision(dtype):
        model, x = shufflenet(shape, 5, groups=groups), images(shape).astype(dtype)
        randomize(model, x)
        weights = {layer.name: [w.astype("float64") for w in layer.get_weights()] for layer in model.layers}
        expected = np.array([shufflenet_in_numpy(image, weights, groups) for image in x])
        built = factory(shape, 5, groups=groups)
        for layer in built.layers:
            layer.set_weights(weights.get(layer.name, []))
        return difference(logits(built, x), expected)


@EACH_PRECISION
@pytest.mark.parametrize("groups", [3, pytest.param(8, marks=pytest.mark.long)])
def test_shufflenet_computes_the_papers_table(dtype, bound, groups, proof):
    found = shufflenet_difference(shufflenet, dtype, groups)
    options = {} if groups == 3 else {"groups": groups}
    proof("shufflenet", "the paper's formulas in NumPy", dtype, found, bound, **options)
    assert found < bound


@pytest.mark.long
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('layers.ReLU(name=f"{name}_1_relu")(y), groups)', "layers.ReLU()(y), 1)"),
        ("of_group * (i % groups) + i // groups", "groups * (i % of_group) + i // of_group"),
        ('layers.ZeroPadding2D(1, name=f"{name}_pad")', "layers.ZeroPadding2D(((0, 2), (0, 2)))"),
        ("layers.AveragePooling2D(3, 2, ", "layers.MaxPooling2D(3, 2, "),
        (
            '(depthwise_norm(y, strides, f"{name}_2"), ',
            '(layers.ReLU()(depthwise_norm(y, strides, f"{name}_2")), ',
        ),
        ('Concatenate(name=f"{name}_concat")([x, y])', "Concatenate()([y, x])"),
    ],
    ids=[
        "no shuffle",
        "the release's shuffle",
        "padded at the far side",
        "maxima for averages",
        "ReLU after the depthwise",
        "the branch first",
    ],
)
def test_shufflenet_mutants_are_seen(old, new):
    assert shufflenet_difference(mutant(shufflenet, old, new)) > 1e-3
