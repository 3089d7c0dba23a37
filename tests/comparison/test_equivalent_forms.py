"""One function written in different ways is the same function."""

import keras
import pytest
from keras import layers
from support.compare_cases import INPUT, conv, filled, inception, model, relu, same_function, towers
from support.sizes import weightless, weightless_model

from keras_cnns import architectures, compare
from keras_cnns.comparison.compare_models import compare_models

SOME = ("lenet_5", "alexnet", "vgg11", "nin_cifar", "inception_net", "resnet18", "resnet50", "xception")


def transposed_shuffle(x, groups=3):
    """As the paper on ShuffleNet describes it."""
    _, height, width, n = x.shape
    x = keras.ops.transpose(keras.ops.reshape(x, (-1, height, width, groups, n // groups)), (0, 1, 2, 4, 3))
    return keras.ops.reshape(x, (-1, height, width, n))


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
    "one scale for each of equal channels": (
        [conv(3, 1), layers.Rescaling([0.5] * 3, [1.0] * 3)],
        [conv(3, 1), layers.Rescaling(0.5, 1.0)],
        "exact",
    ),
    "a scale that floats cannot hold": (
        [conv(3, 1), layers.Rescaling(1 / 3)],
        [conv(3, 1), layers.Lambda(lambda x: x / 3)],
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
    "ReLU of what is not negative": (
        [conv(4, 3, activation="relu"), layers.MaxPooling2D(2), relu(), conv(4, 1)],
        [conv(4, 3, activation="relu"), layers.MaxPooling2D(2), conv(4, 1)],
        "equivalent",
    ),
    "ReLU of joined ReLUs": (
        [lambda x: layers.ReLU()(layers.Concatenate()([layers.ReLU()(x), layers.Activation("sigmoid")(x)]))],
        [lambda x: layers.Concatenate()([layers.ReLU()(x), layers.Activation("sigmoid")(x)])],
        "equivalent",
    ),
    "pooling of a map of one pixel": (
        [conv(4, 16), layers.AveragePooling2D(2, padding="same"), layers.Flatten()],
        [conv(4, 16), layers.GlobalMaxPooling2D()],
        "exact",
    ),
    "channel shuffle by the order of the channels, by a transposition": (
        [conv(6, 3), lambda x: keras.ops.take(x, [0, 3, 1, 4, 2, 5], axis=-1), conv(4, 1)],
        [
            conv(6, 3),
            layers.Reshape((14, 14, 2, 3)),
            layers.Permute((1, 2, 4, 3)),
            layers.Reshape((14, 14, 6)),
        ]
        + [conv(4, 1)],
        "exact",
    ),
    "channel shuffle as a function, as a layer of one's own": (
        [conv(6, 3), transposed_shuffle, conv(4, 1)],
        [conv(6, 3), layers.Lambda(transposed_shuffle), conv(4, 1)],
        "exact",
    ),
    "layers that do nothing": (
        [layers.Identity(), layers.Activation("linear"), layers.Rescaling(1.0), relu()],
        [relu()],
        "exact",
    ),
}


@pytest.mark.parametrize("name", WAYS)
def test_the_same_function_written_differently(name):
    first, second, verdict = WAYS[name]
    one, other = filled(*first), filled(*second)
    for pair in ((one, other), (other, one)):
        report = compare(*pair)
        assert report.differences == (), str(report)
        assert report.verdict == verdict, str(report)
    assert same_function(one, other)


@pytest.mark.parametrize("order", [[0, 2, 4, 1, 3, 5], [3, 0, 4, 1, 5, 2], [0, 1, 2, 3, 4, 5]])
def test_another_order_of_channels_is_another_function(order):
    """Of three groups, with the halves in turn changed, and none."""
    shuffled, other = (
        filled(conv(6, 3), lambda x, taken=taken: keras.ops.take(x, taken, axis=-1), conv(4, 1))
        for taken in ([0, 3, 1, 4, 2, 5], order)
    )
    assert compare(shuffled, other).differences
    assert not same_function(shuffled, other)


def test_bias_before_batch_normalization_is_reported_and_does_not_count():
    with_bias, without = (
        model(conv(4, 3, use_bias=bias), layers.BatchNormalization()) for bias in (True, False)
    )
    report = compare(with_bias, without)
    assert report.verdict == "equivalent"
    assert "subtracts again" in report.equivalences[0]
    assert compare(model(conv(4, 3)), model(conv(4, 3, use_bias=False))).verdict == "different"


def test_modules_are_found_whoever_writes_them():
    student = model(inception, inception, layers.GlobalAveragePooling2D(), layers.Dense(10))
    assert compare(student, towers()).verdict == "exact"


@pytest.mark.parametrize("name", SOME)
def test_our_networks_are_themselves(name):
    assert compare(weightless(name), name).verdict == "exact"


@pytest.mark.parametrize(
    ("theirs", "name"),
    [("VGG16", "vgg16"), ("ResNet50", "resnet50"), ("InceptionV3", "inception_v3"), ("Xception", "xception")],
)
def test_keras_applications_compute_the_same(theirs, name):
    report = compare(weightless(theirs), weightless(name))
    assert report.verdict in ("exact", "equivalent"), str(report)


def stack(activation):
    """A convolution with an activation, without weights."""
    return model(conv(4, 3, activation=activation))


def tanh_of(slope):
    """A student's own function, under whatever name."""

    def squash(values):
        return 1.7159 * keras.ops.tanh(slope * values)

    return squash


@pytest.mark.parametrize(
    ("slope", "verdict"),
    [(2 / 3, "exact"), (2 / 3 * 1.01, "same shapes"), (2 / 3 * 0.99, "same shapes"), (0.6, "same shapes")],
)
def test_own_functions_are_compared_by_what_they_compute(slope, verdict):
    """One per cent of the slope makes a different function."""
    report = compare_models(stack(tanh_of(slope)), stack(architectures.lenet.scaled_tanh))
    assert report.verdict == verdict
    words = f"activation 1.7159 tanh({slope:.5g} a), the reference has 1.7159 tanh(0.66667 a)"
    for one in report.differences:
        assert (one.mistake, words in one.message) == ("different activation", True), one.message
    assert len(report.differences) == (verdict != "exact")


def test_an_own_function_in_a_whole_network(monkeypatch):
    reference = weightless_model(architectures.lenet_5)
    for slope, verdict in ((2 / 3, "exact"), (0.6, "same shapes")):
        monkeypatch.setattr(architectures.lenet, "scaled_tanh", tanh_of(slope))
        report = compare(weightless_model(architectures.lenet_5), reference)
        assert report.verdict == verdict
    words = "activation 1.7159 tanh(0.6 a), the reference has 1.7159 tanh(0.66667 a)"
    assert words in report.differences[0].message


@pytest.mark.parametrize("factor", [0.99, 1.01])
def test_slopes_of_leaky_relus_are_compared_to_one_per_cent(factor):
    one, other = (model(layers.LeakyReLU(negative_slope=0.3 * n)) for n in (1, factor))
    assert [d.attribute for d in compare_models(other, one).differences] == ["negative slope"]
    assert compare_models(one, one).verdict == "exact"


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
