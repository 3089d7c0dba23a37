"""Files and folders that hold no description of a model: each is told what it is, and what works."""

import json
import zipfile

import h5py
import keras
import numpy as np
import pytest

from keras_cnns import building
from keras_cnns.keras_files import architecture

ZIPPED = {
    "model.pt": ("archive/data.pkl", "is a file of PyTorch"),
    "model.zip": ("mine.keras", "is a zip archive with mine.keras in it. Unpack it"),
    "folder.zip": ("model/config.json", "with config.json in it. Unpack it"),
    "saved.zip": ("m/saved_model.pb", "of a SavedModel.*model.save"),
    "thesis.docx": ("[Content_Types].xml", "is a document"),
    "values.npz": ("a.npy", "NumPy arrays"),
    "other.keras": ("metadata.json", "an archive without config.json"),
}
PLAIN = {
    "m.tflite": (b"\x1c\0\0\0TFL3\0\0", "TensorFlow Lite"),
    "m.onnx": (b"\x08\x07\x12\x07pytorch", "an ONNX graph"),
    "m.pb": (b"\x0a\x0b\x0a\x05input", "a graph of TensorFlow.*model.save"),
    "m.pth": (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", "a file of PyTorch"),
    "m.pkl": (b"\x80\x04\x95", "a pickle, which runs code"),
    "m.safetensors": (b'\x40\0\0\0\0\0\0\0{"a":{}}', "safetensors, which holds weights only"),
    "m.index": (b"\0\0\0\0\x01", "part of a checkpoint"),
    "m.keras": (b"", "has nothing in it. Download"),
    "page.keras": (b"\n<!DOCTYPE html>\n<html>", "a web page, saved in place of the file"),
    "lfs.h5": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:1",
        "a Git LFS pointer.*git lfs pull",
    ),
    "words.keras": (b"not a model", "it is a text. Download"),
    "m.keras.gz": (b"\x1f\x8b\x08", "a gzip archive. Unpack it"),
    "m.py": (b"import keras\nkeras.Input((2,))", "a Python program, which is not run"),
    "m.yaml": (b"backend: tensorflow\nclass_name: Model", "a YAML text.*to_json"),
    "m.ipynb": (b'{"nbformat": 4, "cells": []}', "is a notebook"),
    "config.json": (b'{"model_type": "bert"}', "Hugging Face"),
    "noise.keras": (bytes(range(200, 256)) * 9, "must be a .keras file"),
}


@pytest.mark.parametrize("name", PLAIN)
def test_files(name, tmp_path):
    content, words = PLAIN[name]
    (tmp_path / name).write_bytes(content)
    refused(tmp_path / name, words)


@pytest.mark.parametrize("name", ZIPPED)
def test_archives(name, tmp_path):
    inside, words = ZIPPED[name]
    with zipfile.ZipFile(tmp_path / name, "w") as archive:
        archive.writestr(inside, "x")
    refused(tmp_path / name, words)


@pytest.mark.parametrize(
    ("inside", "words"),
    [
        ("saved_model.pb", "is a SavedModel"),
        ("checkpoint", "a folder of checkpoints"),
        ("config.json", "an unpacked .keras file. Give the config.json"),
        ("best.keras", "is a folder. Give a file in it, such as best.keras"),
    ],
)
def test_folders(inside, words, tmp_path):
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / inside).touch()
    (tmp_path / "m" / "model.weights.h5").touch() if inside == "config.json" else None
    refused(tmp_path / "m", words)
    with pytest.raises(ValueError, match="model: .*" + words):
        building.resolve("model", tmp_path / "m")


def refused(path, words):
    with pytest.raises(ValueError, match=words) as error:
        architecture.load_architecture(path)
    assert str(path) in str(error.value)
    assert "draw" not in str(error.value)  # whoever compares or counts reads it, too
    assert str(error.value).isprintable()
    assert len(str(error.value)) < 500


def test_names_in_an_archive_are_made_visible(tmp_path):
    with zipfile.ZipFile(tmp_path / "m.zip", "w") as archive:
        archive.writestr("\x1b[31m" + "x" * 9000 + ".keras", "x")
    refused(tmp_path / "m.zip", r"with \\x1b\[31mx+…")


def test_weights_alone(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    model.save_weights(tmp_path / "m.weights.h5")
    refused(tmp_path / "m.weights.h5", "holds weights only, and no description")
    with h5py.File(tmp_path / "two.h5", "w") as file:
        file.attrs["layer_names"] = [b"dense"]
    refused(tmp_path / "two.h5", "holds weights only")
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["images"] = [1, 2]
    refused(tmp_path / "data.h5", "holds no model of Keras")


def test_a_whole_model_in_hdf5(tmp_path):
    """Of the archive nothing but one attribute is read: the rest may be missing, or point elsewhere."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, "relu"), keras.layers.Dense(2)])
    model.save(tmp_path / "m.h5")
    assert architecture.load_architecture(tmp_path / "m.h5").count_params() == model.count_params()
    with h5py.File(tmp_path / "m.h5", "a") as file:
        del file["model_weights"]
        file["model_weights"] = h5py.ExternalLink("/etc/passwd", "/")
        file["other"] = h5py.SoftLink("/model_weights")
    assert architecture.load_architecture(tmp_path / "m.h5").count_params() == model.count_params()


def test_tensorflow_js(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    text = {"format": "layers-model", "modelTopology": {"model_config": json.loads(model.to_json())}}
    (tmp_path / "model.json").write_text(json.dumps(text))
    assert architecture.load_architecture(tmp_path / "model.json").count_params() == 9


def hdf5(path, kind):
    with h5py.File(path, "w", libver="earliest" if kind == "claim" else "latest") as file:
        if kind == "large":
            file.attrs["model_config"] = np.bytes_(b" " * (2**24 + 1))
        elif kind == "numbers":
            file.attrs["model_config"] = [1, 2, 3]
        elif kind == "nothing":
            file.attrs["model_config"] = h5py.Empty("S10")
        elif kind == "many":
            file.attrs["model_config"] = ["{}"] * 2
        elif kind == "no text":
            file.attrs["model_config"] = np.bytes_(b"\xff\xfe{")
        elif kind == "named type":
            file["type"] = h5py.string_dtype()
            file.attrs.create("model_config", "{}", dtype=file["type"])
        else:
            file.attrs["model_config"] = "{" + " " * 1000
    if kind == "claim":
        size = (1001).to_bytes(4, "little")
        assert size in path.read_bytes()
        path.write_bytes(path.read_bytes().replace(size, (2**31).to_bytes(4, "little")))


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("large", "claim more than"),
        ("claim", "claim more than"),
        ("numbers", "holds no text"),
        ("nothing", "cannot be read"),
        ("many", "describes no model"),
        ("no text", "cannot be read"),
        ("named type", "a type that is stored elsewhere"),
        ("cut", "cannot be read"),
    ],
)
def test_hostile_attributes(kind, words, tmp_path):
    hdf5(tmp_path / "m.h5", kind)
    refused(tmp_path / "m.h5", words)
