"""What counts cannot see of MobileNets and EfficientNets: linear ends, gates, branches that are dropped."""

import keras
import numpy as np
import pytest
from support.sizes import weightless

from keras_cnns import architectures

SIZE = (48, 48, 3)
# Sums in a network: where a block has stride 1 and as many maps before it as after it, by the papers' tables.
SUMS = {"mobilenet": 0, "mobilenet_v2": 10, "mobilenet_v3_large": 10, "mobilenet_v3_small": 6}
SUMS |= {"efficientnet_b0": 9, "efficientnet_b1": 16, "efficientnet_v2_s": 35}


def values(model, names, training=False):
    """The outputs of these layers for two images."""
    x = np.random.default_rng(3).normal(size=(2, *model.input_shape[1:])).astype("float32")
    part = keras.Model(model.input, [model.get_layer(name).output for name in names])
    return [keras.ops.convert_to_numpy(each) for each in part(x, training=training)]


@pytest.mark.parametrize("name", SUMS)
def test_a_block_adds_where_its_shape_stays(name):
    model = weightless(name)
    sums = [layer for layer in model.layers if isinstance(layer, keras.layers.Add)]
    assert len(sums) == SUMS[name]
    for layer in sums:
        first, second = layer.input
        assert first.shape == second.shape
        assert first._keras_history.operation.name.count("_") <= 1  # the end of a block


def test_bottlenecks_are_linear_and_the_first_mobilenet_is_not():
    blocks = [f"block{i}" for i in range(1, 14)]
    first = values(architectures.mobilenet(SIZE, 5), blocks)
    second = values(architectures.mobilenet_v2(SIZE, 5), blocks)
    assert all(each.min() == 0 for each in first)
    assert all(each.min() < 0 < each.max() for each in second)


@pytest.mark.parametrize("name", ["mobilenet_v3_small", "efficientnet_b0"])
def test_a_gate_multiplies_each_map_by_a_number_from_0_to_1(name):
    model = getattr(architectures, name)(SIZE, 5)
    gates = [layer for layer in model.layers if isinstance(layer, keras.layers.Multiply)]
    gate = gates[0]
    before = gate.input[0]._keras_history.operation
    whole, gated = values(model, [before.name, gate.name])
    assert isinstance(before, keras.layers.Activation)  # the gate comes after the activation
    assert 0 < before.output.shape[-1] == gate.input[1].shape[-1]
    factors = gated[0, ..., 0][whole[0, ..., 0] > 0.1] / whole[0, ..., 0][whole[0, ..., 0] > 0.1]
    assert factors.size == 0 or (factors.min() >= 0 and factors.max() <= 1)
    assert factors.size == 0 or np.ptp(factors) < 1e-4  # one number for the whole map


@pytest.mark.parametrize(("name", "blocks"), [("efficientnet_b0", 16), ("efficientnet_v2_s", 40)])
def test_later_branches_are_dropped_more_often(name, blocks):
    model = weightless(name)
    drops = [layer for layer in model.layers if layer.name.endswith("_drop")]
    landmarks = [
        layer.name for layer in model.layers if layer.name[:5] == "stage" and layer.name.count("_") == 1
    ]
    assert len(landmarks) == blocks and len(drops) == SUMS[name]
    for drop in drops:
        assert drop.rate == pytest.approx(0.2 * landmarks.index(drop.name.removesuffix("_drop")) / blocks)
        assert tuple(drop.noise_shape) == (None, 1, 1, 1)


def test_a_dropped_branch_is_dropped_whole_and_never_outside_training():
    model = architectures.efficientnet_b0(SIZE, 5)
    drop = model.get_layer("stage6_4_drop")
    drop.rate = 0.5
    x = np.ones((200, 2, 2, 192), "float32")
    kept = keras.ops.convert_to_numpy(drop(x, training=True)).reshape(200, -1)
    assert set(np.unique(kept)) == {0.0, 2.0} and (np.ptp(kept, axis=1) == 0).all()
    assert (keras.ops.convert_to_numpy(drop(x, training=False)) == x).all()


@pytest.mark.parametrize("name", ["mobilenet", "mobilenet_v2", "efficientnet_b0"])
def test_no_two_layers_begin_with_the_same_kernel(name):
    """An initializer that layers share would give equal kernels to equal shapes."""
    model = getattr(architectures, name)(SIZE, 5)
    kernels = [layer.kernel for layer in model.layers if hasattr(layer, "kernel")]
    sums = [float(keras.ops.sum(kernel)) for kernel in kernels]
    assert len(set(sums)) == len(kernels)


@pytest.mark.parametrize("name", ["mobilenet", "mobilenet_v2"])
@pytest.mark.parametrize("alpha", [0, -1, 11, True, "1", None, float("nan"), float("inf")])
def test_bad_alpha(name, alpha):
    with pytest.raises(ValueError, match=r"alpha must be a number from 0\.1 to 10, .*; got"):
        getattr(architectures, name)(alpha=alpha)
