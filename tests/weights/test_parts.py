"""Published weights of a network in a part of it, which is made without the rest."""

import numpy as np
import pytest
from safetensors.numpy import save_file
from support.published import publish

import keras_cnns
from keras_cnns.weights import find, preprocess, pretrained
from keras_cnns.weights.formats.tensors import Tensors

NAME, LANDMARKS = "mobilenet_v3_small", ["block3", "block8"]


@pytest.fixture
def reads(monkeypatch):
    """The tensors that are read."""
    found = []
    for kind in (Tensors, *Tensors.__subclasses__()):
        if read := vars(kind).get("read"):

            def noting(self, name, read=read):
                found.append(name)
                return read(self, name)

            monkeypatch.setattr(kind, "read", noting)
    return found


@pytest.mark.filterwarnings("ignore:.* has the name of published weights, but is")
def test_part_has_the_values_of_the_whole(tmp_path, monkeypatch, reads):
    row = find(NAME, "keras")
    path, _ = publish(row, tmp_path)
    shape, images = (64, 96, 3), np.random.default_rng(0).normal(size=(1, 64, 96, 3))
    whole = keras_cnns.create(NAME, shape, weights=path)
    in_all = len(set(reads))
    for cut, arguments in (("backbone", ()), ("features", (LANDMARKS,)), ("features", (LANDMARKS[0],))):
        reads.clear()
        part = getattr(keras_cnns, cut)(NAME, *arguments, in_shape=(None, None, 3), weights=path)
        for layer in part.layers:
            for found, wanted in zip(layer.get_weights(), whole.get_layer(layer.name).get_weights()):
                np.testing.assert_array_equal(found, wanted)
        assert 0 < len(set(reads)) < in_all
    whole = keras_cnns.features(whole, LANDMARKS[0])
    np.testing.assert_allclose(part(images), whole(images), rtol=1e-4, atol=1e-5)
    monkeypatch.setattr(pretrained, "fetch", lambda file: path)
    part = keras_cnns.backbone(NAME, in_shape=(None, None, 3), weights="keras")
    pixels = np.zeros((80, 80, 3), "uint8")
    np.testing.assert_array_equal(preprocess(part, pixels), preprocess(row, pixels))


def test_files_that_are_not_of_the_whole_network(tmp_path):
    own = tmp_path / "own.weights.h5"
    keras_cnns.create("lenet_5").save_weights(own)
    with pytest.raises(ValueError, match=r"weights must be published ones.*backbone\(create\("):
        keras_cnns.backbone("lenet_5", weights=own)
    save_file({"features.0.weight": np.zeros((64, 3, 3, 3), "float32")}, tmp_path / "a.safetensors")
    with pytest.raises(ValueError, match="does not have the weights of vgg11"):
        keras_cnns.backbone("vgg11", in_shape=(None, 64, 3), weights=tmp_path / "a.safetensors")
