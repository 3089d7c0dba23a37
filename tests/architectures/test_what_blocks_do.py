"""What the blocks of newer networks do, and counts and shapes cannot tell."""

import keras
import numpy as np
import pytest
from support.parity import mutant

from keras_cnns.architectures import convnext_tiny, densenet121, resnet50_v2, se_resnet50

SHAPE = (64, 64, 3)


def outputs(model, *names, training=False):
    """What layers give for two images."""
    x = np.random.default_rng(3).normal(size=(2, *SHAPE)).astype("float32")
    part = keras.Model(model.input, [model.get_layer(name).output for name in names])
    return [keras.ops.convert_to_numpy(output) for output in part(x, training=training)]


def set_weights(model, *names, value=0.0):
    for name in names:
        layer = model.get_layer(name)
        layer.set_weights([np.full(weight.shape, value) for weight in layer.weights])


def test_dense_blocks_hand_on_what_they_read():
    """The first maps after a block are those before it, unchanged; so is what each layer has appended."""
    before, one, two, end = outputs(densenet121(SHAPE, 2), "pool1", "dense1_1", "dense1_2", "dense1")
    assert end.shape[-1] == before.shape[-1] + 6 * 32
    assert np.array_equal(end[..., :64], before)
    assert np.array_equal(end[..., 64:96], one[..., 64:]) and np.array_equal(end[..., :128], two)


def identity_is_kept(factory):
    """A unit of ResNet v2 whose branch gives zeros gives what it read, negative values included."""
    model = factory(SHAPE, 2)
    set_weights(model, "conv3_2_3_conv")
    before, after = outputs(model, "conv3_1", "conv3_2")
    assert (before < 0).any()
    return np.array_equal(before, after)


def test_nothing_stands_on_the_shortcut_of_resnet_v2():
    assert identity_is_kept(resnet50_v2)


def test_an_activation_there_is_seen():
    wrong = mutant(
        resnet50_v2, "layers.Add(name=name)([x, y])", "layers.ReLU(name=name)(layers.Add()([x, y]))"
    )
    with pytest.raises(AssertionError):
        identity_is_kept(wrong)


def test_slim_shortcuts_keep_every_second_pixel():
    model = resnet50_v2(SHAPE, 2, slim=True)
    set_weights(model, "conv2_3_3_conv")
    before, after = outputs(model, "conv2_2", "conv2_3")
    assert np.array_equal(before[:, ::2, ::2], after)


def test_gates_multiply_each_map_by_one_factor_before_the_addition():
    """Without weights a gate says 0.5; with a bias each map has its own factor. The shortcut has none."""
    model = se_resnet50(SHAPE, 2)
    set_weights(model, "conv3_2_gate_excite")
    bias = np.linspace(-3, 3, 512)
    layer = model.get_layer("conv3_2_gate_excite")
    layer.set_weights([layer.get_weights()[0], bias])
    names = ("conv3_1", "conv3_2_3_bn", "conv3_2_gate", "conv3_2")
    before, branch, gated, after = outputs(model, *names)
    np.testing.assert_allclose(gated, branch / (1 + np.exp(-bias)), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(after, np.maximum(before + gated, 0), rtol=1e-5, atol=1e-6)


def test_a_block_of_convnext_with_factors_of_zero_is_the_identity():
    model = convnext_tiny(SHAPE, 2)
    set_weights(model, "stage2_2_scale")
    before, after = outputs(model, "stage2_1", "stage2_2")
    assert np.array_equal(before, after)


def test_branches_are_left_out_in_training_only():
    """At a rate near 1 most images miss the branch as a whole; in inference all have it, and at its size."""
    model = convnext_tiny(SHAPE, 2)
    set_weights(model, "stage4_3_scale", value=1.0)
    rates = [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    np.testing.assert_allclose(rates, np.linspace(0, 0.1, 18))
    branch, kept = outputs(model, "stage4_3_scale", "stage4_3_drop")
    assert np.array_equal(branch, kept)
    drop = model.get_layer("stage4_3_drop")
    found = keras.ops.convert_to_numpy(drop(np.ones((200, 2, 2, 3)), training=True)).reshape(200, -1)
    assert (found == found[:, :1]).all()
    assert set(np.round(np.unique(found), 4)) == {0.0, np.round(np.float32(1 / 0.9), 4)}
