"""Networks that no library defines, computed again in NumPy from the formulas of their papers."""

import keras
import numpy as np
import pytest
from support.parity import difference, images, logits, mutant, randomize

from keras_cnns.architectures import zfnet


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
    before = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    try:
        model = factory((64, 96, 3), 5, **options)
        x = images((64, 96, 3), 80.0).astype(dtype)
        randomize(model, x)
        weights = [keras.ops.convert_to_numpy(each).astype("float64") for each in model.weights]
        return difference(logits(model, x), np.array([zfnet_in_numpy(image, weights) for image in x]))
    finally:
        keras.config.set_floatx(before[0])
        keras.config.set_dtype_policy(before[1])


@pytest.mark.parametrize(("dtype", "bound"), [("float32", 1e-5), ("float64", 1e-9)])
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
