"""What counts and shapes cannot see, for the networks that have no independent implementation.

LeNet-5 and ResNet-20 are computed again in NumPy from the papers' formulas. NiN is written again as an ONNX
graph from the author's tables and run by onnxruntime, whose pooling can overhang the edge as Caffe's does.
"""

import inspect
import re

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
from keras import layers
from support.parity import mutant
from support.sizes import weightless_model

from keras_cnns.architectures import (
    alexnet,
    inception_resnet_v1,
    inception_resnet_v2,
    inception_v1,
    lenet,
    nin,
    nin_cifar,
    resnet20,
    resnet110,
)

RANDOM = np.random.default_rng(7)


@pytest.fixture(autouse=True)
def same_numbers_in_any_order_of_tests():
    global RANDOM
    RANDOM = np.random.default_rng(7)


def fill(model, scale=1.0):
    """Give every variable different values, kernels of the size that keeps signals alive."""
    for variable in model.weights:
        fan_in = max(1, np.prod(variable.shape[:-1]))
        deviation = scale * np.sqrt(2 / fan_in) if len(variable.shape) > 1 else 0.3
        variable.assign(RANDOM.normal(0, deviation, variable.shape))


def difference(a, b):
    return np.abs(a - b).max() / np.abs(b).max()


def squash(a):
    return 1.7159 * np.tanh(2 / 3 * a)


def convolve(x, kernel, bias):
    """5x5, valid: (height, width, maps in) and (5, 5, maps in, maps out)."""
    windows = np.lib.stride_tricks.sliding_window_view(x, (5, 5), axis=(0, 1))
    return np.einsum("hwcij,ijco->hwo", windows, kernel) + bias


