"""What `compare` finds in networks with a known mistake, and that it finds nothing else."""

import keras
import pytest
from hypothesis import HealthCheck, given, settings
from keras import layers
from support.compare_cases import conv, model, relu, residual, towers
from support.random_models import dags, deep
from support.sizes import weightless, weightless_model

from keras_cnns import architectures, compare
from keras_cnns.building import without_weights
from keras_cnns.comparison.compare_models import compare_models
from keras_cnns.comparison.report.wording import axis_text

# Each the student's layers, the reference's, and the one difference: kind, attribute, both values, mistake.
SLIPS = {
    "filters": (
        [conv(4, 3), relu()],
        [conv(8, 3), relu()],
        ("changed", "filters", 4, 8, "different number of filters"),
    ),
    "kernel": (
        [conv(4, 3, padding="same")],
        [conv(4, 5, padding="same")],
        ("changed", "kernel", (3, 3), (5, 5), "3×3 for 5×5"),
    ),
    "strides": ([conv(4, 3, 2)], [conv(4, 3)], ("changed", "strides", (2, 2), (1, 1), "different stride")),
    "groups": (
        [conv(6, 3)],
        [conv(6, 3, groups=3)],
        (
            "changed",
            "kind",
            "convolution",
            "depthwise convolution",
            "full convolution for a separable one",
        ),
    ),
    "two towers": (
        [conv(4, 1), conv(6, 3)],
        [conv(4, 1), conv(6, 3, groups=2)],
        ("changed", "groups", 1, 2, "one tower"),
    ),
    "dilation": (
        [conv(4, 3)],
        [conv(4, 3, dilation_rate=2)],
        ("changed", "dilation", (1, 1), (2, 2), "different dilation"),
    ),
    "padding": (
        [conv(4, 3)],
        [conv(4, 3, padding="same")],
        ("changed", "padding", ((0, 0), (0, 0)), ((1, 1), (1, 1)), "different padding"),
    ),
    "uneven padding": (
        [conv(4, 3, 2, padding="same")],
        [layers.ZeroPadding2D(1), conv(4, 3, 2)],
        ("changed", "padding", "same", ((1, 1), (1, 1)), "uneven padding"),
    ),
    "padding of max-pooling, not activated": (
        [layers.MaxPooling2D(3, 1, "same")],
        [layers.ZeroPadding2D(1), layers.MaxPooling2D(3, 1)],
        ("changed", "padded with zeros", None, True, None),
    ),
    "bias": ([conv(4, 3, use_bias=False)], [conv(4, 3)], ("changed", "bias", False, True, "bias")),
    "activation": (
        [conv(4, 3, activation="tanh")],
        [conv(4, 3, activation="relu")],
        ("changed", "function", "tanh", "relu", "different activation"),
    ),
    "no activation": (
        [conv(4, 3), conv(4, 3)],
        [conv(4, 3, activation="relu"), conv(4, 3)],
        ("missing", None, None, "ReLU", "activation missing"),
    ),
    "no softmax": (
        [layers.Flatten(), layers.Dense(4)],
        [layers.Flatten(), layers.Dense(4, "softmax")],
        ("missing", None, None, "softmax", "softmax missing"),
    ),
    "average pooling": (
        [layers.AveragePooling2D(2)],
        [layers.MaxPooling2D(2)],
        ("changed", "statistic", "average", "max", "average for max-pooling"),
    ),
    "pooling window": (
        [layers.MaxPooling2D(2, 2)],
        [layers.MaxPooling2D(3, 2)],
        ("changed", "window", (2, 2), (3, 3), "different pooling window"),
    ),
    "epsilon": (
        [layers.BatchNormalization(epsilon=1e-3)],
        [layers.BatchNormalization(epsilon=1e-5)],
        ("changed", "epsilon", 1e-3, 1e-5, "different epsilon"),
    ),
    "gamma": (
        [layers.BatchNormalization(scale=False)],
        [layers.BatchNormalization()],
        ("changed", "scale", False, True, "gamma in batch normalization"),
    ),
    "no batch normalization": (
        [conv(4, 3), relu()],
        [conv(4, 3), layers.BatchNormalization(), relu()],
        ("missing", None, None, "batch normalization", "batch normalization missing"),
    ),
    "swapped": (
        [conv(4, 3, name="c"), relu(), layers.BatchNormalization()],
        [conv(4, 3), layers.BatchNormalization(name="n"), relu()],
        (
            "rewired",
            "place",
            "after c (convolution 3×3, 4 filters)",
            "after n (batch normalization)",
            "activation and batch normalization swapped",
        ),
    ),
    "classes": (
        [layers.Flatten(), layers.Dense(7, "softmax")],
        [layers.Flatten(), layers.Dense(10, "softmax")],
        ("changed", "n_classes", 7, 10, "wrong number of classes"),
    ),
    "global pooling head": (
        [conv(4, 3), layers.GlobalAveragePooling2D(), layers.Dense(9), layers.Dense(3)],
        [conv(4, 3), layers.Flatten(), layers.Dense(9), layers.Dense(3)],
        ("extra", None, "global average pooling", None, "global pooling head"),
    ),
    "full for separable": (
        [conv(8, 3, use_bias=False)],
        [layers.SeparableConv2D(8, 3, use_bias=False)],
        ("changed", "separable", False, True, "full convolution for a separable one"),
    ),
    "reshaped": (
        [layers.Reshape((8, 32, 3))],
        [layers.Reshape((32, 8, 3))],
        ("changed", "to", (8, 32, 3), (32, 8, 3), None),
    ),
    "scaling": (
        [relu(), layers.Rescaling(0.1)],
        [relu(), layers.Rescaling(0.2)],
        ("changed", "scale", 0.1, 0.2, "scaling"),
    ),
    "constants of an operation": (
        [lambda x: x[:, 1:]],
        [lambda x: x[:, 2:]],
        (
            "changed",
            "key",
            (repr(slice(None)), repr(slice(1, None))),
            (repr(slice(None)), repr(slice(2, None))),
            None,
        ),
    ),
}


