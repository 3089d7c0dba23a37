"""What `compare` says of networks with a known mistake, and of the same network written otherwise."""

import json
import os
import subprocess
import sys

import keras
import pytest
from hypothesis import HealthCheck, given, settings
from keras import layers
from support.compare_cases import INPUT, filled, inception, model, residual, same_function, towers
from support.random_models import chain, dags

import keras_cnns
from keras_cnns import architectures, assert_matches, compare
from keras_cnns.building import without_weights
from keras_cnns.cli import main
from keras_cnns.comparison.compare_models import compare_models
from keras_cnns.weightless import build_weightless

SOME = ("lenet_5", "alexnet", "vgg11", "nin_cifar", "inception_net", "resnet18", "resnet50", "xception")


def conv(*arguments, **options):
    return layers.Conv2D(*arguments, **options)


def relu():
    return layers.ReLU()


# Each a name, two ways of writing one function, and the verdict.
WAYS = {
    "activation argument, layer": ([conv(4, 3, activation="relu")], [conv(4, 3), relu()], "exact"),
    "activation layers": ([relu()], [layers.Activation("relu")], "exact"),
    "activation function": ([conv(4, 3), keras.ops.relu], [conv(4, 3, activation="relu")], "exact"),
    "activation as a layer in an argument": ([conv(4, 3, activation=relu())], [conv(4, 3), relu()], "exact"),
    "zero padding of one, same": (
        [layers.ZeroPadding2D(1), conv(4, 3)],
        [conv(4, 3, padding="same")],
        "exact",
    ),
    "zero padding of this size, same": (
        [layers.ZeroPadding2D(((0, 1), (0, 1))), conv(4, 3, strides=2)],
        [conv(4, 3, strides=2, padding="same")],
        "equivalent",
    ),
    "padding that no window reaches": (
        [layers.ZeroPadding2D(((1, 1), (1, 1))), conv(4, 3, strides=2)],
        [layers.ZeroPadding2D(((1, 0), (1, 0))), conv(4, 3, strides=2)],
        "equivalent",
    ),
    "padding of max-pooling after an activation": (
        [relu(), layers.ZeroPadding2D(((0, 1), (0, 1))), layers.MaxPooling2D(3, 2)],
        [relu(), layers.MaxPooling2D(3, 2, padding="same")],
        "equivalent",
    ),
    "activation after max-pooling": (
        [layers.MaxPooling2D(2), relu()],
        [relu(), layers.MaxPooling2D(2)],
        "equivalent",
    ),
    "1x1 windows need no padding": ([conv(4, 1, padding="same")], [conv(4, 1)], "exact"),
    "dense on a map": ([layers.Dense(4)], [conv(4, 1)], "equivalent"),
    "dense on a flattened map": (
        [layers.Flatten(), layers.Dense(4)],
        [conv(4, 16), layers.Flatten()],
        "equivalent",
    ),
    "flattened after a linear layer": (
        [layers.Flatten(), layers.Dropout(0.5), layers.Dense(4)],
        [layers.Flatten(), layers.Dense(4)],
        "exact",
    ),
    "global pooling kept as a map": (
        [layers.GlobalAveragePooling2D(keepdims=True), conv(4, 1), layers.Flatten()],
        [layers.GlobalAveragePooling2D(), layers.Dense(4)],
        "equivalent",
    ),
    "pooling over the whole map": (
        [layers.AveragePooling2D(16), layers.Reshape((3,))],
        [layers.GlobalAveragePooling2D()],
        "equivalent",
    ),
    "mean": (
        [lambda x: keras.ops.mean(x, axis=(1, 2))],
        [layers.GlobalAveragePooling2D()],
        "exact",
    ),
    "separable, two halves": (
        [layers.SeparableConv2D(4, 3, padding="same", use_bias=False)],
        [layers.DepthwiseConv2D(3, padding="same", use_bias=False), conv(4, 1, use_bias=False)],
        "exact",
    ),
    "depthwise, as many groups as maps": (
        [layers.DepthwiseConv2D(3, depth_multiplier=2)],
        [conv(6, 3, groups=3)],
        "exact",
    ),
    "nested sums": (
        [lambda x: layers.Add()([layers.Add()([x, relu()(x)]), layers.Activation("tanh")(x)])],
        [lambda x: layers.Add()([layers.Activation("tanh")(x), x, relu()(x)])],
        "exact",
    ),
    "sum by sign": ([lambda x: x + relu()(x)], [lambda x: layers.Add()([relu()(x), x])], "exact"),
    "nested model": (
        [keras.Sequential([layers.Input(INPUT), conv(4, 3), relu()], name="inner")],
        [conv(4, 3), relu()],
        "exact",
    ),
    "layers that do nothing": (
        [layers.Identity(), layers.Activation("linear"), layers.Rescaling(1.0), relu()],
        [relu()],
        "exact",
    ),
}


