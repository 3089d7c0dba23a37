"""What `compare` and `assert_matches` take, and what they refuse."""

import os
import subprocess
import sys

import keras
import pytest
from keras import layers
from support.compare_cases import conv, model, residual
from support.sizes import weightless

from keras_cnns import assert_matches, compare


def test_ignore():
    student, reference = residual(slip={"scale": False}, classes=7), residual()
    assert compare(student, reference, ignore=["scale", "n_classes"]).verdict == "exact"
    assert (
        compare(student, reference, ignore=["gamma in batch normalization"]).differences[0].attribute
        == "n_classes"
    )
    layer = compare(student, reference).differences[0].layer
    assert len(compare(student, reference, ignore=[layer]).differences) == 1
    with pytest.raises(ValueError, match="did you mean epsilon"):
        compare(student, reference, ignore=["epsilom"])
    with pytest.raises(ValueError, match="ignore must be a list of strings"):
        compare(student, reference, ignore="scale")


def test_what_only_training_sees_counts_if_asked():
    student = model(conv(4, 3, name="a"), layers.BatchNormalization(momentum=0.9))
    reference = model(
        conv(4, 3, kernel_initializer="he_normal", name="b"), layers.Dropout(0.5), layers.BatchNormalization()
    )
    report = compare(student, reference)
    assert report.verdict == "exact"
    assert "dropout" in str(report)
    found = compare(student, reference, also=["dropout", "initializers", "momentum", "names"]).differences
    assert {one.attribute for one in found} >= {"kernel_initializer", "momentum", "name", None}
    assert next(one.mistake for one in found if one.kind == "missing") == "dropout"
    with pytest.raises(ValueError, match="also must be of dropout"):
        compare(student, reference, also=["speed"])


@pytest.mark.parametrize("layer", [layers.Dropout, layers.SpatialDropout2D, layers.GaussianNoise])
def test_rates_of_dropout_count_if_asked(layer):
    student, reference = (model(conv(4, 3), layer(rate)) for rate in (0.4, 0.5))
    report = compare(student, reference)
    assert report.verdict == "exact"
    assert report.notes == ("dropout, which matters in training only: 0.4, in the reference 0.5",)
    (only,) = compare(student, reference, also=["dropout"]).differences
    assert (only.attribute, only.yours, only.reference, only.mistake) == ("rate", 0.4, 0.5, "dropout")
    assert compare(student, student, also=["dropout"]).verdict == "exact"


@pytest.mark.parametrize(
    ("word", "attribute", "first", "second"),
    [
        ("initializers", "kernel_initializer", {"kernel_initializer": "zeros"}, {}),
        ("regularizers", "kernel_regularizer", {"kernel_regularizer": "l2"}, {}),
        ("names", "name", {"name": "a"}, {"name": "b"}),
    ],
)
def test_what_else_counts(word, attribute, first, second):
    student, reference = (model(conv(4, 3, **options)) for options in (first, second))
    assert compare(student, reference).verdict == "exact"
    found = compare(student, reference, also=[word]).differences
    assert attribute in [one.attribute for one in found]
    assert compare(student, student, also=[word]).verdict == "exact"


def test_networks_of_one_name_are_called_as_they_were_asked_for():
    report = compare("inception_net", "inception_v1")
    assert (report.model, report.reference) == ("inception_net", "inception_v1")
    assert "Yours, inception_net, and the reference, inception_v1" in str(report)


def test_assert_matches():
    assert_matches(residual(), residual(), level="exact")
    v1_5 = weightless("resnet50", stride_in_3x3=True)
    assert_matches(v1_5, "resnet50", level="same shapes")
    with pytest.raises(AssertionError, match=r"ResNet\s+v1\.5"):
        assert_matches(v1_5, "resnet50")
    assert_matches(v1_5, "resnet50", ignore=["stride in the 3×3"])
    with pytest.raises(ValueError, match="level must be one of 'exact'"):
        assert_matches(v1_5, "resnet50", level="perfect")


class Subclass(keras.Model):
    def call(self, x):
        return x


@pytest.mark.parametrize(
    ("student", "words"),
    [
        (42, "must be a functional or Sequential Keras model; got 42"),
        (keras.Sequential([layers.Dense(1)]), "has no input shape yet"),
        (Subclass(), "has no input shape yet"),
        ("resnet5", "did you mean resnet50"),
        ("nothing.keras", "nothing.keras is no file"),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_bad_input(student, words, first):
    pair = (student, "lenet_5") if first else (residual(), student)
    with pytest.raises(ValueError, match=words):
        compare(*pair)


@pytest.mark.peers
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_backends(backend):
    code = "import keras_cnns; print(keras_cnns.compare('lenet_caffe', 'lenet_5').verdict)"
    environment = {**os.environ, "KERAS_BACKEND": backend}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert run.stdout.strip() == "different", run.stderr