@pytest.mark.parametrize("name", SLIPS)
def test_one_slip_is_the_only_difference(name):
    mine, theirs, expected = SLIPS[name]
    (only,) = compare(model(*mine), model(*theirs)).differences
    assert (only.kind, only.attribute, only.yours, only.reference, only.mistake) == expected


RESIDUAL = {
    "ReLU before the addition": {"before": True},
    "activation missing after the addition": {"activate": False},
    "gamma in batch normalization": {"scale": False},
    "different kernel": {"kernel": 1},
}


@pytest.mark.parametrize("at", [1, 2, 4])
@pytest.mark.parametrize("mistake", RESIDUAL)
def test_a_slip_in_one_block_is_one_difference(mistake, at):
    report = compare(residual(slip=RESIDUAL[mistake], at=at), residual())
    assert [one.mistake for one in report.differences] == [mistake], str(report)
    assert len(report.differences[0].places) == 1


def test_a_block_too_few_shifts_nothing():
    report = compare(residual(((8, 1), (8, 1), (16, 2), (16, 1))), residual())
    assert [one.mistake for one in report.differences] == ["too few blocks"]
    assert report.differences[0].parameters == report.parameters[0] - report.parameters[1] < 0
    report = compare(residual(((8, 1), (8, 1), (8, 1), (16, 2), (16, 1), (16, 1))), residual())
    assert [one.mistake for one in report.differences] == ["too many blocks"]


def test_two_slips_and_a_habit_are_three_differences():
    """A difference in every block must not hide what else is wrong."""
    student = residual(((8, 1), (16, 2), (16, 1), (16, 1)), slip={"activate": False}, at=2, classes=7)
    report = compare(student, residual())
    assert sorted(one.mistake for one in report.differences) == sorted(
        ["too few blocks", "activation missing after the addition", "wrong number of classes"]
    )


@pytest.mark.parametrize(
    ("slip", "mistake"),
    [
        ({"kernel": 3}, "3×3 for 5×5"),
        ({"pool_first": False}, "projection before the pooling"),
        ({"order": (0, 2)}, "tower missing"),
    ],
)
def test_towers(slip, mistake):
    report = compare(towers(**slip), towers())
    assert [one.mistake for one in report.differences] == [mistake], str(report)


def test_shortcut_from_elsewhere_and_none():
    def chain_of(*sources):
        x = inputs = keras.Input((8, 8, 4))
        tensors = [x]
        for i in range(4):
            y = conv(4, 3, padding="same", name=f"c{i}")(tensors[-1])
            source = sources[i] if i < len(sources) else i
            tensors.append(y if source is None else layers.Add(name=f"sum{i}")([y, tensors[source]]))
        return keras.Model(inputs, tensors[-1])

    first = compare(chain_of(0, 1, 0), chain_of()).differences[0]
    assert (first.kind, first.attribute, first.layer, first.mistake) == (
        "rewired",
        "inputs",
        "sum2",
        "shortcut",
    )
    first = compare(chain_of(0, 1, None), chain_of()).differences[0]
    assert (first.kind, first.reference_layer, first.mistake) == ("missing", "sum2", "shortcut")


class Custom(layers.Layer):
    """A layer of a student's own, which has settings; what it computes is not known by its values."""

    def __init__(self, **config):
        super().__init__()
        self.config = config

    def get_config(self):
        return super().get_config() | self.config

    def call(self, x):
        return keras.ops.flip(x, axis=1)


