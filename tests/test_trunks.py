"""Parts of networks by name: what is wanted is made, nothing else, and it is the part of the network."""

import keras
import numpy as np
import pytest
from keras import initializers
from support.sizes import weightless

import keras_cnns
from keras_cnns.trunks import made
from keras_cnns.weightless import build_weightless

# One of each kind: flattened heads, response normalization, towers, groups, gates, and layers of one's own.
KINDS = (
    "lenet_5",
    "vgg11",
    "alexnet",
    "nin",
    "inception_v3",
    "resnext50",
    "mobilenet_v3_small",
    "convnext_tiny",
)


def settings(model):
    """What a model is made of, but for the size of its input."""
    config = model.get_config()
    for layer in config["layers"]:
        layer.pop("build_config", None)
        for node in layer["inbound_nodes"]:
            node.clear()
        for key in ("batch_shape", "ragged"):
            layer["config"].pop(key, None)
    return config["layers"]


@pytest.mark.parametrize("name", KINDS)
def test_trunk_by_name_is_that_of_the_network_at_any_size(name):
    whole = weightless(name)
    shape = (None, None, whole.input_shape[-1])
    cut = keras_cnns.backbone(whole)
    free = build_weightless(made, cut, shape)
    assert free.name == cut.name == f"{name}_backbone" and free.input_shape == (None, *shape)
    assert str(settings(free)) == str(settings(cut))
    fixed = free.compute_output_shape((None, *whole.input_shape[1:]))
    assert fixed == cut.output_shape and not free.compiled
    assert all(len(layer._inbound_nodes) == 1 for layer in free.layers)  # so that layer.output is one tensor


def test_weights_of_the_classifier_are_not_made(monkeypatch):
    shapes = []
    initialized = initializers.VarianceScaling.__call__

    def noting(self, shape, dtype=None):
        shapes.append(tuple(shape))
        return initialized(self, shape, dtype)

    monkeypatch.setattr(initializers.VarianceScaling, "__call__", noting)
    first = keras_cnns.features("vgg11", ["conv1_1", "block2_conv1"], in_shape=(None, 40, 3))
    assert shapes == [(3, 3, 3, 64), (3, 3, 64, 128)]
    assert [output.shape for output in first(np.zeros((1, 32, 40, 3)))] == [(1, 32, 40, 64), (1, 16, 20, 128)]


def test_trunk_is_a_plain_model(tmp_path):
    pooled = keras_cnns.backbone("squeezenet_1_1", "avg", in_shape=(64, 80, 3), name="eye")
    assert pooled.name == "eye" and pooled.output_shape == (None, 512)
    pooled.save(tmp_path / "eye.keras")
    images = np.random.default_rng(0).normal(size=(2, 64, 80, 3))
    again = keras.saving.load_model(tmp_path / "eye.keras")
    np.testing.assert_array_equal(again.predict(images, verbose=0), pooled.predict(images, verbose=0))
    named = keras_cnns.features("squeezenet_1_1", {"a": "fire4"}, in_shape=(None, None, 3))
    assert list(named.output) == ["a"]
    by_stride = keras_cnns.features("lenet_5", strides=[2, 4])
    assert by_stride.output_shape == keras_cnns.features(weightless("lenet_5"), strides=[2, 4]).output_shape


def test_what_only_a_name_takes_and_what_is_no_name():
    model = weightless("lenet_5")
    for given in ({"in_shape": (64, 64, 1)}, {"weights": "imagenet"}, {"aux": True}):
        for part in (keras_cnns.backbone, lambda m, **more: keras_cnns.features(m, "s2", **more)):
            with pytest.raises(ValueError, match=f"{next(iter(given))} must be left out for a model"):
                part(model, **given)
    with pytest.raises(ValueError, match=r"got 'mine.keras': give keras.saving.load_model"):
        keras_cnns.backbone("mine.keras")
    with pytest.raises(ValueError, match="include_top: backbone"):
        keras_cnns.backbone("vgg19", include_top=False)
    with pytest.raises(ValueError, match="at least 32 high and wide"):
        keras_cnns.backbone("vgg19", in_shape=(8, None, 3))
    with pytest.raises(ValueError, match=r'backbone\("vgg19", in_shape=\(None, None, 3\)\)'):
        keras_cnns.create("vgg19", (None, None, 3))