def lenet_5_in_numpy(image, weights):
    """Section II.B of the paper, step by step; returns what the softmax reads."""
    weights = iter(weights)

    def subsample(x):
        height, width, maps = x.shape
        total = x.reshape(height // 2, 2, width // 2, 2, maps).sum(axis=(1, 3))
        return total * next(weights) + next(weights)

    x = squash(convolve(image, next(weights), next(weights)))
    x = squash(subsample(x))
    kernels = [next(weights) for _ in range(16)]
    biases = next(weights)
    table = "012 123 234 345 045 015 0123 1234 2345 0345 0145 0125 0134 1245 0235 012345"
    maps = [
        convolve(x[..., [int(c) for c in seen]], kernel, bias)
        for seen, kernel, bias in zip(table.split(), kernels, biases)
    ]
    x = squash(np.concatenate(maps, axis=-1))
    x = squash(subsample(x))
    x = squash(convolve(x, next(weights), next(weights)))
    x = squash(x.ravel() @ next(weights) + next(weights))
    return x @ next(weights) + next(weights)


def lenet_5_difference(factory):
    model = factory()
    fill(model)
    image = RANDOM.normal(size=(32, 32, 1))
    expected = lenet_5_in_numpy(
        image, [keras.ops.convert_to_numpy(w).astype("float64") for w in model.weights]
    )
    probabilities = keras.ops.convert_to_numpy(model(image[None].astype("float32")))[0]
    return difference(np.log(probabilities / probabilities[0]), expected - expected[0])


def test_lenet_5_computes_the_papers_formulas(proof):
    found = lenet_5_difference(lenet.lenet_5)
    proof("lenet_5", "the paper's formulas in NumPy", "float32", found, 1e-5)
    assert found < 1e-5


@pytest.mark.parametrize(
    ("old", "new"),
    [("(0, 4, 5)", "(0, 3, 5)"), ("1.7159", "1.0"), ("4 * super().call", "super().call")],
)
def test_lenet_5_mutants_are_seen(old, new):
    """The wrong table moves 25 of 1,500 weights, so little changes, but hundreds of times the bound above."""
    assert lenet_5_difference(mutant(lenet.lenet_5, old, new)) > 2e-3


def test_c3_sees_the_maps_of_table_1_and_no_others():
    """Changing one map of S2 changes exactly the maps of C3 that the table connects to it."""
    layer = lenet.TableConv2D(lenet.TABLE_I)
    x = RANDOM.normal(size=(1, 14, 14, 6)).astype("float32")
    before = keras.ops.convert_to_numpy(layer(x))
    assert sum(int(np.prod(kernel.shape)) for kernel in layer.kernels) == 60 * 25
    for seen in range(6):
        changed = x.copy()
        changed[..., seen] += 1
        moved = np.any(keras.ops.convert_to_numpy(layer(changed)) != before, axis=(0, 1, 2))
        assert [i for i in range(16) if moved[i]] == [i for i, row in enumerate(lenet.TABLE_I) if seen in row]


def test_lenet_5_has_the_papers_340_908_connections():
    """Each unit counts its inputs and its bias; the output's are the 84 inputs of ten radial basis units."""
    model = weightless_model(lenet.lenet_5)
    shape = {name: model.get_layer(name).output.shape[1:] for name in ("c1", "s2", "c3", "s4", "c5", "f6")}
    places = {name: int(np.prod(s[:2])) for name, s in shape.items() if len(s) == 3}
    connections = {
        "c1": places["c1"] * 6 * (25 + 1),
        "s2": places["s2"] * 6 * (4 + 1),
        "c3": places["c3"] * sum(25 * len(row) + 1 for row in lenet.TABLE_I),
        "s4": places["s4"] * 16 * (4 + 1),
        "c5": places["c5"] * 120 * (25 * 16 + 1),
        "f6": 84 * (120 + 1),
        "output": 10 * 84,
    }
    assert connections["c3"] == 151_600
    assert sum(connections.values()) == 340_908


def test_scaled_tanh_passes_through_one():
    ends = keras.ops.convert_to_numpy(lenet.scaled_tanh(keras.ops.convert_to_tensor([-1.0, 0.0, 1.0])))
    assert np.allclose(ends, [-1, 0, 1], atol=1e-4)


@pytest.mark.parametrize("module", [alexnet, inception_v1], ids=["alexnet", "inception_v1"])
def test_response_normalization_is_the_papers_formula(module):
    """Krizhevsky et al., Section 3.3: maps max(0, i - n/2) to min(N - 1, i + n/2), k 2, alpha 1e-4."""
    module = inspect.getmodule(module)
    x = RANDOM.normal(0, 50, size=(2, 3, 3, 8))
    expected = np.empty_like(x)
    for i in range(8):
        near = x[..., max(0, i - 2) : min(7, i + 2) + 1]
        expected[..., i] = x[..., i] / (2 + 1e-4 * (near**2).sum(axis=-1)) ** 0.75
    layer = module.LocalResponseNormalization()
    assert difference(keras.ops.convert_to_numpy(layer(x)), expected) < 1e-5
    assert (
        difference(keras.ops.convert_to_numpy(module.LocalResponseNormalization(size=3)(x)), expected) > 1e-2
    )


def author_network(rows, weights, shape):
    """The author's NiN as an ONNX graph: every convolution has a ReLU, pools keep partial windows."""
    helper, nodes, tensors, last = onnx.helper, [], [], "image"
    weights = iter(weights)
    for number, (kernel, strides, pad) in enumerate(rows):
        if kernel == "pool":
            nodes.append(
                helper.make_node(
                    "MaxPool", [last], [f"x{number}"], kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1
                )
            )
        else:
            for name, value in (("w", next(weights).transpose(3, 2, 0, 1)), ("b", next(weights))):
                tensors.append(onnx.numpy_helper.from_array(np.ascontiguousarray(value), f"{name}{number}"))
            nodes.append(
                helper.make_node(
                    "Conv",
                    [last, f"w{number}", f"b{number}"],
                    [f"c{number}"],
                    strides=[strides] * 2,
                    pads=[pad] * 4,
                )
            )
            nodes.append(helper.make_node("Relu", [f"c{number}"], [f"x{number}"]))
        last = f"x{number}"
    nodes.append(helper.make_node("GlobalAveragePool", [last], ["scores"]))
    image = helper.make_tensor_value_info("image", onnx.TensorProto.FLOAT, shape)
    scores = helper.make_tensor_value_info("scores", onnx.TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "nin", [image], [scores], tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


ONE, POOL = (1, 1, 0), ("pool", 2, 0)
AUTHOR = {
    "nin": [
        (11, 4, 0),
        ONE,
        ONE,
        POOL,
        (5, 1, 2),
        ONE,
        ONE,
        POOL,
        (3, 1, 1),
        ONE,
        ONE,
        POOL,
        (3, 1, 1),
        ONE,
        ONE,
    ],
    "nin_cifar": [(5, 1, 2), ONE, ONE, POOL, (5, 1, 2), ONE, ONE, POOL, (3, 1, 1), ONE, ONE],
}


def nin_difference(factory, size):
    model = factory((size, size, 3), 5)
    fill(model)
    x = RANDOM.normal(size=(2, size, size, 3)).astype("float32")
    scores = keras.Model(model.input, model.layers[-1].input)
    weights = [keras.ops.convert_to_numpy(w) for w in model.weights]
    graph = author_network(AUTHOR[model.name], weights, (2, 3, size, size))
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    expected = session.run(None, {"image": x.transpose(0, 3, 1, 2)})[0].reshape(2, 5)
    assert np.ptp(expected) > 1e-3
    return difference(keras.ops.convert_to_numpy(scores(x)), expected)


@pytest.mark.parametrize(("factory", "size"), [(nin, 224), (nin, 227), (nin_cifar, 32), (nin_cifar, 37)])
def test_nin_is_the_authors_network(factory, size, proof):
    found = nin_difference(factory, size)
    proof(factory.__name__, "the author's table as ONNX", "float32", found, 1e-4)
    assert found < 1e-4


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ZeroPadding2D(((0, 1), (0, 1))", "ZeroPadding2D(((1, 0), (1, 0))"),
        ("MaxPooling2D", "AveragePooling2D"),
        ("GlobalAveragePooling2D", "GlobalMaxPooling2D"),
    ],
)
def test_nin_mutants_are_seen(old, new):
    assert nin_difference(mutant(nin_cifar, old, new), 32) > 1e-2


@pytest.mark.parametrize(
    ("factory", "per_kind"), [(inception_resnet_v1, (5, 10, 5)), (inception_resnet_v2, (10, 20, 10))]
)
def test_residual_scales(factory, per_kind):
    """0.17, 0.1, 0.2 for the three kinds of module; the last of version 2 is neither scaled nor rectified."""
    model = weightless_model(factory)
    scales = [layer.scale for layer in model.layers if isinstance(layer, layers.Rescaling)]
    expected = [scale for scale, count in zip((0.17, 0.1, 0.2), per_kind) for _ in range(count)]
    if factory is inception_resnet_v2:
        expected[-1] = 1.0
        assert isinstance(model.get_layer("inception_resnet_c10"), layers.Add)
    assert scales == expected
    named = [layer for layer in model.layers if re.fullmatch(r"inception_resnet_[abc]\d+", layer.name)]
    assert len(named) == sum(per_kind)
    assert all(isinstance(layer, layers.ReLU) for layer in named[: sum(per_kind) - 1])


def added_by_the_first_residual_module(factory):
    """What the module adds to its input when the last 1x1 of its towers gives 3 everywhere."""
    model = factory((75, 75, 3), 2)
    names = [layer.name for layer in model.layers]
    before_it = model.layers[: names.index("inception_resnet_a1")]
    up = next(layer for layer in reversed(before_it) if isinstance(layer, layers.Conv2D))
    up.set_weights([np.zeros(up.kernel.shape), np.full(up.bias.shape, 3.0)])
    ends = [model.get_layer(name).output for name in ("stem", "inception_resnet_a1")]
    x = RANDOM.normal(size=(1, 75, 75, 3))
    before, after = map(keras.ops.convert_to_numpy, keras.Model(model.input, ends)(x))
    return after - before


def test_a_residual_module_adds_its_scaled_towers():
    assert np.allclose(added_by_the_first_residual_module(inception_resnet_v1), 0.17 * 3, atol=1e-5)


@pytest.mark.parametrize(
    ("old", "new"), [("residual(x, 0.17, ", "residual(x, 0.2, "), ("([x, y])", "([y, y])")]
)
def test_residual_mutants_are_seen(old, new):
    wrong = mutant(inception_resnet_v1, old, new)
    assert not np.allclose(added_by_the_first_residual_module(wrong), 0.17 * 3, atol=1e-2)


def resnet_20_in_numpy(image, convolutions, dense, shortcut):
    """Section 4.2 of the ResNet paper for one image; returns what the softmax reads.

    Of each convolution there are its kernel and the four of its normalization, in the order of the paper: of
    a block the two in it, then the projection.
    """
    convolutions = iter(convolutions)

    def conv_bn(x, stride=1):
        kernel, gamma, beta, mean, variance = next(convolutions)
        size = kernel.shape[0]
        padded = np.pad(x, [(size // 2, size // 2)] * 2 + [(0, 0)])
        windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size), axis=(0, 1))
        x = np.einsum("hwcij,ijco->hwo", windows[::stride, ::stride], kernel, optimize=True)
        return gamma * (x - mean) / np.sqrt(variance + 1e-5) + beta

    x = np.maximum(conv_bn(image), 0)
    for stage, width in enumerate((16, 32, 64)):
        for i in range(3):
            stride = 2 if stage and i == 0 else 1
            y = conv_bn(np.maximum(conv_bn(x, stride), 0))
            if stride == 2 and shortcut == "zeros":
                zeros = np.zeros((*y.shape[:2], width // 2))
                x = np.concatenate([x[::2, ::2], zeros], axis=-1)
            elif stride == 2 and shortcut == "projection":
                x = conv_bn(x, stride)
            x = np.maximum(y if shortcut == "none" else x + y, 0)
    return x.mean(axis=(0, 1)) @ dense[0] + dense[1]


def as_made(model, kind):
    """The layers of a class in the order in which they were made, which is that of their names."""
    found = [layer for layer in model.layers if isinstance(layer, kind)]
    return sorted(found, key=lambda layer: layer.name)


def resnet_20_difference(factory, shortcut="zeros", size=32):
    model = factory((size, size, 3), shortcut=shortcut)
    fill(model)
    normalizations = as_made(model, layers.BatchNormalization)
    for layer in normalizations:
        gamma, beta, mean, variance = layer.get_weights()
        layer.set_weights([1 + gamma / 5, beta, mean, 1 + variance**2])
    pairs = [
        [each.astype("float64") for layer in pair for each in layer.get_weights()]
        for pair in zip(as_made(model, layers.Conv2D), normalizations, strict=True)
    ]
    image = RANDOM.normal(size=(size, size, 3))
    expected = resnet_20_in_numpy(image, pairs, model.layers[-1].get_weights(), shortcut)
    model.layers[-1].activation = keras.activations.linear
    logits = keras.ops.convert_to_numpy(model(image[None].astype("float32")))[0]
    assert np.ptp(expected) > 1
    return difference(logits, expected)


@pytest.mark.parametrize("shortcut", ["zeros", "projection", "none"])
@pytest.mark.parametrize("size", [32, 27])
def test_resnet_20_computes_the_papers_formulas(shortcut, size, proof):
    found = resnet_20_difference(resnet20, shortcut, size)
    name = "resnet20" if shortcut == "zeros" else f"resnet20(shortcut={shortcut})"
    proof(name, "the paper's formulas in NumPy", "float32", found, 1e-5)
    assert found < 1e-5


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("(0, width - x.shape[-1])))", "(width - x.shape[-1], 0)))"),
        ("AveragePooling2D(1, strides", "AveragePooling2D(2, strides"),
        ("epsilon=1e-5", "epsilon=1e-3"),
        (
            'layers.ReLU(name=name)(layers.Add(name=f"{name}_add")([x, y]))',
            "layers.Add(name=name)([x, layers.ReLU()(y)])",
        ),
        ("layers.ZeroPadding2D(kernel // 2, ", "layers.ZeroPadding2D(((0, 1), (0, 1)), "),
    ],
)
def test_resnet_20_mutants_are_seen(old, new):
    assert resnet_20_difference(mutant(resnet20, old, new)) > 1e-4


def test_shortcuts_of_resnet_110_are_zeros_where_the_width_grows():
    """A block of which the last normalization gives zeros is the ReLU of its shortcut."""
    model = resnet110((16, 16, 3))
    names = [layer.name for layer in model.layers]
    for entry, name, width in (("conv2_18", "conv3_1", 16), ("conv3_18", "conv4_1", 32)):
        inside = model.layers[names.index(entry) : names.index(name)]
        *_, last = (layer for layer in inside if isinstance(layer, layers.BatchNormalization))
        last.gamma.assign(np.zeros(last.gamma.shape))
        x = RANDOM.normal(size=(1, 16, 16, 3)).astype("float32")
        ends = [model.get_layer(entry).output, model.get_layer(name).output]
        before, after = map(keras.ops.convert_to_numpy, keras.Model(model.input, ends)(x))
        assert np.array_equal(after[..., :width], before[:, ::2, ::2])
        assert not after[..., width:].any() and before.any()