@pytest.mark.parametrize("name", WAYS)
def test_the_same_function_written_otherwise(name):
    first, second, verdict = WAYS[name]
    one, other = filled(*first), filled(*second)
    for pair in ((one, other), (other, one)):
        report = compare(*pair)
        assert report.differences == (), str(report)
        assert report.verdict == verdict, str(report)
    assert same_function(one, other)


def test_bias_before_batch_normalization_is_said_and_counts_for_nothing():
    with_bias, without = (
        model(conv(4, 3, use_bias=bias), layers.BatchNormalization()) for bias in (True, False)
    )
    report = compare(with_bias, without)
    assert report.verdict == "equivalent"
    assert "subtracts again" in report.equivalences[0]
    assert compare(model(conv(4, 3)), model(conv(4, 3, use_bias=False))).verdict == "different"


# Each a student's layers, the reference's, and the kind, attribute, both values and mistake to be found.
SLIPS = {
    "filters": ([conv(4, 3), relu()], [conv(8, 3), relu()], ("changed", "filters", 4, 8)),
    "kernel": (
        [conv(4, 3, padding="same")],
        [conv(4, 5, padding="same")],
        ("changed", "kernel", (3, 3), (5, 5)),
    ),
    "strides": ([conv(4, 3, 2)], [conv(4, 3)], ("changed", "strides", (2, 2), (1, 1))),
    "groups": ([conv(6, 3)], [conv(6, 3, groups=3, name="g"), relu()], ("changed", "kind")),
    "two towers": (
        [conv(4, 1), conv(6, 3)],
        [conv(4, 1), conv(6, 3, groups=2)],
        ("changed", "groups", 1, 2, "one tower"),
    ),
    "dilation": ([conv(4, 3)], [conv(4, 3, dilation_rate=2)], ("changed", "dilation", (1, 1), (2, 2))),
    "padding": ([conv(4, 3)], [conv(4, 3, padding="same")], ("changed", "padding")),
    "lopsided padding": (
        [conv(4, 3, 2, padding="same")],
        [layers.ZeroPadding2D(1), conv(4, 3, 2)],
        ("changed", "padding"),
    ),
    "padding of max-pooling, not activated": (
        [layers.MaxPooling2D(3, 1, "same")],
        [layers.ZeroPadding2D(1), layers.MaxPooling2D(3, 1)],
        ("changed", "padded with zeros", None, True),
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
        ("missing", None),
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
        ("changed", "window", (2, 2), (3, 3)),
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
        [conv(4, 3), relu(), layers.BatchNormalization()],
        [conv(4, 3), layers.BatchNormalization(), relu()],
        ("rewired", "place", None, None, "activation and batch normalization swapped"),
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
    "reshaped": ([layers.Reshape((8, 32, 3))], [layers.Reshape((32, 8, 3))], ("changed", "to")),
    "scaling": (
        [layers.Rescaling(0.1), relu()],
        [layers.Rescaling(0.2), relu()],
        ("changed", "scale", 0.1, 0.2, "residual scaling"),
    ),
    "constants of an operation": ([lambda x: x[:, 1:]], [lambda x: x[:, 2:]], ("changed", "1")),
}


@pytest.mark.parametrize("name", SLIPS)
def test_one_slip_is_the_first_difference(name):
    mine, theirs, expected = SLIPS[name]
    first = compare(model(*mine), model(*theirs)).differences[0]
    got = (first.kind, first.attribute, first.yours, first.reference, first.mistake)
    for wanted, value in zip(expected, got):
        assert wanted is None or value == wanted, first


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
    """Batch normalization with another epsilon throughout must not hide what else is wrong."""
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
        ({"order": (1, 0, 2)}, "towers in a different order"),
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


def test_what_follows_is_counted_and_not_listed():
    def net(strides):
        return model(conv(4, 3, strides, "same", name="one"), conv(4, 3, name="two"), conv(4, 3), conv(4, 3))

    report = compare(net(2), net(1))
    assert [(one.attribute, one.follow) for one in report.differences] == [("strides", 3)]
    assert "3 later shapes follow" in str(report)


@pytest.mark.parametrize("name", SOME)
def test_our_networks_are_themselves(name):
    assert compare(without_weights(name), name).verdict == "exact"


@pytest.mark.parametrize(
    ("theirs", "name"),
    [("VGG16", "vgg16"), ("ResNet50", "resnet50"), ("InceptionV3", "inception_v3"), ("Xception", "xception")],
)
def test_keras_applications_compute_the_same(theirs, name):
    report = compare(build_weightless(getattr(keras.applications, theirs), weights=None), name)
    assert report.verdict in ("exact", "equivalent"), str(report)


def test_batch_for_response_normalization(monkeypatch):
    """The commonest AlexNet that is none."""
    reference = architectures.alexnet((67, 67, 3), 4)
    own = architectures.alexnet.__globals__
    monkeypatch.setitem(own, "LocalResponseNormalization", lambda *a, **k: layers.BatchNormalization())
    report = compare(architectures.alexnet((67, 67, 3), 4), reference)
    assert [one.mistake for one in report.differences] == ["batch normalization for response normalization"]


def tanh_of(slope):
    """A student's own function, under whatever name."""

    def squash(values):
        return 1.7159 * keras.ops.tanh(slope * values)

    return squash


@pytest.mark.parametrize(("slope", "verdict"), [(2 / 3, "exact"), (0.6, "same shapes")])
def test_own_functions_are_compared_by_what_they_compute(monkeypatch, slope, verdict):
    reference = architectures.lenet_5()
    monkeypatch.setattr(architectures.lenet, "scaled_tanh", tanh_of(slope))
    report = compare(architectures.lenet_5(), reference)
    assert report.verdict == verdict
    assert verdict == "exact" or "activation squash, the reference has\n   scaled_tanh" in str(report)


def test_an_own_function_is_itself_where_it_is_not_finite():
    """The root of a negative number is unlike itself as a number."""

    def root(values):
        return keras.ops.sqrt(values)

    assert compare_models(stack(root), stack(root)).verdict == "exact"
    assert compare_models(stack(root), stack("relu")).verdict == "same shapes"


@pytest.mark.parametrize("spelling", [lambda x: keras.ops.exp(x), lambda x: keras.ops.exp(x / 2) ** 2])
def test_large_values_are_compared_by_their_digits(spelling):
    """Two spellings of one function differ in the last digit of single precision."""

    def power(values):
        return keras.ops.exp(values)

    spelling.__name__ = "own"
    assert compare_models(stack(spelling), stack(power)).verdict == "exact"


def test_a_function_with_the_name_of_another():
    def relu(values):
        return keras.ops.tanh(values)

    own, real = (
        compare_models(*pair).verdict for pair in ((stack(relu), stack("relu")), (stack("relu"),) * 2)
    )
    assert (own, real) == ("same shapes", "exact")


def stack(activation):
    inputs = keras.Input((8, 8, 3))
    return keras.Model(inputs, layers.Conv2D(4, 3, activation=activation)(inputs))


def test_resnet_v1_5_is_one_difference_of_equal_shapes():
    report = compare(without_weights("resnet50", stride_in_3x3=True), "resnet50")
    assert report.verdict == "same shapes"
    assert [one.mistake for one in report.differences] == ["stride in the 3×3"]
    assert len(report.differences[0].places) == 3


def test_one_tower_alexnet_says_what_it_costs():
    report = compare(without_weights("alexnet", groups=1), "alexnet")
    (only,) = report.differences
    assert (only.attribute, only.yours, only.reference, only.parameters) == ("groups", 1, 2, 1_413_120)
    assert [mine for mine, _ in only.places] == ["conv2", "conv4", "conv5"]


def test_auxiliary_classifiers():
    report = compare("inception_net", "inception_v1")
    assert [(one.kind, one.mistake) for one in report.differences] == [("extra", "auxiliary classifier")]


def test_other_images_and_classes_are_one_difference_each():
    student = without_weights("resnet18", (64, 64, 1), 7)
    report = compare(student, "resnet18")
    assert [(one.attribute, one.yours, one.reference) for one in report.differences] == [
        ("in_shape", (64, 64, 1), (224, 224, 3)),
        ("n_classes", 7, 1000),
    ]
    assert compare(student, "resnet18", ignore=["in_shape", "n_classes"]).verdict == "exact"
    report = compare(student, without_weights("resnet18"), ignore=["n_classes"])
    assert [one.attribute for one in report.differences] == ["in_shape"]


def test_images_that_a_network_cannot_take():
    report = compare(model(layers.Flatten(), layers.Dense(10), shape=(8, 8, 3)), "alexnet")
    assert report.differences[0].attribute == "in_shape"


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
        report = compare(*pair)
        assert (
            sum(one.parameters for one in report.differences) == report.parameters[0] - report.parameters[1]
        )


def test_deep_models():
    """Neither recursion nor a table of all layers by all layers."""
    report = compare_models(chain(3001), chain(3000))
    assert [one.kind for one in report.differences] == ["extra"]


@pytest.fixture(scope="module")
def report():
    """Of a model whose layer is named to break things."""
    student = model(conv(4, 3, name="<b>|*`_x_`"), relu(), layers.Flatten(), layers.Dense(7, "softmax"))
    return compare(student, model(conv(8, 3), layers.Flatten(), layers.Dense(10, "softmax")))


def test_text_fits_the_terminal(report):
    assert max(map(len, str(report).splitlines())) <= 80
    assert max(map(len, report.text(50).splitlines())) <= 50
    assert str(report).splitlines()[0].endswith("different (a different network).")


def test_json_and_html(report):
    data = json.loads(report.json())
    assert data["verdict"] == "different"
    assert data["differences"][0]["attribute"] == "filters"
    assert (data["differences"][0]["yours"], data["differences"][0]["reference"]) == (4, 8)
    assert "<b>|" not in report._repr_html_()
    assert "&lt;b&gt;|" in report._repr_html_()
    assert "\\<b\\>\\|\\*\\`\\_x\\_\\`" in report.markdown()
    assert report.page().startswith("<!DOCTYPE html>")


def test_assert_matches():
    assert_matches(residual(), residual(), level="exact")
    assert_matches("resnet18", "resnet18")
    v1_5 = without_weights("resnet50", stride_in_3x3=True)
    assert_matches(v1_5, "resnet50", level="same shapes")
    with pytest.raises(AssertionError, match="ResNet v1.5"):
        assert_matches(v1_5, "resnet50")
    assert_matches(v1_5, "resnet50", ignore=["stride in the 3×3"])
    with pytest.raises(ValueError, match="level must be one of exact"):
        assert_matches(v1_5, "resnet50", level="perfect")


class Subclass(keras.Model):
    def call(self, x):
        return x


@pytest.mark.parametrize(
    ("student", "words"),
    [
        (42, "must be a functional or Sequential Keras model; got int"),
        (keras.Sequential([layers.Dense(1)]), "has no input shape yet"),
        (Subclass(), "is a subclass"),
        ("resnet5", "did you mean resnet50"),
        ("nothing.keras", "nothing.keras is no file"),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_bad_input(student, words, first):
    pair = (student, "lenet_5") if first else (residual(), student)
    with pytest.raises(ValueError, match=words):
        compare(*pair)


def test_command(tmp_path, monkeypatch, capsys):
    def run(*typed):
        monkeypatch.setattr(sys, "argv", ["keras-cnns", "compare", *map(str, typed)])
        with pytest.raises(SystemExit) as stop:
            main.main()
        return stop.value.code or 0, *capsys.readouterr()

    file = tmp_path / "student.keras"
    keras_cnns.create("lenet_5", n_classes=7).save(file)
    status, out, _ = run(file, "lenet_5")
    assert status == 1
    assert "number of classes 7, the reference has 10" in " ".join(out.split())
    assert max(map(len, out.splitlines())) <= 80
    assert run(file, "lenet_5", "--ignore", "n_classes", "--level", "exact")[0] == 0
    assert run("lenet_5", file, "--format", "json", "-o", tmp_path / "report.md")[0] == 1
    assert "number of classes" in (tmp_path / "report.md").read_text(encoding="utf-8")
    for typed in (("lenet5", "lenet_5"), ("none.keras", "lenet_5"), ("lenet_5", "lenet_5", "--ignore", "x")):
        status, _, err = run(*typed)
        assert (status, "error:" in err) == (2, True)
    assert run(file, "lenet_5", "-o", tmp_path / "report.md")[0] == 2
    assert run(file, "lenet_5", "-o", tmp_path / "picture.svg")[0] == 1
    assert (tmp_path / "picture.svg").read_text(encoding="utf-8").startswith("<svg")


def test_picture():
    """Notes under the boxes concerned, dashes around what is missing, and no mark where nothing differs."""
    report = compare(residual(slip={"activate": False}, at=3, classes=7), residual())
    svg = report.diagram().svg()
    for words in ("1 missing: ReLU", "2 changed: number", "of classes 7, not 10"):
        assert f">{words}</text>" in svg
    clean = compare(residual(classes=7), residual(classes=7)).diagram()
    assert "missing" not in clean.svg()
    assert "changed" not in clean.svg()
    assert svg.count("<path") > clean.svg().count("<path") + 20


@pytest.mark.peers
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_backends(backend):
    code = "import keras_cnns; print(keras_cnns.compare('lenet_caffe', 'lenet_5').verdict)"
    environment = {**os.environ, "KERAS_BACKEND": backend}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert run.stdout.strip() == "different", run.stderr


def test_modules_are_found_whoever_writes_them():
    student = model(inception, inception, layers.GlobalAveragePooling2D(), layers.Dense(10))
    assert compare(student, towers()).verdict == "exact"
