"""What prepares the images is no part of a network; it is told, and sizes are those after it."""

import keras
import pytest
from keras import layers
from support.compare_cases import conv, model
from support.pair_oracle import judged, numbers_without_preparation, prepares_otherwise

from keras_cnns import compare
from keras_cnns.building import without_weights
from keras_cnns.comparison.compare_models import compare_models

IMAGE = (16, 16, 3)


def mean_subtracted(x):
    return x - keras.ops.convert_to_tensor([103.9, 116.8, 123.7])


PREPARATIONS = {
    "scaling by 1/255": [layers.Rescaling(1 / 255)],
    "scaling by 1/2": [layers.Rescaling([0.5] * 3)],
    "scaling of each channel": [layers.Rescaling([0.5, 0.5, 0.6])],
    "scaling by 1/127.5 and adding -1": [layers.Rescaling(1 / 127.5, offset=-1)],
    "normalization with fixed mean and variance": [layers.Normalization(mean=[1, 2, 3], variance=[1, 2, 3])],
    "RandomFlip, RandomRotation": [layers.RandomFlip(), layers.RandomRotation(0.1)],
    "TrueDivide": [lambda x: x / 255.0],
    "GetItem, Subtract": [lambda x: x[..., ::-1], mean_subtracted],
}


def network(*before, shape=IMAGE, **options):
    return model(*before, lambda x: conv(4, 3, **options)(x), layers.Flatten(), shape=shape)


@pytest.mark.parametrize("name", PREPARATIONS)
def test_preparation_is_told_and_does_not_count(name):
    report = compare_models(network(*PREPARATIONS[name]), network())
    assert report.verdict == "exact", str(report)
    assert report.notes == (f"the preparation of the images: {name}; in the reference none",)
    assert compare_models(network(*PREPARATIONS[name], strides=2), network()).verdict == "different"


CROPS = [kind(16, 16) for kind in (layers.Resizing, layers.CenterCrop, layers.RandomCrop)]


@pytest.mark.parametrize("layer", CROPS)
def test_sizes_are_those_after_the_preparation(layer):
    report = compare_models(network(layer, shape=(40, 40, 3)), network())
    assert report.verdict == "exact", str(report)
    other = compare_models(network(layer, shape=(40, 40, 3)), network(shape=(20, 20, 3)))
    assert [one.attribute for one in other.differences] == ["in_shape"]


def test_a_network_that_is_named_is_built_for_the_images_after_resizing():
    core, inputs = without_weights("lenet_caffe"), keras.Input((60, 80, 1))
    student = keras.Model(inputs, core(layers.Rescaling(1 / 255)(layers.Resizing(28, 28)(inputs))))
    report = compare(student, "lenet_caffe")
    assert report.verdict == "exact", str(report)
    assert "resizing to 28×28, scaling by 1/255" in report.notes[0]


def test_the_same_layers_inside_a_network_count():
    inside = compare_models(model(conv(4, 3), layers.Rescaling(0.5)), model(conv(4, 3)))
    assert inside.verdict != "exact"

    def beside(x):
        return layers.Concatenate()([x, layers.Rescaling(0.5)(x)])

    def twice(x):
        return layers.Concatenate()([x, x])

    assert compare_models(model(beside, conv(4, 3)), model(twice, conv(4, 3))).differences


IDLE = {
    "identity": layers.Identity,
    "linear": lambda: layers.Activation("linear"),
    "dropout": lambda: layers.Dropout(0.1),
    "noise": lambda: layers.GaussianNoise(0.1),
    "function": lambda: layers.Lambda(lambda x: x + 0),
}


@pytest.mark.parametrize("idle", IDLE)
def test_what_does_nothing_does_not_end_the_preparation(idle):
    parts = [layers.Resizing(16, 16), IDLE[idle](), layers.RandomTranslation(0.1, 0.1)]
    report = compare_models(network(*parts, shape=(40, 40, 3)), network())
    assert report.verdict == "exact", str(report)
    told = "the preparation of the images: resizing to 16×16, RandomTranslation; in the reference none"
    assert told in report.notes


def test_sizes_follow_a_resizing_after_a_function():
    core, inputs = without_weights("lenet_caffe"), keras.Input((60, 80, 1))
    scaled = layers.Lambda(lambda x: x / 255)(layers.Identity()(inputs))
    student = keras.Model(inputs, core(layers.Resizing(28, 28)(scaled)))
    assert compare(student, "lenet_caffe").verdict == "exact"


def test_what_changes_nothing_is_not_told():
    def nothing(x):
        return keras.ops.sum(x, axis=())

    for idle in (nothing, layers.Identity()):
        report = compare_models(network(idle), network())
        assert (report.verdict, report.notes) == ("exact", ()), str(report)


def with_values(*chain):
    """A network that can be run, which those of `model` cannot."""
    x = inputs = keras.Input(IMAGE)
    for layer in chain:
        x = layer(x)
    return keras.Model(inputs, x)


@pytest.mark.parametrize(("function", "numbers"), [("relu", "equal"), ("tanh", "different")])
def test_numbers_are_those_behind_the_preparation(function, numbers):
    """The oracle of the search for wrong verdicts takes off what is told, and nothing else."""
    student, reference = (
        with_values(layers.Rescaling(scale), layers.Conv2D(4, 3), layers.Activation(name))
        for scale, name in ((2.0, function), (0.5, "relu"))
    )
    report = compare_models(student, reference)
    assert prepares_otherwise(report)
    assert numbers_without_preparation(report, student, reference) == numbers
    assert not judged("", lambda: student, lambda: reference).is_wrong


def test_a_preparation_inside_another_layer_is_not_judged():
    inner = model(layers.Rescaling(2.0), conv(4, 3), shape=IMAGE)
    student, reference = model(inner, shape=IMAGE), model(conv(4, 3), shape=IMAGE)
    assert numbers_without_preparation(compare_models(student, reference), student, reference) == "prepared"


SETTINGS = {
    "interpolation": [layers.Resizing(8, 8), layers.Resizing(8, 8, interpolation="nearest")],
    "mean": [layers.Normalization(mean=[n, 2, 3], variance=[1, 2, 3]) for n in (1, 2)],
    "factor": [layers.RandomRotation(factor) for factor in (0.1, 0.2)],
}


@pytest.mark.parametrize("name", SETTINGS)
def test_other_settings_of_a_preparation_are_told(name):
    one, other = (network(layer) for layer in SETTINGS[name])
    (note,) = compare_models(one, other).notes
    assert note.startswith("the preparation of the images: ") and note.endswith(" with other settings")
    assert not compare_models(one, one).notes
