"""What a grade hangs on: what counts as handed in, what sizes are asked for, what `ignore=` takes out."""

import contextlib
import os
from pathlib import Path
from types import SimpleNamespace

import keras
import pytest
from keras import layers
from support.compare_cases import residual
from support.sizes import weightless

from keras_cnns import assert_matches, backends, compare
from keras_cnns.architectures.alexnet import LocalResponseNormalization
from keras_cnns.building import without_weights
from keras_cnns.weightless import build_weightless

SIZES = {"in_shape": (32, 32, 3), "n_classes": 10}


class Word(str):
    """A word that answers as a model would."""

    output_shape = (None, 10)
    layers = ()


class Path9:
    """An object that stands for a path, which is no path but a name."""

    def __fspath__(self):
        return "lenet_caffe"


@pytest.mark.parametrize(
    "word", ["lenet_caffe", "LeNet-Caffe", Word("lenet_caffe"), Path("lenet_caffe"), Path9(), ""]
)
def test_a_word_is_no_model(word):
    with pytest.raises(ValueError, match="student must be a model or the path of a file"):
        assert_matches(word, "lenet_caffe")


def test_a_file_is_a_model(tmp_path):
    file = tmp_path / "handed_in.json"
    file.write_text(weightless("lenet_caffe").to_json())
    assert_matches(file, "lenet_caffe", level="exact")
    assert_matches(os.fspath(file), "lenet_caffe", level="exact")
    assert compare("lenet_caffe", "lenet_caffe").verdict == "exact"  # no grade hangs on it


def with_slip():
    """ResNet-18 for small images with another activation in one place, which no count of parameters shows."""
    config = without_weights("resnet18", (32, 32, 3), 10).get_config()
    activation = next(layer for layer in config["layers"] if layer["class_name"] in ("ReLU", "Activation"))
    activation["class_name"], activation["config"] = "ELU", {"name": activation["config"]["name"]}
    return build_weightless(keras.Model.from_config, config)


def test_other_sizes_are_asked_for():
    right = without_weights("resnet18", (32, 32, 3), 10)
    assert_matches(right, "resnet18", level="exact", **SIZES)
    report = compare(right, "resnet18", **SIZES)
    assert report.parameters == (11_191_242, 11_191_242)
    assert not any(note.startswith(("the number", "the size")) for note in report.notes)
    (only,) = compare(without_weights("resnet18", (32, 32, 3), 7), "resnet18", **SIZES).differences
    assert (only.attribute, only.yours, only.reference) == ("n_classes", 7, 10)
    (only,) = compare(without_weights("resnet18", (64, 64, 3), 10), "resnet18", **SIZES).differences
    assert (only.attribute, only.yours, only.reference) == ("in_shape", (64, 64, 3), (32, 32, 3))


def test_shapes_are_judged_without_what_is_ignored():
    """By a network's name, and against a model with another number of classes."""
    student = with_slip()
    for reference in ("resnet18", without_weights("resnet18", (32, 32, 3), 1000)):
        report = compare(student, reference, ignore=["n_classes", "in_shape"])
        assert report.verdict == "same shapes"
        assert_matches(student, reference, level="same shapes", ignore=["n_classes", "in_shape"])
        assert compare(student, reference, ignore=["in_shape"]).verdict == "different"
    wider = residual(blocks=((8, 1), (8, 1), (16, 2), (24, 1)), classes=7)
    assert compare(wider, residual(), ignore=["n_classes"]).verdict == "different"


def test_what_is_ignored_is_said_and_not_counted():
    report = compare(
        without_weights("resnet18", (32, 32, 3), 7), "resnet18", ignore=["n_classes", "in_shape"]
    )
    assert report.verdict == "exact"
    assert report.parameters[0] == report.parameters[1]
    assert report.notes[:2] == (
        "the number of classes: 7, in the original 1,000",
        "the size of the images: 32×32×3, in the original 224×224×3",
    )
    (note,) = compare(residual(classes=7), residual(), ignore=["n_classes"]).notes
    assert note.startswith("ignored: ") and "7, the reference has 10" in note and "parameters" in note


def test_sizes_that_cannot_be_asked_for():
    student = weightless("lenet_caffe")
    with pytest.raises(ValueError, match="n_classes is for a reference that is a network's name"):
        compare(student, student, n_classes=10)
    with pytest.raises(ValueError, match="n_classes is given, so it counts"):
        compare(student, "lenet_caffe", n_classes=10, ignore=["n_classes"])
    for bad in (1, "10", True):
        with pytest.raises(ValueError, match="n_classes must be an int, at least 2"):
            compare(student, "lenet_caffe", n_classes=bad)
    with pytest.raises(ValueError, match="in_shape must be"):
        compare(student, "lenet_caffe", in_shape=(28, 28))


def test_a_model_that_has_no_classes():
    """What the last layer gives is no number of classes that a network could have."""
    student = build_weightless(keras.Sequential, [keras.Input((28, 28, 1)), layers.Conv2D(1, 5)])
    report = compare(student, "lenet_caffe", ignore=["n_classes"])
    assert report.verdict == "different"


@pytest.mark.parametrize("name", ["lenet_5", "lenet_caffe", "resnet18", "inception_v1"])
def test_a_build_of_the_library_is_told(name):
    """Whatever numbers Keras gives to names that it has given before."""
    without_weights(name, n_classes=10)
    report = compare(without_weights(name, n_classes=10), name, n_classes=10)
    assert (report.verdict, report.is_copy) == ("exact", True)
    assert report.notes[-1].startswith("who wrote it: ")
    assert report.score(4) == 4


def test_the_same_network_by_another_hand_is_no_copy():
    config = weightless("lenet_caffe").get_config()
    layer = next(one for one in config["layers"] if one["class_name"] == "Conv2D")
    layer["config"]["kernel_initializer"] = "glorot_uniform"
    report = compare(build_weightless(keras.Model.from_config, config), "lenet_caffe")
    assert (report.verdict, report.is_copy, report.notes) == ("exact", False, ())
    assert not compare(residual(), residual()).is_copy


def test_no_score_for_a_word():
    with pytest.raises(ValueError, match="student must be a model or the path of a file for a score"):
        compare("lenet_caffe", "lenet_caffe").score(4)


def test_an_assertion_in_a_notebook_is_the_report_alone():
    """IPython shows what `_render_traceback_` returns, and else the line that raised, with its file."""
    student, reference = residual(classes=7), residual()
    with pytest.raises(AssertionError) as caught:
        assert_matches(student, reference)
    report = compare(student, reference)
    assert caught.value._render_traceback_() == ["AssertionError:", *report.text().splitlines()]
    assert str(caught.value) == "\n" + report.text()
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


def test_settings_are_read_without_tensorflow(monkeypatch):
    """Keras imports all of it, where it is installed, to see whether a setting is one of its shapes."""
    from keras.src.utils import module_utils

    looked = []
    monkeypatch.setattr(module_utils.tensorflow, "_available", None)
    monkeypatch.setattr(module_utils.tensorflow, "initialize", lambda: looked.append("imported"))
    monkeypatch.setattr(backends, "sys", SimpleNamespace(modules={}))
    student = build_weightless(keras.Sequential, [keras.Input((8, 8, 3)), LocalResponseNormalization()])
    assert compare(student, student).verdict == "exact"
    assert looked == []
    with contextlib.suppress(AttributeError):  # of a module that is not there
        student.layers[0].get_config()
    assert looked