@pytest.mark.parametrize(
    "name", ["rate", "size", "alpha", "dilation_rate", "mode", "inputs", "outputs", "in_shape"]
)
def test_every_setting_of_a_custom_layer_counts(name):
    (only,) = compare(model(Custom(**{name: 1})), model(Custom(**{name: 2}))).differences
    assert (only.attribute, only.yours, only.reference) == (name, 1, 2)


def test_what_follows_is_counted_and_not_listed():
    def net(strides):
        return model(conv(4, 3, strides, "same", name="one"), conv(4, 3, name="two"), conv(4, 3), conv(4, 3))

    report = compare(net(2), net(1))
    assert [(one.attribute, one.follow) for one in report.differences] == [("strides", 3)]
    assert "3 later shapes follow" in str(report)


def test_batch_for_response_normalization(monkeypatch):
    """The most common AlexNet that is not one."""
    reference = weightless_model(architectures.alexnet, (67, 67, 3), 4)
    own = architectures.alexnet.__globals__
    monkeypatch.setitem(own, "LocalResponseNormalization", lambda *a, **k: layers.BatchNormalization())
    report = compare(weightless_model(architectures.alexnet, (67, 67, 3), 4), reference)
    assert [one.mistake for one in report.differences] == ["batch normalization for response normalization"]


def test_resnet_v1_5_is_one_difference_of_equal_shapes():
    report = compare(weightless("resnet50", stride_in_3x3=True), weightless("resnet50"))
    assert report.verdict == "same shapes"
    assert [one.mistake for one in report.differences] == ["stride in the 3×3"]
    assert len(report.differences[0].places) == 3


def test_one_tower_alexnet_says_what_it_costs():
    report = compare(weightless("alexnet", groups=1), weightless("alexnet"))
    (only,) = report.differences
    assert (only.attribute, only.yours, only.reference, only.parameters) == ("groups", 1, 2, 1_413_120)
    assert [mine for mine, _ in only.places] == ["conv2", "conv4", "conv5"]


def test_auxiliary_classifiers():
    report = compare(weightless("inception_net"), weightless("inception_v1"))
    assert [(one.kind, one.mistake) for one in report.differences] == [("extra", "auxiliary classifier")]


def test_other_images_and_classes_are_one_difference_each():
    student = without_weights("resnet18", (64, 64, 1), 7)
    report = compare(student, "resnet18")
    assert [(one.attribute, one.yours, one.reference) for one in report.differences] == [
        ("in_shape", (64, 64, 1), (224, 224, 3)),
        ("n_classes", 7, 1000),
    ]
    assert compare(student, "resnet18", ignore=["in_shape", "n_classes"]).verdict == "exact"
    report = compare(student, weightless("resnet18"), ignore=["n_classes"])
    assert [one.attribute for one in report.differences] == ["in_shape"]


def test_images_that_a_network_cannot_take():
    report = compare(model(layers.Flatten(), layers.Dense(10), shape=(8, 8, 3)), "alexnet")
    assert report.differences[0].attribute == "in_shape"


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(dags(), dags())
def test_any_two_graphs(one, other):
    """Nothing goes wrong, parameters are accounted for, and a model is itself."""
    report = compare_models(one, other)
    assert sum(d.parameters for d in report.differences) == report.parameters[0] - report.parameters[1]
    assert (report.verdict == "exact") == (compare_models(other, one).verdict == "exact")
    assert compare_models(one, one).verdict == "exact"
    for text in (report.text(), report.markdown(), report.json(), report.html()):
        assert report.verdict in text


def test_differences_account_for_all_parameters_of_unlike_networks():
    for pair in (("resnet50", "resnet101"), ("alexnet_owt", "alexnet"), ("vgg11", "inception_v1")):
        report = compare(*map(weightless, pair))
        assert (
            sum(one.parameters for one in report.differences) == report.parameters[0] - report.parameters[1]
        )


def test_deep_models():
    """Neither recursion nor a table of all layers by all layers."""

    def chain(n):
        with deep():
            x = inputs = keras.Input((4,))
            for i in range(n):
                x = layers.Activation("tanh" if i % 2 else "softmax")(x)
            return keras.Model(inputs, x)

    report = compare_models(chain(3001), chain(3000))
    assert [one.kind for one in report.differences] == ["extra"]


@pytest.mark.parametrize(
    ("axis", "words"), [((), "no axis"), (-1, "the channels (axis -1)"), (1, "the rows (axis -3)")]
)
def test_words_for_an_axis(axis, words):
    """Functions of `keras.ops` take an empty tuple, too."""
    assert axis_text(axis, 4) == words
